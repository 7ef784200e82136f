"""Counting violating (profile, coalition) pairs for any number of outcomes, as `count.py` explains; W words per set."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, ShortArray, Span, Word, WordArray
from collude.kernels.coalitions.walk import count_at_profile, enter_profile, make_walk
from collude.kernels.tables import NONE, ONE, OutcomeSets, Table, advance, decode, pattern_strides

# Eight entries per agent: the first row of his outcome_sets, what the others reach without him, 0, a step, the place of his
# outcome_sets. A step leads from his type to his free symbol and counts one member and one settled agent; it follows a 0
# because reading one of two entries needs no jump. Indices are unsigned in the loops over profiles: Numba tests a signed
# one for wrap-around at every access.
ROW, OTHERS, STAY, STEP, WISHES = 0, 1, 2, 3, 4
MEMBER, SETTLED, BYTE = np.uint64(40), np.uint64(48), np.uint64(255)
ONE_MEMBER, ONE_SETTLED, PATTERN_PART = np.uint64(1 << 40), np.uint64(1 << 48), np.uint64((1 << 40) - 1)


@jit
def _rows_without(sizes: IntArray, reach: WordArray, width: Word) -> WordArray:
    """Table (n * width, W) uint64: row i * width + k is what all others can reach while agent i reports type k."""
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    top = reach.shape[0] - 1
    rows = np.zeros((n * width, reach.shape[1]), np.uint64)
    for i in range(n):
        for k in range(sizes[i]):
            for w in range(reach.shape[1]):
                rows[i * width + k, w] = reach[top - (sizes[i] - k) * strides[i], w]
    return rows


@jit
def _flat_allocation(allocation: ShortArray) -> WordArray:
    """The allocations (n, R) int32 as a flat (R n,) uint64, agents fastest."""
    n, outcomes = allocation.shape
    flat = np.empty(outcomes * n, np.uint64)
    for o in range(outcomes):
        for i in range(n):
            flat[o * n + i] = np.uint64(allocation[i, o])
    return flat


@jit
def _load_wide(
    agents: WordArray,
    which: Span,
    accept: WordArray,
    strict: WordArray,
    without: WordArray,
    seen: WordArray,
    now: WordArray,
) -> bool:
    """As `_load` for the agents which[0]..which[1] (half-open) and W words. seen and now: (3 W,) uint64, the useful
    outcomes, those that one and that two gain from, before and with these agents. True if a useful one has a gainer."""
    words = seen.shape[0] // 3
    left = NONE
    for w in range(words):
        useful, once, twice = seen[w], seen[words + w], seen[2 * words + w]
        for i in range(which[0], which[1]):
            at = agents[8 * i + WISHES] + np.uint64(w)
            wish = strict[at]
            useful &= accept[at] | without[agents[8 * i + OTHERS] + np.uint64(w)]
            twice |= once & wish
            once |= wish
        now[w], now[words + w], now[2 * words + w] = useful, once, twice
        left |= useful & once
    return left != NONE


@jit
def _judge_wide(
    agents: WordArray,
    accept: WordArray,
    strict: WordArray,
    without: WordArray,
    now: WordArray,
) -> tuple[Word, Word]:
    """Two bit sets, agent i at bit i: who need not be a member, and who can be one. now: (3 W,) as in `_load_wide`."""
    words = now.shape[0] // 3
    free, able = NONE, NONE
    for w in range(words):
        useful, twice = now[w] & now[words + w], now[2 * words + w]
        bit = ONE
        for i in range(agents.shape[0] >> 3):
            at = agents[8 * i + WISHES] + np.uint64(w)
            others = without[agents[8 * i + OTHERS] + np.uint64(w)]
            free |= bit * np.uint64(useful & others & (twice | ~strict[at]) != NONE)
            able |= bit * np.uint64(useful & accept[at] != NONE)
            bit <<= ONE
    return free, able


@jit
def _settle_wide(
    agents: WordArray,
    accept: WordArray,
    strict: WordArray,
    now: WordArray,
    judged: tuple[Word, Word],
    found: WordArray,
) -> Word:
    """As `_settle` for all agents, judged by `_judge_wide`; found: (2 W,) uint64, what the compulsory gain from and
    what all but the excluded accept, written. Returns the steps added up."""
    words = found.shape[0] >> 1
    for w in range(words):
        gained, hit = NONE, now[w] & now[words + w]
        free, able = judged
        for i in range(agents.shape[0] >> 3):
            at = agents[8 * i + WISHES] + np.uint64(w)
            gained |= strict[at] & ((free & ONE) - ONE)
            hit &= accept[at] | ((able & ONE) - ONE)
            free >>= ONE
            able >>= ONE
        found[w], found[words + w] = gained, hit
    moved = NONE
    free, able = judged
    for i in range(agents.shape[0] >> 3):
        moved += agents[np.uint64(8 * i + STEP) - (free & ONE)] + ((~able & ONE) << SETTLED)
        free >>= ONE
        able >>= ONE
    return moved


@jit
def _reached(found: WordArray, reach: WordArray, row: Word) -> bool:
    """True if an outcome in `row` of `reach` is in both halves of `found` (2 W,)."""
    words = reach.shape[1]
    hit = NONE
    for w in range(words):
        hit |= found[w] & found[words + w] & reach[row, w]
    return hit != NONE


@jit
def _enter_wide(table: Table, types: IntArray, words: Word, agents: WordArray) -> Word:
    """As `_enter_row` with places instead of words: agents[8 i + OTHERS] is where the row of `_rows_without` begins."""
    n, width, classes = table.utility.shape
    pattern, stride = 0, 1
    for i in range(n - 1, -1, -1):
        row = i * width + types[i]
        agents[8 * i + ROW] = np.uint64(row * classes)
        agents[8 * i + OTHERS] = np.uint64(row * words)
        agents[8 * i + STEP] = np.uint64((table.sizes[i] - types[i]) * stride) | ONE_MEMBER | ONE_SETTLED
        pattern += types[i] * stride
        stride *= table.sizes[i] + 1
    return np.uint64(pattern)


@jit
def count_wide(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    limit: int,
) -> tuple[int, int]:
    """Count the violating (profile, coalition) pairs of a mechanism with any number of outcomes.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        As for `count_violations`.
    reach : WordArray
        (patterns, W) uint64, from `reachable`.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.
    span : Span
        Half-open span of profiles.
    limit : int
        As for `count_violations`.

    Returns
    -------
    tuple[int, int]
        As `count_violations`.

    Notes
    -----
    Cost: n W per profile where a look at each agent settles it, at most about 2^n W where it does not; W = ceil(R / 64).

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.coalitions.lattice import reachable
    >>> from collude.kernels.tables import extension_counts, make_outcome_sets
    >>> allocation = np.zeros((1, 200), np.int32)
    >>> allocation[0, 199] = 1  # of 200 outcomes, the agent can tell the last one from the others
    >>> table = Table(np.array([0, 199], np.int32), np.array([2]), allocation, np.array([[[0, 5], [0, 0]]]), 0)
    >>> sets, reach = make_outcome_sets(table), reachable(table.outcome, table.sizes, 200)
    >>> [int(x) for x in count_wide(table, sets, reach, extension_counts(1, 1, 1), (0, 2), 99)]
    [1, 2]
    """
    n, words = table.sizes.shape[0], reach.shape[1]
    last, loaded, width = n - 1, np.int32(-1), np.uint64(words)
    types, agents = np.zeros(n, np.int64), np.zeros(8 * n, np.uint64)
    start, before, now = np.zeros(3 * words, np.uint64), np.zeros(3 * words, np.uint64), np.zeros(3 * words, np.uint64)
    found, walk = np.zeros(2 * words, np.uint64), make_walk(n, words)
    accept, strict = outcome_sets.accept.ravel(), outcome_sets.strict.ravel()
    without = _rows_without(table.sizes, reach, table.utility.shape[1]).ravel()
    allocation = _flat_allocation(table.allocation)
    for w in range(words):
        start[w] = reach[reach.shape[0] - 1, w]
    decode(span[0], table.sizes, types)
    pattern = _enter_wide(table, types, words, agents)
    count = 0
    for profile in range(span[0], span[1]):
        truthful = table.outcome[profile]
        given = np.uint64(truthful) * np.uint64(n)
        if truthful != loaded:
            loaded = truthful
            for i in range(last):
                agents[8 * i + WISHES] = (agents[8 * i + ROW] + allocation[given + np.uint64(i)]) * width
            _load_wide(agents, (0, last), accept, strict, without, start, before)
        agents[8 * last + WISHES] = (agents[8 * last + ROW] + allocation[given + np.uint64(last)]) * width
        if _load_wide(agents, (last, n), accept, strict, without, before, now):
            moved = _settle_wide(agents, accept, strict, now, _judge_wide(agents, accept, strict, without, now), found)
            if _reached(found, reach, pattern + (moved & PATTERN_PART)):
                count += extensions[(moved >> MEMBER) & BYTE, np.uint64(n) - (moved >> SETTLED)]
            else:
                enter_profile(table, outcome_sets, truthful, types, walk)
                count += count_at_profile(walk, reach, extensions)
            if count >= limit:
                return count, profile
        advance(types, table.sizes)
        if types[last] == 0:
            loaded = np.int32(-1)
            pattern = _enter_wide(table, types, words, agents)
        else:
            pattern += ONE
            agents[8 * last + ROW] += np.uint64(table.utility.shape[2])
            agents[8 * last + OTHERS] += width
            agents[8 * last + STEP] -= ONE
    return count, span[1]
