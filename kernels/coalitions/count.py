"""Counting violating (profile, coalition) pairs, most profiles settled by looking at each agent once.

At a profile let U be the outcomes that all agents together can reach and somebody gains from. A violating coalition
either contains agent j, and then its outcome is one that j accepts, or it does not, and then the outcome can be reached
without j and somebody else gains. So U shrinks to the AND over j of (accept_j | without_j). An agent whose
without_j misses U must be a member, one whose accept_j misses U cannot be; if one outcome is left that the
compulsory members can reach and all optional agents accept, exactly the coalitions between the two violate. Only
profiles that this leaves open are walked as a tree.
"""

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.coalitions.count_two import count_two_words
from collude.kernels.coalitions.count_wide import count_wide
from collude.kernels.coalitions.lattice import reachable
from collude.kernels.coalitions.walk import count_at_profile, enter_profile, make_walk
from collude.kernels.tables import (
    ALL,
    NONE,
    ONE,
    Table,
    advance,
    decode,
    extension_counts,
    make_masks,
)

# A move adds up, agent by agent: steps from types to free symbols in the low bits, above them the place of
# extensions[members, agents not yet settled], which a compulsory member raises by n and an excluded agent lowers by 1.
# Indices are unsigned in the loops over profiles: Numba tests a signed one for wrap-around at every access.
TWO, PLACE = np.uint64(2), np.uint64(40)
ONE_PLACE, PATTERN_PART = np.uint64(1 << 40), np.uint64((1 << 40) - 1)


@jit
def _by_outcome(masks, allocation):
    """Accept and strict set of every agent, type and outcome, side by side: flat (2 n K R,) uint64."""
    n, width = masks.accept.shape[:2]
    outcomes = allocation.shape[1]
    sets = np.empty(2 * n * width * outcomes, np.uint64)
    at = NONE
    for i in range(n):
        for k in range(width):
            for o in range(outcomes):
                sets[at] = masks.accept[i, k, allocation[i, o], 0]
                sets[at + ONE] = masks.strict[i, k, allocation[i, o], 0]
                at += TWO
    return sets


@jit
def _enter_row(table, types, flat, first, without, steps):
    """Write, for all agents but the last, where their sets start, what the others reach without them, and their moves;
    returns the number of the pattern in which the last agent has type 0."""
    n, width, _ = table.utility.shape
    pattern, stride = 0, table.sizes[n - 1] + 1
    for i in range(n - 2, -1, -1):
        free = (table.sizes[i] - types[i]) * stride
        first[i] = 2 * (i * width + types[i]) * table.allocation.shape[1]
        without[i] = flat[flat.shape[0] - 1 - free]
        steps[i] = np.uint64(free) + np.uint64(n) * ONE_PLACE
        pattern += types[i] * stride
        stride *= table.sizes[i] + 1
    return np.uint64(pattern)


@inlined
def _load(sets, place, first, without, mine, useful):
    """Copy the sets of all agents but the last into `mine` (2 n,), two each. place: twice the truthful outcome.

    Returns the useful outcomes that these agents leave, and those from which at least one and at least two of them gain.
    """
    once, twice = NONE, NONE
    for i in range(np.uint64(first.shape[0] - 1)):
        will, wish = sets[first[i] + place], sets[first[i] + place + ONE]
        mine[TWO * i], mine[TWO * i + ONE] = will, wish
        useful &= will | without[i]
        twice |= once & wish
        once |= wish
    return useful, once, twice


@inlined
def _settle(mine, without, steps, useful, twice, start):
    """Of all agents but the last: what the compulsory members gain from, what all but the excluded accept, and their
    moves. Without a jump: whether an agent must be or cannot be a member is hard to predict."""
    gained, hit, move = NONE, useful, start
    i = np.uint64(steps.shape[0] - 1)
    while i > NONE:
        i -= ONE
        will, wish = mine[TWO * i], mine[TWO * i + ONE]
        must = useful & without[i] & (twice | ~wish) == NONE
        cannot = useful & will == NONE
        gained |= wish if must else NONE
        hit &= ALL if cannot else will
        move += (steps[i] if must else NONE) - (ONE_PLACE if cannot else NONE)
    return gained, hit, move


@jit
def count_one_word(table, masks, reach, extensions, span, limit):
    """`count_violations` for at most 64 outcomes: reach is (patterns, 1). A row of profiles in which only the last
    agent's type changes is one inner loop; the other agents are looked at again when the outcome changes, and settled
    again when what is useful does."""
    n, width, _ = table.utility.shape
    start, twofold = np.uint64(n) * ONE_PLACE, np.uint64(2 * table.allocation.shape[1])
    types, walk = np.zeros(n, np.int64), make_walk(n, reach.shape[1])
    flat, sets, counts = reach.ravel(), _by_outcome(masks, table.allocation), extensions.ravel()
    first, without, steps = np.zeros(n, np.uint64), np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    mine, everything = np.zeros(2 * n, np.uint64), flat[flat.shape[0] - 1]
    type_indices, offset = np.uint64(table.sizes[n - 1]), np.uint64((n - 1) * width)
    without_last = flat[flat.shape[0] - 1 - table.sizes[n - 1] : flat.shape[0] - 1]
    decode(span[0], table.sizes, types)
    count, profile = 0, span[0]
    while profile < span[1]:
        pattern = _enter_row(table, types, flat, first, without, steps)
        # Most profiles of a row repeat the one before in all that concerns the other agents.
        loaded, asked = np.int32(-1), (NONE, NONE)
        before, rest = (NONE, NONE, NONE), (NONE, NONE, NONE)
        stop = min(table.sizes[n - 1], types[n - 1] + span[1] - profile)
        for k in range(np.uint64(types[n - 1]), np.uint64(stop)):
            truthful, free = table.outcome[np.uint64(profile)], type_indices - k
            place = TWO * np.uint64(truthful)
            if truthful != loaded:
                loaded, asked = truthful, (NONE, NONE)
                before = _load(sets, place, first, without, mine, everything)
            own = (offset + k) * twofold + place
            will, wish, others = sets[own], sets[own + ONE], without_last[k]
            twice = before[2] | (before[1] & wish)
            useful = before[0] & (before[1] | wish) & (will | others)
            if useful != NONE:
                if useful != asked[0] or twice != asked[1]:
                    asked = (useful, twice)
                    rest = _settle(mine, without, steps, useful, twice, start)
                must = useful & others & (twice | ~wish) == NONE
                cannot = useful & will == NONE
                gained, hit = rest[0] | (wish if must else NONE), rest[1] & (ALL if cannot else will)
                move = rest[2] + (free + start if must else NONE) - (ONE_PLACE if cannot else NONE)
                if gained & hit & flat[pattern + k + (move & PATTERN_PART)] != NONE:
                    count += counts[move >> PLACE]
                else:
                    types[n - 1] = np.int64(k)
                    enter_profile(table, masks, truthful, types, walk)
                    count += count_at_profile(walk, reach, extensions)
                if count >= limit:
                    return count, profile
            profile += 1
        types[n - 1] = table.sizes[n - 1] - 1
        advance(types, table.sizes)
    return count, span[1]


def counter_for(words):
    """The kernel that `count_violations` calls for sets of so many words: compiling only the one that is needed halves
    what a first run waits for."""
    return {1: count_one_word, 2: count_two_words}.get(words, count_wide)


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
    if reach.shape[1] == 2:
        return count_two_words(table, masks, reach, extensions, span, limit)
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
