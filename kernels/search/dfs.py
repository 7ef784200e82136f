"""Depth-first search over bit-set domains: iterative, resumable, smallest domain first, without allocation."""

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit, popcount
from collude.kernels.search.propagate import (
    BEST_VALUE,
    BOUND,
    DESCEND,
    FIRST_KIN,
    FIRST_VALUE,
    FIRST_WORD,
    HAS_BEST,
    LEVEL,
    LISTED,
    NODES,
    OPEN,
    PROBE,
    SOLUTIONS,
    TRAIL,
    WORDS,
    clauses_alive,
    low_value,
    propagate_narrow,
    propagate_wide,
    undo,
)
from collude.kernels.search.residues import plus, times
from collude.kernels.tables import NONE, ONE

FIRST, COUNT, LIST, BEST = 0, 1, 2, 3
DONE, PAUSED, FULL, FOUND = 0, 1, 2, 3
LEFT = 6


def is_narrow(state):
    """True if every bit set has one word."""
    return state.trail.shape[1] == 3


@inlined
def all_kin(shape, domain, kin, x):
    """True if all values left of variable x count as the same one."""
    first, words = shape[x, FIRST_WORD], shape[x, WORDS]
    start = shape[x, FIRST_KIN] + low_value(domain, first, words) * words
    for w in range(words):
        if domain[first + w] & ~kin[start + w] != NONE:
            return False
    return True


@inlined
def choose_variable(shape, domain, size, kin, probing):
    """The variable with the fewest values left, but more than one; -1 if there is none. O(V).

    With `kin` and unless `probing`, only variables count whose values are not all the same.
    """
    best, fewest = -1, np.int32(2147483647)
    divide = kin.size > 0 and not probing
    for x in range(size.shape[0]):
        if 1 < size[x] < fewest and not (divide and all_kin(shape, domain, kin, x)):
            best, fewest = x, size[x]
            if fewest == 2:
                break
    return best


@inlined
def assign(net, state, x, value, whole):
    """Fix variable x to a value (`whole`: to what is left of the values that count as the same) and queue it."""
    first, words = net.shape[x, FIRST_WORD], net.shape[x, WORDS]
    top, row = state.head[TRAIL], net.shape[x, FIRST_VALUE]
    weighted = net.weight.size > 0
    if weighted:
        state.head[BOUND] -= net.weight[row + low_value(state.domain, first, words)]
    state.trail[top, 0], state.trail[top, 1] = np.uint64(x), np.uint64(state.size[x])
    state.head[TRAIL] = top + 1
    kept = np.int32(0)
    for w in range(words):
        old = state.domain[first + w]
        state.trail[top, 2 + w] = old
        if whole and net.kin.size > 0:
            new = old & net.kin[net.shape[x, FIRST_KIN] + value * words + w]
        else:
            new = ONE << np.uint64(value & 63) if w == value >> 6 else NONE
        state.domain[first + w] = new
        kept += np.int32(popcount(new))
    low = low_value(state.domain, first, words)
    if kept == 1 and state.size[x] > 1:
        state.head[OPEN] -= 1
        state.sums[0] = times(state.sums[0], net.keys[row + low, 0])
        state.sums[1] = times(state.sums[1], net.keys[row + low, 1])
    if weighted:
        state.head[BOUND] += net.weight[row + low]
    state.size[x] = kept
    state.queue[0] = x
    state.queue[state.size.shape[0] + x] = 1


@inlined
def restart_with(net, state, decisions, limit, settled, propagate):
    """`restart` with the propagation that fits the width of the bit sets."""
    variables = state.size.shape[0]
    for d in range(state.domain.shape[0]):
        state.domain[d] = net.domain[d]
    state.used[:] = NONE
    state.sums[:2] = ONE
    state.sums[2:] = NONE
    state.head[:] = 0
    state.head[PROBE] = -1
    state.head[OPEN] = variables
    state.head[DESCEND] = 1
    empty = False
    for x in range(variables):
        first, words = net.shape[x, FIRST_WORD], net.shape[x, WORDS]
        size = np.int32(0)
        for w in range(words):
            size += np.int32(popcount(state.domain[first + w]))
        state.size[x] = size
        state.queue[x] = x
        state.queue[variables + x] = 0 if settled else 1
        empty |= size == 0
        if size > 0:
            row = net.shape[x, FIRST_VALUE] + low_value(state.domain, first, words)
            if net.weight.size > 0:
                state.head[BOUND] += net.weight[row]
            if size == 1:
                state.head[OPEN] -= 1
                state.sums[0] = times(state.sums[0], net.keys[row, 0])
                state.sums[1] = times(state.sums[1], net.keys[row, 1])
    if empty:
        state.queue[variables : 2 * variables] = 0
        return False
    waiting = 0 if settled else variables
    for m in range(decisions.shape[0] + 1):
        if m > 0:
            assign(net, state, decisions[m - 1, 0], decisions[m - 1, 1], True)
            waiting = 1
        if not propagate(net, state, limit, waiting):
            return False
    return True


@jit
def restart_narrow(net, state, decisions, limit, settled):
    """`restart` for one word per bit set."""
    return restart_with(net, state, decisions, limit, settled, propagate_narrow)


@jit
def restart_wide(net, state, decisions, limit, settled):
    """`restart` for bit sets of any width."""
    return restart_with(net, state, decisions, limit, settled, propagate_wide)


def restart(net, state, decisions, limit, settled):
    """Reset the state, propagate, then fix decisions[:, 0] to the values decisions[:, 1]; False if impossible.

    decisions: (m, 2) int64. settled: the domains of `net` are a fixed point already, so that only what the decisions
    change is propagated. Solutions counted so far are forgotten too. Not a kernel itself: a search needs one width only,
    and each takes seconds to compile.
    """
    return (restart_narrow if is_narrow(state) else restart_wide)(net, state, decisions, limit, settled)


@jit
def branch_values(net, state, x, choices):
    """Write one value of x for each branch into `choices` (values of x,) int64; returns how many. Changes nothing."""
    count = 0
    words, first = net.shape[x, WORDS], net.shape[x, FIRST_WORD]
    for w in range(words):
        word = state.domain[first + w]
        while word != NONE:
            value = (w << 6) + lowest_bit(word)
            word &= word - ONE
            fresh = True
            if net.kin.size > 0:
                for c in range(count):
                    known = net.kin[net.shape[x, FIRST_KIN] + choices[c] * words + w]
                    if known & (ONE << np.uint64(value & 63)) != NONE:
                        fresh = False
                        break
            if fresh:
                choices[count] = value
                count += 1
    return count


@inlined
def book_solution(net, state, mode):
    """Book a solution. Returns FOUND, FULL or DONE, the last one for "go on"."""
    head = state.head
    if mode == BEST:
        head[BEST_VALUE] = head[BOUND]
        head[HAS_BEST] = 1
        head[LISTED] = 0
    head[SOLUTIONS] += 1
    state.sums[2] = plus(state.sums[2], state.sums[0])
    state.sums[3] = plus(state.sums[3], state.sums[1])
    for d in range(state.used.shape[0]):
        state.used[d] |= state.domain[d]
    if head[LISTED] < state.listed.shape[0]:
        for x in range(state.size.shape[0]):
            state.listed[head[LISTED], x] = low_value(state.domain, net.shape[x, FIRST_WORD], net.shape[x, WORDS])
        head[LISTED] += 1
    if mode == FIRST:
        return FOUND
    if mode == LIST and head[LISTED] == state.listed.shape[0]:
        return FULL
    return DONE


@inlined
def visit(net, state, mode):
    """Look at a consistent node: book it if it is a solution, branch if not. Returns what `book_solution` does."""
    head = state.head
    if mode == BEST and head[HAS_BEST] and head[BOUND] <= head[BEST_VALUE]:
        return DONE
    if not clauses_alive(net, state):
        return DONE
    if head[OPEN] == 0:
        status = book_solution(net, state, mode)
        if head[PROBE] >= 0:
            head[LEVEL] = head[PROBE]
            head[PROBE] = -1
        return status
    x = choose_variable(net.shape, state.domain, state.size, net.kin, head[PROBE] >= 0)
    if x < 0:
        head[PROBE] = head[LEVEL]
        x = choose_variable(net.shape, state.domain, state.size, net.kin, True)
    levels, top = state.levels, head[LEVEL]
    levels[top, 0], levels[top, 1], levels[top, 2] = np.uint64(x), np.uint64(head[TRAIL]), np.uint64(head[OPEN])
    levels[top, 3], levels[top, 4], levels[top, 5] = np.uint64(head[BOUND]), state.sums[0], state.sums[1]
    for w in range(net.shape[x, WORDS]):
        levels[top, LEFT + w] = state.domain[net.shape[x, FIRST_WORD] + w]
    head[LEVEL] += 1
    return DONE


@inlined
def try_next(net, state, limit, propagate):
    """Try the next value of the deepest level that has one left: True, or False when the tree is exhausted."""
    head, levels = state.head, state.levels
    while head[LEVEL] > 0:
        top = head[LEVEL] - 1
        undo(net.shape, state.domain, state.size, state.trail, head[TRAIL], np.int64(levels[top, 1]))
        x = np.int64(levels[top, 0])
        head[TRAIL], head[OPEN] = np.int64(levels[top, 1]), np.int64(levels[top, 2])
        head[BOUND] = np.int64(levels[top, 3])
        state.sums[0], state.sums[1] = levels[top, 4], levels[top, 5]
        words = net.shape[x, WORDS]
        value = -1
        for w in range(words):
            if levels[top, LEFT + w] != NONE:
                value = (w << 6) + lowest_bit(levels[top, LEFT + w])
                break
        if value < 0:
            head[LEVEL] -= 1
            if head[PROBE] == head[LEVEL]:
                head[PROBE] = -1
            continue
        whole = head[PROBE] < 0 and net.kin.size > 0
        for w in range(words):
            if whole:
                levels[top, LEFT + w] &= ~net.kin[net.shape[x, FIRST_KIN] + value * words + w]
            elif w == value >> 6:
                levels[top, LEFT + w] &= ~(ONE << np.uint64(value & 63))
        head[NODES] += 1
        assign(net, state, x, value, whole)
        head[DESCEND] = 1 if propagate(net, state, limit, 1) else 0
        return True
    return False


@inlined
def explore_with(net, state, mode, limit, budget, propagate):
    """`explore` with the propagation that fits the width of the bit sets."""
    stop = state.head[NODES] + budget
    while True:
        if state.head[DESCEND]:
            state.head[DESCEND] = 0
            status = visit(net, state, mode)
            if status != DONE:
                return status
        if state.head[NODES] >= stop:
            return PAUSED
        if not try_next(net, state, limit, propagate):
            return DONE


@jit
def explore_narrow(net, state, mode, limit, budget):
    """`explore` for one word per bit set."""
    return explore_with(net, state, mode, limit, budget, propagate_narrow)


@jit
def explore_wide(net, state, mode, limit, budget):
    """`explore` for bit sets of any width."""
    return explore_with(net, state, mode, limit, budget, propagate_wide)


def explore(net, state, mode, limit, budget):
    """Go on searching for at most `budget` nodes. Returns DONE, PAUSED, FULL (`listed` must be emptied) or FOUND.

    mode: FIRST stops at the first solution, COUNT counts (and lists the first ones), LIST lists all, BEST keeps the one
    of the largest weight. Call again with the same state to resume. Cost: per node the propagation and O(V).
    Source: design.md, section 4; forward checking as in Haralick and Elliott (1980).
    """
    return (explore_narrow if is_narrow(state) else explore_wide)(net, state, mode, limit, budget)
