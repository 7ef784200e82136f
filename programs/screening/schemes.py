"""Search: all optimal transfer schemes on a grid of money that resist coalitions, and the best profit at a given epsilon."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.numbers import Number, exact
from collude.models.screening.linear import best_surplus
from collude.models.screening.optimum import Quantities, virtual_profit
from collude.models.screening.problem import Multiset, ScreeningProblem
from collude.models.screening.sale import Sale
from collude.models.screening.transfers import expected_payments, robust_sale, totals_sold
from collude.programs.screening.epsilon import epsilon_interval
from collude.programs.screening.play import play
from collude.programs.screening.virtual import deviation_table, virtual_weights

MOST_SCHEMES = 200_000
Bounds = tuple[Fraction, Fraction]


@shown
@dataclass(frozen=True)
class SchemeSearch:
    """All optimal payments on a grid of money, for two buyers of two types and given quantities.

    Attributes
    ----------
    step : Fraction
        Of the grid.
    candidates : int
        Payments with the optimal expectations that were examined; payments outside have a coalition payment that no epsilon
        supports.
    collusion_proof : tuple of rows (LL, LH, HL, HH), own report first
        Those that leave a coalition no gain.
    robust : tuple of such rows
        Those of them under which the truth is iteratively weakly dominant.
    """

    step: Fraction
    candidates: int
    collusion_proof: tuple[tuple[Fraction, ...], ...]
    robust: tuple[tuple[Fraction, ...], ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "step": str(self.step),
            "candidates": self.candidates,
            "collusion_proof": len(self.collusion_proof),
            "robust": len(self.robust),
            "schemes": [
                {"payments": [str(x) for x in row], "robust": row in set(self.robust)} for row in self.collusion_proof
            ],
        }


@shown
@dataclass(frozen=True)
class ProfitAtEpsilon:
    """The best profit of a sale in which the coalition's epsilon is given.

    Attributes
    ----------
    epsilon, profit : Fraction
    quantities : tuple
        All that bring it, each as in `Sale`.
    """

    epsilon: Fraction
    profit: Fraction
    quantities: tuple[Quantities, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "epsilon": str(self.epsilon),
            "profit": str(self.profit),
            "quantities": [[list(row) for row in quantity] for quantity in self.quantities],
        }


def _require_two_by_two(problem: ScreeningProblem) -> None:
    if (problem.buyers, problem.types) != (2, 2):
        raise InputError("this search is for two buyers of two types")


def search_schemes(problem: ScreeningProblem, quantity: Quantities, step: Number) -> SchemeSearch:
    """All optimal payments that are multiples of `step` and weakly collusion-proof, and which of them are robust.

    Optimal: BIR of the low type and BIC of the high type bind, which fixes two expectations and leaves two payments free.

    Parameters
    ----------
    problem : ScreeningProblem
        Two buyers, two types.
    quantity : Quantities
        From `optimum`.
    step : number
        Step of the grid of money.

    Returns
    -------
    SchemeSearch

    Raises
    ------
    InputError
        For other problems or a step that is not positive; if the low type is indifferent to reporting high, where the
        interval does not decide.
    SizeError
        If there are more than about 200,000 candidates.

    Notes
    -----
    One `epsilon_interval` per candidate, about half a millisecond.

    References
    ----------
    Jeon and Menicucci (2005), Remark 2 and section 7.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> found = co.search_schemes(tiny, ((1, 1), (3, 3)), 1)
    >>> len(found.collusion_proof), len(found.robust)
    (127, 12)
    """
    _require_two_by_two(problem)
    unit = exact(step, "the step")
    if unit <= 0:
        raise InputError(f"the step of the grid of money must be positive, not {unit}")
    found, robust, candidates = [], [], 0
    for row in _candidates(problem, quantity, unit):
        candidates += 1
        sale = Sale(problem, quantity, (row[:2], row[2:]), "candidate")
        interval = epsilon_interval(sale)
        if not interval.decisive:
            raise InputError("the low type is indifferent to reporting high: the interval does not decide such schemes")
        if interval.admissible:
            found.append(row)
            if play(sale).iteratively_weakly_dominant:
                robust.append(row)
    return SchemeSearch(unit, candidates, tuple(found), tuple(robust))


def small_robust_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale | None:
    """The sale of `robust_sale` with the largest alpha, out of a quarter, an eighth, ... of the low-to-high gain, that is robust.

    That is: weakly collusion-proof, and with the truth iteratively weakly dominant. A high type whose opponent reports low then
    gains alpha by the truth.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        From `optimal_quantities`.

    Returns
    -------
    Sale or None
        None if none of 24 values of alpha does it, or there are other than two buyers of two types.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 16.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> sale = small_robust_sale(tiny, co.optimal_quantities(tiny).quantity)
    >>> play(sale).iteratively_weakly_dominant
    True
    """
    if (problem.buyers, problem.types) != (2, 2):
        return None
    gap = problem.valuations[1] - problem.valuations[0]
    alpha = gap * (problem.utility[quantity[1][0]] - problem.utility[quantity[0][0]]) / 4
    for _ in range(24):
        sale = robust_sale(problem, quantity, alpha)
        if alpha > 0 and epsilon_interval(sale).admissible and play(sale).iteratively_weakly_dominant:
            return sale
        alpha /= 2
    return None


def _candidates(
    problem: ScreeningProblem, quantity: Quantities, unit: Fraction
) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Payments (LL, LH, HL, HH) on the grid with the optimal expectations whose coalition totals lie in the bounds."""
    p = problem.prior[0]
    means = expected_payments(problem, quantity)
    mean = 2 * (p * means[0] + (1 - p) * means[1])
    first, second = _steps_between_totals(problem, quantity)
    weights = 2 * p * (1 - p), (1 - p) ** 2
    lows = [mean - (weights[0] + weights[1]) * a - weights[1] * b for a in first for b in second]
    size = ceil((max(lows) - min(lows)) / 2 / unit) * ceil((first[1] - first[0] + second[1] - second[0]) / 2 / unit)
    if size > MOST_SCHEMES:
        raise SizeError(f"there are about {size} schemes; at most {MOST_SCHEMES} are taken: use a coarser grid", size)
    for low in _multiples(min(lows) / 2, max(lows) / 2, unit):
        low_high = (means[0] - p * low) / (1 - p)
        if (low_high / unit).denominator != 1:
            continue
        for high in _multiples(low + (first[0] + second[0]) / 2, low + (first[1] + second[1]) / 2, unit):
            high_low = (means[1] - (1 - p) * high) / p
            mixed = low_high + high_low
            inside = first[0] <= mixed - 2 * low <= first[1] and second[0] <= 2 * high - mixed <= second[1]
            if inside and (high_low / unit).denominator == 1:
                yield low, low_high, high_low, high


def _steps_between_totals(problem: ScreeningProblem, quantity: Quantities) -> tuple[Bounds, Bounds]:
    """Bounds on T_HL - T_LL and T_HH - T_HL in every sale that some epsilon supports: none of both coalitions may gain."""
    at = [virtual_weights(problem, (Fraction(e),)) for e in (0, 1)]

    def most(truth: Multiset, report: Multiset) -> Fraction:
        """The most that the true coalition can be asked to pay above what it would pay for the report, over epsilons."""
        table = deviation_table(problem, quantity)
        losses = [d.loss for d in table.deviations if (d.truth, d.report) == (truth, report)]
        # Each loss is linear in epsilon, so that its largest value at the two ends bounds it everywhere.
        bounds = (
            max(sum((w * x for w, x in zip(weights, loss, strict=True)), Fraction(0)) for weights in at)
            for loss in losses
        )
        return min(bounds) / table.scale

    low, mixed, high = problem.profiles
    return (-most(low, mixed), most(mixed, low)), (-most(mixed, high), most(high, mixed))


def _multiples(low: Fraction, high: Fraction, unit: Fraction) -> Iterator[Fraction]:
    for x in range(ceil(low / unit), floor(high / unit) + 1):
        yield unit * x


def best_profit_at(problem: ScreeningProblem, epsilon: Number) -> ProfitAtEpsilon:
    """The best profit of a sale at which the truth is best for a coalition with this epsilon, over all quantities and payments.

    The coalition must share every total as the mechanism does, and no joint report may pay. Only differences of coalition
    payments are constrained, so their level can always be that of binding BIR and BIC.

    Parameters
    ----------
    problem : ScreeningProblem
        Two buyers, two types.
    epsilon : number
        In [0, 1). At 0 types are verifiable for the third party.

    Returns
    -------
    ProfitAtEpsilon

    Raises
    ------
    InputError
        For other problems or epsilons.

    Notes
    -----
    Quantities: steps, times splits of every total that are best in mixed profiles, times steps.

    References
    ----------
    Jeon and Menicucci (2005), Remark 4.

    Examples
    --------
    >>> from collude.models.screening.problem import screening_problem
    >>> from collude.programs.screening.schemes import best_profit_at
    >>> tiny = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> best = best_profit_at(tiny, 0)
    >>> str(best.profit), best.quantities
    ('94', (((1, 1), (2, 3)), ((1, 2), (3, 3))))
    """
    _require_two_by_two(problem)
    e = exact(epsilon, "epsilon")
    if not 0 <= e < 1:
        raise InputError(f"epsilon must be at least 0 and below 1, not {e}")
    weights, u = virtual_weights(problem, (e,)), problem.utility
    types = problem.profiles
    totals = range(2 * problem.most + 1)
    best_of = {t: [best_surplus(u, [weights[k] for k in t], x) for x in totals] for t in types}
    low, mixed, high = types
    levels = range(problem.most + 1)
    alike = {t: [q for q in levels if 2 * weights[t[0]] * u[q] == best_of[t][2 * q]] for t in (low, high)}
    splits = [(a, b) for a in levels for b in levels if weights[0] * u[a] + weights[1] * u[b] == best_of[mixed][a + b]]
    most, found = Fraction(0), [((0, 0), (0, 0))]  # selling nothing brings 0 and tempts nobody
    for q_ll in alike[low]:
        for q_lh, q_hl in splits:
            for q_hh in alike[high]:
                quantity = ((q_ll, q_lh), (q_hl, q_hh))
                profit = virtual_profit(problem, quantity)
                if profit < most or quantity in found:
                    continue
                if _is_monotone(problem, quantity) and _payments_exist(problem, quantity, best_of):
                    found = [*found, quantity] if profit == most else [quantity]
                    most = profit
    return ProfitAtEpsilon(e, most, tuple(found))


def _is_monotone(problem: ScreeningProblem, quantity: Quantities) -> bool:
    p, u = problem.prior, problem.utility
    expected = [sum((w * u[q] for w, q in zip(p, row, strict=True)), Fraction(0)) for row in quantity]
    return expected[0] <= expected[1]


def _payments_exist(problem: ScreeningProblem, quantity: Quantities, best_of: dict[Multiset, list[Fraction]]) -> bool:
    """Whether coalition payments exist at which no true profile gains by another report: no cycle of reports gains."""
    sold = totals_sold(problem, quantity)
    types = problem.profiles
    reach = {(t, r): best_of[t][sold[t]] - best_of[t][sold[r]] for t in types for r in types}
    for via in types:
        for t in types:
            for r in types:
                reach[t, r] = min(reach[t, r], reach[t, via] + reach[via, r])
    return all(reach[t, t] >= 0 for t in types)
