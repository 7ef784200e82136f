"""Counting violating (profile, coalition) pairs for 65 to 128 outcomes, as `count.py` explains; two words per set.

The two words of a set are kept apart in variables, `low` and `high`: a loop over them would cost as much again.
"""

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import IntArray, ShortArray, Span, Word, WordArray
from collude.kernels.coalitions.walk import count_at_profile, enter_profile, make_walk
from collude.kernels.tables import ALL, NONE, ONE, OutcomeSets, Table, advance, decode

TWO, THREE, FOUR, PLACE = np.uint64(2), np.uint64(3), np.uint64(4), np.uint64(40)
ONE_PLACE, PATTERN_PART = np.uint64(1 << 40), np.uint64((1 << 40) - 1)


@jit
def _word_pairs_by_outcome(outcome_sets: OutcomeSets, allocation: ShortArray) -> WordArray:
    """Accept and strict set of every agent, type and outcome, side by side, two words each: flat (4 n K R,) uint64."""
    n, width = outcome_sets.accept.shape[:2]
    outcomes = allocation.shape[1]
    sets = np.empty(4 * n * width * outcomes, np.uint64)
    at = NONE
    for i in range(n):
        for k in range(width):
            for o in range(outcomes):
                c = allocation[i, o]
                sets[at], sets[at + ONE] = outcome_sets.accept[i, k, c, 0], outcome_sets.accept[i, k, c, 1]
                sets[at + TWO], sets[at + THREE] = outcome_sets.strict[i, k, c, 0], outcome_sets.strict[i, k, c, 1]
                at += FOUR
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
    """As in `count.py`; without: (2 n,)."""
    n, width, _ = table.utility.shape
    pattern, stride = 0, table.sizes[n - 1] + 1
    for i in range(n - 2, -1, -1):
        free = (table.sizes[i] - types[i]) * stride
        first[i] = 4 * (i * width + types[i]) * table.allocation.shape[1]
        without[2 * i], without[2 * i + 1] = flat[flat.shape[0] - 2 - 2 * free], flat[flat.shape[0] - 1 - 2 * free]
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
    useful: tuple[Word, Word],
) -> tuple[Word, Word, Word, Word, Word, Word]:
    """As in `count.py` with pairs of words. place: four times the truthful outcome; mine: (4 n,), four words each."""
    low, high = useful
    once_low, once_high, twice_low, twice_high = NONE, NONE, NONE, NONE
    for i in range(np.uint64(first.shape[0] - 1)):
        at, own, others = first[i] + place, FOUR * i, TWO * i
        will, wish = sets[at], sets[at + TWO]
        mine[own], mine[own + TWO] = will, wish
        low &= will | without[others]
        twice_low |= once_low & wish
        once_low |= wish
        will, wish = sets[at + ONE], sets[at + THREE]
        mine[own + ONE], mine[own + THREE] = will, wish
        high &= will | without[others + ONE]
        twice_high |= once_high & wish
        once_high |= wish
    return low, high, once_low, once_high, twice_low, twice_high


@inlined
def _settle(
    mine: WordArray,
    without: WordArray,
    steps: WordArray,
    useful: tuple[Word, Word],
    twice: tuple[Word, Word],
    start: Word,
) -> tuple[Word, Word, Word, Word, Word]:
    """As in `count.py` with pairs of words."""
    low, high = useful
    gained_low, gained_high, hit_low, hit_high, move = NONE, NONE, low, high, start
    i = np.uint64(steps.shape[0] - 1)
    while i > NONE:
        i -= ONE
        own, others = FOUR * i, TWO * i
        will_low, will_high, wish_low, wish_high = mine[own], mine[own + ONE], mine[own + TWO], mine[own + THREE]
        may_low = low & without[others] & (twice[0] | ~wish_low)
        must = may_low | (high & without[others + ONE] & (twice[1] | ~wish_high)) == NONE
        cannot = (low & will_low) | (high & will_high) == NONE
        gained_low |= wish_low if must else NONE
        gained_high |= wish_high if must else NONE
        hit_low &= ALL if cannot else will_low
        hit_high &= ALL if cannot else will_high
        move += (steps[i] if must else NONE) - (ONE_PLACE if cannot else NONE)
    return gained_low, gained_high, hit_low, hit_high, move


@jit
def count_two_words(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    limit: int,
) -> tuple[int, int]:
    """Count the violating (profile, coalition) pairs of a mechanism with 65 to 128 outcomes.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        As for `count_violations`, two words per set.
    reach : WordArray
        (patterns, 2) uint64, from `reachable`.
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
    The method of `count_one_word`; about 1.7 times its cost.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.coalitions.lattice import reachable
    >>> from collude.kernels.tables import extension_counts, make_outcome_sets
    >>> allocation = np.zeros((1, 100), np.int32)
    >>> allocation[0, 99] = 1  # of 100 outcomes, the agent can tell the last one from the others
    >>> table = Table(np.array([0, 99], np.int32), np.array([2]), allocation, np.array([[[0, 5], [0, 0]]]), 0)
    >>> sets, reach = make_outcome_sets(table), reachable(table.outcome, table.sizes, 100)
    >>> [int(x) for x in count_two_words(table, sets, reach, extension_counts(1, 1, 1), (0, 2), 99)]
    [1, 2]
    """
    n, width, _ = table.utility.shape
    start, fourfold = np.uint64(n) * ONE_PLACE, np.uint64(4 * table.allocation.shape[1])
    types, walk = np.zeros(n, np.int64), make_walk(n, 2)
    flat, sets, counts = reach.ravel(), _word_pairs_by_outcome(outcome_sets, table.allocation), extensions.ravel()
    first, without, steps = np.zeros(n, np.uint64), np.zeros(2 * n, np.uint64), np.zeros(n, np.uint64)
    mine, everything = np.zeros(4 * n, np.uint64), (flat[flat.shape[0] - 2], flat[flat.shape[0] - 1])
    type_indices, offset = np.uint64(table.sizes[n - 1]), np.uint64((n - 1) * width)
    without_last = flat[flat.shape[0] - 2 - 2 * table.sizes[n - 1] : flat.shape[0] - 2]
    decode(span[0], table.sizes, types)
    count, profile = 0, span[0]
    while profile < span[1]:
        pattern = _enter_row(table, types, flat, first, without, steps)
        loaded, asked = np.int32(-1), (NONE, NONE, NONE, NONE)
        before, rest = (NONE, NONE, NONE, NONE, NONE, NONE), (NONE, NONE, NONE, NONE, NONE)
        stop = min(table.sizes[n - 1], types[n - 1] + span[1] - profile)
        for k in range(np.uint64(types[n - 1]), np.uint64(stop)):
            truthful, free = table.outcome[np.uint64(profile)], type_indices - k
            place = FOUR * np.uint64(truthful)
            if truthful != loaded:
                loaded, asked = truthful, (NONE, NONE, NONE, NONE)
                before = _load(sets, place, first, without, mine, everything)
            own = (offset + k) * fourfold + place
            will_low, will_high, wish_low, wish_high = sets[own], sets[own + ONE], sets[own + TWO], sets[own + THREE]
            others_low, others_high = without_last[TWO * k], without_last[TWO * k + ONE]
            twice_low, twice_high = before[4] | (before[2] & wish_low), before[5] | (before[3] & wish_high)
            low = before[0] & (before[2] | wish_low) & (will_low | others_low)
            high = before[1] & (before[3] | wish_high) & (will_high | others_high)
            if low | high != NONE:
                if low != asked[0] or high != asked[1] or twice_low != asked[2] or twice_high != asked[3]:
                    asked = (low, high, twice_low, twice_high)
                    rest = _settle(mine, without, steps, (low, high), (twice_low, twice_high), start)
                may_high = high & others_high & (twice_high | ~wish_high)
                must = (low & others_low & (twice_low | ~wish_low)) | may_high == NONE
                cannot = (low & will_low) | (high & will_high) == NONE
                hit_low = (rest[0] | (wish_low if must else NONE)) & rest[2] & (ALL if cannot else will_low)
                hit_high = (rest[1] | (wish_high if must else NONE)) & rest[3] & (ALL if cannot else will_high)
                move = rest[4] + (free + start if must else NONE) - (ONE_PLACE if cannot else NONE)
                row = TWO * (pattern + k + (move & PATTERN_PART))
                if (hit_low & flat[row]) | (hit_high & flat[row + ONE]) != NONE:
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
