"""Kernels inside a researcher's own jitted code: which second-price reserve leaves the fewest violating coalitions?"""

import numpy as np
from numba import njit

import collude  # sets up the kernel cache  # noqa: F401
from collude.kernels import violating_pairs


@njit(cache=True)
def violations_by_reserve(agents: int, values: int, reserves: np.ndarray, counts: np.ndarray) -> None:
    """For each reserve: build the auction with reserve as arrays, count the violating (profile, coalition) pairs."""
    profiles = values**agents
    sizes = np.full(agents, values, np.int64)
    types = np.zeros(agents, np.int64)
    for r in range(reserves.shape[0]):
        outcome = np.zeros(profiles, np.int32)  # 0: kept; 1 + winner * values + price: sold
        for profile in range(profiles):
            rest = profile
            for i in range(agents - 1, -1, -1):
                types[i] = rest % values
                rest //= values
            winner = int(np.argmax(types))
            price = reserves[r]
            for i in range(agents):
                if i != winner:
                    price = max(price, types[i])
            outcome[profile] = 1 + winner * values + price if types[winner] >= reserves[r] else 0
        utility = np.zeros((agents, values, 1 + agents * values), np.int64)
        for i in range(agents):
            for k in range(values):
                for price in range(values):
                    utility[i, k, 1 + i * values + price] = k - price
        counts[r] = violating_pairs(outcome, sizes, utility)


reserves = np.arange(5)
counts = np.zeros(5, np.int64)
violations_by_reserve(3, 5, reserves, counts)
assert counts[0] == 202
for reserve, count in zip(reserves.tolist(), counts.tolist(), strict=True):
    print(f"reserve {reserve}: {count} violating (profile, coalition) pairs")
