"""What the members of a coalition make of their goods: totals, the best split of each total, and the coalition's tables.

Bundles are signed integer codes that add up: the code of a coalition's total is the sum of its members' codes (a mixed
radix number of several goods; minus for what a supplier gives up). If goods cannot be handed on, every agent's bundles
are codes of his own, so that the total says exactly who holds what; the rest is the same.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import profile_strides

NEVER = -(2**62)
SHORT_TAIL = 512
LONG_HEAD = 1 << 20


class Goods(NamedTuple):
    """Bundles as numbers that add up, and what they are worth; n agents, R outcomes, at most B bundles each."""

    bundle: np.ndarray  # (n, R) int32: number of agent i's bundle in outcome o
    code: np.ndarray  # (n, B) int64: the signed code of his bundle b
    value: np.ndarray  # (n, max K, B) int64: what it is worth to his type k
    transfer: np.ndarray  # (n, R) int64: money he receives in outcome o
    counts: np.ndarray  # (n,) int64: how many bundles he can hold
    moves: bool  # members hand on goods; if not, only money
    concave: bool  # codes of each agent are consecutive integers and every type's marginal values never rise


class Deals(NamedTuple):
    """One coalition, its members cut into a head and a tail with A and T joint types, C order, last member fastest."""

    members: np.ndarray  # (d,) int64
    cut: int  # members[:cut] are the head
    head_at: np.ndarray  # (A,) int64: what a joint type of the head adds to the number of a profile
    tail_at: np.ndarray  # (T,) int64
    head: np.ndarray  # (A, x) int64: best value to the head of each of its totals
    tail: np.ndarray  # (y, T) int64: the same for the tail, its joint types contiguous
    pairs: np.ndarray  # (z, 3) int64: head's total, tail's total, the coalition's total that they make; by tail's total
    number: np.ndarray  # (R,) int32: number of the coalition's total in each outcome
    money: np.ndarray  # (R,) int64: the coalition's transfer in each outcome
    totals: int  # number of totals that outcomes give the coalition


@jit
def _sort(values):
    """Sort an int64 array in place: Shell's sort, which compiles in no time."""
    gap = 1
    while gap < values.shape[0] // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for x in range(gap, values.shape[0]):
            value, y = values[x], x
            while y >= gap and values[y - gap] > value:
                values[y] = values[y - gap]
                y -= gap
            values[y] = value
        gap //= 3


@jit
def _distinct(values):
    """The distinct entries of an int64 array, increasing."""
    entries = values.copy()
    _sort(entries)
    count = 1
    for x in range(1, entries.shape[0]):
        if entries[x] != entries[count - 1]:
            entries[count] = entries[x]
            count += 1
    return entries[:count].copy()


@jit
def _find(entries, value):
    """Position of a value in an increasing array, or -1."""
    low, high = 0, entries.shape[0]
    while low < high:
        middle = (low + high) // 2
        if entries[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < entries.shape[0] and entries[low] == value else -1


@jit
def number_codes(codes):
    """(number (m,) int32 of each code among the distinct ones, distinct codes in increasing order) for codes (m,) int64.

    Cost: m where the codes lie close together, else a sort.
    """
    low, high = codes[0], codes[0]
    for code in codes:
        low, high = min(low, code), max(high, code)
    width = high - low + 1
    numbers = np.empty(codes.shape[0], np.int32)
    if width > 8 * codes.shape[0] + 4096:
        distinct = _distinct(codes)
        for x in range(codes.shape[0]):
            numbers[x] = _find(distinct, codes[x])
        return numbers, distinct
    place = np.full(width, -1, np.int64)
    for code in codes:
        place[code - low] = 0
    distinct = np.empty(width, np.int64)
    count = 0
    for x in range(width):
        if place[x] == 0:
            place[x] = count
            distinct[count] = low + x
            count += 1
    for x in range(codes.shape[0]):
        numbers[x] = place[codes[x] - low]
    return numbers, distinct[:count].copy()


@jit
def _merge_marginals(best, own, row):
    """(max,+) convolution of two concave sequences: take the larger next marginal. Cost: their lengths."""
    row[0] = best[0] + own[0]
    x, y = 0, 0
    for z in range(1, row.shape[0]):
        if y == own.shape[0] - 1 or (x < best.shape[0] - 1 and best[x + 1] - best[x] >= own[y + 1] - own[y]):
            x += 1
        else:
            y += 1
        row[z] = best[x] + own[y]


@jit
def _convolve(best, own, place, row):
    """(max,+) convolution: row[place[x, y]] is the largest best[x] + own[y]. Cost: the product of their lengths."""
    row[:] = NEVER
    for x in range(best.shape[0]):
        for y in range(own.shape[0]):
            z = place[x, y]
            row[z] = max(row[z], best[x] + own[y])


@jit
def add_member(totals, best, code, value, concave):
    """Extend a coalition's best splits by one agent.

    totals: (x,) int64 increasing codes; best: (M, x) int64, the best value of each total for each of M joint types; code:
    (b,) int64; value: (K, b) int64. Returns (totals (y,), best (M K, y)), the new agent's types fastest. concave: see
    `Goods`. Cost: M K x b, or M K (x + b) if concave.
    """
    own_code = _distinct(code)
    order = np.empty(code.shape[0], np.int64)
    for y in range(code.shape[0]):
        order[_find(own_code, code[y])] = y
    sums = np.empty(totals.shape[0] * code.shape[0], np.int64)
    for x in range(sums.shape[0]):
        sums[x] = totals[x // code.shape[0]] + own_code[x % code.shape[0]]
    after = _distinct(sums)
    place = np.empty((totals.shape[0], code.shape[0]), np.int64)
    for x in range(sums.shape[0]):
        place[x // code.shape[0], x % code.shape[0]] = _find(after, sums[x])
    table = np.empty((best.shape[0] * value.shape[0], after.shape[0]), np.int64)
    own = np.empty(code.shape[0], np.int64)
    for k in range(value.shape[0]):
        for y in range(code.shape[0]):
            own[y] = value[k, order[y]]
        for m in range(best.shape[0]):
            if concave:
                _merge_marginals(best[m], own, table[m * value.shape[0] + k])
            else:
                _convolve(best[m], own, place, table[m * value.shape[0] + k])
    return after, table


@jit
def split_values(sizes, goods, members, concave):
    """Best value of every total that some agents can hold, for each of their joint types.

    members: (d,) int64 agents. Returns (totals (x,) int64 increasing, best (joint types, x) int64): Hagen's M with the
    sign of a value, the (max,+) convolution of the members' values, one member after another.
    """
    totals = np.zeros(1, np.int64)
    best = np.zeros((1, 1), np.int64)
    for i in members:
        b = goods.counts[i]
        totals, best = add_member(totals, best, goods.code[i, :b], goods.value[i, : sizes[i], :b], concave)
    return totals, best


@jit
def coalition_codes(goods, members):
    """Code of the members' total in each outcome, (R,) int64."""
    codes = np.zeros(goods.bundle.shape[1], np.int64)
    for i in members:
        for o in range(codes.shape[0]):
            codes[o] += goods.code[i, goods.bundle[i, o]]
    return codes


@jit
def _held_values(sizes, goods, members):
    """As `split_values` if nothing is handed on: only the holdings that some outcome gives, each worth what it is."""
    numbers, totals = number_codes(coalition_codes(goods, members))
    shown = np.zeros(totals.shape[0], np.int64)
    for o in range(numbers.shape[0]):
        shown[numbers[o]] = o
    best = np.zeros((1, totals.shape[0]), np.int64)
    for i in members:
        longer = np.empty((best.shape[0] * sizes[i], totals.shape[0]), np.int64)
        for m in range(best.shape[0]):
            for k in range(sizes[i]):
                for x in range(totals.shape[0]):
                    worth = goods.value[i, k, goods.bundle[i, shown[x]]]
                    longer[m * sizes[i] + k, x] = best[m, x] + worth
        best = longer
    return totals, best


@jit
def joint_offsets(sizes, agents):
    """What each joint type of some agents adds to the number of a profile: (joint types,) int64, C order."""
    strides = profile_strides(sizes)
    offsets = np.zeros(1, np.int64)
    for i in agents:
        longer = np.empty(offsets.shape[0] * sizes[i], np.int64)
        for m in range(offsets.shape[0]):
            for k in range(sizes[i]):
                longer[m * sizes[i] + k] = offsets[m] + k * strides[i]
        offsets = longer
    return offsets


@jit
def _cut(sizes, members):
    """Where to cut: a tail whose joint types fill a vector loop and stay in the cache, a head that fits into memory."""
    cut = members.shape[0] - 1
    tail, head = sizes[members[cut]], 1
    for x in range(cut):
        head *= sizes[members[x]]
    while cut > 0 and (tail * sizes[members[cut - 1]] <= SHORT_TAIL or head > LONG_HEAD):
        cut -= 1
        tail *= sizes[members[cut]]
        head //= sizes[members[cut]]
    return cut


@jit
def _find_pairs(first, second, reached):
    """All (x, y, z) with first[x] + second[y] == reached[z], by y; arrays of increasing codes. Returns (z, 3) int64."""
    pairs = np.empty((first.shape[0] * second.shape[0], 3), np.int64)
    count = 0
    for y in range(second.shape[0]):
        for x in range(first.shape[0]):
            z = _find(reached, first[x] + second[y])
            if z >= 0:
                pairs[count, 0] = x
                pairs[count, 1] = y
                pairs[count, 2] = z
                count += 1
    return pairs[:count].copy()


@jit
def agents_of(mask, n, inside):
    """The members of a bit mask with agent i at bit i, or all others: int64, increasing."""
    agents = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        if ((mask >> i) & 1 == 1) == inside:
            agents[count] = i
            count += 1
    return agents[:count].copy()


@jit
def _transposed(table):
    turned = np.empty((table.shape[1], table.shape[0]), np.int64)
    for x in range(turned.shape[0]):
        for y in range(turned.shape[1]):
            turned[x, y] = table[y, x]
    return turned


@jit
def open_deals(sizes, goods, mask):
    """The `Deals` of the coalition `mask` (agent i at bit i). sizes: (n,) int64. Cost: R |D|, the joint types of
    head and tail times their totals, and the pairs of totals."""
    members = agents_of(mask, sizes.shape[0], True)
    cut = _cut(sizes, members)
    number, reached = number_codes(coalition_codes(goods, members))
    if goods.moves:
        first, head = split_values(sizes, goods, members[:cut], goods.concave)
        second, tail = split_values(sizes, goods, members[cut:], goods.concave)
    else:
        first, head = _held_values(sizes, goods, members[:cut])
        second, tail = _held_values(sizes, goods, members[cut:])
    money = np.zeros(number.shape[0], np.int64)
    for i in members:
        for o in range(money.shape[0]):
            money[o] += goods.transfer[i, o]
    return Deals(
        members,
        cut,
        joint_offsets(sizes, members[:cut]),
        joint_offsets(sizes, members[cut:]),
        head,
        _transposed(tail),
        _find_pairs(first, second, reached),
        number,
        money,
        reached.shape[0],
    )
