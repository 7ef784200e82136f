"""The arrays that every kernel reads: a finite mechanism, and which outcomes a type finds better than another."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word, WordArray

ONE = np.uint64(1)
NONE = np.uint64(0)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


class Table(NamedTuple):
    """A finite mechanism as arrays. Usable as an argument of, and inside, a user's own `@njit` code.

    n agents, agent i has sizes[i] types, R distinct outcomes; profiles are numbered in C order, agent n-1 fastest.
    Agent i cannot tell two outcomes apart that give him the same *allocation* (bundle and transfer).
    """

    outcome: np.ndarray  # (P,) int32: the outcome of each profile, 0..R-1
    sizes: np.ndarray  # (n,) int64: number of types of each agent
    allocation: np.ndarray  # (n, R) int32: number of agent i's allocation in outcome o, 0..C-1
    utility: np.ndarray  # (n, max K, C) int64: what agent i of type k gets from allocation c
    tolerance: int  # gains up to this count as none; 0 for an exact mechanism


class OutcomeSets(NamedTuple):
    """For type k of agent i who gets allocation c: the outcomes he likes at least as much, and strictly more."""

    accept: np.ndarray  # (n, max K, C, words) uint64, one bit per outcome
    strict: np.ndarray  # (n, max K, C, words) uint64


@jit
def pattern_strides(sizes: IntArray) -> IntArray:
    """How far apart, in the numbering of patterns, two patterns are that differ by one in one agent's symbol.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.

    Returns
    -------
    IntArray
        (n,) int64. Agent i has sizes[i] + 1 symbols, his types and, last, "free"; agent n-1 is fastest.

    Notes
    -----
    Cost: n steps.

    Examples
    --------
    >>> import numpy as np
    >>> pattern_strides(np.array([2, 3])).tolist()
    [4, 1]
    """
    n = sizes.shape[0]
    strides = np.ones(n, np.int64)
    for i in range(n - 2, -1, -1):
        strides[i] = strides[i + 1] * (sizes[i + 1] + 1)
    return strides


@jit
def profile_strides(sizes: IntArray) -> IntArray:
    """How far apart, in the numbering of profiles, two profiles are that differ by one in one agent's type index.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.

    Returns
    -------
    IntArray
        (n,) int64. C order: agent n-1 is fastest.

    Notes
    -----
    Cost: n steps.

    Examples
    --------
    >>> import numpy as np
    >>> profile_strides(np.array([2, 3])).tolist()
    [3, 1]
    """
    n = sizes.shape[0]
    strides = np.ones(n, np.int64)
    for i in range(n - 2, -1, -1):
        strides[i] = strides[i + 1] * sizes[i + 1]
    return strides


@jit
def decode(profile: int, sizes: IntArray, types: IntArray) -> None:
    """Write the type indices of a profile, given its number.

    Parameters
    ----------
    profile : int
        Number of a profile, 0..P-1.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    types : IntArray
        (n,) int64, written in place.

    Notes
    -----
    Cost: n divisions.

    Examples
    --------
    >>> import numpy as np
    >>> types = np.zeros(2, np.int64)
    >>> decode(5, np.array([2, 3]), types)
    >>> types.tolist()
    [1, 2]
    """
    for i in range(sizes.shape[0] - 1, -1, -1):
        types[i] = profile % sizes[i]
        profile //= sizes[i]


@jit
def advance(types: IntArray, sizes: IntArray) -> None:
    """Move a profile on to the next one in the order of their numbers; from the last one to the first.

    Parameters
    ----------
    types : IntArray
        (n,) int64, type indices, written in place.
    sizes : IntArray
        (n,) int64: number of types of each agent.

    Notes
    -----
    Cost: one step per agent whose type changes.

    Examples
    --------
    >>> import numpy as np
    >>> types = np.array([0, 2])
    >>> advance(types, np.array([2, 3]))
    >>> types.tolist()
    [1, 0]
    """
    for i in range(sizes.shape[0] - 1, -1, -1):
        types[i] += 1
        if types[i] < sizes[i]:
            return
        types[i] = 0


@jit
def gain(table: Table, agent: int, type_index: int, truthful: int, outcome: int) -> int:
    """What an agent gains when one outcome replaces another, in units of the mechanism's scale.

    Parameters
    ----------
    table : Table
        The mechanism.
    agent : int
        0..n-1.
    type_index : int
        His true type.
    truthful : int
        The outcome that is replaced, 0..R-1.
    outcome : int
        The outcome that takes its place.

    Returns
    -------
    int
        int64, negative if he loses.

    Notes
    -----
    Cost: four look-ups.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [2, 0]]]), 0)
    >>> int(gain(table, 0, 0, 0, 1)), int(gain(table, 0, 1, 0, 1))
    (5, -2)
    """
    row = table.utility[agent, type_index]
    return row[table.allocation[agent, outcome]] - row[table.allocation[agent, truthful]]


@jit
def _sort_down(utility: IntArray, i: Word, k: Word, order: IntArray) -> None:
    """Write into `order` (C,) the allocations by falling utility of agent i's type k; insertion, since C is small."""
    for c in range(order.shape[0]):
        place = c
        while place > 0 and utility[i, k, order[place - 1]] < utility[i, k, c]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = c


@jit
def _fill_sets(
    utility: IntArray,
    i: Word,
    k: Word,
    order: IntArray,
    holders: WordArray,
    least: Word,
    sets: WordArray,
) -> None:
    """sets[i, k, c] (words,) uint64: the outcomes whose utility exceeds that of allocation c by at least `least`."""
    for w in range(holders.shape[1]):
        union, above = NONE, 0
        for place in range(order.shape[0]):
            bar = utility[i, k, order[place]] + least
            while above < order.shape[0] and utility[i, k, order[above]] >= bar:
                union |= holders[order[above], w]
                above += 1
            sets[i, k, order[place], w] = union


@jit
def fill_outcome_sets(table: Table, outcome_sets: OutcomeSets) -> None:
    """Write, for every agent, type and allocation, which outcomes he likes at least as much and which strictly more.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        Both arrays (n, K, C, W) uint64, written in place.

    Notes
    -----
    Cost: n R + n K C (C + W), with K types and C allocations of an agent at most and W = ceil(R / 64) words.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [2, 0]]]), 0)
    >>> sets = OutcomeSets(np.zeros((1, 2, 2, 1), np.uint64), np.zeros((1, 2, 2, 1), np.uint64))
    >>> fill_outcome_sets(table, sets)
    >>> sets.strict[0, :, :, 0].tolist()
    [[2, 0], [0, 1]]
    """
    n, outcomes = table.allocation.shape
    order = np.zeros(table.utility.shape[2], np.int64)
    holders = np.zeros((order.shape[0], outcome_sets.accept.shape[3]), np.uint64)
    for i in range(n):
        holders[:, :] = NONE
        for o in range(outcomes):
            holders[table.allocation[i, o], o >> 6] |= ONE << np.uint64(o & 63)
        for k in range(table.sizes[i]):
            _sort_down(table.utility, i, k, order)
            _fill_sets(table.utility, i, k, order, holders, -table.tolerance, outcome_sets.accept)
            _fill_sets(table.utility, i, k, order, holders, table.tolerance + 1, outcome_sets.strict)


@jit
def make_outcome_sets(table: Table) -> OutcomeSets:
    """The sets of outcomes that each type likes at least as much as an allocation, and those it likes strictly more.

    Parameters
    ----------
    table : Table
        The mechanism.

    Returns
    -------
    OutcomeSets
        A pair of (n, K, C, W) arrays of words, one bit per outcome; 2 n K C ceil(R / 64) words.

    Notes
    -----
    Cost: as `fill_outcome_sets`.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [2, 0]]]), 0)
    >>> make_outcome_sets(table).accept[0, :, :, 0].tolist()
    [[3, 2], [1, 3]]
    """
    n, outcomes = table.allocation.shape
    shape = (n, table.utility.shape[1], table.utility.shape[2], (outcomes + 63) >> 6)
    outcome_sets = OutcomeSets(np.zeros(shape, np.uint64), np.zeros(shape, np.uint64))
    fill_outcome_sets(table, outcome_sets)
    return outcome_sets


@jit
def extension_counts(n: int, smallest: int, largest: int) -> IntArray:
    """How many coalitions of admitted sizes contain given agents and otherwise only agents out of some others.

    Parameters
    ----------
    n : int
        Number of agents, at most 62.
    smallest : int
        Fewest members of a coalition that counts.
    largest : int
        Most members of a coalition that counts.

    Returns
    -------
    IntArray
        (n + 1, n + 1) int64: entry [s, r] counts the coalitions that contain a given set of s agents and otherwise only
        agents out of r given ones.

    Notes
    -----
    Pascal's triangle, summed; n^3 additions.

    Examples
    --------
    >>> extension_counts(2, 1, 2).tolist()
    [[0, 1, 3], [1, 2, 3], [1, 1, 1]]
    """
    binomial = np.zeros((n + 1, n + 1), np.int64)
    for r in range(n + 1):
        binomial[r, 0] = 1
        for t in range(1, r + 1):
            binomial[r, t] = binomial[r - 1, t - 1] + binomial[r - 1, t]
    counts = np.zeros((n + 1, n + 1), np.int64)
    for s in range(n + 1):
        for r in range(n + 1):
            for t in range(r + 1):
                if smallest <= s + t <= largest:
                    counts[s, r] += binomial[r, t]
    return counts
