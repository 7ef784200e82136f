"""Propagation in a network of pairwise constraints: domains are bit sets, a fixed variable cuts its neighbours' domains."""

import numpy as np

from collude.kernels._jit import inlined, lowest_bit, popcount
from collude.kernels.arrays import IntArray, ShortArray, Word, WordArray
from collude.kernels.search.network import BOUND, FIRST_VALUE, FIRST_WORD, OPEN, TRAIL, WORDS, Net, State
from collude.kernels.search.residues import times
from collude.kernels.tables import NONE, ONE


@inlined
def low_value(words: WordArray, first: Word, count: Word) -> int:
    """The smallest value in a set that is kept as bits.

    Parameters
    ----------
    words : WordArray
        (D,) uint64: sets, one after another.
    first : int
        Where the words of the set start.
    count : int
        How many words it has.

    Returns
    -------
    int
        The value, -1 if the set is empty.

    Notes
    -----
    Cost: one step per word that is empty.

    Examples
    --------
    >>> import numpy as np
    >>> low_value(np.array([0, 6], np.uint64), 0, 2)
    65
    """
    for w in range(count):
        if words[first + w] != NONE:
            return (w << 6) + lowest_bit(words[first + w])
    return -1


@inlined
def drain(queue: ShortArray, at: Word, waiting: Word, variables: int) -> None:
    """Empty the queue of variables after a failure.

    Parameters
    ----------
    queue : ShortArray
        As in `State`, its flags written in place.
    at : int
        Where the first waiting variable is.
    waiting : int
        How many wait.
    variables : int
        V, the length of the ring.

    Notes
    -----
    Cost: one step per waiting variable.

    Examples
    --------
    >>> import numpy as np
    >>> queue = np.array([1, 0, 1, 1], np.int32)
    >>> drain(queue, 0, 2, 2)
    >>> queue[2:].tolist()
    [0, 0]
    """
    for step in range(waiting):
        queue[variables + queue[(at + step) % variables]] = 0


@inlined
def propagate_narrow(net: Net, state: State, limit: int, waiting: int) -> bool:
    """Cut the domains of neighbours, up to the fixed point, where every bit set has one word.

    A variable cuts its neighbours' domains to what the union of its values allows, as soon as at most `limit` values are
    left; 1 is forward checking.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, written in place.
    limit : int
        Domains of at most so many values are propagated.
    waiting : int
        How many variables at the start of the queue are to be propagated.

    Returns
    -------
    bool
        False if a domain becomes empty; the domains are then restored by `undo`.

    Notes
    -----
    Cost: one AND per edge of each variable that becomes fixed, more with a larger limit.

    References
    ----------
    Haralick and Elliott (1980), Increasing tree search efficiency for constraint satisfaction problems.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> state.domain[:], state.size[:], state.queue[:3] = [1, 3], [1, 2], [0, 0, 1]
    >>> propagate_narrow(example_net(), state, 1, 1), state.domain.tolist()
    (True, [1, 2])
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
def list_members(domain: WordArray, first: Word, words: Word, members: ShortArray, start: int) -> int:
    """Write down the values that are in a set, in increasing order.

    Parameters
    ----------
    domain : WordArray
        (D,) uint64: sets, one after another.
    first : int
        Where the words of the set start.
    words : int
        How many words it has.
    members : ShortArray
        Written in place from position `start` on.
    start : int
        Where the first value goes.

    Returns
    -------
    int
        How many values there are.

    Notes
    -----
    Cost: one step per word and per value.

    Examples
    --------
    >>> import numpy as np
    >>> members = np.zeros(3, np.int32)
    >>> list_members(np.array([5], np.uint64), 0, 1, members, 1), members.tolist()
    (2, [0, 0, 2])
    """
    count = 0
    for w in range(words):
        word = domain[first + w]
        while word != NONE:
            members[start + count] = (w << 6) + lowest_bit(word)
            count += 1
            word &= word - ONE
    return count


@inlined
def propagate_wide(net: Net, state: State, limit: int, waiting: int) -> bool:
    """Cut the domains of neighbours, up to the fixed point, for bit sets of any width.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is, written in place.
    limit : int
        Domains of at most so many values are propagated.
    waiting : int
        How many variables at the start of the queue are to be propagated.

    Returns
    -------
    bool
        False if a domain becomes empty; the domains are then restored by `undo`.

    Notes
    -----
    As `propagate_narrow`, which is faster where it can be used. Cost: per edge of each variable that becomes fixed, the words
    of the neighbour's domain.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> state = fresh_state(example_net(), 1, False)
    >>> state.domain[:], state.size[:], state.queue[:3] = [1, 3], [1, 2], [0, 0, 1]
    >>> propagate_wide(example_net(), state, 1, 1), state.domain.tolist()
    (True, [1, 2])
    """
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
def undo(shape: IntArray, domain: WordArray, size: ShortArray, trail: WordArray, top: Word, mark: Word) -> None:
    """Restore the domains to what they were when the trail was shorter.

    Parameters
    ----------
    shape : IntArray
        (V, SHAPE) int64, as in `Net`.
    domain : WordArray
        (D,) uint64, written in place.
    size : ShortArray
        (V,) int32: values left, written in place.
    trail : WordArray
        (T, 2 + width) uint64, as in `State`.
    top : int
        Length of the trail now.
    mark : int
        Its length then.

    Notes
    -----
    Cost: the words of the domains that have changed since.

    Examples
    --------
    >>> import numpy as np
    >>> domain, size = np.array([1], np.uint64), np.array([1], np.int32)
    >>> undo(np.array([[2, 1, 0, 0, 0]]), domain, size, np.array([[0, 2, 3]], np.uint64), 1, 0)
    >>> domain.tolist(), size.tolist()
    ([3], [2])
    """
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
