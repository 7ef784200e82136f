"""Bribes: one agent misreports because he gains, or because another gains more than he loses."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Span, Word
from collude.kernels.tables import Table, advance, decode, gain


@jit
def count_bribes(table: Table, span: Span, notes: IntArray) -> tuple[int, int]:
    """Count the bribes: one agent misreports because he gains by it, or because another agent gains more than he loses.

    Parameters
    ----------
    table : Table
        The mechanism.
    span : Span
        Half-open span of profiles.
    notes : IntArray
        (1, 6) int64, -1 everywhere at the start, updated: gain, agents involved, profile, i, j, k of the most profitable
        bribe; among equals the lone agent, then lower agents, then lower profile, i, k.

    Returns
    -------
    tuple[int, int]
        How many (profile, i, report k of i, j) there are such that i gains (j = i) or i and j gain in all (j != i), and the
        lowest profile with one, or P.

    Notes
    -----
    Cost: n^2 K per profile.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.9; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> notes = np.full((1, 6), -1)
    >>> count, lowest = count_bribes(table, (0, 2), notes)
    >>> int(count), int(lowest), notes[0].tolist()
    (1, 0, [5, 1, 0, 0, 0, 1])
    """
    n = table.sizes.shape[0]
    types = np.zeros(n, np.int64)
    decode(span[0], table.sizes, types)
    count, lowest = 0, table.outcome.shape[0]
    for profile in range(span[0], span[1]):
        before = table.outcome[profile]
        stride = 1
        for i in range(n - 1, -1, -1):
            for k in range(table.sizes[i]):
                after = table.outcome[profile + (k - types[i]) * stride]
                if after == before:
                    continue
                own = gain(table, i, types[i], before, after)
                for j in range(n):
                    total = own if j == i else own + gain(table, j, types[j], before, after)
                    if total > table.tolerance:
                        count += 1
                        lowest = min(lowest, profile)
                        _keep_bribe(notes[0], (total, profile, i, j, k))
            stride *= table.sizes[i]
        advance(types, table.sizes)
    return count, lowest


@jit
def _keep_bribe(note: IntArray, bribe: tuple[Word, Word, Word, Word, Word]) -> None:
    """Replace the bribe that is kept by a better one."""
    total, profile, i, j, k = bribe
    if total < note[0]:
        return
    size = 1 if i == j else 2
    new = (-total, size, min(i, j), max(i, j), profile, i, k)
    old = (-note[0], note[1], min(note[3], note[4]), max(note[3], note[4]), note[2], note[3], note[5])
    if note[0] < 0 or new < old:
        note[0], note[1], note[2], note[3], note[4], note[5] = total, size, profile, i, j, k
