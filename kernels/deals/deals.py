"""The most profitable deal of a coalition: a joint misreport, then its goods and money divided anew among its members.

For one coalition D, one pass over the outcome table gives for every joint type of the others the largest total transfer
per total bundle, over all joint reports of D: the pattern lattice with D free, folded with max. With transferable
utility D can gain at theta iff max over total bundles Q of (that transfer + the best value of splitting Q among the
members) exceeds the sum of their truthful utilities (Hagen, Definition 2.4 and footnote 4). The members are cut into
head and tail: for each joint type of the head the totals are folded to the tail's totals once, and what is left is one
contiguous loop over the tail's joint types for each total of the tail.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.deals.splits import NEVER, agents_of, joint_offsets, open_deals
from collude.kernels.tables import advance, decode, profile_strides

GROUP = 16


@jit
def context_bases(sizes, outsiders, span):
    """Profile numbers (span,) int64 at which the outsiders' joint types span[0]..span[1] start, the members at type 0."""
    strides = profile_strides(sizes)
    own = sizes[outsiders]
    types = np.zeros(outsiders.shape[0], np.int64)
    decode(span[0], own, types)
    bases = np.zeros(span[1] - span[0], np.int64)
    for c in range(bases.shape[0]):
        for x in range(outsiders.shape[0]):
            bases[c] += types[x] * strides[outsiders[x]]
        advance(types, own)
    return bases


@jit
def _fill_best(outcome, deals, starts, best):
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
def best_transfers(outcome, deals, bases):
    """Largest total transfer per total bundle over all joint reports: (contexts, totals) int64, NEVER where unreached.

    outcome: (P,) int32; bases: (contexts,) int64 from `context_bases`. Cost: one step per profile.
    """
    best = np.full((bases.shape[0], deals.totals), NEVER, np.int64)
    for first in range(0, bases.shape[0], GROUP):
        group = slice(first, min(first + GROUP, bases.shape[0]))
        for start in deals.head_at:
            _fill_best(outcome, deals, bases[group] + start, best[group])
    return best


@jit
def _worth(deals, row, a, part, worth):
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
def truthful_utilities(table, truth, span):
    """Write into `truth` (n, P) what every agent gets at profiles span[0]..span[1] (half-open) if all tell the truth.

    truth: int64, or int32 if the caller knows that it is wide enough: half the memory traffic. Cost: n per profile.
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
def _keep(found, gain, profile):
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
def _record(table, starts, tail_at, gains, notes):
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
def _take_truth(row, starts, tail_at, gains):
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
def _same_as_before(best):
    """For each row but the first, whether it equals the row before it."""
    same = np.zeros(best.shape[0], np.bool_)
    for c in range(1, best.shape[0]):
        equal = True
        for q in range(best.shape[1]):
            equal &= best[c, q] == best[c - 1, q]
        same[c] = equal
    return same


@jit
def _largest(gains, rows):
    most = NEVER
    for g in range(rows):
        for t in range(gains.shape[1]):
            most = max(most, gains[g, t])
    return most


@jit
def scan_contexts(table, truth, deals, bases, notes):
    """As `scan_deals` for a coalition that `open_deals` has prepared; bases: (contexts,) int64 from `context_bases`."""
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
def scan_deals(table, truth, goods, mask, span, notes):
    """Profiles at which coalition `mask` (agent i at bit i) has a profitable deal, the outsiders' joint types (C order)
    running over span (half-open).

    truth: (n, P) from `truthful_utilities`. notes: (found (k, 2) int64, gets the k most profitable (gain, profile),
    lower profile first among equals; bins (m,) int64, gets the largest gain in each m-th part of the profiles); both are
    updated, so start them with -1; either may be empty. Returns (how many profiles, the lowest one or P). Cost: 2 + |D|
    steps per profile and at most one for each total of the tail. Source: Hagen, Definition 2.4.
    """
    deals = open_deals(table.sizes, goods, mask)
    outsiders = agents_of(mask, table.sizes.shape[0], False)
    return scan_contexts(table, truth, deals, context_bases(table.sizes, outsiders, span), notes)


@jit
def count_deals(table, goods, truth):
    """(number of (profile, coalition) pairs with a profitable deal, largest gain or -1), every coalition and profile.

    truth: (n, P) scratch for `truthful_utilities`, written. The other arguments as in `scan_deals`.
    """
    n, profiles = table.sizes.shape[0], table.outcome.shape[0]
    truthful_utilities(table, truth, (0, profiles))
    notes = (np.full((1, 2), -1, np.int64), np.empty(0, np.int64))
    count = 0
    for mask in range(1, 1 << n):
        inside = joint_offsets(table.sizes, agents_of(mask, n, True)).shape[0]
        count += scan_deals(table, truth, goods, mask, (0, profiles // inside), notes)[0]
    return count, notes[0][0, 0]
