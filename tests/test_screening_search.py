"""Searches over transfers and quantities, and play among buyers, against plain enumeration; the examples in docstrings."""

import doctest
import random
from collections import Counter
from fractions import Fraction
from importlib import import_module
from itertools import product
from pkgutil import iter_modules

import pytest
from drawn_sales import drawn_problem, drawn_sale, oracle_form, tiny
from oracle import screening as oracle

import collude as co
import collude.models.screening
import collude.programs.screening
from collude.enumerate.analyses.equilibria import equilibria
from collude.models.errors import SizeError
from collude.models.screening.optimum import optimal_quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale
from collude.models.screening.transfers import expected_payments
from collude.programs.screening.play import play
from collude.programs.screening.schemes import best_profit_at, search_schemes

HOMES = (collude.models.screening, collude.programs.screening)


def proof_payments(problem: ScreeningProblem, step: Fraction, spread: int) -> set[tuple[Fraction, ...]]:
    """All optimal payments on the grid that an epsilon below 1 supports, in a wide box around the means."""
    quantity = optimal_quantities(problem).quantity
    means, p = expected_payments(problem, quantity), problem.prior[0]
    found = set()
    for x, y in product(range(-spread, spread + 1), repeat=2):
        low, high = step * (means[0] // step + x), step * (means[1] // step + y)
        low_high, high_low = (means[0] - p * low) / (1 - p), (means[1] - (1 - p) * high) / p
        if (low_high / step).denominator != 1 or (high_low / step).denominator != 1:
            continue
        row = (low, low_high, high_low, high)
        _, _, outcome = oracle_form(Sale(problem, quantity, (row[:2], row[2:])).mechanism)
        conditions = oracle.epsilon_conditions(problem.valuations, problem.prior, problem.utility, outcome)
        interval = oracle.epsilon_interval(conditions)
        if interval is not None and interval[0] < 1:
            found.add(row)
    return found


def test_all_schemes_on_a_grid() -> None:
    problem = tiny()
    quantity = optimal_quantities(problem).quantity
    found = search_schemes(problem, quantity, 2)
    assert set(found.collusion_proof) == proof_payments(problem, Fraction(2), 14)
    assert len(found.collusion_proof) >= 20
    inner = [row for row in found.collusion_proof if abs(row[0] - 100) < 26 and abs(row[3] - 268) < 26]
    assert len(inner) == len(found.collusion_proof)  # the box of the enumeration is wide enough
    for row in found.collusion_proof:
        truth = play(Sale(problem, quantity, (row[:2], row[2:])))
        assert (row in found.robust) == truth.iteratively_weakly_dominant
    assert found.robust
    with pytest.raises(SizeError):
        search_schemes(problem, quantity, Fraction(1, 100))


@pytest.mark.slow
def test_schemes_with_other_probabilities() -> None:
    problem = screening_problem(2, [4, 6], ["1/3", "2/3"], [0, 12, 21, 27, 30], 20)
    quantity = optimal_quantities(problem).quantity
    found = search_schemes(problem, quantity, 6)
    assert set(found.collusion_proof) == proof_payments(problem, Fraction(6), 25)
    assert len(found.collusion_proof) >= 5


def test_best_profit_at_an_epsilon() -> None:
    rng = random.Random(1)
    lower = 0
    for _ in range(8):
        problem = drawn_problem(rng, steps=3)
        p, u = problem.prior[0], problem.utility
        t0, t1 = problem.valuations
        for e in (Fraction(0), Fraction(1, 3), Fraction(4, 5)):
            weights = (t0 - e * (1 - p) / p * (t1 - t0), t1)
            best, all_best = Fraction(-1), set()
            for q in product(range(4), repeat=4):
                low, high = p * u[q[0]] + (1 - p) * u[q[1]], p * u[q[2]] + (1 - p) * u[q[3]]
                if high < low or not oracle.payments_exist(weights, u, q, 3):
                    continue
                cost = problem.cost[1]
                sold = p * p * 2 * q[0] + 2 * p * (1 - p) * (q[1] + q[2]) + (1 - p) ** 2 * 2 * q[3]
                profit = 2 * (p * t0 * low + (1 - p) * (t1 * high - (t1 - t0) * low)) - cost * sold
                if profit > best:
                    best, all_best = profit, set()
                if profit == best:
                    all_best.add(((q[0], q[1]), (q[2], q[3])))
            found = best_profit_at(problem, e)
            assert (found.profit, set(found.quantities)) == (best, all_best)
            lower += best < optimal_quantities(problem).profit
    assert lower >= 1


def test_play_against_the_definition() -> None:
    rng = random.Random(2)
    seen: Counter[tuple[bool, bool]] = Counter()
    for _ in range(60):
        sale = drawn_sale(rng)
        values, prior, outcome = oracle_form(sale.mechanism)
        found = play(sale)
        assert [set(row) for row in found.survivors] == oracle.surviving_reports(values, prior, outcome)
        for k, other in product(range(2), repeat=2):
            payoff = [values[0][k][outcome[report, other][0][0]] - outcome[report, other][1][0] for report in range(2)]
            assert found.margins[k][other] == payoff[k] - payoff[1 - k]
        seen[found.strictly_dominant[0], found.iteratively_weakly_dominant] += 1
    assert len(seen) >= 3
    for _ in range(6):
        sale = drawn_sale(rng)
        pure = [one.strategies for one in equilibria(sale.mechanism).found]
        assert sorted(pure) == sorted(oracle.pure_equilibria(*oracle_form(sale.mechanism)))
        assert ((0, 1), (0, 1)) in pure


def test_nobody_gains_by_a_rejection() -> None:
    """Payoffs are convex in the chance of a high report; here it is run through."""
    rng = random.Random(3)
    tempted = 0
    for _ in range(40):
        sale = drawn_sale(rng)
        values, prior, outcome = oracle_form(sale.mechanism)
        most = []
        for k in range(2):
            before = oracle.interim(values, prior, outcome, 0, k, k)
            for x in range(9):
                high = prior[1][1] * x / 8
                for report in range(2):
                    payoff = sum(
                        (
                            chance * (values[0][k][outcome[report, other][0][0]] - outcome[report, other][1][0])
                            for other, chance in ((0, 1 - high), (1, high))
                        ),
                        Fraction(0),
                    )
                    most.append(payoff - before)
        assert play(sale).rejection_gain == max(most)
        tempted += max(most) > 0
    assert 3 <= tempted <= 37


MODULES = [f"{home.__name__}.{module.name}" for home in HOMES for module in iter_modules(home.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    found = doctest.testmod(import_module(name))
    assert found.failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(import_module(name)).attempted for name in MODULES) >= 15


def test_what_is_too_large_is_refused_before_it_is_built() -> None:
    many = co.second_price(co.auction(13, range(3), prior=co.uniform((3,) * 13)))
    with pytest.raises(SizeError, match="payoffs"):
        co.coalition_of(many)
    levels = [200 * x - x * x for x in range(60)]
    wide = co.screening_problem(5, [5, 6], ["1/2", "1/2"], levels, 10)
    sale = co.dominant_strategy_sale(wide, ((0,) * 5, (20,) * 5))
    with pytest.raises(SizeError, match="alike agents"):
        co.side_contract(co.coalition_of(sale.mechanism))
    with pytest.raises(SizeError):
        co.side_contract(co.coalition_of(sale.mechanism), reduced=False)
