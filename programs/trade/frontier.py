"""The ex ante Pareto frontier of trade of N objects: exact vertices, and the welfare weights of its edges."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.files.html import shown
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade, ThresholdRule
from collude.programs.trade.knapsack import LUMP, Coefficients, coefficients


@dataclass(frozen=True)
class FrontierVertex:
    """A vertex of the Pareto frontier.

    Attributes
    ----------
    utilities : (Fraction, Fraction)
        The seller's and the buyer's, in money.
    rule : ThresholdRule
        The mechanism.
    alpha : Fraction or None
        The seller's weight at which the whole edge to the next vertex is optimal; None at the last one.
    """

    utilities: tuple[Fraction, Fraction]
    rule: ThresholdRule
    alpha: Fraction | None


class _Purse:
    """One side's variables in the order in which the walk takes (seller) or gives (buyer) budget, and where it stands.

    order: variables with b > 0. amount: budget in the current variable. base: benefit of the variables that are full.
    """

    def __init__(self, data: Coefficients, side: int) -> None:
        self.costs, self.benefits, self.side = data.cost[side], data.benefit[side], side
        positive = [m for m, b in enumerate(self.costs) if b > 0]
        self.order = [LUMP, *positive] if side == SELLER else [*reversed(positive), LUMP]
        self.place = 0
        self.amount = 0
        free = [a for a, b in zip(self.benefits, self.costs, strict=True) if b <= 0]
        self.base = sum(self.benefits) if side == SELLER else sum(free)

    @property
    def variable(self) -> int:
        return self.order[self.place]

    def pair(self) -> tuple[int, int]:
        """(a, b) of the current variable."""
        m = self.variable
        return (1, 1) if m == LUMP else (self.benefits[m], self.costs[m])

    def utility(self, denominator: int) -> Fraction:
        a, b = self.pair()
        return Fraction(self.base * b + self.amount * a, b * denominator)

    def state(self, denominator: int) -> tuple[int, Fraction, Fraction]:
        """(threshold, sigma, lump sum): the current variable is partly filled, those after it in m are 1."""
        m = self.variable
        if m == LUMP:
            return -1, Fraction(0), Fraction(self.amount, denominator)
        if self.amount == self.costs[m]:
            return m - 1, Fraction(0), Fraction(0)
        return m, Fraction(self.amount, self.costs[m]), Fraction(0)

    def drop(self) -> bool:
        """Take the next variable of the seller, which is full; False if there is none left."""
        if self.place + 1 == len(self.order):
            return False
        self.place += 1
        self.amount = self.costs[self.variable]
        self.base -= self.benefits[self.variable]
        return True

    def rise(self) -> None:
        """Go on to the buyer's next variable, which is empty."""
        self.base += self.benefits[self.variable]
        self.place += 1
        self.amount = 0


@shown
@dataclass(frozen=True)
class Frontier:
    """The Pareto frontier: vertices from the seller's best point to the buyer's best."""

    problem: ObjectTrade
    vertices: tuple[FrontierVertex, ...]

    @property
    def alphas(self) -> tuple[Fraction, ...]:
        """The breakpoints of the seller's weight, strictly decreasing."""
        return tuple(vertex.alpha for vertex in self.vertices if vertex.alpha is not None)

    def support(self, alpha: Fraction) -> Fraction:
        """The largest alpha U_s + (1 - alpha) U_b over the vertices."""
        return max(alpha * u + (1 - alpha) * v for u, v in (vertex.utilities for vertex in self.vertices))


def trade_frontier(problem: ObjectTrade) -> Frontier:
    """The whole Pareto frontier: the walk that moves budget from the seller's marginal variable to the buyer's next.

    It starts at the seller's best point and gives up his lump sum, then mu_0, mu_1, ...; the buyer takes his largest m
    first, his lump sum last. Variables with b <= 0 stay at 1 on both sides.

    Parameters
    ----------
    problem
        What is traded.

    Returns
    -------
    Frontier
        At most 2N + 2 vertices, with strictly decreasing alpha and U_s and strictly increasing U_b.

    Notes
    -----
    O(N) steps, each with one reduction of a fraction of O(N) digits.

    References
    ----------
    Eilat and Pauzner (2008), Theorem 1 and section 5.

    Examples
    --------
    >>> base = ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> [(str(v.utilities[0]), str(v.utilities[1]), str(v.alpha)) for v in trade_frontier(base).vertices]
    [('13/4', '0', '11/21'), ('11/4', '11/20', '1/2'), ('11/20', '11/4', '10/21'), ('0', '13/4', 'None')]
    """
    data = coefficients(problem)
    taken, given = _Purse(data, SELLER), _Purse(data, BUYER)
    taken.amount = data.budget - sum(data.cost[SELLER]) - sum(b for b in data.cost[BUYER] if b <= 0)
    vertices: list[FrontierVertex] = []
    while True:
        while taken.amount == 0:
            if not taken.drop():
                vertices.append(_vertex(problem, data, taken, given, None))
                return Frontier(problem, tuple(vertices))
        while given.variable != LUMP and given.amount == given.pair()[1]:
            given.rise()
        (a_x, b_x), (a_y, b_y) = taken.pair(), given.pair()
        alpha = Fraction(b_x * a_y, b_x * a_y + b_y * a_x)
        vertices.append(_vertex(problem, data, taken, given, alpha))
        room = taken.amount if given.variable == LUMP else b_y - given.amount
        moved = min(taken.amount, room)
        taken.amount -= moved
        given.amount += moved


def _vertex(
    problem: ObjectTrade, data: Coefficients, taken: _Purse, given: _Purse, alpha: Fraction | None
) -> FrontierVertex:
    unit = data.denominator
    (m_s, sigma_s, lump_s), (m_b, sigma_b, lump_b) = taken.state(unit), given.state(unit)
    rule = ThresholdRule(problem, (m_s, m_b), (sigma_s, sigma_b), (lump_s, lump_b))
    return FrontierVertex((taken.utility(unit), given.utility(unit)), rule, alpha)
