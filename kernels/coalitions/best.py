"""The most profitable violation: which profile and coalition, and which joint report brings it about."""

import numpy as np

from collude.kernels._jit import jit, lowest_bit, popcount
from collude.kernels.coalitions.count_wide import load_wishes, rows_without
from collude.kernels.coalitions.walk import NOBODY, enter_profile, make_walk, next_violation
from collude.kernels.tables import NONE, ONE, advance, decode, gain, profile_strides

STRONG, WEAK, ENFORCED = 0, 1, 2


@jit
def _keep_profitable(table, truthful, types, useful, least, keep):
    """Write into `keep` (W,) the useful outcomes whose gains, summed over all who gain, reach `least`; True if any."""
    some = False
    for w in range(useful.shape[0]):
        keep[w] = NONE
        rest = useful[w]
        while rest != NONE:
            o = 64 * w + lowest_bit(rest)
            total = 0
            for i in range(types.shape[0]):
                total += max(0, gain(table, i, types[i], truthful, o))
            if total >= least:
                keep[w] |= rest & ~(rest - ONE)
                some = True
            rest &= rest - ONE
    return some


@jit
def _best_outcome(table, truthful, types, walk, row, depth):
    """The largest total gain of the coalition at `depth` from one reachable outcome that its members accept."""
    n = types.shape[0]
    members = walk.state[2, depth]
    best = -1
    for w in range(row.shape[0]):
        rest = walk.accepted[depth, w] & walk.gained[depth, w] & row[w]
        while rest != NONE:
            o = 64 * w + lowest_bit(rest)
            total = 0
            for i in range(n):
                if (members >> (n - 1 - i)) & 1:
                    total += gain(table, i, types[i], truthful, o)
            best = max(best, total, 0)
            rest &= rest - ONE
    return best


@jit
def best_violation(table, masks, reach, extensions, span, least):
    """The violation with the largest total gain among the profiles span[0]..span[1] (half-open).

    Ties: smaller coalition, then lexicographic order of the members, then the first profile. Arguments as in
    `count_violations`; least: int64, gains below it are of no interest. Returns (gain, members, profile), gain -1 if there
    is none; members is a bit mask with agent i at bit n-1-i. Outcomes that cannot reach the best gain so far are dropped
    before the walk, so that few profiles are walked.
    """
    n = table.sizes.shape[0]
    types = np.zeros(n, np.int64)
    wide = np.zeros((3 * n + 3, reach.shape[1]), np.uint64)
    walk = make_walk(n, reach.shape[1])
    without = rows_without(table.sizes, reach, table.utility.shape[1])
    everything = reach[reach.shape[0] - 1]
    keep = np.zeros(reach.shape[1], np.uint64)
    best, best_members, best_profile = -1, 0, -1
    decode(span[0], table.sizes, types)
    for profile in range(span[0], span[1]):
        truthful = table.outcome[profile]
        if load_wishes(table, masks, truthful, types, without, everything, wide) and _keep_profitable(
            table, truthful, types, wide[3 * n], max(best, least), keep
        ):
            enter_profile(table, masks, truthful, types, walk)
            for w in range(keep.shape[0]):
                walk.accepted[0, w] = keep[w]
            depth = next_violation(walk, reach, extensions, NOBODY)
            while depth > 0:
                total = _best_outcome(table, truthful, types, walk, reach[walk.state[0, depth]], depth)
                members = walk.state[2, depth]
                size = popcount(np.uint64(best_members))
                if total > best or (total == best and (depth < size or (depth == size and members > best_members))):
                    best, best_members, best_profile = total, members, profile
                depth = next_violation(walk, reach, extensions, depth)
        advance(types, table.sizes)
    return best, best_members, best_profile


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
        if (members >> (n - 1 - i)) & 1 and not _is_best_reply(table, types[i], i, report, strides[i], reported[i]):
            return False
    return True


@jit
def _total_gain(table, members, types, outcomes, rule):
    """The members' total gain if they agree to move from outcomes[0] to outcomes[1] under `rule`, else -1."""
    n = types.shape[0]
    total = 0
    someone = False
    for i in range(n):
        if (members >> (n - 1 - i)) & 1:
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
        if (members >> (n - 1 - i)) & 1:
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
            if (members >> (n - 1 - i)) & 1:
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
