"""From counts to a formula: a polynomial through some counts of one residue class that must predict the next count and
agree with all others of the class."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb, factorial
from typing import NamedTuple

PERIODS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True)
class Formula:
    """How many situations are manipulable, for the numbers of voters of one residue class.

    period, residue : it holds for n = residue modulo period, as far as it was tested. coefficients : of n^0, n^1, ...
    limit : of the share of manipulable situations. predicted_voters, predicted : the count that the polynomial through
    the m! counts before it predicted, and which came out. agreeing : how many more counts of the class there are, all of
    which lie on the polynomial.
    """

    period: int
    residue: int
    coefficients: tuple[Fraction, ...]
    limit: Fraction
    predicted_voters: int
    predicted: int
    agreeing: int

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; fractions are text."""
        return {
            "period": self.period,
            "residue": self.residue,
            "coefficients": [str(x) for x in self.coefficients],
            "limit": str(self.limit),
            "predicted_voters": self.predicted_voters,
            "predicted": self.predicted,
            "agreeing": self.agreeing,
        }


def points_needed(alternatives: int) -> int:
    """How many counts of one residue class a formula takes, the predicted one included.

    Parameters
    ----------
    alternatives : int
        Number m.

    Returns
    -------
    int
        m! + 1: the number of manipulable situations is a quasi-polynomial of degree m! - 1.
    """
    return factorial(alternatives) + 1


def predict_next(values: list[int]) -> int:
    """The value that the polynomial of degree len(values) - 1 through equidistant values takes at the next point.

    Parameters
    ----------
    values : list of int

    Returns
    -------
    int

    Examples
    --------
    >>> predict_next([0, 1, 4])
    9
    """
    d = len(values)
    return sum((-1) ** (d - 1 - x) * comb(d, x) * value for x, value in enumerate(values))


def interpolate(points: list[tuple[int, int]]) -> tuple[Fraction, ...]:
    """The coefficients of n^0, n^1, ... of the polynomial through some points, by Newton's divided differences.

    Parameters
    ----------
    points : list of (int, int)
        (n, value), all n different.

    Returns
    -------
    tuple of Fraction

    Examples
    --------
    >>> [str(x) for x in interpolate([(1, 1), (2, 4), (3, 9)])]
    ['0', '0', '1']
    """
    places = [n for n, _ in points]
    column = [Fraction(value) for _, value in points]
    differences = [column[0]]
    for order in range(1, len(points)):
        column = [(b - a) / (places[x + order] - places[x]) for x, (a, b) in enumerate(pairwise(column))]
        differences.append(column[0])
    result = [Fraction(0)]
    for place, difference in zip(reversed(places), reversed(differences), strict=True):
        shifted = [Fraction(0), *result]
        result = [s - place * r for s, r in zip(shifted, [*result, Fraction(0)], strict=True)]
        result[0] += difference
    return tuple(result[: len(points)])


class Fit(NamedTuple):
    """The formula that was found, or None and the reason why there is none."""

    formula: Formula | None
    reason: str


def fit_formula(counts: Mapping[int, int], alternatives: int, period: int | None = None) -> Fit:
    """The formula that counts of manipulable situations follow, if all the counts that are there agree with it.

    Parameters
    ----------
    counts : mapping
        Number of voters -> number of manipulable situations.
    alternatives : int
        Number m.
    period : int, optional
        The only period to try; by default the divisors of 12, the smallest first.

    Returns
    -------
    Fit

    Notes
    -----
    m! counts in arithmetic progression fix a polynomial of degree m! - 1; the next count is predicted and compared. The
    largest numbers of voters that are there are used. One prediction may come true by chance (plurality at period 2
    predicts 40 voters from 28 to 38, but has 26 wrong), so all other counts of the class must lie on the polynomial too.

    References
    ----------
    Wilson and Pritchard (2007), "Probability calculations under the IAC hypothesis", Mathematical Social Sciences 54.
    """
    needed = points_needed(alternatives)
    missed: list[int] = []
    short: list[int] = []
    for candidate in (period,) if period is not None else PERIODS:
        found = _one_period(counts, alternatives, candidate)
        if isinstance(found, Formula):
            return Fit(found, "")
        (short if found is None else missed).append(candidate)
    reasons = []
    if missed:
        listing = ", ".join(map(str, missed))
        reasons.append(f"not all counts are as predicted at period {listing}: too small a period, or too few voters")
    if short:
        listing = ", ".join(map(str, short))
        reasons.append(f"period {listing} would take {needed} counts that many voters apart")
    return Fit(None, "; ".join(reasons))


def _one_period(counts: Mapping[int, int], alternatives: int, period: int) -> Formula | bool | None:
    """The formula; False if a prediction missed; None if no residue class has enough counts."""
    needed = points_needed(alternatives)
    tested = False
    for last in sorted(counts, reverse=True):
        places = [last - period * x for x in range(needed - 1, -1, -1)]
        if any(n not in counts or n < 1 for n in places):
            continue
        tested = True
        predicted = predict_next([counts[n] for n in places[:-1]])
        if predicted == counts[last]:
            coefficients = interpolate([(n, counts[n]) for n in places[:-1]])
            others = [n for n in counts if n % period == last % period and n not in places]
            if any(sum(x * n**i for i, x in enumerate(coefficients)) != counts[n] for n in others):
                break
            limit = coefficients[-1] * factorial(needed - 2)
            return Formula(period, last % period, coefficients, limit, last, predicted, len(others))
        break
    return False if tested else None
