"""Joint misreports as a constraint of a search: which outcomes at two profiles would let some coalition gain.

Values of a variable are compared as sets of bits: what an agent likes at least as much as an allocation, and what he likes more.
"""

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import IntArray, Span, Word, WordArray
from collude.kernels.search.pairs import Edges, Frame
from collude.kernels.tables import NONE, ONE

STRONG_PAIR, WEAK_PAIR, GRAND_PAIR = 0, 1, 2
RISES, SINKS, REFUSES, REFUSES_BACK = range(4)
ROOM = 1 << 20  # words that are kept


@jit
def _sort_allocations(frame: Frame, worth: IntArray, order: IntArray) -> None:
    """Write what types get from allocations, worth[i, k, c], and the allocations by falling worth, order[i, k]; insertion."""
    for i in range(frame.allocation.shape[0]):
        for k in range(frame.utility.shape[1]):
            for o in range(frame.allocation.shape[1]):
                worth[i, k, frame.allocation[i, o]] = frame.utility[i, k, o]
            for c in range(order.shape[2]):
                place = c
                while place > 0 and worth[i, k, order[i, k, place - 1]] < worth[i, k, c]:
                    order[i, k, place] = order[i, k, place - 1]
                    place -= 1
                order[i, k, place] = c


@jit
def _alike(frame: Frame) -> bool:
    """Tell whether value a means the same outcome at every profile."""
    for p in range(1, frame.option.shape[0]):
        if frame.values[frame.variable[p]] != frame.values[frame.variable[0]]:
            return False
        for a in range(frame.option.shape[1]):
            if frame.option[p, a] != frame.option[0, a]:
                return False
    return True


@jit
def _hold(frame: Frame, profile: int, agent: int, holders: WordArray) -> None:
    """Write the values of a profile's variable at which an agent has each allocation, holders[c], as bits."""
    for c in range(holders.shape[0]):
        for w in range(holders.shape[1]):
            holders[c, w] = NONE
    for b in range(frame.values[frame.variable[profile]]):
        holders[frame.allocation[agent, frame.option[profile, b]], b >> 6] |= ONE << np.uint64(b & 63)


@jit
def _climb(worth: IntArray, order: IntArray, holders: WordArray, weak: bool, liked: WordArray, start: int) -> None:
    """Write what a type thinks of each allocation, as sets of values: the four words named above, from `start` on."""
    width = holders.shape[1]
    for w in range(width):
        union, place = NONE, 0
        while place < order.shape[0]:
            higher, end = union, place
            while end < order.shape[0] and worth[order[end]] == worth[order[place]]:
                union |= holders[order[end], w]
                end += 1
            while place < end:
                at = start + 4 * (order[place] * width + w)
                liked[at + RISES], liked[at + SINKS] = higher, ~union
                liked[at + REFUSES] = ~higher if weak else ~union
                liked[at + REFUSES_BACK] = union if weak else higher
                place += 1


@inlined
def _forbid_half(
    frame: Frame,
    edges: Edges,
    ends: tuple[int, int, int, int],
    liked: WordArray,
    members: WordArray,
    sizes: tuple[int, int],
) -> None:
    """Clear the rows of one mask.

    ends: the profile whose values are rows, the one whose values are bits, base of the mask, where `liked` starts for the
    latter. members: who counts, and where `liked` has what his two types think. sizes: how many of them must agree, the first
    ones, and how many there are.
    """
    one, other, base, start = ends
    liars, count = sizes
    x, y = frame.variable[one], frame.variable[other]
    words, step = frame.words[y], np.uint64(4 * ((frame.option.shape[1] + 63) >> 6))
    for a in range(frame.values[x]):
        outcome = np.uint64(frame.option[one, a])
        for w in range(words):
            refuse, rise, refuse_back, rise_back = NONE, NONE, NONE, NONE
            for m in range(count):
                place = np.uint64(frame.allocation[members[m, 0], outcome]) * step + np.uint64(start + 4 * w)
                here, there = members[m, 1] + place, members[m, 2] + place
                rise |= liked[here + np.uint64(RISES)]
                rise_back |= liked[there + np.uint64(SINKS)]
                if m < liars:
                    refuse |= liked[here + np.uint64(REFUSES)]
                    refuse_back |= liked[there + np.uint64(REFUSES_BACK)]
            wrong = (rise & ~refuse) | (rise_back & ~refuse_back)
            last = frame.values[y] - (w << 6)
            if last < 64:
                wrong &= (ONE << np.uint64(last)) - ONE
            if x != y:
                edges.masks[base + a * words + w] &= ~wrong
            elif a >> 6 == w:
                edges.domain[frame.first[x] + w] &= ~(wrong & (ONE << np.uint64(a & 63)))


@jit
def forbid_upsets(frame: Frame, edges: Edges, rule: int, largest: int, span: Span) -> None:
    """Forbid the pairs of outcomes at which some coalition gains by a joint misreport.

    Parameters
    ----------
    frame : Frame
        What the values of the variables mean.
    edges : Edges
        Pairs of profiles, masks and domains; the last two are cleared in place.
    rule : int
        STRONG_PAIR: all who lie weakly gain and somebody strictly, perhaps a truthful agent who joins them. WEAK_PAIR: all who
        lie strictly gain. GRAND_PAIR: all agents together.
    largest : int
        Most members of a coalition.
    span : Span
        Half-open range of the pairs.

    Notes
    -----
    Cost: n A words of A bits per pair, and n (A + C) steps, with C allocations of an agent, on which alone his utility depends.
    As adding an indifferent truthful agent is harmless, a violation is a condition on two profiles.

    References
    ----------
    Hagen (2020), chapter 3; see docs/references.md.

    Examples
    --------
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> forbid_upsets(frame, edges, STRONG_PAIR, 1, (0, 1))
    >>> edges.masks.tolist()  # outcome 1 at the first profile does not go with outcome 0 at the second
    [3, 2, 1, 3]
    """
    n, types, profiles = frame.type_indices.shape[1], frame.utility.shape[1], frame.option.shape[0]
    allocations, words = frame.allocation.max() + 1, (frame.option.shape[1] + 63) >> 6
    worth, order = np.zeros((n, types, allocations), np.int64), np.zeros((n, types, allocations), np.int64)
    _sort_allocations(frame, worth, order)
    holders, each = np.empty((allocations, words), np.uint64), 4 * allocations * words
    alike = _alike(frame)
    kept = alike or profiles * n * types * each <= ROOM
    slots = profiles if kept and not alike else 1
    liked = np.empty(slots * n * types * each, np.uint64)
    for p in range(slots if kept else 0):
        for i in range(n):
            _hold(frame, p, i, holders)
            for k in range(types):
                start = ((p * n + i) * types + k) * each
                _climb(worth[i, k], order[i, k], holders, rule == WEAK_PAIR, liked, start)
    members, joined = np.empty((n, 3), np.uint64), rule == STRONG_PAIR and largest > 1
    for pair in range(span[0], span[1]):
        one, other, base = edges.one[pair], edges.other[pair], edges.forth[pair]
        liars, first_honest = 0, n
        for i in range(n):
            here, there = frame.type_indices[one, i], frame.type_indices[other, i]
            if here != there or rule == GRAND_PAIR:
                m = liars
                liars += 1
            elif joined:
                first_honest -= 1
                m = first_honest
            else:
                continue
            members[m, 0] = i
            members[m, 1], members[m, 2] = (i * types + here) * each, (i * types + there) * each
        if liars > largest:
            continue
        count = n if joined and liars < largest else liars
        for half in range(1 if frame.variable[one] == frame.variable[other] else 2):
            if half == 1:
                one, other, base = other, one, edges.back[pair]
                for m in range(count):
                    members[m, 1], members[m, 2] = members[m, 2], members[m, 1]
            for m in range(0 if kept else count):
                agent: Word = np.int64(members[m, 0])
                _hold(frame, other, agent, holders)
                for k in (frame.type_indices[one, agent], frame.type_indices[other, agent]):
                    place = (agent * types + k) * each
                    _climb(worth[agent, k], order[agent, k], holders, rule == WEAK_PAIR, liked, place)
            start = other * n * types * each if slots > 1 else 0
            _forbid_half(frame, edges, (one, other, base, start), liked, members, (liars, count))
