"""Conditions that something holds somewhere: whether they still can, and what is left of them in a smaller network."""

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import ByteArray, IntArray, Word, WordArray
from collude.kernels.search.network import FIRST_WORD, WORDS, Net, State
from collude.kernels.search.reduce import SlotTable
from collude.kernels.tables import NONE, ONE


@inlined
def group_alive(net: Net, domain: WordArray, group: Word) -> bool:
    """Tell whether every literal of a group can still hold; with all variables fixed, whether the group holds.

    Parameters
    ----------
    net : Net
        What is searched.
    domain : WordArray
        (D,) uint64: the values that are left.
    group : int
        Number of the group.

    Returns
    -------
    bool
        False if some literal can hold no more.

    Notes
    -----
    Cost: the words of the literals' sets.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> asked = {"groups": np.array([0, 1]), "literals": np.array([[0, 0]]), "sets": np.array([2], np.uint64)}
    >>> net = example_net()._replace(clauses=np.array([0, 1]), **asked)
    >>> [group_alive(net, np.array([left, 3], np.uint64), 0) for left in (1, 3)]
    [False, True]
    """
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
def clauses_alive(net: Net, state: State) -> bool:
    """Tell whether every clause can still hold; with all variables fixed, whether all hold.

    Parameters
    ----------
    net : Net
        What is searched.
    state : State
        Where the search is; `watch` is written in place.

    Returns
    -------
    bool
        False if some clause can hold no more.

    Notes
    -----
    Cost: one group per clause while none is cut, for the group that could hold when it was last looked at comes first.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.network import fresh_state
    >>> clauses_alive(example_net(), fresh_state(example_net(), 1, False))
    True
    """
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


@jit
def judge_literals(net: Net, domain: WordArray, verdict: ByteArray) -> None:
    """Say of each literal of a clause whether it never, perhaps or always holds.

    Parameters
    ----------
    net : Net
        What is searched.
    domain : WordArray
        (D,) uint64: the values that are left.
    verdict : ByteArray
        (literals,) uint8, written in place: 0 never, 1 perhaps, 2 always.

    Notes
    -----
    Cost: the words of the literals' sets.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> net = example_net()._replace(literals=np.array([[0, 0], [1, 0]]), sets=np.array([2], np.uint64))
    >>> verdict = np.zeros(2, np.uint8)
    >>> judge_literals(net, np.array([1, 2], np.uint64), verdict)
    >>> verdict.tolist()
    [0, 2]
    """
    for literal in range(net.literals.shape[0]):
        x, place = net.literals[literal, 0], net.literals[literal, 1]
        never, always = True, True
        for w in range(net.shape[x, WORDS]):
            word = domain[net.shape[x, FIRST_WORD] + w]
            never &= word & net.sets[place + w] == NONE
            always &= word & ~net.sets[place + w] == NONE
        verdict[literal] = 0 if never else (2 if always else 1)


@jit
def translate_sets(net: Net, chosen: IntArray, slots: SlotTable, place: IntArray, sets: WordArray) -> None:
    """Write the sets of some literals over the slots of their groups of variables.

    Parameters
    ----------
    net : Net
        The network before it was made smaller.
    chosen : IntArray
        (m,) int64: literals of `net`.
    slots : SlotTable
        Its groups of variables.
    place : IntArray
        (m,) int64: where each set starts in `sets`.
    sets : WordArray
        uint64, zeros before, written in place.

    Notes
    -----
    Cost: the values of each literal's variable.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> from collude.kernels.search.reduce import SlotTable
    >>> group, value_of = np.zeros(2, np.int32), np.array([0, 1, 1, 0], np.int32)
    >>> slots = SlotTable(group, np.array([0, 2]), value_of, np.array([0, 2]), np.array([0, 1]))
    >>> net = example_net()._replace(literals=np.array([[1, 0]]), sets=np.array([2], np.uint64))
    >>> sets = np.zeros(1, np.uint64)
    >>> translate_sets(net, np.array([0]), slots, np.array([0]), sets)
    >>> sets.tolist()
    [1]
    """
    for m in range(chosen.shape[0]):
        x, start = net.literals[chosen[m], 0], net.literals[chosen[m], 1]
        low = slots.start[slots.group[x]]
        for s in range(low, slots.start[slots.group[x] + 1]):
            value = slots.value_of[slots.offset[x] + slots.rank[s]]
            if (net.sets[start + (value >> 6)] >> np.uint64(value & 63)) & ONE != NONE:
                sets[place[m] + ((s - low) >> 6)] |= ONE << np.uint64((s - low) & 63)
