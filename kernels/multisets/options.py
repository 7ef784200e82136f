"""What coalitions get and can get: the bundles of shares that c members receive when o others report, for all (o, c).

A mechanism that treats agents alike gives everybody who reports type t at the multiset q of reports the same *share*, a
number. The *truth* of a coalition c beside o is the share of each of its types at o + c. Its *option* is the multiset of
its members' shares; what a coalition can reach beside o is the set of the options of all multisets of as many reports.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import HalfArray, IntArray, ShortArray, Word, WordArray


class Blocks(NamedTuple):
    """All coalitions of one size beside a stretch of multisets of outsiders.

    groups : (C, K) int64, the coalitions as counts of types. truth : (C, B) uint16, which of its truths each coalition has
    beside each of the B multisets of outsiders. starts : (C + 1,) int64, the truths of coalition c are rows
    starts[c] .. starts[c + 1] - 1. truths : (T, K) int32, the share of each type, -1 for types without member. option :
    (T,) int32, the option of each truth. place : (B,) int32, which of the Q reachable sets is that beside each multiset of
    outsiders. reach : (Q, W) uint64, different bit sets of options.
    """

    groups: IntArray
    truth: HalfArray
    starts: IntArray
    truths: ShortArray
    option: ShortArray
    place: ShortArray
    reach: WordArray


class Outsiders(NamedTuple):
    """Multisets of outsiders, each of a lower half (the first h types) and an upper one, so that ranks are sums of two terms.

    lower : (L, h) int32, the partial sums S_1 .. S_(h-1) of each lower half, and the largest i at which they differ from
    the row before. upper : (U, K - h + 1) int32, the same of S_h .. S_(K-1). starts : (U + 1,) int64, multisets
    starts[u] .. starts[u + 1] - 1 have upper half u. first : (U,) int64, the lower half of the first of them; those of the
    others follow.
    """

    lower: ShortArray
    upper: ShortArray
    starts: IntArray
    first: IntArray


class Options(NamedTuple):
    """The options of a block: option x is counts[x, d] times the share shares[x, d], for d < width[x].

    shares : (N, D) int32. counts : (N, D) int64. width : (N,) int64.
    """

    shares: ShortArray
    counts: IntArray
    width: IntArray


@jit
def merge_rows(share: ShortArray, states: ShortArray, state: ShortArray) -> Word:
    """Find few rows that agree with every row of a table wherever that is not -1.

    Parameters
    ----------
    share : ndarray
        (M, K) int32, the table.
    states : ndarray
        (S, K) int32, written: the rows found.
    state : ndarray
        (M,) int32, written: for each row of the table one that agrees with it.

    Returns
    -------
    int
        How many rows were found, or -1 if S are not enough.

    Notes
    -----
    First fit; cost: at most S K per row of the table, far less where neighbours agree.
    """
    count, last = 0, 0
    for q in range(share.shape[0]):
        found = -1
        for x in range(-1, count):
            candidate = last if x < 0 else x
            if candidate >= count:
                continue
            fits = True
            for t in range(share.shape[1]):
                if share[q, t] >= 0 and states[candidate, t] >= 0 and share[q, t] != states[candidate, t]:
                    fits = False
                    break
            if fits:
                found = candidate
                break
        if found < 0:
            if count == states.shape[0]:
                return -1
            found = count
            states[found] = -1
            count += 1
        for t in range(share.shape[1]):
            if share[q, t] >= 0:
                states[found, t] = share[q, t]
        state[q] = last = found
    return count


@jit
def _truth_number(
    shares: ShortArray, group: IntArray, truths: ShortArray, start: Word, count: Word, slots: ShortArray
) -> Word:
    """The number of a coalition's truth, which is appended to `truths` as number `count` if it is a new one."""
    value = np.uint64(1469598103934665603)
    for t in range(len(group)):
        if group[t]:
            value = (value ^ np.uint64(shares[t])) * np.uint64(1099511628211)
            value ^= value >> np.uint64(29)
    mask = np.uint64(len(slots) - 1)
    place = value & mask
    while slots[place] >= start:
        row = slots[place]
        same = True
        for t in range(len(group)):
            if group[t] and truths[row, t] != shares[t]:
                same = False
                break
        if same:
            return row
        place = (place + np.uint64(1)) & mask
    slots[place] = count
    for t in range(len(group)):
        truths[count, t] = shares[t] if group[t] else -1
    return np.int64(count)


@jit
def _fill_terms(sums: ShortArray, lowest: Word, shifted: IntArray, ahead: IntArray, terms: IntArray) -> None:
    """Write what some partial sums, from S_lowest on, add to ranks: row by row (rows as in `Outsiders`) the sum of the
    entries of `shifted`; ahead : overwritten."""
    top = lowest + sums.shape[1] - 2
    ahead[top + 1] = 0
    for row in range(sums.shape[0]):
        for i in range(sums[row, top + 1 - lowest] if row else top, lowest - 1, -1):
            ahead[i] = ahead[i + 1] + shifted[i, sums[row, i - lowest]]
        terms[row] = ahead[lowest]


@jit
def list_truths(
    profiles: tuple[ShortArray, ...],
    table: IntArray,
    groups: IntArray,
    outsiders: Outsiders,
    index: HalfArray,
    starts: IntArray,
    truths: ShortArray,
    slots: ShortArray,
) -> Word:
    """Number the truths of each coalition beside each multiset of outsiders, in the order in which they appear.

    Parameters
    ----------
    profiles : tuple of ndarray
        (state, states, place): state (M,) int32, for the multiset of reports of each rank a row of states (S, K) int32, the
        share of each report there; place (S,) int32, all -1 at first.
    table, groups : ndarray
        `rank_table`; (C, K) int64, the coalitions.
    outsiders : Outsiders
        B multisets, at most 65,535.
    index, starts, truths : ndarray
        (C, B) uint16, (C + 1,) int64 and (T, K) int32, written as `truth`, `starts` and `truths` of `Blocks`; starts[0] says
        how many truths there are when called.
    slots : ndarray
        (2^x,) int32 with at least 2 B places, all -1 at first.

    Returns
    -------
    int
        How many coalitions are done: fewer than C if `truths` is too short for the next one.

    Notes
    -----
    Cost: about 2 per pair, and L + U per coalition.
    """
    state, states, place = profiles
    types, half, width = groups.shape[1], outsiders.lower.shape[1], index.shape[1]
    ahead = np.zeros(types + 2, np.int64)
    shifted = np.zeros((types + 1, table.shape[1]), np.int64)
    lower, upper = np.empty(len(outsiders.lower), np.int64), np.empty(len(outsiders.upper), np.int64)
    for c in range(groups.shape[0]):
        count = start = starts[c]
        if count + width > truths.shape[0]:
            return c
        group = groups[c]
        total = 0
        for i in range(1, types):
            total += group[i - 1]
            for x in range(table.shape[1] - total):
                shifted[i, x] = table[i, x + total]
        _fill_terms(outsiders.lower, 1, shifted, ahead, lower)
        _fill_terms(outsiders.upper, half, shifted, ahead, upper)
        for u in range(len(upper)):
            base, begin = upper[u], outsiders.starts[u]
            shift = outsiders.first[u] - begin
            for b in range(begin, outsiders.starts[u + 1]):
                x = state[base + lower[b + shift]]
                row = place[x]
                if row < start:
                    row = _truth_number(states[x], group, truths, start, count, slots)
                    place[x] = row
                    count = max(count, row + 1)
                index[c, b] = row - start
        starts[c + 1] = count
    return groups.shape[0]


@jit
def pack_options(groups: IntArray, starts: IntArray, truths: ShortArray, packed: IntArray) -> None:
    """Write the option of each truth as a row: its distinct shares in increasing order with their numbers, then zeros.

    Parameters
    ----------
    groups, starts, truths : ndarray
        As in `Blocks`.
    packed : ndarray
        (T, K) int64, written: (share + 1) 2^16 + number.

    Notes
    -----
    Cost: K^2 per truth.
    """
    types = groups.shape[1]
    for c in range(groups.shape[0]):
        for row in range(starts[c], starts[c + 1]):
            used = 0
            for t in range(types):
                packed[row, t] = 0
            for t in range(types):
                if groups[c, t] == 0:
                    continue
                code = (np.int64(truths[row, t]) + 1) << 16
                at = 0
                while at < used and packed[row, at] >> 16 << 16 < code:
                    at += 1
                if at == used or packed[row, at] >> 16 << 16 != code:
                    for x in range(used, at, -1):
                        packed[row, x] = packed[row, x - 1]
                    packed[row, at] = code
                    used += 1
                packed[row, at] += groups[c, t]


@jit
def mark_reachable(index: HalfArray, starts: IntArray, option: ShortArray, reach: WordArray) -> None:
    """Write what every coalition of one size can reach: the options of all multisets of as many reports, beside each o.

    Parameters
    ----------
    index, starts, option : ndarray
        `truth`, `starts` and `option` of `Blocks`.
    reach : ndarray
        (B, W) uint64, written, all zero before: a bit set of options for each multiset of outsiders.

    Notes
    -----
    Cost: 1 per pair.
    """
    for c in range(index.shape[0]):
        start = starts[c]
        for b in range(index.shape[1]):
            x = np.uint64(option[start + index[c, b]])
            reach[b, x >> np.uint64(6)] |= np.uint64(1) << (x & np.uint64(63))
