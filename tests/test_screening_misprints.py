"""Where Jeon and Menicucci (2005) must be read with care: every correction and every trap of a grid, shown by a computation."""

import random
from fractions import Fraction
from itertools import product

import pytest
from drawn_sales import drawn_problem, hyp, hyperbolic, oracle_form, three_equal, tie, tiny
from oracle import screening as oracle

from collude.models.errors import InputError
from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale
from collude.models.screening.tariffs import two_part_tariffs
from collude.models.screening.transfers import (
    dominant_strategy_sale,
    level,
    robust_sale,
    sale_from_totals,
    virtual_surplus,
)
from collude.programs.screening.coalition import coalition_of
from collude.programs.screening.contract import gain_bound
from collude.programs.screening.epsilon import epsilon_interval, epsilon_polygon
from collude.programs.screening.optimum import side_contract
from collude.programs.screening.play import play
from collude.programs.screening.purchases import choice_gain, tariff_coalition
from collude.programs.screening.room import room_for_collusion
from collude.programs.screening.schemes import small_robust_sale
from collude.programs.screening.totals import collusion_proof_sale
from collude.programs.screening.virtual import full_rents, margins, money_scale_at, multipliers_at, virtual_weights


def proof(problem: ScreeningProblem) -> Sale:
    return collusion_proof_sale(problem, optimal_quantities(problem).quantity)


def gain(sale: Sale) -> Fraction:
    return side_contract(coalition_of(sale.mechanism)).gain


def test_domain_of_three_types_is_too_large() -> None:
    """Proposition 13 admits all e_ML >= 0. Here every listed condition holds at e_ML = 5/4, e_HM = 0, and a coalition gains:
    the multiplier of the middle type's participation would have to be negative."""
    problem = screening_problem(2, [4, 10, 12], ["3/7", "1/7", "3/7"], [0, 10, 16, 21, 22], 1)
    quantity = optimal_quantities(problem, (1, 3, 4)).quantity
    point = (Fraction(5, 4), Fraction(0))
    weights = virtual_weights(problem, point)
    found = [Fraction(x) for x in (0, 19, 30, 79, 90, 101)]
    sale = sale_from_totals(
        problem, quantity, level(problem, quantity, dict(zip(problem.profiles, found, strict=True))), "large e_ML"
    )
    assert sale.incentive_compatible
    assert sale.incentive_slack(1, 0) == sale.incentive_slack(2, 1) == 0
    assert all(slack >= 0 for slack in margins(sale, weights).values())
    polygon = epsilon_polygon(sale)
    assert polygon.decisive
    assert not polygon.admissible
    assert gain(sale) > 0
    assert money_scale_at(problem, point) is None
    with pytest.raises(InputError, match="no multipliers"):
        multipliers_at(problem, point)


def test_domain_boundary_moves_with_the_upper_constraint() -> None:
    """e_ML may exceed 1 if e_HM is positive, up to 1 + p_H / p_M e_HM: such a pair proves something."""
    sale = proof(three_equal())
    point = epsilon_polygon(sale).epsilons
    assert point is not None
    assert 1 < point[0] < 1 + point[1]  # p_H = p_M
    assert gain_bound(coalition_of(sale.mechanism), multipliers_at(sale.problem, point)) == 0


def test_supremum_is_not_attained() -> None:
    """Proposition 7 takes a supremum: on ever finer grids only epsilons close to 1 remain, and 1 itself does not count."""
    lows = [epsilon_interval(proof(hyp(Fraction(1, parts), 4))).low for parts in (1, 2, 4, 8)]
    assert lows == sorted(lows)  # type: ignore[type-var]
    assert all(low is not None and low < 1 for low in lows)
    assert 1 - (lows[-1] or 0) < Fraction(1, 10)


def test_epsilon_one_alone_is_no_proof() -> None:
    """The null contract meets every condition at epsilon 1 and yet a contract gains: rent goes to types that count."""
    problem = tie()
    sale = collusion_proof_sale(problem, optimal_quantities(problem, (1, 3)).quantity)
    assert all(slack >= 0 for slack in margins(sale, virtual_weights(problem, full_rents(problem))).values())
    assert gain(sale) == 9
    # a tie of the seller: the unit that moves brings as much as the rent that it costs
    u, (low, high) = problem.utility, problem.virtual_valuations
    assert low * (u[2] - u[1]) == high * (u[3] - u[2])


def test_coarse_steps_leave_no_room() -> None:
    """With q_H - q_L = 1 there is nothing to hand on, and epsilon 0 is admissible: Propositions 2(b) to 4 say nothing then."""
    problem = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 30], 50)
    found = optimal_quantities(problem)
    assert [row[0] for row in found.quantity] == [1, 2]
    rooms = {
        room.profile: room for room in room_for_collusion(dominant_strategy_sale(problem, found.quantity).mechanism)
    }
    assert rooms[0, 1].reallocation == 0
    interval = epsilon_interval(proof(problem))
    assert interval.low == 0


def test_profitable_is_not_best() -> None:
    """Proposition 3 names a profitable manipulation of mixed pairs, both reporting low; the best one may be the truth."""
    rooms = {room.profile: room for room in room_for_collusion(_dominant(hyp()).mechanism)}
    assert rooms[0, 1].report in ((0, 1), (1, 0))
    assert _understating(hyp()) > 0
    assert rooms[0, 1].both > _understating(hyp())
    rng = random.Random(1)
    best = 0
    for _ in range(150):
        problem = drawn_problem(rng, steps=5)
        room = room_for_collusion(_dominant(problem).mechanism)[1]
        best += room.both > room.reallocation and room.both == _understating(problem)
    assert best >= 3  # elsewhere understating is strictly better than the truth


def _dominant(problem: ScreeningProblem) -> Sale:
    return dominant_strategy_sale(problem, optimal_quantities(problem).quantity)


def _understating(problem: ScreeningProblem) -> Fraction:
    """What a mixed pair gains in all if both report low and share the quantity in the best way."""
    sale = _dominant(problem)
    total, theta = sale.total_quantity((0, 0)), problem.valuations
    shared = max(
        theta[0] * problem.utility[a] + theta[1] * problem.utility[total - a]
        for a in range(total + 1)
        if max(a, total - a) <= problem.most
    )
    own = theta[0] * problem.utility[sale.at(0, (1,))[0]] + theta[1] * problem.utility[sale.at(1, (0,))[0]]
    return shared - sale.total_payment((0, 0)) - own + sale.total_payment((0, 1))


def test_binding_constraints_are_ties() -> None:
    """Under the optimal transfers two deviations are matters of indifference: the seller may earn less than the truth brings."""
    sale = proof(tiny())
    bound = [key for key, slack in margins(sale, virtual_weights(tiny(), full_rents(tiny()))).items() if slack == 0]
    assert ((1, 1), (0, 1)) in bound
    assert ((0, 1), (0, 0)) in bound


def test_price_beyond_the_kink_is_taken_at_the_low_quantity() -> None:
    """The scan is hard to read: at the high quantity the marginal utility is the cost, and there would be no kink."""
    for problem in (tiny(), hyp()):
        sale, u, theta = proof(problem), problem.utility, problem.valuations[1]
        high = sale.quantity[1][0]
        above, below = theta * (u[high + 1] - u[high]), theta * (u[high] - u[high - 1])
        assert above <= problem.cost[1] <= below
        with pytest.raises(InputError, match="at least the cost"):
            two_part_tariffs(sale, price=above)
        menu = two_part_tariffs(sale, price=problem.cost[1])
        assert choice_gain(menu) > 0 or side_contract(tariff_coalition(menu)).gain > 0
        assert side_contract(tariff_coalition(two_part_tariffs(sale))).gain == 0


def test_equal_totals_must_pay_the_same() -> None:
    """If q_H + q_L = 2 q_M, the pairs HL and MM buy the same total: counting their slack of 0 would leave no slack at all."""
    sale = proof(three_equal())
    found = margins(sale, virtual_weights(sale.problem, full_rents(sale.problem)))
    assert found[(0, 2), (1, 1)] == found[(1, 1), (0, 2)] == 0
    others = [x for (t, r), x in found.items() if t != r and {t, r} != {(0, 2), (1, 1)}]
    assert min(others) > 0


def test_quadratic_utility_makes_the_optimum_robust() -> None:
    """Without a strictly increasing u''/u' Proposition 15 does not apply: the transfers t* behave like robust ones."""
    levels = [60 * x - x * x for x in range(30)]
    problem = screening_problem(2, [10, 13], ["1/2", "1/2"], levels, 150)
    sale = proof(problem)
    assert gain(sale) == 0
    found = play(sale)
    assert found.strictly_dominant[0]
    assert found.margins[1][0] > 0 > found.margins[1][1]
    assert found.iteratively_weakly_dominant


def test_high_types_match_under_hyperbolic_utility() -> None:
    """With u = q/(1+q), where u''/u' increases, a high type prefers to match, and the truth does not survive."""
    found = play(proof(hyp()))
    assert found.margins[1][0] < 0 < found.margins[1][1]
    assert found.survivors == ((0,), (0,))


def test_a_continuum_of_mixed_equilibria() -> None:
    """The robust mechanism has two asymmetric pure equilibria; because BIC of the high type binds, every mixture of the truth and
    'always low' by one buyer, the other telling the truth, is an equilibrium too."""
    problem = tiny()
    sale = robust_sale(problem, proof(problem).quantity, 1)
    values, prior, outcome = oracle_form(sale.mechanism)
    pure = oracle.pure_equilibria(values, prior, outcome)
    assert sorted(pure) == [((0, 0), (0, 1)), ((0, 1), (0, 0)), ((0, 1), (0, 1))]

    def payoff(truth: int, report: int, others_high: Fraction) -> Fraction:
        found = Fraction(0)
        for other, chance in ((0, 1 - others_high), (1, others_high)):
            held, paid = outcome[report, other]
            found += chance * (values[0][truth][held[0]] - paid[0])
        return found

    for x in range(11):
        high = Fraction(x, 10) * prior[0][1]  # chance that the mixing buyer reports high
        assert payoff(1, 1, high) >= payoff(1, 0, high)
        assert payoff(0, 0, high) > payoff(0, 1, high)
    # the mixing buyer faces the truth, and is indifferent
    assert payoff(1, 1, prior[0][1]) == payoff(1, 0, prior[0][1])


def test_printed_robust_transfers() -> None:
    """Case 1 as printed; in case 2 the printed beta is (1 - p_L) times the slack of the constraint, which is ours."""
    rng = random.Random(3)
    seen = [0, 0]
    for _ in range(150):
        problem = drawn_problem(rng, steps=5)
        quantity = optimal_quantities(problem).quantity
        low, high = quantity[0][0], quantity[1][0]
        if not 0 < low < high:
            continue
        p, (t0, t1), u = problem.prior[0], problem.valuations, problem.utility
        alpha, beta = Fraction(1, 3), Fraction(1, 5)
        sale = robust_sale(problem, quantity, alpha, beta)
        top = virtual_surplus(problem, (1, 1), 2 * high) - virtual_surplus(problem, (1, 1), high + low)
        bottom = virtual_surplus(problem, (0, 1), high + low) - virtual_surplus(problem, (0, 1), 2 * low)
        k = (2 - p) * t1 * u[high] + (t0 - (2 - p) * t1) * u[low]
        if top <= bottom:
            assert sale.at(1, (0,))[1] == k + p * alpha - (1 - p) * top
        else:
            assert sale.at(1, (0,))[1] == k - (2 - p) * alpha - (1 - p) * bottom + (1 - p) * beta
            found = margins(sale, virtual_weights(problem, full_rents(problem)))
            slack = virtual_surplus(problem, (0, 1), high + low) - virtual_surplus(problem, (0, 1), 2 * low)
            assert slack - sale.total_payment((0, 1)) + sale.total_payment((0, 0)) == beta
            assert found[(0, 1), (0, 0)] <= beta
        seen[top > bottom] += 1
        assert sale.profit == optimal_quantities(problem).profit
    assert min(seen) >= 5


def test_robust_mechanisms_exist_if_alpha_is_small() -> None:
    rng = random.Random(5)
    seen = 0
    for _ in range(40):
        problem = drawn_problem(rng, steps=5)
        quantity = optimal_quantities(problem).quantity
        sale = small_robust_sale(problem, quantity)
        if sale is None:
            continue
        assert gain(sale) == 0
        assert play(sale).iteratively_weakly_dominant
        seen += 1
    assert seen >= 10


def test_grid_interpolation_is_exact() -> None:
    """Linear interpolation between the points of a grid brings nothing new: refining it changes no gain."""
    for problem in (tiny(), hyp(Fraction(1, 2), 4)):
        fine = []
        for a, b in zip(problem.utility, problem.utility[1:], strict=False):
            fine += [a, (a + b) / 2]
        refined = screening_problem(
            2, problem.valuations, problem.prior, [*fine, problem.utility[-1]], problem.cost[1] / 2
        )
        coarse = optimal_quantities(problem)
        doubled = optimal_quantities(refined, [2 * row[0] for row in coarse.quantity])
        assert doubled.profit == coarse.profit
        assert gain(dominant_strategy_sale(problem, coarse.quantity)) == gain(
            dominant_strategy_sale(refined, doubled.quantity)
        )
        assert gain(collusion_proof_sale(refined, doubled.quantity)) == 0


def test_single_crossing() -> None:
    """Behind Proposition 7: each further unit is worth more to a coalition with more high types."""
    for problem in (tiny(), hyp(), screening_problem(2, [5, 6], ["1/2", "1/2"], hyperbolic(9), 1)):
        for x, (few, many) in product(range(problem.most), [((0, 0), (0, 1)), ((0, 1), (1, 1))]):
            steps = [
                virtual_surplus(problem, types, x + 1) - virtual_surplus(problem, types, x) for types in (few, many)
            ]
            assert steps[0] <= steps[1]
