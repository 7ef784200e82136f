"""Optimal trade of N objects as a linear program over symmetric mechanisms, with a certificate in rationals."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb

from collude.models.errors import InputError, SizeError
from collude.models.numbers import Number, exact
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade
from collude.programs.exact import Program, solve
from collude.programs.trade.full_program import ProvedOptimum

MOST_REDUCED = 8
Row = dict[int, Fraction]


@dataclass(frozen=True)
class _Layout:
    """Where the variables are: p of an object by what it is for each side and by both numbers of good objects, tau_m."""

    problem: ObjectTrade

    def trade(self, seller: int, buyer: int, goods: tuple[int, int]) -> int:
        n = self.problem.objects
        return ((2 * seller + buyer) * n + goods[0] - seller) * n + goods[1] - buyer

    def net(self, side: int, m: int) -> int:
        n = self.problem.objects
        return 4 * n * n + side * (n + 1) + m

    @property
    def variables(self) -> int:
        n = self.problem.objects
        return 4 * n * n + 2 * (n + 1)

    def others(self, side: int, m: int) -> Fraction:
        """The probability that m of the other N - 1 objects are good for a side."""
        q, n = self.problem.good[side], self.problem.objects - 1
        return comb(n, m) * q**m * (1 - q) ** (n - m)

    def chance(self, side: int, good: int) -> Fraction:
        """The probability that an object is good (1) or bad (0) for a side."""
        q = self.problem.good[side]
        return q if good else 1 - q

    def traded(self, side: int, own: int, m: int) -> Row:
        """The interim probability that a type with m good objects trades an object that is `own` for it, as a row."""
        row: Row = {}
        for other, rest in product((0, 1), range(self.problem.objects)):
            chance = self.chance(1 - side, other) * self.others(1 - side, rest)
            cell = (own, other) if side == SELLER else (other, own)
            goods = (m, rest + other) if side == SELLER else (rest + other, m)
            row[self.trade(*cell, goods)] = chance
        return row

    def surplus(self) -> Row:
        """The expected surplus as a row."""
        n, row = self.problem.objects, {}
        for s, b, x, y in product((0, 1), (0, 1), range(n), range(n)):
            chance = self.chance(SELLER, s) * self.chance(BUYER, b) * self.others(SELLER, x) * self.others(BUYER, y)
            row[self.trade(s, b, (s + x, b + y))] = n * chance * self.problem.surplus(s, b)
        return row


def reduced_optimum(problem: ObjectTrade, alpha: Number = Fraction(1, 2)) -> ProvedOptimum:
    """The best symmetric mechanism for the weights alpha and 1 - alpha, proved; by Proposition 1 the best of all.

    A type is the number of its good objects; a report is that number and how many of its objects it shares with the
    truth, so that the incentive constraints are O(N^3).

    Parameters
    ----------
    problem
        At most 8 objects: 256 probabilities and 18 utilities then.
    alpha
        The seller's weight, in [0, 1].

    Returns
    -------
    ProvedOptimum

    Raises
    ------
    SizeError
        For more than 8 objects.

    References
    ----------
    Eilat and Pauzner (2008), Proposition 1; the overlap of the two sides' good objects, on which a symmetric mechanism may
    also depend, does not enter interim averages.

    Examples
    --------
    >>> found = reduced_optimum(ObjectTrade(2, (0, 11), (1, 12), ("1/2", "1/2")))
    >>> str(2 * found.value), found.holds
    ('209/31', True)
    """
    n, weight = problem.objects, exact(alpha, "alpha")
    if n > MOST_REDUCED:
        raise SizeError(f"the reduced linear program is for at most {MOST_REDUCED} objects, not {n}", n)
    if not 0 <= weight <= 1:
        raise InputError(f"alpha must lie in [0, 1], not {weight}")
    layout = _Layout(problem)
    program = Program(layout.variables, signed=frozenset(range(layout.variables)))
    for j in range(4 * n * n):
        program.at_most({j: 1}, 1)
    budget: Row = {j: -x for j, x in layout.surplus().items()}
    for side, share in ((SELLER, weight), (BUYER, 1 - weight)):
        _incentives(layout, program, side)
        q = problem.good[side]
        for m in range(n + 1):
            chance = comb(n, m) * q**m * (1 - q) ** (n - m)
            budget[layout.net(side, m)] = chance
            program.cost[layout.net(side, m)] = -share * chance
    program.at_most(budget, 0)
    optimum = solve(program)
    return ProvedOptimum(-optimum.value, program, optimum)


def _incentives(layout: _Layout, program: Program, side: int) -> None:
    """tau_r - tau_m + D ((m - h) phi_r - (r - h) xi_r) <= 0 for all numbers m, reports r and overlaps h."""
    n, spread = layout.problem.objects, layout.problem.spreads[side]
    for m, r in product(range(n + 1), repeat=2):
        bad = layout.traded(side, 0, r) if r < n else {}
        good = layout.traded(side, 1, r) if r else {}
        for shared in range(max(0, m + r - n), min(m, r) + 1):
            if m == r == shared:
                continue
            row: Row = {}
            if m != r:
                row = {layout.net(side, r): Fraction(1), layout.net(side, m): Fraction(-1)}
            for part, times in ((bad, m - shared), (good, shared - r)):
                if times:
                    for j, chance in part.items():
                        row[j] = row.get(j, Fraction(0)) + spread * times * chance
            program.at_most(row, 0)
