"""Deals counted in the other two units: triples (profile, coalition, joint report), and ordered pairs of profiles."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import BoolArray, IntArray, ShortArray, Span, Word
from collude.kernels.deals.splits import NEVER, Deals, Goods, open_deals
from collude.kernels.members import agents_of, context_bases
from collude.kernels.tables import Table


@jit
def _split_worth(deals: Deals, a: Word, t: Word, worth: IntArray) -> None:
    """Write into `worth` (totals,) the best value of each of the coalition's totals to head type a and tail type t."""
    worth[:] = NEVER
    for x in range(deals.pairs.shape[0]):
        z = deals.pairs[x, 2]
        worth[z] = max(worth[z], deals.head[a, deals.pairs[x, 0]] + deals.tail[deals.pairs[x, 1], t])


@jit
def _completions(outcome: ShortArray, deals: Deals, base: Word, ways: IntArray, options: IntArray) -> Word:
    """Count the joint reports per outcome at one context into `ways` (R,), list the outcomes in `options`; how many."""
    m = 0
    for start in deals.head_at:
        for offset in deals.tail_at:
            o = outcome[base + start + offset]
            if ways[o] == 0:
                options[m] = o
                m += 1
            ways[o] += 1
    return m


@jit
def count_deal_triples(table: Table, truth: IntArray, goods: Goods, coalition_bits: int, span: Span) -> int:
    """Count the joint reports by which one coalition gains once it has divided its goods and money anew, over all profiles.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : IntArray
        (n, P) from `truthful_utilities`.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    coalition_bits : int
        The coalition, agent i at bit i.
    span : Span
        Half-open span of the outsiders' joint types, in C order.

    Returns
    -------
    int
        Triples (theta, the coalition, joint report); the truthful report counts too.

    Notes
    -----
    Cost: the distinct outcomes that the coalition can reach, per profile.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> from collude.kernels.deals.deals import truthful_utilities
    >>> table, goods = two_bidders()
    >>> truth = np.zeros((2, 4), np.int64)
    >>> truthful_utilities(table, truth, (0, 4))
    >>> int(count_deal_triples(table, truth, goods, 0b11, (0, 1)))
    3
    """
    deals = open_deals(table.sizes, goods, coalition_bits)
    bases = context_bases(table.sizes, agents_of(coalition_bits, table.sizes.shape[0], False), span)
    reports = deals.head_at.shape[0] * deals.tail_at.shape[0]
    ways = np.zeros(deals.number.shape[0], np.int64)
    options = np.empty(min(reports, ways.shape[0]), np.int64)
    worth = np.empty(deals.totals, np.int64)
    count = 0
    for c in range(bases.shape[0]):
        m = _completions(table.outcome, deals, bases[c], ways, options)
        for a in range(deals.head_at.shape[0]):
            for t in range(deals.tail_at.shape[0]):
                _split_worth(deals, a, t, worth)
                need = table.tolerance
                for i in deals.members:
                    need += truth[i, bases[c] + deals.head_at[a] + deals.tail_at[t]]
                for x in range(m):
                    o = options[x]
                    if deals.money[o] + worth[deals.number[o]] > need:
                        count += ways[o]
        ways[options[:m]] = 0
    return count


@jit
def count_truthful_deals(table: Table, truth: IntArray, goods: Goods, coalition_bits: int, span: Span) -> int:
    """Count the profiles at which one coalition gains by dividing anew what its truthful report gives it.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : IntArray
        (n, P) from `truthful_utilities`.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    coalition_bits : int
        The coalition, agent i at bit i.
    span : Span
        Half-open span of the outsiders' joint types, in C order.

    Returns
    -------
    int
        The triples of `count_deal_triples` in which everybody reports the truth.

    Notes
    -----
    Cost: the divisions of the coalition's totals, per profile.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> from collude.kernels.deals.deals import truthful_utilities
    >>> table, goods = two_bidders()
    >>> truth = np.zeros((2, 4), np.int64)
    >>> truthful_utilities(table, truth, (0, 4))
    >>> int(count_truthful_deals(table, truth, goods, 0b11, (0, 1)))
    0
    """
    deals = open_deals(table.sizes, goods, coalition_bits)
    bases = context_bases(table.sizes, agents_of(coalition_bits, table.sizes.shape[0], False), span)
    worth = np.empty(deals.totals, np.int64)
    count = 0
    for base in bases:
        for a in range(deals.head_at.shape[0]):
            for t in range(deals.tail_at.shape[0]):
                profile = base + deals.head_at[a] + deals.tail_at[t]
                _split_worth(deals, a, t, worth)
                o = table.outcome[profile]
                rise = deals.money[o] + worth[deals.number[o]]
                for i in deals.members:
                    rise -= truth[i, profile]
                count += rise > table.tolerance
    return count


@jit
def mark_deal_pairs(table: Table, truth: IntArray, goods: Goods, coalition_bits: int, marks: BoolArray) -> int:
    """Mark the pairs of profiles such that a coalition gains, once it has divided goods and money, by reporting the second one.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : IntArray
        (n, P) from `truthful_utilities`.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    coalition_bits : int
        The coalition, agent i at bit i.
    marks : BoolArray
        (P, P) bool, true and reported profile, updated.

    Returns
    -------
    int
        How many marks are new.

    Notes
    -----
    Cost: the joint reports of the coalition, per profile.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> from collude.kernels.deals.deals import truthful_utilities
    >>> table, goods = two_bidders()
    >>> truth = np.zeros((2, 4), np.int64)
    >>> truthful_utilities(table, truth, (0, 4))
    >>> marks = np.zeros((4, 4), np.bool_)
    >>> int(mark_deal_pairs(table, truth, goods, 0b11, marks)), np.argwhere(marks).tolist()
    (3, [[3, 0], [3, 1], [3, 2]])
    """
    deals = open_deals(table.sizes, goods, coalition_bits)
    outsiders = agents_of(coalition_bits, table.sizes.shape[0], False)
    inside = deals.head_at.shape[0] * deals.tail_at.shape[0]
    bases = context_bases(table.sizes, outsiders, (0, table.outcome.shape[0] // inside))
    worth = np.empty(deals.totals, np.int64)
    count = 0
    for base in bases:
        for a in range(deals.head_at.shape[0]):
            for t in range(deals.tail_at.shape[0]):
                profile = base + deals.head_at[a] + deals.tail_at[t]
                _split_worth(deals, a, t, worth)
                need = table.tolerance
                for i in deals.members:
                    need += truth[i, profile]
                for start in deals.head_at:
                    for offset in deals.tail_at:
                        report = base + start + offset
                        o = table.outcome[report]
                        if not marks[profile, report] and deals.money[o] + worth[deals.number[o]] > need:
                            marks[profile, report] = True
                            count += 1
    return count
