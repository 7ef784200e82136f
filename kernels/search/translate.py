"""The arrays of a network that was made smaller: masks between groups, products of keys, connected parts."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, ShortArray, WordArray
from collude.kernels.search.network import FIRST_VALUE, FIRST_WORD, WORDS, Net
from collude.kernels.search.propagate import low_value
from collude.kernels.search.reduce import SlotTable
from collude.kernels.search.residues import plus, times
from collude.kernels.tables import NONE, ONE


@jit
def multiply_fixed(net: Net, domain: WordArray, size: ShortArray, product: WordArray) -> int:
    """Multiply the keys, and add the weights, of all variables that are fixed.

    Parameters
    ----------
    net : Net
        The network.
    domain : WordArray
        (D,) uint64: the values that are left.
    size : ShortArray
        (V,) int32: how many they are.
    product : WordArray
        (2,) uint64, residues modulo 2^61 - 1, multiplied in place.

    Returns
    -------
    int
        The sum of the weights; 0 without an objective.

    Notes
    -----
    Cost: V steps.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> net = example_net()._replace(keys=np.array([[2, 2], [3, 3], [5, 5], [7, 7]], np.uint64))
    >>> product = np.ones(2, np.uint64)
    >>> multiply_fixed(net, np.array([2, 1], np.uint64), np.array([1, 1], np.int32), product), product.tolist()
    (0, [15, 15])
    """
    total = 0
    for x in range(net.shape.shape[0]):
        if size[x] == 1:
            row = net.shape[x, FIRST_VALUE] + low_value(domain, net.shape[x, FIRST_WORD], net.shape[x, WORDS])
            product[0] = times(product[0], net.keys[row, 0])
            product[1] = times(product[1], net.keys[row, 1])
            if net.weight.size > 0:
                total += net.weight[row]
    return total


@jit
def translate_masks(net: Net, live: IntArray, slots: SlotTable, words: IntArray, masks: WordArray) -> None:
    """Clear, in the masks of a smaller network, what the edges between groups of variables forbid.

    Parameters
    ----------
    net : Net
        The network before it was made smaller.
    live : IntArray
        (M, 5) int64: an edge, the variable that it leaves, the groups at its ends, and where the mask from one to the other
        starts.
    slots : SlotTable
        Its groups.
    words : IntArray
        (G,) int64: words of a set over each group's slots.
    masks : WordArray
        uint64, all ones before, in the layout of `Net`; written in place.

    Notes
    -----
    Cost: the pairs of values of each edge.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_net
    >>> group, value_of = np.array([0, 1], np.int32), np.array([0, 1, 0, 1], np.int32)
    >>> slots = SlotTable(group, np.array([0, 2]), value_of, np.array([0, 2, 4]), np.array([0, 1, 0, 1]))
    >>> masks = np.full(4, 3, np.uint64)
    >>> translate_masks(example_net(), np.array([[0, 0, 0, 1, 0]]), slots, np.ones(2, np.int64), masks)
    >>> masks.tolist()
    [2, 1, 3, 3]
    """
    for m in range(live.shape[0]):
        e, x, c, d, place = live[m, 0], live[m, 1], live[m, 2], live[m, 3], live[m, 4]
        y, base = np.int64(net.edges[e, 0]), np.int64(net.edges[e, 1])
        old = net.shape[y, WORDS]
        for s in range(slots.start[c], slots.start[c + 1]):
            row = base + slots.value_of[slots.offset[x] + slots.rank[s]] * old
            new = place + (s - slots.start[c]) * words[d]
            for t in range(slots.start[d], slots.start[d + 1]):
                b = slots.value_of[slots.offset[y] + slots.rank[t]]
                if (net.masks[row + (b >> 6)] >> np.uint64(b & 63)) & ONE == NONE:
                    bit = t - slots.start[d]
                    masks[new + (bit >> 6)] &= ~(ONE << np.uint64(bit & 63))


@jit
def label_components(edge_start: IntArray, targets: ShortArray, label: ShortArray, queue: ShortArray) -> int:
    """Number the connected components of a graph.

    Parameters
    ----------
    edge_start : IntArray
        (G + 1,) int64: vertex x has the edges edge_start[x] to edge_start[x + 1].
    targets : ShortArray
        (E,) int32: where each edge leads; both directions of every edge are there.
    label : ShortArray
        (G,) int32, written in place: the component of each vertex.
    queue : ShortArray
        (G,) int32, scratch.

    Returns
    -------
    int
        How many components there are.

    Notes
    -----
    Cost: G + E steps.

    Examples
    --------
    >>> import numpy as np
    >>> label = np.zeros(3, np.int32)
    >>> label_components(np.array([0, 1, 1, 2]), np.array([2, 0], np.int32), label, np.zeros(3, np.int32)), label.tolist()
    (2, [0, 1, 0])
    """
    count = 0
    label[:] = -1
    for x in range(label.shape[0]):
        if label[x] >= 0:
            continue
        label[x], queue[0] = count, x
        head, tail = 0, 1
        while head < tail:
            y = queue[head]
            head += 1
            for e in range(edge_start[y], edge_start[y + 1]):
                if label[targets[e]] < 0:
                    label[targets[e]] = count
                    queue[tail] = targets[e]
                    tail += 1
        count += 1
    return count


@jit
def multiply_sums(keys: WordArray, start: IntArray, product: WordArray) -> None:
    """Multiply a product by the sum of the keys of each group's slots.

    Parameters
    ----------
    keys : WordArray
        (slots, 2) uint64, residues modulo 2^61 - 1.
    start : IntArray
        (G + 1,) int64: group g has the slots start[g] to start[g + 1].
    product : WordArray
        (2,) uint64, residues, multiplied in place.

    Notes
    -----
    Cost: two additions per slot.

    Examples
    --------
    >>> import numpy as np
    >>> product = np.ones(2, np.uint64)
    >>> multiply_sums(np.array([[1, 1], [2, 2], [5, 6]], np.uint64), np.array([0, 2, 3]), product)
    >>> product.tolist()
    [15, 18]
    """
    for g in range(start.shape[0] - 1):
        one, other = NONE, NONE
        for s in range(start[g], start[g + 1]):
            one, other = plus(one, keys[s, 0]), plus(other, keys[s, 1])
        product[0], product[1] = times(product[0], one), times(product[1], other)
