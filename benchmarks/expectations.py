"""Expected externalities and coalition-proofness against their baselines, ratios in one run, one core.

    python benchmarks/expectations.py [--quick] [--json]

Public choices with random payoffs, random priors and five alternatives. Ours is exact; the baselines use floats.
"""

import argparse
from math import lcm, prod

import numpy as np
from common import Row, median, paired, show
from literal import (
    drawn,
    numpy_certificates,
    numpy_transfers,
    shaped,
    termwise_certificates,
    termwise_transfers,
)

from collude.kernels import (
    conditional_expectations,
    count_deviations,
    count_profitable,
    expected_sums,
    naive_profitable,
    shapley_transfers,
)

TIMES = 20


def ours(values: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Transfers and all certificates: the transfers, after their equalities were found to hold."""
    n = len(sizes)
    multiple, whole = lcm(*range(1, n + 1)), prod(weights.sum(axis=1).tolist())
    money = shapley_transfers(values, sizes, weights, multiple)
    for table in expected_sums(values * (multiple * whole), money, sizes, weights):
        constants, known, counts = np.zeros(1 << n, np.int64), np.zeros(1 << n, np.bool_), np.zeros(1 << n, np.int64)
        count_deviations(table, sizes, constants, known, counts)
        if counts.any():
            raise SystemExit("the equalities do not hold")
    if money.sum(axis=0).any():
        raise SystemExit("transfers do not sum to zero")
    return money


def transfers(n: int, kinds: int, slow: bool) -> list[Row]:
    """Transfers and certificates against the literal formulas."""
    values, sizes, weights, prior = drawn(n, kinds)
    floats = shaped(values, sizes)
    padded = np.stack(prior)

    def literal() -> np.ndarray:
        money = numpy_transfers(floats, prior)
        if numpy_certificates(floats, money, prior) > 1e-9:
            raise SystemExit("NumPy finds that the equalities do not hold")
        return money

    def termwise() -> np.ndarray:
        money = termwise_transfers(values.astype(float), sizes, padded)
        if termwise_certificates(values.astype(float), money, sizes, padded) > 1e-9:
            raise SystemExit("term by term the equalities do not hold")
        return money

    scale = lcm(*range(1, n + 1)) * prod(weights.sum(axis=1).tolist())
    if not np.allclose(ours(values, sizes, weights) / scale, literal().reshape(n, -1)):
        raise SystemExit("NumPy has other transfers")
    mine, theirs = paired(lambda: [ours(values, sizes, weights) for _ in range(TIMES)], literal, 7)
    mine /= TIMES
    title = f"n={n} K={kinds}: transfers and certificates, "
    rows = [Row(title + "NumPy / ours", theirs / mine, 20, detail=f"{theirs * 1e3:.2f} ms / {mine * 1e3:.3f} ms")]
    if slow:
        other = median(termwise, 3)
        if not np.allclose(ours(values, sizes, weights) / scale, termwise()):
            raise SystemExit("term by term there are other transfers")
        detail = f"{other * 1e3:.0f} ms / {mine * 1e3:.3f} ms"
        rows.append(Row(title + "compiled term by term / ours", other / mine, 1000, detail=detail))
    return rows


def scan_problem(n: int, kinds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(utilities (n, K, P) under the Shapley transfers, sizes, weights)."""
    values, sizes, weights, _ = drawn(n, kinds)
    money = shapley_transfers(values, sizes, weights, lcm(*range(1, n + 1)))
    rng = np.random.default_rng(1)
    payoffs = rng.integers(-5, 11, (n, kinds, values.shape[1]))
    return payoffs * prod(weights.sum(axis=1).tolist()) + money[:, None, :], sizes, weights


def scan(utility: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> int:
    """From utilities to the number of profitable triples: the expectations by pattern, and the scan."""
    n, width, profiles = utility.shape
    expected = conditional_expectations(utility.reshape(n * width, profiles), sizes, weights)
    return int(count_profitable(expected.reshape(-1), sizes, width, 0))


def naive_scan(utility: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> int:
    """The same, by the naive loop."""
    return sum(int(naive_profitable(utility, sizes, weights, mask, 0)[0]) for mask in range(1, 1 << len(sizes)))


def scans(largest: int, against: int) -> list[Row]:
    """The scan of all triples: against the naive loop, and its cost per triple from n=4 to `largest`."""
    problem = scan_problem(against, 4)
    if scan(*problem) != naive_scan(*problem):
        raise SystemExit("the naive loop counts something else")
    mine, theirs = paired(lambda: scan(*problem), lambda: naive_scan(*problem), 3)
    detail = f"{theirs:.3f} s / {mine:.4f} s"
    rows = [Row(f"n={against} K=4: {17**against:,} triples, naive / ours", theirs / mine, 8, detail=detail)]
    cost = {}
    for n in range(4, largest + 1):
        one = scan_problem(n, 4)
        cost[n] = median(lambda one=one: scan(*one), 7 if n < 6 else 3) / 17**n * 1e9
    detail = ", ".join(f"n={n}: {value:.2f} ns" for n, value in cost.items())
    growth = max(cost.values()) / cost[4]
    return [*rows, Row("cost per triple: largest / n=4", growth, at_most=1.6, detail=detail)]


def large(n: int, kinds: int) -> Row:
    """Transfers alone of a large choice."""
    values, sizes, weights, _ = drawn(n, kinds)
    weights = np.ones_like(weights)
    spent = median(lambda: shapley_transfers(values, sizes, weights, lcm(*range(1, n + 1))), 5)
    return Row(f"n={n} K={kinds}: transfers, {(kinds + 1) ** n:,} patterns, s", spent, at_most=5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="n=5 at most, without the term-by-term sums")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n = 5 if options.quick else 6
    rows = [*transfers(n, 4, not options.quick), *scans(n, n), large(8, 4)]
    show("expectations", rows, options.json)


if __name__ == "__main__":
    main()
