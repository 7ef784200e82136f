"""What the members of a coalition make of their goods: totals, the best split of each total, and the coalition's tables.

Bundles are signed integer codes that add up: the code of a coalition's total is the sum of its members' codes (a mixed
radix number of several goods; minus for what a supplier gives up). If goods cannot be handed on, every agent's bundles
are codes of his own, so that the total says exactly who holds what; the rest is the same.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word
from collude.kernels.deals.codes import _distinct, _find, number_codes
from collude.kernels.members import agents_of, joint_offsets

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
def _merge_marginals(best: IntArray, own: IntArray, row: IntArray) -> None:
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
def _convolve(best: IntArray, own: IntArray, place: IntArray, row: IntArray) -> None:
    """(max,+) convolution: row[place[x, y]] is the largest best[x] + own[y]. Cost: the product of their lengths."""
    row[:] = NEVER
    for x in range(best.shape[0]):
        for y in range(own.shape[0]):
            z = place[x, y]
            row[z] = max(row[z], best[x] + own[y])


@jit
def add_member(
    totals: IntArray,
    best: IntArray,
    code: IntArray,
    value: IntArray,
    concave: bool,
) -> tuple[IntArray, IntArray]:
    """Extend by one agent what a coalition makes of each total of its goods, divided in the best way.

    Parameters
    ----------
    totals : IntArray
        (x,) int64, increasing: codes of the coalition's totals.
    best : IntArray
        (M, x) int64: the most that each of its M joint types makes of each total.
    code : IntArray
        (b,) int64: codes of the new agent's bundles.
    value : IntArray
        (K, b) int64: what each of his types makes of each bundle.
    concave : bool
        Codes are consecutive and marginal values never rise, see `Goods`.

    Returns
    -------
    tuple[IntArray, IntArray]
        The totals with him, increasing, and (M K, totals) int64, his types fastest.

    Notes
    -----
    Cost: M K x b, or M K (x + b) if concave.

    Examples
    --------
    >>> import numpy as np
    >>> totals, best = add_member(np.array([0, 1]), np.array([[0, 4]]), np.array([0, 1]), np.array([[0, 3]]), True)
    >>> totals.tolist(), best.tolist()
    ([0, 1, 2], [[0, 4, 7]])
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
def split_values(sizes: IntArray, goods: Goods, members: IntArray, concave: bool) -> tuple[IntArray, IntArray]:
    """The most that some agents make of each total of goods that they can hold, divided in the best way, by their joint types.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    members : IntArray
        (d,) int64: the agents.
    concave : bool
        See `Goods`.

    Returns
    -------
    tuple[IntArray, IntArray]
        The totals, (x,) int64, increasing, and (joint types, x) int64, C order.

    Notes
    -----
    The (max,+) convolution of the members' values, one member after another: Hagen's M with the sign of a value.

    References
    ----------
    Hagen (2020), chapter 2, footnote 4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> totals, best = split_values(table.sizes, goods, np.array([0, 1]), True)
    >>> totals.tolist(), best.tolist()  # of none, one and two objects, by the bidders' values
    ([0, 1, 2], [[0, 0, 0], [0, 1, 1], [0, 1, 1], [0, 1, 2]])
    """
    totals = np.zeros(1, np.int64)
    best = np.zeros((1, 1), np.int64)
    for i in members:
        b = goods.counts[i]
        totals, best = add_member(totals, best, goods.code[i, :b], goods.value[i, : sizes[i], :b], concave)
    return totals, best


@jit
def coalition_codes(goods: Goods, members: IntArray) -> IntArray:
    """The code of the total that some agents hold in each outcome.

    Parameters
    ----------
    goods : Goods
        What the bundles are worth and whether members hand them on.
    members : IntArray
        (d,) int64: the agents.

    Returns
    -------
    IntArray
        (R,) int64.

    Notes
    -----
    Cost: d R.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> coalition_codes(two_bidders()[1], np.array([0])).tolist()
    [1, 0, 1]
    """
    codes = np.zeros(goods.bundle.shape[1], np.int64)
    for i in members:
        for o in range(codes.shape[0]):
            codes[o] += goods.code[i, goods.bundle[i, o]]
    return codes


@jit
def _held_values(sizes: IntArray, goods: Goods, members: IntArray) -> tuple[IntArray, IntArray]:
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
def _cut(sizes: IntArray, members: IntArray) -> Word:
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
def _find_pairs(first: IntArray, second: IntArray, reached: IntArray) -> IntArray:
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
def _transposed(table: IntArray) -> IntArray:
    turned = np.empty((table.shape[1], table.shape[0]), np.int64)
    for x in range(turned.shape[0]):
        for y in range(turned.shape[1]):
            turned[x, y] = table[y, x]
    return turned


@jit
def open_deals(sizes: IntArray, goods: Goods, coalition_bits: int) -> Deals:
    """Prepare one coalition for the search of its profitable deals.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    coalition_bits : int
        The coalition, agent i at bit i.

    Returns
    -------
    Deals
        The coalition, cut into a head and a tail, with the best division of every total of either.

    Notes
    -----
    Cost: R |D|, the joint types of head and tail times their totals, and the pairs of totals.

    Examples
    --------
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> deals = open_deals(table.sizes, goods, 0b11)
    >>> int(deals.totals), deals.money.tolist()
    (1, [0, 0, -1])
    """
    members = agents_of(coalition_bits, sizes.shape[0], True)
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
