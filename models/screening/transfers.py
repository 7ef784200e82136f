"""Transfer schemes for given quantities: dominant-strategy, collusion-proof for two types, robust, from coalition totals."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from collude.models.errors import InputError
from collude.models.numbers import Number, exact
from collude.models.screening.linear import best_surplus, solve_exactly
from collude.models.screening.optimum import Quantities
from collude.models.screening.problem import Multiset, ScreeningProblem, without
from collude.models.screening.sale import Sale, sale_of


def expected_payments(problem: ScreeningProblem, quantity: Quantities) -> tuple[Fraction, ...]:
    """What each type expects to pay if the lowest type expects 0 and every other one is indifferent to the report next below.

    Parameters
    ----------
    problem
        The sale.
    quantity
        As in `Sale`.

    Returns
    -------
    tuple of Fraction
        Money by type index.
    """
    weights = [problem.probability(others) for others in problem.others]
    utility = [
        sum((w * problem.utility[q] for w, q in zip(weights, row, strict=True)), Fraction(0)) for row in quantity
    ]
    found = [problem.valuations[0] * utility[0]]
    for k in range(1, problem.types):
        found.append(found[-1] + problem.valuations[k] * (utility[k] - utility[k - 1]))
    return tuple(found)


def dominant_strategy_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale:
    """The sale whose payments make truth a dominant strategy and leave the lowest type nothing, whatever the others report.

    If quantities do not depend on the others' reports, payments do not either (the mechanism M^d of the source).

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        ``quantity[k][x]``: steps for report k when the others report ``problem.others[x]``, for instance from
        `optimal_quantities`.

    Raises
    ------
    InputError
        If a quantity falls when the own report rises.

    References
    ----------
    Jeon and Menicucci (2005), section 3.1.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> co.dominant_strategy_sale(tiny, ((1, 1), (3, 3))).payment[1][0]
    Fraction(268, 1)
    """
    payment: list[list[Fraction]] = []
    for k, row in enumerate(quantity):
        theta, now = problem.valuations[k], [problem.utility[q] for q in row]
        if k == 0:
            payment.append([theta * u for u in now])
            continue
        before = [problem.utility[q] for q in quantity[k - 1]]
        if any(b < a for a, b in zip(before, now, strict=True)):
            raise InputError("no payments make truth dominant: a quantity falls when the own report rises")
        payment.append([m + theta * (b - a) for m, a, b in zip(payment[-1], before, now, strict=True)])
    return Sale(problem, quantity, tuple(tuple(row) for row in payment), "dominant-strategy")


def sale_from_totals(
    problem: ScreeningProblem, quantity: Quantities, totals: Mapping[Multiset, Fraction], name: str
) -> Sale:
    """The sale in which the buyers together pay `totals` of the multiset of reports, and each type expects `expected_payments`.

    Each buyer pays what his type expects to pay, and shares in what the total exceeds the sum of these by: with R that rest
    and g(k) its expectation given a type, he adds (R - g(own)) / n + (sum of the others' g) / (n (n - 1)), which nobody
    expects to be anything but 0.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        As in `dominant_strategy_sale`.
    totals : mapping of a multiset of reports to a Fraction
        What all buyers pay together.
    name : str

    Raises
    ------
    InputError
        If the expected total is not n times the expected payment.
    """
    n = problem.buyers
    expected = expected_payments(problem, quantity)
    rest = {profile: totals[profile] - sum((expected[k] for k in profile), Fraction(0)) for profile in problem.profiles}
    if sum((problem.probability(profile) * rest[profile] for profile in problem.profiles), Fraction(0)) != 0:
        raise InputError("the expected total of the coalition payments is not what the buyers expect to pay")
    given = [
        sum(
            (problem.probability(others) * rest[tuple(sorted((*others, k)))] for others in problem.others),
            Fraction(0),
        )
        for k in range(problem.types)
    ]

    def payment(own: int, others: Multiset) -> Fraction:
        profile = tuple(sorted((*others, own)))
        shared = sum((given[j] for j in others), Fraction(0)) / (n * (n - 1))
        return expected[own] + (rest[profile] - given[own]) / n + shared

    return sale_of(problem, lambda own, others: quantity[own][problem.place[others]], payment, name)


def virtual_surplus(
    problem: ScreeningProblem, profile: Multiset, total: int, weights: tuple[Fraction, ...] | None = None
) -> Fraction:
    """Largest virtual surplus V of buyers with given types who share a number of steps.

    Parameters
    ----------
    problem
        Whose utility and virtual valuations are taken.
    profile
        The buyers' type indices.
    total
        Steps that they share.
    weights
        Per type index what a unit of utility counts; the virtual valuations unless given.

    Returns
    -------
    Fraction
        In money.

    Raises
    ------
    InputError
        If the buyers cannot hold so much.
    """
    chosen = problem.virtual_valuations if weights is None else weights
    return best_surplus(problem.utility, [chosen[k] for k in profile], total)


def totals_sold(problem: ScreeningProblem, quantity: Quantities) -> dict[Multiset, int]:
    """Steps sold in all at every multiset of reports.

    Parameters
    ----------
    problem
        The sale.
    quantity
        As in `Sale`.
    """
    return {
        profile: sum(quantity[k][problem.place[without(profile, k)]] for k in profile) for profile in problem.profiles
    }


def two_type_collusion_proof_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale:
    """Optimal transfers that leave no gain to a coalition, for two types and any number of buyers.

    Coalition payments T(m), with m buyers of the high type, rise by what m + 1 of them would win at virtual valuations from
    the larger total, so that reporting one high type less never pays; their level is that of the optimum without a coalition.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        As in `dominant_strategy_sale`.

    Raises
    ------
    InputError
        Unless there are two types.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 7 and 11.
    """
    if problem.types != 2:
        raise InputError(f"these transfers are defined for two types, not {problem.types}")
    sold = totals_sold(problem, quantity)
    relative = {problem.profiles[0]: Fraction(0)}
    for before, after in pairwise(problem.profiles):
        gain = virtual_surplus(problem, after, sold[after]) - virtual_surplus(problem, after, sold[before])
        relative[after] = relative[before] + gain
    return sale_from_totals(problem, quantity, level(problem, quantity, relative), "collusion-proof")


def level(
    problem: ScreeningProblem, quantity: Quantities, relative: Mapping[Multiset, Fraction]
) -> dict[Multiset, Fraction]:
    """Coalition payments with given differences, shifted so that their expectation is that of the optimum.

    Parameters
    ----------
    problem
        The sale.
    quantity
        As in `Sale`.
    relative
        Money that all buyers pay together at every multiset of reports, up to a constant.
    """
    expected = expected_payments(problem, quantity)
    target = problem.buyers * sum((p * m for p, m in zip(problem.prior, expected, strict=True)), Fraction(0))
    mean = sum((problem.probability(profile) * relative[profile] for profile in problem.profiles), Fraction(0))
    return {profile: relative[profile] + target - mean for profile in problem.profiles}


def robust_sale(problem: ScreeningProblem, quantity: Quantities, alpha: Number, beta: Number = 0) -> Sale:
    """Optimal transfers for two buyers of two types under which the truth is iteratively weakly dominant, if small enough.

    BIR of the low type and BIC of the high type bind; a high type whose opponent reports low gains `alpha` by the truth;
    and one coalition incentive constraint is fixed: (HH, HL) binds, or (HL, LL) has slack `beta`, whichever is the tighter.

    Parameters
    ----------
    problem : ScreeningProblem
        Two buyers, two types.
    quantity : Quantities
    alpha, beta : numbers
        In money; beta counts in the second case only. It is the slack of the constraint; the source prints the transfers
        for a slack of beta / (1 - p_L).

    Raises
    ------
    InputError
        For other numbers of buyers or types.

    Notes
    -----
    Whether alpha is small enough is not assumed: ask `screen_sale` or `side_contract`.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 16.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> [[str(x) for x in row] for row in co.robust_sale(tiny, ((1, 1), (3, 3)), 1).payment]
    [['227/2', '173/2'], ['561/2', '511/2']]
    """
    if (problem.buyers, problem.types) != (2, 2):
        raise InputError("the robust mechanism is defined for two buyers of two types")
    p, high = problem.prior[0], problem.valuations[1]
    (q_ll, q_lh), (q_hl, q_hh) = quantity
    u = problem.utility
    means = expected_payments(problem, quantity)
    x_ll, x_hl, x_hh = 2 * q_ll, q_lh + q_hl, 2 * q_hh
    top = virtual_surplus(problem, (1, 1), x_hh) - virtual_surplus(problem, (1, 1), x_hl)
    mixed = virtual_surplus(problem, (0, 1), x_hl) - virtual_surplus(problem, (0, 1), x_ll)
    last: tuple[list[int], Fraction]
    # unknowns: payments LL, LH, HL, HH (own report first)
    last = ([0, -1, -1, 2], top) if top <= mixed else ([-2, 1, 1, 0], mixed - exact(beta, "beta"))
    found = solve_exactly(
        [[p, 1 - p, 0, 0], [0, 0, p, 1 - p], [-1, 0, 1, 0], last[0]],
        [means[0], means[1], high * (u[q_hl] - u[q_ll]) - exact(alpha, "alpha"), last[1]],
    )
    return Sale(problem, quantity, ((found[0], found[1]), (found[2], found[3])), "robust")
