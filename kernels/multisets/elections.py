"""Elections over multisets of ballots: what free voters can reach, and which situations some coalition can manipulate.

A *level* k holds the multisets of k ballots out of K, in the order of their ranks. A *run* is a stretch of ranks that
differ in the first two counts only (there are at least two kinds of ballots); what one more ballot leads to is then K
stretches of the next level, one per ballot.
"""

import numpy as np

from collude.kernels._jit import jit, least_bytes
from collude.kernels.arrays import ByteArray, IntArray, Word, WordArray
from collude.kernels.multisets.weights import plus_modulo, times_modulo

UNREACHABLE = 255
BYTE = np.uint64(UNREACHABLE)
ALL_ONE = np.uint64(0x0101010101010101)
ALL_FAR = ALL_ONE * BYTE
ALMOST_FAR = ALL_FAR - ALL_ONE


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
    starts[1] = np.int64(own + moved + step)  # -1 wraps around: only what lies behind it is read


@jit
def score_situations(voters: Word, points: IntArray, winner: ByteArray) -> None:
    """Write who wins each situation under a scoring rule: most points, of several the alternative of the lowest number.

    Parameters
    ----------
    voters : int
        Number n of ballots.
    points : ndarray
        (K, m) int64, what a ballot gives to each alternative.
    winner : ndarray
        (M,) uint8 per multiset of n ballots, written.

    Notes
    -----
    Cost: m per situation, and m K per run.
    """
    types, alternatives = points.shape
    sums = np.zeros(types + 1, np.int64)
    sums[types] = voters
    scores = np.empty(alternatives, np.int64)
    at = 0
    while True:
        scores[:] = 0
        for t in range(1, types):
            for x in range(alternatives):
                scores[x] += (sums[t + 1] - (sums[t] if t > 1 else 0)) * points[t, x]
        for _ in range(sums[2] + 1):
            best = 0
            for x in range(1, alternatives):
                if scores[x] > scores[best]:
                    best = x
            winner[at] = best
            at += 1
            for x in range(alternatives):
                scores[x] += points[0, x] - points[1, x]
        if not _next_run(sums):
            break


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
    starts = np.empty(types + 1, np.uint64)
    while True:
        _starts(sums, 1, table, starts)
        own, first, second = starts[0], starts[1], starts[2]
        for j in range(sums[2] + 1):
            step = np.uint64(j)
            union = above[first + step] | above[second + step]
            for t in range(3, types + 1):
                union |= above[starts[t] + step]
            reach[own + step] = union
        if not _next_run(sums):
            break


@jit
def fold_distances(
    level: Word,
    reach: ByteArray,
    below: WordArray,
    spared: WordArray,
    missed: WordArray,
    table: IntArray,
    distance: WordArray,
) -> None:
    """Write the fewest ballots of some kinds that must be taken from a multiset before the others can make y win.

    There is a y and there are kinds of ballots for each of several pairs, eight pairs to a word, one byte each.

    Parameters
    ----------
    level : int
        Number of ballots k.
    reach : ndarray
        uint8 per multiset of k ballots, a bit set of alternatives.
    below : ndarray
        (N, P) uint64 per multiset of k - 1 ballots, the same distances.
    spared : ndarray
        (K, P) uint64: for each kind of ballots 255 for the pairs for which it cannot be taken, else 0.
    missed : ndarray
        (256, P) uint64: for each bit set of alternatives 0 for the pairs whose y is in it, else 255.
    table : ndarray
        `rank_table`.
    distance : ndarray
        (M, P) uint64 per multiset of k ballots, written, UNREACHABLE where nothing helps.

    Notes
    -----
    Cost: one operation on bytes per kind, word and multiset.
    """
    types, words = table.shape[0] - 1, distance.shape[1]
    sums = np.zeros(types + 1, np.int64)
    sums[types] = level
    starts, begin = np.empty(types + 1, np.uint64), np.empty(types, np.uint64)
    bars = np.empty((words, types), np.uint64)
    while True:
        _starts(sums, -1, table, starts)
        own, first, second, last, number = starts[0], starts[1], starts[2], sums[2], 0
        for t in range(3, types + 1):
            if sums[t] > sums[t - 1]:
                begin[number] = starts[t]
                for w in range(words):
                    bars[w, number] = spared[t - 1, w]
                number += 1
        for w in range(words):
            word = np.uint64(w)
            for j in range(last + 1):
                step, least = np.uint64(j), ALL_FAR
                if j > 0:
                    least = below[first + step, word] | spared[0, w]
                if j < last:
                    least = least_bytes(least, below[second + step, word] | spared[1, w])
                for x in range(number):
                    least = least_bytes(least, below[begin[x] + step, word] | bars[w, x])
                one_more = least_bytes(least, ALMOST_FAR) + ALL_ONE
                distance[own + step, word] = one_more & missed[reach[own + step], word]
        if not _next_run(sums):
            break


@jit
def least_distances(winner: ByteArray, distance: WordArray, pairs: WordArray, smallest: ByteArray) -> None:
    """Write the size of the smallest coalition that can manipulate each situation, 0 where there is none.

    Parameters
    ----------
    winner : ndarray
        (M,) uint8, the alternative of each situation.
    distance : ndarray
        (M, P) uint64, written by `fold_distances` for all ballots.
    pairs : ndarray
        (m, P) uint64: for each alternative 0 for the pairs of it and another y, else 255.
    smallest : ndarray
        (M,) uint8, written.

    Notes
    -----
    Cost: eight steps per word and situation.
    """
    for q in range(len(winner)):
        least = ALL_FAR
        for w in range(distance.shape[1]):
            least = least_bytes(least, distance[q, w] | pairs[winner[q], w])
        size = least & BYTE
        for x in range(1, 8):
            size = min(size, (least >> np.uint64(8 * x)) & BYTE)
        smallest[q] = size if size < BYTE else 0


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
