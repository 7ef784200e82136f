"""Decisions of a search: which variable is next, which values it can take, and what fixing it changes."""

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit, popcount
from collude.kernels.arrays import IntArray, ShortArray, Word, WordArray
from collude.kernels.search.network import (
    BOUND,
    FIRST_KIN,
    FIRST_VALUE,
    FIRST_WORD,
    OPEN,
    TRAIL,
    WORDS,
    Net,
    State,
)
from collude.kernels.search.propagate import low_value
from collude.kernels.search.residues import times
from collude.kernels.tables import NONE, ONE


@inlined
def all_kin(shape: IntArray, domain: WordArray, kin: WordArray, x: Word) -> bool:
    """Tell whether all values that are left of a variable count as the same one.

    Parameters
    ----------
    shape : IntArray
        (V, SHAPE) int64, as in `Net`.
    domain : WordArray
        (D,) uint64: the values that are left.
    kin : WordArray
        As in `Net`: for each value the values that count as the same.
    x : int
        The variable.

    Returns
    -------
    bool
        True if so.

    Notes
    -----
    Cost: the words of the domain.

    Examples
    --------
    >>> import numpy as np
    >>> shape, kin = np.array([[3, 1, 0, 0, 0]]), np.array([3, 3, 4], np.uint64)
    >>> [all_kin(shape, np.array([left], np.uint64), kin, 0) for left in (3, 7)]
    [True, False]
    """
    first, words = shape[x, FIRST_WORD], shape[x, WORDS]
    start = shape[x, FIRST_KIN] + low_value(domain, first, words) * words
    for w in range(words):
        if domain[first + w] & ~kin[start + w] != NONE:
            return False
    return True


@inlined
def choose_variable(shape: IntArray, domain: WordArray, size: ShortArray, kin: WordArray, probing: bool) -> int:
    """Choose the variable to branch on: the one with the fewest values left, but more than one.

    Parameters
    ----------
    shape : IntArray
        (V, SHAPE) int64, as in `Net`.
    domain : WordArray
        (D,) uint64: the values that are left.
    size : ShortArray
        (V,) int32: how many they are.
    kin : WordArray
        As in `Net`; empty if all values are told apart.
    probing : bool
        False: with `kin`, only variables whose values are not all the same come into question.

    Returns
    -------
    int
        The variable; -1 if there is none.

    Notes
    -----
    Cost: at most V steps.

    References
    ----------
    Haralick and Elliott (1980), Increasing tree search efficiency for constraint satisfaction problems.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> net = example_net()
    >>> choose_variable(net.shape, net.domain, np.array([1, 2], np.int32), net.kin, False)
    1
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
def assign(net: Net, state: State, x: Word, value: Word, whole: bool) -> None:
    """Fix a variable and queue it, so that the next propagation starts from it.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, written in place.
    x : int
        The variable.
    value : int
        Its value.
    whole : bool
        Leave all values that count as the same as this one, not only this one.

    Notes
    -----
    Cost: the words of the domain.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import TRAIL, fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> state.domain[:], state.size[:] = [3, 3], [2, 2]
    >>> assign(example_net(), state, 0, 1, False)
    >>> state.domain.tolist(), int(state.head[TRAIL])
    ([2, 3], 1)
    """
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


@jit
def branch_values(net: Net, state: State, x: Word, choices: IntArray) -> int:
    """List the branches at a variable: one value for each set of values that count as the same.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is; nothing is changed.
    x : int
        The variable.
    choices : IntArray
        (values of x,) int64, written in place: one value for each branch.

    Returns
    -------
    int
        How many branches there are.

    Notes
    -----
    Cost: the values that are left, times the branches where values count as the same.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> state, choices = fresh_state(example_net(), 1, False), np.zeros(2, np.int64)
    >>> state.domain[:] = 3
    >>> branch_values(example_net(), state, 0, choices), choices.tolist()
    (2, [0, 1])
    """
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
