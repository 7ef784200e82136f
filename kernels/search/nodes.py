"""Nodes of the search tree: what is booked at a solution, how a level is opened, which node comes next."""

import numpy as np

from collude.kernels._jit import inlined, lowest_bit
from collude.kernels.search.choice import assign, choose_variable
from collude.kernels.search.clauses import clauses_alive
from collude.kernels.search.network import (
    BEST,
    BEST_VALUE,
    BOUND,
    DESCEND,
    DONE,
    FIRST,
    FIRST_KIN,
    FIRST_WORD,
    FOUND,
    FULL,
    HAS_BEST,
    LEFT,
    LEVEL,
    LIST,
    LISTED,
    NODES,
    OPEN,
    PROBE,
    SOLUTIONS,
    TRAIL,
    WORDS,
    Net,
    Propagation,
    State,
)
from collude.kernels.search.propagate import low_value, undo
from collude.kernels.search.residues import plus
from collude.kernels.tables import NONE, ONE


@inlined
def book_solution(net: Net, state: State, mode: int) -> int:
    """Book a solution: count it, add its product of keys to the sums, and list it if there is room.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, all variables fixed; written in place.
    mode : int
        FIRST, COUNT, LIST or BEST.

    Returns
    -------
    int
        FOUND if the search is over, FULL if `listed` must be emptied first, DONE to go on.

    Notes
    -----
    Cost: V steps while there is room in `listed`; the words of the domains where they are noted in `used`.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> state.domain[:] = [1, 2]
    >>> book_solution(example_net(), state, FIRST) == FOUND, state.listed.tolist()
    (True, [[0, 1]])
    """
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
def visit(net: Net, state: State, mode: int) -> int:
    """Look at a node of the search tree: book it if it is a solution, open a level of branches below it if not.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, its domains a fixed point; written in place.
    mode : int
        FIRST, COUNT, LIST or BEST.

    Returns
    -------
    int
        As `book_solution`; DONE where there is nothing to book.

    Notes
    -----
    Cost: the clauses, and V steps to choose a variable.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.dfs import restart
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import COUNT, fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> restart(example_net(), state, np.zeros((0, 2), np.int64), 1, True)
    True
    >>> visit(example_net(), state, COUNT) == DONE, int(state.head[LEVEL])
    (True, 1)
    """
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
def try_next(net: Net, state: State, limit: int, propagate: Propagation) -> bool:
    """Go to the next node: take the next value at the deepest level of the tree that has one left.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, written in place.
    limit : int
        Domains of at most so many values are propagated.
    propagate : callable
        `propagate_narrow` or `propagate_wide`.

    Returns
    -------
    bool
        False when the tree is exhausted.

    Notes
    -----
    Cost: undoing what the last value has changed, and one propagation.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.dfs import restart
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import COUNT, fresh_state
    >>> from collude.kernels.search.propagate import propagate_narrow
    >>> state = fresh_state(example_net(), 1, False)
    >>> restart(example_net(), state, np.zeros((0, 2), np.int64), 1, True)
    True
    >>> visit(example_net(), state, COUNT) == DONE, try_next(example_net(), state, 1, propagate_narrow)
    (True, True)
    >>> state.domain.tolist()
    [1, 2]
    """
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
