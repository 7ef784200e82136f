"""The naive triple loop: every coalition's true types and joint reports, the outsiders' types enumerated for each."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray
from collude.kernels.members import agents_of
from collude.kernels.tables import advance, profile_strides


@jit
def naive_profitable(
    utility: IntArray,
    sizes: IntArray,
    weights: IntArray,
    coalition_bits: int,
    bar: int,
) -> tuple[int, int, int, int]:
    """Find by three nested loops the joint reports that a coalition expects to gain by: baseline and second opinion.

    Parameters
    ----------
    utility : IntArray
        (n, K, P) int64: what each type of each agent gets at each reported profile.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.
    coalition_bits : int
        The coalition, agent i at bit i.
    bar : int
        Gains up to this count as none.

    Returns
    -------
    tuple[int, int, int, int]
        What `scan_coalition` returns for all joint reports.

    Notes
    -----
    Cost: the members for each (true types, joint report, outsiders' types).

    References
    ----------
    Safronov (2016), Definition 1; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> utility = np.array([[[0, 5], [1, 0]]])
    >>> tuple(int(x) for x in naive_profitable(utility, np.array([2]), np.array([[1, 1]]), 1, 0))
    (2, 5, 0, 1)
    """
    n = sizes.shape[0]
    strides = profile_strides(sizes)
    members, others = agents_of(coalition_bits, n, True), agents_of(coalition_bits, n, False)
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
