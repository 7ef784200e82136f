"""Optimal trade of N objects as a linear program over all 2^N types a side, with a certificate in rationals."""

from dataclasses import dataclass
from fractions import Fraction
from math import prod

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.numbers import Number, exact
from collude.models.trade.direct import DirectTrade, type_vectors
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade
from collude.programs.exact import Optimum, Program, solve, verify_optimum

MOST_FULL = 3


@shown
@dataclass(frozen=True)
class ProvedOptimum:
    """The proved optimum of a linear program about trade.

    Attributes
    ----------
    value : Fraction
        Of its objective, in money.
    program, optimum : Program, Optimum
        Point and multipliers, which `holds` verifies in plain fractions.
    mechanism : DirectTrade or None
        The optimal point as a mechanism, where the program is about one.
    """

    value: Fraction
    program: Program
    optimum: Optimum
    mechanism: DirectTrade | None = None

    @property
    def holds(self) -> bool:
        """True if the multipliers prove that the point is optimal."""
        return verify_optimum(self.program, self.optimum) and self.optimum.value == -self.value


class FullProgram:
    """The variables p_i at each profile and tau of each type of each side, with incentive and participation constraints.

    IC: tau(w) >= tau(r) + the sum over objects of P_i(r) times the difference in value, where P_i(r) is the probability
    that report r trades object i. IR: tau >= 0. Balance ex ante: expected surplus less both expected tau is >= 0.
    """

    def __init__(self, problem: ObjectTrade) -> None:
        if problem.objects > MOST_FULL:
            raise SizeError(
                f"the linear program over all types is for at most {MOST_FULL} objects, not {problem.objects}; "
                "take the reduced one",
                problem.objects,
            )
        self.problem, self.types = problem, type_vectors(problem.objects)
        n, count = problem.objects, len(self.types)
        self.first = n * count * count
        self.program = Program(self.first + 2 * count, signed=frozenset(range(self.first + 2 * count)))
        self.probabilities = [
            [prod((q if good else 1 - q for good in vector), start=Fraction(1)) for vector in self.types]
            for q in problem.good
        ]
        for j in range(self.first):
            self.program.at_most({j: 1}, 1)
        for side in (SELLER, BUYER):
            for true in range(count):
                for report in range(count):
                    if report != true:
                        self._incentive(side, true, report)
        budget = {j: -x for j, x in self.surplus().items()}
        for side in (SELLER, BUYER):
            budget |= self.utility(side)
        self.program.at_most(budget, 0)

    def trade(self, seller: int, buyer: int, item: int) -> int:
        """The variable: the probability of trading an object at a profile of type numbers."""
        return (seller * len(self.types) + buyer) * self.problem.objects + item

    def net(self, side: int, type_index: int) -> int:
        """The variable: the interim utility of a type."""
        return self.first + side * len(self.types) + type_index

    def utility(self, side: int) -> dict[int, Fraction]:
        """The ex ante utility of a side as a row."""
        return {self.net(side, k): chance for k, chance in enumerate(self.probabilities[side])}

    def surplus(self) -> dict[int, Fraction]:
        """The expected surplus as a row."""
        row: dict[int, Fraction] = {}
        for s, seller in enumerate(self.types):
            for b, buyer in enumerate(self.types):
                chance = self.probabilities[SELLER][s] * self.probabilities[BUYER][b]
                for item, (x, y) in enumerate(zip(seller, buyer, strict=True)):
                    row[self.trade(s, b, item)] = chance * self.problem.surplus(x, y)
        return row

    def _incentive(self, side: int, true: int, report: int) -> None:
        row: dict[int, Fraction | int] = {self.net(side, report): 1, self.net(side, true): -1}
        pairs = enumerate(zip(self.types[true], self.types[report], strict=True))
        for item, (own, lie) in pairs:
            if own == lie:
                continue
            difference = (own - lie) * self.problem.spreads[side]
            for other, chance in enumerate(self.probabilities[1 - side]):
                profile = (report, other) if side == SELLER else (other, report)
                row[self.trade(*profile, item)] = chance * difference
        self.program.at_most(row, 0)

    def maximise(self, objective: dict[int, Fraction]) -> ProvedOptimum:
        """The proved maximum of a row, with the mechanism that attains it."""
        self.program.cost = {j: -x for j, x in objective.items()}
        optimum = solve(self.program)
        return ProvedOptimum(-optimum.value, self.program, optimum, self._mechanism(optimum.x))

    def _mechanism(self, x: tuple[Fraction, ...]) -> DirectTrade:
        """A mechanism with these probabilities in which each type gets its tau at every profile."""
        n, count = self.problem.objects, len(self.types)
        probabilities = tuple(x[place * n : (place + 1) * n] for place in range(count * count))
        bare = DirectTrade(self.problem, probabilities, ((Fraction(0), Fraction(0)),) * len(probabilities))
        money = tuple(
            (
                x[self.net(SELLER, s)] - bare.utility(SELLER, s, s, b),
                x[self.net(BUYER, b)] - bare.utility(BUYER, b, s, b),
            )
            for s in range(count)
            for b in range(count)
        )
        return DirectTrade(self.problem, probabilities, money)


def welfare_row(full: FullProgram, alpha: Number) -> dict[int, Fraction]:
    """The weighted sum alpha U_s + (1 - alpha) U_b of both sides' utilities as a row of the full program.

    Parameters
    ----------
    full : FullProgram
    alpha : number
        The seller's weight, in [0, 1].

    Returns
    -------
    dict from variables to Fraction

    Raises
    ------
    InputError
        For another weight.
    """
    weight = exact(alpha, "alpha")
    if not 0 <= weight <= 1:
        raise InputError(f"alpha must lie in [0, 1], not {weight}")
    row: dict[int, Fraction] = {}
    for side, share in ((SELLER, weight), (BUYER, 1 - weight)):
        row |= {j: share * chance for j, chance in full.utility(side).items()}
    return row


def full_optimum(problem: ObjectTrade, alpha: Number = Fraction(1, 2)) -> ProvedOptimum:
    """The best mechanism for the weights alpha and 1 - alpha over all mechanisms, symmetric or not, proved.

    Parameters
    ----------
    problem
        At most 3 objects: 192 probabilities and 16 utilities then.
    alpha
        The seller's weight, in [0, 1].

    Returns
    -------
    ProvedOptimum

    Raises
    ------
    SizeError
        For more than 3 objects.

    Examples
    --------
    >>> found = full_optimum(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")))
    >>> str(2 * found.value), found.holds
    ('33/10', True)
    """
    full = FullProgram(problem)
    return full.maximise(welfare_row(full, alpha))


def extreme_trade(problem: ObjectTrade, alpha: Number, good: int) -> ProvedOptimum:
    """The least, or largest, probability of trade that any of all alpha-optimal mechanisms has.

    Over all optima: the least sum of the probabilities with which objects that are good for both are traded (`good` = 1), as a
    negative number, or the largest sum for objects bad for both (`good` = 0). Proposition 2 says that the first is minus the
    number of such (profile, object) pairs and the second is 0, in every optimum, for alpha in [0, 1].

    Parameters
    ----------
    problem : ObjectTrade
        At most 3 objects.
    alpha : number
        The seller's weight, in [0, 1].
    good : int
        1 or 0.

    Returns
    -------
    ProvedOptimum

    Raises
    ------
    InputError
        For another weight, or without the extra `programs`.
    SizeError
        For more than 3 objects.

    References
    ----------
    Eilat and Pauzner (2008), Proposition 2.
    """
    full = FullProgram(problem)
    welfare = welfare_row(full, alpha)
    best = full.maximise(welfare)
    full.program.at_most({j: -x for j, x in welfare.items()}, -best.value)
    row: dict[int, Fraction] = {}
    for s, seller in enumerate(full.types):
        for b, buyer in enumerate(full.types):
            for item, (x, y) in enumerate(zip(seller, buyer, strict=True)):
                if x == y == good:
                    row[full.trade(s, b, item)] = Fraction(-1 if good else 1)
    return full.maximise(row)
