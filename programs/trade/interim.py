"""Interim tables of symmetric trade: local and full incentive constraints, tight transfers, monotone probabilities."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from collude.models.errors import InputError
from collude.models.trade.objects import ThresholdRule


@dataclass(frozen=True)
class InterimTable:
    """What one side's types expect in a symmetric mechanism, by their number m = 0..N of good objects.

    Attributes
    ----------
    spread
        D, the difference of the two values of an object, positive.
    bad
        phi_0..phi_(N-1): the probability that a type with m good objects trades a given bad one.
    good
        xi_1..xi_N: the probability that it trades a given good one.
    net
        tau_0..tau_N: its expected utility, in money.

    References
    ----------
    Eilat and Pauzner (2008), Definitions 2 to 4 (Definition 4 with m from 0).
    """

    spread: Fraction
    bad: tuple[Fraction, ...]
    good: tuple[Fraction, ...]
    net: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        n = len(self.bad)
        if not n or len(self.good) != n or len(self.net) != n + 1:
            raise InputError("an interim table has N entries for bad objects, N for good ones and N + 1 utilities")

    @property
    def objects(self) -> int:
        """N."""
        return len(self.bad)

    def phi(self, m: int) -> Fraction:
        """The probability that a type with m good objects trades a bad one; 0 for m = N, where there is none."""
        return self.bad[m] if m < self.objects else Fraction(0)

    def xi(self, m: int) -> Fraction:
        """The probability that a type with m good objects trades a good one; 0 for m = 0, where there is none."""
        return self.good[m - 1] if m else Fraction(0)

    def gain(self, m: int, report: int, shared: int) -> Fraction:
        """What a type with m good objects gains by a report with `report` good ones, `shared` of which are good."""
        lied = (m - shared) * self.phi(report) - (report - shared) * self.xi(report)
        return self.net[report] - self.net[m] + self.spread * lied

    @property
    def incentive_compatible(self) -> bool:
        """No report is better than the truth, for any type: O(N^3) comparisons."""
        n = self.objects
        return all(
            self.gain(m, report, shared) <= 0
            for m in range(n + 1)
            for report in range(n + 1)
            for shared in range(max(0, m + report - n), min(m, report) + 1)
        )

    @property
    def locally_incentive_compatible(self) -> bool:
        """SLIC: no report that differs in one object is better, one up, one down, or one good for one bad."""
        steps = all(
            self.spread * self.phi(m) <= after - before <= self.spread * self.xi(m + 1)
            for m, (before, after) in enumerate(pairwise(self.net))
        )
        return steps and all(self.phi(m) <= self.xi(m) for m in range(1, self.objects))

    @property
    def monotone(self) -> bool:
        """phi and xi increase weakly in the number of good objects."""
        return all(x <= y for row in (self.bad, self.good) for x, y in pairwise(row))

    @property
    def tight(self) -> bool:
        """SLIC, and every type with m + 1 good objects is indifferent to reporting one of them as bad."""
        return (
            self.locally_incentive_compatible and self.net[1:] == self.tightened(Fraction(0)).shifted(self.net[0])[1:]
        )

    def shifted(self, lump: Fraction) -> tuple[Fraction, ...]:
        """The utilities plus a lump sum less that of the type without good objects."""
        return tuple(x - self.net[0] + lump for x in self.net)

    def tightened(self, lump: Fraction) -> "InterimTable":
        """The same probabilities with the smallest rents, on top of a lump sum for the type without good objects."""
        net = [lump]
        for chance in self.bad:
            net.append(net[-1] + self.spread * chance)
        return InterimTable(self.spread, self.bad, self.good, tuple(net))

    def expected(self, mass: tuple[Fraction, ...]) -> Fraction:
        """The ex ante utility, from the probabilities of m = 0..N good objects."""
        return sum((p * x for p, x in zip(mass, self.net, strict=True)), Fraction(0))

    def tightened_alike(self, mass: tuple[Fraction, ...]) -> "InterimTable":
        """Tight, with the same probabilities and the same ex ante utility (Proposition 4): rent moves from high types to
        all. The lump sum is at least the old one if the table was locally incentive compatible."""
        least = self.tightened(Fraction(0))
        return self.tightened(self.expected(mass) - least.expected(mass))


class InterimTables(NamedTuple):
    """The interim tables of both sides."""

    seller: InterimTable
    buyer: InterimTable


def interim_tables(rule: ThresholdRule) -> InterimTables:
    """What the types of both sides expect under a threshold rule.

    A good object is traded with the partner's mu where it is bad for him and surely where it is good, a bad one with the own
    mu where it is good for the partner.

    Parameters
    ----------
    rule : ThresholdRule

    Returns
    -------
    InterimTables

    Examples
    --------
    >>> from collude.models.trade.objects import ObjectTrade
    >>> rule = ThresholdRule(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")), (0, 0), ("3/5", "3/5"), (0, 0))
    >>> interim_tables(rule).seller.good
    (Fraction(4, 5),)
    """
    problem, n = rule.problem, rule.problem.objects
    found = []
    for side in (0, 1):
        other = problem.good[1 - side]
        bad = tuple(other * rule.mu(side, m) for m in range(n))
        partner = _others(problem.good[1 - side], n - 1)
        helped = sum((p * rule.mu(1 - side, m) for m, p in enumerate(partner)), Fraction(0))
        good = (other + (1 - other) * helped,) * n
        net = tuple(rule.net(side, m) for m in range(n + 1))
        found.append(InterimTable(problem.spreads[side], bad, good, net))
    return InterimTables(*found)


def _others(q: Fraction, n: int) -> list[Fraction]:
    """The probabilities of 0..n good objects among n."""
    row = [Fraction(1)]
    for _ in range(n):
        row = [(row[m] if m < len(row) else 0) * (1 - q) + (row[m - 1] * q if m else 0) for m in range(len(row) + 1)]
    return [Fraction(x) for x in row]
