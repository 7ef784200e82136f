"""Side contracts and epsilon certificates on random mechanisms, against the oracle and against one another."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from drawn_sales import drawn_groves, drawn_problem, drawn_sale, hyp, oracle_form, three_equal, tiny
from oracle import screening as oracle

import collude as co
from collude.models.environment import Prior
from collude.models.errors import NotApplicableError
from collude.models.mechanism import Mechanism
from collude.models.registry import find_mechanism
from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.sale import Sale
from collude.models.screening.transfers import dominant_strategy_sale, expected_payments, sale_from_totals
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.contract import (
    Choice,
    SideContract,
    compose,
    contract_faults,
    contract_gain,
    gain_bound,
)
from collude.programs.screening.epsilon import epsilon_interval, epsilon_polygon
from collude.programs.screening.optimum import profit_range, side_contract
from collude.programs.screening.proposals import seller_profits
from collude.programs.screening.totals import collusion_proof_sale
from collude.programs.screening.virtual import bound_at, multipliers_at


def oracle_gain(mechanism: Mechanism) -> Fraction:
    values, prior, outcome = oracle_form(mechanism)
    most = [len(rows[0]) - 1 for rows in values]
    if mechanism.environment.public:
        return oracle.side_contract_gain(values, prior, outcome, lambda held: [held])
    return oracle.side_contract_gain(values, prior, outcome, lambda held: oracle.splits(sum(held), most))


def both_programs(mechanism: Mechanism) -> Fraction:
    """The gain by the reduced and by the plain program, contracts and multipliers checked by both."""
    coalition = coalition_of(mechanism)
    first, second = side_contract(coalition), side_contract(coalition, reduced=False)
    assert first.gain == second.gain
    assert first.columns <= second.columns
    for found in (first, second):
        assert contract_faults(coalition, found.contract) == []
        assert contract_gain(coalition, found.contract) == gain_bound(coalition, found.multipliers) == found.gain
    return first.gain


def test_sales_against_the_definition() -> None:
    rng = random.Random(1)
    seen: Counter[bool] = Counter()
    for _ in range(32):
        sale = drawn_sale(rng)
        gain = both_programs(sale.mechanism)
        assert gain == oracle_gain(sale.mechanism)
        seen[gain > 0] += 1
    assert min(seen[True], seen[False]) >= 6


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3), (2, 2, 2)])
def test_any_mechanism_against_the_definition(sizes: tuple[int, ...]) -> None:
    """Agents who differ in everything, types of probability 0 included."""
    rng = random.Random(sum(sizes))
    seen: Counter[bool] = Counter()
    for _ in range(8 if len(sizes) == 2 else 3):
        mechanism = drawn_groves(rng, sizes, 2 if len(sizes) == 2 else 1, zero=True)
        gain = both_programs(mechanism)
        assert gain == oracle_gain(mechanism)
        seen[gain > 0] += 1
    assert seen[True] >= 2


def test_public_choices_against_the_definition() -> None:
    """Nothing can be handed on: only reports and side payments remain."""
    rng = random.Random(5)
    seen: Counter[bool] = Counter()
    for _ in range(8):
        payoffs = [[[rng.randint(0, 6) for _ in range(3)] for _ in range(2)] for _ in range(2)]
        env = co.choice(payoffs, prior=Prior(independent=((Fraction(1, 3), Fraction(2, 3)),) * 2))
        mechanism = co.agv(env)
        gain = both_programs(mechanism)
        assert gain == oracle_gain(mechanism)
        seen[gain > 0] += 1
    assert seen[False] == 8  # efficient and balanced: nothing is left to gain


def test_auctions_against_the_definition() -> None:
    for prior in ("1/2", "1/4"):
        low = Fraction(prior)
        env = replace(co.auction(2, [1, 3]), prior=Prior(independent=((low, 1 - low),) * 2))
        mechanism = co.second_price(env)
        assert both_programs(mechanism) == oracle_gain(mechanism) > 0


def test_suppliers_and_several_goods() -> None:
    """Goods that are given up count against totals; vectors of goods are kept apart."""
    half = Fraction(1, 2)
    fixed = co.procurement(2, [[1, 3], [2, 4]], prior=Prior(independent=((half, half),) * 2))
    mechanism = find_mechanism("fixed-price").function(fixed, price="5/2")
    assert both_programs(mechanism) == 0  # everybody supplies what he likes at one price
    prior = Prior(independent=((half, half), (Fraction(1, 3), Fraction(2, 3))))
    env = co.trade(
        [(1, 2, 3), (3, 2, 6)], [(2, 3, 4), (4, 5, 9)], bundles=[(0, 0), (1, 0), (0, 1), (1, 1)], prior=prior
    )
    never = co.from_function(env, lambda _: (((0, 0), (0, 0)), (0, 0)), name="no trade")
    # the two alone could trade; what they gain at most is the surplus, and incentives may cost some of it
    surplus = Fraction(0)
    for (s, cost), (b, value) in product(enumerate(env.types[0]), enumerate(env.types[1])):
        best = max(0, *(v - c for c, v in zip(cost, value, strict=True)))
        surplus += prior.independent[0][s] * prior.independent[1][b] * best  # type: ignore[index]
    assert 0 < both_programs(never) <= surplus


@pytest.mark.parametrize("sales", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_interval_and_program_agree(sales: int) -> None:
    """Many random sales: proof by the program iff an epsilon below 1 is admissible; the conditions are the oracle's."""
    rng = random.Random(2)
    seen: Counter[tuple[bool, bool]] = Counter()
    for x in range(sales):
        sale = drawn_sale(rng)
        interval = epsilon_interval(sale)
        gain = side_contract(coalition_of(sale.mechanism)).gain
        if interval.decisive:
            assert (gain == 0) == interval.admissible
        assert gain == 0 or not interval.admissible
        seen[interval.decisive, gain == 0] += 1
        if interval.epsilons is not None:
            multipliers = multipliers_at(sale.problem, interval.epsilons)
            assert gain_bound(coalition_of(sale.mechanism), multipliers) == 0
        if x < 60:
            _, _, outcome = oracle_form(sale.mechanism)
            problem = sale.problem
            conditions = oracle.epsilon_conditions(problem.valuations, problem.prior, problem.utility, outcome)
            expected = oracle.epsilon_interval(conditions)
            if not interval.binding and expected is not None:
                expected = (Fraction(0), Fraction(0)) if expected[0] == 0 else None
            assert expected == (None if interval.low is None else (interval.low, interval.high))
    assert min(seen[True, True], seen[True, False]) >= sales // 5


def test_bounds_are_bounds_and_the_lowest_is_the_gain() -> None:
    rng = random.Random(3)
    tight = 0
    for _ in range(40):
        sale = drawn_sale(rng)
        coalition = coalition_of(sale.mechanism)
        gain = side_contract(coalition).gain
        for x in range(8):
            e = (Fraction(x, 8),)
            bound = bound_at(sale, e)
            assert bound is not None
            assert bound >= gain
            assert bound == gain_bound(coalition, multipliers_at(sale.problem, e))
            tight += bound == gain
    assert tight >= 60
    assert bound_at(sale, (Fraction(1),)) is None


def perturbed(rng: random.Random, sale: Sale) -> Sale:
    """The same expectations, coalition payments shaken."""
    problem = sale.problem
    totals = {t: sale.total_payment(t) + Fraction(rng.randint(-6, 6), 2) for t in problem.profiles}
    expected = expected_payments(problem, sale.quantity)
    target = problem.buyers * sum((p * m for p, m in zip(problem.prior, expected, strict=True)), Fraction(0))
    mean = sum((problem.probability(t) * x for t, x in totals.items()), Fraction(0))
    return sale_from_totals(problem, sale.quantity, {t: x + target - mean for t, x in totals.items()}, "shaken")


@pytest.mark.slow
def test_polygon_and_program_agree() -> None:
    rng = random.Random(4)
    seen: Counter[tuple[bool, bool]] = Counter()
    ironed = 0
    while sum(seen.values()) < 50:
        problem = drawn_problem(rng, types=3, steps=4)
        quantity = optimal_quantities(problem).quantity
        sale = collusion_proof_sale(problem, quantity)
        if rng.random() < 0.7:
            sale = perturbed(rng, sale)
        if not sale.incentive_compatible:
            continue
        polygon = epsilon_polygon(sale)
        if not polygon.decisive and seen[False, True] + seen[False, False] > 20:
            continue
        gain = side_contract(coalition_of(sale.mechanism)).gain
        assert gain == 0 or not polygon.admissible
        if polygon.decisive:
            assert (gain == 0) == polygon.admissible
        seen[polygon.decisive, gain == 0] += 1
        ironed += len(problem.pools) < 3
        if polygon.epsilons is not None:
            assert gain_bound(coalition_of(sale.mechanism), multipliers_at(problem, polygon.epsilons)) == 0
            _, _, outcome = oracle_form(sale.mechanism)
            conditions = oracle.epsilon_conditions(problem.valuations, problem.prior, problem.utility, outcome)
            for corner in polygon.vertices:
                assert all(level + a * corner[0] + b * corner[1] >= 0 for level, (a, b) in conditions)
    assert min(seen[True, True], seen[True, False]) >= 5
    assert ironed >= 5


def test_optimal_transfers_of_random_problems_leave_no_gain() -> None:
    """Two and three types, with and without pools: the profit of the optimum, and no gain unless a tie forbids it."""
    rng = random.Random(6)
    seen: Counter[tuple[int, bool]] = Counter()
    for x in range(60):
        problem = drawn_problem(rng, types=2 + x % 2, steps=4 + x % 3)
        found = optimal_quantities(problem)
        sale = collusion_proof_sale(problem, found.quantity)
        assert sale.profit == found.profit == dominant_strategy_sale(problem, found.quantity).profit
        gain = side_contract(coalition_of(sale.mechanism)).gain
        assert gain == 0 or not found.unique
        seen[problem.types, len(problem.pools) < problem.types] += 1
    assert seen[2, False] >= 20
    assert min(seen[3, False], seen[3, True]) >= 5


def test_unique_optimum_is_the_best_of_all_increasing_quantities() -> None:
    rng = random.Random(8)
    ironed = 0
    for _ in range(40):
        problem = drawn_problem(rng, types=3, steps=4)
        found = optimal_quantities(problem)
        best, all_best = Fraction(-1), []
        for q in product(range(5), repeat=3):
            if list(q) == sorted(q):
                value = 2 * sum(
                    p * (v * problem.utility[x] - problem.cost[x])
                    for p, v, x in zip(problem.prior, problem.virtual_valuations, q, strict=True)
                )
                if value > best:
                    best, all_best = value, []
                if value == best:
                    all_best.append(q)
        assert found.profit == best
        assert sorted(found.alternatives or ()) == all_best
        ironed += len(problem.pools) < 3
    assert ironed >= 5


def mixed(one: SideContract, other: SideContract) -> SideContract:
    """One of two contracts, by the toss of a coin."""
    half = Fraction(1, 2)
    choices = tuple(
        tuple(replace(choice, weight=half * choice.weight) for choice in (*first, *second))
        for first, second in zip(one.choices, other.choices, strict=True)
    )
    payments = tuple(
        tuple(half * (x + y) for x, y in zip(first, second, strict=True))
        for first, second in zip(one.payments, other.payments, strict=True)
    )
    return SideContract(choices, payments)


def test_profit_ranges_and_their_mixtures() -> None:
    """Both programs have one range; a proof mechanism's own profit is in it; a mixture of both ends is optimal as well, and
    composed with the mechanism it makes a stochastic one in which nothing is left to gain."""
    rng = random.Random(9)
    sales = [drawn_sale(rng) for _ in range(10)]
    quantity = optimal_quantities(tiny()).quantity
    sales += [collusion_proof_sale(tiny(), quantity), dominant_strategy_sale(tiny(), quantity)]
    wide = drawing = 0
    for sale in sales:
        coalition = coalition_of(sale.mechanism)
        profits = seller_profits(sale, coalition)
        found = side_contract(coalition)
        ends = profit_range(coalition, profits, found)
        other = profit_range(coalition, profits, found, reduced=False)
        assert (ends.least, ends.most) == (other.least, other.most)
        if found.gain == 0:
            assert ends.least <= sale.profit <= ends.most
        mixture = mixed(ends.worst, ends.best)
        for contract in (ends.worst, ends.best, mixture):
            assert contract_faults(coalition, contract) == []
            assert contract_gain(coalition, contract) == found.gain
        composed = compose(coalition, mixture)
        assert composed.truthful_total == coalition.truthful_total + found.gain
        assert side_contract(composed).gain == side_contract(composed, reduced=False).gain == 0
        wide += ends.least < ends.most
        drawing += any(len(option.totals) > 1 for option in composed.options)
    assert min(wide, drawing) >= 2


def test_compositions_of_random_mechanisms() -> None:
    rng = random.Random(10)
    for _ in range(8):
        coalition = coalition_of(drawn_groves(rng, (2, 3), 2))
        found = side_contract(coalition)
        composed = compose(coalition, found.contract)
        assert composed.best_misreport[0] == 0
        assert composed.truthful_total == coalition.truthful_total + found.gain
        assert side_contract(composed).gain == side_contract(composed, reduced=False).gain == 0


def test_broken_contracts_and_multipliers_are_seen() -> None:
    coalition = coalition_of(dominant_strategy_sale(tiny(), optimal_quantities(tiny()).quantity).mechanism)
    found = side_contract(coalition)
    contract = found.contract
    paid = ((contract.payments[0][0] + 1, contract.payments[0][1]), *contract.payments[1:])
    assert any("do not sum to 0" in fault for fault in contract_faults(coalition, SideContract(contract.choices, paid)))
    shifted = ((contract.payments[0][0] + 90, contract.payments[0][1] - 90), *contract.payments[1:])
    assert any("better off without" in x for x in contract_faults(coalition, replace(contract, payments=shifted)))
    stolen = ((Choice(Fraction(1), 0, (9, 9)),), *contract.choices[1:])
    assert any("no lottery" in x for x in contract_faults(coalition, replace(contract, choices=stolen)))
    lies = (contract.payments[0], contract.payments[1], contract.payments[2], (Fraction(500), Fraction(-500)))
    assert any("lying" in x for x in contract_faults(coalition, replace(contract, payments=lies)))
    higher = tuple((x + 1, *row) for x, *row in found.multipliers.participation)
    assert gain_bound(coalition, replace(found.multipliers, participation=higher)) is None
    negative = tuple(tuple(-1 - x for x in row) for row in found.multipliers.participation)
    assert gain_bound(coalition, replace(found.multipliers, participation=negative)) is None


def test_what_has_no_side_contract_is_refused() -> None:
    with pytest.raises(NotApplicableError, match="no prior"):
        coalition_of(co.second_price(co.auction(2, [0, 1])))
    with pytest.raises(NotApplicableError, match="two agents"):
        coalition_of(co.second_price(co.auction(1, [0, 1], prior=co.uniform((2,)))))
    first = co.first_price(co.auction(2, [0, 1, 2], prior=co.uniform((3, 3))))
    with pytest.raises(NotApplicableError, match="no equilibrium"):
        side_contract(coalition_of(first))


def test_coarser_grids_give_the_coalition_less() -> None:
    """Gains are monotone under nested refinement, if quantities and transfers stay what they are."""
    gains = []
    for parts in (1, 2, 4):
        problem = hyp(Fraction(1, parts), 4)
        quantity = optimal_quantities(problem, [parts, 3 * parts]).quantity
        gains.append(side_contract(coalition_of(dominant_strategy_sale(problem, quantity).mechanism)).gain)
    assert gains == sorted(gains)
    assert gains[0] < gains[-1]


def test_three_types_against_the_definition() -> None:
    problem = three_equal(5)
    sale = dominant_strategy_sale(problem, optimal_quantities(problem).quantity)
    assert oracle_gain(sale.mechanism) == Fraction(7, 5) == both_programs(sale.mechanism)
