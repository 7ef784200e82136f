"""The other two units of counting: ordered pairs of profiles, and triples (profile, coalition, joint report)."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.coalitions.lattice import SUM, fold_first, fold_slab, place_counts
from collude.kernels.tables import advance, decode, gain, pattern_strides


@jit
def completions(outcome, sizes, outcomes):
    """The lattice that counts completions per outcome: (patterns, R) int64, how many reports of the free agents give
    each outcome. outcome: (P,) int32; sizes: (n,) int64. Cost: about n R (K + 1)^n additions."""
    patterns = 1
    for size in sizes:
        patterns *= size + 1
    table = np.zeros(patterns * outcomes, np.int64)
    for type_index in range(sizes[0]):
        place_counts(outcome, sizes, outcomes, table, type_index)
        fold_slab(table, sizes, outcomes, SUM, type_index)
    fold_first(table, sizes, outcomes, SUM, (0, pattern_strides(sizes)[0] * outcomes))
    return table.reshape(patterns, outcomes)


@jit
def _willing(table, types, truthful, outcome, weak, agents):
    """Write into `agents` those who would join for `outcome`; returns (how many, bit mask of the gainers among them)."""
    count, gainers = 0, 0
    for i in range(types.shape[0]):
        rise = gain(table, i, types[i], truthful, outcome)
        if rise > table.tolerance:
            gainers |= 1 << count
        elif weak or rise < -table.tolerance:
            continue
        agents[count] = i
        count += 1
    return count, gainers


@jit
def _count_outcome(ways, count, gainers, bounds):
    """(pairs, triples) at one profile for one outcome. ways: (2^count,) int64, completions with exactly the agents in
    the subset free; overwritten by those in which exactly they misreport. bounds: admitted sizes (smallest, largest)."""
    pairs, triples = 0, 0
    smallest, largest = bounds
    for subset in range(1, 1 << count):
        if subset & gainers and smallest <= popcount(np.uint64(subset)) <= largest:
            triples += ways[subset]
    for x in range(count):
        for subset in range(1 << count):
            if (subset >> x) & 1:
                ways[subset] -= ways[subset ^ (1 << x)]
    for subset in range(1, 1 << count):
        size = popcount(np.uint64(subset))
        least = size if subset & gainers else size + 1
        if max(least, smallest) <= min(largest, count):
            pairs += ways[subset]
    return pairs, triples


@jit
def count_units(table, ways, weak, bounds, span):
    """Count violations in the two other units among true profiles span[0]..span[1] (half-open).

    ways: (patterns, R) int64 from `completions`; weak: every member must gain strictly; bounds: (smallest, largest)
    coalition size. Returns (ordered pairs (theta, theta') such that some admitted coalition that contains all who
    misreport violates, triples (theta, D, joint report of D)). Cost: n R 2^n per profile.
    """
    n, outcomes = table.allocation.shape
    strides = pattern_strides(table.sizes)
    types = np.zeros(n, np.int64)
    agents = np.zeros(n, np.int64)
    local = np.zeros(1 << n, np.int64)
    patterns = np.zeros(1 << n, np.int64)
    decode(span[0], table.sizes, types)
    pairs, triples = 0, 0
    for profile in range(span[0], span[1]):
        truthful = table.outcome[profile]
        base = 0
        for i in range(n):
            base += types[i] * strides[i]
        for o in range(outcomes):
            count, gainers = _willing(table, types, truthful, o, weak, agents)
            if gainers == 0:
                continue
            patterns[0] = base
            local[0] = ways[base, o]
            for x in range(count):
                i = agents[x]
                step = (table.sizes[i] - types[i]) * strides[i]
                for subset in range(1 << x):
                    patterns[subset | (1 << x)] = patterns[subset] + step
                    local[subset | (1 << x)] = ways[patterns[subset] + step, o]
            more = _count_outcome(local, count, gainers, bounds)
            pairs += more[0]
            triples += more[1]
        advance(types, table.sizes)
    return pairs, triples
