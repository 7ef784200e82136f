"""`collude worst` and `collude figure`: the driver against the oracle, the commands as a user types them."""

import csv
import json
import sys
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from commands import refused, run
from conversion import plain
from drawn_goods import draw, gain_of
from oracle import reallocation as oracle

from collude.cli.render import pictures
from collude.enumerate.analyses.worst import worst
from collude.models.errors import InputError, NotApplicableError
from collude.models.library.environments import voting
from collude.models.library.public_choices import public_good
from collude.models.mechanism import Mechanism
from collude.models.registry import find_mechanism

VCG = ("vcg-procurement", "--agents", "3", "--costs", "1:3", "--units", "2", "--param", "target=2")


def best_of_each(mechanism: Mechanism, moves: bool) -> list[tuple[Fraction, int, tuple[int, ...], tuple[int, ...]]]:
    """Keys (-gain, size, members, profile) of the best deal of every violating (profile, coalition), in order."""
    every = oracle.deals(plain(mechanism), gain_of(mechanism, moves))
    keys = sorted((members, profile, -Fraction(total)) for profile, members, _, total in every if total > 0)
    best = [next(group) for _, group in groupby(keys, key=lambda key: key[:2])]
    return sorted((total, len(members), members, profile) for members, profile, total in best)


@pytest.mark.parametrize("moves", [True, False])
def test_the_k_most_profitable_deals(moves: bool) -> None:
    """In order, each (profile, coalition) once, for any k, any number of threads and any bound on the size."""
    for seed in range(12):
        mechanism = draw(seed, ("concave", "any", "two goods")[seed % 3])
        expected = best_of_each(mechanism, moves)
        for top, jobs in ((0, 1), (3, 2), (10_000, 1)):
            found = worst(mechanism, top=top, goods=moves, jobs=jobs)
            keys = [(-Fraction(d.gain), len(d.coalition), d.coalition, d.profile) for d in found.deals]
            assert keys == expected[:top]
            assert found.violations == len(expected)
            for size in found.sizes:
                same = [key for key in expected if key[1] == size.members]
                assert size.violations == len(same)
                assert Fraction(size.largest) == (-same[0][0] if same else 0)
                assert size.coalition == (same[0][2] if same else ())
            assert found.heat.max() == pytest.approx(float(-expected[0][0]) if expected else 0)
        small = worst(mechanism, goods=moves, max_coalition=1)
        assert small.violations == len([key for key in expected if key[1] == 1])


def test_a_deal_says_what_it_costs_the_designer() -> None:
    """Extra payment and lost quantity, from the outcomes."""
    for seed in range(20):
        mechanism = draw(seed)
        env = mechanism.environment
        for deal in worst(mechanism, top=5).deals:
            told = list(deal.profile)
            for i, k in zip(deal.coalition, deal.misreport, strict=True):
                told[i] = k
            before = mechanism.show_outcome(mechanism.outcome_at(deal.profile))
            after = mechanism.show_outcome(mechanism.outcome_at(tuple(told)))
            assert Fraction(deal.extra_payment) == sum(after.transfers) - sum(before.transfers)
            signs = [-1 if supplier else 1 for supplier in env.supplier]
            held = [sum(s * b[0] for b, s in zip(o.bundles, signs, strict=True)) for o in (before, after)]
            assert deal.lost == (held[1] - held[0],)


def test_what_worst_refuses() -> None:
    """A public alternative cannot be handed on; a vote has no money."""
    built = find_mechanism("vcg-choice").function(public_good(2, [0, 4, 9], cost=7))
    with pytest.raises(NotApplicableError):
        worst(built)
    assert worst(built, goods=False).violations == len(best_of_each(built, False)) > 0
    with pytest.raises(NotApplicableError):
        worst(find_mechanism("plurality").function(voting(2, 2)), goods=False)
    with pytest.raises(InputError):
        worst(built, goods=False, top=-1)


def test_the_command_tells_who_hands_what_to_whom() -> None:
    done = run("worst", "multi-unit-second-price", "--agents", "2", "--costs", "1:3", "--units", "2", "--by-size")
    assert done.returncode == 1, done.stderr
    assert "agent 1 hands 1 unit to agent 0" in done.stdout
    assert "agent 0 pays 2 to agent 1" in done.stdout
    assert "coalitions of" in done.stdout
    assert "see the first: collude explain multi-unit-second-price" in done.stdout


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    picture = tmp_path / "deals.svg"
    done = run("worst", *VCG, "--top", "3", "--json", "--picture", str(picture))
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert [deal["gain"] for deal in found["deals"]] == ["2", "2", "2"]
    assert found["deals"][0]["coalition"] == [0, 1, 2]
    assert [size["largest_gain"] for size in found["by_size"]] == ["0", "1", "2"]
    assert found["violations"] == 32
    assert picture.read_text().rstrip().endswith("</svg>")
    assert [path.name for path in tmp_path.iterdir()] == ["deals.svg"]


def test_a_proof_against_deals_has_status_0() -> None:
    done = run("worst", "fixed-price", "--agents", "3", "--costs", "1:3", "--param", "price=2")
    assert done.returncode == 0
    assert "no coalition has a profitable deal" in done.stdout


def test_the_figure_and_its_numbers(tmp_path: Path) -> None:
    for name in ("curve.png", "curve.pdf"):
        done = run(
            "figure", "two-price", "--points", "7", "--out", str(tmp_path / name), "--csv", str(tmp_path / "x.csv")
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "curve.pdf").read_bytes().startswith(b"%PDF")
    with (tmp_path / "x.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["minus_mu_1"]) for row in rows] == [0, 1, 2, 3, 4, 5, 6]
    assert float(rows[1]["p_1"]) == pytest.approx(0.98699, abs=5e-6)
    assert float(rows[3]["p_2"]) == pytest.approx(1.00606, abs=5e-6)
    assert run("figure", "two-price", "--points", "7").stdout == (tmp_path / "x.csv").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curve.pdf", "curve.png", "x.csv"]


@pytest.mark.parametrize(
    "words",
    [
        ("figure", "three-price"),
        ("figure", "two-price", "--out", "curve.txt"),
        ("figure", "two-price", "--csv", "/nowhere/x.csv"),
        ("figure", "two-price", "--last=-1"),
        ("worst", *VCG, "--picture", "/nowhere/x.png"),
        ("worst", *VCG, "--picture", "x.gif"),
        ("worst", "plurality", "--agents", "2", "--alternatives", "2"),
    ],
)
def test_bad_input_takes_one_line(words: tuple[str, ...]) -> None:
    refused(*words)


def test_missing_matplotlib_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Found out before anything is computed."""
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"\[figures\]"):
        pictures.require_picture(str(tmp_path / "x.png"))


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failure half-way leaves the old file and nothing else."""
    target = tmp_path / "x.csv"
    target.write_text("old")

    def fail(file: Any) -> None:
        file.write(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        pictures.write_or_refuse(str(target), fail)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
