"""Counting violating (profile, coalition) pairs, most profiles settled by looking at each agent once.

At a profile let U be the outcomes that all agents together can reach and somebody gains from. A violating coalition
either contains agent j, and then its outcome is one that j accepts, or it does not, and then the outcome can be reached
without j and somebody else gains. So U shrinks to the AND over j of (accept_j | without_j). An agent whose
without_j misses U must be a member, one whose accept_j misses U cannot be; if one outcome is left that the
compulsory members can reach and all optional agents accept, exactly the coalitions between the two violate. Only
profiles that this leaves open are walked as a tree.
"""

from collections.abc import Callable

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import IntArray, ShortArray, Span, Word, WordArray
from collude.kernels.coalitions.count_two import count_two_words
from collude.kernels.coalitions.count_wide import count_wide
from collude.kernels.coalitions.lattice import reachable
from collude.kernels.coalitions.walk import count_at_profile, enter_profile, make_walk
from collude.kernels.tables import (
    ALL,
    NONE,
    ONE,
    OutcomeSets,
    Table,
    advance,
    decode,
    extension_counts,
    make_outcome_sets,
)

# A move adds up, agent by agent: steps from types to free symbols in the low bits, above them the place of
# extensions[members, agents not yet settled], which a compulsory member raises by n and an excluded agent lowers by 1.
# Indices are unsigned in the loops over profiles: Numba tests a signed one for wrap-around at every access.
TWO, PLACE = np.uint64(2), np.uint64(40)
ONE_PLACE, PATTERN_PART = np.uint64(1 << 40), np.uint64((1 << 40) - 1)


@jit
def _sets_by_outcome(outcome_sets: OutcomeSets, allocation: ShortArray) -> WordArray:
    """Accept and strict set of every agent, type and outcome, side by side: flat (2 n K R,) uint64."""
    n, width = outcome_sets.accept.shape[:2]
    outcomes = allocation.shape[1]
    sets = np.empty(2 * n * width * outcomes, np.uint64)
    at = NONE
    for i in range(n):
        for k in range(width):
            for o in range(outcomes):
                sets[at] = outcome_sets.accept[i, k, allocation[i, o], 0]
                sets[at + ONE] = outcome_sets.strict[i, k, allocation[i, o], 0]
                at += TWO
    return sets


@jit
def _enter_row(
    table: Table,
    types: IntArray,
    flat: WordArray,
    first: WordArray,
    without: WordArray,
    steps: WordArray,
) -> Word:
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
def _load(
    sets: WordArray,
    place: Word,
    first: WordArray,
    without: WordArray,
    mine: WordArray,
    useful: Word,
) -> tuple[Word, Word, Word]:
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
def _settle(
    mine: WordArray,
    without: WordArray,
    steps: WordArray,
    useful: Word,
    twice: Word,
    start: Word,
) -> tuple[Word, Word, Word]:
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
def count_one_word(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    limit: int,
) -> tuple[int, int]:
    """Count the violating (profile, coalition) pairs of a mechanism with at most 64 outcomes.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        As for `count_violations`, one word per set.
    reach : WordArray
        (patterns, 1) uint64, from `reachable`.
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
    A row of profiles in which only the last agent's type changes is one inner loop; the other agents are looked at again
    when the outcome changes, and settled again when the useful outcomes do. Cost: n steps per profile at most where a look
    at each agent settles it, about 2^n where it does not.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.coalitions.lattice import reachable
    >>> from collude.kernels.tables import extension_counts, make_outcome_sets
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> sets, reach = make_outcome_sets(table), reachable(table.outcome, table.sizes, 2)
    >>> [int(x) for x in count_one_word(table, sets, reach, extension_counts(1, 1, 1), (0, 2), 99)]
    [1, 2]
    """
    n, width, _ = table.utility.shape
    start, twofold = np.uint64(n) * ONE_PLACE, np.uint64(2 * table.allocation.shape[1])
    types, walk = np.zeros(n, np.int64), make_walk(n, reach.shape[1])
    flat, sets, counts = reach.ravel(), _sets_by_outcome(outcome_sets, table.allocation), extensions.ravel()
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
                    enter_profile(table, outcome_sets, truthful, types, walk)
                    count += count_at_profile(walk, reach, extensions)
                if count >= limit:
                    return count, profile
            profile += 1
        types[n - 1] = table.sizes[n - 1] - 1
        advance(types, table.sizes)
    return count, span[1]


def counter_for(words: int) -> Callable[..., tuple[int, int]]:
    """The kernel that counts violations where sets of outcomes have so many words.

    Parameters
    ----------
    words : int
        Ceil(R / 64).

    Returns
    -------
    Callable[..., tuple[int, int]]
        `count_one_word`, `count_two_words` or `count_wide`; arguments as those of `count_violations`.

    Notes
    -----
    Compiling only the one that is needed halves what a first run waits for.

    Examples
    --------
    >>> counter_for(2).__name__
    'count_two_words'
    """
    return {1: count_one_word, 2: count_two_words}.get(words, count_wide)


@jit
def count_violations(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    limit: int,
) -> tuple[int, int]:
    """Count the violating pairs of a profile and a coalition: those where a joint misreport pays for the coalition.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        What each type accepts and what it strictly prefers; every strict set is part of its accept set. Strong group
        strategy-proofness takes those of `make_outcome_sets`, the weak form OutcomeSets(strict, strict).
    reach : WordArray
        (patterns, W) uint64, from `reachable`.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.
    span : Span
        Half-open span of profiles.
    limit : int
        Stop after the first profile at which the count is at least this.

    Returns
    -------
    tuple[int, int]
        The count, and the profile at which it stopped, or span[1].

    Notes
    -----
    Cost: n W per profile where a look at each agent settles it, at most about 2^n W where it does not; W = ceil(R / 64).

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> reach = reachable(table.outcome, table.sizes, 2)
    >>> count, last = count_violations(table, make_outcome_sets(table), reach, extension_counts(1, 1, 1), (0, 2), 99)
    >>> int(count), int(last)  # the agent's first type would rather have the outcome of his second one
    (1, 2)
    """
    if reach.shape[1] == 1:
        return count_one_word(table, outcome_sets, reach, extensions, span, limit)
    if reach.shape[1] == 2:
        return count_two_words(table, outcome_sets, reach, extensions, span, limit)
    return count_wide(table, outcome_sets, reach, extensions, span, limit)


@jit
def violating_pairs(outcome: ShortArray, sizes: IntArray, utility: IntArray) -> int:
    """Count the (profile, coalition) pairs that violate strong group strategy-proofness, straight from a table of outcomes.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    utility : IntArray
        (n, K, R) int64: what each type of each agent gets from each outcome; absolute values below 2^62.

    Returns
    -------
    int
        int64, over all coalitions and profiles.

    Notes
    -----
    One call for use inside `@njit` code; `collude.check` does the same in blocks, with threads and witnesses. Cost: as
    `reachable` and `count_violations`.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> int(violating_pairs(np.array([0, 1], np.int32), np.array([2]), np.array([[[0, 5], [0, 0]]])))
    1
    """
    n, _, outcomes = utility.shape
    allocation = np.empty((n, outcomes), np.int32)
    for i in range(n):
        for o in range(outcomes):
            allocation[i, o] = o
    table = Table(outcome, sizes, allocation, utility, 0)
    reach = reachable(outcome, sizes, outcomes)
    span = (0, outcome.shape[0])
    return count_violations(
        table, make_outcome_sets(table), reach, extension_counts(n, 1, n), span, np.iinfo(np.int64).max
    )[0]
