"""Types for bilateral trade of bundles of several goods: boxes of bundles, and grids of additive types over them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product

from collude.models.environment import Bundle, Environment, Prior
from collude.models.errors import InputError
from collude.models.library.environments import trade
from collude.models.numbers import Number, increasing


def box(units: Sequence[int]) -> tuple[Bundle, ...]:
    """All bundles with at most so many units of each good, the empty one first: a downward closed set.

    Parameters
    ----------
    units
        The most of each good, at least 1.

    Raises
    ------
    InputError
        If there is no good, or none of one.

    Examples
    --------
    >>> box((1, 1))
    ((0, 0), (0, 1), (1, 0), (1, 1))
    """
    if not units or any(count < 1 for count in units):
        raise InputError("a box of bundles has at least one good, and at least one unit of each")
    return tuple(product(*(range(count + 1) for count in units)))


def separable_types(
    units: Sequence[int], marginals: Iterable[Number], *, rising: bool
) -> tuple[tuple[Fraction, ...], ...]:
    """All types that add up over goods, with weakly rising (costs) or falling (values) marginals from a grid.

    Such costs are increasing and convex, such values increasing and concave, on the box.

    Parameters
    ----------
    units
        The most of each good.
    marginals
        Positive increasing numbers, in money.
    rising
        True for costs, False for values.

    Returns
    -------
    tuple of tuples of Fraction
        The totals of every bundle of `box(units)` but the empty one, one tuple per type.

    Raises
    ------
    InputError
        Unless the marginals are positive and increase.

    Examples
    --------
    >>> separable_types((1, 1), [1, 3], rising=True)[1]
    (Fraction(3, 1), Fraction(1, 1), Fraction(4, 1))
    """
    grid = increasing(marginals, "the marginals")
    if grid[0] <= 0:
        raise InputError(f"marginals must be positive, but {grid[0]} is given")
    rows = [combinations_with_replacement(grid if rising else grid[::-1], count) for count in units]
    kinds = []
    for chosen in product(*map(list, rows)):
        totals = [
            sum((sum(row[:count], Fraction(0)) for row, count in zip(chosen, bundle, strict=True)), Fraction(0))
            for bundle in box(units)[1:]
        ]
        kinds.append(tuple(totals))
    return tuple(kinds)


def separable_trade(
    units: Sequence[int], costs: Iterable[Number], values: Iterable[Number], *, prior: Prior | None = None
) -> Environment:
    """Trade of bundles of several goods between all separable sellers and all separable buyers on a grid.

    Parameters
    ----------
    units
        The most of each good that can be traded.
    costs, values
        Grids of marginal costs and of marginal values, in money: positive and increasing.
    prior
        Beliefs about types, for Bayesian axioms.

    Returns
    -------
    Environment
        Family "trade"; bundles are those of `box(units)`.

    Raises
    ------
    InputError
        Unless the numbers are positive and increase.

    Examples
    --------
    >>> separable_trade((1, 1), ["1/2", 3, 4], ["1/2", 3, 4]).sizes
    (9, 9)
    """
    return trade(
        separable_types(units, costs, rising=True),
        separable_types(units, values, rising=False),
        bundles=box(units),
        prior=prior,
    )
