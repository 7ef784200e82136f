"""Where the printed theory is loose: one test for each place, each with a small case that anybody can follow."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from collude.models.contracts.economy import agv_payments, exchange_economy
from collude.models.contracts.extended import CommunicationContract, communication_contract
from collude.models.contracts.game import bayesian_game, belief_of
from collude.models.contracts.library import named_contract
from collude.models.contracts.market import RULES, budget, feasible_projection, market_game, walras_actions
from collude.models.errors import InputError
from collude.programs.contracts.compatibility import balanced_transfers, compatibility, strict_types, temptations_of
from collude.programs.contracts.economies import economy_problem
from collude.programs.contracts.improvement import improvement, surplus_bound
from collude.programs.contracts.incentives import disobediences, is_incentive_compatible, is_obedient, lies
from collude.programs.contracts.interim import contract_problem, interim_dominance
from collude.programs.contracts.market.market_checks import equal_price_pairs, report_slacks
from collude.programs.contracts.market.raids import MarketContract, Raid, arbitrage, money_pump, short_sale
from collude.programs.contracts.sweep import contract_verdict
from collude.programs.contracts.terms import SideContractTerms

UNPAID = SideContractTerms(payments=False)
ZERO = (Fraction(0),) * 3


ECONOMY = exchange_economy([[30, 33], [30, 36], [30, 42]], endowment=8, money=400)


def test_transfers_read_at_the_truth_cannot_reward_it() -> None:
    """A type is paid for admitting that he is low. Read at the true types, as printed, the payment rewards nothing."""
    game = bayesian_game([["low", "high"], ["-"]], [["-"], ["0", "1"]], lambda a, t: (a[1] * (1 + t[0]), 0))
    paid = communication_contract(game, lambda t: (0, t[0]), lambda t: (1 - t[0], t[0] - 1))
    assert is_incentive_compatible(paid)
    assert not is_incentive_compatible(paid, read="truth")
    unpaid = communication_contract(game, lambda t: (0, t[0]))
    assert [x.gain for x in lies(paid, "truth")] == [x.gain for x in lies(unpaid)] == [1, -2]


def test_the_two_readings_give_a_coalition_different_answers() -> None:
    """Two partners share a project: read at reports, a payment can part good from bad; read at the truth it cannot."""
    contract = named_contract("risky-project", {"low": "-1"})
    report, truth = (improvement(contract, (0, 1), SideContractTerms(read=read)).gain for read in ("report", "truth"))
    assert report is not None
    assert truth is not None
    assert report != truth


def disagreeing(priors: object) -> CommunicationContract:
    """Nobody can do anything; agent 2's type is a coin on which the others may bet."""
    game = bayesian_game([["-"], ["-"], ["0", "1"]], [["-"]] * 3, lambda *_: (0, 0, 0), priors)
    return communication_contract(game, lambda _: (0, 0, 0))


def test_payments_that_depend_on_outsiders_are_bets_without_limit_under_different_priors() -> None:
    heads, tails, even = ([["1"], ["1"], [p, 1 - Fraction(p)]] for p in ("2/3", "1/3", "1/2"))
    contract = disagreeing((heads, tails, even))
    everything = SideContractTerms(depends="everything")
    assert improvement(contract, (0, 1)).gain == 0
    found = improvement(contract, (0, 1), everything)
    assert found.unbounded
    assert found.exists
    assert found.method == "unbounded"
    assert found.contract is not None
    assert is_incentive_compatible(found.contract)
    bounded = improvement(contract, (0, 1), SideContractTerms(depends="everything", bound=Fraction(3)))
    assert bounded.gain == 2  # each expects a third of the stake of 3
    assert improvement(disagreeing(even), (0, 1), everything).gain == 0


def test_payments_that_depend_on_outsiders_change_nothing_if_types_are_independent() -> None:
    rng = Random(3)
    seen = 0
    for low in (-1, 0, Fraction(-3, 2), rng.randint(-2, 0)):
        contract = named_contract("risky-project", {"low": low})
        wide = improvement(contract, (0, 1), SideContractTerms(depends="everything"))
        assert wide.gain == improvement(contract, (0, 1)).gain
        seen += wide.exists
    assert seen == 4


def test_correlation_lets_payments_on_outsiders_extract_rents() -> None:
    """A third agent's type tells something about each partner's, so bets on it make lies expensive."""
    weights = {types: 4 if types[2] == types[0] else 1 for types in product((0, 1), repeat=3)}
    prior = [Fraction(w, sum(weights.values())) for w in weights.values()]
    game = bayesian_game(
        [["bad", "good"]] * 3,
        [["0", "1"], ["0", "1"], ["-"]],
        lambda a, t: [((-1, 4)[t[i]] if a[0] and a[1] else int(not (a[0] or a[1]))) for i in (0, 1)] + [0],
        prior,
    )
    contract = communication_contract(game, lambda _: (0, 0, 0))
    gains = {}
    for depends, read in product(("coalition", "everything"), ("report", "truth")):
        found = improvement(contract, (0, 1), SideContractTerms(depends=depends, read=read))
        assert found.gain is not None
        gains[depends, read] = found.gain
    assert gains["coalition", "report"] < gains["everything", "report"] <= surplus_bound(contract, (0, 1))
    assert gains["coalition", "truth"] == gains["everything", "truth"]


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


def test_stable_and_compatible_but_not_interim_efficient() -> None:
    """The dominating allocation of the definition may violate incentives; the step from it to an improvement fails."""
    contract = named_contract("hidden-value")
    assert contract_verdict(contract).strong == "holds"
    assert interim_dominance(contract_problem(contract)).gain == Fraction(1, 2)
    assert interim_dominance(contract_problem(contract), incentive_rows=True).gain == 0


def test_types_before_a_recommendation_and_after_it_are_different_things() -> None:
    """Chicken: a coin says who yields. Before it is tossed both like to yield together, afterwards the winner does not."""
    table = {(0, 0): (0, 0), (0, 1): (7, 2), (1, 0): (2, 7), (1, 1): (6, 6)}
    game = bayesian_game([["-"], ["-"]], [["dare", "yield"]] * 2, lambda a, _: table[a[0], a[1]])
    half = Fraction(1, 2)
    contract = communication_contract(game, lambda _: {(0, 1): half, (1, 0): half})
    assert is_obedient(contract)
    dominance = interim_dominance(contract_problem(contract), incentive_rows=True)
    assert dominance.gain == 3
    assert contract_verdict(contract, UNPAID).strong == "holds"
    assert contract_verdict(contract).strong == "violated"


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


def test_non_degeneracy_must_leave_out_the_truth() -> None:
    """No type is strictly worse off by reporting what he is; with other reports alone some types are."""
    contract = named_contract("own-types")
    strict = strict_types(contract)
    assert strict == [(i, k) for i in range(3) for k in (0, 1)]
    with_truth = {(x.agent, x.type_index): [x.gain, Fraction(0)] for x in lies(contract)}
    assert not any(max(row) < 0 for row in with_truth.values())


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


def test_what_is_seen_before_acting_matters_for_obedience() -> None:
    """A bet on a price that a coin decides: fair before the price is seen, not after."""
    game = bayesian_game(
        [["-"], ["-"]],
        [["no bet", "bet on high"], ["low", "high"]],
        lambda a, _: (a[0] * (2 * a[1] - 1), 0),
    )
    half = Fraction(1, 2)
    contract = communication_contract(game, lambda _: {(0, 0): half, (0, 1): half})
    assert is_obedient(contract)
    after = disobediences(contract, signal=lambda a: a[1], keeps=lambda agent, *_: agent == 0)
    assert sorted((x.observed, x.gain) for x in after) == [(0, -1), (1, 1)]


def test_swapped_indices_in_the_compatibility_condition() -> None:
    """The printed condition and the dual of the transfer system differ at this prior, which has no product form."""
    weights = [3, 1, 1, 3, 1, 1, 1, 1]
    belief = belief_of([Fraction(w, 12) for w in weights], (2, 2, 2))
    assert compatibility(belief).holds
    printed = compatibility(belief, "printed")
    assert not printed.holds
    assert any(printed.function.values())


@pytest.mark.parametrize("agents", [2, 3])
def test_independent_beliefs_are_compatible(agents: int) -> None:
    for prior in ("uniform", [["1/3", "2/3"]] * agents):
        assert compatibility(belief_of(prior, (2,) * agents)).holds
    one_type = belief_of(["1/6", "1/3", "1/3", "1/6"], (2, 2, 1)) if agents == 3 else None
    assert one_type is None or compatibility(one_type).holds


def test_correlated_beliefs_of_two_agents_fail_with_a_witness() -> None:
    belief = belief_of(["1/3", "1/6", "1/6", "1/3"], (2, 2))
    found = compatibility(belief)
    assert not found.holds
    for i, types in product((0, 1), belief):
        k, other = types[i], (*types[:i], 1 - types[i], *types[i + 1 :])
        total = belief[types] * 2 * found.weights.get((i, k, 1 - k), 0)
        total -= belief[other] * 2 * found.weights.get((i, 1 - k, k), 0)
        assert total == found.function[types]


def test_compatibility_is_sufficient_for_balanced_transfers_and_not_necessary() -> None:
    """Efficient rules of random values under beliefs that fail the condition: balanced transfers exist all the same."""
    rng = Random(11)
    belief = belief_of(["1/3", "1/6", "1/6", "1/3"], (2, 2))
    assert not compatibility(belief).holds
    seen = 0
    for _ in range(8):
        worth = [[[rng.randint(0, 9) for _ in range(3)] for _ in range(2)] for _ in range(2)]
        game = bayesian_game(
            [["0", "1"]] * 2,
            [["a", "b", "c"], ["-"]],
            lambda a, t, worth=worth: [worth[i][k][a[0]] for i, k in enumerate(t)],
            ["1/3", "1/6", "1/6", "1/3"],
        )
        rule = {
            t: (max(range(3), key=lambda s, t=t, worth=worth: worth[0][t[0]][s] + worth[1][t[1]][s]), 0)
            for t in product((0, 1), repeat=2)
        }
        found = balanced_transfers(game, temptations_of(game, rule))
        assert found.exist
        contract = communication_contract(game, lambda t, rule=rule: rule[t], lambda t, found=found: found.transfers[t])
        assert is_incentive_compatible(contract)
        assert all(sum(row) == 0 for row in found.transfers.values())
        seen += any(any(row) for row in found.transfers.values())
    assert seen >= 1


def test_transfers_that_cannot_be_balanced_are_refuted() -> None:
    """No transfers make both types of an agent lose 1 by feigning the other if beliefs about others are the same."""
    game = bayesian_game([["0", "1"], ["-"]], [["-"], ["-"]], lambda *_: (0, 0))
    found = balanced_transfers(game, {(0, 0, 1): Fraction(1), (0, 1, 0): Fraction(1)})
    assert not found.exist
    assert found.relaxation == Fraction(1, 1)


def test_an_economy_that_throws_goods_away_is_refused() -> None:
    with pytest.raises(InputError, match="scarcer"):
        exchange_economy([[3, 4], [3, 4], [3, 4]], endowment=8, money=400).prices((0, 0, 0))
