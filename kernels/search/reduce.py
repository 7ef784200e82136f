"""A network of constraints made smaller: what is fixed leaves it, what is tied one to one becomes one variable.

Everything here reads a network (`Net`) and domains that are a fixed point of propagation from fixed variables. A variable
is *open* if more than one value is left. Open variable x keeps its values from `offset[x]` on in flat arrays, a *slot*
being one value of one group of variables that are tied to each other.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit, popcount
from collude.kernels.search.propagate import FIRST_VALUE, FIRST_WORD, WORDS, low_value
from collude.kernels.search.residues import plus, times
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
def domain_sizes(shape, domain, size):
    """Write the number of values left of each variable into `size` (V,) int32. Cost: the words of `domain`."""
    for x in range(shape.shape[0]):
        count = np.int32(0)
        for w in range(shape[x, WORDS]):
            count += np.int32(popcount(domain[shape[x, FIRST_WORD] + w]))
        size[x] = count


@jit
def classify_edges(net, domain, size, cover, status):
    """Say what each edge still forbids.

    Parameters: size (V,) int32, the values left; cover (words,) uint64, scratch as wide as the widest domain; status
    (E,) uint8, written: IDLE if every value left allows every other, ONE_TO_ONE if each allows exactly one and no two the
    same, else BINDING. Cost: the mask words of the edges between open variables.
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
def _partner(net, domain, base, value, first, words):
    """The one value that is left at the other end of an edge and that `value` allows."""
    for w in range(words):
        word = net.masks[base + value * words + w] & domain[first + w]
        if word != NONE:
            return (w << 6) + lowest_bit(word)
    return -1


@jit
def tie_variables(net, domain, size, status, offset, value_of, group, root):
    """Put open variables that are tied one to one into groups; returns the number of groups.

    Parameters: offset (V,) int64, where the values of each open variable start in value_of (slots,) int32, written: the
    value that the variable takes together with each value of the first variable of its group. group (V,) int32, written:
    -1 unless open; root (V,) int32, written: the first variable of each group. Cost: O(E).
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
def strike_slots(net, status, offset, value_of, group, size, root, alive):
    """Clear alive[slot] (slots,) uint8, set before, where an edge inside a group forbids the group's value. O(edges A)."""
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
def gather_slots(net, slots, keys, weight):
    """Multiply keys and add weights of the variables of each group.

    Parameters: slots, a SlotTable; keys (slots, 2) uint64, ones before, and weight (slots,) int64, zeros before (or
    empty), both written. Cost: the values of all open variables.
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


@jit
def multiply_fixed(net, domain, size, product):
    """Multiply product (2,) uint64 by the keys of all fixed variables, in place; returns the sum of their weights."""
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
def translate_masks(net, live, slots, words, masks):
    """Clear in `masks` what the edges between groups forbid.

    Parameters: live (M, 5) int64: an edge, the variable that it leaves, the groups at its ends and where the mask from one
    to the other starts; slots, a SlotTable; words (groups,) int64, of a set over each group's slots; masks, uint64, all
    ones before, in the layout of `Net`. Cost: the pairs of values of each edge.
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
def judge_literals(net, domain, verdict):
    """Write into verdict (literals,) uint8 whether each literal of a clause never (0), perhaps (1) or always (2) holds."""
    for literal in range(net.literals.shape[0]):
        x, place = net.literals[literal, 0], net.literals[literal, 1]
        never, always = True, True
        for w in range(net.shape[x, WORDS]):
            word = domain[net.shape[x, FIRST_WORD] + w]
            never &= word & net.sets[place + w] == NONE
            always &= word & ~net.sets[place + w] == NONE
        verdict[literal] = 0 if never else (2 if always else 1)


@jit
def translate_sets(net, chosen, slots, place, sets):
    """Write the sets of some literals over the slots of their groups.

    Parameters: chosen (m,) int64, literals of `net`; slots, a SlotTable; place (m,) int64, where each set starts in `sets`,
    uint64, zeros before. Cost: the values of each literal's variable.
    """
    for m in range(chosen.shape[0]):
        x, start = net.literals[chosen[m], 0], net.literals[chosen[m], 1]
        low = slots.start[slots.group[x]]
        for s in range(low, slots.start[slots.group[x] + 1]):
            value = slots.value_of[slots.offset[x] + slots.rank[s]]
            if (net.sets[start + (value >> 6)] >> np.uint64(value & 63)) & ONE != NONE:
                sets[place[m] + ((s - low) >> 6)] |= ONE << np.uint64((s - low) & 63)


@jit
def label_components(edge_start, targets, label, queue):
    """Write the number of each vertex's connected component into label (G,) int32; returns how many there are.

    Parameters: edge_start (G + 1,) int64, targets (E,) int32, both directions of every edge; queue (G,) int32, scratch.
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
def multiply_sums(keys, start, product):
    """Multiply product (2,) uint64, in place, by the sum of keys[start[g] : start[g + 1]] (slots, 2) for every group g."""
    for g in range(start.shape[0] - 1):
        one, other = NONE, NONE
        for s in range(start[g], start[g + 1]):
            one, other = plus(one, keys[s, 0]), plus(other, keys[s, 1])
        product[0], product[1] = times(product[0], one), times(product[1], other)
