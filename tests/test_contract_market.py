"""Exchange economies and the market game: prices, payments, outcomes, raids, at the published economy and at others."""

from fractions import Fraction
from itertools import combinations, permutations, product
from random import Random

import pytest
from oracle.contracts import market, nearest

from collude.models.contracts.economy import ExchangeEconomy, agv_payments, exchange_economy
from collude.models.contracts.market import (
    RULES,
    MarketAction,
    budget,
    feasible_projection,
    market_outcome,
    walras_actions,
    walras_bundles,
)
from collude.models.errors import InputError, NotApplicableError
from collude.programs.contracts.compatibility import balanced_transfers
from collude.programs.contracts.economies import allocation_slacks, economy_problem, ex_post_dominance
from collude.programs.contracts.interim import interim_dominance
from collude.programs.contracts.market.economy_report import economy_report, truthful_payments
from collude.programs.contracts.market.market_checks import market_checks, report_slacks, same_price_gain, total_gain
from collude.programs.contracts.market.raids import MarketContract, arbitrage, money_pump
from collude.programs.contracts.market.single_deviations import best_single_deviation

ECONOMY = exchange_economy([[30, 33], [30, 36], [30, 42]], endowment=8, money=400)


def drawn_economy(rng: Random) -> ExchangeEconomy:
    n = rng.choice((3, 3, 4))
    types = [[25 + rng.randint(0, 9), 36 + rng.randint(0, 9)] for _ in range(n)]
    curvature = [Fraction(rng.randint(2, 4), 2) for _ in range(n)]
    endowment = [rng.randint(3, 9) for _ in range(n)]
    prior = [[Fraction(p, 4), 1 - Fraction(p, 4)] for p in (rng.randint(1, 3) for _ in range(n))]
    return exchange_economy(types, endowment, 3000, curvature, prior)


def test_prices_and_quantities() -> None:
    assert [economy_price for (economy_price,) in map(ECONOMY.prices, ECONOMY.profiles)] == [
        22, 26, 24, 28, 23, 27, 25, 29,
    ]  # fmt: skip
    assert [x for (x,) in ECONOMY.allocation((1, 0, 1))] == [6, 3, 15]


def test_prices_clear_the_market_and_no_other_division_has_more_value() -> None:
    rng = Random(1)
    seen = {"interior": 0, "corner": 0}
    for _ in range(40):
        economy = exchange_economy([[rng.randint(4, 40)] for _ in range(3)], 4, 100, [1, 2, Fraction(3, 2)])
        try:
            goods = [x for (x,) in economy.allocation((0, 0, 0))]
        except InputError:
            continue
        assert sum(goods) == 12
        seen["interior" if min(goods) > 0 else "corner"] += 1
        value = sum(economy.value(i, 0, (x,)) for i, x in enumerate(goods))
        others = (row for row in product(range(13), repeat=3) if sum(row) == 12)
        assert all(value >= sum(economy.value(i, 0, (Fraction(x),)) for i, x in enumerate(row)) for row in others)
    assert seen["interior"] >= 5, seen
    assert seen["corner"] >= 5, seen


def test_agv_payments_are_balanced_and_reward_the_truth() -> None:
    payments = agv_payments(ECONOMY)
    slacks = report_slacks(ECONOMY, payments)
    assert [(x.slack, x.double_gain) for x in slacks if x.agent == 0] == [(3, Fraction(3, 2))] * 2
    rng = Random(2)
    for economy in (ECONOMY, *(drawn_economy(rng) for _ in range(5))):
        paid = agv_payments(economy)
        assert all(sum(row) == 0 for row in paid.values())
        assert all(x.slack >= 0 for x in report_slacks(economy, paid))


def test_agv_in_closed_form_needs_independence_and_a_program_does_not() -> None:
    joint = [Fraction(w, 12) for w in (3, 1, 1, 1, 1, 1, 1, 3)]
    economy = exchange_economy([[30, 33], [30, 36], [30, 42]], 8, 400, prior=joint)
    with pytest.raises(NotApplicableError, match="independent"):
        agv_payments(economy)
    payments, source = truthful_payments(economy)
    assert source == "linear program"
    assert all(sum(row) == 0 for row in payments.values())
    assert all(x.slack >= 0 for x in report_slacks(economy, payments))
    nothing = {types: (Fraction(0),) * 3 for types in economy.profiles}
    temptation = {(x.agent, x.type_index, x.report): -x.slack for x in report_slacks(economy, nothing)}
    assert balanced_transfers(dict(economy.prior), temptation).exist


def test_the_projection_is_the_nearest_feasible_point() -> None:
    rng = Random(3)
    seen = {"scarce": 0, "slack": 0, "negative": 0}
    for _ in range(300):
        claims = [Fraction(rng.randint(-6, 9), rng.choice((1, 2))) for _ in range(rng.choice((2, 3, 4)))]
        total = Fraction(rng.randint(0, 8))
        found = [x for (x,) in feasible_projection([(c,) for c in claims], (total,))]
        assert found == nearest(claims, total)
        seen["scarce" if sum(c for c in claims if c > 0) > total else "slack"] += 1
        seen["negative"] += min(claims) < 0
    assert min(seen.values()) >= 50, seen


def test_outcomes_against_the_definition() -> None:
    rng = Random(4)
    seen = {"kept": 0, "lost": 0, "rules differ": 0}
    for _ in range(120):
        n, goods = rng.choice((2, 3)), rng.choice((2, 3))
        actions = []
        for i in range(n):
            demands = [
                [Fraction(rng.randint(-4, 4)) if j != i else Fraction(0) for _ in range(goods)] for j in range(n)
            ]
            prices = [*(Fraction(rng.randint(1, 4)) for _ in range(goods - 1)), Fraction(1)]
            actions.append((prices, demands, [Fraction(rng.randint(1, 6)) for _ in range(goods)]))
        granted = [Fraction(rng.randint(-3, 6)) for _ in range(n)]
        played = [MarketAction(tuple(p), tuple(map(tuple, d)), tuple(e)) for p, d, e in actions]
        found = {}
        for rule in RULES:
            outcome = market_outcome(played, granted, rule)
            found[rule] = outcome
            assert [list(row) for row in outcome.bundles] == market(actions, granted, rule == "no-short")
            seen["lost"] += sum(outcome.failed)
            seen["kept"] += n - sum(outcome.failed)
        seen["rules differ"] += found["literal"] != found["no-short"]
    assert min(seen.values()) >= 10, seen


def test_an_own_quote_never_enters_an_own_budget() -> None:
    actions, _ = walras_actions(ECONOMY, (1, 0, 1), agv_payments(ECONOMY)[1, 0, 1])
    for i in range(3):
        dearer = list(actions)
        prices = (actions[i].prices[0] + 5, Fraction(1))
        dearer[i] = MarketAction(prices, actions[i].demands, actions[i].endowment)
        assert budget(dearer, i) == budget(actions, i)


@pytest.mark.parametrize(("rule", "sales"), [("literal", 24), ("no-short", 0)])
def test_the_steps_of_the_proof(rule: str, sales: int) -> None:
    found = market_checks(ECONOMY, agv_payments(ECONOMY), rule)
    assert (found.outcome.yes, found.outcome.cases) == (8, 8)
    assert found.equal_prices == 0
    assert (found.short_sales.yes, found.short_sales.cases) == (sales, 24)
    assert found.pair_gain == found.total_gain == 0
    assert (found.pumps.yes, found.pumps.cases) == (48, 48)
    assert (found.arbitrages.yes, found.arbitrages.cases) == (48, 48)
    assert found.all_hold == (rule == "no-short")


def test_no_single_deviation_on_a_grid_pays_without_short_sales() -> None:
    payments = agv_payments(ECONOMY)
    tried = 0
    for types in ECONOMY.profiles:
        for agent in range(3):
            wide = types == (1, 0, 1)
            quantities = (-8, -2, -1, 0, 1, 2, 8) if wide else (-2, 0, 2)
            found = best_single_deviation(MarketContract(ECONOMY, types, payments[types]), agent, quantities)
            assert found.best.gains == (0,)
            tried += found.tried
    assert tried == 3 * 6 * 49 + 21 * 6 * 9
    literal = MarketContract(ECONOMY, (0, 0, 0), payments[0, 0, 0], "literal")
    assert best_single_deviation(literal, 0, quantities=(-400, 0)).best.pays


def test_raids_in_other_economies() -> None:
    """Pumps pay and are broken by an arbitrage also with other numbers of agents, curvatures, endowments and priors."""
    rng = Random(6)
    seen = {3: 0, 4: 0}
    for _ in range(5):
        economy = drawn_economy(rng)
        types = rng.choice(economy.profiles)
        paid = agv_payments(economy)[types]
        contract = MarketContract(economy, types, paid)
        assert market_outcome(contract.actions, contract.granted).bundles == walras_bundles(economy, types, paid)
        for cheap, dear in list(permutations(range(economy.agents), 2))[:6]:
            raid = money_pump(contract, cheap, dear)
            assert raid is not None
            assert raid.pays
            outsider = next(i for i in range(economy.agents) if i not in (cheap, dear))
            assert raid.failed[outsider]
            answer = arbitrage(contract, raid.actions, dear, cheap, outsider)
            assert answer is not None
            assert answer.pays
            bundles = market_outcome(answer.actions, contract.granted).bundles
            assert all(bundles[i] == (0, 0) for i in range(economy.agents) if i != dear)
            assert bundles[dear] == (*economy.supply, sum(economy.money))
            seen[economy.agents] += 1
    assert min(seen.values()) >= 6, seen


def test_gains_at_unchanged_prices_are_gains_on_the_grid() -> None:
    """At the efficient allocation nobody gains; at another one a pair gains exactly what its members waste."""
    for types in ECONOMY.profiles:
        assert total_gain(ECONOMY, types) == 0
        assert all(same_price_gain(ECONOMY, types, pair) == 0 for pair in combinations(range(3), 2))


def test_types_gain_the_whole_surplus_over_no_trade() -> None:
    unchanged = dict.fromkeys(ECONOMY.profiles, ECONOMY.endowments)
    efficient = {types: ECONOMY.allocation(types) for types in ECONOMY.profiles}
    for rows in (False, True):
        assert interim_dominance(economy_problem(ECONOMY, unchanged), rows).gain == 21
        assert interim_dominance(economy_problem(ECONOMY, efficient, agv_payments(ECONOMY)), rows).gain == 0


def test_ex_post_efficiency_and_incentives_of_any_allocation() -> None:
    small = exchange_economy([[7, 9], [6, 11], [8, 10]], endowment=2, money=50)
    best = {types: small.allocation(types) for types in small.profiles}
    unchanged = dict.fromkeys(small.profiles, small.endowments)
    rounded = {t: g for t, g in best.items() if all(x.denominator == 1 for (x,) in g)}
    gains = ex_post_dominance(small, best, agv_payments(small))
    assert set(gains.values()) == {0}
    lost = ex_post_dominance(small, unchanged)
    for types in small.profiles:
        values = [
            sum(small.value(i, k, (Fraction(x),)) for i, (k, x) in enumerate(zip(types, row, strict=True)))
            for row in product(range(7), repeat=3)
            if sum(row) == 6
        ]
        now = sum(small.value(i, k, (Fraction(2),)) for i, k in enumerate(types))
        assert lost[types] == max(values) - now
    assert max(lost.values()) > 0
    assert len(rounded) < len(best)  # the efficient quantities need not be whole; then no whole division dominates
    paid = agv_payments(small)
    slacks = allocation_slacks(small, best, paid)
    assert slacks == {(x.agent, x.type_index, x.report): x.slack for x in report_slacks(small, paid)}
    assert min(allocation_slacks(small, best).values()) < 0 <= min(slacks.values())


def test_the_report_on_an_economy() -> None:
    report = economy_report(ECONOMY)
    assert (report.source, report.compatible) == ("AGV", True)
    assert (report.autarky.free, report.contract.free) == (21, 0)
    assert (report.autarky.incentive_compatible, report.contract.incentive_compatible) == (21, 0)
    assert report.checks.all_hold
    assert report.strict_types == tuple((i, k) for i in range(3) for k in (0, 1))


def test_dominance_is_left_out_where_goods_divide_in_too_many_ways() -> None:
    large = exchange_economy([[90, 99], [90, 100], [90]], endowment=40, money=4000)
    assert economy_report(large).autarky.free is None


def test_two_goods_besides_money() -> None:
    economy = exchange_economy(
        [[[30, 20], [33, 21]], [[30, 25], [36, 22]], [[30, 30], [42, 42]]],
        endowment=[[4, 2], [3, 3], [5, 4]],
        money=3000,
    )
    found = market_checks(economy, agv_payments(economy))
    assert found.outcome.yes == found.outcome.cases == 8
    assert found.pumps.yes == found.arbitrages.yes == 48


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"types": [[1]], "endowment": 1, "money": 1}, "two agents"),
        ({"types": [[1], [1]], "endowment": [1], "money": 1}, "one per agent"),
        ({"types": [[1], [1]], "endowment": 1, "money": 1, "curvature": 0}, "positive"),
        ({"types": [[1], [1]], "endowment": -1, "money": 1}, "at least 0"),
        ({"types": [[1, 2], [1]], "endowment": 1, "money": 1, "prior": [[1, 0], [1]]}, "positive probability"),
        ({"types": [[1, [1, 2]], [1]], "endowment": 1, "money": 1}, "one slope per good"),
    ],
)
def test_economies_that_make_no_sense_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        exchange_economy(**arguments)
