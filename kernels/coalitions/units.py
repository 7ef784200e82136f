"""The other two units of counting: ordered pairs of profiles, and triples (profile, coalition, joint report)."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.arrays import IntArray, ShortArray, Span, Word
from collude.kernels.coalitions.lattice import SUM, fold_first, fold_slab, place_counts
from collude.kernels.tables import Table, advance, decode, gain, pattern_strides


@jit
def completions(outcome: ShortArray, sizes: IntArray, outcomes: int) -> IntArray:
    """How many joint reports of the free agents give each outcome, for every pattern.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    outcomes : int
        Their number R.

    Returns
    -------
    IntArray
        (patterns, R) int64.

    Notes
    -----
    Cost: about n R (K + 1)^n additions.

    Examples
    --------
    >>> import numpy as np
    >>> completions(np.array([0, 1, 1], np.int32), np.array([3]), 2).tolist()
    [[1, 0], [0, 1], [0, 1], [1, 2]]
    """
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
def _willing(
    table: Table,
    types: IntArray,
    truthful: Word,
    outcome: Word,
    weak: bool,
    agents: IntArray,
) -> tuple[Word, Word]:
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
def _count_outcome(ways: IntArray, count: Word, gainers: Word, bounds: Span) -> tuple[Word, Word]:
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
def count_units(table: Table, ways: IntArray, weak: bool, bounds: Span, span: Span) -> tuple[int, int]:
    """Count violations as ordered pairs of profiles, and as triples of a profile, a coalition and its joint report.

    Parameters
    ----------
    table : Table
        The mechanism.
    ways : IntArray
        (patterns, R) int64, from `completions`.
    weak : bool
        Every member must gain strictly.
    bounds : Span
        Smallest and largest size of coalitions that count.
    span : Span
        Half-open span of profiles.

    Returns
    -------
    tuple[int, int]
        Ordered pairs (theta, theta') such that some admitted coalition that contains all who misreport violates; triples
        (theta, coalition, joint report).

    Notes
    -----
    Cost: n R 2^n per profile.

    References
    ----------
    Collude, common definitions: Units of counting (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> pairs, triples = count_units(table, completions(table.outcome, table.sizes, 2), False, (1, 1), (0, 2))
    >>> int(pairs), int(triples)
    (1, 1)
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
