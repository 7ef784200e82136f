"""The naive triple loop: every coalition's true types and joint reports, the outsiders' types enumerated for each."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.deals.splits import agents_of
from collude.kernels.tables import advance, profile_strides


@jit
def naive_profitable(utility, sizes, weights, mask, bar):
    """What `scan_coalition` returns for all joint reports, from the definition. The baseline and a second opinion.

    utility: (n, max K, P) int64, what agent i of type k gets at each reported profile; weights: (n, max K) int64.
    Cost: the members for each (true types, joint report, outsiders' types).
    """
    n = sizes.shape[0]
    strides = profile_strides(sizes)
    members, others = agents_of(mask, n, True), agents_of(mask, n, False)
    own, rest = sizes[members], sizes[others]
    reports, contexts = 1, 1
    for size in own:
        reports *= size
    for size in rest:
        contexts *= size
    types, told, context = np.zeros_like(members), np.zeros_like(members), np.zeros_like(others)
    count, best, best_types, best_report = 0, -1, -1, -1
    for t in range(reports):
        for r in range(reports):
            gain = 0
            for _ in range(contexts):
                weight, there, said = 1, 0, 0
                for x in range(others.shape[0]):
                    weight *= weights[others[x], context[x]]
                    there += context[x] * strides[others[x]]
                said = there
                for x in range(members.shape[0]):
                    there += types[x] * strides[members[x]]
                    said += told[x] * strides[members[x]]
                for x in range(members.shape[0]):
                    row = utility[members[x], types[x]]
                    gain += weight * (row[said] - row[there])
                advance(context, rest)
            if gain > bar:
                count += 1
                if gain > best:
                    best, best_types, best_report = gain, t, r
            advance(told, own)
        advance(types, own)
    return count, best, best_types, best_report
