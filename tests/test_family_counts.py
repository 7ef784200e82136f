"""Counts of families and extras: the tables of the notes on auctions, procurement and trade."""

from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import pytest

import collude as co
from collude.enumerate.listings.classify import FamilyReport
from collude.enumerate.problems.registry import build_problem
from collude.models.files.spec import build
from collude.models.numbers import grid

GSP = "group-strategy-proof"


def classified(problem: str, parameters: dict[str, Any], require: list[str], **options: Any) -> FamilyReport:
    space = build_problem(problem, parameters)
    found = co.search(space, require=require, mode="all", classify=True, saturate=False, **options)
    assert found.families is not None
    assert found.families.total == found.count
    return found.families


AUCTIONS = [
    (2, [0, 1], 3, "symmetric", (16, 12)),
    (2, [0, 1], 3, "anonymous", (12, 12)),
    (2, [0, 1], 3, "envy-free", (12, 12)),
    (2, [0, 2], 4, "symmetric", (46, 12)),
    (2, [0, 2], 4, "anonymous", (14, 12)),
    (2, [0, 2], 4, "envy-free", (30, 12)),
    (2, [0, 1, 2], 4, "symmetric", (56, 48)),
    (2, [0, 1, 2], 4, "anonymous", (48, 48)),
    (2, [0, 1, 2], 4, "envy-free", (48, 48)),
    (2, [0, 1, 3], 5, "symmetric", (106, 48)),
    (2, [0, 1, 3], 5, "anonymous", (50, 48)),
    (2, [0, 1, 3], 5, "envy-free", (78, 48)),
    (2, [-3, 1, 4], 7, "anonymous", (52, 48)),
    (3, [0, 1], 2, "symmetric", (864, 864)),
    (3, [0, 1], 2, "anonymous", (864, 864)),
    (3, [0, 1], 2, "envy-free", (864, 864)),
]


def utilities(mechanism: co.Mechanism) -> list[list[Fraction]]:
    """Truthful utilities, profile by profile, in rationals."""
    env, found = mechanism.environment, []
    for profile in product(*(range(size) for size in env.sizes)):
        shown = mechanism.show_outcome(mechanism.outcome_at(profile))
        found.append(
            [
                t + env.value(i, k, env.indices[i][bundle])
                for i, (k, bundle, t) in enumerate(zip(profile, shown.bundles, shown.transfers, strict=True))
            ]
        )
    return found


@pytest.mark.parametrize(("agents", "values", "bound", "fair", "expected"), AUCTIONS)
def test_trivial_auctions_and_the_construction(
    agents: int, values: list[int], bound: int, fair: str, expected: tuple[int, int]
) -> None:
    """Anonymous ones are trivial or the construction, one for each price between the two largest values; others are listed."""
    given = {"agents": agents, "values": values, "transfers": range(-bound, bound + 1)}
    sorted_ = classified("auction", given, [GSP, fair], normalise=True)
    assert (sorted_.total, sorted_.counts["trivial"]) == expected
    construction = 2 * (values[-1] - values[-2] - 1)
    assert sorted_.counts["top-value"] == construction
    assert len(sorted_.numbers) == expected[0] - expected[1] - construction
    assert (fair != "anonymous") or not sorted_.numbers
    assert list(sorted_.classes.items())[:2] == [("trivial", expected[1]), ("chapter 3 construction", construction)]
    assert [co.classify(extra) for extra in sorted_.extras()] == [()] * len(sorted_.numbers)
    for extra in sorted_.extras():
        assert len({u for row in utilities(extra) for u in row}) > 1


PROCUREMENT = [
    (2, "1,2", "0:2", 1, "largest", (6, 0)),
    (2, "1,2", "0:2", 1, "smallest", (2, 0)),
    (2, "1,2", "0:2", 1, "any", (32, 0)),
    (2, "1,2,3", "0:3", 1, "largest", (18, 0)),
    (2, "1,2,3", "0:3", 1, "smallest", (3, 0)),
    (2, "2,4,6", "0,3,5,7", 1, "largest", (7, 0)),
    (2, "2,10", "0,4,8", 1, "largest", (7, 1)),
    (2, "2,6,10", "0,4,8", 1, "largest", (6, 0)),
    (2, "2,6,10", "0,4,8", 2, "largest", (4, 0)),
    (3, "2,6", "0,4,8", 1, "largest", (5, 0)),
]


@pytest.mark.parametrize(("agents", "costs", "prices", "units", "ties", "expected"), PROCUREMENT)
def test_n_price_mechanisms_and_extras(
    agents: int, costs: str, prices: str, units: int, ties: str, expected: tuple[int, int]
) -> None:
    given = {"agents": agents, "costs": costs, "uniform_price": prices, "units": units, "ties": ties}
    sorted_ = classified("uniform-price", given, [GSP])
    assert (sorted_.total, len(sorted_.numbers)) == expected
    assert sorted_.counts["n-price"] == sorted_.total - len(sorted_.numbers)
    assert sorted_.counts["uniform-price"] == sorted_.total


N_PRICES = [
    (2, "1,2", "0:2", 1, "largest", (4, 4)),
    (2, "1,2", "0:2", 1, "smallest", (2, 2)),
    pytest.param(2, "1,2,3", "0:3", 1, "largest", (7, 7), marks=pytest.mark.slow),
    (2, "1,2,3", "0:3", 1, "smallest", (4, 3)),
    pytest.param(2, "2,4,6", "0,3,5,7", 1, "largest", (7, 7), marks=pytest.mark.slow),
    (2, "2,10", "0,4,8", 1, "largest", (6, 6)),
    (2, "2,6,10", "0,4,8", 1, "largest", (6, 6)),
    (2, "2,6,10", "0,4,8", 2, "largest", (4, 4)),
    (3, "2,6", "0,4,8", 1, "largest", (5, 5)),
]


@pytest.mark.parametrize(("agents", "costs", "prices", "units", "ties", "expected"), N_PRICES)
def test_n_price_mechanisms_with_one_tie_rule(
    agents: int, costs: str, prices: str, units: int, ties: str, expected: tuple[int, int]
) -> None:
    """Columns "n-pr" and "n-pr and GSP": recognised among all uniform prices, and built from all sequences of prices."""
    given = {"agents": agents, "costs": costs, "uniform_price": prices, "units": units, "ties": ties}
    name = f"n-price-{ties}"
    every, proof = classified("uniform-price", given, []), classified("uniform-price", given, [GSP])
    assert (every.counts[name], proof.counts[name]) == expected
    assert proof.counts[name] <= proof.counts["n-price"] == proof.total - len(proof.numbers)
    env = every.space.environment
    built = [
        build("n-price", {"agents": agents, "costs": costs, "units": units}, {"prices": list(row), "ties": ties})
        for row in combinations_with_replacement(grid(prices), agents)
    ]
    assert env.profiles == built[0].environment.profiles
    contents = {tuple((o.bundles, o.transfers) for o in map(m.show_outcome, m.outcome.tolist())) for m in built}
    assert len(contents) == expected[0]


ODD_QUARTERS = "1/4,1/4;1/4,3/4;1/4,5/4;3/4,3/4;3/4,5/4;5/4,5/4"
COLLUSION = ["strategy-proof", "individually-rational", "no-free-lunch", "collusion-proof"]
BALANCED = ["strategy-proof", "individually-rational"]
TRADES = [
    ({"costs": "1:2", "values": "1:2", "prices": "0:3"}, BALANCED, "linear-posted-price", (5, 5)),
    ({"costs": "1:3", "values": "1:3", "prices": "0:4"}, BALANCED, "linear-posted-price", (10, 10)),
    ({"costs": "1:2", "values": "1:2", "prices": "0:3:1/2"}, BALANCED, "linear-posted-price", (6, 6)),
    ({"costs": "1:3", "values": "1:3", "prices": "0:4:1/2"}, BALANCED, "linear-posted-price", (12, 12)),
    (
        {"costs": "1,1;1,2;2,2", "values": "1,1;2,1;2,2", "prices": "0:4"},
        BALANCED,
        "linear-posted-price",
        (102, 58),
    ),
    (
        {"costs": "1/2,1/2;1/2,3/2;3/2,3/2", "values": "1/2,1/2;3/2,1/2;3/2,3/2", "prices": "0:3"},
        BALANCED,
        "linear-posted-price",
        (15, 12),
    ),
    (
        {"costs": "1:3", "values": "1:3", "prices": "3/2,5/2", "separate": True},
        COLLUSION,
        "largest-posted-price",
        (5, 5),
    ),
    ({"costs": "1:3", "values": "1:3", "prices": "1:3", "separate": True}, COLLUSION, "largest-posted-price", (18, 18)),
    (
        {
            "costs": ODD_QUARTERS,
            "values": ";".join(",".join(reversed(pair.split(","))) for pair in ODD_QUARTERS.split(";")),
            "prices": "1;1,2",
            "separate": True,
        },
        COLLUSION,
        "largest-posted-price",
        (12, 11),
    ),
    (
        {"costs": "1:3", "values": "1:3", "prices": "3/2,5/2", "separate": True},
        ["strategy-proof", "non-bossy", "no-trade-types"],
        "generalised-posted-price",
        (5, 5),
    ),
]


@pytest.mark.parametrize(("given", "require", "family", "expected"), TRADES)
def test_posted_prices_and_extras(
    given: dict[str, Any], require: list[str], family: str, expected: tuple[int, int]
) -> None:
    """The table of posted prices; whatever has another form is listed."""
    sorted_ = classified("trade", given, require)
    assert (sorted_.total, sorted_.counts[family]) == expected
    others = {n for n, extra in zip(sorted_.numbers, sorted_.extras(), strict=True) if not co.classify(extra)}
    assert others == set(sorted_.numbers)
    assert len(others) <= expected[0] - expected[1]
    assert sorted_.counts["generalised-posted-price"] >= sorted_.counts["largest-posted-price"]


@pytest.mark.parametrize(("prices", "said"), [("1;2;3", "one for each"), ("1;x", "price"), ("1,2;3,x", "price")])
def test_prices_of_bundles_are_refused(prices: str, said: str) -> None:
    with pytest.raises(co.InputError, match=said):
        build_problem("trade", {"costs": "1,2;1,3", "values": "2,1;3,1", "prices": prices})
