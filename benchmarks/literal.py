"""Baselines for expected externalities: the literal formulas, in NumPy subset by subset, and compiled term by term."""

from itertools import combinations
from math import factorial, prod

import numpy as np
from numba import njit

Means = dict[tuple[int, ...], np.ndarray]


def all_means(table: np.ndarray, prior: list[np.ndarray]) -> Means:
    """E_J of a table (K_0, ..., K_{n-1}) for every set J of agents, axes of J kept with length 1; each from a smaller set."""
    found: Means = {(): table}
    for size in range(1, table.ndim + 1):
        for out in combinations(range(table.ndim), size):
            smaller = found[out[:-1]]
            found[out] = np.expand_dims(np.tensordot(smaller, prior[out[-1]], axes=(out[-1], 0)), out[-1])
    return found


def numpy_transfers(values: np.ndarray, prior: list[np.ndarray]) -> np.ndarray:
    """Formula (6) by means over axes: (n, K_0, ..., K_{n-1}) floats from `values` of the same shape."""
    n = len(values)
    own = [np.expand_dims(np.tensordot(values[i], prior[i], axes=(i, 0)), i) for i in range(n)]
    means = all_means(sum(own[1:], own[0]), prior)
    found = np.empty_like(values)
    weights = probabilities(prior)
    for i in range(n):
        found[i] = (values[i] * weights).sum() - own[i]
        others = [j for j in range(n) if j != i]
        for size in range(n):
            factor = factorial(size) * factorial(n - 1 - size) / factorial(n)
            for out in combinations(others, size):
                found[i] += factor * (means[out] - means[tuple(sorted((*out, i)))])
    return found


def probabilities(prior: list[np.ndarray]) -> np.ndarray:
    """The probability of every profile, (K_0, ..., K_{n-1})."""
    weights = prior[0]
    for row in prior[1:]:
        weights = np.multiply.outer(weights, row)
    return weights


def numpy_certificates(values: np.ndarray, money: np.ndarray, prior: list[np.ndarray]) -> float:
    """How far transfers are from equalities (1), (2), (3) and the guarantees, by means over axes, coalition by coalition."""
    n = len(values)
    worst = float(np.abs(money.sum(axis=0)).max())
    total = values + money
    expected = (values * probabilities(prior)).reshape(n, -1).sum(axis=1)
    sums = {}
    for size in range(1, n):
        for group in combinations(range(n), size):
            sums[group] = mean_over(total[list(group)].sum(axis=0), group, prior)
    for group, mean in sums.items():  # (3) and the guarantees: the members' own types are averaged out
        worst = max(worst, float(np.abs(mean - expected[list(group)].sum()).max()))
    for size in range(1, n):
        for group in combinations(range(n), size):
            rest = tuple(j for j in range(n) if j not in group)
            external = mean_over(money[list(group)].sum(axis=0) - values[list(rest)].sum(axis=0), rest, prior)
            worst = max(worst, float(np.ptp(external)))
    return worst


def mean_over(table: np.ndarray, out: tuple[int, ...], prior: list[np.ndarray]) -> np.ndarray:
    """E_J of one table, one axis at a time, the last one first."""
    for i in reversed(out):
        table = np.tensordot(table, prior[i], axes=(i, 0))
    return table


@njit
def mean_at(table: np.ndarray, profile: int, out: int, sizes: np.ndarray, prior: np.ndarray) -> float:
    """E_J of one table at one profile, term by term; agent i is in J if bit i of `out` is set."""
    n = sizes.shape[0]
    place, step, terms = profile, 1, 1
    steps = np.zeros(n, np.int64)
    for i in range(n - 1, -1, -1):
        steps[i] = step
        if out >> i & 1:
            place -= (profile // step) % sizes[i] * step
            terms *= sizes[i]
        step *= sizes[i]
    total = 0.0
    for term in range(terms):
        weight, at, rest = 1.0, place, term
        for i in range(n):
            if out >> i & 1:
                k = rest % sizes[i]
                rest //= sizes[i]
                weight *= prior[i, k]
                at += k * steps[i]
        total += weight * table[at]
    return total


@njit
def termwise_transfers(values: np.ndarray, sizes: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Formula (6) as it stands, every expectation summed term by term: (n, P) floats from `values` (n, P)."""
    n, profiles = values.shape
    factorials = np.ones(n + 1)
    for x in range(1, n + 1):
        factorials[x] = factorials[x - 1] * x
    a, found = np.zeros(profiles), np.zeros((n, profiles))
    for p in range(profiles):
        for i in range(n):
            a[p] += mean_at(values[i], p, 1 << i, sizes, prior)
    for i in range(n):
        everybody = mean_at(values[i], 0, (1 << n) - 1, sizes, prior)
        for p in range(profiles):
            found[i, p] = everybody - mean_at(values[i], p, 1 << i, sizes, prior)
            for out in range(1 << n):
                if out >> i & 1:
                    continue
                size = 0
                for j in range(n):
                    size += out >> j & 1
                factor = factorials[size] * factorials[n - 1 - size] / factorials[n]
                found[i, p] += factor * (mean_at(a, p, out, sizes, prior) - mean_at(a, p, out | 1 << i, sizes, prior))
    return found


@njit
def termwise_certificates(values: np.ndarray, money: np.ndarray, sizes: np.ndarray, prior: np.ndarray) -> float:
    """How far transfers are from equalities (1), (2), (3) and the guarantees, every expectation term by term."""
    n, profiles = values.shape
    worst, everybody = 0.0, (1 << n) - 1
    inside, outside = np.zeros(profiles), np.zeros(profiles)
    for p in range(profiles):
        worst = max(worst, abs(money[:, p].sum()))
    for group in range(1, everybody):
        expected = 0.0
        for p in range(profiles):
            inside[p], outside[p] = 0.0, 0.0
            for i in range(n):
                if group >> i & 1:
                    inside[p] += values[i, p] + money[i, p]
                    outside[p] += money[i, p]
                else:
                    outside[p] -= values[i, p]
        for i in range(n):
            if group >> i & 1:
                expected += mean_at(values[i], 0, everybody, sizes, prior)
        first = mean_at(outside, 0, everybody ^ group, sizes, prior)
        step, at = 1, np.zeros(n, np.int64)
        for i in range(n - 1, -1, -1):
            at[i] = step
            step *= sizes[i]
        for p in range(profiles):
            lowest, others = True, True  # one profile for each set of types that the expectation leaves
            for i in range(n):
                free = (p // at[i]) % sizes[i] == 0
                lowest &= free or not group >> i & 1
                others &= free or group >> i & 1 == 1
            if lowest:
                worst = max(worst, abs(mean_at(inside, p, group, sizes, prior) - expected))
            if others:
                worst = max(worst, abs(mean_at(outside, p, everybody ^ group, sizes, prior) - first))
    return worst


def drawn(n: int, kinds: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """(values (n, P) int64, sizes, weights, prior as floats) of a random public choice with five alternatives."""
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-5, 11, (n, kinds, 5))
    weights = rng.integers(1, 5, (n, kinds))
    grid = np.indices((kinds,) * n).reshape(n, -1)
    best = sum(payoffs[i][grid[i]] for i in range(n)).argmax(axis=1)
    values = np.stack([payoffs[i][grid[i], best] for i in range(n)])
    prior = [row / row.sum() for row in weights]
    return values.astype(np.int64), np.full(n, kinds, np.int64), weights.astype(np.int64), prior


def shaped(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(n, P) as floats (n, K_0, ..., K_{n-1})."""
    assert values.shape[1] == prod(sizes.tolist())
    return values.reshape(len(values), *sizes.tolist()).astype(float)
