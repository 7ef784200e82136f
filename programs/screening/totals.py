"""Optimal transfers without a gain to a coalition for any number of types: pools of types, and the largest smallest slack."""

from dataclasses import replace
from fractions import Fraction

from collude.models.errors import InputError
from collude.models.screening.optimum import Quantities
from collude.models.screening.problem import Multiset, ScreeningProblem
from collude.models.screening.sale import Sale, sale_of
from collude.models.screening.transfers import (
    level,
    sale_from_totals,
    totals_sold,
    two_type_collusion_proof_sale,
    virtual_surplus,
)
from collude.programs.exact import Program, solve

NAME = "collusion-proof"


def collusion_proof_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale:
    """Transfers that bring the profit of the optimum without a coalition and are to leave a coalition no gain.

    Types that ironing pools count as one type with the lowest of their valuations. With two types the coalition payments make
    two constraints bind; with more, `slackest_sale` chooses them.

    Parameters
    ----------
    problem : ScreeningProblem
        However many buyers and types.
    quantity : Quantities
        From `optimal_quantities`.

    Returns
    -------
    Sale

    Raises
    ------
    InputError
        If pooled types are given different quantities.

    Notes
    -----
    That there is no gain is not assumed: ask `side_contract`.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 7, 11 and 14.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> [[int(x) for x in row] for row in co.collusion_proof_sale(tiny, ((1, 1), (3, 3))).payment]
    [[109, 91], [279, 257]]
    """
    if len(problem.pools) < problem.types:
        return _pooled_sale(problem, quantity)
    if problem.types == 2:
        return two_type_collusion_proof_sale(problem, quantity)
    return slackest_sale(problem, quantity)


def slackest_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale:
    """Optimal transfers whose smallest coalition incentive slack at the virtual valuations is as large as possible.

    Multisets of types that buy the same total must pay the same; these pairs are left out of the smallest slack.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        From `optimal_quantities`.

    Returns
    -------
    Sale

    Raises
    ------
    InputError
        Without the extra `programs`.

    References
    ----------
    Jeon and Menicucci (2005), Remark 2 and Proposition 14.
    """
    sold = totals_sold(problem, quantity)
    place = {profile: x for x, profile in enumerate(problem.profiles)}
    slack = len(place)
    program = Program(slack + 1, {slack: -1})
    program.exactly({0: 1}, 0)
    program.at_most({slack: 1}, max(problem.valuations) * problem.utility[-1] * problem.buyers)  # one total only
    for truth in problem.profiles:
        worth = virtual_surplus(problem, truth, sold[truth])
        for report in problem.profiles:
            if truth == report:
                continue
            row: dict[int, Fraction | int] = {place[truth]: 1, place[report]: -1}
            if sold[truth] == sold[report]:
                program.exactly(row, 0)
            else:
                program.at_most({**row, slack: 1}, worth - virtual_surplus(problem, truth, sold[report]))
    found = solve(program).x
    relative = {profile: found[x] for profile, x in place.items()}
    return sale_from_totals(problem, quantity, level(problem, quantity, relative), NAME)


def pooled_problem(problem: ScreeningProblem) -> ScreeningProblem:
    """The problem in which every pool of types is one type: its probability is theirs, its valuation the lowest of theirs.

    Parameters
    ----------
    problem : ScreeningProblem

    Returns
    -------
    ScreeningProblem
    """
    return replace(
        problem,
        valuations=tuple(problem.valuations[pool[0]] for pool in problem.pools),
        prior=tuple(sum((problem.prior[k] for k in pool), Fraction(0)) for pool in problem.pools),
    )


def _pooled_sale(problem: ScreeningProblem, quantity: Quantities) -> Sale:
    pool_of = {k: x for x, pool in enumerate(problem.pools) for k in pool}
    small = pooled_problem(problem)

    def pooled(others: Multiset) -> Multiset:
        return tuple(sorted(pool_of[k] for k in others))

    table: list[list[int | None]] = [[None] * len(small.others) for _ in problem.pools]
    for k, row in enumerate(quantity):
        for others, q in zip(problem.others, row, strict=True):
            x = small.place[pooled(others)]
            if table[pool_of[k]][x] not in (None, q):
                raise InputError("types that ironing pools must get the same quantities")
            table[pool_of[k]][x] = q
    rule = tuple(tuple(q for q in row if q is not None) for row in table)
    if small.types == 1:
        sale = sale_from_totals(small, rule, level(small, rule, {small.profiles[0]: Fraction(0)}), NAME)
    else:
        sale = collusion_proof_sale(small, rule)
    return sale_of(
        problem,
        lambda own, others: quantity[own][problem.place[others]],
        lambda own, others: sale.at(pool_of[own], pooled(others))[1],
        NAME,
    )
