"""The kernels of expectations against the definitions, jitted, unjitted and bounds-checked."""

import random
from fractions import Fraction
from itertools import product
from math import lcm, prod

import numpy as np
import pytest

from collude.kernels.expectations.expect import conditional_expectations, exact_divisor, own_type_out
from collude.kernels.expectations.maps import best_maps
from collude.kernels.expectations.naive_scan import naive_profitable
from collude.kernels.expectations.scan import count_profitable, scan_coalition
from collude.kernels.expectations.transfers import count_deviations, expected_sums, shapley_transfers

pytestmark = pytest.mark.kernel


def problem(seed: int) -> tuple[random.Random, list[int], np.ndarray]:
    """Sizes and weights, some of them 0."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 4))]
    weights = np.zeros((len(sizes), max(sizes)), np.int64)
    for i, size in enumerate(sizes):
        weights[i, :size] = [rng.randint(0, 3) for _ in range(size)]
        weights[i, rng.randrange(size)] += rng.randint(1, 4)
    return rng, sizes, weights


def expectation(f: np.ndarray, sizes: list[int], weights: np.ndarray, fixed: dict[int, int]) -> Fraction:
    """E[f | fixed types], from the definition."""
    total = Fraction(0)
    for profile in product(*(range(size) for size in sizes)):
        if all(profile[i] == k for i, k in fixed.items()):
            chance = Fraction(1)
            for i, k in enumerate(profile):
                if i not in fixed:
                    chance *= Fraction(int(weights[i, k]), int(weights[i].sum()))
            total += chance * int(f[int(np.ravel_multi_index(profile, sizes))])
    return total


@pytest.mark.parametrize("seed", range(12))
def test_conditional_expectations(seed: int) -> None:
    rng, sizes, weights = problem(seed)
    wholes = weights.sum(axis=1).tolist()
    tables = np.array([[rng.randint(-9, 9) for _ in range(prod(sizes))] for _ in range(2)], np.int64)
    found = conditional_expectations(tables, np.array(sizes), weights)
    for p, pattern in enumerate(product(*(range(size + 1) for size in sizes))):
        fixed = {i: k for i, k in enumerate(pattern) if k < sizes[i]}
        scale = prod(whole for i, whole in enumerate(wholes) if i not in fixed)
        for t in range(2):
            assert found[p, t] == scale * expectation(tables[t], sizes, weights, fixed)


@pytest.mark.parametrize("seed", range(12))
def test_own_type_out(seed: int) -> None:
    rng, sizes, weights = problem(seed)
    table = np.array([rng.randint(-9, 9) for _ in range(prod(sizes))], np.int64)
    for i, size in enumerate(sizes):
        means = np.zeros(prod(sizes) // size, np.int64)
        own_type_out(table, np.array(sizes), weights, i, means)
        others = [range(s) for j, s in enumerate(sizes) if j != i]
        for value, rest in zip(means.tolist(), product(*others), strict=True):
            fixed = dict(zip([j for j in range(len(sizes)) if j != i], rest, strict=True))
            assert value == weights[i].sum() * expectation(table, sizes, weights, fixed)


@pytest.mark.parametrize("seed", range(12))
def test_transfers_satisfy_the_equalities(seed: int) -> None:
    rng, sizes, weights = problem(seed)
    n, whole = len(sizes), prod(weights.sum(axis=1).tolist())
    values = np.array([[rng.randint(-9, 9) for _ in range(prod(sizes))] for _ in range(n)], np.int64)
    multiple = lcm(*range(1, n + 1))
    x = shapley_transfers(values, np.array(sizes), weights, multiple)
    assert (x.sum(axis=0) == 0).all()
    sums = expected_sums(values * (whole * multiple), x, np.array(sizes), weights)
    assert not any(unequal(table, sizes).any() for table in sums)
    x[0, -1] += 1
    external = expected_sums(values * (whole * multiple), x, np.array(sizes), weights)[1]
    varies = any(size > 1 for size in sizes[1:]) and weights[0, sizes[0] - 1] > 0
    assert unequal(external, sizes).any() or not varies


def unequal(table: np.ndarray, sizes: list[int]) -> np.ndarray:
    """For each set of agents with fixed types, how often the table differs from its first value."""
    places = 1 << len(sizes)
    constants, known, counts = np.zeros(places, np.int64), np.zeros(places, np.bool_), np.zeros(places, np.int64)
    count_deviations(table, np.array(sizes), constants, known, counts)
    return counts


@pytest.mark.parametrize("seed", range(8))
def test_expected_sums_are_what_they_say(seed: int) -> None:
    rng, sizes, weights = problem(seed)
    n, wholes = len(sizes), weights.sum(axis=1).tolist()
    values, money = (
        np.array([[rng.randint(-9, 9) for _ in range(prod(sizes))] for _ in range(n)], np.int64) for _ in range(2)
    )
    external, own = expected_sums(values, money, np.array(sizes), weights)
    for p, pattern in enumerate(product(*(range(size + 1) for size in sizes))):
        fixed = {i: k for i, k in enumerate(pattern) if k < sizes[i]}
        free = [i for i in range(n) if i not in fixed]
        scale = prod(wholes[i] for i in free)
        first = money[list(fixed)].sum(axis=0) - values[free].sum(axis=0)
        second = (values[free] + money[free]).sum(axis=0)
        assert external[p] == scale * expectation(first, sizes, weights, fixed)
        assert own[p] == scale * expectation(second, sizes, weights, fixed)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 7, 12, 40, 97, 1 << 40, 3 << 30, (1 << 61) - 1])
def test_exact_division(number: int) -> None:
    shift, inverse = exact_divisor(number)
    for quotient in (0, 1, -1, 5, -12, 2**61 // number, -(2**61) // number):
        product_ = int(quotient) * number
        found = ((product_ >> int(shift)) * int(inverse)) % 2**64
        assert (found - 2**64 if found >= 2**63 else found) == quotient


def scanned(seed: int) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
    """(sizes, weights, utilities (n, K, P), expectations as the scan reads them)."""
    rng, sizes, weights = problem(seed)
    n, width = len(sizes), max(sizes)
    utility = np.zeros((n, width, prod(sizes)), np.int64)
    for i, size in enumerate(sizes):
        utility[i, :size] = [[rng.randint(-5, 5) for _ in range(prod(sizes))] for _ in range(size)]
    expected = conditional_expectations(utility.reshape(n * width, -1), np.array(sizes), weights)
    return sizes, weights, utility, expected.reshape(-1)


@pytest.mark.parametrize("bar", [0, 7])
@pytest.mark.parametrize("seed", range(15))
def test_the_scan_is_the_naive_loop(seed: int, bar: int) -> None:
    sizes, weights, utility, expected = scanned(seed)
    n, width = len(sizes), max(sizes)
    total = 0
    for mask in range(1, 1 << n):
        members = [i for i in range(n) if mask >> i & 1]
        own = prod(sizes[i] for i in members)
        wanted = naive_profitable(utility, np.array(sizes), weights, mask, bar)
        whole = scan_coalition(expected, np.array(sizes), width, mask, (0, own), bar)
        assert tuple(map(int, whole)) == tuple(map(int, wanted))
        parts = [scan_coalition(expected, np.array(sizes), width, mask, (r, r + 1), bar) for r in range(own)]
        assert sum(int(part[0]) for part in parts) == whole[0]
        best = min(((-int(p[1]), int(p[2]), int(p[3])) for p in parts if p[0]), default=(1, -1, -1))
        assert (-best[0], best[1], best[2]) == tuple(map(int, whole[1:]))
        total += int(whole[0])
    assert count_profitable(expected, np.array(sizes), width, bar) == total


@pytest.mark.parametrize("seed", range(10))
def test_best_maps(seed: int) -> None:
    rng = random.Random(seed)
    own = [rng.randint(1, 3) for _ in range(rng.randint(1, 2))]
    size = prod(own)
    values = np.array([[rng.randint(-4, 4) for _ in range(size)] for _ in range(size)], np.int64)
    points = list(product(*(range(k) for k in own)))
    everything = {}
    for maps in product(*(product(range(k), repeat=k) for k in own)):
        told = [points.index(tuple(way[k] for way, k in zip(maps, types, strict=True))) for types in points]
        everything[maps] = sum(int(values[t, r]) for t, r in enumerate(told))
    found = np.zeros((len(own), max(own)), np.int64)
    best = best_maps(values, np.array(own), found)
    assert best == max(everything.values())
    chosen = tuple(tuple(row[:k]) for row, k in zip(found.tolist(), own, strict=True))
    assert chosen == next(maps for maps, value in everything.items() if value == best)
