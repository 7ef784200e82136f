"""The hardest baseline we know for a loop over all pairs: types packed into one word, one test per ordered pair."""

import numpy as np
from numba import njit

from collude.kernels import Table
from collude.kernels.tables import advance, decode, gain

NONE, ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(nogil=True)
def _pack(sizes: np.ndarray, profiles: int) -> np.ndarray:
    """Word per profile, (P,) uint64: agent i's type in byte i. At most 8 agents and 256 types."""
    types = np.zeros(sizes.shape[0], np.int64)
    packed = np.zeros(profiles, np.uint64)
    for profile in range(profiles):
        for i in range(sizes.shape[0]):
            packed[profile] |= np.uint64(types[i]) << np.uint64(8 * i)
        advance(types, sizes)
    return packed


@njit(nogil=True)
def packed_pairs(table: Table, span: tuple[int, int]) -> int:
    """What `collude.kernels.naive_pairs` counts. Per true profile and outcome, `refused` holds a full byte for every agent
    who would lose, or all ones where nobody gains; a pair violates iff no changed byte meets it. Cost: n R + P per true
    profile, without any branch on an agent. The count is kept in memory: in a register it is vectorised with gathers,
    which are slower."""
    n, outcomes = table.allocation.shape
    packed = _pack(table.sizes, table.outcome.shape[0])
    refused = np.zeros(outcomes, np.uint64)
    types = np.zeros(n, np.int64)
    found = np.zeros(1, np.int64)
    decode(span[0], table.sizes, types)
    for profile in range(span[0], span[1]):
        for o in range(outcomes):
            losers, gained = NONE, False
            for i in range(n):
                rise = gain(table, i, types[i], table.outcome[profile], o)
                gained |= rise > table.tolerance
                if rise < -table.tolerance:
                    losers |= np.uint64(255) << np.uint64(8 * i)
            refused[o] = losers if gained else ALL
        here = packed[profile]
        for report in range(table.outcome.shape[0]):
            if (packed[report] ^ here) & refused[np.uint64(table.outcome[report])] == NONE:
                found[0] += 1
        found[0] -= 1  # the profile itself changes no byte
        advance(types, table.sizes)
    return found[0]
