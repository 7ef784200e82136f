"""Trade of N objects with two values a side, term by term from the formulas and by enumeration of types and reports.

Types are 0/1 vectors, 1 for an object that is good (eager to trade): the seller's value is then the low one, the
buyer's the high one. Side 0 sells, side 1 buys. All numbers are Fractions.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import NamedTuple

Vector = tuple[int, ...]
Point = tuple[Fraction, Fraction]


class Objects(NamedTuple):
    """N objects; (low, high) values of the seller and of the buyer; probabilities of a good object."""

    n: int
    seller: tuple[Fraction, Fraction]
    buyer: tuple[Fraction, Fraction]
    good: tuple[Fraction, Fraction]

    def spread(self, j: int) -> Fraction:
        low, high = self.seller if j == 0 else self.buyer
        return high - low

    @property
    def gain(self) -> Fraction:
        return self.buyer[1] - self.seller[0]

    def value(self, j: int, good: int) -> Fraction:
        return self.seller[1 - good] if j == 0 else self.buyer[good]


def mass(x: Objects, j: int, m: int) -> Fraction:
    return comb(x.n, m) * x.good[j] ** m * (1 - x.good[j]) ** (x.n - m)


def tail(x: Objects, j: int, m: int) -> Fraction:
    return sum((mass(x, j, k) for k in range(m + 1, x.n + 1)), Fraction(0))


def benefit(x: Objects, j: int, m: int) -> Fraction:
    """a: what mu_m = 1 adds to side j's utility."""
    return x.good[1 - j] * x.spread(j) * tail(x, j, m)


def cost(x: Objects, j: int, m: int) -> Fraction:
    """b: the budget that mu_m = 1 uses."""
    return benefit(x, j, m) - x.good[1 - j] * (x.gain - x.spread(j)) * (x.n - m) * mass(x, j, m)


def budget(x: Objects) -> Fraction:
    return x.n * x.good[0] * x.good[1] * x.gain


def extreme_points(x: Objects) -> Iterator[Point]:
    """The utilities at all vertices of the knapsack polytope: every mu 0 or 1, but for one that uses up the budget, or a
    lump sum that does."""
    a = [[benefit(x, j, m) for m in range(x.n)] for j in (0, 1)]
    b = [[cost(x, j, m) for m in range(x.n)] for j in (0, 1)]
    for mu in product((0, 1), repeat=2 * x.n):
        chosen = [mu[: x.n], mu[x.n :]]
        utilities = [sum((s * y for s, y in zip(chosen[j], a[j], strict=True)), Fraction(0)) for j in (0, 1)]
        left = budget(x) - sum(s * y for j in (0, 1) for s, y in zip(chosen[j], b[j], strict=True))
        if left >= 0:
            yield utilities[0], utilities[1]
            yield utilities[0] + left, utilities[1]
            yield utilities[0], utilities[1] + left
        for j in (0, 1):
            for m in range(x.n):
                if chosen[j][m] == 0 and b[j][m] != 0 and 0 < left / b[j][m] < 1:
                    more = left / b[j][m] * a[j][m]
                    yield (utilities[0] + more * (j == 0), utilities[1] + more * (j == 1))


def support(x: Objects, alpha: Fraction) -> Fraction:
    return max(alpha * u + (1 - alpha) * v for u, v in extreme_points(x))


def types(n: int) -> list[Vector]:
    return list(product((0, 1), repeat=n))


def chance(x: Objects, j: int, w: Vector) -> Fraction:
    return prod((x.good[j] if good else 1 - x.good[j] for good in w), start=Fraction(1))


Table = dict[tuple[Vector, Vector], tuple[tuple[Fraction, ...], Point]]


def utility(x: Objects, table: Table, j: int, true: Vector, profile: tuple[Vector, Vector]) -> Fraction:
    """What side j of type `true` gets from the reported profile."""
    p, money = table[profile]
    held = sum((share * x.value(j, good) for share, good in zip(p, true, strict=True)), Fraction(0))
    return money[j] + (held if j == 1 else -held)


def interim(x: Objects, table: Table, j: int, true: Vector, report: Vector) -> Fraction:
    total = Fraction(0)
    for other in types(x.n):
        profile = (report, other) if j == 0 else (other, report)
        total += chance(x, 1 - j, other) * utility(x, table, j, true, profile)
    return total


def bayesian_ic(x: Objects, table: Table) -> bool:
    return all(
        interim(x, table, j, w, w) >= interim(x, table, j, w, r) for j in (0, 1) for w in types(x.n) for r in types(x.n)
    )


def interim_ir(x: Objects, table: Table) -> bool:
    return all(interim(x, table, j, w, w) >= 0 for j in (0, 1) for w in types(x.n))


def dominant(x: Objects, table: Table) -> bool:
    """No lie helps at any profile."""
    for s, b in product(types(x.n), repeat=2):
        for lie in types(x.n):
            if utility(x, table, 0, s, (lie, b)) > utility(x, table, 0, s, (s, b)):
                return False
            if utility(x, table, 1, b, (s, lie)) > utility(x, table, 1, b, (s, b)):
                return False
    return True


def ex_ante(x: Objects, table: Table) -> tuple[Fraction, Fraction, Fraction]:
    """(seller's utility, buyer's utility, sum of transfers) in expectation."""
    found = [Fraction(0)] * 3
    for s, b in product(types(x.n), repeat=2):
        weight = chance(x, 0, s) * chance(x, 1, b)
        found[0] += weight * utility(x, table, 0, s, (s, b))
        found[1] += weight * utility(x, table, 1, b, (s, b))
        found[2] += weight * sum(table[s, b][1])
    return found[0], found[1], found[2]


def extraction(x: Objects, table: Table) -> dict[tuple[Vector, Vector], Fraction]:
    """What the pair gains at each profile by its best joint report, with side payments."""
    found = {}
    profiles = list(product(types(x.n), repeat=2))
    for s, b in profiles:
        totals = [utility(x, table, 0, s, r) + utility(x, table, 1, b, r) for r in profiles]
        truth = utility(x, table, 0, s, (s, b)) + utility(x, table, 1, b, (s, b))
        found[s, b] = max(totals) - truth
    return found


def pair_violations(x: Objects, table: Table) -> list[int]:
    """Profiles at which {seller}, {buyer}, {both} have a misreport that helps all members weakly and one strictly."""
    counts = [0, 0, 0]
    for s, b in product(types(x.n), repeat=2):
        before = (utility(x, table, 0, s, (s, b)), utility(x, table, 1, b, (s, b)))
        counts[0] += any(utility(x, table, 0, s, (r, b)) > before[0] for r in types(x.n))
        counts[1] += any(utility(x, table, 1, b, (s, r)) > before[1] for r in types(x.n))
        for r in product(types(x.n), repeat=2):
            after = (utility(x, table, 0, s, r), utility(x, table, 1, b, r))
            if after[0] >= before[0] and after[1] >= before[1] and after != before:
                counts[2] += 1
                break
    return counts


class Interim(NamedTuple):
    """phi_0.., xi_1.., tau_0.. of one side, and D."""

    spread: Fraction
    phi: tuple[Fraction, ...]
    xi: tuple[Fraction, ...]
    tau: tuple[Fraction, ...]


def interim_ic(x: Interim) -> bool:
    """Every type vector against every report vector."""
    n = len(x.phi)
    for w, r in product(types(n), repeat=2):
        gain = x.tau[sum(r)] - x.tau[sum(w)]
        for own, said in zip(w, r, strict=True):
            if own and not said:
                gain += x.spread * x.phi[sum(r)]
            if said and not own:
                gain -= x.spread * x.xi[sum(r) - 1]
        if gain > 0:
            return False
    return True
