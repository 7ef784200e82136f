"""Where the printed theory of markets and economies is loose: one small case for each place, that anybody can follow."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from collude.models.contracts.economy import agv_payments, exchange_economy
from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.market import RULES, budget, feasible_projection, market_game, walras_actions
from collude.models.errors import InputError
from collude.programs.contracts.economies import economy_problem
from collude.programs.contracts.interim import interim_dominance
from collude.programs.contracts.market.market_checks import equal_price_pairs, report_slacks
from collude.programs.contracts.market.raids import MarketContract, Raid, arbitrage, money_pump, short_sale
from collude.programs.contracts.sweep import contract_verdict
from collude.programs.contracts.terms import SideContractTerms

UNPAID = SideContractTerms(payments=False)
ZERO = (Fraction(0),) * 3
ECONOMY = exchange_economy([[30, 33], [30, 36], [30, 42]], endowment=8, money=400)


def test_two_projections_in_a_row_are_not_the_projection() -> None:
    claims = [(Fraction(x),) for x in (3, -1, 0)]
    loss = (sum(c for (c,) in claims) - 1) / Fraction(3)
    two_stage = [max(c - loss, Fraction(0)) for (c,) in claims]
    assert two_stage == [Fraction(8, 3), 0, 0]
    assert sum(two_stage) > 1
    assert [x for (x,) in feasible_projection(claims, (Fraction(1),))] == [1, 0, 0]


@pytest.mark.parametrize(("rule", "paying"), [("literal", 24), ("no-short", 0)])
def test_a_short_sale_pays_under_the_literal_rule_only(rule: str, paying: int) -> None:
    payments = agv_payments(ECONOMY)
    raids = [
        short_sale(MarketContract(ECONOMY, types, payments[types], rule), i)
        for types in ECONOMY.profiles
        for i in range(3)
    ]
    assert len(raids) == 24
    assert sum(raid.pays for raid in raids) == paying
    if rule == "literal":
        assert not any(raid.failed[raid.members[0]] for raid in raids)


def test_money_pumps_are_improvements_so_the_corollary_on_strong_proofness_fails() -> None:
    """Both members gain at every profile, under both rules, and the contract is fully revealing."""
    assert equal_price_pairs(ECONOMY) == 0
    seen = 0
    for rule, types, pair in product(RULES, ECONOMY.profiles, [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]):
        raid = money_pump(MarketContract(ECONOMY, types, ZERO, rule), *pair)
        assert raid is not None
        assert raid.pays
        seen += 1
    assert seen == 96


def robbery(arbitrageurs: int) -> tuple[CommunicationContract, Raid | None]:
    """Three traders with known types; 0 quotes low and 1 quotes high. Some of them may also take everything."""
    economy = exchange_economy([[33], [36], [42]], endowment=8, money=400)
    market = MarketContract(economy, (0, 0, 0), ZERO)
    pump = money_pump(market, 0, 1)
    assert pump is not None
    actions = [[("as told", market.actions[i])] for i in range(3)]
    answers = [arbitrage(market, pump.actions, 1, 0, 2), arbitrage(market, pump.actions, 0, 2, 1)]
    for i in (0, 1):
        actions[i].append(("pump", pump.actions[i]))
    for agent, answer in zip((1, 0)[:arbitrageurs], answers, strict=False):
        assert answer is not None
        actions[agent].append(("arbitrage", answer.actions[agent]))
    game = market_game(economy, actions, {(0, 0, 0): market.granted})
    return communication_contract(game, lambda types: (0,) * len(types)), answers[0]


@pytest.mark.parametrize(("arbitrageurs", "ordinary"), [(0, "violated"), (1, "holds"), (2, "violated")])
def test_bounded_grids_decide_what_the_theorem_says(arbitrageurs: int, ordinary: str) -> None:
    """Without the arbitrage on the grid the robbery is obedient; with one member's it is not; where both members have one,
    these collide, and obedient deviations appear again."""
    contract, answer = robbery(arbitrageurs)
    found = contract_verdict(contract, UNPAID)
    assert found.strong == "violated"
    assert found.ordinary == ordinary
    assert answer is not None
    assert answer.pays


def test_a_bound_on_quantities_takes_the_arbitrage_away_first() -> None:
    """The arbitrage is evaluated from its formula: with a small bound there is none, though the pump still works."""
    market = MarketContract(ECONOMY, (1, 0, 1), agv_payments(ECONOMY)[1, 0, 1])
    pump = money_pump(market, 0, 1, most=Fraction(512))
    assert pump is not None
    assert pump.pays
    assert arbitrage(market, pump.actions, 1, 0, 2, most=Fraction(512)) is None
    assert arbitrage(market, pump.actions, 1, 0, 2, most=Fraction(1024)) is not None
    assert money_pump(market, 0, 1, most=Fraction(8)) is None


def test_with_enough_money_interim_and_ex_post_efficiency_are_the_same() -> None:
    """The gain of the dominating allocation is the whole loss of surplus, with or without incentive rows."""
    rng = Random(5)
    economy = exchange_economy([[7, 9], [6, 11], [8, 10]], endowment=2, money=200)
    best = {types: economy.allocation(types) for types in economy.profiles}
    problem = economy_problem(economy, best)
    assert interim_dominance(problem).gain == 0
    seen = 0
    for _ in range(4):
        goods = {}
        for types in economy.profiles:
            cuts = sorted(rng.choices(range(7), k=2))
            goods[types] = tuple((Fraction(x),) for x in (cuts[0], cuts[1] - cuts[0], 6 - cuts[1]))
        surplus = {
            types: max(
                sum(economy.value(i, k, (Fraction(x),)) for i, (k, x) in enumerate(zip(types, row, strict=True)))
                for row in product(range(7), repeat=3)
                if sum(row) == 6
            )
            for types in economy.profiles
        }
        loss = sum(
            economy.prior[types]
            * (surplus[types] - sum(economy.value(i, k, goods[types][i]) for i, k in enumerate(types)))
            for types in economy.profiles
        )
        found = interim_dominance(economy_problem(economy, goods))
        assert found.gain == loss
        seen += loss > 0
    assert seen == 4


def test_without_money_the_two_notions_differ() -> None:
    poor = exchange_economy([[7, 9], [6, 11], [8, 10]], endowment=2, money=0)
    nothing = dict.fromkeys(poor.profiles, poor.endowments)
    rich = exchange_economy([[7, 9], [6, 11], [8, 10]], endowment=2, money=200)
    less, more = (interim_dominance(economy_problem(economy, nothing)).gain for economy in (poor, rich))
    assert less is not None
    assert more is not None
    assert 0 <= less < more


def test_endowments_with_a_constant_total_depend_on_no_type() -> None:
    """All endowments of two agents with two types each, up to 3 units: a constant total forces both to be constant."""
    constant = total = 0
    for first, second in product(product(range(4), repeat=2), repeat=2):
        total += 1
        if len({first[k] + second[m] for k, m in product((0, 1), repeat=2)}) == 1:
            assert first[0] == first[1]
            assert second[0] == second[1]
            constant += 1
    assert (constant, total) == (16, 256)


def test_the_rank_of_the_gradients_says_nothing_about_distinct_prices() -> None:
    """With two goods the matrix of prices is one column, of rank 1 in both economies; only one of them reveals types."""
    equal_steps = exchange_economy([[30, 33], [31, 34], [32, 35]], endowment=8, money=400)
    for economy in (equal_steps, ECONOMY):
        assert all(len(economy.prices(types)) == 1 and economy.prices(types)[0] > 0 for types in economy.profiles)
    assert len({equal_steps.prices(types) for types in equal_steps.profiles}) == 4
    assert equal_price_pairs(equal_steps) == 6
    assert equal_price_pairs(ECONOMY) == 0


def test_a_pair_has_a_total_to_share_that_is_not_zero() -> None:
    """Granted values sum to zero over everybody, not over a coalition."""
    seen = 0
    for types in ECONOMY.profiles:
        granted = walras_actions(ECONOMY, types, agv_payments(ECONOMY)[types])[1]
        assert sum(granted) == 0
        seen += granted[0] + granted[1] != 0
    assert seen >= 6


def test_the_printed_threshold_of_the_arbitrage_has_a_wrong_sign() -> None:
    """With c the cost of the arbitrage at quantity 0 and d the difference of quotes, the buyer stays solvent iff
    c - d z <= y. Printed is z >= (c + y) / d; for y < 0 this quantity leaves him bankrupt."""
    seen = 0
    for types in ECONOMY.profiles:
        market = MarketContract(ECONOMY, types, agv_payments(ECONOMY)[types])
        for cheap, dear, outsider in ((0, 1, 2), (1, 2, 0)):
            pump = money_pump(market, cheap, dear)
            assert pump is not None
            raid = arbitrage(market, pump.actions, dear, cheap, outsider)
            assert raid is not None
            y, d = market.granted[dear], pump.actions[outsider].prices[0] - pump.actions[cheap].prices[0]
            base = budget(raid.actions, dear) + d * raid.quantity
            right, printed = (base - y) / d, (base + y) / d
            assert base - d * right == y
            if y < 0:
                assert base - d * printed > y
                seen += 1
    assert seen >= 2


@pytest.mark.parametrize("seed", range(4))
def test_double_deviations_add_up_whatever_the_payments(seed: int) -> None:
    """In a quadratic economy the gains of the two types of an agent sum to (difference of slopes)^2 / n, so no payments
    make the price-taking contract a communication equilibrium."""
    rng = Random(seed)
    n = rng.choice((3, 4))
    types = [[30, 30 + rng.randint(1, 9)] for _ in range(n)]
    economy = exchange_economy(types, endowment=8, money=400)
    for _ in range(3):
        paid = {t: tuple(Fraction(rng.randint(-20, 20), 3) for _ in range(n)) for t in economy.profiles}
        found = report_slacks(economy, paid)
        for i, (low, high) in enumerate(types):
            mine = [one for one in found if one.agent == i]
            assert len(mine) == 2
            assert sum(one.double_gain for one in mine) == Fraction((high - low) ** 2, n)


def test_an_economy_that_throws_goods_away_is_refused() -> None:
    with pytest.raises(InputError, match="scarcer"):
        exchange_economy([[3, 4], [3, 4], [3, 4]], endowment=8, money=400).prices((0, 0, 0))
