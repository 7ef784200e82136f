"""Equal bundles, unequal transfers: pairs of joint reports of a coalition that change only what its members are paid."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Span, Word
from collude.kernels.deals.codes import number_codes
from collude.kernels.deals.splits import Goods, coalition_codes
from collude.kernels.members import agents_of, context_bases, joint_offsets
from collude.kernels.tables import Table


@jit
def _difference(goods: Goods, members: IntArray, one: Word, other: Word) -> Word:
    """Largest difference in the transfer of one member between two outcomes."""
    most = 0
    for i in members:
        most = max(most, abs(goods.transfer[i, one] - goods.transfer[i, other]))
    return most


@jit
def _compare(table: Table, goods: Goods, members: IntArray, options: IntArray, notes: IntArray) -> Word:
    """Number of pairs of joint reports, by outcomes, and the worst. options: (m, 4) outcome, part, ways, first profile."""
    count = 0
    for x in range(options.shape[0]):
        for y in range(x):
            if options[x, 1] != options[y, 1]:
                continue
            amount = _difference(goods, members, options[x, 0], options[y, 0])
            if amount > table.tolerance:
                count += options[x, 2] * options[y, 2]
                low, high = min(options[x, 3], options[y, 3]), max(options[x, 3], options[y, 3])
                if (-amount, low, high) < (-notes[0], notes[1], notes[2]):
                    notes[0], notes[1], notes[2] = amount, low, high
    return count


@jit
def count_unequal_transfers(table: Table, goods: Goods, coalition_bits: int, span: Span, notes: IntArray) -> int:
    """Count the pairs of joint reports of a coalition that give its members the same bundles but not the same transfers.

    Parameters
    ----------
    table : Table
        The mechanism.
    goods : Goods
        Goods that do not move, so that a total says who holds what.
    coalition_bits : int
        The coalition, agent i at bit i.
    span : Span
        Half-open span of the outsiders' joint types, in C order.
    notes : IntArray
        (3,) int64, -1 everywhere at the start, updated: the largest difference in one member's transfer, the lower and the
        higher profile.

    Returns
    -------
    int
        How many unordered pairs of profiles that agree outside the coalition.

    Notes
    -----
    Cost: a step per profile and, per context, the pairs of distinct outcomes that the coalition can reach.

    References
    ----------
    Hagen (2020), chapter 2, Lemma 2.1; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> kept = goods._replace(code=np.array([[0, 1], [0, 2]]), moves=False)
    >>> notes = np.full(3, -1)
    >>> int(count_unequal_transfers(table, kept, 0b11, (0, 1), notes)), notes.tolist()
    (2, [1, 0, 3])
    """
    members = agents_of(coalition_bits, table.sizes.shape[0], True)
    part, _ = number_codes(coalition_codes(goods, members))
    offsets = joint_offsets(table.sizes, members)
    place = np.full(part.shape[0], -1, np.int64)
    options = np.empty((min(part.shape[0], offsets.shape[0]), 4), np.int64)
    count = 0
    for base in context_bases(table.sizes, agents_of(coalition_bits, table.sizes.shape[0], False), span):
        m = 0
        for offset in offsets:
            o = table.outcome[base + offset]
            if place[o] < 0:
                place[o] = m
                options[m, 0], options[m, 1], options[m, 2], options[m, 3] = o, part[o], 0, base + offset
                m += 1
            options[place[o], 2] += 1
        place[options[:m, 0]] = -1
        count += _compare(table, goods, members, options[:m], notes)
    return count
