"""Bilateral trade of N objects with two values a side (Eilat and Pauzner): the parameters and threshold rules."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb

from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.numbers import exact

SELLER, BUYER = 0, 1
SIDES = ("seller", "buyer")
MOST_OBJECTS = 2000
Pair = tuple[Fraction, Fraction]


def pair_of(given: object, where: str) -> Pair:
    """Two exact numbers, one for the seller and one for the buyer, or a low and a high one.

    Parameters
    ----------
    given
        A sequence of two, or text with a comma.
    where
        What they are, for the message of an error.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> pair_of("0,11", "the values")
    (Fraction(0, 1), Fraction(11, 1))
    """
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, (tuple, list)) or len(parts) != 2:
        raise InputError(f"{where} must be two numbers, for instance 0,11")
    return exact(parts[0], where), exact(parts[1], where)


@shown
@dataclass(frozen=True)
class ObjectTrade:
    """A seller who owns N objects and a buyer; each side has one of two values for each object, drawn independently.

    An object is *good* for a side that is eager to trade it: the seller's value is the low one, the buyer's the high
    one. Otherwise it is *bad*. A type is a vector over the objects, 1 for good.

    Parameters
    ----------
    objects
        The number N of objects, at least 1.
    seller, buyer
        Each side's (low, high) value of an object, in money; numbers, text such as "7/2", or text "0,11".
    good
        (seller's, buyer's) probability that an object is good for him, strictly between 0 and 1.

    Raises
    ------
    InputError
        Unless buyer's high > seller's high > buyer's low > seller's low, and the probabilities lie strictly
        between 0 and 1 (at 0 or 1 some types never occur, and the statements about every optimum fail).

    References
    ----------
    Eilat and Pauzner (2008), "Optimal bilateral trade of multiple objects", section 3.

    Examples
    --------
    >>> ObjectTrade(3, (0, 11), (1, 12), ("1/2", "1/2")).first_best
    Fraction(21, 2)
    """

    objects: int
    seller: Pair
    buyer: Pair
    good: Pair

    def __post_init__(self) -> None:
        if isinstance(self.objects, bool) or not isinstance(self.objects, int) or self.objects < 1:
            raise InputError(f"the number of objects must be a whole number of at least 1, not {self.objects!r}")
        if self.objects > MOST_OBJECTS:
            raise SizeError(f"{self.objects} objects; at most {MOST_OBJECTS} are taken", self.objects)
        for name in ("seller", "buyer", "good"):
            object.__setattr__(self, name, pair_of(getattr(self, name), f"{name}'s values" if name != "good" else name))
        (low_s, high_s), (low_b, high_b) = self.seller, self.buyer
        if not high_b > high_s > low_b > low_s:
            raise InputError(
                f"the values must satisfy buyer's high > seller's high > buyer's low > seller's low, not "
                f"{high_b}, {high_s}, {low_b}, {low_s}"
            )
        if not all(0 < q < 1 for q in self.good):
            shown = ", ".join(map(str, self.good))
            raise InputError(f"the probabilities that an object is good must lie strictly between 0 and 1, not {shown}")

    @property
    def spreads(self) -> Pair:
        """D of each side: the high value less the low one."""
        return self.seller[1] - self.seller[0], self.buyer[1] - self.buyer[0]

    @property
    def gain(self) -> Fraction:
        """G: the gain from trading an object that is good for both."""
        return self.buyer[1] - self.seller[0]

    def value(self, side: int, good: int) -> Fraction:
        """What an object is worth to a side that finds it good (1) or bad (0)."""
        return self.seller[1 - good] if side == SELLER else self.buyer[good]

    def surplus(self, seller_good: int, buyer_good: int) -> Fraction:
        """The gain from trading one object, from whether it is good for each side; negative if bad for both."""
        return self.value(BUYER, buyer_good) - self.value(SELLER, seller_good)

    @cached_property
    def weights(self) -> tuple[tuple[int, ...], ...]:
        """Per side, for m = 0..N good objects, the probability times the N-th power of the denominator of `good`."""
        n, rows = self.objects, []
        for q in self.good:
            up, down = q.numerator, q.denominator - q.numerator
            rows.append(tuple(comb(n, m) * up**m * down ** (n - m) for m in range(n + 1)))
        return tuple(rows)

    def mass(self, side: int) -> tuple[Fraction, ...]:
        """Per side, the probability of m good objects, m = 0..N."""
        whole = self.good[side].denominator ** self.objects
        return tuple(Fraction(weight, whole) for weight in self.weights[side])

    @property
    def first_best_slack(self) -> Fraction:
        """Money per object that is left over if all gains are realised and all rents paid; the first best can be
        attained iff it is not negative. It does not depend on the number of objects."""
        (q_s, q_b), (d_s, d_b), gain = self.good, self.spreads, self.gain
        return q_s * q_b * (gain - d_s - d_b) + q_b * (1 - q_s) * (gain - d_s) + q_s * (1 - q_b) * (gain - d_b)

    @property
    def first_best(self) -> Fraction:
        """The expected surplus if every object is traded exactly where that creates a gain."""
        (q_s, q_b), (d_s, d_b), gain = self.good, self.spreads, self.gain
        mixed = q_b * (1 - q_s) * (gain - d_s) + q_s * (1 - q_b) * (gain - d_b)
        return self.objects * (q_s * q_b * gain + mixed)

    def keeps_something(self, side: int) -> bool:
        """True if a side has a positive utility where the other side has the most (Proposition 5).

        That is so iff N >= q/(1-q) D/(G-D) with the side's own q and D. At equality the Pareto-efficient optimum
        gives him something, while another optimum of the other side leaves him nothing.
        """
        return self.objects >= self.bound(side)

    def bound(self, side: int) -> Fraction:
        """The number of objects from which on a side keeps something at the other's favourite point."""
        q, spread = self.good[side], self.spreads[side]
        return q / (1 - q) * spread / (self.gain - spread)


@shown
@dataclass(frozen=True)
class ThresholdRule:
    """A threshold mechanism: which objects are traded, and what each side gets, by the number of his good objects.

    Objects that are good for both are always traded, objects bad for both never. An object that is bad for one side only
    is traded with probability mu(m), where m is the number of good objects of that side: 0 for m below the threshold M,
    sigma at it, 1 above.

    Parameters
    ----------
    problem
        What is traded.
    thresholds
        (seller's, buyer's) M: the largest m with mu(m) < 1, or -1 if there is none.
    sigma
        (seller's, buyer's) mu at M, in [0, 1); 0 where M = -1.
    lump
        (seller's, buyer's) utility c >= 0 of the type without a good object, in money.

    References
    ----------
    Eilat and Pauzner (2008), Theorem 1; the encoding M = -1 covers "mu = 1 for all m", which the paper's section 2 needs.
    """

    problem: ObjectTrade
    thresholds: tuple[int, int]
    sigma: Pair
    lump: Pair

    def __post_init__(self) -> None:
        n = self.problem.objects
        object.__setattr__(self, "sigma", pair_of(self.sigma, "sigma"))
        object.__setattr__(self, "lump", pair_of(self.lump, "the lump sums"))
        for threshold, share, lump in zip(self.thresholds, self.sigma, self.lump, strict=True):
            if not -1 <= threshold < n:
                raise InputError(f"a threshold must be -1 to {n - 1}, not {threshold}")
            if not 0 <= share < 1 or (threshold == -1 and share):
                raise InputError(f"sigma must lie in [0, 1), and be 0 at the threshold -1, not {share}")
            if lump < 0:
                raise InputError(f"a lump sum must be at least 0, not {lump}")

    def mu(self, side: int, goods: int) -> Fraction:
        """The probability that a side with so many good objects trades one that is bad for him and good for the other."""
        threshold = self.thresholds[side]
        return self.sigma[side] if goods == threshold else Fraction(int(goods > threshold))

    def net(self, side: int, goods: int) -> Fraction:
        """tau: the interim utility of a side with so many good objects; c + q D max(0, m - M - 1 + sigma), q the other's.

        The paper's formula leaves out c."""
        steps = goods - self.thresholds[side] - 1 + self.sigma[side]
        return self.lump[side] + self.problem.good[1 - side] * self.problem.spreads[side] * max(Fraction(0), steps)

    def probabilities(self, seller: tuple[int, ...], buyer: tuple[int, ...]) -> tuple[Fraction, ...]:
        """The probability that each object is traded, at a profile of two 0/1 vectors."""
        chance = (self.mu(SELLER, sum(seller)), self.mu(BUYER, sum(buyer)))
        return tuple(
            Fraction(s) if s == b else chance[SELLER if b else BUYER] for s, b in zip(seller, buyer, strict=True)
        )

    @cached_property
    def utilities(self) -> Pair:
        """(seller's, buyer's) expected utility, in money."""
        found = [
            sum((chance * self.net(side, m) for m, chance in enumerate(self.problem.mass(side))), Fraction(0))
            for side in (SELLER, BUYER)
        ]
        return found[0], found[1]
