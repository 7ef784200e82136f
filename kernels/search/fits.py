"""Mechanisms compared with tables of outcomes that go together: used to check what a search hands out."""

from collude.kernels._jit import jit
from collude.kernels.arrays import BoolArray, IntArray, ShortArray


@jit
def first_misfit(outcomes: ShortArray, places: IntArray, fits: BoolArray) -> int:
    """Find the first mechanism that has two outcomes which do not go together.

    Parameters
    ----------
    outcomes : ShortArray
        (m, P) int32: the outcome number of each profile, by mechanism.
    places : IntArray
        (pairs, 3) int64: the number of a table, and two profiles.
    fits : BoolArray
        (tables, R, R) bool: [t, a, b] tells whether outcome a at the first profile goes with b at the second.

    Returns
    -------
    int
        Row of the mechanism; -1 if there is none.

    Notes
    -----
    Cost: m times the pairs.

    Examples
    --------
    >>> import numpy as np
    >>> equal = np.eye(2, dtype=np.bool_)[None]
    >>> first_misfit(np.array([[0, 0], [0, 1]], np.int32), np.array([[0, 0, 1]]), equal)
    1
    """
    for row in range(outcomes.shape[0]):
        for pair in range(places.shape[0]):
            a, b = outcomes[row, places[pair, 1]], outcomes[row, places[pair, 2]]
            if not fits[places[pair, 0], a, b]:
                return row
    return -1
