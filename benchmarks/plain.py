"""The baseline as anybody would first write it: every ordered pair of profiles, agent by agent, with early exits."""

import numpy as np
from numba import njit

from collude.kernels import Table
from collude.kernels.tables import advance


@njit(nogil=True)
def all_types(sizes: np.ndarray, profiles: int) -> np.ndarray:
    """The types of every profile, (P, n) int64."""
    types = np.zeros((profiles, sizes.shape[0]), np.int64)
    row = np.zeros(sizes.shape[0], np.int64)
    for profile in range(profiles):
        types[profile] = row
        advance(row, sizes)
    return types


@njit(nogil=True)
def plain_pairs(table: Table, span: tuple[int, int]) -> int:
    """What `collude.kernels.naive_pairs` counts, utilities looked up pair by pair; left at once where the outcome is the
    same, and at the first misreporting agent who loses."""
    n, outcomes = table.allocation.shape
    types = all_types(table.sizes, table.outcome.shape[0])
    utility = np.empty((n, table.utility.shape[1], outcomes), np.int64)
    for i in range(n):
        for o in range(outcomes):
            utility[i, :, o] = table.utility[i, :, table.allocation[i, o]]
    pairs = 0
    for profile in range(span[0], span[1]):
        truth = table.outcome[profile]
        for report in range(table.outcome.shape[0]):
            o = table.outcome[report]
            if o == truth:
                continue
            agreed, gained = True, False
            for i in range(n):
                rise = utility[i, types[profile, i], o] - utility[i, types[profile, i], truth]
                if rise < 0 and types[profile, i] != types[report, i]:
                    agreed = False
                    break
                gained |= rise > 0
            pairs += agreed and gained
    return pairs
