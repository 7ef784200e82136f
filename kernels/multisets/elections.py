"""Elections over multisets of ballots: what free voters can reach, and which situations some coalition can manipulate.

A *level* k holds the multisets of k ballots out of K, in the order of their ranks. A *run* is a stretch of ranks that
differ in the first two counts only (there are at least two kinds of ballots); what one more ballot leads to is then K
stretches of the next level, one per ballot.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import ByteArray, IntArray, Word, WordArray
from collude.kernels.multisets.weights import plus_modulo, times_modulo

UNREACHABLE = 255


@jit
def _next_run(sums: IntArray) -> bool:
    """Move the partial sums (K + 1,) of a run, sums[K] the level, to the next run; False after the last one."""
    types = len(sums) - 1
    i = 2
    while i < types and sums[i] == sums[i + 1]:
        i += 1
    if i >= types:
        return False
    sums[i] += 1
    for x in range(1, i):
        sums[x] = 0
    return True


@jit
def _starts(sums: IntArray, step: int, table: IntArray, starts: IntArray) -> None:
    """Write where a run (with S_1 = 0) begins: starts[0] in its own level, starts[t] with a ballot t more or less.

    step : 1 or -1. Entries of a ballot that cannot be taken away are meaningless; the caller skips them.
    """
    types = len(sums) - 1
    moved = 0
    own = 0
    for i in range(2, types):
        own += table[i, sums[i]]
    starts[0] = own
    starts[types] = own
    for t in range(types - 1, 1, -1):
        if sums[t] + step >= 0:
            moved += table[t, sums[t] + step] - table[t, sums[t]]
        starts[t] = own + moved
    starts[1] = own + moved + step


@jit
def fold_level(level: Word, above: ByteArray, table: IntArray, reach: ByteArray) -> None:
    """Write what some fixed ballots and free others can reach: the union over one more ballot of what that can reach.

    Parameters
    ----------
    level : int
        Number of fixed ballots k.
    above : ndarray
        uint8, per multiset of k + 1 ballots a bit set of alternatives.
    table : ndarray
        `rank_table`.
    reach : ndarray
        uint8, one entry per multiset of k ballots, written.

    Notes
    -----
    Cost: K byte operations per multiset.

    References
    ----------
    The taxation principle, coalition by coalition: what a coalition can reach is all that it can choose from.
    """
    types = table.shape[0] - 1
    sums = np.zeros(types + 1, np.int64)
    sums[types] = level
    starts = np.empty(types + 1, np.int64)
    while True:
        _starts(sums, 1, table, starts)
        own = starts[0]
        width = sums[2] + 1
        for j in range(width):
            reach[own + j] = above[starts[1] + j]
        for t in range(2, types + 1):
            start = starts[t]
            for j in range(width):
                reach[own + j] |= above[start + j]
        if not _next_run(sums):
            break


@jit
def fold_distances(
    level: Word, reach: ByteArray, below: ByteArray, pair: IntArray, table: IntArray, distance: ByteArray
) -> None:
    """Write the fewest ballots of some kinds that must be taken from a multiset before the others can make y win.

    Parameters
    ----------
    level : int
        Number of ballots k.
    reach : ndarray
        uint8 per multiset of k ballots, a bit set of alternatives.
    below : ndarray
        uint8 per multiset of k - 1 ballots, the same distances.
    pair : ndarray
        (2,) int64, the alternative y, and a bit set of the kinds of ballots that can be taken.
    table : ndarray
        `rank_table`.
    distance : ndarray
        uint8 per multiset of k ballots, written, UNREACHABLE where nothing helps.

    Notes
    -----
    Cost: one byte operation per kind and multiset.
    """
    types = table.shape[0] - 1
    sums = np.zeros(types + 1, np.int64)
    sums[types] = level
    starts = np.empty(types + 1, np.int64)
    bit = np.uint8(1 << pair[0])
    while True:
        _starts(sums, -1, table, starts)
        own = starts[0]
        last = sums[2]
        for j in range(last + 1):
            distance[own + j] = UNREACHABLE
        for t in range(1, types + 1):
            if (pair[1] >> (t - 1)) & 1 == 0 or (t > 2 and sums[t] == sums[t - 1]):
                continue
            lowest = 1 if t == 1 else 0
            stop = last if t == 2 else last + 1
            for j in range(lowest, stop):
                distance[own + j] = min(distance[own + j], below[starts[t] + j])
        for j in range(last + 1):
            if reach[own + j] & bit:
                distance[own + j] = 0
            elif distance[own + j] != UNREACHABLE:
                distance[own + j] += np.uint8(1)
        if not _next_run(sums):
            break


@jit
def _rank_without(sums: IntArray, taken: Word, table: IntArray) -> tuple[Word, ...]:
    """(rank, members) of a multiset without its ballots in the bit set `taken`; sums : (K + 1,) its partial sums."""
    total, rank = 0, 0
    types = len(sums) - 1
    for i in range(1, types):
        if (taken >> (i - 1)) & 1 == 0:
            total += sums[i] - sums[i - 1]
        rank += table[i, total]
    if (taken >> (types - 1)) & 1 == 0:
        total += sums[types] - sums[types - 1]
    return rank, total


@jit
def mark_manipulable(
    winner: ByteArray, reach: ByteArray, offsets: IntArray, prefers: IntArray, table: IntArray, smallest: ByteArray
) -> Word:
    """Mark each situation that some coalition can manipulate: 1 where all who prefer some y to the winner can make y win.

    Parameters
    ----------
    winner : ndarray
        (M,) uint8, the alternative of each multiset of n ballots.
    reach : ndarray
        uint8, all levels one after another, level k from offsets[k].
    offsets : ndarray
        (n + 1,) int64.
    prefers : ndarray
        (m, m) int64, entry (x, y) the bit set of the kinds of ballots in the coalition of x and y.
    table : ndarray
        `rank_table`.
    smallest : ndarray
        (M,) uint8, written: 1 or 0.

    Returns
    -------
    int
        How many are marked.

    Notes
    -----
    Cost: m K per situation.

    References
    ----------
    Lepelley and Mbih (1994), "The vulnerability of four social choice functions to coalitional manipulation of
    preferences", Social Choice and Welfare 11.
    """
    types = table.shape[0] - 1
    alternatives = len(prefers)
    sums = np.zeros(types + 1, np.int64)
    sums[types] = len(offsets) - 1
    count = 0
    at = 0
    while True:
        for j in range(sums[2] + 1):
            sums[1] = j
            x = winner[at]
            smallest[at] = 0
            for y in range(alternatives):
                if y == x or prefers[x, y] == 0:
                    continue
                rank, members = _rank_without(sums, prefers[x, y], table)
                if members < sums[types] and (reach[offsets[members] + rank] >> np.uint8(y)) & 1:
                    smallest[at] = 1
                    count += 1
                    break
            at += 1
        sums[1] = 0
        if not _next_run(sums):
            break
    return count


@jit
def tally_weights(
    smallest: ByteArray, table: IntArray, binomials: WordArray, moduli: WordArray, counts: IntArray, weights: WordArray
) -> None:
    """Count situations by the size of their smallest manipulating coalition, and the profiles that they stand for.

    Parameters
    ----------
    smallest : ndarray
        (M,) uint8 per multiset of n ballots.
    table : ndarray
        `rank_table`.
    binomials : ndarray
        (R, n + 1, n + 1) uint64, `binomial_residues`.
    moduli : ndarray
        (R,) uint64.
    counts : ndarray
        (256,) int64, added to: how many situations have each size.
    weights : ndarray
        (256, R) uint64, added to: the residues of the sum of n! / prod q_t!.

    Notes
    -----
    Cost: R per situation.
    """
    types = table.shape[0] - 1
    sums = np.zeros(types + 1, np.int64)
    sums[types] = binomials.shape[1] - 1
    at = 0
    while True:
        last = sums[2]
        for r in range(len(moduli)):
            outer = np.uint64(1)
            for i in range(2, types):
                outer = times_modulo(outer, binomials[r, sums[i + 1], sums[i]], moduli[r])
            for j in range(last + 1):
                value = times_modulo(outer, binomials[r, last, j], moduli[r])
                size = smallest[at + j]
                weights[size, r] = plus_modulo(weights[size, r], value, moduli[r])
        for j in range(last + 1):
            counts[smallest[at + j]] += 1
        at += last + 1
        if not _next_run(sums):
            break
