"""The best trade mechanism with dominant strategies, as a linear program with a certificate in rationals."""

from fractions import Fraction

from collude.models.errors import InputError, SizeError
from collude.models.numbers import Number, exact
from collude.models.trade.direct import DirectTrade, type_vectors
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade
from collude.programs.exact import Program, solve
from collude.programs.trade.full_program import ProvedOptimum

MOST_DOMINANT = 3
PARTICIPATION = ("interim", "ex-post")
BALANCE = ("ex-ante", "no-deficit", "exact")


class _DominantProgram:
    """Variables p_i and both sides' truthful utilities at each profile; no lie helps at any profile."""

    def __init__(self, problem: ObjectTrade) -> None:
        self.problem, self.types = problem, type_vectors(problem.objects)
        self.count = len(self.types)
        self.first = problem.objects * self.count**2
        self.program = Program(self.first + 2 * self.count**2, signed=frozenset(range(self.first)))
        self.bare = DirectTrade(problem, ((Fraction(0),) * problem.objects,) * self.count**2, ())

    def trade(self, place: int, item: int) -> int:
        return place * self.problem.objects + item

    def net(self, side: int, place: int) -> int:
        return self.first + side * self.count**2 + place

    def places(self, side: int, own: int) -> list[tuple[int, Fraction]]:
        """The profiles at which a side has a type, with their probabilities given it."""
        others = range(self.count)
        if side == SELLER:
            return [(own * self.count + x, self.bare.chance(BUYER, x)) for x in others]
        return [(x * self.count + own, self.bare.chance(SELLER, x)) for x in others]

    def surplus(self, place: int) -> dict[int, Fraction]:
        """The surplus at a truthful profile as a row."""
        s, b = divmod(place, self.count)
        pairs = zip(self.types[s], self.types[b], strict=True)
        return {self.trade(place, item): self.problem.surplus(x, y) for item, (x, y) in enumerate(pairs)}

    def add_incentives(self) -> None:
        """No side gains by a lie at any profile of types."""
        for side in (SELLER, BUYER):
            spread = self.problem.spreads[side]
            for true in range(self.count):
                for report in range(self.count):
                    if report == true:
                        continue
                    pairs = zip(self.places(side, true), self.places(side, report), strict=True)
                    for (truth, _), (lie, _) in pairs:
                        row: dict[int, Fraction | int] = {self.net(side, lie): 1, self.net(side, truth): -1}
                        for item, (own, said) in enumerate(zip(self.types[true], self.types[report], strict=True)):
                            if own != said:
                                row[self.trade(lie, item)] = (own - said) * spread
                        self.program.at_most(row, 0)

    def add_participation(self, type_index: str) -> None:
        """Nobody expects (interim), or gets (ex post), less than 0."""
        for side in (SELLER, BUYER):
            for own in range(self.count):
                if type_index == "interim":
                    self.program.at_most({self.net(side, x): -p for x, p in self.places(side, own)}, 0)
                else:
                    for x, _ in self.places(side, own):
                        self.program.at_most({self.net(side, x): -1}, 0)

    def add_balance(self, type_index: str) -> None:
        """The designer pays nothing in expectation, nowhere, or neither pays nor receives anywhere."""
        total: dict[int, Fraction] = {}
        for place in range(self.count**2):
            s, b = divmod(place, self.count)
            chance = self.bare.chance(SELLER, s) * self.bare.chance(BUYER, b)
            row = {j: -x for j, x in self.surplus(place).items()}
            row |= {self.net(side, place): Fraction(1) for side in (SELLER, BUYER)}
            if type_index == "no-deficit":
                self.program.at_most(row, 0)
            elif type_index == "exact":
                self.program.exactly(row, 0)
            total |= {j: chance * x for j, x in row.items()}
        if type_index == "ex-ante":
            self.program.at_most(total, 0)

    def mechanism(self, x: tuple[Fraction, ...]) -> DirectTrade:
        """The mechanism of a point."""
        n, places = self.problem.objects, range(self.count**2)
        probabilities = tuple(x[place * n : (place + 1) * n] for place in places)
        bare = DirectTrade(self.problem, probabilities, ((Fraction(0), Fraction(0)),) * self.count**2)
        money = []
        for place in places:
            s, b = divmod(place, self.count)
            seller = x[self.net(SELLER, place)] - bare.utility(SELLER, s, s, b)
            money.append((seller, x[self.net(BUYER, place)] - bare.utility(BUYER, b, s, b)))
        return DirectTrade(self.problem, probabilities, tuple(money))


def dominant_trade(
    problem: ObjectTrade, alpha: Number = Fraction(1, 2), *, participation: str = "ex-post", balance: str = "exact"
) -> ProvedOptimum:
    """The best mechanism in which truth is a dominant strategy for both sides, for the weights alpha and 1 - alpha, proved.

    Parameters
    ----------
    problem
        At most 3 objects.
    alpha
        The seller's weight, in [0, 1].
    participation
        "interim" (each type expects at least 0) or "ex-post" (it gets at least 0 at each profile).
    balance
        "ex-ante" (no deficit in expectation), "no-deficit" (at each profile) or "exact" (transfers sum to 0 everywhere).

    Returns
    -------
    ProvedOptimum
        With an optimal mechanism.

    Raises
    ------
    InputError, SizeError
        For other words, or more than 3 objects.

    Examples
    --------
    >>> base = ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> str(2 * dominant_trade(base).value), str(2 * dominant_trade(base, balance="ex-ante").value)
    ('36/11', '33/10')
    """
    weight = exact(alpha, "alpha")
    if not 0 <= weight <= 1:
        raise InputError(f"alpha must lie in [0, 1], not {weight}")
    if problem.objects > MOST_DOMINANT:
        raise SizeError(f"dominant strategies are optimised for at most {MOST_DOMINANT} objects", problem.objects)
    for given, known, what in ((participation, PARTICIPATION, "participation"), (balance, BALANCE, "balance")):
        if given not in known:
            raise InputError(f"{what} is {', '.join(known)}, not {given!r}")
    built = _DominantProgram(problem)
    program = built.program
    for j in range(built.first):
        program.at_most({j: 1}, 1)
    built.add_incentives()
    built.add_participation(participation)
    built.add_balance(balance)
    for side, share in ((SELLER, weight), (BUYER, 1 - weight)):
        for own in range(built.count):
            own_chance = built.bare.chance(side, own)
            for place, chance in built.places(side, own):
                program.cost[built.net(side, place)] = -share * own_chance * chance
    optimum = solve(program)
    return ProvedOptimum(-optimum.value, program, optimum, built.mechanism(optimum.x))


def posted_price_per_object(problem: ObjectTrade, price: Number) -> DirectTrade:
    """The mechanism in which each object is offered at one price and changes hands iff both sides accept it.

    A side that is indifferent accepts.

    Parameters
    ----------
    problem : ObjectTrade
    price : number
        Of each object.

    Returns
    -------
    DirectTrade

    Raises
    ------
    InputError
        If the price is not an exact number.

    Examples
    --------
    >>> base = ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> [str(sum(posted_price_per_object(base, p).utilities)) for p in (0, 1, 6, 11)]
    ['13/4', '13/4', '3', '13/4']
    """
    asked, vectors = exact(price, "the price"), type_vectors(problem.objects)
    probabilities, money = [], []
    for seller in vectors:
        for buyer in vectors:
            row = tuple(
                Fraction(problem.value(SELLER, s) <= asked <= problem.value(BUYER, b))
                for s, b in zip(seller, buyer, strict=True)
            )
            probabilities.append(row)
            money.append((asked * sum(row), -asked * sum(row)))
    return DirectTrade(problem, tuple(probabilities), tuple(money))


def posted_price_for_all(problem: ObjectTrade, price: Number) -> DirectTrade:
    """The mechanism in which all objects are offered together at one price, and change hands iff both sides accept.

    A side that is indifferent accepts.

    Parameters
    ----------
    problem : ObjectTrade
    price : number
        Of all objects together.

    Returns
    -------
    DirectTrade

    Raises
    ------
    InputError
        If the price is not an exact number.

    Examples
    --------
    >>> base = ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> str(sum(posted_price_for_all(base, 6).utilities))
    '3'
    """
    asked, vectors = exact(price, "the price"), type_vectors(problem.objects)
    probabilities, money = [], []
    for seller in vectors:
        for buyer in vectors:
            cost = sum((problem.value(SELLER, good) for good in seller), Fraction(0))
            value = sum((problem.value(BUYER, good) for good in buyer), Fraction(0))
            deal = Fraction(cost <= asked <= value)
            probabilities.append((deal,) * problem.objects)
            money.append((asked * deal, -asked * deal))
    return DirectTrade(problem, tuple(probabilities), tuple(money))
