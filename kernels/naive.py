"""The naive pair loop: every ordered pair of profiles, member by member. The baseline and a second opinion."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.tables import decode, gain


@jit
def _all_types(sizes, profiles):
    """Type numbers (P, n) int32 of all profiles in C order."""
    kinds = np.empty((profiles, sizes.shape[0]), np.int32)
    for profile in range(profiles):
        rest = profile
        for i in range(sizes.shape[0] - 1, -1, -1):
            kinds[profile, i] = rest % sizes[i]
            rest //= sizes[i]
    return kinds


@jit
def _load_rises(table, types, truthful, rises):
    """Write into `rises` (R, n) int64 what each agent of true type types[i] gains from each outcome."""
    for o in range(rises.shape[0]):
        for i in range(types.shape[0]):
            rises[o, i] = gain(table, i, types[i], truthful, o)


@jit
def _sides(rises, types, report, limits):
    """Bit masks (differ, accept, strict) of the agents for one ordered pair; limits: (least gain of a member, tolerance).
    differ is 0 if a misreporter refuses."""
    differ, accept, strict = 0, 0, 0
    for i in range(types.shape[0]):
        bit = 1 << i
        if rises[i] >= limits[0]:
            accept |= bit
            if rises[i] > limits[1]:
                strict |= bit
        if types[i] != report[i]:
            differ |= bit
    return differ, accept, strict


@jit
def naive_violations(table, span, largest, weak):
    """Count violations by looking at every ordered pair (theta, theta') with theta in span[0]..span[1] (half-open).

    Returns (pairs of profile and coalition, ordered pairs of profiles, triples of profile, coalition and joint report):
    the three units of counting. `largest` bounds the coalition's size; `weak` demands that every member gains strictly.
    Leaves a pair as soon as an agent who misreports refuses. Cost: up to n P per true profile, and the subsets of willing
    bystanders; memory 4 n P bytes.
    """
    n = table.sizes.shape[0]
    profiles = table.outcome.shape[0]
    kinds = _all_types(table.sizes, profiles)
    rises = np.empty((table.allocation.shape[1], n), np.int64)
    types = np.zeros(n, np.int64)
    limits = (table.tolerance + 1 if weak else -table.tolerance, table.tolerance)
    seen = np.zeros(1 << n, np.bool_)
    coalitions, pairs, triples = 0, 0, 0
    for profile in range(span[0], span[1]):
        decode(profile, table.sizes, types)
        _load_rises(table, types, table.outcome[profile], rises)
        seen[:] = False
        for report in range(profiles):
            o = table.outcome[report]
            refused = False
            for i in range(n):
                if kinds[report, i] != types[i] and rises[o, i] < limits[0]:
                    refused = True
                    break
            if refused:
                continue
            differ, accept, strict = _sides(rises[o], types, kinds[report], limits)
            if differ == 0 or strict == 0:
                continue
            found = False
            helpers = accept & ~differ
            extra = helpers
            while True:
                members = differ | extra
                if members & strict != 0 and popcount(np.uint64(members)) <= largest:
                    triples += 1
                    found = True
                    if not seen[members]:
                        seen[members] = True
                        coalitions += 1
                if extra == 0:
                    break
                extra = (extra - 1) & helpers
            pairs += found
    return coalitions, pairs, triples


@jit
def naive_pairs(table, span):
    """Number of ordered pairs (theta, theta'), theta in span[0]..span[1] (half-open), that violate strong group
    strategy-proofness: nobody who misreports loses, somebody gains. The leanest naive loop, the baseline of benchmarks.
    Cost: up to n P per true profile, usually a look at one or two agents per pair; memory 4 n P bytes."""
    n = table.sizes.shape[0]
    profiles = table.outcome.shape[0]
    kinds = _all_types(table.sizes, profiles)
    rises = np.empty((table.allocation.shape[1], n), np.int64)
    types = np.zeros(n, np.int64)
    pairs = 0
    for profile in range(span[0], span[1]):
        decode(profile, table.sizes, types)
        _load_rises(table, types, table.outcome[profile], rises)
        for report in range(profiles):
            o = table.outcome[report]
            gained = False
            for i in range(n):
                if rises[o, i] > table.tolerance:
                    gained = True
                elif rises[o, i] < -table.tolerance and kinds[report, i] != types[i]:
                    gained = False
                    break
            pairs += gained
    return pairs
