"""A network of constraints made smaller: what is fixed leaves it, what is tied one to one becomes one variable.

Everything here reads a network (`Net`) and domains that are a fixed point of propagation from fixed variables. A variable
is *open* if more than one value is left. Open variable x keeps its values from `offset[x]` on in flat arrays, a *slot*
being one value of one group of variables that are tied to each other.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit, popcount
from collude.kernels.arrays import ByteArray, IntArray, ShortArray, Word, WordArray
from collude.kernels.search.network import FIRST_VALUE, FIRST_WORD, WORDS, Net
from collude.kernels.search.residues import times
from collude.kernels.tables import NONE, ONE

IDLE, BINDING, ONE_TO_ONE = 0, 1, 2


class SlotTable(NamedTuple):
    """Which values are left, by groups of variables that determine each other. V variables, G groups."""

    group: np.ndarray  # (V,) int32: the group of each variable, -1 if its value is fixed
    offset: np.ndarray  # (V,) int64: where the values of each open variable start in value_of
    value_of: np.ndarray  # (m,) int32: the value that goes with each value of the first variable of the group
    start: np.ndarray  # (G + 1,) int64: where the slots of each group start
    rank: np.ndarray  # (slots,) int64: which of the values of its group each slot is


@jit
def domain_sizes(shape: IntArray, domain: WordArray, size: ShortArray) -> None:
    """Count the values that are left of each variable.

    Parameters
    ----------
    shape : IntArray
        (V, SHAPE) int64, as in `Net`.
    domain : WordArray
        (D,) uint64: the values that are left.
    size : ShortArray
        (V,) int32, written in place.

    Notes
    -----
    Cost: the words of `domain`.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> size = np.zeros(2, np.int32)
    >>> domain_sizes(example_net().shape, np.array([3, 2], np.uint64), size)
    >>> size.tolist()
    [2, 1]
    """
    for x in range(shape.shape[0]):
        count = np.int32(0)
        for w in range(shape[x, WORDS]):
            count += np.int32(popcount(domain[shape[x, FIRST_WORD] + w]))
        size[x] = count


@jit
def classify_edges(net: Net, domain: WordArray, size: ShortArray, cover: WordArray, status: ByteArray) -> None:
    """Say of each edge whether it still forbids anything, and whether it ties its ends one to one.

    Parameters
    ----------
    net : Net
        The network.
    domain : WordArray
        (D,) uint64: the values that are left.
    size : ShortArray
        (V,) int32: how many they are.
    cover : WordArray
        Scratch, as many words as the widest domain.
    status : ByteArray
        (E,) uint8, written in place: IDLE if every value left allows every other, ONE_TO_ONE if each allows exactly one and no
        two the same, else BINDING.

    Notes
    -----
    Cost: the mask words of the edges between open variables.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> net, status = example_net(), np.zeros(2, np.uint8)
    >>> classify_edges(net, net.domain, np.array([2, 2], np.int32), np.zeros(1, np.uint64), status)
    >>> (status == ONE_TO_ONE).tolist()
    [True, True]
    """
    shape = net.shape
    for x in range(shape.shape[0]):
        for e in range(np.int64(net.edge_start[x]), np.int64(net.edge_start[x + 1])):
            y, base = np.int64(net.edges[e, 0]), np.int64(net.edges[e, 1])
            status[e] = IDLE
            if size[x] < 2 or size[y] < 2:
                continue
            first, words = shape[y, FIRST_WORD], shape[y, WORDS]
            for w in range(words):
                cover[w] = NONE
            binding, single, covered = False, size[x] == size[y], 0
            for v in range(shape[x, WORDS]):
                left = domain[shape[x, FIRST_WORD] + v]
                while left != NONE:
                    start = base + ((v << 6) + lowest_bit(left)) * words
                    left &= left - ONE
                    count = 0
                    for w in range(words):
                        allowed = net.masks[start + w] & domain[first + w]
                        binding |= allowed != domain[first + w]
                        count += popcount(allowed)
                        cover[w] |= allowed
                    single &= count == 1
                if binding and not single:
                    break
            if binding:
                for w in range(words):
                    covered += popcount(cover[w])
                status[e] = ONE_TO_ONE if single and covered == size[y] else BINDING


@inlined
def _partner(net: Net, domain: WordArray, base: Word, value: int, first: int, words: int) -> int:
    """The one value that is left at the other end of an edge and that `value` allows."""
    for w in range(words):
        word = net.masks[base + value * words + w] & domain[first + w]
        if word != NONE:
            return (w << 6) + lowest_bit(word)
    return -1


@jit
def tie_variables(
    net: Net,
    domain: WordArray,
    size: ShortArray,
    status: ByteArray,
    offset: IntArray,
    value_of: ShortArray,
    group: ShortArray,
    root: ShortArray,
) -> int:
    """Put open variables that are tied one to one into groups.

    Parameters
    ----------
    net : Net
        The network.
    domain : WordArray
        (D,) uint64: the values that are left.
    size : ShortArray
        (V,) int32: how many they are.
    status : ByteArray
        (E,) uint8, as `classify_edges` writes it.
    offset : IntArray
        (V,) int64: where the values of each open variable start in `value_of`.
    value_of : ShortArray
        (m,) int32, written in place: the value that the variable takes together with each value of the first variable of its
        group.
    group : ShortArray
        (V,) int32, written in place: the group of each variable, -1 unless it is open.
    root : ShortArray
        (V,) int32, written in place: the first variable of each group.

    Returns
    -------
    int
        How many groups there are.

    Notes
    -----
    Cost: E steps, and the values of all open variables.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> net, values = example_net(), np.zeros(4, np.int32)
    >>> size, status = np.array([2, 2], np.int32), np.full(2, ONE_TO_ONE, np.uint8)
    >>> group, root = np.zeros(2, np.int32), np.zeros(2, np.int32)
    >>> int(tie_variables(net, net.domain, size, status, np.array([0, 2]), values, group, root))
    1
    >>> values.tolist(), group.tolist()
    ([0, 1, 1, 0], [0, 0])
    """
    queue = np.empty(net.shape.shape[0], np.int32)
    groups = 0
    group[:] = -1
    for x in range(net.shape.shape[0]):
        if size[x] < 2 or group[x] >= 0:
            continue
        group[x], root[groups] = groups, x
        at = offset[x]
        for w in range(net.shape[x, WORDS]):
            left = domain[net.shape[x, FIRST_WORD] + w]
            while left != NONE:
                value_of[at] = (w << 6) + lowest_bit(left)
                left &= left - ONE
                at += 1
        head, tail = 0, 1
        queue[0] = x
        while head < tail:
            y = np.int64(queue[head])
            head += 1
            for e in range(np.int64(net.edge_start[y]), np.int64(net.edge_start[y + 1])):
                z = np.int64(net.edges[e, 0])
                if status[e] != ONE_TO_ONE or group[z] >= 0:
                    continue
                group[z] = groups
                first, words = net.shape[z, FIRST_WORD], net.shape[z, WORDS]
                for v in range(size[x]):
                    given = value_of[offset[y] + v]
                    value_of[offset[z] + v] = _partner(net, domain, np.int64(net.edges[e, 1]), given, first, words)
                queue[tail] = z
                tail += 1
        groups += 1
    return groups


@jit
def strike_slots(
    net: Net,
    status: ByteArray,
    offset: IntArray,
    value_of: ShortArray,
    group: ShortArray,
    size: ShortArray,
    root: ShortArray,
    alive: ByteArray,
) -> None:
    """Strike out the values of a group of variables that an edge inside the group forbids.

    Parameters
    ----------
    net : Net
        The network.
    status : ByteArray
        (E,) uint8, as `classify_edges` writes it.
    offset, value_of, group, root
        As `tie_variables` writes them.
    size : ShortArray
        (V,) int32: values left of each variable.
    alive : ByteArray
        (slots,) uint8, ones before; written in place, 0 where a slot is struck out.

    Notes
    -----
    Cost: the values of a variable for each edge inside a group.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> size, status, alive = np.array([2, 2], np.int32), np.full(2, ONE_TO_ONE, np.uint8), np.ones(4, np.uint8)
    >>> same = np.array([0, 1, 0, 1], np.int32)  # the two variables take equal values, which the edge forbids
    >>> nothing = np.zeros(2, np.int32)
    >>> strike_slots(example_net(), status, np.array([0, 2]), same, nothing, size, nothing, alive)
    >>> alive.tolist()
    [0, 0, 1, 1]
    """
    for x in range(net.shape.shape[0]):
        if group[x] < 0:
            continue
        for e in range(np.int64(net.edge_start[x]), np.int64(net.edge_start[x + 1])):
            y, base = np.int64(net.edges[e, 0]), np.int64(net.edges[e, 1])
            if status[e] == IDLE or group[y] != group[x]:
                continue
            words, home = net.shape[y, WORDS], offset[root[group[x]]]
            for v in range(size[x]):
                b = value_of[offset[y] + v]
                word = net.masks[base + value_of[offset[x] + v] * words + (b >> 6)]
                if (word >> np.uint64(b & 63)) & ONE == NONE:
                    alive[home + v] = 0


@jit
def gather_slots(net: Net, slots: SlotTable, keys: WordArray, weight: IntArray) -> None:
    """Multiply the keys and add the weights of the variables of each group.

    Parameters
    ----------
    net : Net
        The network.
    slots : SlotTable
        Its groups.
    keys : WordArray
        (slots, 2) uint64, residues modulo 2^61 - 1, ones before; written in place.
    weight : IntArray
        (slots,) int64, zeros before, or empty without an objective; written in place.

    Notes
    -----
    Cost: the values of all open variables.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> group, value_of = np.zeros(2, np.int32), np.array([0, 1, 1, 0], np.int32)
    >>> slots = SlotTable(group, np.array([0, 2]), value_of, np.array([0, 2]), np.array([0, 1]))
    >>> net = example_net()._replace(keys=np.array([[2, 2], [3, 3], [5, 5], [7, 7]], np.uint64))
    >>> keys = np.ones((2, 2), np.uint64)
    >>> gather_slots(net, slots, keys, np.zeros(0, np.int64))
    >>> keys.tolist()
    [[14, 14], [15, 15]]
    """
    weighted = weight.size > 0
    for x in range(net.shape.shape[0]):
        if slots.group[x] < 0:
            continue
        for s in range(slots.start[slots.group[x]], slots.start[slots.group[x] + 1]):
            row = net.shape[x, FIRST_VALUE] + slots.value_of[slots.offset[x] + slots.rank[s]]
            keys[s, 0] = times(keys[s, 0], net.keys[row, 0])
            keys[s, 1] = times(keys[s, 1], net.keys[row, 1])
            if weighted:
                weight[s] += net.weight[row]
