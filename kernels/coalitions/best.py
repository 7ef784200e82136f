"""The most profitable violation: which profile and coalition, and which joint report brings it about."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.coalitions.bounds import bound_prefix
from collude.kernels.coalitions.contest import GAIN, MEMBERS, PROFILE, count_needed, largest_tie, learn_outcome, make_contest, needs_more, visit
from collude.kernels.coalitions.count_wide import OTHERS, enter_wide
from collude.kernels.tables import NONE, advance, decode, gain, profile_strides

STRONG, WEAK, ENFORCED = 0, 1, 2


@jit
def best_violation(table, masks, reach, extensions, span, least):
    """The violation with the largest total gain among the profiles span[0]..span[1] (half-open).
    """
    n, words, outcomes, width = table.sizes.shape[0], reach.shape[1], table.allocation.shape[1], table.utility.shape[1]
    types, prefixes, last = np.zeros(n, np.int64), np.zeros(n, np.int64), n - 1
    contest, tables = make_contest(table, masks, reach, span[1] - span[0]), (table, reach, extensions)
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
        first, entered, loaded, counted = profile - types[last], False, -1, 0
        row, others = NONE, NONE
        stop = min(first + table.sizes[last], span[1])
        while profile < stop:
            truthful, goal = np.int64(table.outcome[profile]), max(best[GAIN], least)
            if bound[truthful] >= goal:
                own = profile - first
                if not entered:
                    entered, types[last] = True, 0
                    enter_wide(table, types, words, places)
                    row, others = places[8 * last], places[8 * last + OTHERS]
                    for j in range(1, n):
                        prefixes[j] = prefixes[j - 1] * table.sizes[j - 1] + types[j - 1]
                if depth > 0 and asked[truthful] != goal:
                    learn_outcome(table, truthful, goal, contest)
                alive, size, j, at = True, n, 0, truthful
                place = others + np.uint64(own) * step
                while alive and j < depth:
                    if known[at] != prefixes[j]:
                        known[at] = prefixes[j]
                        bound[at] = bound_prefix(
                            total, largest, utility, (truthful, j - 1, n, width, outcomes), types[j - 1]
                        )
                    alive = bound[at] >= goal
                    allowed = min(room, largest_tie(best[MEMBERS])) if bound[at] == best[GAIN] else room
                    if alive and allowed < size:
                        size = allowed
                        if counted <= size:
                            counted = size + 1
                            count_needed(contest, counted)
                        alive = not needs_more(worthy, needed, without, (truthful, words, place), size)
                    at += outcomes
                    j += 1
                if alive:
                    types[last] = own
                    places[8 * last] = row + np.uint64(own * table.utility.shape[2])
                    places[8 * last + OTHERS] = place
                    visit(tables, profile, types, (least, room), loaded == truthful, contest)
                    loaded = truthful
            profile += 1
        types[last] = table.sizes[last] - 1
        advance(types, table.sizes)
    return best[GAIN], best[MEMBERS], best[PROFILE]


@jit
def _is_best_reply(table, type_index, agent, report, stride, played):
    """True if `played`, agent `agent`'s type number in profile `report`, is a best reply for his true type `type_index`."""
    here = table.outcome[report]
    base = report - played * stride
    for k in range(table.sizes[agent]):
        if gain(table, agent, type_index, here, table.outcome[base + k * stride]) > table.tolerance:
            return False
    return True


@jit
def _all_reply_best(table, members, types, report, reported, strides):
    n = types.shape[0]
    for i in range(n):
        if (members >> i) & 1 and not _is_best_reply(table, types[i], i, report, strides[i], reported[i]):
            return False
    return True


@jit
def _total_gain(table, members, types, outcomes, rule):
    """The members' total gain if they agree to move from outcomes[0] to outcomes[1] under `rule`, else -1."""
    n = types.shape[0]
    total = 0
    someone = False
    for i in range(n):
        if (members >> i) & 1:
            rise = gain(table, i, types[i], outcomes[0], outcomes[1])
            if rise < -table.tolerance or (rule == WEAK and rise <= table.tolerance):
                return -1
            someone |= rise > table.tolerance
            total += rise
    return max(total, 0) if someone else -1


@jit
def best_report(table, profile, members, rule, first):
    """The joint report of the coalition `members` that gains it most at `profile`, the first one among equals.

    rule: STRONG, WEAK, or ENFORCED (strong, and every member's report is a best reply for his true type, the others'
    reports as agreed or truthful). first: stop at the first joint report that violates. Returns (gain, profile that is
    reported), (-1, -1) if there is none. Cost: prod of K_i over the members, plus n times the distinct outcomes.
    """
    n = table.sizes.shape[0]
    strides = profile_strides(table.sizes)
    types = np.zeros(n, np.int64)
    decode(profile, table.sizes, types)
    reported = types.copy()
    reports, at = 1, profile
    for i in range(n):
        if (members >> i) & 1:
            at -= types[i] * strides[i]
            reported[i] = 0
            reports *= table.sizes[i]
    outcomes = table.allocation.shape[1]
    known = outcomes <= reports
    totals = np.empty(outcomes if known else 0, np.int64)
    for o in range(totals.shape[0]):
        totals[o] = _total_gain(table, members, types, (table.outcome[profile], o), rule)
    best, best_at = -1, -1
    for _ in range(reports):
        o = table.outcome[at]
        total = totals[o] if known else _total_gain(table, members, types, (table.outcome[profile], o), rule)
        if total > best and (rule != ENFORCED or _all_reply_best(table, members, types, at, reported, strides)):
            best, best_at = total, at
            if first:
                break
        for i in range(n - 1, -1, -1):
            if (members >> i) & 1:
                reported[i] += 1
                at += strides[i]
                if reported[i] < table.sizes[i]:
                    break
                at -= table.sizes[i] * strides[i]
                reported[i] = 0
    return best, best_at


@jit
def best_reports(table, pairs, rule, first, gains):
    """`best_report` for every row (profile, members) of `pairs` (m, 2) int64; writes the gain or -1 into `gains` (m,)."""
    for x in range(pairs.shape[0]):
        gains[x] = best_report(table, pairs[x, 0], pairs[x, 1], rule, first)[0]
