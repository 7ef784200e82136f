"""Counting violating (profile, coalition) pairs, most profiles settled by looking at each agent once.

At a profile let U be the outcomes that all agents together can reach and somebody gains from. A violating coalition
either contains agent j, and then its outcome is one that j accepts, or it does not, and then the outcome can be reached
without j and somebody else gains. So U shrinks to the AND over j of (accept_j | without_j). An agent whose
without_j misses U must be a member, one whose accept_j misses U cannot be; if one outcome is left that the
compulsory members can reach and all optional agents accept, exactly the coalitions between the two violate. Only
profiles that this leaves open are walked as a tree.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.lattice import reachable
from collude.kernels.tables import (
    NONE,
    ONE,
    Table,
    advance,
    decode,
    extension_counts,
    make_masks,
    pattern_strides,
)
from collude.kernels.walk import count_at_profile, enter_profile, make_walk

# Eight entries per agent: the first row of his masks, what the others reach without him, 0, a step, his accept and
# strict sets, the place of these. A step leads from his type to his free symbol and counts one member and one settled
# agent; it follows a 0 because reading one of two entries needs no jump. Indices are unsigned in the loops over
# profiles: Numba tests a signed one for wrap-around at every access.
ROW, OTHERS, STAY, STEP, ACCEPT, STRICT, WISHES = 0, 1, 2, 3, 4, 5, 6
MEMBER, SETTLED, BYTE = np.uint64(40), np.uint64(48), np.uint64(255)
ONE_MEMBER, ONE_SETTLED, PATTERN_PART = np.uint64(1 << 40), np.uint64(1 << 48), np.uint64((1 << 40) - 1)


@jit
def rows_without(sizes, reach, width):
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
def _by_outcome(allocation):
    """The allocations (n, R) int32 as a flat (R n,) uint64, agents fastest."""
    n, outcomes = allocation.shape
    flat = np.empty(outcomes * n, np.uint64)
    for o in range(outcomes):
        for i in range(n):
            flat[o * n + i] = np.uint64(allocation[i, o])
    return flat


@jit
def _enter_row(table, types, without, agents):
    """Write into `agents` (8 n,) uint64 what does not depend on the outcome, the last agent's step as if he had type 0;
    returns the number of the pattern in which he has."""
    n, width, classes = table.utility.shape
    pattern, stride = 0, table.sizes[n - 1] + 1
    agents[8 * n - 8 + STEP] = np.uint64(table.sizes[n - 1]) | ONE_MEMBER | ONE_SETTLED
    for i in range(n - 2, -1, -1):
        row = i * width + types[i]
        agents[8 * i + ROW] = np.uint64(row * classes)
        agents[8 * i + OTHERS] = without[row]
        agents[8 * i + STEP] = np.uint64((table.sizes[i] - types[i]) * stride) | ONE_MEMBER | ONE_SETTLED
        pattern += types[i] * stride
        stride *= table.sizes[i] + 1
    return np.uint64(pattern)


@jit
def _load(agents, last, accept, strict, allocation, given, useful):
    """Look at what the agents before `last` wish for; agent i's allocation is allocation[given + i].

    Returns the useful outcomes that this leaves, and those from which at least one and at least two of them gain.
    """
    once, twice = NONE, NONE
    for i in range(last):
        row = agents[8 * i + ROW] + allocation[given + np.uint64(i)]
        will, wish = accept[row], strict[row]
        agents[8 * i + ACCEPT] = will
        agents[8 * i + STRICT] = wish
        useful &= will | agents[8 * i + OTHERS]
        twice |= once & wish
        once |= wish
    return useful, once, twice


@jit
def _judge(useful, twice, will, wish, others):
    """(must be a member, cannot be one), each 0 or 1, of an agent who accepts `will`, gains from `wish`, and without
    whom `others` can be reached."""
    return np.uint64(useful & others & (twice | ~wish) == NONE), np.uint64(useful & will == NONE)


@jit
def _settle(agents, last, useful, twice):
    """What the compulsory members before agent `last` gain from, what all but the excluded accept, and their steps.

    Without a jump: whether an agent must be or cannot be a member is hard to predict.
    """
    gained, hit, moved = NONE, useful, NONE
    for i in range(last):
        will, wish = agents[8 * i + ACCEPT], agents[8 * i + STRICT]
        must, cannot = _judge(useful, twice, will, wish, agents[8 * i + OTHERS])
        gained |= wish & (NONE - must)
        hit &= will | (NONE - cannot)
        moved += agents[np.uint64(8 * i + STAY) + must] + (cannot << SETTLED)
    return gained, hit, moved


@jit
def count_one_word(table, masks, reach, extensions, span, limit):
    """`count_violations` for at most 64 outcomes: reach is (patterns, 1). A row of profiles in which only the last
    agent's type changes is one inner loop."""
    n, width, classes = table.utility.shape
    last = n - 1
    types, agents = np.zeros(n, np.int64), np.zeros(8 * n, np.uint64)
    walk = make_walk(n, 1)
    flat, accept, strict = reach.ravel(), masks.accept.ravel(), masks.strict.ravel()
    without, allocation = rows_without(table.sizes, reach, width).ravel(), _by_outcome(table.allocation)
    everything = flat[flat.shape[0] - 1]
    decode(span[0], table.sizes, types)
    count, profile = 0, span[0]
    while profile < span[1]:
        pattern = _enter_row(table, types, without, agents)
        # Most profiles of a row repeat the one before in all that concerns the other agents.
        loaded, before, judged, settled = np.int32(-1), (NONE, NONE, NONE), (NONE, NONE), (NONE, NONE, NONE)
        for k in range(types[last], min(table.sizes[last], types[last] + span[1] - profile)):
            truthful = table.outcome[profile]
            given = np.uint64(truthful) * np.uint64(n)
            if truthful != loaded:
                loaded, before = truthful, _load(agents, last, accept, strict, allocation, given, everything)
                judged = (NONE, NONE)
            at = np.uint64(last * width + k)
            row = at * np.uint64(classes) + allocation[given + np.uint64(last)]
            will, wish = accept[row], strict[row]
            twice = before[2] | (before[1] & wish)
            useful = before[0] & (before[1] | wish) & (will | without[at])
            if useful != NONE:
                if useful != judged[0] or twice != judged[1]:
                    judged, settled = (useful, twice), _settle(agents, last, useful, twice)
                must, cannot = _judge(useful, twice, will, wish, without[at])
                gained = settled[0] | (wish & (NONE - must))
                hit = settled[1] & (will | (NONE - cannot))
                moved = settled[2] + (agents[8 * last + STEP] - np.uint64(k)) * must + (cannot << SETTLED)
                if hit & gained & flat[pattern + np.uint64(k) + (moved & PATTERN_PART)] != NONE:
                    count += extensions[(moved >> MEMBER) & BYTE, np.uint64(n) - (moved >> SETTLED)]
                else:
                    types[last] = k
                    enter_profile(table, masks, truthful, types, walk)
                    count += count_at_profile(walk, reach, extensions)
                if count >= limit:
                    return count, profile
            profile += 1
        types[last] = table.sizes[last] - 1
        advance(types, table.sizes)
    return count, span[1]


@jit
def load_wishes(table, masks, truthful, types, without, everything, wide):
    """Load what the agents wish for at a profile: wide (3 n + 3, W) uint64 gets accept, strict, without for each agent,
    then the useful outcomes; the last two rows are scratch. True if a useful outcome is left. without: from
    `rows_without`; everything: (W,), the outcomes that all agents together can reach."""
    n = table.sizes.shape[0]
    width = table.utility.shape[1]
    left = NONE
    for w in range(wide.shape[1]):
        once, twice = NONE, NONE
        for i in range(n):
            c = table.allocation[i, truthful]
            wish = masks.strict[i, types[i], c, w]
            wide[3 * i, w] = masks.accept[i, types[i], c, w]
            wide[3 * i + 1, w] = wish
            twice |= once & wish
            once |= wish
        useful = once & everything[w]
        for i in range(n):
            others = without[i * width + types[i], w] & (twice | ~wide[3 * i + 1, w])
            wide[3 * i + 2, w] = others
            useful &= wide[3 * i, w] | others
        wide[3 * n, w] = useful
        left |= useful
    return left != NONE


@jit
def _load_wide(agents, which, accept, strict, without, seen, now):
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
def _judge_wide(agents, accept, strict, without, now):
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
def _settle_wide(agents, accept, strict, now, judged, found):
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
def _reached(found, reach, row):
    """True if an outcome in `row` of `reach` is in both halves of `found` (2 W,)."""
    words = reach.shape[1]
    hit = NONE
    for w in range(words):
        hit |= found[w] & found[words + w] & reach[row, w]
    return hit != NONE


@jit
def _enter_wide(table, types, words, agents):
    """As `_enter_row` with places instead of words: agents[8 i + OTHERS] is where the row of `rows_without` begins."""
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
def count_wide(table, masks, reach, extensions, span, limit):
    """`count_violations` for any number of outcomes."""
    n, words = table.sizes.shape[0], reach.shape[1]
    last, loaded, width = n - 1, np.int32(-1), np.uint64(words)
    types, agents = np.zeros(n, np.int64), np.zeros(8 * n, np.uint64)
    start, before, now = np.zeros(3 * words, np.uint64), np.zeros(3 * words, np.uint64), np.zeros(3 * words, np.uint64)
    found, walk = np.zeros(2 * words, np.uint64), make_walk(n, words)
    accept, strict = masks.accept.ravel(), masks.strict.ravel()
    without = rows_without(table.sizes, reach, table.utility.shape[1]).ravel()
    allocation = _by_outcome(table.allocation)
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
                enter_profile(table, masks, truthful, types, walk)
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


@jit
def count_violations(table, masks, reach, extensions, span, limit):
    """Number of violating (profile, coalition) pairs among the profiles span[0]..span[1] (half-open).

    table, masks: see `collude.kernels.tables`, every strict set part of its accept set; reach: (patterns, W) uint64
    from `reachable`; extensions: (n + 1, n + 1) int64 from `extension_counts`, which fixes the admitted coalition
    sizes; limit: stop after the first profile at which the count is at least this. Returns (count, that profile or
    span[1]). Cost: n W per profile where a look at each agent settles it, at most about 2^n W where it does not.
    """
    if reach.shape[1] == 1:
        return count_one_word(table, masks, reach, extensions, span, limit)
    return count_wide(table, masks, reach, extensions, span, limit)


@jit
def violating_pairs(outcome, sizes, utility):
    """Number of (profile, coalition) pairs that violate strong group strategy-proofness, all coalitions counted.

    outcome: (P,) int32 in C order, agent n-1 fastest, entries 0..R-1; sizes: (n,) int64; utility: (n, max K, R) int64,
    what agent i of type k gets from outcome o. One call from table to count, for use inside `@njit` code; `collude.check`
    does the same in blocks, with threads and witnesses. Utilities must stay below 2^62 in absolute value.
    """
    n, _, outcomes = utility.shape
    allocation = np.empty((n, outcomes), np.int32)
    for i in range(n):
        for o in range(outcomes):
            allocation[i, o] = o
    table = Table(outcome, sizes, allocation, utility, 0)
    reach = reachable(outcome, sizes, outcomes)
    span = (0, outcome.shape[0])
    return count_violations(table, make_masks(table), reach, extension_counts(n, 1, n), span, np.iinfo(np.int64).max)[0]
