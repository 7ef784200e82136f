"""Equal bundles, unequal transfers: pairs of joint reports of a coalition that change only what its members are paid."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.deals.deals import context_bases
from collude.kernels.deals.splits import agents_of, coalition_codes, joint_offsets, number_codes


@jit
def _difference(goods, members, one, other):
    """Largest difference in the transfer of one member between two outcomes."""
    most = 0
    for i in members:
        most = max(most, abs(goods.transfer[i, one] - goods.transfer[i, other]))
    return most


@jit
def _compare(table, goods, members, options, notes):
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
def count_unequal(table, goods, mask, span, notes):
    """Pairs of profiles that agree outside coalition `mask` and give its members the same bundles, not the same transfers.

    goods: a `Goods` whose bundles do not move, so that a total says who holds what. span: outsiders' joint types,
    half-open. notes: (3,) int64, gets (largest difference in one member's transfer, lower profile, higher profile); start
    it with -1. Returns how many unordered pairs. Cost: a step per profile, and the pairs of distinct outcomes that the
    coalition can reach, per context. Source: Hagen, Lemma 2.1.
    """
    members = agents_of(mask, table.sizes.shape[0], True)
    part, _ = number_codes(coalition_codes(goods, members))
    offsets = joint_offsets(table.sizes, members)
    place = np.full(part.shape[0], -1, np.int64)
    options = np.empty((min(part.shape[0], offsets.shape[0]), 4), np.int64)
    count = 0
    for base in context_bases(table.sizes, agents_of(mask, table.sizes.shape[0], False), span):
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
