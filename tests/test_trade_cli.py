"""`collude trade` as a user types it: words, JSON, figure, proof, a file for check, and one line for bad input."""

from fractions import Fraction
from pathlib import Path

import pytest
from commands import answer, refused, run
from test_trade_optimal import F, base

from collude.cli.render.trade import draw_trade
from collude.models.trade.objects import ObjectTrade
from collude.programs.trade.frontier import trade_frontier

BASE = ("--seller", "0,11", "--buyer", "1,12", "--good", "1/2,1/2")


def test_json_has_exact_numbers_as_text() -> None:
    found = answer("trade", "--objects", "3", *BASE, "--json")
    assert found["alpha"] == "1/2"
    assert found["thresholds"] == {"seller": 0, "buyer": 0}
    assert found["sigma"] == {"seller": "13/37", "buyer": "13/37"}
    assert found["utilities"] == {"seller": "759/148", "buyer": "759/148"}
    assert (found["surplus"], found["first_best"]) == ("759/74", "21/2")
    assert [list(map(found["frontier"][x].get, ("seller", "buyer", "alpha"))) for x in (0, 1, -1)] == [
        ["39/4", "0", "11/19"], ["37/4", "11/16", "22/41"], ["0", "39/4", None]
    ]  # fmt: skip
    assert len(found["frontier"]) == 8
    assert found["edge"] == [{"seller": "4037/592", "buyer": "55/16"}, {"seller": "55/16", "buyer": "4037/592"}]


def test_json_between_two_breakpoints() -> None:
    words = (
        "trade",
        "--objects",
        "3",
        "--seller",
        "-1/2,7",
        "--buyer",
        "2,19/2",
        "--good",
        "2/5,1/3",
        "--alpha",
        "0.9",
    )
    found = answer(*words, "--prove", "--json")
    assert found["thresholds"]["seller"] == -1
    assert len(found["edge"]) == 1
    seller, buyer = (Fraction(found["utilities"][side]) for side in ("seller", "buyer"))
    assert seller + buyer == Fraction(found["surplus"])
    problem = ObjectTrade(3, "-1/2,7", "2,19/2", "2/5,1/3")  # type: ignore[arg-type]
    assert F(9, 10) * seller + F(1, 10) * buyer == trade_frontier(problem).support(F(9, 10))
    alphas = [Fraction(vertex["alpha"]) for vertex in found["frontier"][:-1]]
    assert alphas == sorted(alphas, reverse=True)
    assert "multipliers checked" in found["proof"]


def test_words_name_thresholds_shares_and_ties() -> None:
    done = run("trade", "--objects", "3", *BASE, "--frontier", "--prove")
    assert done.returncode == 0
    for words in (
        "with probability 13/37 (0.351351351) if he has 0 good ones",
        "surplus      759/74 (10.2567568)",
        "first best   21/2 (10.5), not attained",
        "every point of an edge is optimal",
        "over all 8 types a side",
        "561/304 (1.84539474)",
    ):
        assert words in done.stdout
    extreme = run("trade", "--objects", "11", *BASE, "--alpha", "1").stdout
    assert "tie: the buyer's mu at 10 good objects costs no budget and is taken as 1" in extreme
    assert "the seller trades every object that is bad for him" in extreme
    assert "whatever his type" in extreme
    many = run("trade", "--objects", "300", *BASE, "--alpha", "2/3")
    assert "first best   1050, not attained" in many.stdout
    assert (
        "attained" in run("trade", "--objects", "2", "--seller", "0,8", "--buyer", "4,12", "--good", "1/2,1/2").stdout
    )


def test_figure_and_its_series(tmp_path: Path) -> None:
    for suffix in ("png",):
        done = run("trade", "--objects", "8", *BASE, "--figure", f"f.{suffix}", "--json", cwd=tmp_path)
        assert done.returncode == 0
        assert (tmp_path / f"f.{suffix}").stat().st_size > 2000
    edge = trade_frontier(base(8))
    left, right = draw_trade(base(8), edge).axes
    first, replicated, _ = left.get_lines()
    assert list(first.get_xdata()) == [float(v.utilities[0] / 8) for v in edge.vertices]
    assert list(replicated.get_ydata()) == [float(v.utilities[1]) for v in trade_frontier(base(1)).vertices]
    (limits,) = right.get_lines()
    assert max(limits.get_ydata()) == 8
    assert "seller's value 0 or 11" in draw_trade(base(8), edge).get_suptitle()


def test_the_file_is_audited_by_check(tmp_path: Path) -> None:
    done = run("trade", "--objects", "2", *BASE, "--out", "own.npz", "--transfers", "own-report", cwd=tmp_path)
    assert done.returncode == 0
    words = ("--axiom", "bayesian-incentive-compatible,ex-ante-budget-balanced,budget-balanced", "--json")
    found = answer("check", str(tmp_path / "own.npz"), *words, status=1)
    assert [verdict["holds"] for verdict in found["verdicts"]] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("--objects", "0", *BASE), "at least 1"),
        (("--objects", "x", *BASE), "not a valid integer"),
        (("--objects", "2", "--seller", "0,11", "--buyer", "1,12", "--good", "1/2,1"), "strictly between"),
        (("--objects", "2", "--seller", "0,11", "--buyer", "12,1", "--good", "1/2,1/2"), "must satisfy"),
        (("--objects", "2", "--seller", "0;11", "--buyer", "1,12", "--good", "1/2,1/2"), "two numbers"),
        (("--objects", "2", *BASE, "--alpha", "3/2"), "alpha must lie"),
        (("--objects", "2", *BASE, "--figure", "f.txt"), "must end in"),
        (("--objects", "2", *BASE, "--out", "f.csv"), "must end in .npz"),
        (("--objects", "9", *BASE, "--prove"), "at most 8"),
        (("--objects", "5", *BASE, "--out", "f.npz"), "at most 4"),
        (("--objects", "1", *BASE, "--out", "f.npz", "--transfers", "fair"), "transfers are"),
        (("--objects", "1", *BASE, "--out", "none/f.npz"), "no such folder"),
        (("--objects", "100000", *BASE), "at most 2000"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], fragment: str, tmp_path: Path) -> None:
    assert fragment in refused("trade", *words, cwd=tmp_path)
    assert not list(tmp_path.iterdir())
