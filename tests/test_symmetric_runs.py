"""Checks on multisets as runs: killed and resumed, in shares, verified; and without being asked for."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import answer, refused

from collude.enumerate.checks.check import check
from collude.enumerate.runs.commands import verify_run
from collude.enumerate.runs.drive import Running
from collude.enumerate.symmetric import check as check_module
from collude.enumerate.symmetric.check import check_symmetric
from collude.models.errors import NotApplicableError
from collude.models.files.spec import build
from collude.models.library.environments import auction, voting
from collude.models.symmetric.archive import symmetric_from, symmetric_parts
from collude.models.symmetric.auctions import symmetric_second_price
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.population import Population
from collude.models.symmetric.registry import build_symmetric, find_symmetric
from collude.models.symmetric.spec import build_symmetric_target
from collude.models.symmetric.tables import write_symmetric_csv


def plain(report: Any) -> list[dict[str, Any]]:
    """The verdicts without times."""
    return [{k: v for k, v in verdict.to_dict().items() if k != "seconds"} for verdict in report]


def some_mechanisms() -> list[SymmetricMechanism]:
    return [
        symmetric_second_price(Population(4, auction(1, ["0", "1/2", "2"]))),
        build_symmetric(find_symmetric("borda"), Population(5, voting(1, 3))),
        build_symmetric_target(
            "agv", {"kind": "public-good", "agents": 3, "values": "0:2", "cost": "3", "prior": "uniform"}
        ),
        build_symmetric_target("fixed-price", {"agents": 3, "costs": "1:3", "units": "2"}, {"price": "2"}),
    ]


def test_archives_give_the_same_mechanism() -> None:
    for mechanism in some_mechanisms():
        about, arrays = symmetric_parts(mechanism)
        again = symmetric_from(json.loads(json.dumps(about)), arrays)
        assert (again.share == mechanism.share).all()
        assert (again.shares, again.name, again.notes) == (mechanism.shares, mechanism.name, mechanism.notes)
        assert (again.utility == mechanism.utility).all()
        assert again.population.types == mechanism.population.types


@pytest.mark.usefixtures("same_process")
@pytest.mark.parametrize("number", range(4))
def test_runs_in_chunks_and_shares_answer_the_same(tmp_path: Path, number: int) -> None:
    mechanism = some_mechanisms()[number]
    whole = check_symmetric(mechanism, jobs=1)
    for chunks in (1, 40):
        out = tmp_path / f"run{chunks}"
        report = check_symmetric(mechanism, chunks=chunks, running=Running(out=str(out), jobs=1))
        assert plain(report) == plain(whole)
        assert report.left_out == whole.left_out
    assert (tmp_path / "run1" / "result.json").read_bytes() == (tmp_path / "run40" / "result.json").read_bytes()
    shares = [tmp_path / "one", tmp_path / "two"]
    for x, share in enumerate(shares, 1):
        part = check_symmetric(mechanism, chunks=40, running=Running(out=str(share), part=(x, 2), jobs=1))
        assert part.share == f"{x}/2"
        assert "group-strategy-proof" in part.left_out
        unfinished = [verdict for verdict in part if verdict.axiom == "group-strategy-proof"]
        assert all(not verdict.holds_within_bound and verdict.violations is None for verdict in unfinished)
    joined = answer("merge", *map(str, shares), "--out", str(tmp_path / "all"), "--json", status=whole.status)
    assert [v["violations"] for v in joined["verdicts"]] == [v.violations for v in whole]
    assert (tmp_path / "all" / "result.json").read_bytes() == (tmp_path / "run40" / "result.json").read_bytes()
    verified = verify_run(tmp_path / "all", 3, fresh=False)
    assert (verified.finished, verified.sampled) == (True, 3)


WORDS = ("check", "second-price", "--agents", "9", "--values", "0:6", "--param", "ties=even", "--chunks", "200")


def test_a_killed_run_is_resumed_to_the_same_result(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    expected = answer(*WORDS, "--out", str(whole), "--json", "--quiet", status=1)
    command = [sys.executable, "-m", "collude.cli.main", *WORDS, "--out", str(killed), "--quiet", "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    lines = killed / "cubes.jsonl"
    while process.poll() is None:
        if lines.exists() and lines.read_bytes().count(b"\n") >= 5:
            break
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = lines.read_bytes().count(b"\n")
    assert 5 <= done < 200
    assert not (killed / "result.json").exists()
    status = answer("status", str(killed), "--json")
    assert status["command"] == "check-symmetric"
    assert not status["finished"]
    found = answer("resume", str(killed), "--json", "--quiet", status=1)
    assert (killed / "result.json").read_bytes() == (whole / "result.json").read_bytes()
    assert [v["violations"] for v in found["verdicts"]] == [v["violations"] for v in expected["verdicts"]]


def test_a_table_that_treats_agents_alike_is_checked_on_multisets_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are those of the ordinary check: counts, witnesses, words."""
    axioms = ["strategy-proof", "group-strategy-proof", "weakly-group-strategy-proof", "collusion-proof", "onto"]
    ordinary = [
        build("borda", {"agents": 4, "alternatives": 3}),
        build("vcg-choice", {"kind": "public-good", "agents": 4, "values": "0:2", "cost": "3"}),
    ]
    taken: list[str] = []

    def noted(mechanism: Any, axiom: Any, **more: Any) -> Any:
        taken.append(axiom)
        return check_symmetric(mechanism, axiom, **more)

    for mechanism in ordinary:
        names = axioms if mechanism.environment.ordinal else [*axioms, "side-payment-collusion-proof"]
        for more in ({}, {"max_coalition": 2}, {"count": "none"}):
            chosen = names if not more.get("max_coalition") else names[:3]
            monkeypatch.setattr(check_module, "WORTH_NANOSECONDS", float("inf"))
            expected = plain(check(mechanism, chosen, **more))
            monkeypatch.setattr(check_module, "WORTH_NANOSECONDS", 0.0)
            monkeypatch.setattr(check_module, "FASTER", 0.0)
            monkeypatch.setattr(check_module, "check_symmetric", noted)
            assert plain(check(mechanism, chosen, **more)) == expected
            monkeypatch.undo()
    assert len(taken) == 4 + 3 + 4 + 5 + 3 + 5
    assert "onto" not in taken
    monkeypatch.setattr(check_module, "WORTH_NANOSECONDS", 0.0)
    monkeypatch.setattr(check_module, "check_symmetric", noted)
    before = len(taken)
    unequal = build("second-price", {"agents": 3, "values": "0:3"})
    lenient = replace(ordinary[0], tolerance=1)
    for mechanism, more in (
        (unequal, {}),
        (lenient, {}),
        (ordinary[0], {"first": True}),
        (ordinary[0], {"count": "triples"}),
    ):
        check(mechanism, ["group-strategy-proof"], **more)
    assert len(taken) == before


def test_a_rule_of_counts_goes_to_multisets_where_profiles_are_too_many() -> None:
    words = (
        "check",
        "borda",
        "--agents",
        "12",
        "--alternatives",
        "3",
        "--axiom",
        "strategy-proof",
        "--json",
        "--quiet",
    )
    found = answer(*words, status=1)
    assert found["verdicts"][0]["examined"]["profiles"] == 6**12
    assert found["verdicts"][0]["violations"] == answer(*words, "--symmetric", status=1)["verdicts"][0]["violations"]
    assert found["verdicts"][0]["classes"] > 0
    small = answer(*("3" if word == "12" else word for word in words), status=1)
    assert "classes" not in small["verdicts"][0]
    plan = answer("plan", "borda", "--agents", "12", "--alternatives", "3", "--json")
    assert plan["situations"] == 6188
    assert set(plan["axiom_seconds"]) >= {"group-strategy-proof", "strategy-proof"}


def test_a_table_of_counts_needs_no_further_words(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    with table.open("w") as lines:
        write_symmetric_csv(symmetric_second_price(Population(2, auction(1, range(2)))), lines)
    words = (str(table), "--environment", "auction", "--agents", "2", "--values", "0:1")
    found = answer("check", *words, "--axiom", "group-strategy-proof", "--json", "--quiet", status=1)
    assert found == {
        **answer("check", *words, "--axiom", "group-strategy-proof", "--json", "--quiet", "--symmetric", status=1),
        "seconds": found["seconds"],
        "time": found["time"],
        "verdicts": found["verdicts"],
    }
    assert found["verdicts"][0]["classes"] == 1
    assert answer("plan", *words, "--json")["situations"] == 3
    described = tmp_path / "auction.toml"
    described.write_text('mechanism = "second-price"\n[environment]\nagents = 5\nvalues = "0:3"\n')
    assert answer("plan", str(described), "--symmetric", "--json")["situations"] == 56


def test_many_agents_of_two_types() -> None:
    """120 agents, so that counts pass all int64: what everybody has to bear is known in closed form."""
    mechanism = build_symmetric_target(
        "efficient", {"kind": "public-good", "agents": 120, "values": "0:1", "cost": "10"}
    )
    report = check_symmetric(mechanism, jobs=1)
    assert report["individually-rational"].violations == sum(comb(120, h) * (120 - h) for h in range(11, 121)) > 2**64
    assert report["strategy-proof"].violations == 0


def test_what_would_take_too_long_is_planned_and_refused_but_for_runs(tmp_path: Path) -> None:
    words = ("efficient", "--environment", "public-good", "--agents", "240", "--values", "0:2", "--cost", "10")
    plan = answer("plan", *words, "--symmetric", "--json")
    assert "use --max-coalition, or --out DIR" in plan["left_out"]["group-strategy-proof"]
    assert plan["axiom_seconds"]["strategy-proof"] < 1
    alone = answer("plan", *words, "--symmetric", "--json", "--axiom", "strategy-proof")
    assert list(alone["axiom_seconds"]) == ["strategy-proof"]
    message = refused("check", *words, "--symmetric", "--axiom", "group-strategy-proof", "--quiet")
    assert "pairs of multisets would take about" in message
    stopped = answer(
        "check",
        *words,
        "--symmetric",
        "--axiom",
        "group-strategy-proof",
        "--quiet",
        "--json",
        "--out",
        str(tmp_path / "run"),
        "--max-seconds",
        "0.5",
        status=3,
    )
    assert not stopped["complete"]
    assert not any(verdict["holds"] for verdict in stopped["verdicts"])
    with pytest.raises(NotApplicableError, match="about 28"):
        check_symmetric(
            build_symmetric_target("efficient", {"kind": "public-good", "agents": 240, "values": "0:2", "cost": "10"}),
            "group-strategy-proof",
        )
    assert np.isfinite(plan["seconds"])
