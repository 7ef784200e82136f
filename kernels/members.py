"""Who is in a coalition, and where the joint types of some agents are among the profiles."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Span
from collude.kernels.tables import advance, decode, profile_strides


@jit
def agents_of(coalition_bits: int, n: int, inside: bool) -> IntArray:
    """The members of a coalition, or all agents but these.

    Parameters
    ----------
    coalition_bits : int
        The coalition, agent i at bit i.
    n : int
        Number of agents.
    inside : bool
        The members; if False, the others.

    Returns
    -------
    IntArray
        int64, increasing.

    Notes
    -----
    Cost: n steps.

    Examples
    --------
    >>> agents_of(0b101, 3, True).tolist(), agents_of(0b101, 3, False).tolist()
    ([0, 2], [1])
    """
    agents = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        if ((coalition_bits >> i) & 1 == 1) == inside:
            agents[count] = i
            count += 1
    return agents[:count].copy()


@jit
def joint_offsets(sizes: IntArray, agents: IntArray) -> IntArray:
    """What each joint type of some agents adds to the number of a profile.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.
    agents : IntArray
        (d,) int64.

    Returns
    -------
    IntArray
        (joint types,) int64, in C order, the last of these agents fastest.

    Notes
    -----
    Cost: one step per entry.

    Examples
    --------
    >>> import numpy as np
    >>> joint_offsets(np.array([2, 3]), np.array([0])).tolist()
    [0, 3]
    """
    strides = profile_strides(sizes)
    offsets = np.zeros(1, np.int64)
    for i in agents:
        longer = np.empty(offsets.shape[0] * sizes[i], np.int64)
        for m in range(offsets.shape[0]):
            for k in range(sizes[i]):
                longer[m * sizes[i] + k] = offsets[m] + k * strides[i]
        offsets = longer
    return offsets


@jit
def context_bases(sizes: IntArray, outsiders: IntArray, span: Span) -> IntArray:
    """The profiles at which some agents have given joint types and all others their first type.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.
    outsiders : IntArray
        (m,) int64, increasing: the agents whose joint types are given.
    span : Span
        Half-open span of their joint types, in C order.

    Returns
    -------
    IntArray
        (joint types in the span,) int64: numbers of profiles.

    Notes
    -----
    Cost: m steps per entry.

    Examples
    --------
    >>> import numpy as np
    >>> context_bases(np.array([2, 3]), np.array([1]), (1, 3)).tolist()
    [1, 2]
    """
    strides = profile_strides(sizes)
    own = sizes[outsiders]
    types = np.zeros(outsiders.shape[0], np.int64)
    decode(span[0], own, types)
    bases = np.zeros(span[1] - span[0], np.int64)
    for c in range(bases.shape[0]):
        for x in range(outsiders.shape[0]):
            bases[c] += types[x] * strides[outsiders[x]]
        advance(types, own)
    return bases
