"""The frontier of optimal trade against a plain implementation of its formulas, ratios in one run, one core.

    python benchmarks/trade.py [--quick] [--json]

The plain implementation is in Fractions, term by term: T(m) is a sum of binomial probabilities, each vertex is a vector of
mu, and its utilities are the sums over all m that the formulas state.
"""

import argparse
from collections.abc import Iterator
from fractions import Fraction
from math import comb

from common import Row, median, paired, show

from collude.models.trade.objects import ObjectTrade
from collude.programs.trade.frontier import trade_frontier
from collude.programs.trade.full_program import full_optimum
from collude.programs.trade.knapsack import coefficients
from collude.programs.trade.reduced_program import reduced_optimum

Point = tuple[Fraction, Fraction]
Vector = list[Fraction]


def mass(problem: ObjectTrade, side: int, m: int) -> Fraction:
    """The probability of m good objects."""
    q, n = problem.good[side], problem.objects
    return comb(n, m) * q**m * (1 - q) ** (n - m)


def plain_coefficients(problem: ObjectTrade, side: int) -> tuple[Vector, Vector]:
    """a and b of a side as they are written."""
    n, other, spread = problem.objects, problem.good[1 - side], problem.spreads[side]
    a = [other * spread * sum(mass(problem, side, k) for k in range(m + 1, n + 1)) for m in range(n)]
    b = [a[m] - other * (problem.gain - spread) * (n - m) * mass(problem, side, m) for m in range(n)]
    return a, b


def plain_vertices(problem: ObjectTrade) -> Iterator[Point]:
    """The vertices of the frontier: budget moves from variable to variable, utilities are summed at each vertex."""
    n = problem.objects
    (a_s, b_s), (a_b, b_b) = (plain_coefficients(problem, side) for side in (0, 1))
    seller = [Fraction(1)] * n
    buyer = [Fraction(int(b <= 0)) for b in b_b]
    lump = n * problem.good[0] * problem.good[1] * problem.gain - sum(b_s) - sum(b for b in b_b if b <= 0)
    given = Fraction(0)
    taken = [None, *(m for m in range(n) if b_s[m] > 0)]
    filled = [*(m for m in range(n - 1, -1, -1) if b_b[m] > 0), None]

    def utilities() -> Point:
        return (
            lump + sum((mu * a for mu, a in zip(seller, a_s, strict=True)), Fraction(0)),
            given + sum((mu * a for mu, a in zip(buyer, a_b, strict=True)), Fraction(0)),
        )

    while taken:
        yield utilities()
        x, y = taken[0], filled[0]
        left = lump if x is None else seller[x] * b_s[x]
        moved = left if y is None else min(left, (1 - buyer[y]) * b_b[y])
        if x is None:
            lump -= moved
        else:
            seller[x] -= moved / b_s[x]
        if y is None:
            given += moved
        else:
            buyer[y] += moved / b_b[y]
        if moved == left:
            taken.pop(0)
        if y is not None and buyer[y] == 1:
            filled.pop(0)
    yield utilities()


def fresh(problem: ObjectTrade) -> ObjectTrade:
    """An equal problem of which nothing is known yet."""
    return ObjectTrade(problem.objects, problem.seller, problem.buyer, problem.good)


def ours(problem: ObjectTrade) -> list[Point]:
    """The frontier from scratch."""
    coefficients.cache_clear()
    return [vertex.utilities for vertex in trade_frontier(fresh(problem)).vertices]


def compared(title: str, problem: ObjectTrade, target: float | None) -> Row:
    """Both, after they were found to agree."""
    if list(plain_vertices(problem)) != ours(problem):
        raise SystemExit(f"{title}: the plain formulas have another frontier")
    mine, theirs = paired(lambda: ours(problem), lambda: list(plain_vertices(problem)), 3)
    detail = f"{theirs:.3f} s / {mine * 1e3:.2f} ms, {len(ours(problem))} vertices"
    return Row(f"{title}: term by term / ours", theirs / mine, target, detail=detail)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="60 objects instead of 300")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n = 60 if options.quick else 300
    half = ObjectTrade(n, "0,11", "1,12", "1/2,1/2")  # type: ignore[arg-type]
    odd = ObjectTrade(n, "0,7/2", "1/3,4", "2/5,1/3")  # type: ignore[arg-type]
    rows = [
        compared(f"N={n}, q = 1/2", half, None if options.quick else 50),
        compared(f"N={n}, q = 2/5 and 1/3", odd, None if options.quick else 50),
        Row("N=3: full linear program with certificate, s", median(lambda: full_optimum(_base(3)), 3), at_most=2),
        Row("N=8: reduced linear program with certificate, s", median(lambda: reduced_optimum(_base(8)), 3), at_most=5),
    ]
    show("optimal trade", rows, options.json)


def _base(objects: int) -> ObjectTrade:
    return ObjectTrade(objects, "0,11", "1,12", "1/2,1/2")  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
