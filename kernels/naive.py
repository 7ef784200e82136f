"""The naive pair loop: every ordered pair of profiles, member by member. The baseline and a second opinion."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.tables import advance, decode, gain


@jit
def _sides(table, true_types, report_types, outcomes, weak):
    """Bit masks (differ, accept, strict) of the agents for one ordered pair; differ = 0 if a misreporter refuses."""
    differ, accept, strict = 0, 0, 0
    for i in range(true_types.shape[0]):
        rise = gain(table, i, true_types[i], outcomes[0], outcomes[1])
        moved = true_types[i] != report_types[i]
        if moved and (rise < -table.tolerance or (weak and rise <= table.tolerance)):
            return 0, 0, 0
        bit = 1 << i
        if moved:
            differ |= bit
        if rise > table.tolerance:
            strict |= bit
            accept |= bit
        elif rise >= -table.tolerance and not weak:
            accept |= bit
    return differ, accept, strict


@jit
def naive_violations(table, span, largest, weak):
    """Count violations by looking at every ordered pair (theta, theta') with theta in span[0]..span[1] (half-open).

    Returns (pairs of profile and coalition, ordered pairs of profiles, triples of profile, coalition and joint report):
    the three units of counting. `largest` bounds the coalition's size; `weak` demands that every member gains strictly.
    Leaves a pair as soon as an agent who misreports refuses. Cost: n P^2 and the subsets of willing bystanders.
    """
    n = table.sizes.shape[0]
    true_types = np.zeros(n, np.int64)
    report_types = np.zeros(n, np.int64)
    decode(span[0], table.sizes, true_types)
    seen = np.zeros(1 << n, np.bool_)
    coalitions, pairs, triples = 0, 0, 0
    for profile in range(span[0], span[1]):
        seen[:] = False
        report_types[:] = 0
        for report in range(table.outcome.shape[0]):
            outcomes = (table.outcome[profile], table.outcome[report])
            differ, accept, strict = _sides(table, true_types, report_types, outcomes, weak)
            if differ != 0 and strict != 0:
                helpers = accept & ~differ
                extra = helpers
                found = False
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
                if found:
                    pairs += 1
            advance(report_types, table.sizes)
        advance(true_types, table.sizes)
    return coalitions, pairs, triples
