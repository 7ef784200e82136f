"""The most profitable deal of a coalition: a joint misreport, then its goods and money divided anew among its members.

For one coalition D, one pass over the outcome table gives for every joint type of the others the largest total transfer
per total bundle, over all joint reports of D: the pattern lattice with D free, folded with max. With transferable
utility D can gain at theta iff max over total bundles Q of (that transfer + the best value of splitting Q among the
members) exceeds the sum of their truthful utilities (Hagen (2020), chapter 2, Definition 2.4 and footnote 4). The
members are cut into head and tail: for each joint type of the head the totals are folded to the tail's totals once, and
what is left is one contiguous loop over the tail's joint types for each total of the tail.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import Array, BoolArray, IntArray, ShortArray, Span, Word
from collude.kernels.deals.splits import NEVER, Deals, Goods, open_deals
from collude.kernels.members import agents_of, context_bases, joint_offsets
from collude.kernels.tables import Table, advance, decode

GROUP = 16


@jit
def _fill_best(outcome: ShortArray, deals: Deals, starts: IntArray, best: IntArray) -> None:
    """Raise best[g, q] to the transfers at profiles starts[g] + tail_at[t], in the order that runs along memory."""
    number, money, tail_at = deals.number, deals.money, deals.tail_at
    if tail_at[tail_at.shape[0] - 1] == tail_at.shape[0] - 1:
        for g in range(starts.shape[0]):
            for t in range(tail_at.shape[0]):
                o = np.uint64(outcome[np.uint64(starts[g] + tail_at[t])])
                q = np.uint64(number[o])
                if money[o] > best[g, q]:
                    best[g, q] = money[o]
    else:
        for t in range(tail_at.shape[0]):
            for g in range(starts.shape[0]):
                o = np.uint64(outcome[np.uint64(starts[g] + tail_at[t])])
                q = np.uint64(number[o])
                if money[o] > best[g, q]:
                    best[g, q] = money[o]


@jit
def best_transfers(outcome: ShortArray, deals: Deals, bases: IntArray) -> IntArray:
    """The largest transfer that a coalition can get for each total bundle, over all its joint reports.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    deals : Deals
        The coalition, from `open_deals`.
    bases : IntArray
        (contexts,) int64, from `context_bases`.

    Returns
    -------
    IntArray
        (contexts, totals) int64, in units of the mechanism's scale; NEVER where no report gives the coalition that total.

    Notes
    -----
    Cost: one step per profile.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> best_transfers(table.outcome, open_deals(table.sizes, goods, 0b11), np.array([0])).tolist()
    [[0]]
    """
    best = np.full((bases.shape[0], deals.totals), NEVER, np.int64)
    for first in range(0, bases.shape[0], GROUP):
        group = slice(first, min(first + GROUP, bases.shape[0]))
        for start in deals.head_at:
            _fill_best(outcome, deals, bases[group] + start, best[group])
    return best


@jit
def _worth(deals: Deals, row: IntArray, a: Word, part: IntArray, worth: IntArray) -> None:
    """Write into `worth` (T,) the best that head type `a` and each tail type get; row: (totals,) best transfers; part:
    (y,) scratch. Cost: the pairs, and y T."""
    part[:] = NEVER
    for x in range(deals.pairs.shape[0]):
        money = row[deals.pairs[x, 2]]
        if money != NEVER:
            y = deals.pairs[x, 1]
            part[y] = max(part[y], money + deals.head[a, deals.pairs[x, 0]])
    worth[:] = NEVER
    for y in range(part.shape[0]):
        if part[y] != NEVER:
            offer, values = part[y], deals.tail[y]
            for t in range(worth.shape[0]):
                worth[t] = max(worth[t], offer + values[t])


@jit
def truthful_utilities(table: Table, truth: Array, span: Span) -> None:
    """Write what every agent gets at each profile if all tell the truth.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : Array
        (n, P) int64, or int32 if the caller knows that it is wide enough: half the memory traffic; written in place.
    span : Span
        Half-open span of profiles.

    Notes
    -----
    Cost: n per profile.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 3]]]), 0)
    >>> truth = np.zeros((1, 2), np.int64)
    >>> truthful_utilities(table, truth, (0, 2))
    >>> truth.tolist()
    [[0, 3]]
    """
    n = table.sizes.shape[0]
    types = np.zeros(n, np.int64)
    decode(span[0], table.sizes, types)
    for profile in range(span[0], span[1]):
        o = table.outcome[profile]
        for i in range(n):
            truth[i, profile] = table.utility[i, types[i], table.allocation[i, o]]
        advance(types, table.sizes)


@jit
def _keep(found: IntArray, gain: Word, profile: Word) -> None:
    """Insert (gain, profile) into `found` (k, 2), kept by falling gain, then rising profile; the last row drops out."""
    x = found.shape[0]
    while x > 0 and (gain > found[x - 1, 0] or (gain == found[x - 1, 0] and profile < found[x - 1, 1])):
        x -= 1
        if x + 1 < found.shape[0]:
            found[x + 1, 0] = found[x, 0]
            found[x + 1, 1] = found[x, 1]
        found[x, 0] = gain
        found[x, 1] = profile


@jit
def _record(
    table: Table,
    starts: IntArray,
    tail_at: IntArray,
    gains: IntArray,
    notes: tuple[IntArray, IntArray],
) -> tuple[Word, Word]:
    """Count and note the violations among the profiles starts[g] + tail_at[t]; returns (how many, the lowest one)."""
    found, bins = notes
    profiles = table.outcome.shape[0]
    count, lowest = 0, profiles
    for g in range(starts.shape[0]):
        for t in range(tail_at.shape[0]):
            if gains[g, t] > table.tolerance:
                profile = starts[g] + tail_at[t]
                count += 1
                lowest = min(lowest, profile)
                if found.shape[0] > 0:
                    _keep(found, gains[g, t], profile)
                if bins.shape[0] > 0:
                    cell = profile * bins.shape[0] // profiles
                    bins[cell] = max(bins[cell], gains[g, t])
    return count, lowest


@jit
def _take_truth(row: Array, starts: IntArray, tail_at: IntArray, gains: IntArray) -> None:
    """Subtract from gains[g, t] the truthful utility at profile starts[g] + tail_at[t], along memory; row: (P,)."""
    if tail_at[tail_at.shape[0] - 1] == tail_at.shape[0] - 1:
        for g in range(starts.shape[0]):
            first = np.uint64(starts[g])
            for t in range(tail_at.shape[0]):
                gains[g, t] -= row[first + np.uint64(t)]
    else:
        for t in range(tail_at.shape[0]):
            for g in range(starts.shape[0]):
                gains[g, t] -= row[np.uint64(starts[g] + tail_at[t])]


@jit
def _same_as_before(best: IntArray) -> BoolArray:
    """For each row but the first, whether it equals the row before it."""
    same = np.zeros(best.shape[0], np.bool_)
    for c in range(1, best.shape[0]):
        equal = True
        for q in range(best.shape[1]):
            equal &= best[c, q] == best[c - 1, q]
        same[c] = equal
    return same


@jit
def _largest(gains: IntArray, rows: Word) -> Word:
    most = NEVER
    for g in range(rows):
        for t in range(gains.shape[1]):
            most = max(most, gains[g, t])
    return most


@jit
def scan_contexts(
    table: Table,
    truth: Array,
    deals: Deals,
    bases: IntArray,
    notes: tuple[IntArray, IntArray],
) -> tuple[int, int]:
    """Find the profiles at which a coalition, prepared by `open_deals`, gains by a joint report and a new division.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : Array
        (n, P) from `truthful_utilities`.
    deals : Deals
        The coalition.
    bases : IntArray
        (contexts,) int64, from `context_bases`: the outsiders' joint types.
    notes : tuple[IntArray, IntArray]
        As for `scan_deals`.

    Returns
    -------
    tuple[int, int]
        As `scan_deals`.

    Notes
    -----
    Cost: as `scan_deals`.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> truth = np.zeros((2, 4), np.int64)
    >>> truthful_utilities(table, truth, (0, 4))
    >>> notes = np.full((1, 2), -1), np.full(1, -1)
    >>> count, lowest = scan_contexts(table, truth, open_deals(table.sizes, goods, 0b11), np.array([0]), notes)
    >>> int(count), int(lowest), notes[0].tolist()  # both have the high value and save the price
    (1, 3, [[1, 3]])
    """
    best = best_transfers(table.outcome, deals, bases)
    same = _same_as_before(best)
    worth = np.empty(deals.tail_at.shape[0], np.int64)
    gains = np.empty((GROUP, deals.tail_at.shape[0]), np.int64)
    part = np.empty(deals.tail.shape[0], np.int64)
    count, lowest = 0, table.outcome.shape[0]
    for a in range(deals.head_at.shape[0]):
        for c in range(0, bases.shape[0], GROUP):
            starts = bases[c : c + GROUP] + deals.head_at[a]
            for g in range(starts.shape[0]):
                if not same[c + g]:
                    _worth(deals, best[c + g], a, part, worth)
                for t in range(worth.shape[0]):  # assigning the row would compile the text of NumPy's error too
                    gains[g, t] = worth[t]
            for i in deals.members:
                _take_truth(truth[i], starts, deals.tail_at, gains)
            if _largest(gains, starts.shape[0]) > table.tolerance:
                more, first = _record(table, starts, deals.tail_at, gains, notes)
                count += more
                lowest = min(lowest, first)
    return count, lowest


@jit
def scan_deals(
    table: Table,
    truth: Array,
    goods: Goods,
    coalition_bits: int,
    span: Span,
    notes: tuple[IntArray, IntArray],
) -> tuple[int, int]:
    """Find the profiles at which a coalition gains by a joint report and a new division of its goods and money.

    Parameters
    ----------
    table : Table
        The mechanism.
    truth : Array
        (n, P) from `truthful_utilities`.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    coalition_bits : int
        The coalition, agent i at bit i.
    span : Span
        Half-open span of the outsiders' joint types, in C order.
    notes : tuple[IntArray, IntArray]
        Both updated, -1 everywhere at the start, either may be empty: (k, 2) int64, the k most profitable (gain, profile),
        lower profile first among equals; (m,) int64, the largest gain in each m-th part of the profiles.

    Returns
    -------
    tuple[int, int]
        How many profiles, and the lowest one, or P.

    Notes
    -----
    Cost: 2 + |D| steps per profile, and at most one for each total of the tail.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> table, goods = two_bidders()
    >>> truth = np.zeros((2, 4), np.int64)
    >>> truthful_utilities(table, truth, (0, 4))
    >>> notes = np.full((1, 2), -1), np.full(1, -1)
    >>> count, lowest = scan_deals(table, truth, goods, 0b11, (0, 1), notes)
    >>> int(count), int(lowest), notes[0].tolist()
    (1, 3, [[1, 3]])
    """
    deals = open_deals(table.sizes, goods, coalition_bits)
    outsiders = agents_of(coalition_bits, table.sizes.shape[0], False)
    return scan_contexts(table, truth, deals, context_bases(table.sizes, outsiders, span), notes)


@jit
def count_deals(table: Table, goods: Goods, truth: Array) -> tuple[int, int]:
    """Count the (profile, coalition) pairs at which a joint report and a new division of goods and money pay.

    Parameters
    ----------
    table : Table
        The mechanism.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    truth : Array
        (n, P) scratch for `truthful_utilities`, written.

    Returns
    -------
    tuple[int, int]
        The count, and the largest gain, or -1.

    Notes
    -----
    Cost: that of `scan_deals` for each coalition.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.deals.example import two_bidders
    >>> count, gain = count_deals(*two_bidders(), np.zeros((2, 4), np.int64))
    >>> int(count), int(gain)
    (1, 1)
    """
    n, profiles = table.sizes.shape[0], table.outcome.shape[0]
    truthful_utilities(table, truth, (0, profiles))
    notes = (np.full((1, 2), -1, np.int64), np.empty(0, np.int64))
    count = 0
    for coalition_bits in range(1, 1 << n):
        inside = joint_offsets(table.sizes, agents_of(coalition_bits, n, True)).shape[0]
        count += scan_deals(table, truth, goods, coalition_bits, (0, profiles // inside), notes)[0]
    return count, notes[0][0, 0]
