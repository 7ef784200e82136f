"""Small exact linear systems, and the best split of a quantity among buyers."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from collude.models.errors import InputError

Amount = TypeVar("Amount", int, Fraction)


def solve_exactly(matrix: Sequence[Sequence[Fraction | int]], right: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
    """The unique solution of a square system, by elimination in fractions.

    Parameters
    ----------
    matrix : sequence of m rows of m numbers
    right : sequence of m numbers

    Raises
    ------
    InputError
        If the system is singular.

    Examples
    --------
    >>> from collude.models.screening.linear import solve_exactly
    >>> [str(x) for x in solve_exactly([[2, 1], [1, 3]], [3, 5])]
    ['4/5', '7/5']
    """
    rows = [[Fraction(x) for x in (*row, b)] for row, b in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = next((r for r in range(column, len(rows)) if rows[r][column]), None)
        if pivot is None:
            raise InputError("the equations for the transfers have no unique solution")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [x / lead for x in rows[column]]
        for r, row in enumerate(rows):
            if r != column and row[column]:
                rows[r] = [x - row[column] * y for x, y in zip(row, rows[column], strict=True)]
    return tuple(row[-1] for row in rows)


def even_split(utility: Sequence[Amount], members: int, total: int) -> Amount:
    """Largest sum of utilities when buyers share a number of steps: as evenly as the grid allows.

    Parameters
    ----------
    utility
        Of 0, 1, 2, ... steps; concave.
    members
        Number of buyers.
    total
        Steps that they share, at most what they can hold.

    Examples
    --------
    >>> even_split([0, 4, 6], members=2, total=3)
    10
    """
    each, more = divmod(total, members)
    return more * utility[each + 1] + (members - more) * utility[each] if more else members * utility[each]


def uneven_split(utility: Sequence[Amount], total: int) -> Amount:
    """Smallest sum of utilities when buyers share a number of steps: some get all they can hold, the others nothing.

    Parameters
    ----------
    utility
        Of 0, 1, 2, ... steps; concave.
    total
        Steps that they share.

    Examples
    --------
    >>> uneven_split([0, 4, 6], total=3)
    10
    """
    full, rest = divmod(total, len(utility) - 1)
    return full * utility[-1] + utility[rest]


def best_surplus(utility: Sequence[Fraction], weights: Sequence[Fraction], total: int) -> Fraction:
    """Largest sum of ``weights[i] * utility[a_i]`` over the splits a of a number of steps.

    Parameters
    ----------
    utility
        Of 0, 1, 2, ... steps.
    weights
        One per buyer; may be negative.
    total
        Steps that the buyers share.

    Raises
    ------
    InputError
        If the buyers cannot hold so much.

    Notes
    -----
    A dynamic programme: buyers times total times steps.

    Examples
    --------
    >>> best_surplus([Fraction(0), Fraction(4), Fraction(6)], [Fraction(1), Fraction(3)], 3)
    Fraction(22, 1)
    """
    best: dict[int, Fraction] = {0: Fraction(0)}
    for weight in weights:
        longer: dict[int, Fraction] = {}
        for held, value in best.items():
            for a, u in enumerate(utility[: total - held + 1]):
                worth = value + weight * u
                if held + a not in longer or worth > longer[held + a]:
                    longer[held + a] = worth
        best = longer
    if total not in best:
        raise InputError(f"{len(weights)} buyers cannot hold {total} steps")
    return best[total]
