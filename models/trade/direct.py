"""Direct mechanisms for trade of N objects: a lottery over trades and two transfers for each profile of 0/1 vectors."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import permutations, product
from math import prod

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade, Pair, ThresholdRule

Vector = tuple[int, ...]
MOST_DIRECT = 4
VERSIONS = ("own-report", "balanced")


def type_vectors(objects: int) -> tuple[Vector, ...]:
    """All 2^N types of a side, in lexicographic order: a 1 for each good object.

    Parameters
    ----------
    objects
        The number N, at most 4.

    Raises
    ------
    SizeError
        For more objects.

    Examples
    --------
    >>> type_vectors(2)
    ((0, 0), (0, 1), (1, 0), (1, 1))
    """
    if objects > MOST_DIRECT:
        raise SizeError(
            f"{objects} objects give {4**objects} profiles; at most {MOST_DIRECT} objects are listed", objects
        )
    return tuple(product((0, 1), repeat=objects))


@shown
@dataclass(frozen=True)
class DirectTrade:
    """A direct mechanism over all 4^N profiles.

    probabilities: for the profile of the seller's type number s and the buyer's b, at place s 2^N + b, the probability
    that each of the N objects is traded. transfers: at the same place (seller's, buyer's) money received, its expectation
    if it depends on the lottery.
    """

    problem: ObjectTrade
    probabilities: tuple[tuple[Fraction, ...], ...]
    transfers: tuple[Pair, ...]

    @cached_property
    def types(self) -> tuple[Vector, ...]:
        """The 2^N types of each side."""
        return type_vectors(self.problem.objects)

    def place(self, seller: int, buyer: int) -> int:
        """Where the tables keep a profile of type numbers."""
        return seller * len(self.types) + buyer

    def chance(self, side: int, number: int) -> Fraction:
        """The probability of a side's type."""
        q = self.problem.good[side]
        return prod((q if good else 1 - q for good in self.types[number]), start=Fraction(1))

    def utility(self, side: int, true: int, seller: int, buyer: int) -> Fraction:
        """What a side of type number `true` gets, in expectation over the lottery, from the reports (seller, buyer)."""
        place, sign = self.place(seller, buyer), 1 if side == BUYER else -1
        values = (self.problem.value(side, good) for good in self.types[true])
        held = sum((p * w for p, w in zip(self.probabilities[place], values, strict=True)), Fraction(0))
        return self.transfers[place][side] + sign * held

    def surplus(self, seller: int, buyer: int, place: int) -> Fraction:
        """The gain, at a true profile of type numbers, from the trades that the profile at `place` leads to."""
        pairs = zip(self.types[seller], self.types[buyer], self.probabilities[place], strict=True)
        return sum((p * self.problem.surplus(s, b) for s, b, p in pairs), Fraction(0))

    def interim(self, side: int, true: int, report: int) -> Fraction:
        """What a side of type number `true` expects, over the other's types, from a report."""
        total = Fraction(0)
        for other in range(len(self.types)):
            profile = (report, other) if side == SELLER else (other, report)
            total += self.chance(1 - side, other) * self.utility(side, true, *profile)
        return total

    def expected(self, quantity: Callable[[int, int], Fraction]) -> Fraction:
        """The expectation over true profiles of a function of the two type numbers."""
        count = range(len(self.types))
        return sum(
            (self.chance(SELLER, s) * self.chance(BUYER, b) * quantity(s, b) for s in count for b in count), Fraction(0)
        )

    @property
    def utilities(self) -> Pair:
        """(seller's, buyer's) ex ante utility of the truth."""
        return (
            self.expected(lambda s, b: self.utility(SELLER, s, s, b)),
            self.expected(lambda s, b: self.utility(BUYER, b, s, b)),
        )

    @property
    def revenue(self) -> Fraction:
        """The expected sum of transfers; the designer has no deficit ex ante iff it is at most 0."""
        return self.expected(lambda s, b: sum(self.transfers[self.place(s, b)], Fraction(0)))

    def best_lie(self, side: int) -> Fraction:
        """The largest interim gain of a side from any misreport, over all types; at most 0 iff it is Bayesian IC."""
        count = range(len(self.types))
        truth = [self.interim(side, k, k) for k in count]
        return max(self.interim(side, k, r) - truth[k] for k in count for r in count if r != k)

    def worst_type(self, side: int) -> Fraction:
        """The smallest interim utility of a type of a side; at least 0 iff participation is voluntary."""
        return min(self.interim(side, k, k) for k in range(len(self.types)))


def direct_trade(rule: ThresholdRule, transfers: str = "balanced") -> DirectTrade:
    """A threshold rule as a table over all profiles, with one of the two versions of the transfers.

    Parameters
    ----------
    rule
        At most 4 objects.
    transfers
        "own-report": each side's utility at a profile is tau(m), a function of the number of his own good reports; this
        is balanced ex ante only. "balanced": half of R, the surplus less both tau, is added and its expectations given
        own and other's report are exchanged; the sum of transfers is 0 at every profile, interim utilities are the same.

    Returns
    -------
    DirectTrade

    References
    ----------
    Eilat and Pauzner (2008), section 4, with the c that the printed tau leaves out.

    Examples
    --------
    >>> from collude.models.trade.objects import ObjectTrade
    >>> rule = ThresholdRule(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")), (0, 0), ("3/5", "3/5"), (0, 0))
    >>> [str(money) for money, _ in direct_trade(rule).transfers]
    ['0', '33/5', '3/5', '6']
    """
    if transfers not in VERSIONS:
        raise InputError(f"the transfers are {' or '.join(VERSIONS)}, not {transfers!r}")
    problem, vectors = rule.problem, type_vectors(rule.problem.objects)
    probabilities = tuple(rule.probabilities(s, b) for s in vectors for b in vectors)
    bare = DirectTrade(problem, probabilities, ((Fraction(0), Fraction(0)),) * len(probabilities))
    count = range(len(vectors))
    nets = {(s, b): (rule.net(SELLER, sum(vectors[s])), rule.net(BUYER, sum(vectors[b]))) for s in count for b in count}
    if transfers == "balanced":
        nets = _balanced(bare, nets)
    money = []
    for (s, b), (seller, buyer) in nets.items():
        money.append((seller - bare.utility(SELLER, s, s, b), buyer - bare.utility(BUYER, b, s, b)))
    return DirectTrade(problem, probabilities, tuple(money))


def _balanced(bare: DirectTrade, nets: dict[tuple[int, int], Pair]) -> dict[tuple[int, int], Pair]:
    """The net utilities of the version that is balanced at every profile."""
    count = range(len(bare.types))
    rest = {(s, b): bare.surplus(s, b, bare.place(s, b)) - sum(pair) for (s, b), pair in nets.items()}
    given_s = [sum((bare.chance(BUYER, b) * rest[s, b] for b in count), Fraction(0)) for s in count]
    given_b = [sum((bare.chance(SELLER, s) * rest[s, b] for s in count), Fraction(0)) for b in count]
    return {
        (s, b): (
            seller + (rest[s, b] - given_s[s] + given_b[b]) / 2,
            buyer + (rest[s, b] - given_b[b] + given_s[s]) / 2,
        )
        for (s, b), (seller, buyer) in nets.items()
    }


def relabelled(mechanism: DirectTrade, order: Vector) -> DirectTrade:
    """The mechanism that treats object order[i] as the given one treats object i.

    A type is moved by (M w)_i = w at the inverse place, footnote 7 and the proofs of the paper, not by the wording of its
    body; with the wrong one the composition of two relabellings comes out in the wrong order.

    Parameters
    ----------
    mechanism
        Of N objects.
    order
        A permutation of 0..N-1.

    References
    ----------
    Eilat and Pauzner (2008).
    """
    vectors = mechanism.types
    number = {vector: k for k, vector in enumerate(vectors)}
    back = [number[tuple(vector[i] for i in order)] for vector in vectors]
    probabilities, money = [], []
    for s in range(len(vectors)):
        for b in range(len(vectors)):
            place = mechanism.place(back[s], back[b])
            row = [Fraction(0)] * len(order)
            for i, target in enumerate(order):
                row[target] = mechanism.probabilities[place][i]
            probabilities.append(tuple(row))
            money.append(mechanism.transfers[place])
    return DirectTrade(mechanism.problem, tuple(probabilities), tuple(money))


def symmetrised(mechanism: DirectTrade) -> DirectTrade:
    """The average of a mechanism over all N! relabellings of the objects.

    Ex ante utilities and the expected revenue stay the same, and it stays Bayesian incentive compatible if it was.

    Parameters
    ----------
    mechanism
        Of N objects.

    References
    ----------
    Eilat and Pauzner (2008), Proposition 1.
    """
    copies = [relabelled(mechanism, order) for order in permutations(range(mechanism.problem.objects))]
    share = Fraction(1, len(copies))
    places = range(len(mechanism.transfers))
    probabilities = tuple(
        tuple(share * sum(column) for column in zip(*(copy.probabilities[x] for copy in copies), strict=True))
        for x in places
    )
    money = tuple(
        (share * sum(copy.transfers[x][0] for copy in copies), share * sum(copy.transfers[x][1] for copy in copies))
        for x in places
    )
    return DirectTrade(mechanism.problem, probabilities, money)


def is_symmetric(mechanism: DirectTrade) -> bool:
    """True if no relabelling of the objects changes the mechanism.

    Parameters
    ----------
    mechanism
        Of N objects; all N! relabellings are tried.
    """
    orders = permutations(range(mechanism.problem.objects))
    return all(relabelled(mechanism, order) == mechanism for order in orders)
