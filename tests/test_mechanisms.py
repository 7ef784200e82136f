"""Every named mechanism equals the oracle's at every profile; parameters; trade schedules; the n-price index."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import mechanisms as oracle
from oracle.plain import Outcome, Plain

from collude.models import registry
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.library import auctions, choice, environments, procurement, public_choices, trade, voting
from collude.models.library import price as shared
from collude.models.mechanism import Mechanism, all_profiles, types_of

HALF, F = Fraction(1, 2), Fraction
TIES: dict[str, Any] = {"largest": "L", "smallest": "S"}


def table(mechanism: Mechanism) -> dict[tuple[int, ...], Outcome]:
    """The bundle numbers and the exact transfers of every agent at every profile."""
    bundles = [tuple(row) for row in mechanism.bundle.tolist()]
    outcomes = [(bundles[o], mechanism.show_outcome(o).transfers) for o in range(mechanism.outcomes)]
    return {profile: outcomes[mechanism.outcome_at(profile)] for profile in all_profiles(mechanism.environment)}


def same(mechanism: Mechanism, plain: Plain, given_to_all: Callable[[Outcome], Outcome] = lambda o: o) -> None:
    """The outcomes are the oracle's, and so are their utilities: those of voters, being ranks, up to a constant."""
    env = mechanism.environment
    assert env.sizes == plain.sizes
    assert table(mechanism) == {profile: given_to_all(outcome) for profile, outcome in plain.table.items()}
    seen = {mechanism.outcome_at(profile): outcome for profile, outcome in plain.table.items()}
    for i, k in ((i, k) for i, size in enumerate(env.sizes) for k in range(size)):
        shifts = {F(mechanism.utility(i, k, o), mechanism.scale) - plain.utility(i, k, seen[o]) for o in seen}
        assert shifts == {0} or (env.ordinal and len(shifts) == 1)


def public(n: int) -> Callable[[Outcome], Outcome]:
    """One alternative, alone or with transfers, as everybody's bundle and transfers."""
    return lambda o: ((o[0],) * n, tuple(o[1])) if isinstance(o, tuple) else ((o,) * n, (0,) * n)


@pytest.mark.parametrize("values", [(0, 1, 2), (HALF, 1, F(7, 3)), (3,)])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_auctions(values: tuple[Any, ...], n: int) -> None:
    env = environments.auction(n, values)
    prices: list[Any] = [1, F(3, 2)]
    for reserve in (None, *prices, 5):
        floor = min(values) if reserve is None and n == 1 else reserve
        same(auctions.second_price(env, reserve=reserve), oracle.second_price(values, n, floor))
        same(auctions.first_price(env, reserve=reserve), oracle.first_price(values, n, reserve))
        for price, equal in product(prices, (False, True)):
            found = auctions.posted_price(env, price=price, reserve=reserve, accept_equal=equal)
            same(found, oracle.posted_price(values, n, max(price, reserve or 0), equal))
    for price in (1, F(-1, 3)):
        same(auctions.top_value(env, price=price), oracle.top_value_mechanism(values, n, price))


@pytest.mark.parametrize("name", ["second-price", "first-price", "posted-price", "top-value"])
def test_highest_index_is_the_mirror_image_of_lowest(name: str) -> None:
    more = {"price": 1} if name in ("posted-price", "top-value") else {}
    env, rule = environments.auction(3, [0, 1, 2]), registry.find_mechanism(name).function
    lowest, highest = (table(rule(env, reserve=1, ties=ties, **more)) for ties in ("lowest", "highest"))
    assert lowest != highest
    for profile, (bundles, transfers) in lowest.items():
        assert highest[profile[::-1]] == (bundles[::-1], transfers[::-1])


def suppliers() -> Iterator[tuple[Environment, Any, int]]:
    """Procurement environments with their type list and their number of units."""
    cases: list[tuple[Any, int, tuple[int, ...]]] = [
        ((1, 2, 3), 1, (1, 2, 3, 4)),
        ((0, HALF, F(5, 3)), 1, (2, 3)),
        ((1, 2, 3), 2, (1, 2, 3, 4)),
        ((HALF, 1, F(5, 2), 4), 2, (2,)),
        (((1, 2), (1, 5), (2, F(9, 4))), 2, (2, 3)),
        ((1, 2, 3, F(9, 2)), 3, (2, 3)),
    ]
    for costs, units, numbers in cases:
        for n in numbers:
            env = environments.procurement(n, costs, units=units)
            yield env, env.types[0], units


@pytest.mark.parametrize("ties", TIES)
def test_prices_in_procurement(ties: Any) -> None:
    random = Random(7)
    for env, types, _ in suppliers():
        n = env.agents
        for price in (0, 2, F(5, 2), 9):
            lumps = [random.choice((0, -1, F(1, 3))) for _ in range(n)]
            same(procurement.fixed_price(env, price=price, ties=ties), oracle.fixed_price(types, n, price, TIES[ties]))
            found = procurement.fixed_price(env, price=price, lumps=lumps, ties=ties)
            same(found, oracle.fixed_price(types, n, price, TIES[ties], lumps))
        for _ in range(4):
            prices = sorted(random.choice((0, HALF, 1, 2, F(5, 2), 3, 5)) for _ in range(n))
            found = procurement.n_price(env, prices=prices, ties=ties)
            same(found, oracle.n_price(types, n, prices, TIES[ties]))
        multisets = combinations_with_replacement(range(len(types)), n)
        entry = {multiset: random.choice((0, 1, F(7, 4), 2, 3)) for multiset in multisets}
        found = procurement.uniform_price(env, prices=list(entry.values()), ties=ties)
        same(found, oracle.uniform_price(types, n, entry.__getitem__, TIES[ties]))
        if n > 1:
            found = registry.find_mechanism("multi-unit-second-price").function(env, ties=ties)
            same(found, oracle.multi_unit_second_price(types, n, TIES[ties]))
        assert ties in found.notes[0]


def test_vcg_procurement() -> None:
    for env, types, units in suppliers():
        for target in range(1, (env.agents - 1) * units + 1):
            same(procurement.vcg_procurement(env, target=target), oracle.vcg_target(types, env.agents, target))
    found = table(procurement.vcg_procurement(environments.procurement(2, [1, 2, 3], units=2), target=2))
    assert (found[0, 0], found[1, 1]) == (((1, 1), (2, 2)), ((1, 1), (3, 3)))


@settings(deadline=None, max_examples=30)
@given(st.sets(st.sampled_from(list(combinations([F(x, 2) for x in range(9)], 2))), min_size=1, max_size=4))
def test_vcg_procurement_on_any_types(vectors: set[tuple[Fraction, ...]]) -> None:
    env = environments.procurement(3, sorted(vectors))
    for target in (1, 3, 4):
        same(procurement.vcg_procurement(env, target=target), oracle.vcg_target(env.types[0], 3, target))


def test_second_price_reverse() -> None:
    cases: list[list[Any]] = [[(1, 2, 3), (0, HALF, F(5, 3))], [1, 2, 3, 4], [None, 0, HALF, 2, F(9, 4), 7]]
    for costs, n, reserve in product(*cases):
        env = environments.procurement(n, costs)
        if reserve is not None:
            # Buying at a price of at most the reserve is selling to bidders who bid minus their costs.
            plain = oracle.second_price([-x for x in reversed(costs)], n, -reserve)
            found = table(registry.find_mechanism("second-price-reverse").function(env, reserve=reserve))
            assert found == {tuple(2 - k for k in profile): outcome for profile, outcome in plain.table.items()}
        elif n > 1:
            same(registry.find_mechanism("second-price-reverse").function(env), oracle.second_price_reverse(costs, n))


def test_eta_three_ways() -> None:
    random = Random(3)
    for env, types, _ in suppliers():
        n = env.agents
        for _ in range(6):
            prices = sorted(random.choice((0, HALF, 1, F(3, 2), 2, 3)) for _ in range(n))
            expected = []
            for profile in all_profiles(env):
                accepting = [sum(types[k][0] <= p for k in profile) for p in (0, *prices)]
                expected.append(max(m for m in range(n + 1) if accepting[m] == m))
                clock = n
                while accepting[clock] != clock:
                    clock = accepting[clock]
                assert expected[-1] == clock == max(m for m in range(n + 1) if accepting[m] >= m)
            assert procurement.eta(env, prices, types_of(env.sizes, 0, env.profiles)).tolist() == expected


def markets() -> Iterator[tuple[Environment, list[Any], list[Any]]]:
    """Trade environments with the seller's and the buyer's totals per bundle."""
    for env in (
        environments.trade([1, 2, 3], [1, 2, 3]),
        environments.trade([HALF, F(5, 3)], [0, 1, F(5, 2)]),
        environments.trade([HALF, 1, 2], [1, F(3, 2), 2, 3], units=2),
        environments.trade([(1, 3, 4), (2, 2, 5)], [(4, 3, 1), (3, 3, HALF)]),
    ):
        vectors = [[k if isinstance(k, tuple) else (k,) for k in types] for types in env.types]
        costs, values = ([tuple(sum(k[:q]) for q in range(len(k) + 1)) for k in kinds] for kinds in vectors)
        yield env, costs, values
    sides: list[list[Any]] = [[(1, 1, 3), (2, HALF, 2), (1, 2, 2)], [(1, 2, 3), (2, 2, 2), (F(5, 2), 1, 3)]]
    env = environments.trade(*sides, bundles=[(0, 0), (1, 0), (0, 1), (1, 1)])
    yield env, [(0, *k) for k in sides[0]], [(0, *k) for k in sides[1]]


def test_posted_price_and_vcg_in_trade() -> None:
    for env, costs, values in markets():
        prices: list[Any] = [0, 1, F(3, 2), 2, 4]
        for bundle, price, seller, buyer in product(range(1, len(costs[0])), prices, (True, False), (True, False)):
            equal = {"accept_equal_seller": seller, "accept_equal_buyer": buyer}
            found = trade.posted_price_trade(env, price=price, bundle=bundle, **equal)
            same(found, oracle.posted_price_trade(costs, values, bundle, price, seller, buyer))
        for ties in TIES:
            same(trade.vcg_trade(env, ties=ties), oracle.vcg_trade(costs, values, TIES[ties]))


def test_trade_schedules() -> None:
    lists: list[Any] = [(0, 1), (F(-1, 2), 1), (0, 1, 1), (0, 2, 4), (0, 2, 3), (0, 1, 3), (1, 3, 4, 5), (1, 2, 3, 4)]
    seen = {True: 0, False: 0}
    for env, costs, values in markets():
        chains = [chain for r in (2, 3, 4) for chain in combinations(range(len(costs[0])), r) if chain[0] == 0]
        for chain, received, paid in product(chains, lists, lists):
            if not len(chain) == len(received) == len(paid):
                continue
            bundles = [env.bundles[0][b] for b in chain]
            chained = all(tuple(map(max, x, y)) == y for x, y in pairwise(bundles))
            valid = chained and curved(bundles, received, 1) and curved(bundles, paid, -1)
            assert valid == (not trade.check_schedule(bundles, received, paid))
            seen[valid] += 1
            offer: Any = {"schedule": chain, "seller_prices": received, "buyer_prices": paid}
            for seller, buyer in product(TIES, repeat=2) if valid else ():
                found = trade.trade_schedule(env, **offer, seller_ties=seller, buyer_ties=buyer)
                selections: Any = ([TIES[seller]] * len(costs), [TIES[buyer]] * len(values))
                same(found, oracle.generalised_posted_price(costs, values, chain, (received, paid), selections))
    assert min(seen.values()) > 50


def curved(bundles: list[tuple[int, ...]], prices: tuple[Any, ...], sign: int) -> bool:
    """Whether prices increase and the units of each good per unit of money rise (1) or fall (-1) along the chain."""
    steps = [np.subtract(y, x).tolist() for x, y in pairwise(bundles)]
    rises = [F(y - x) for x, y in pairwise(prices)]
    if min(rises) <= 0:
        return False
    rates = [[sign * units / rise for units in step] for step, rise in zip(steps, rises, strict=True)]
    return all(low <= high for before, after in pairwise(rates) for low, high in zip(before, after, strict=True))


def test_number_of_schedules() -> None:
    """Acceptance numbers: increasing integer prices up to 8 that are valid for the seller, the buyer, and both."""
    steps = {((1, 1), (2, 2)): [16, 16, 4], ((1, 1), (2, 3)): [16, 9, 0], ((1, 0), (1, 1)): [0, 0, 0]}
    for bundles, counts in steps.items():
        found = [trade.check_schedule([(0, 0), *bundles], (0, *p), (0, *p)) for p in combinations(range(1, 9), 2)]
        sides = [{reason.split()[0] for reason in reasons} for reasons in found]
        assert [*(sum(side not in x for x in sides) for side in ("seller", "buyer")), sides.count(set())] == counts


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_single_plateau(side: str) -> None:
    """Every type's payoff rises, is flat, then falls along a schedule; some type exposes each wrong curvature."""
    marginals = list(combinations_with_replacement([F(k, 2) for k in range(1, 17)], 2))
    assert len(marginals) == 136
    peaks: dict[bool, list[int]] = {True: [], False: []}
    for p in combinations(range(1, 9), 2):
        step, last = p[0], p[1] - p[0]
        seller = [(step - low, last - high) for low, high in marginals]
        gains = seller if side == "seller" else [(high - step, low - last) for low, high in marginals]
        double = sum(after > 0 >= before or after == 0 > before for before, after in gains)
        reasons = trade.check_schedule([(0,), (1,), (2,)], (0, *p), (0, *p))
        peaks[not any(reason.startswith(side) for reason in reasons)].append(double)
    assert peaks[True] == [0] * 16
    assert len(peaks[False]) == 12
    assert min(peaks[False]) > 0


def test_reasons_against_a_schedule() -> None:
    def starts(*args: Any) -> list[str]:
        return [reason.split(":")[0] for reason in trade.check_schedule(*args)]

    assert starts([(0,), (1,)], (0, 1), ("-1", "1/2")) == []
    assert starts([(1,), (2,)], (0, 1), (0, 1)) == ["start"]
    assert starts([(0, 0), (1, 0), (0, 1)], (0, 1, 2), (0, 1, 2)) == starts([(0,), (0,)], (0, 1), (0, 1)) == ["chain"]
    assert starts([(0,), (1,), (2,), (3,)], (0, 1, 2, 4), (0, 2, 4, 5)) == ["seller curvature", "buyer curvature"]
    assert starts([(0,), (1,), (2,)], (0, 1, 1), (0, 2, 3)) == ["seller prices", "buyer curvature"]
    assert starts([(0,), (1,), (2,)], (0, 1, 3), (0, 0, 3)) == ["seller curvature", "buyer prices"]


def test_schedule_on_bundles_that_are_not_downward_closed() -> None:
    """The gap in the text: a schedule that meets the curvature conditions and is neither truthful nor rational."""
    bundles = [(0, 0), (2, 2), (5, 3), (3, 1), (1, 4)]
    costs = [("10", "14.91", "3.5", "22.6"), ("99", "100", "98", "101")]
    env = environments.trade(costs, [tuple(F(9, 10) * sum(b) for b in bundles[1:])], bundles=bundles)
    prices: Any = {"seller_prices": ["0", "9.98", "14.97"], "buyer_prices": [0, 2, 6]}
    found = trade.trade_schedule(env, schedule=[0, 1, 2], **prices)
    assert F(found.utility(0, 0, found.outcome_at((0, 0))), found.scale) == F(-1, 50)
    assert found.utility(0, 0, found.outcome_at((1, 0))) == 0
    assert "not downward closed" in found.notes[-1]
    assert len(trade.trade_schedule(MARKET, schedule=[0], seller_prices=[0], buyer_prices=[0]).notes) == 1


def test_public_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "PART", 5)
    random = Random(11)
    tables: list[tuple[Environment, Any]] = []
    for sizes, m in (((3,), 4), ((2, 3), 3), ((2, 2, 3), 2), ((2, 1, 2, 2), 5)):
        u = [[[random.choice((-2, 0, 1, 1, F(1, 3))) for _ in range(m)] for _ in range(size)] for size in sizes]
        tables.append((public_choices.choice(u), u))
    for n, cost in ((1, HALF), (3, 4), (4, 3)):
        payoffs = [[[0, v - F(cost) / n] for v in (0, HALF, 2)]] * n
        tables.append((public_choices.public_good(n, [0, HALF, 2], cost=cost), payoffs))
    for env, u in tables:
        same(choice.efficient(env), oracle.efficient_choice(u), public(env.agents))
        same(choice.vcg_choice(env), oracle.clarke(u), public(env.agents))


@pytest.mark.parametrize(("m", "n"), [(3, 1), (3, 3), (4, 2), (3, 4)])
def test_voting(m: int, n: int) -> None:
    env = environments.voting(n, m, preferences="strict" if n < 4 else "single-peaked")
    orders = oracle.all_orders(m) if n < 4 else oracle.single_peaked_orders(m)
    for dictator in range(n):
        same(voting.dictatorship(env, dictator=dictator), oracle.dictatorship(orders, n, dictator), public(n))
    same(voting.plurality(env), oracle.plurality(orders, n), public(n))
    same(voting.borda(env), oracle.borda(orders, n), public(n))


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (3, 4), (4, 1), (4, 2), (4, 3)])
def test_generalised_median(m: int, n: int) -> None:
    env = environments.voting(n, m, preferences="single-peaked")
    for count in range((n + 1) % 2, 4, 2):
        for phantoms in combinations_with_replacement(range(m), count):
            plain = oracle.generalised_median(oracle.single_peaked_orders(m), n, phantoms)
            same(voting.generalised_median(env, phantoms=phantoms[::-1]), plain, public(n))


@pytest.mark.parametrize(("m", "n"), [(2, 3), (3, 2)])
def test_voting_on_weak_orders(m: int, n: int) -> None:
    env = environments.voting(n, m, preferences="weak")
    found = [table(x) for x in (voting.dictatorship(env, dictator=n - 1), voting.plurality(env), voting.borda(env))]
    for profile in all_profiles(env):
        orders = [env.types[0][k] for k in profile]
        votes = [sum(min(order[0]) == a for order in orders) for a in range(m)]
        ranks = [{a: rank for rank, equals in enumerate(order) for a in equals} for order in orders]
        scores = [sum(rank[a] < rank[b] for rank in ranks for b in range(m)) for a in range(m)]
        expected = [min(orders[-1][0]), votes.index(max(votes)), scores.index(max(scores))]
        assert [x[profile][0] for x in found] == [(a,) * n for a in expected]


UNITS, ALONE = environments.procurement(2, [1, 2, 3], units=2), environments.procurement(1, [1, 2])
MARKET = environments.trade([1, 2], [1, 2])
STRICT, WEAK = (environments.voting(2, 3, preferences=kind) for kind in ("strict", "weak"))
SETTINGS = {
    "auction": environments.auction(2, [0, 1]),
    "procurement": UNITS,
    "trade": MARKET,
    "choice": public_choices.public_good(2, [0, 1]),
    "voting": environments.voting(2, 3, preferences="single-peaked"),
}
UNEQUAL = Environment(
    "procurement", ("0", "1"), (((1,),), ((2,),)), (((0,), (1,)),) * 2, (np.array([[0, -1]]), np.array([[0, -2]]))
)
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("fixed-price", {"price": -1}, "at least 0"),
    ("fixed-price", {"price": 1.5}, "float"),
    ("fixed-price", {"price": 1, "lumps": [1]}, "give 2 numbers"),
    ("fixed-price", {"price": 1, "ties": "L"}, "largest or smallest"),
    ("n-price", {"prices": [2, 1]}, "p\\(1\\) = 2"),
    ("n-price", {"prices": [-1, 1]}, "at least 0"),
    ("uniform-price", {"prices": [1] * 5}, "give 6 numbers"),
    ("uniform-price", {"environment": UNEQUAL, "prices": [1]}, "same types"),
    ("vcg-procurement", {"target": 3}, "1 to 2"),
    ("second-price-reverse", {}, "unit supply"),
    ("second-price-reverse", {"environment": ALONE}, "reserve"),
    ("multi-unit-second-price", {"environment": ALONE}, "two agents"),
    ("posted-price-trade", {"price": 1, "bundle": 0}, "from 1 to 1"),
    ("trade-schedule", {"schedule": [0, 2], "seller_prices": [0, 1], "buyer_prices": [0, 1]}, "from 0 to 1"),
    ("trade-schedule", {"schedule": [0, HALF], "seller_prices": [0], "buyer_prices": [0]}, "whole numbers"),
    ("trade-schedule", {"schedule": [0, 1], "seller_prices": [0, 1], "buyer_prices": [1, 0]}, "buyer prices"),
    ("trade-schedule", {"schedule": [], "seller_prices": [], "buyer_prices": []}, "start"),
    ("vcg-trade", {"ties": "last"}, "largest or smallest"),
    ("dictatorship", {"dictator": 2}, "from 0 to 1"),
    ("generalised-median", {"environment": STRICT, "phantoms": [0]}, "single-peaked"),
    ("generalised-median", {"environment": WEAK, "phantoms": [0]}, "single-peaked"),
    ("generalised-median", {}, "add a phantom"),
    ("generalised-median", {"phantoms": [3]}, "from 0 to 2"),
]


@pytest.mark.parametrize(("name", "parameters", "message"), BAD)
def test_bad_parameters(name: str, parameters: dict[str, Any], message: str) -> None:
    entry = registry.find_mechanism(name)
    with pytest.raises(InputError, match=message) as caught:
        entry.function(**{"environment": SETTINGS[entry.environment], **parameters})
    assert "\n" not in str(caught.value)


def test_wrong_environments_and_sizes() -> None:
    registry.load()
    families = ("auctions", "choice", "multi_unit_auctions", "procurement", "trade", "voting")
    for entry in [x for x in registry.MECHANISMS.values() if x.function.__module__.rpartition(".")[2] in families]:
        required = {x: 1 for x, parameter in entry.parameters.items() if parameter.default is parameter.empty}
        for kind in SETTINGS.keys() - {entry.environment}:
            with pytest.raises(InputError, match=f"{entry.name} needs a"):
                entry.function(SETTINGS[kind], **required)
        if "price" in required and entry.environment != "auction":
            with pytest.raises(SizeError, match="int64"):
                entry.function(SETTINGS[entry.environment], price="1e30")


TEXT: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("fixed-price", {"price": "3/2", "lumps": "1,2"}, {"price": F(3, 2), "lumps": (1, 2)}),
    ("n-price", {"prices": "1,5/2", "ties": "smallest"}, {"prices": [1, F(5, 2)], "ties": "smallest"}),
    ("uniform-price", {"prices": "1,2,3,0,1,1/2"}, {"prices": [1, 2, 3, 0, 1, HALF]}),
    ("vcg-procurement", {"target": "2"}, {"target": 2}),
    ("posted-price-trade", {"price": "1", "accept-equal-buyer": "no"}, {"price": 1, "accept_equal_buyer": False}),
    (
        "trade-schedule",
        {"schedule": "0,1", "seller-prices": "0:1", "buyer-prices": "0,1.5", "buyer-ties": "smallest"},
        {"schedule": [0, 1], "seller_prices": [0, 1], "buyer_prices": [0, F(3, 2)], "buyer_ties": "smallest"},
    ),
    ("generalised-median", {"phantoms": "2"}, {"phantoms": [2]}),
    ("posted-price", {"price": "1", "accept_equal": "true"}, {"price": 1, "accept_equal": True}),
]


@pytest.mark.parametrize(("name", "text", "plain"), TEXT)
def test_parameters_as_text(name: str, text: dict[str, str], plain: dict[str, Any]) -> None:
    entry = registry.find_mechanism(name)
    env = SETTINGS[entry.environment]
    assert table(entry.function(env, **registry.arguments(entry, text))) == table(entry.function(env, **plain))
