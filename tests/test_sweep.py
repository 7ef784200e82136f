"""Sweeps against the searches and checks that they stand for, the theorems as sweeps, and the command."""

import csv
import json
import random
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from commands import answer, refused, run

import collude as co
from collude.enumerate.maps.axes import axis_of, setting_of
from collude.enumerate.maps.sweep import sweep, utility_spread
from collude.enumerate.problems.registry import build_problem

GSP = "group-strategy-proof"
AUCTION = {"agents": 2, "values": "0,1", "transfers": "-5:5"}


def plain_spread(mechanism: co.Mechanism) -> Fraction:
    """Largest less smallest truthful utility, profile by profile in rationals."""
    env = mechanism.environment
    utilities = []
    for profile in product(*(range(size) for size in env.sizes)):
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        for i, k in enumerate(profile):
            utilities.append(env.value(i, k, env.indices[i][shown.bundles[i]]) + shown.transfers[i])
    return max(utilities) - min(utilities)


def test_the_price_of_the_top_value_construction() -> None:
    made = sweep("top-value", {"agents": 2, "values": [0, 2, 5]}, vary={"price": range(1, 7)}, axioms=[GSP])
    assert [point.count for point in made.points] == [7, 3, 0, 0, 0, 9]
    assert [point.setting for point in made.points] == [(str(p),) for p in range(1, 7)]
    for point in made.points:
        verdict = co.check(co.top_value(co.auction(2, [0, 2, 5]), price=point.setting[0]), [GSP])[GSP]
        total = sum(map(Fraction, verdict.witness.gains)) if verdict.witness else None
        assert (point.count, point.gain, point.answer == "holds") == (verdict.violations, total, verdict.holds)
    trivial = sweep("top-value", {"agents": 2, "values": "0,2,5"}, vary={"price": "1:6"}, axioms=["non-trivial"])
    assert [point.answer for point in trivial.points] == [*["holds"] * 4, "violated", "holds"]
    assert (made.status, made.complete) == (1, True)


@pytest.mark.parametrize(
    ("fair", "tables", "utilities", "spreads"),
    [
        ("symmetric", [4, 34], [2, 21], [2, 4]),
        ("anonymous", [0, 2], [0, 1], [None, 1]),
        ("envy-free", [0, 18], [0, 11], [None, 2]),
    ],
)
def test_the_gap_closes(fair: str, tables: list[int], utilities: list[int], spreads: list[int | None]) -> None:
    """Theorem 3.1 on grids: with the gap the count and the spread fall, under anonymity and envy-freeness to none."""
    asked = [GSP, fair, "non-trivial"]
    for values, least in (("0,1", 0), ("0,1,2", 1)):
        fixed = {**AUCTION, "values": values}
        made = sweep("auction", fixed, vary={"gap": "1:3"}, require=asked, normalise=True, spread=True)
        distinct = sweep("auction", fixed, vary={"gap": "1:3"}, require=asked, normalise=True, project="utility")
        counts = [point.count or 0 for point in made.points]
        assert counts == sorted(counts)
        assert (counts[0] > 0) == (fair == "symmetric")
        assert [point.count for point in distinct.points][:2] == utilities
        assert [point.gain for point in made.points][:2] == spreads
        if not least:
            assert counts[:2] == tables


@pytest.mark.parametrize("seed", range(6))
def test_points_are_searches(seed: int) -> None:
    rng = random.Random(seed)
    asked = [GSP, *rng.sample(["symmetric", "non-trivial", "anonymous", "envy-free", "budget-balanced"], 2)]
    grids = [[0, 1], [1, 3]]
    fixed = {"agents": 2, "transfers": "-1:1"}
    made = sweep(
        "auction", fixed, vary={"values": grids, "withhold": [True, False]}, require=asked, spread=seed % 2 == 0
    )
    assert len(made.points) == 4
    for point, (values, withhold) in zip(made.points, product(grids, [True, False]), strict=True):
        space = build_problem("auction", {**fixed, "values": values, "withhold": withhold})
        found = co.search(space, require=asked, mode="all")
        assert (point.count, point.answer == "possible") == (found.count, found.exists)
        if seed % 2 == 0 and found.exists and (found.count or 0) < 2000:
            assert point.gain == max(map(plain_spread, found))


def test_spreads_by_definition() -> None:
    rng = random.Random(5)
    seen = 0
    for _ in range(40):
        values = sorted(rng.sample(range(-3, 6), 3))
        price = Fraction(rng.randrange(0, 12), 2)
        mechanism = rng.choice([co.top_value, co.posted_price])(co.auction(2, values), price=price)
        assert utility_spread(mechanism) == plain_spread(mechanism)
        seen += utility_spread(mechanism) > 0
    assert seen > 20


def test_what_number_gap_and_step_change() -> None:
    fixed = {"values": "0:4", "transfers": "-3:3"}
    assert setting_of(fixed, {"number": "3"})["values"] == (0, 1, 2)
    assert setting_of(fixed, {"number": 3, "gap": "1/2"})["values"] == (0, 1, Fraction(3, 2))
    assert setting_of({"costs": "1,2;1,3;2,2"}, {"number": 2})["costs"] == ((1, 2), (1, 3))
    assert setting_of(fixed, {"step": 2})["transfers"] == (-2, 0, 2)
    assert len(setting_of(fixed, {"step": "1/2"})["transfers"]) == 13
    assert axis_of("ties", "largest,smallest").values == ("largest", "smallest")
    assert axis_of("costs", [[(1, 2), (1, 3)]]).values == ("1,2;1,3",)
    made = sweep("auction", {**AUCTION, "transfers": "-2:2"}, vary={"step": "1,1/2"}, require=[GSP, "symmetric"])
    for point, window in zip(made.points, (range(-2, 3), [Fraction(x, 2) for x in range(-4, 5)]), strict=True):
        assert point.count == co.search(co.auction(2, [0, 1]), transfers=window, require=[GSP, "symmetric"]).count


def test_agents_and_units() -> None:
    voters = sweep("voting", {"alternatives": 3}, vary={"agents": "2:3"}, require=["strategy-proof"])
    assert [point.count for point in voters.points] == [17, 60]
    prices = sweep(
        "uniform-price",
        {"agents": 2, "costs": "1,2", "uniform_price": "0:2"},
        vary={"ties": "largest,smallest,any"},
        require=[GSP],
    )
    assert [point.count for point in prices.points] == [6, 2, 32]


RICHER = [
    (
        "Theorem 2.1",
        "procurement",
        {"agents": 2, "allocations": "0,0;1,2;1,4"},
        {"costs": "1,5|1,3,5|1,7/4,9/4,15/4,17/4,5"},
        ["reallocation-proof"],
        "fixed-price",
        [(45, 7, 37), (13, 7, 5), (7, 7, 0)],
    ),
    (
        "Theorem 2.1, one price",
        "procurement",
        {"agents": 2, "allocations": "0,0;1,2"},
        {"costs": "1,3|1,7/4,9/4,3"},
        ["reallocation-proof"],
        "fixed-price",
        [(15, 3, 11), (3, 3, 0)],
    ),
    (
        "Theorem 2.3",
        "uniform-price",
        {"agents": 2, "uniform_price": "0,4,8"},
        {"costs": "2,10|2,6,10"},
        [GSP],
        "n-price",
        [(7, 6, 1), (6, 6, 0)],
    ),
    (
        "Theorem 1.1",
        "separable-trade",
        {"units": 2, "prices": "0:4"},
        {"marginals": "1,2|1/4,3/4,5/4,7/4"},
        ["strategy-proof", "individually-rational"],
        "linear-posted-price",
        [(102, 58, 44), (60, 60, 0)],
    ),
    (
        "Theorem 1.1, two goods",
        "separable-trade",
        {"units": "1,1", "prices": 2},
        {"marginals": "1/2,3,4|1/2,1,3,4"},
        ["strategy-proof", "individually-rational"],
        "linear-posted-price",
        [(8, 4, 4), (8, 8, 0)],
    ),
    (
        "Theorem 1.2",
        "separable-trade",
        {"units": 2, "prices": "1;1,2", "separate": True},
        {"marginals": "1/4,3/4,5/4|1/4,3/4,5/4,7/4"},
        ["strategy-proof", "individually-rational", "no-free-lunch", "collusion-proof"],
        "largest-posted-price",
        [(12, 11, 1), (29, 29, 0)],
    ),
]


@pytest.mark.parametrize(
    ("subject", "fixed", "vary", "require", "family", "expected"), [case[1:] for case in RICHER],
    ids=[case[0] for case in RICHER],
)  # fmt: skip
def test_extras_vanish_where_types_are_rich(
    subject: str,
    fixed: dict[str, object],
    vary: dict[str, str],
    require: list[str],
    family: str,
    expected: list[tuple[int, int, int]],
) -> None:
    """Mechanisms, those of the theorem's form, extras; a family and its extras count no mechanism twice."""
    made = sweep(subject, fixed, vary=vary, require=require, classify=True)
    assert [(point.count, point.families[family], point.extras) for point in made.points] == expected
    assert made.rows()[0][-1] == "extras"
    assert family in made.families
    for point, row in zip(made.points, made.rows()[1:], strict=True):
        assert row[-1] == str(point.extras)
        space = build_problem(subject, setting_of(fixed, dict(zip(vary, point.setting, strict=True))))
        found = co.search(space, require=require, mode="all", classify=True)
        assert found.families is not None
        assert (found.count, dict(found.families.counts)) == (point.count, dict(point.families))


def test_one_good_and_units_from_marginals() -> None:
    """Types from marginals, one unit: the same problem as trade with these costs and values."""
    fixed = {"prices": "0:4:1/2"}
    made = sweep("separable-trade", fixed, vary={"marginals": "1:2|1:3|2,5"}, require=["strategy-proof"])
    for point in made.points:
        space = build_problem("trade", {**fixed, "costs": point.setting[0], "values": point.setting[0]})
        assert point.count == co.search(space, require=["strategy-proof"]).count


@pytest.mark.parametrize("slack", ["free", "balanced"])
def test_the_slack_of_dominance(slack: str, tmp_path: Path) -> None:
    values = ["0:1", "0:2", "0:3", "0,1,3", "0,3,4,9"]
    made = sweep("single-object", {"agents": 2}, vary={"values": values}, slack=slack)
    for point, text in zip(made.points, values, strict=True):
        environment = co.environment("single-object", agents=2, values=text)
        known = co.dominance(environment, balanced=slack == "balanced")
        assert (point.gain, point.answer == "possible", point.count) == (known.slack, known.feasible, None)
        assert (point.gain == 0) == (point.answer == "possible")
    assert (made.points[2].gain, made.status) == (Fraction(1, 8 if slack == "free" else 6), 1)
    assert (made.what, made.measure) == ("", "dominance slack")
    again = sweep("single-object", {"agents": 2}, vary={"values": values}, slack=slack, out=str(tmp_path / "run"))
    assert again == made
    words = ["single-object", "--vary", "agents=2:3", "--vary", "values=0:1|0:2", "--slack", slack, "--quiet"]
    assert run("sweep", *words).stdout.splitlines()[2].split() == ["agents", "\\", "values", "0:1", "0:2"]


def test_time_runs_out() -> None:
    made = sweep("voting", {"alternatives": 3}, vary={"agents": [5]}, require=["strategy-proof"], max_seconds=0.01)
    assert (made.status, made.complete, made.points[0].count) == (3, False, None)


def test_the_command(tmp_path: Path) -> None:
    words = ["sweep", "top-value", "--agents", "2", "--values", "0,2,5", "--vary", "price=1:6", "--axiom", GSP]
    table = tmp_path / "points.csv"
    made = answer(*words, "--json", "--out", str(table), status=1)
    assert made["vary"] == {"price": ["1", "2", "3", "4", "5", "6"]}
    assert [point["count"] for point in made["points"]] == ["7", "3", "0", "0", "0", "9"]
    rows = list(csv.DictReader(table.open()))
    assert [row["count"] for row in rows] == ["7", "3", "0", "0", "0", "9"]
    assert rows[0] == {"price": "1", "axiom": GSP, "answer": "violated", "count": "7", "gain": "5"}
    done = run("sweep", "auction", "--agents", "2", "--values", "0,1,2", "--transfers=-4:4", "--vary", "number=2,3",
               "--vary", "gap=1:2", "--require", f"{GSP},anonymous,non-trivial", "--normalise", "--quiet")  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.splitlines()[-2:] == ["  2             0  2", "  3             0  2"]
    everything = run(*words[:-2], "--quiet").stdout
    assert "strategy-proof" in everything
    assert "non-trivial" in everything


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_pictures(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / f"map.{suffix}"
    words = ["auction", "--agents", "2", "--values", "0,1", "--transfers=-2:2", "--require", GSP, "--quiet"]
    done = run("sweep", *words, "--vary", "gap=1:2", "--vary", "step=1,2", "--picture", str(target), "--json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["points"]) == 4
    head = target.read_bytes()[:200]
    assert head.startswith(b"\x89PNG") if suffix == "png" else b"<?xml" in head


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["auction", "--agents", "2", "--values", "0,1", "--vary", "gap"], "NAME=VALUES"),
        (["auction", "--agents", "2", "--values", "0,1", "--vary", "gap=1", "--vary", "gap=2"], "twice"),
        (["nothing", "--vary", "gap=1"], "neither"),
        (["top-value", "--agents", "2", "--values", "0,1", "--vary", "price=1", "--require", GSP], "--axiom"),
        (["auction", "--agents", "2", "--values", "0,1", "--vary", "gap=1", "--axiom", GSP], "--require"),
        (["auction", "--agents", "2", "--values", "0,1", "--transfers=-1:1", "--vary", "gap=0:1"], "at gap=0"),
        (["auction", "--agents", "2", "--values", "0,1", "--transfers=-1:1", "--vary", "number=3"], "give more values"),
        (["auction", "--agents", "2", "--values", "0,1", "--transfers=-1:1", "--vary", "colour=1"], "no parameter"),
        (["voting", "--alternatives", "2", "--vary", "agents=2:3", "--vary", "gap=1"], "needs values"),
        (["voting", "--alternatives", "2", "--vary", "agents=2", "--count", "triples"], "no option count"),
        (["voting", "--alternatives", "2", "--vary", "agents="], "no value"),
        (["voting", "--alternatives", "2", "--vary", "agents=2", "--out", "x.txt"], ".csv"),
        (["voting", "--alternatives", "2", "--vary", "agents=2", "--csv", "x.txt"], ".csv"),
        (["voting", "--alternatives", "2", "--vary", "agents=2", "--csv", "x.csv", "--out", "y.csv"], "both name"),
        (["top-value", "--agents", "2", "--values", "0,1", "--vary", "price=1", "--classify"], "leave out classify"),
        (["separable-trade", "--prices", "1", "--vary", "marginals=0,1|1,2"], "positive"),
        (["single-object", "--agents", "2", "--vary", "values=0:1", "--slack", "none"], "free or of balanced"),
        (["single-object", "--agents", "2", "--vary", "values=0:1", "--slack", "free", "--spread"], "neither"),
        (["second-price", "--agents", "2", "--vary", "values=0:1", "--slack", "free"], "environment"),
        (["auction", "--agents", "2", "--vary", "values=0:1", "--slack", "free"], "payoffs"),
    ],
)  # fmt: skip
def test_refusals(words: list[str], said: str) -> None:
    assert said in refused("sweep", *words, "--quiet")
