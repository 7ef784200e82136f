"""Depth-first search over bit-set domains: iterative, resumable, smallest domain first, without allocation."""

import numpy as np

from collude.kernels._jit import inlined, jit, popcount
from collude.kernels.arrays import IntArray
from collude.kernels.search.choice import assign
from collude.kernels.search.network import (
    BOUND,
    DESCEND,
    DONE,
    FIRST_VALUE,
    FIRST_WORD,
    NODES,
    OPEN,
    PAUSED,
    PROBE,
    WORDS,
    Net,
    Propagation,
    State,
)
from collude.kernels.search.nodes import try_next, visit
from collude.kernels.search.propagate import low_value, propagate_narrow, propagate_wide
from collude.kernels.search.residues import times
from collude.kernels.tables import NONE, ONE


def is_narrow(state: State) -> bool:
    """Tell whether every bit set of a search has one word.

    Parameters
    ----------
    state : State
        Where the search is.

    Returns
    -------
    bool
        True if so.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> is_narrow(fresh_state(example_net(), 1, False))
    True
    """
    return state.trail.shape[1] == 3


@inlined
def restart_with(
    net: Net, state: State, decisions: IntArray, limit: int, settled: bool, propagate: Propagation
) -> bool:
    """Begin a search with the propagation that fits the width of the bit sets; see `restart`.

    Parameters
    ----------
    net, state, decisions, limit, settled
        As in `restart`.
    propagate : callable
        `propagate_narrow` or `propagate_wide`.

    Returns
    -------
    bool
        False if nothing is possible under the decisions.
    """
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
def restart_narrow(net: Net, state: State, decisions: IntArray, limit: int, settled: bool) -> bool:
    """Begin a search whose bit sets have one word each; see `restart`.

    Parameters
    ----------
    net, state, decisions, limit, settled
        As in `restart`.

    Returns
    -------
    bool
        False if nothing is possible under the decisions.
    """
    return restart_with(net, state, decisions, limit, settled, propagate_narrow)


@jit
def restart_wide(net: Net, state: State, decisions: IntArray, limit: int, settled: bool) -> bool:
    """Begin a search whose bit sets have any width; see `restart`.

    Parameters
    ----------
    net, state, decisions, limit, settled
        As in `restart`.

    Returns
    -------
    bool
        False if nothing is possible under the decisions.
    """
    return restart_with(net, state, decisions, limit, settled, propagate_wide)


def restart(net: Net, state: State, decisions: IntArray, limit: int, settled: bool) -> bool:
    """Begin a search: forget what was found, make some decisions, and propagate them.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Written in place; solutions that were counted so far are forgotten too.
    decisions : IntArray
        (m, 2) int64: variables, and the values to which they are fixed one after another.
    limit : int
        Domains of at most so many values are propagated.
    settled : bool
        True if the domains of `net` are a fixed point already, so that only what the decisions change is propagated.

    Returns
    -------
    bool
        False if nothing is possible under the decisions.

    Notes
    -----
    Not a kernel itself: a search needs bit sets of one width only, and the kernel for each takes seconds to compile. Cost: the
    domains, and the propagation of the decisions.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> restart(example_net(), state, np.array([[0, 1]]), 1, True), state.domain.tolist()
    (True, [2, 1])
    """
    return (restart_narrow if is_narrow(state) else restart_wide)(net, state, decisions, limit, settled)


@inlined
def explore_with(net: Net, state: State, mode: int, limit: int, budget: int, propagate: Propagation) -> int:
    """Go on searching with the propagation that fits the width of the bit sets; see `explore`.

    Parameters
    ----------
    net, state, mode, limit, budget
        As in `explore`.
    propagate : callable
        `propagate_narrow` or `propagate_wide`.

    Returns
    -------
    int
        As `explore`.
    """
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
def explore_narrow(net: Net, state: State, mode: int, limit: int, budget: int) -> int:
    """Go on searching where every bit set has one word; see `explore`.

    Parameters
    ----------
    net, state, mode, limit, budget
        As in `explore`.

    Returns
    -------
    int
        As `explore`.
    """
    return explore_with(net, state, mode, limit, budget, propagate_narrow)


@jit
def explore_wide(net: Net, state: State, mode: int, limit: int, budget: int) -> int:
    """Go on searching with bit sets of any width; see `explore`.

    Parameters
    ----------
    net, state, mode, limit, budget
        As in `explore`.

    Returns
    -------
    int
        As `explore`.
    """
    return explore_with(net, state, mode, limit, budget, propagate_wide)


def explore(net: Net, state: State, mode: int, limit: int, budget: int) -> int:
    """Go on searching for a number of nodes of the search tree; call again with the same state to resume.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, after `restart`; written in place.
    mode : int
        FIRST stops at the first solution, COUNT counts (and lists the first ones), LIST lists all, BEST keeps the one with the
        largest sum of weights.
    limit : int
        Domains of at most so many values are propagated.
    budget : int
        Nodes at most.

    Returns
    -------
    int
        DONE at the end, PAUSED after `budget` nodes, FULL where `listed` must be emptied before going on, or FOUND.

    Notes
    -----
    Cost: per node the propagation and V steps. Nothing is allocated.

    References
    ----------
    Haralick and Elliott (1980), Increasing tree search efficiency for constraint satisfaction problems.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import COUNT, SOLUTIONS, fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> restart(example_net(), state, np.zeros((0, 2), np.int64), 1, True)
    True
    >>> explore(example_net(), state, COUNT, 1, 100) == DONE, int(state.head[SOLUTIONS])
    (True, 2)
    """
    return (explore_narrow if is_narrow(state) else explore_wide)(net, state, mode, limit, budget)
