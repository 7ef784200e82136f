"""Ranks of multisets: a multiset of k types out of K, as K counts, gets a number from 0 to C(k + K - 1, K - 1) - 1."""

from math import comb

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word


def multiset_count(members: int, types: int) -> int:
    """How many multisets of `members` types out of `types` different ones there are.

    Parameters
    ----------
    members : int
    types : int

    Returns
    -------
    int
        Exact, of any size.

    Examples
    --------
    >>> multiset_count(12, 10)
    293930
    """
    return comb(members + types - 1, types - 1)


def rank_table(members: int, types: int) -> IntArray:
    """The numbers C(S + i - 1, i) that ranks are sums of.

    Parameters
    ----------
    members : int
        Largest number of members n.
    types : int
        Number of types K.

    Returns
    -------
    ndarray
        (K + 1, n + 2) int64: entry (i, S) is C(S + i - 1, i); row 0 is 0.

    Raises
    ------
    OverflowError
        If a rank would not fit into int64.
    """
    rows = [[0] * (members + 2)] + [[comb(s + i - 1, i) for s in range(members + 2)] for i in range(1, types + 1)]
    return np.array(rows, np.int64)


@jit
def rank_of(counts: IntArray, table: IntArray) -> Word:
    """The rank of a multiset: with S_i the sum of its first i counts, sum over i < K of C(S_i + i - 1, i).

    Parameters
    ----------
    counts : ndarray
        (K,) int64, k members in all.
    table : ndarray
        `rank_table` of at least k members.

    Returns
    -------
    int
        From 0 to C(k + K - 1, K - 1) - 1.

    Notes
    -----
    Cost: K.

    References
    ----------
    Knuth (2011), The Art of Computer Programming 4A, section 7.2.1.3 (the combinatorial number system).
    """
    total, rank = 0, 0
    for i in range(len(counts) - 1):
        total += counts[i]
        rank += table[i + 1, total]
    return rank


@jit
def list_multisets(members: Word, types: Word, first: Word, counts: IntArray) -> None:
    """Write multisets in the order of their ranks; the last type changes slowest.

    Parameters
    ----------
    members : int
        How many, k.
    types : int
        Number of types K.
    first : int
        The rank of the first one; multiset 0 has all members of the last type.
    counts : ndarray
        (B, K) int64, written: the multisets of ranks first, first + 1, ...

    Notes
    -----
    Cost: K k for the first row, then about 2 per row.
    """
    sums = np.zeros(types + 1, np.int64)
    sums[types] = members
    rest = first
    for i in range(types - 1, 0, -1):
        total = 0
        value = 0
        while True:
            following = 1
            for x in range(1, i + 1):
                following = following * (total + x) // x
            if total >= members or following > rest:
                break
            total += 1
            value = following
        # value is C(total + i - 1, i): the largest one that is at most the rest
        sums[i] = total
        rest -= value
    for row in range(counts.shape[0]):
        for i in range(types):
            counts[row, i] = sums[i + 1] - sums[i]
        i = 1
        while i < types and sums[i] == sums[i + 1]:
            i += 1
        if i < types:
            sums[i] += 1
            for x in range(1, i):
                sums[x] = 0


def multisets(members: int, types: int, first: int = 0, last: int | None = None) -> IntArray:
    """The multisets of `members` types in the order of their ranks, as counts.

    Parameters
    ----------
    members : int
        How many.
    types : int
        Number of types K.
    first, last : int
        Half-open span of ranks; all by default.

    Returns
    -------
    ndarray
        (last - first, K) int64.

    Examples
    --------
    >>> multisets(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    stop = multiset_count(members, types) if last is None else last
    counts = np.empty((stop - first, types), np.int64)
    if stop > first:
        list_multisets(members, types, first, counts)
    return counts
