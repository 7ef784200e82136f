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
def _pack_one_word(table, masks):
    """(wishes, shares): accept and strict side by side, flat, 2 per (agent, type, allocation); and for each outcome, agent
    after agent, twice the number of the allocation. uint64, so that indices need no check for negative ones."""
    n, outcomes = table.allocation.shape
    kinds, classes = table.utility.shape[1], table.utility.shape[2]
    wishes = np.empty(2 * n * kinds * classes, np.uint64)
    at = 0
    for i in range(n):
        for k in range(kinds):
            for c in range(classes):
                wishes[at] = masks.accept[i, k, c, 0]
                wishes[at + 1] = masks.strict[i, k, c, 0]
                at += 2
    shares = np.empty(outcomes * n, np.uint64)
    for o in range(outcomes):
        for i in range(n):
            shares[o * n + i] = np.uint64(2 * table.allocation[i, o])
    return wishes, shares


@jit
def count_one_word(table, masks, reach, extensions, span, limit):
    """`count_violations` for at most 64 outcomes: reach is (patterns, 1). One long body: a call per profile would cost
    more than the work."""
    n, kinds = table.sizes.shape[0], table.utility.shape[1]
    jump, strides = np.uint64(2 * table.utility.shape[2]), pattern_strides(table.sizes)
    types = np.zeros(n, np.int64)
    starts = np.zeros(n, np.uint64)
    steps = np.zeros(n, np.int64)
    outside = np.zeros(n, np.uint64)
    accept, strict = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    others = np.zeros(n, np.uint64)
    walk = make_walk(n, 1)
    flat = reach[:, 0]
    without = rows_without(table.sizes, reach, kinds)[:, 0]
    wishes, shares = _pack_one_word(table, masks)
    decode(span[0], table.sizes, types)
    everything = flat[flat.shape[0] - 1]
    base, count = 0, 0
    for i in range(n):
        starts[i] = np.uint64(i * kinds + types[i]) * jump
        steps[i] = (table.sizes[i] - types[i]) * strides[i]
        outside[i] = without[i * kinds + types[i]]
        base += types[i] * strides[i]
    for profile in range(span[0], span[1]):
        first = np.uint64(table.outcome[profile]) * np.uint64(n)
        once, twice = NONE, NONE
        for i in range(n):
            row = starts[i] + shares[first + np.uint64(i)]
            wish = wishes[row + ONE]
            accept[i] = wishes[row]
            strict[i] = wish
            twice |= once & wish
            once |= wish
        useful = once & everything
        for i in range(n):
            rest = outside[i] & (twice | ~strict[i])
            others[i] = rest
            useful &= accept[i] | rest
        if useful != NONE:
            gained, hit, pattern = NONE, useful, base
            members, optional = 0, 0
            for i in range(n):
                must = np.uint64((useful & others[i]) == NONE)
                cannot = np.uint64((useful & accept[i]) == NONE)
                gained |= strict[i] & (NONE - must)
                hit &= accept[i] | (NONE - cannot)
                pattern += steps[i] * np.int64(must)
                members += np.int64(must)
                optional += np.int64(ONE - (must | cannot))
            if hit & gained & flat[pattern] != NONE:
                count += extensions[members, optional]
            else:
                enter_profile(table, masks, table.outcome[profile], types, walk)
                count += count_at_profile(walk, reach, extensions)
            if count >= limit:
                return count, profile
        for i in range(n - 1, -1, -1):
            types[i] += 1
            starts[i] += jump
            base += strides[i]
            if types[i] < table.sizes[i]:
                steps[i] -= strides[i]
                outside[i] = without[i * kinds + types[i]]
                break
            types[i] = 0
            steps[i] = table.sizes[i] * strides[i]
            outside[i] = without[i * kinds]
            starts[i] = np.uint64(i * kinds) * jump
            base -= table.sizes[i] * strides[i]
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
def _settle_wide(wide, steps, base, reach, extensions):
    """As `_settle_one_word`, any number of words; the scratch rows hold what the compulsory gain and what all accept."""
    n, words = steps.shape[0], wide.shape[1]
    useful, gained, hit = wide[3 * n], wide[3 * n + 1], wide[3 * n + 2]
    members, optional = 0, 0
    for w in range(words):
        gained[w] = NONE
        hit[w] = useful[w]
    for i in range(n):
        inside, outside = NONE, NONE
        for w in range(words):
            inside |= useful[w] & wide[3 * i, w]
            outside |= useful[w] & wide[3 * i + 2, w]
        if outside == NONE:
            members += 1
            base += steps[i]
            for w in range(words):
                gained[w] |= wide[3 * i + 1, w]
        elif inside != NONE:
            optional += 1
            for w in range(words):
                hit[w] &= wide[3 * i, w]
    for w in range(words):
        if hit[w] & gained[w] & reach[base, w] != NONE:
            return extensions[members, optional]
    return -1


@jit
def count_wide(table, masks, reach, extensions, span, limit):
    """`count_violations` for any number of outcomes."""
    n = table.sizes.shape[0]
    strides = pattern_strides(table.sizes)
    types = np.zeros(n, np.int64)
    steps = np.zeros(n, np.int64)
    wide = np.zeros((3 * n + 3, reach.shape[1]), np.uint64)
    walk = make_walk(n, reach.shape[1])
    without = rows_without(table.sizes, reach, table.utility.shape[1])
    everything = reach[reach.shape[0] - 1]
    decode(span[0], table.sizes, types)
    count = 0
    for profile in range(span[0], span[1]):
        truthful = table.outcome[profile]
        if load_wishes(table, masks, truthful, types, without, everything, wide):
            base = 0
            for i in range(n):
                steps[i] = (table.sizes[i] - types[i]) * strides[i]
                base += types[i] * strides[i]
            settled = _settle_wide(wide, steps, base, reach, extensions)
            if settled < 0:
                enter_profile(table, masks, truthful, types, walk)
                settled = count_at_profile(walk, reach, extensions)
            count += settled
            if count >= limit:
                return count, profile
        advance(types, table.sizes)
    return count, span[1]


@jit
def count_violations(table, masks, reach, extensions, span, limit):
    """Number of violating (profile, coalition) pairs among the profiles span[0]..span[1] (half-open).

    table, masks: see `collude.kernels.tables`; reach: (patterns, W) uint64 from `reachable`; extensions: (n + 1, n + 1)
    int64 from `extension_counts`, which fixes the admitted coalition sizes; limit: stop after the first profile at which
    the count is at least this. Returns (count, that profile or span[1]). Cost: n W per profile where a look at each
    agent settles it, at most about 2^n W where it does not.
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
