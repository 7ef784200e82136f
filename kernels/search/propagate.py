"""Propagation in a network of pairwise constraints: domains are bit sets, a fixed variable cuts its neighbours' domains."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, lowest_bit, popcount
from collude.kernels.search.residues import times
from collude.kernels.tables import NONE, ONE

VALUES, WORDS, FIRST_WORD, FIRST_VALUE, FIRST_KIN, SHAPE = range(6)
LEVEL, TRAIL, OPEN, PROBE, NODES, SOLUTIONS, LISTED, BOUND, BEST_VALUE, DESCEND, HAS_BEST, HEAD = range(12)


class Net(NamedTuple):
    """A search problem. V variables, E directed edges, C clauses; domains are bit sets over each variable's values.

    Words of variable x start at shape[x, FIRST_WORD] of a domain array; with one word each, that is x. Edge e of x leads to
    y = edges[e, 0]; the values of y which value a of x allows are the words of `masks` at edges[e, 1] + a * words of y.
    A clause holds iff one of its groups does; a group iff all its literals do; a literal iff its variable has a value in
    a set: clause c has the groups clauses[c] to clauses[c + 1], group g the literals groups[g] to groups[g + 1], and
    literal l asks variable literals[l, 0] for a value in the set that starts at literals[l, 1] of `sets`.
    """

    shape: np.ndarray  # (V, SHAPE) int64: number of values, of words, first word, first row of keys, first word of kin
    domain: np.ndarray  # (D,) uint64: initial domains
    edge_start: np.ndarray  # (V + 1,) uint64
    edges: np.ndarray  # (E, 2) uint32
    masks: np.ndarray  # (L,) uint64
    keys: np.ndarray  # (N, 2) uint64: two residues modulo 2^61 - 1 of each value, not 0
    weight: np.ndarray  # (N,) int64: worth of each value, falling; empty without an objective
    kin: np.ndarray  # (words,) uint64: per value the values counted as the same; empty if all are told apart
    clauses: np.ndarray  # (C + 1,) int64
    groups: np.ndarray  # (groups + 1,) int64
    literals: np.ndarray  # (literals, 2) int64
    sets: np.ndarray  # (words,) uint64


class State(NamedTuple):
    """Where a search is; all arrays are written in place. B solutions fit into `listed`; width: words of a domain."""

    domain: np.ndarray  # (D,) uint64
    size: np.ndarray  # (V,) int32: values left
    trail: np.ndarray  # (T, 2 + width) uint64: variable, its size and words before; T = sum of the numbers of values
    queue: np.ndarray  # (2 V + most values,) int32: variables to propagate, a ring; a flag per variable; scratch
    levels: np.ndarray  # (2 V + 1, 6 + width) uint64: variable, trail, open, bound, two products before it; values left
    head: np.ndarray  # (HEAD,) int64: counters, see the names above
    sums: np.ndarray  # (4,) uint64: products of the keys of the fixed variables; their sums over the solutions
    used: np.ndarray  # (D,) uint64: values that occur in solutions; empty if nobody asks
    watch: np.ndarray  # (C,) int64: a group of each clause that could hold when it was last looked at
    listed: np.ndarray  # (B, V) int32


@inlined
def low_value(words, first, count):
    """Smallest value in the set of `count` words from words[first] on; -1 if it is empty."""
    for w in range(count):
        if words[first + w] != NONE:
            return (w << 6) + lowest_bit(words[first + w])
    return -1


@inlined
def drain(queue, at, waiting, variables):
    """Empty the queue after a failure."""
    for step in range(waiting):
        queue[variables + queue[(at + step) % variables]] = 0


@inlined
def propagate_narrow(net, state, limit, waiting):
    """Propagate the first `waiting` variables of the queue to the fixed point; False if a domain becomes empty.

    A variable cuts its neighbours' domains to what the union of its values allows, as soon as at most `limit` values are
    left; 1 is forward checking. This one is for bit sets of one word. Cost: one AND per edge of each variable that
    becomes fixed, more with a larger limit.
    """
    domain, size, trail, queue, masks = state.domain, state.size, state.trail, state.queue, net.masks
    variables = size.shape[0]
    top, left, bound = np.uint64(state.head[TRAIL]), state.head[OPEN], state.head[BOUND]
    weighted = net.weight.size > 0
    at, alive = 0, True
    while waiting > 0 and alive:
        x = np.uint64(queue[at])
        at = at + 1 if at + 1 < variables else 0
        waiting -= 1
        queue[variables + np.int64(x)] = 0
        word = domain[x]
        value, rest = np.uint64(lowest_bit(word)), word & (word - ONE)
        for e in range(net.edge_start[x], net.edge_start[x + ONE]):
            y, base = np.uint64(net.edges[e, 0]), np.uint64(net.edges[e, 1])
            old = domain[y]
            allowed = masks[base + value]
            more = rest
            while more != NONE:
                allowed |= masks[base + np.uint64(lowest_bit(more))]
                more &= more - ONE
            new = old & allowed
            if new == old:
                continue
            if new == NONE:
                alive = False
                break
            trail[top, 0], trail[top, 1], trail[top, 2] = y, np.uint64(size[y]), old
            top += ONE
            domain[y] = new
            kept = np.int32(popcount(new))
            size[y] = kept
            if weighted or kept == 1:
                row = net.shape[y, FIRST_VALUE]
                if weighted:
                    bound += net.weight[row + lowest_bit(new)] - net.weight[row + lowest_bit(old)]
                if kept == 1:
                    left -= 1
                    state.sums[0] = times(state.sums[0], net.keys[row + lowest_bit(new), 0])
                    state.sums[1] = times(state.sums[1], net.keys[row + lowest_bit(new), 1])
            if kept <= limit and queue[variables + np.int64(y)] == 0:
                queue[variables + np.int64(y)] = 1
                end = at + waiting
                queue[end if end < variables else end - variables] = y
                waiting += 1
    state.head[TRAIL], state.head[OPEN], state.head[BOUND] = np.int64(top), left, bound
    if not alive:
        drain(queue, at, waiting, variables)
    return alive


@inlined
def list_members(domain, first, words, members, start):
    """Write the values in a set into `members` from position `start` on; returns their number."""
    count = 0
    for w in range(words):
        word = domain[first + w]
        while word != NONE:
            members[start + count] = (w << 6) + lowest_bit(word)
            count += 1
            word &= word - ONE
    return count


@inlined
def propagate_wide(net, state, limit, waiting):
    """As `propagate_narrow` for bit sets of any width."""
    domain, size, trail, queue, masks, shape = state.domain, state.size, state.trail, state.queue, net.masks, net.shape
    variables = size.shape[0]
    scratch = 2 * variables
    top, at, alive = state.head[TRAIL], 0, True
    weighted = net.weight.size > 0
    while waiting > 0 and alive:
        x = queue[at]
        at = at + 1 if at + 1 < variables else 0
        waiting -= 1
        queue[variables + x] = 0
        count = list_members(domain, shape[x, FIRST_WORD], shape[x, WORDS], queue, scratch)
        for e in range(np.int64(net.edge_start[x]), np.int64(net.edge_start[x + 1])):
            y, base = np.int64(net.edges[e, 0]), np.int64(net.edges[e, 1])
            first, words, row = shape[y, FIRST_WORD], shape[y, WORDS], shape[y, FIRST_VALUE]
            low = low_value(domain, first, words) if weighted else 0
            kept, changed = np.int32(0), False
            for w in range(words):
                old = domain[first + w]
                trail[top, 2 + w] = old
                allowed = NONE
                if old != NONE:
                    for m in range(count):
                        allowed |= masks[base + queue[scratch + m] * words + w]
                        if old & ~allowed == NONE:
                            break
                changed |= old & ~allowed != NONE
                domain[first + w] = old & allowed
                kept += np.int32(popcount(old & allowed))
            if not changed:
                continue
            trail[top, 0], trail[top, 1] = np.uint64(y), np.uint64(size[y])
            top += 1
            size[y] = kept
            if kept == 0:
                alive = False
                break
            if kept == 1:
                value = low_value(domain, first, words)
                state.head[OPEN] -= 1
                state.sums[0] = times(state.sums[0], net.keys[row + value, 0])
                state.sums[1] = times(state.sums[1], net.keys[row + value, 1])
            if weighted:
                state.head[BOUND] += net.weight[row + low_value(domain, first, words)] - net.weight[row + low]
            if kept <= limit and queue[variables + y] == 0:
                queue[variables + y] = 1
                end = at + waiting
                queue[end if end < variables else end - variables] = y
                waiting += 1
    state.head[TRAIL] = top
    if not alive:
        drain(queue, at, waiting, variables)
    return alive


@inlined
def undo(shape, domain, size, trail, top, mark):
    """Restore the domains to what they were when the trail, now of length `top`, had length `mark`."""
    narrow = trail.shape[1] == 3
    while top > mark:
        top -= 1
        y = trail[top, 0]
        size[y] = np.int32(trail[top, 1])
        if narrow:
            domain[y] = trail[top, 2]
        else:
            for w in range(shape[y, WORDS]):
                domain[shape[y, FIRST_WORD] + w] = trail[top, 2 + w]


@inlined
def group_alive(net, domain, group):
    """True if every literal of a group can still hold; with all variables fixed: if the group holds. O(literals)."""
    for literal in range(net.groups[group], net.groups[group + 1]):
        x, place = net.literals[literal, 0], net.literals[literal, 1]
        possible = False
        for w in range(net.shape[x, WORDS]):
            if domain[net.shape[x, FIRST_WORD] + w] & net.sets[place + w] != NONE:
                possible = True
                break
        if not possible:
            return False
    return True


@inlined
def clauses_alive(net, state):
    """True if every clause can still hold; with all variables fixed: if all hold. O(1) per clause while none is cut."""
    for c in range(state.watch.shape[0]):
        if state.watch[c] < net.clauses[c + 1] and group_alive(net, state.domain, state.watch[c]):
            continue
        possible = False
        for group in range(net.clauses[c], net.clauses[c + 1]):
            if group_alive(net, state.domain, group):
                state.watch[c] = group
                possible = True
                break
        if not possible:
            return False
    return True
