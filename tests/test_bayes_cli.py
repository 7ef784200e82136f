"""Priors, transfers and equilibria as a user types them."""

import csv
import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from commands import answer, refused, run

AIRLINE = ("--environment", "airline", "--prior", "uniform")
GOOD = ("public-good", "--agents", "2", "--values", "0:2", "--cost", "1")


def test_check_with_a_prior() -> None:
    found = answer("check", "agv", *AIRLINE, "--axiom", "coalition-proof", "--json", status=1)
    (verdict,) = found["verdicts"]
    assert verdict["violations"] == 12
    witness = verdict["witness"]
    assert (witness["profile"], witness["coalition"], witness["gains"]) == ([0, 1, None], [0, 1], ["3/2", "1/2"])
    done = run("check", "agv", *AIRLINE, "--axiom", "coalition-proof")
    assert "12 of 124 (coalition, types, joint report) triples" in done.stdout
    assert "agent 2: drawn from the prior" in done.stdout
    assert "expects -1/2   now: expects 1   gain 3/2" in done.stdout


def test_the_bound_on_coalitions_is_kept() -> None:
    words = ("check", "agv", *AIRLINE, "--axiom", "coalition-proof", "--json", "--max-coalition")
    assert answer(*words, "1", status=3)["verdicts"][0]["violations"] == 0
    assert answer(*words, "2", status=1)["verdicts"][0]["violations"] == 12


def test_a_table_with_a_prior(tmp_path: Path) -> None:
    assert run("transfers", "airline", "--rule", "shapley", "--out", str(tmp_path / "x.csv")).returncode == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert len(rows) == 8
    assert list(rows[0]) == [*(f"report_{i}" for i in range(3)), "alternative", *(f"transfer_{i}" for i in range(3))]
    assert all(sum(Fraction(row[f"transfer_{i}"]) for i in range(3)) == 0 for row in rows)
    words = ("check", str(tmp_path / "x.csv"), *AIRLINE, "--axiom", "coalition-proof,ex-ante-budget-balanced", "--json")
    assert [verdict["violations"] for verdict in answer(*words)["verdicts"]] == [0, 0]
    (tmp_path / "x.csv").write_text((tmp_path / "x.csv").read_text().replace(",7/2", ",-7/2", 1))
    assert answer(*words, status=1)["verdicts"][0]["violations"] > 0
    bare = tmp_path / "auction.csv"
    bare.write_text(
        "report_0,report_1,bundle_0,bundle_1,transfer_0,transfer_1\n"
        "0,0,1,0,0,0\n0,1,0,1,0,-1/2\n1,0,1,0,-1/2,0\n1,1,1,0,-1/2,0\n"
    )
    words = ("check", str(bare), "--environment", "auction", "--agents", "2", "--values", "0,1", "--json")
    found = answer(*words, "--prior", "1/2,1/2", "--axiom", "bayesian-incentive-compatible")
    assert found["verdicts"][0]["holds"]
    found = answer(*words, "--prior", "8/9,1/9", "--axiom", "bayesian-incentive-compatible", status=1)
    assert [verdict["holds"] for verdict in found["verdicts"]] == [False]


def test_a_table_of_a_public_good_is_read_back(tmp_path: Path) -> None:
    good = ("--agents", "2", "--values", "0,2", "--cost", "1")
    table = str(tmp_path / "good.csv")
    assert run("transfers", "public-good", *good, "--rule", "vcg", "--out", table).returncode == 0
    for words in (good, ("--agents", "2", "--values", "0,2", "--param", "cost=1")):
        done = run("check", table, "--environment", "public-good", *words, "--axiom", "efficient,strategy-proof")
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_run_directory_of_expectations(tmp_path: Path) -> None:
    names = "coalition-proof,insurance-equalities,guaranteed-payoffs,bayesian-incentive-compatible"
    words = ("check", "agv", *AIRLINE, "--axiom", names, "--json")
    whole = answer(*words, status=1)
    parts = [str(tmp_path / f"part-{i}") for i in (1, 2)]
    for i, part in enumerate(parts, 1):
        run(*words, "--out", part, "--part", f"{i}/2")
    merged = run("merge", *parts, "--out", str(tmp_path / "whole"), "--json")
    assert merged.returncode == 1, merged.stderr
    found = json.loads((tmp_path / "whole" / "result.json").read_text())

    def shown(verdicts: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return [(v["axiom"], v["violations"], v["witness"]) for v in verdicts]

    assert shown(found["answer"]["verdicts"]) == shown(whole["verdicts"])
    assert run("verify", str(tmp_path / "whole")).returncode == 0


@pytest.mark.parametrize(("rule", "triples"), [("agv", 12), ("vcg", 6), ("shapley", 0)])
def test_transfers_and_their_properties(rule: str, triples: int) -> None:
    found = answer("transfers", "airline", "--rule", rule, "--json")
    assert found["properties"]["coalition-proof"]["violations"] == triples
    assert found["expected_values"] == ["1/4"] * 3
    assert len(found["table"]) == 8
    shown = run("transfers", "airline", "--rule", rule).stdout
    assert ("VIOLATED" in shown) == (rule != "shapley")
    assert f"revenue {found['revenue']}" in shown


def test_dominant_transfers_or_their_refutation(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    found = answer("transfers", *GOOD, "--rule", "dominant", "--out", str(file), "--json")
    assert (found["feasible"], found["slack"], found["circulation"]) == (True, "0", [])
    assert len(file.read_text().splitlines()) == 10
    file.unlink()
    found = answer("transfers", *GOOD, "--rule", "dominant", "--balanced", "--out", str(file), "--json", status=1)
    assert (found["feasible"], found["slack"], found["table"]) == (False, "1/6", [])
    assert not file.exists()
    done = run("transfers", *GOOD, "--rule", "dominant", "--balanced")
    assert done.returncode == 1
    assert "relaxed by 1/6" in done.stdout
    assert "together they gain 1, which no transfers can take away" in done.stdout


def test_an_environment_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "park.toml"
    file.write_text(
        'mechanism = "efficient"\n'
        '[environment]\nkind = "choice"\nalternatives = ["no", "yes"]\n'
        "payoffs = [[[0, -1], [0, 2]], [[0, 1], [0, -2]]]\n"
    )
    found = answer("transfers", str(file), "--rule", "agv", "--prior", "1/3,2/3", "--json")
    assert found["table"][0]["alternative"] == "no"
    assert found["properties"]["budget-balanced"]["holds"]
    assert "leave out all options" in refused("transfers", str(file), "--rule", "agv", "--agents", "2")


def test_equilibria_and_partitions() -> None:
    found = answer("equilibria", "agv", *AIRLINE, "--json", status=1)
    assert (found["equilibria"], found["inefficient"], found["worst_surplus"]) == (3, 2, "0")
    found = answer("equilibria", "agv", *AIRLINE, "--partition", "0+2,1", "--json", status=1)
    assert (found["partition"], found["equilibria"], found["inefficient"]) == ([[0, 2], [1]], 4, 4)
    found = answer("equilibria", "shapley", *AIRLINE, "--partition", "2,0+1", "--json")
    assert (found["equilibria"], found["inefficient"]) == (1, 0)
    assert "0 and 1 report (A, A) if (A, A)" in run("equilibria", "shapley", *AIRLINE, "--partition", "0+1,2").stdout


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("transfers", "airline", "--rule", "nope"), "agv, vcg, shapley, none, dominant, least-squares"),
        (("transfers", "public-good", "--agents", "0", "--values", "0,2", "--cost", "1", "--rule", "agv"), "agent"),
        (("transfers", "airlin", "--rule", "agv"), "'airline'"),
        (("transfers", "auction", "--agents", "2", "--values", "0:3", "--rule", "agv"), "public choice"),
        (("transfers", "airline", "--rule", "agv", "--balanced"), "--rule dominant"),
        (("transfers", "airline", "--rule", "agv", "--out", "x.png"), ".csv"),
        (("transfers", "airline", "--rule", "agv", "--out", "no-folder/x.csv"), "no-folder"),
        (("transfers", "airline", "--rule", "shapley", "--prior", "1/2"), "2 are needed"),
        (("transfers", "airline", "--rule", "shapley", "--prior", "0,0"), "sum to 1"),
        (("transfers", "single-object", "--agents", "4", "--values", "0:7", "--rule", "dominant"), "inequalities"),
        (("transfers", "missing.toml", "--rule", "agv"), "no such file"),
        (("equilibria", "agv", "--environment", "airline"), "--prior uniform"),
        (("equilibria", "agv", *AIRLINE, "--partition", "0+1"), "exactly once"),
        (("equilibria", "agv", *AIRLINE, "--partition", "0+1,2,2"), "exactly once"),
        (("equilibria", "agv", *AIRLINE, "--partition", "a,b,c"), "0+1,2"),
        (("equilibria", "agv", *AIRLINE, "--partition", ""), "0+1,2"),
        (("check", "agv", "--environment", "airline", "--axiom", "coalition-proof"), "prior"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--prior", "1/2,1/2"), "4 are needed"),
        (("check", "second-price", "--agents", "2", "--values", "0:1", "--prior", "1/2,1/0"), "not a number"),
    ],
)
def test_bad_input_takes_one_line(words: tuple[str, ...], fragment: str, tmp_path: Path) -> None:
    assert fragment in refused(*words, cwd=tmp_path)
    assert not list(tmp_path.iterdir())
