"""Published and random sales, random incentive compatible mechanisms, and both in the oracle's form."""

import random
from fractions import Fraction
from itertools import combinations_with_replacement, product

from oracle import screening as oracle

import collude as co
from collude.models.environment import Prior, from_values
from collude.models.mechanism import Mechanism
from collude.models.screening.optimum import Quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale
from collude.models.screening.transfers import expected_payments, sale_from_totals, virtual_surplus
from collude.programs.screening.virtual import virtual_weights

HALVES = ("1/2", "1/2")
TINY_UTILITY = (0, 20, 36, 48, 56, 62, 66, 69, 71, 72)
TIE_UTILITY = (0, 20, 38, 50, 58, 64, 68, 71, 73, 74)


def hyperbolic(steps: int, step: Fraction = Fraction(1)) -> list[Fraction]:
    return [step * x / (1 + step * x) for x in range(steps + 1)]


def tiny(buyers: int = 2) -> ScreeningProblem:
    return screening_problem(buyers, [5, 6], HALVES, TINY_UTILITY, 68)


def tie() -> ScreeningProblem:
    return screening_problem(2, [5, 6], HALVES, TIE_UTILITY, 72)


def hyp(step: Fraction = Fraction(1, 3), most: int = 5) -> ScreeningProblem:
    return screening_problem(2, [10, 16], HALVES, hyperbolic(int(most / step), step), 1, step)


def three_equal(steps: int = 8) -> ScreeningProblem:
    return screening_problem(2, [15, 26, 36], ["1/2", "1/4", "1/4"], hyperbolic(steps), 1)


def pooled(steps: int = 8) -> ScreeningProblem:
    """Virtual valuations 8, 2, 20: the two lower types are pooled."""
    return screening_problem(2, [10, 11, 20], ["1/3", "1/3", "1/3"], hyperbolic(steps, Fraction(1, 2)), 1, "1/2")


def concave(rng: random.Random, steps: int) -> list[int]:
    """A concave increasing utility with strictly falling marginals."""
    marginal = sorted(rng.sample(range(1, 4 * steps), steps), reverse=True)
    levels = [0]
    for x in marginal:
        levels.append(levels[-1] + x)
    return levels


def drawn_problem(rng: random.Random, types: int = 2, steps: int = 5, buyers: int = 2) -> ScreeningProblem:
    """A random problem: prices that sell something to somebody, small probabilities' denominators."""
    valuations = sorted(rng.sample(range(3, 14), types))
    weights = [rng.randint(1, 3) for _ in range(types)]
    prior = [Fraction(w, sum(weights)) for w in weights]
    levels = concave(rng, steps)
    cost = rng.randint(1, valuations[-1] * (levels[2] - levels[1]))
    return screening_problem(buyers, valuations, prior, levels, cost)


def drawn_sale(rng: random.Random, epsilon: Fraction | None = None) -> Sale:
    """An incentive compatible sale to two buyers of two types, near the border between proof and not.

    Quantities are mostly efficient at some epsilon, coalition payments mostly within the constraints at that epsilon.
    """
    while True:
        problem = drawn_problem(rng, steps=rng.randint(3, 5))
        e = Fraction(rng.randint(0, 4), 4) if epsilon is None else epsilon
        weights = virtual_weights(problem, (e,))
        quantity = _efficient(rng, problem, weights) if rng.random() < 0.8 else _any(rng, problem)
        sold = {t: _sold(quantity, t) for t in problem.profiles}
        worth = {
            (t, r): virtual_surplus(problem, t, sold[t], weights) - virtual_surplus(problem, t, sold[r], weights)
            for t in problem.profiles
            for r in problem.profiles
        }
        low, mixed, high = problem.profiles
        first = _between(rng, -worth[low, mixed], worth[mixed, low])
        second = _between(rng, -worth[mixed, high], worth[high, mixed])
        relative = {low: Fraction(0), mixed: first, high: first + second}
        mean = sum((problem.probability(t) * x for t, x in relative.items()), Fraction(0))
        expected = expected_payments(problem, quantity)
        target = 2 * sum((p * m for p, m in zip(problem.prior, expected, strict=True)), Fraction(0))
        sale = sale_from_totals(problem, quantity, {t: x + target - mean for t, x in relative.items()}, "drawn")
        if rng.random() < 0.25:  # the high type's constraint is slack: he pays less, whatever the others report
            rebate = Fraction(rng.randint(1, 4))
            sale = Sale(problem, quantity, (sale.payment[0], tuple(x - rebate for x in sale.payment[1])), "drawn")
        if sale.incentive_compatible:
            return sale


def _between(rng: random.Random, low: Fraction, high: Fraction) -> Fraction:
    """Mostly between the two, ends included."""
    if low > high or rng.random() < 0.15:
        return low + rng.randint(-3, 3)
    return low + (high - low) * Fraction(rng.randint(0, 4), 4)


def _any(rng: random.Random, problem: ScreeningProblem) -> Quantities:
    return tuple(tuple(rng.randint(0, problem.most) for _ in problem.others) for _ in range(2))


def _efficient(rng: random.Random, problem: ScreeningProblem, weights: tuple[Fraction, ...]) -> Quantities:
    u, levels = problem.utility, range(problem.most + 1)
    pairs = [
        (a, b)
        for a in levels
        for b in levels
        if weights[0] * u[a] + weights[1] * u[b] == virtual_surplus(problem, (0, 1), a + b, weights)
    ]
    a, b = rng.choice(pairs)
    return ((rng.randint(0, a), a), (b, rng.randint(b, problem.most)))


def _sold(quantity: Quantities, profile: tuple[int, ...]) -> int:
    j, k = profile
    return quantity[j][k] + quantity[k][j]


def oracle_form(mechanism: Mechanism) -> tuple[oracle.Values, oracle.Priors, oracle.Outcomes]:
    """A mechanism with one good (or a public choice) as values, prior and outcomes with bundle indices and payments."""
    env = mechanism.environment
    values = [[[Fraction(int(x), env.scale) for x in row] for row in env.values[i].tolist()] for i in range(env.agents)]
    outcomes: oracle.Outcomes = {}
    for profile in product(*(range(size) for size in env.sizes)):
        o = mechanism.outcome_at(profile)
        shown = mechanism.show_outcome(o)
        outcomes[profile] = (tuple(int(b) for b in mechanism.bundle[o]), tuple(-t for t in shown.transfers))
    assert env.prior is not None
    assert env.prior.independent is not None
    return values, env.prior.independent, outcomes


def drawn_groves(rng: random.Random, sizes: tuple[int, ...], most: int, *, zero: bool = False) -> Mechanism:
    """A random Groves mechanism: arbitrary values of 0..most units, `most` units for all, efficient, own-report-free extras.

    Truth is dominant, so the mechanism is incentive compatible under every prior; agents differ in everything. zero: some
    types have probability 0.
    """
    n = len(sizes)
    values = [[[Fraction(0), *(Fraction(rng.randint(0, 6)) for _ in range(most))] for _ in range(k)] for k in sizes]
    prior = []
    for size in sizes:
        weights = [rng.randint(0 if zero else 1, 2) for _ in range(size)]
        weights[rng.randrange(size)] += 1
        prior.append(tuple(Fraction(w, sum(weights)) for w in weights))
    env = from_values(
        "goods",
        [tuple(range(size)) for size in sizes],
        [tuple((b,) for b in range(most + 1))] * n,
        values,
        supply=(most,),
        prior=Prior(independent=tuple(prior)),
    )
    extra = {
        (i, others): Fraction(rng.randint(-3, 3))
        for i in range(n)
        for others in product(*(range(k) for j, k in enumerate(sizes) if j != i))
    }
    shares = [a for a in product(range(most + 1), repeat=n) if sum(a) <= most]
    rng.shuffle(shares)

    def rule(reports: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
        best = max(shares, key=lambda a: sum(values[i][reports[i]][a[i]] for i in range(n)))
        money = tuple(
            sum((values[j][reports[j]][best[j]] for j in range(n) if j != i), Fraction(0))
            + extra[i, reports[:i] + reports[i + 1 :]]
            for i in range(n)
        )
        return best, money

    return co.from_function(env, rule, name="groves", reports="numbers")


def sizes_up_to(types: int, agents: int) -> list[tuple[int, ...]]:
    return list(combinations_with_replacement(range(2, types + 1), agents))
