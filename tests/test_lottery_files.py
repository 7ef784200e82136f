"""Lotteries in rules and files: every loader keeps them, and whatever is none is refused."""

import io
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import answer, run
from numba import njit
from test_trade_optimal import base, plain

import collude as co
from collude.enumerate.checks.check import check
from collude.models.errors import ColludeError, InputError, SizeError
from collude.models.files.functions import from_function
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.spec import build
from collude.models.files.tables import read_csv, write_csv
from collude.models.library.recognise import fixed_price_form
from collude.models.lottery import NOTE, Lottery, draw_of
from collude.models.mechanism import Mechanism
from collude.models.trade.direct import direct_trade
from collude.models.trade.mechanism import trade_mechanism
from collude.programs.trade.knapsack import optimal_trade

F = Fraction


def coin(reports: tuple[Any, ...]) -> Any:
    """Sold at 3/2 to whoever bids 2 or more; a coin decides between two such bidders."""
    bids = [i for i, report in enumerate(reports) if report >= 2]
    if len(bids) < 2:
        return (bids[0] if bids else None), [-F(3, 2) if i in bids else 0 for i in range(2)]
    return Lottery([("1/2", i, [-F(3, 2) if j == i else 0 for j in range(2)]) for i in range(2)])


def same_utilities(one: Mechanism, other: Mechanism) -> bool:
    env = one.environment
    return all(
        one.utility(i, k, int(o)) * other.scale == other.utility(i, k, int(p)) * one.scale
        for o, p in zip(one.outcome, other.outcome, strict=True)
        for i in range(env.agents)
        for k in range(env.sizes[i])
    )


def test_a_rule_states_a_lottery_and_every_file_keeps_it(tmp_path: Path) -> None:
    env = co.auction(2, [0, 1, 2, 3])
    mechanism = from_function(env, coin)
    assert NOTE in mechanism.notes
    assert F(mechanism.utility(0, 3, mechanism.outcome_at((3, 3))), mechanism.scale) == F(3, 4)
    write_npz(mechanism, tmp_path / "a.npz")
    text = io.StringIO()
    write_csv(mechanism, text)
    (tmp_path / "a.csv").write_text(text.getvalue())
    assert text.getvalue().startswith("probability,report_0,bundle_0,transfer_0")
    for again in (read_npz(tmp_path / "a.npz"), read_csv(tmp_path / "a.csv", env), read_csv(tmp_path / "a.csv")):
        assert same_utilities(mechanism, again)
        assert [again.branches(int(o)) for o in again.outcome] == [
            mechanism.branches(int(o)) for o in mechanism.outcome
        ]
        assert NOTE in again.notes
        assert check(again, ["strategy-proof"]).holds
    rows = "\n".join(
        f'[[rows]]\nreports = ["{x}", "{y}"]\nbundles = {list(b.bundles)}\n'
        f'transfers = ["{b.transfers[0]}", "{b.transfers[1]}"]\nprobability = "{b.probability}"'
        for (x, y), o in zip(product(range(4), repeat=2), mechanism.outcome.tolist(), strict=True)
        for b in mechanism.branches(o)
    )
    (tmp_path / "a.toml").write_text(f'[environment]\nkind = "auction"\nagents = 2\nvalues = "0:3"\n{rows}\n')
    assert same_utilities(mechanism, build(str(tmp_path / "a.toml")))
    (tmp_path / "b.toml").write_text('table = "a.csv"\n[environment]\nkind = "auction"\nagents = 2\nvalues = "0:3"\n')
    assert same_utilities(mechanism, build(str(tmp_path / "b.toml")))


def test_rows_in_toml_without_lotteries(tmp_path: Path) -> None:
    text = '[environment]\nkind = "public-good"\nagents = 1\nvalues = "0,1"\n'
    rows = (
        '[[rows]]\nreports = [0]\nbundles = ["no"]\ntransfers = [0]\n'
        '[[rows]]\nreports = [1]\nbundles = ["yes"]\ntransfers = [-0.5]\n'
    )
    (tmp_path / "a.toml").write_text(text + rows)
    mechanism = build(str(tmp_path / "a.toml"))
    assert mechanism.lotteries == ()
    assert F(mechanism.utility(0, 1, mechanism.outcome_at((1,))), mechanism.scale) == F(1, 2)


def test_a_lottery_with_one_branch_is_a_sure_outcome() -> None:
    env = co.auction(1, [0, 1])
    mechanism = from_function(env, lambda _: Lottery([(1, 0, [0])]))
    assert mechanism.lotteries == ()
    assert mechanism.notes == ()
    twice = from_function(env, lambda _: Lottery([("1/3", 0, [0]), ("2/3", 0, [0])]))
    assert twice.lotteries == ()


def test_random_transfers_alone_make_a_lottery() -> None:
    env = co.auction(1, [0, 1])
    mechanism = from_function(env, lambda _: Lottery([("1/2", 0, [1]), ("1/2", 0, [0])]))
    assert len(mechanism.branches(0)) == 2
    assert mechanism.show_outcome(0).transfers == (F(1, 2),)
    assert NOTE in mechanism.notes


@pytest.mark.parametrize(
    ("result", "fragment"),
    [
        (Lottery([("1/2", 0, [0, 0]), ("1/3", 1, [0, 0])]), "sum to 5/6"),
        (Lottery([("3/2", 0, [0, 0]), ("-1/2", 1, [0, 0])]), "must be positive"),
        (Lottery([(0, 0, [0, 0]), (1, 1, [0, 0])]), "must be positive"),
        (Lottery([(0.5, 0, [0, 0]), (0.5, 1, [0, 0])]), "float"),
        (Lottery([("1/2", 0, [0]), ("1/2", 1, [0, 0])]), "1 transfers"),
        (Lottery([("1/2", [1, 1], [0, 0]), ("1/2", 1, [0, 0])]), "do not exist"),
        (Lottery([("1/2", 5, [0, 0]), ("1/2", 1, [0, 0])]), "not an agent"),
        ([("1/2", 0, [0, 0]), ("1/2", 1, [0, 0])], "one bundle per agent"),
        (([("1/2", 0), ("1/2", 1)], [0, 0]), "return a number"),
        ((["3/5", "2/5"], [0, 0]), "return a number"),
        (([F(3, 5), F(2, 5)], [0, 0]), "collude.Lottery"),
        (([0.6, 0.4], [0, 0]), "collude.Lottery"),
        ((0.6, [0, 0]), "collude.Lottery"),
        ((np.array([0.5, 0.5]), [0, 0]), "collude.Lottery"),
        ((0, 0), "must be a list"),
    ],
)
def test_what_looks_like_a_lottery_where_none_is_stated_is_refused(result: Any, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        from_function(co.auction(2, [0, 1]), lambda _: result)
    assert fragment in str(error.value)


def test_lotteries_are_lists_of_triples() -> None:
    for wrong in ([1], [(1, 2)], 5, [("1/2", 0, [0], 1)]):
        with pytest.raises(InputError):
            Lottery(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="sum to 0"):
        draw_of(())


@njit
def cut_bundle(reports: Any, bundles: Any, transfers: Any) -> None:
    bundles[0] = 0.6
    transfers[0] = -reports[0]


@njit
def cut_transfer(reports: Any, bundles: Any, transfers: Any) -> None:
    for i in range(len(reports)):
        bundles[i] = 0
        transfers[i] = -reports[i] / 2


def test_arrays_are_never_cut() -> None:
    env = co.auction(2, [0, 1])
    for rule in (cut_bundle, cut_transfer):
        with pytest.raises(InputError, match="would be cut"):
            from_function(env, rule)
    for winners in (lambda r: np.full(r.shape[1], 0.6), lambda r: np.full(r.shape, 0.6)):
        with pytest.raises(InputError, match=r"collude\.Lottery"):
            from_function(env, lambda r, w=winners: (w(r), np.zeros(r.shape, np.int64)), vectorised=True)


HEAD = "probability,report_0,bundle_0,transfer_0\n"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (HEAD + "1/2,0,0,0\n1/2,0,1,0\n1/2,1,0,0\n", "sum to 1/2"),
        (HEAD + "1,0,0,0\n1/2,1,0,0\n1/2,1,1,0\n1/2,1,1,1\n", "sum to 3/2"),
        (HEAD + "1/2,0,0,0\n1/2,0,1,0\n", ""),
        (HEAD + ",0,0,0\n1,1,0,0\n", "not a number"),
        (HEAD + "x,0,0,0\n1,1,0,0\n", "not a number"),
        (HEAD.replace("probability", "probability,probability") + "1,1,0,0,0\n", "probability"),
        ("report_0,bundle_0,transfer_0\n0,0,0\n0,1,0\n", "needs a probability"),
        ("report_0,bundle_0,transfer_0\n0,1/2,0\n1,0,0\n", "whole numbers"),
        ("chance,report_0,bundle_0,transfer_0\n1,0,0,0\n", "probability"),
    ],
)
def test_tables_that_are_no_lotteries_are_refused(text: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    if not fragment:
        assert read_csv(tmp_path / "t.csv").outcomes == 1
        return
    with pytest.raises(InputError) as error:
        read_csv(tmp_path / "t.csv")
    assert fragment in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "fragment"),
    [
        ('reports = [0]\nbundles = [0]\ntransfers = [0]\nprobability = "1/2"', "sum to 1/2"),
        ("reports = [0]\nbundles = [0.5]\ntransfers = [0]", "rows with a probability"),
        ("reports = [0]\nbundles = [0]\ntransfers = [0]\nchance = 1", "not 'chance'"),
        ("reports = [0, 1]\nbundles = [0]\ntransfers = [0]", "one entry per agent"),
        ("reports = [7]\nbundles = [0]\ntransfers = [0]", "no type 7"),
        ("reports = [0]\nbundles = [4]\ntransfers = [0]", "cannot hold"),
        (
            "reports = [0]\nbundles = [0]\ntransfers = [0]\n[[rows]]\nreports = [0]\nbundles = [1]\ntransfers = [0]",
            "twice",
        ),
        (
            "reports = [0]\nbundles = [0]\ntransfers = [0]\n"
            "[[rows]]\nreports = [0]\nbundles = [1]\ntransfers = [0]\nprobability = 1",
            "with and without",
        ),
        ("reports = [0]\nbundles = [0]\ntransfers = [0]", "is missing"),
    ],
)
def test_bad_rows_in_toml_are_named(row: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f'[environment]\nkind = "auction"\nagents = 1\nvalues = "0,1"\n[[rows]]\n{row}\n')
    with pytest.raises(ColludeError) as error:
        build(str(tmp_path / "a.toml"))
    assert fragment in str(error.value)


def test_rows_need_an_environment(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[[rows]]\nreports = [0]\nbundles = [0]\ntransfers = [0]\n")
    with pytest.raises(InputError, match="need \\[environment\\]"):
        build(str(tmp_path / "a.toml"))


def test_damaged_lotteries_are_refused() -> None:
    mechanism = from_function(co.auction(2, [0, 1, 2, 3]), coin)
    env = mechanism.environment
    o = next(x for x, draw in enumerate(mechanism.lotteries) if draw)
    moved = mechanism.transfer.copy()
    moved[o, 0] += 1
    with pytest.raises(InputError, match="not the expectation"):
        replace(mechanism, transfer=moved)
    with pytest.raises(InputError, match="needs one for each outcome"):
        replace(mechanism, lotteries=())
    with pytest.raises(InputError, match="not stated"):
        replace(mechanism, lotteries=tuple(() for _ in mechanism.lotteries))
    values = tuple(table.copy() for table in env.values)
    values[0][2, -1] += 1
    with pytest.raises(InputError, match="not valued at its expectation"):
        replace(env, values=values)
    with pytest.raises(InputError, match="sum to 1"):
        replace(env, mixtures=(((((0, F(1, 2)), (1, F(1, 3))),)), env.mixtures[1]))
    with pytest.raises(InputError, match="cannot hold"):
        replace(env, mixtures=(((((0, F(1, 2)), (9, F(1, 2))),)), env.mixtures[1]))


def test_lotteries_need_expectations_that_fit() -> None:
    with pytest.raises(InputError, match="ranks"):
        from_function(co.voting(1, 2), lambda _: Lottery([("1/2", 0, [0]), ("1/2", 1, [0])]))
    tiny = F(1, 2**40)
    with pytest.raises(SizeError):
        from_function(co.auction(1, [0, f"1/{3**20}"]), lambda _: Lottery([(tiny, 0, [0]), (1 - tiny, None, [0])]))
    procurement = from_function(
        co.procurement(1, [1, 2], units=1), lambda _: Lottery([("1/2", [0], [0]), ("1/2", [1], [2])])
    )
    with pytest.raises(InputError, match="lotteries"):
        fixed_price_form(procurement)
    assert check(procurement, ["efficient"]).holds  # whatever is drawn, a single supplier is the only one to deliver it


def test_the_command_says_that_expectations_were_taken(tmp_path: Path) -> None:
    words = ("trade", "--objects", "1", "--seller", "0,11", "--buyer", "1,12", "--good", "1/2,1/2")
    assert run(*words, "--out", "best.npz", cwd=tmp_path).returncode == 0
    path = str(tmp_path / "best.npz")
    found = answer("check", path, "--axiom", "bayesian-incentive-compatible,strategy-proof", "--json", status=1)
    assert NOTE in found["notes"]
    assert [verdict["over_lotteries"] for verdict in found["verdicts"]] == [True, True]
    shown = run("check", path, "--axiom", "strategy-proof").stdout
    assert "expectations over them" in shown
    assert "with probability 3/5" in shown
    named = answer(
        "check", "threshold-trade", *(f"--param={x}" for x in ("objects=1", "seller=0,11", "buyer=1,12", "good=1/2,1/2",
        "thresholds=0,0", "sigma=3/5,3/5")), "--axiom", "strategy-proof", "--json", status=1,
    )  # fmt: skip
    assert named["verdicts"][0]["violations"] == 2


def test_threshold_trade_by_name() -> None:
    env = co.object_trade(2, (0, 11), (1, 12), ("1/2", "1/2"))
    rule = optimal_trade(base(2)).rule
    named = build(
        "threshold-trade",
        {"objects": "2", "seller": "0,11", "buyer": "1,12", "good": "1/2,1/2"},
        {"thresholds": "0,0", "sigma": "15/31,15/31"},
    )
    direct = trade_mechanism(direct_trade(rule))
    assert same_utilities(named, direct)
    assert env.prior == named.environment.prior
    assert len(env.types[0]) == 4
    with pytest.raises(InputError, match="object-trade environment"):
        build(
            "threshold-trade",
            {"kind": "trade", "costs": "1,2", "values": "1,2", "prior": "uniform"},
            {"thresholds": "0,0"},
        )
    assert plain(base(2)).n == 2
