"""Searches whose answers are known: from the literature, or worked out once by independent programs."""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import pytest

import collude as co
from collude.enumerate.problems.registry import build_problem
from collude.models.library.procurement import n_price
from collude.models.library.recognise import n_price_form
from collude.models.numbers import grid

GSP = "group-strategy-proof"


def is_n_price(mechanism: co.Mechanism) -> bool:
    """Whether some prices make it an n-price mechanism."""
    return n_price_form(mechanism)[0] is not None


def content(mechanism: co.Mechanism) -> tuple[Any, ...]:
    """What a mechanism does, whatever it is called."""
    return tuple((o.bundles, o.transfers) for o in map(mechanism.show_outcome, mechanism.outcome.tolist()))


@pytest.mark.parametrize(("voters", "count"), [(2, 17), (3, 60), (4, 505)])
def test_strategy_proof_social_choice_functions(voters: int, count: int) -> None:
    found = co.search(co.voting(voters, 3), require=["strategy-proof"])
    assert (found.count, found.complete, found.exists) == (count, True, True)


@pytest.mark.parametrize(("voters", "count"), [(2, 17), (3, 60)])
@pytest.mark.parametrize("solver", ["sat", "cpsat"])
def test_solvers_confirm(voters: int, count: int, solver: str) -> None:
    pytest.importorskip("pysat" if solver == "sat" else "ortools")
    found = co.search(co.voting(voters, 3), require=["strategy-proof"], confirm=solver)
    assert found.count == count
    assert found.evidence["confirmed"]["answer"] == f"{count} mechanisms"


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 2), (4, 2), (5, 2), (3, 3), (4, 3), (3, 4), (3, 5)])
def test_generalised_medians(m: int, n: int) -> None:
    env = co.voting(n, m, preferences="single-peaked")
    found = co.search(env, require=["strategy-proof", "anonymous", "onto"])
    assert found.count == comb(m + n - 2, n - 1)


@pytest.mark.parametrize(("m", "n"), [(3, 2), (4, 2), (3, 3)])
def test_solvers_confirm_medians(m: int, n: int) -> None:
    pytest.importorskip("pysat")
    pytest.importorskip("ortools")
    env = co.voting(n, m, preferences="single-peaked")
    for solver in ("sat", "cpsat"):
        co.search(env, require=["strategy-proof", "anonymous", "onto"], confirm=solver)


AUCTIONS = [
    (2, [0, 1], 3, "symmetric", (16, 12, 4, 2)),
    (2, [0, 1], 3, "anonymous", (12, 12, 0, 0)),
    (2, [0, 1], 3, "envy-free", (12, 12, 0, 0)),
    (2, [0, 2], 4, "symmetric", (46, 12, 34, 21)),
    (2, [0, 2], 4, "anonymous", (14, 12, 2, 1)),
    (2, [0, 2], 4, "envy-free", (30, 12, 18, 11)),
    (2, [0, 1, 2], 4, "symmetric", (56, 48, 8, 2)),
    (2, [0, 1, 2], 4, "anonymous", (48, 48, 0, 0)),
    (2, [0, 1, 2], 4, "envy-free", (48, 48, 0, 0)),
    (2, [0, 1, 3], 5, "symmetric", (106, 48, 58, 21)),
    (2, [0, 1, 3], 5, "anonymous", (50, 48, 2, 1)),
    (2, [0, 1, 3], 5, "envy-free", (78, 48, 30, 11)),
    (3, [0, 1], 2, "symmetric", (864, 864, 0, 0)),
    (3, [0, 1], 2, "anonymous", (864, 864, 0, 0)),
    (3, [0, 1], 2, "envy-free", (864, 864, 0, 0)),
]


@pytest.mark.parametrize(("agents", "values", "bound", "fair", "expected"), AUCTIONS)
def test_group_strategy_proof_auctions(
    agents: int, values: list[int], bound: int, fair: str, expected: tuple[int, ...]
) -> None:
    env, window = co.auction(agents, values), range(-bound, bound + 1)

    def count(*more: str, **options: Any) -> int | None:
        found = co.search(env, transfers=window, require=[GSP, fair, *more], normalise=True, **options)
        assert found.evidence.get("window", {}).get("saturated", True)
        return found.count

    total = count(saturate=agents == 2)
    assert (total, count("trivial", saturate=False), count("non-trivial", saturate=False)) == expected[:3]
    assert count("non-trivial", project="utility", saturate=False) == expected[3]


def test_unnormalised_auctions() -> None:
    env, window = co.auction(2, [0, 2]), range(-1, 2)
    assert co.search(env, transfers=window, require=[GSP, "symmetric"]).count == 44
    assert co.search(env, transfers=window, require=[GSP, "symmetric", "non-trivial"]).count == 30


@pytest.mark.parametrize("values", [[0, 1], [0, 2], [0, 1, 2]])
def test_no_auction_without_withholding(values: list[int]) -> None:
    found = co.search(co.auction(2, values, withhold=False), transfers=range(-2, 3), require=[GSP, "anonymous"])
    assert (found.exists, found.count, found.status) == (False, 0, 1)


def test_lemma_on_transfers_has_no_exception() -> None:
    """Group strategy-proof alone: 72 mechanisms, in each the winner determines all transfers."""
    env = co.auction(2, [0, 1])
    found = co.search(env, transfers=range(-2, 3), require=[GSP], normalise=True, mode="all")
    assert found.count == 72
    for mechanism in found:
        chosen = {}
        for outcome in mechanism.outcome.tolist():
            shown = mechanism.show_outcome(outcome)
            assert chosen.setdefault(shown.bundles, shown.transfers) == shown.transfers
        kept = mechanism.show_outcome(mechanism.outcome_at((1, 1))).bundles == ((0,), (0,))
        assert not kept or mechanism.show_outcome(mechanism.outcome_at((0, 0))).bundles == ((0,), (0,))


UNIFORM = [
    (2, 1, "1,2", "0,1,2", "largest", (27, 11, 18, 8, 6, 4, 4, 0)),
    (2, 1, "1,2", "0,1,2", "smallest", (27, 15, 4, 4, 2, 2, 2, 0)),
    (2, 1, "1,2,3", "0:3", "largest", (4096, 163, 1152, 38, 18, 7, 7, 0)),
    (2, 1, "1,2,3", "0:3", "smallest", (4096, 328, 108, 15, 3, 4, 3, 0)),
    (2, 1, "2,4,6", "0,3,5,7", "largest", (4096, 52, 1152, 16, 7, 7, 7, 0)),
    (2, 1, "2,10", "0,4,8", "largest", (27, 21, 9, 9, 7, 6, 6, 1)),
    (2, 1, "2,6,10", "0,4,8", "largest", (729, 51, 108, 15, 6, 6, 6, 0)),
    (2, 2, "2,6,10", "0,4,8", "largest", (729, 7, 486, 5, 4, 4, 4, 0)),
    (3, 1, "2,6", "0,4,8", "largest", (81, 9, 54, 9, 5, 5, 5, 0)),
]


@pytest.mark.parametrize(("agents", "units", "costs", "prices", "ties", "expected"), UNIFORM)
def test_uniform_price_procurement(
    agents: int, units: int, costs: str, prices: str, ties: str, expected: tuple[int, ...]
) -> None:
    about = {"agents": agents, "units": units, "costs": costs, "uniform_price": prices, "ties": ties}
    space, outcome_ids = (
        build_problem("uniform-price", about),
        build_problem("uniform-price", {**about, "prices_apart": True}),
    )
    counts = [co.search(outcome_ids).count, co.search(outcome_ids, require=[GSP]).count, co.search(space).count]
    found = co.search(space, require=[GSP], mode="all")
    counts += [co.search(space, require=["strategy-proof"]).count, found.count]
    env = space.environment
    named = [n_price(env, prices=row, ties=ties) for row in combinations_with_replacement(grid(prices), agents)]
    distinct = {content(m): m for m in named}
    proof = [m for m in distinct.values() if co.holds(m, GSP, jobs=1)]
    extras = [m for m in found if not is_n_price(m)]
    assert (*counts, len(distinct), len(proof), len(extras)) == expected
    assert {content(m) for m in proof} <= {content(m) for m in found}


def test_uniform_price_with_any_selection() -> None:
    space = build_problem("uniform-price", {"agents": 2, "costs": "1,2", "uniform_price": "0:2", "ties": "any"})
    every = co.search(space, mode="all")
    proof = {content(m) for m in co.search(space, require=[GSP], mode="all")}
    named = {content(m) for m in every if is_n_price(m)}
    assert (every.count, len(proof), len(named)) == (160, 32, 32)
    assert proof == named


SUPPLY = {
    "strategy-proof": (625, 625),
    "weakly-group-strategy-proof": (589, 371),
    "pairwise-strategy-proof": (137, 69),
    GSP: (137, 69),
    "bribe-proof": (149, 41),
    "side-payment-collusion-proof": (137, None),
    "reallocation-proof": (85, 23),
}


@pytest.mark.parametrize("axiom", SUPPLY)
def test_all_procurement_mechanisms(axiom: str) -> None:
    first = build_problem("procurement", {"agents": 2, "costs": "1,2", "allocations": "0,0;1,1;1,2"})
    second = build_problem("procurement", {"agents": 2, "costs": "2,4", "allocations": "0,0;1,1;1,3;1,5"})
    assert co.search(first).count == 6561
    one, other = SUPPLY[axiom]
    assert co.search(first, require=[axiom]).count == one
    if other is not None:
        assert co.search(second, require=[axiom]).count == other


@pytest.mark.parametrize(("axiom", "count"), [("strategy-proof", 126), (GSP, 26), ("reallocation-proof", 12)])
def test_exactly_one_unit(axiom: str, count: int) -> None:
    space = build_problem("procurement", {"agents": 2, "costs": "1,2", "transfers": "0:2"})
    assert co.search(space, require=[axiom, "individually-rational", "quantity-target=1"]).count == count


def test_no_purchase_below_cost() -> None:
    """Theorem 2.2: with transfers capped below the highest cost nothing is always bought."""
    space = build_problem("procurement", {"agents": 2, "costs": "1,4", "transfers": "0:4"})
    names = ["individually-rational", "quantity-target=1"]
    assert co.search(space, require=[*names, "transfer-cap=3"]).exists is False
    assert co.search(space, require=[*names, "transfer-cap=4", GSP]).exists is True


@pytest.mark.parametrize(
    ("top", "prices", "count"), [(2, "0:3", 5), (3, "0:4", 10), (2, "0:3:1/2", 6), (3, "0:4:1/2", 12)]
)
def test_posted_prices(top: int, prices: str, count: int) -> None:
    space = build_problem("trade", {"costs": f"1:{top}", "values": f"1:{top}", "prices": prices})
    assert co.search(space, require=["strategy-proof", "individually-rational", "budget-balanced"]).count == count


@pytest.mark.parametrize(("prices", "coalitional", "alone"), [(["3/2", "5/2"], 5, 6), ([1, 2, 3], 18, 202)])
def test_theorem_with_two_prices(prices: list[Any], coalitional: int, alone: int) -> None:
    env = co.trade([1, 2, 3], [1, 2, 3])
    zero = [((0, 0), (0, 0))]
    rows = zero + [((1, 1), (Fraction(s), -Fraction(b))) for s in prices for b in prices]
    space = co.listed_space(env, "trade", rows)
    names = ["strategy-proof", "individually-rational", "no-free-lunch"]
    assert co.search(space, require=[*names, "collusion-proof"]).count == coalitional
    assert co.search(space, require=[*names, GSP]).count == coalitional
    assert co.search(space, require=names).count == alone


def test_non_bossy_posted_prices() -> None:
    env = co.trade([1, 2, 3], [1, 2, 3])
    prices = [Fraction(3, 2), Fraction(5, 2)]
    space = co.listed_space(env, "trade", [((0, 0), (0, 0)), *(((1, 1), (s, -b)) for s in prices for b in prices)])
    assert co.search(space, require=["strategy-proof", "non-bossy"]).count == 21
    assert co.search(space, require=["strategy-proof", "non-bossy", "no-trade-types"]).count == 5
