"""The most profitable violation: which profile and coalition, and which joint report brings it about."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Span, Word, WordArray
from collude.kernels.coalitions.bounds import _bound_prefix
from collude.kernels.coalitions.contest import (
    GAIN,
    MEMBERS,
    PROFILE,
    _count_needed,
    _examine_profile,
    _largest_tie,
    _learn_outcome,
    _make_contest,
    _needs_more,
)
from collude.kernels.coalitions.count_wide import OTHERS, _enter_wide
from collude.kernels.tables import NONE, OutcomeSets, Table, advance, decode, gain, profile_strides

STRONG, WEAK, ENFORCED = 0, 1, 2


@jit
def best_violation(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    least: int,
) -> tuple[int, int, int]:
    """Find the violation with the largest total gain: the profile at which, and the coalition by which, most can be gained.

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
    least : int
        Smaller gains are of no interest.

    Returns
    -------
    tuple[int, int, int]
        Total gain of the members in units of the mechanism's scale, the coalition as a word with agent i at bit i, and the
        profile; (-1, -1, -1) if no violation gains as much as `least`. Among equal gains the smaller coalition, then the
        lexicographic order of the members, then the first profile.

    Notes
    -----
    Profiles are dismissed by the bounds of `bounds.py`, and only outcomes that may still win are searched. Cost: a
    comparison for most profiles; at worst 2^n for each profile and outcome.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table, extension_counts, make_outcome_sets, reachable
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> reach = reachable(table.outcome, table.sizes, 2)
    >>> gain, coalition, profile = best_violation(table, make_outcome_sets(table), reach, extension_counts(1, 1, 1), (0, 2), 0)
    >>> int(gain), int(coalition), int(profile)
    (5, 1, 0)
    """
    n, words, outcomes, width = table.sizes.shape[0], reach.shape[1], table.allocation.shape[1], table.utility.shape[1]
    types, prefixes, last = np.zeros(n, np.int64), np.zeros(n, np.int64), n - 1
    contest, tables = _make_contest(table, outcome_sets, reach, span[1] - span[0]), (table, reach, extensions)
    best, places, without, needed = contest.best, contest.places, contest.without, contest.needed
    bound, known, asked = contest.bounds.bound.ravel(), contest.bounds.prefix.ravel(), contest.bounds.asked
    total, largest = contest.bounds.total.ravel(), contest.bounds.largest.ravel()
    utility, worthy, step = contest.bounds.utility.ravel(), contest.bounds.worthy, np.uint64(words)
    depth = n if asked.shape[0] > 0 else 0
    room = n
    while room > 0 and extensions[room, 0] == 0:
        room -= 1
    decode(span[0], table.sizes, types)
    profile = span[0]
    while profile < span[1]:
        first, entered, loaded, counted = profile - types[last], False, np.int64(-1), 0
        row, others = NONE, NONE
        stop = min(first + table.sizes[last], span[1])
        while profile < stop:
            truthful, goal = np.int64(table.outcome[profile]), max(best[GAIN], least)
            if bound[truthful] >= goal:
                own = profile - first
                if not entered:
                    entered, types[last] = True, 0
                    _enter_wide(table, types, words, places)
                    row, others = places[8 * last], places[8 * last + OTHERS]
                    for j in range(1, n):
                        prefixes[j] = prefixes[j - 1] * table.sizes[j - 1] + types[j - 1]
                if depth > 0 and asked[truthful] != goal:
                    _learn_outcome(table, truthful, goal, contest)
                alive, size, j, at = True, n, 0, truthful
                place = others + np.uint64(own) * step
                while alive and j < depth:
                    if known[at] != prefixes[j]:
                        known[at] = prefixes[j]
                        bound[at] = _bound_prefix(
                            total, largest, utility, (truthful, j - 1, n, width, outcomes), types[j - 1]
                        )
                    alive = bound[at] >= goal
                    allowed = min(room, _largest_tie(best[MEMBERS])) if bound[at] == best[GAIN] else room
                    if alive and allowed < size:
                        size = allowed
                        if counted <= size:
                            counted = size + 1
                            _count_needed(contest, counted)
                        alive = not _needs_more(worthy, needed, without, (truthful, words, place), size)
                    at += outcomes
                    j += 1
                if alive:
                    types[last] = own
                    places[8 * last] = row + np.uint64(own * table.utility.shape[2])
                    places[8 * last + OTHERS] = place
                    _examine_profile(tables, profile, types, (least, room), loaded == truthful, contest)
                    loaded = truthful
            profile += 1
        types[last] = table.sizes[last] - 1
        advance(types, table.sizes)
    return best[GAIN], best[MEMBERS], best[PROFILE]


@jit
def _is_best_reply(table: Table, type_index: Word, agent: Word, report: Word, stride: Word, played: Word) -> bool:
    """True if `played`, agent `agent`'s type number in profile `report`, is a best reply for his true type `type_index`."""
    here: Word = table.outcome[report]
    base: Word = report - played * stride
    for k in range(table.sizes[agent]):
        if gain(table, agent, type_index, here, table.outcome[base + k * stride]) > table.tolerance:
            return False
    return True


@jit
def _all_reply_best(
    table: Table,
    coalition_bits: Word,
    types: IntArray,
    report: Word,
    reported: IntArray,
    strides: IntArray,
) -> bool:
    n = types.shape[0]
    for i in range(n):
        if (coalition_bits >> i) & 1 and not _is_best_reply(table, types[i], i, report, strides[i], reported[i]):
            return False
    return True


@jit
def _total_gain(table: Table, coalition_bits: Word, types: IntArray, outcomes: tuple[Word, Word], rule: Word) -> Word:
    """The coalition_bits' total gain if they agree to move from outcomes[0] to outcomes[1] under `rule`, else -1."""
    n = types.shape[0]
    total = 0
    someone = False
    for i in range(n):
        if (coalition_bits >> i) & 1:
            rise = gain(table, i, types[i], outcomes[0], outcomes[1])
            if rise < -table.tolerance or (rule == WEAK and rise <= table.tolerance):
                return -1
            someone |= rise > table.tolerance
            total += rise
    return max(total, 0) if someone else -1


@jit
def best_report(table: Table, profile: int, coalition_bits: int, rule: int, first: bool) -> tuple[int, int]:
    """The joint report of one coalition at one profile that gains it most, the first one among equals.

    Parameters
    ----------
    table : Table
        The mechanism.
    profile : int
        Number of the true profile.
    coalition_bits : int
        The coalition, agent i at bit i.
    rule : int
        STRONG: nobody loses and somebody gains; WEAK: everybody gains; ENFORCED: STRONG, and every member's report is a
        best reply for his true type if the others report as agreed or truthfully.
    first : bool
        Stop at the first joint report that violates.

    Returns
    -------
    tuple[int, int]
        Total gain, and the number of the profile that is reported; (-1, -1) if there is none.

    Notes
    -----
    Cost: the product of K_i over the members, plus n times the distinct outcomes.

    References
    ----------
    Collude, common definitions: Group strategy-proofness, Self-enforcing (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> tuple(int(x) for x in best_report(table, 0, 1, STRONG, False))
    (5, 1)
    """
    n = table.sizes.shape[0]
    strides = profile_strides(table.sizes)
    types = np.zeros(n, np.int64)
    decode(profile, table.sizes, types)
    reported = types.copy()
    reports, at = 1, profile
    for i in range(n):
        if (coalition_bits >> i) & 1:
            at -= types[i] * strides[i]
            reported[i] = 0
            reports *= table.sizes[i]
    outcomes = table.allocation.shape[1]
    known = outcomes <= reports
    totals = np.empty(outcomes if known else 0, np.int64)
    for o in range(totals.shape[0]):
        totals[o] = _total_gain(table, coalition_bits, types, (table.outcome[profile], o), rule)
    best, best_at = -1, -1
    for _ in range(reports):
        o = table.outcome[at]
        total = totals[o] if known else _total_gain(table, coalition_bits, types, (table.outcome[profile], o), rule)
        if total > best and (rule != ENFORCED or _all_reply_best(table, coalition_bits, types, at, reported, strides)):
            best, best_at = total, at
            if first:
                break
        for i in range(n - 1, -1, -1):
            if (coalition_bits >> i) & 1:
                reported[i] += 1
                at += strides[i]
                if reported[i] < table.sizes[i]:
                    break
                at -= table.sizes[i] * strides[i]
                reported[i] = 0
    return best, best_at


@jit
def best_reports(table: Table, pairs: IntArray, rule: int, first: bool, gains: IntArray) -> None:
    """For each of many (profile, coalition) pairs, the largest total gain from a joint report.

    Parameters
    ----------
    table : Table
        The mechanism.
    pairs : IntArray
        (m, 2) int64: profile, and coalition as a word with agent i at bit i.
    rule : int
        As for `best_report`.
    first : bool
        As for `best_report`.
    gains : IntArray
        (m,) int64, written in place: the gain, -1 where no joint report violates.

    Notes
    -----
    Cost: that of `best_report` per row.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> gains = np.zeros(2, np.int64)
    >>> best_reports(table, np.array([[0, 1], [1, 1]]), STRONG, False, gains)
    >>> gains.tolist()
    [5, -1]
    """
    for x in range(pairs.shape[0]):
        gains[x] = best_report(table, pairs[x, 0], pairs[x, 1], rule, first)[0]
