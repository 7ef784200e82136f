"""The published numbers of screening buyers who collude, and the results as checks."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from drawn_sales import drawn_problem, hyp, hyperbolic, oracle_form, pooled, three_equal, tie, tiny
from oracle import screening as oracle

from collude.enumerate.analyses.equilibria import equilibria
from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale
from collude.models.screening.tariffs import two_part_tariffs
from collude.models.screening.transfers import (
    dominant_strategy_sale,
    expected_payments,
    level,
    robust_sale,
    sale_from_totals,
)
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.contract import compose, evaluate_contract
from collude.programs.screening.costs import smallest_deficit, transaction_costs
from collude.programs.screening.epsilon import epsilon_interval, epsilon_polygon
from collude.programs.screening.optimum import ProfitRange, profit_range, side_contract
from collude.programs.screening.play import play
from collude.programs.screening.proposals import low_report_proposal, seller_profits
from collude.programs.screening.purchases import choice_gain, tariff_coalition
from collude.programs.screening.room import room_for_collusion
from collude.programs.screening.schemes import best_profit_at
from collude.programs.screening.totals import collusion_proof_sale, pooled_problem
from collude.programs.screening.virtual import full_rents, margins, virtual_weights


def dominant(problem: ScreeningProblem) -> Sale:
    return dominant_strategy_sale(problem, optimal_quantities(problem).quantity)


def proof(problem: ScreeningProblem) -> Sale:
    return collusion_proof_sale(problem, optimal_quantities(problem).quantity)


def gain(sale: Sale) -> Fraction:
    return side_contract(coalition_of(sale.mechanism)).gain


def profits(sale: Sale) -> ProfitRange:
    coalition = coalition_of(sale.mechanism)
    return profit_range(coalition, seller_profits(sale, coalition), side_contract(coalition))


def slacks(sale: Sale) -> dict[str, int | Fraction]:
    found = margins(sale, virtual_weights(sale.problem, full_rents(sale.problem)))
    names = {(0, 0): "LL", (0, 1): "HL", (1, 1): "HH"}
    return {f"{names[t]}-{names[r]}": x for (t, r), x in found.items() if t != r}


def test_tiny_optimum() -> None:
    problem = tiny()
    found = optimal_quantities(problem)
    assert problem.virtual_valuations == (4, 6)
    assert (found.quantity, found.profit, found.unique) == (((1, 1), (3, 3)), 96, True)
    best, tuples = oracle.best_four_tuples(
        (Fraction(5), Fraction(6)), Fraction(1, 2), problem.utility, lambda x: 68 * x
    )
    assert (best, tuples) == (96, [(1, 1, 3, 3)])
    sale = dominant(problem)
    assert sale.payment == ((100, 100), (268, 268))
    assert (sale.buyers_payoff, sale.payoff(0), sale.payoff(1), sale.profit) == (20, 0, 20, 96)
    assert sale.incentive_slack(1, 0) == 0 < sale.incentive_slack(0, 1)


def test_tiny_room() -> None:
    rooms = {room.profile: room for room in room_for_collusion(dominant(tiny()).mechanism)}
    assert [rooms[p].both for p in ((0, 0), (0, 1), (1, 0), (1, 1))] == [0, 8, 8, 24]
    assert all(room.manipulation == 0 for room in rooms.values())
    assert [rooms[p].reallocation for p in ((0, 0), (0, 1), (1, 1))] == [0, 8, 0]
    assert sorted(rooms[1, 1].report) == [0, 1]


def test_tiny_collusion() -> None:
    sale = dominant(tiny())
    assert gain(sale) == 10
    found = profits(sale)
    assert (found.least, found.most) == (88, 88)
    assert epsilon_interval(sale).low is None


def test_tiny_collusion_proof() -> None:
    sale = proof(tiny())
    assert sale.payment == ((109, 91), (279, 257))
    assert sale.profit == 96
    assert gain(sale) == 0
    interval = epsilon_interval(sale)
    assert (interval.low, interval.high, interval.admissible, interval.decisive) == (Fraction(1, 2), 1, True, True)
    found = profits(sale)
    assert (found.least, found.most) == (94, 96)
    assert slacks(sale) == {"HH-HL": 0, "HH-LL": 40, "HL-HH": 32, "HL-LL": 0, "LL-HH": 72, "LL-HL": 24}


def test_tiny_costs() -> None:
    costs = transaction_costs(tiny(), 1, 3)
    assert [(x.gain, x.cost) for x in costs] == [(4, 8), (-14, 14), (-54, 18)]
    assert [smallest_deficit(tiny(), 1, 3, x.moved) for x in costs] == [4, 28, None]
    gaps = [Fraction(0), *(x.cost - x.gain for x in costs)]
    assert all(c - b >= b - a for (a, b), (_, c) in pairwise(list(pairwise(gaps))))


def test_tiny_simple_contract() -> None:
    found = low_report_proposal(dominant(tiny()))
    assert (found.payment, found.payoffs, found.profit, found.faults) == (6, (3, 23), 72, ())
    assert 0 < found.gain <= gain(dominant(tiny()))
    hyp_found = low_report_proposal(dominant(hyp()))
    assert hyp_found.faults == ()
    assert hyp_found.profit < 10
    assert hyp_found.payoffs[0] > 0
    assert hyp_found.payoffs[1] > dominant(hyp()).payoff(1)


def test_tiny_equilibria() -> None:
    sale = proof(tiny())
    found = [(one.strategies, one.payoffs) for one in equilibria(sale.mechanism).found]
    assert sorted(found) == [(((0, 0), (0, 0)), (1, 1)), (((0, 1), (0, 1)), (10, 10))]
    truth = play(sale)
    assert truth.strictly_dominant == (True, False)
    assert truth.margins[1] == (-2, 2)  # a high type prefers to match
    assert truth.survivors == ((0,), (0,))
    assert truth.rejection_gain == 0
    for one in (sale, dominant(tiny()), robust_sale(tiny(), sale.quantity, 1)):
        expected = oracle.pure_equilibria(*oracle_form(one.mechanism))
        assert sorted(one.strategies for one in equilibria(one.mechanism).found) == sorted(expected)


def test_tiny_without_rents() -> None:
    best = best_profit_at(tiny(), 0)
    assert best.profit == 94
    assert ((1, 2), (3, 3)) in best.quantities
    assert [best_profit_at(tiny(), e).profit for e in ("1/4", "49/100", "1/2", "9/10")] == [94, 94, 96, 96]


def test_tie() -> None:
    problem = tie()
    found = optimal_quantities(problem, [1, 3])
    assert found.unique is False
    assert (1, 3) in (found.alternatives or ())
    assert found.profit == optimal_quantities(problem).profit
    sale = collusion_proof_sale(problem, found.quantity)
    interval = epsilon_interval(sale)
    assert (interval.low, interval.high, interval.admissible) == (1, 1, False)
    assert gain(sale) == 9


def test_hyperbolic() -> None:
    problem = hyp()
    found = optimal_quantities(problem)
    assert [problem.step * q for q in (found.quantity[0][0], found.quantity[1][0])] == [1, 3]
    assert found.profit == 10
    sale = dominant(problem)
    assert sale.payment == ((5, 5), (9, 9))
    assert gain(sale) == Fraction(67, 120)
    best = proof(problem)
    assert best.payment == ((Fraction(133, 24), Fraction(107, 24)), (Fraction(77, 8), Fraction(67, 8)))
    assert gain(best) == 0
    interval = epsilon_interval(best)
    assert (interval.low, interval.high) == (Fraction(9, 11), 1)


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 6])
def test_the_interval_shrinks_to_one_on_finer_grids(parts: int) -> None:
    step = Fraction(1, parts)
    interval = epsilon_interval(proof(hyp(step)))
    expected = max(Fraction(0), (10 - 8 * (2 + step) / (4 - step)) / 6)
    assert (interval.low, interval.high) == (expected, 1)


def test_closed_form() -> None:
    rng = random.Random(7)
    seen = 0
    for _ in range(120):
        problem = drawn_problem(rng, steps=6)
        quantity = optimal_quantities(problem).quantity
        low, high = quantity[0][0], quantity[1][0]
        if (low + high) % 2:
            continue
        sale = collusion_proof_sale(problem, quantity)
        (first, second) = problem.valuations
        formula = oracle.closed_form((first, second), problem.prior[0], problem.utility, low, high)
        assert formula == {
            "LL": sale.at(0, (0,))[1],
            "LH": sale.at(0, (1,))[1],
            "HL": sale.at(1, (0,))[1],
            "HH": sale.at(1, (1,))[1],
        }
        seen += low > 0
    assert seen >= 15


def test_three_buyers() -> None:
    problem = tiny(3)
    sale = proof(problem)
    assert [sale.total_payment(profile) for profile in problem.profiles] == [329, 481, 625, 769]
    assert sale.profit == 144
    assert gain(dominant(problem)) == 15
    assert gain(sale) == 0
    found = margins(sale, virtual_weights(problem, full_rents(problem)))
    assert [found[a, b] for b, a in pairwise(problem.profiles)] == [0, 0, 0]
    assert min(found.values()) == 0


@pytest.mark.parametrize(("buyers", "high"), [(3, 1), (3, 2), (4, 2), (6, 3)])
def test_transaction_costs_of_many_buyers(buyers: int, high: int) -> None:
    problem = tiny(buyers)
    costs = transaction_costs(problem, 1, 3, high_members=high)
    assert costs
    assert all(cost.cost > cost.gain for cost in costs)
    if buyers == 2 * high:  # cost / gain does not depend on the number of pairs
        two = {cost.moved: cost for cost in transaction_costs(tiny(2), 1, 3)}
        assert all(cost.cost * two[cost.moved].gain == two[cost.moved].cost * cost.gain for cost in costs)


def test_three_types() -> None:
    problem = three_equal()
    found = optimal_quantities(problem)
    assert [row[0] for row in found.quantity] == [1, 3, 5]
    assert found.profit == 18
    assert expected_payments(problem, found.quantity) == (Fraction(15, 2), 14, 17)
    assert gain(dominant(problem)) == Fraction(7, 5)
    sale = proof(problem)
    assert (sale.profit, gain(sale)) == (18, 0)
    polygon = epsilon_polygon(sale)
    assert polygon.admissible
    assert sale.total_payment((0, 2)) == sale.total_payment((1, 1))  # the same total is bought


def test_pooled_types() -> None:
    problem = pooled()
    assert problem.virtual_valuations == (8, 2, 20)
    assert problem.pools == ((0, 1), (2,))
    small = pooled_problem(problem)
    assert small.virtual_valuations == (5, 20) == (problem.ironed_valuations[0], problem.ironed_valuations[2])
    sale = proof(problem)
    assert sale.profit == optimal_quantities(problem).profit == proof(small).profit
    assert gain(sale) == 0
    assert gain(dominant(problem)) > 0
    # upward constraints bind too: no pair of epsilons proves what multipliers of the program do
    assert not epsilon_polygon(sale).admissible
    assert not epsilon_polygon(sale).decisive


@pytest.mark.parametrize("problem", [tiny(), hyp(), three_equal(5), tiny(3), pooled(5)], ids=str)
def test_composition_leaves_nothing(problem: ScreeningProblem) -> None:
    """The collusion-proofness principle: mechanism and best contract together cannot be improved on."""
    sale = dominant(problem)
    coalition = coalition_of(sale.mechanism)
    found = side_contract(coalition)
    composed = compose(coalition, found.contract)
    assert composed.best_misreport[0] == 0
    assert composed.truthful_total == coalition.truthful_total + found.gain
    assert side_contract(composed).gain == 0
    assert evaluate_contract(coalition, found.contract).total == composed.truthful_total


@pytest.mark.parametrize("problem", [tiny(), hyp()], ids=["tiny", "hyp"])
def test_tariffs(problem: ScreeningProblem) -> None:
    sale = proof(problem)
    menu = two_part_tariffs(sale)
    assert choice_gain(menu) == 0
    assert side_contract(tariff_coalition(menu)).gain == 0
    # without a kink in the high tariff two high types buy everything under it
    bent = two_part_tariffs(sale, kinked=(True, False))
    assert choice_gain(bent) == 0
    saved = 2 * bent.fee(1, (1,)) - bent.fee(1, (0,)) - bent.fee(0, (1,))
    assert saved > 0
    assert side_contract(tariff_coalition(bent)).gain > 0
    # without a kink in the low tariff a buyer alone is tempted
    assert choice_gain(two_part_tariffs(sale, kinked=(False, True))) > 0


def test_robust() -> None:
    problem = tiny()
    sale = robust_sale(problem, proof(problem).quantity, 1)
    assert (sale.profit, gain(sale)) == (96, 0)
    truth = play(sale)
    assert truth.margins[1] == (1, -1)
    assert truth.iteratively_weakly_dominant
    assert truth.rejection_gain == 0
    found = {one.strategies for one in equilibria(sale.mechanism).found}
    assert found == {((0, 1), (0, 1)), ((0, 0), (0, 1)), ((0, 1), (0, 0))}
    # alpha must be small: at 4 a coalition gains
    assert gain(robust_sale(problem, sale.quantity, 4)) == 8


def test_convex_cost() -> None:
    """Quantities then depend on the other's report, and the transfers still leave no gain."""
    levels = hyperbolic(7, Fraction(1, 2))
    cost = [Fraction(x * x, 12) for x in range(15)]
    problem = screening_problem(2, [10, 16], ["1/2", "1/2"], levels, cost)
    found = optimal_quantities(problem)
    assert found.quantity[0][0] != found.quantity[0][1]
    best, tuples = oracle.best_four_tuples((Fraction(10), Fraction(16)), Fraction(1, 2), levels, lambda x: cost[x])
    (a, b), (c, d) = found.quantity
    assert best == found.profit
    assert (a, b, c, d) in tuples
    sale = collusion_proof_sale(problem, found.quantity)
    assert sale.profit == found.profit
    assert gain(sale) == 0
    assert gain(dominant_strategy_sale(problem, found.quantity)) > 0


def test_best_at_epsilon_is_attained() -> None:
    """The best quantities at an epsilon have payments that leave no gain: found here by hand for epsilon 0."""
    problem = tiny()
    quantity = ((1, 2), (3, 3))
    totals = {(0, 0): Fraction(0), (0, 1): Fraction(230), (1, 1): Fraction(300)}
    sale = sale_from_totals(problem, quantity, level(problem, quantity, totals), "verifiable types")
    interval = epsilon_interval(sale)
    assert interval.low == 0
    assert (sale.profit, gain(sale)) == (94, 0)
