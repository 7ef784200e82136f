"""Bribes: one agent misreports because he gains, or because another gains more than he loses."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import advance, decode, gain


@jit
def count_bribes(table, span, notes):
    """Bribes among the profiles span[0]..span[1] (half-open): (profile, i, report k of i, j) such that i gains (j = i), or
    i and j gain in all (j != i).

    notes: (1, 6) int64, gets (gain, agents involved, profile, i, j, k) of the most profitable one; ties: the lone agent,
    then lower agents, then lower profile, i, k; start it with -1. Returns (how many, the lowest profile or P). Cost: n^2 K
    per profile. Source: Hagen, Definition 2.9.
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
def _keep_bribe(note, bribe):
    """Replace the bribe that is kept by a better one."""
    total, profile, i, j, k = bribe
    if total < note[0]:
        return
    size = 1 if i == j else 2
    new = (-total, size, min(i, j), max(i, j), profile, i, k)
    old = (-note[0], note[1], min(note[3], note[4]), max(note[3], note[4]), note[2], note[3], note[5])
    if note[0] < 0 or new < old:
        note[0], note[1], note[2], note[3], note[4], note[5] = total, size, profile, i, j, k
