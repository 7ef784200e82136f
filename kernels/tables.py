"""The arrays that every kernel reads: a finite mechanism, and which outcomes a type finds better than another."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit

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


class Masks(NamedTuple):
    """For type k of agent i who gets allocation c: the outcomes he likes at least as much, and strictly more."""

    accept: np.ndarray  # (n, max K, C, words) uint64, one bit per outcome
    strict: np.ndarray  # (n, max K, C, words) uint64


@jit
def pattern_strides(sizes):
    """Strides (n,) int64 of the pattern lattice, in which agent i has sizes[i] + 1 symbols, the last one free."""
    n = sizes.shape[0]
    strides = np.ones(n, np.int64)
    for i in range(n - 2, -1, -1):
        strides[i] = strides[i + 1] * (sizes[i + 1] + 1)
    return strides


@jit
def profile_strides(sizes):
    """Strides (n,) int64 of the profiles in C order, agent n-1 fastest."""
    n = sizes.shape[0]
    strides = np.ones(n, np.int64)
    for i in range(n - 2, -1, -1):
        strides[i] = strides[i + 1] * sizes[i + 1]
    return strides


@jit
def decode(profile, sizes, types):
    """Write the types (n,) int64 of a profile number into `types`."""
    for i in range(sizes.shape[0] - 1, -1, -1):
        types[i] = profile % sizes[i]
        profile //= sizes[i]


@jit
def advance(types, sizes):
    """Move `types` (n,) int64 on to the next profile in C order; from the last one to the first."""
    for i in range(sizes.shape[0] - 1, -1, -1):
        types[i] += 1
        if types[i] < sizes[i]:
            return
        types[i] = 0


@jit
def gain(table, agent, type_index, truthful, outcome):
    """What agent `agent` of type `type_index` gains, int64, when outcome `outcome` replaces outcome `truthful`."""
    row = table.utility[agent, type_index]
    return row[table.allocation[agent, outcome]] - row[table.allocation[agent, truthful]]


@jit
def _sort_down(utility, i, k, order):
    """Write into `order` (C,) the allocations by falling utility of agent i's type k; insertion, since C is small."""
    for c in range(order.shape[0]):
        place = c
        while place > 0 and utility[i, k, order[place - 1]] < utility[i, k, c]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = c


@jit
def _fill_sets(utility, i, k, order, holders, least, sets):
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
def fill_masks(table, masks):
    """Write `masks` for every agent, type and allocation, from the best allocation to the worst.

    Cost: n R + n K C (C + ceil(R / 64)).
    """
    n, outcomes = table.allocation.shape
    order = np.zeros(table.utility.shape[2], np.int64)
    holders = np.zeros((order.shape[0], masks.accept.shape[3]), np.uint64)
    for i in range(n):
        holders[:, :] = NONE
        for o in range(outcomes):
            holders[table.allocation[i, o], o >> 6] |= ONE << np.uint64(o & 63)
        for k in range(table.sizes[i]):
            _sort_down(table.utility, i, k, order)
            _fill_sets(table.utility, i, k, order, holders, -table.tolerance, masks.accept)
            _fill_sets(table.utility, i, k, order, holders, table.tolerance + 1, masks.strict)


@jit
def make_masks(table):
    """Allocate and fill `Masks` for a table; 2 n K C ceil(R / 64) words."""
    n, outcomes = table.allocation.shape
    shape = (n, table.utility.shape[1], table.utility.shape[2], (outcomes + 63) >> 6)
    masks = Masks(np.zeros(shape, np.uint64), np.zeros(shape, np.uint64))
    fill_masks(table, masks)
    return masks


@jit
def extension_counts(n, smallest, largest):
    """Table (n + 1, n + 1) int64: [s, r] is how many coalitions of smallest..largest members contain a given set of
    s agents and otherwise only agents out of r given ones. Pascal's triangle summed; no overflow for n <= 62."""
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
