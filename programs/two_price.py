"""The optimal two-price mechanism for two suppliers with lognormal costs, and its curve (section 2.5.4, Figure 2.1).

Costs are theta q (q + 2) / 2, so that a supplier with theta <= p supplies p / theta - 1 at price p and the others nothing;
ln theta_i is normal with mean mu_i and variance 1, mu_1 <= 0 = mu_2, independent. The buyer values a unit at the v for
which the fixed price 1 is the best one. Floats: this is a picture, not a verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, exp, isfinite, log, pi, sqrt
from typing import NamedTuple

from collude.models.errors import InputError
from collude.models.files.html import shown

LARGEST_MEAN = 30.0
STEPS = 200


@shown
@dataclass(frozen=True)
class TwoPrice:
    """The optimal two-price mechanism for one mean.

    Attributes
    ----------
    mean : float
        mu_1, of the logarithm of the first supplier's cost parameter.
    value : float
        What the buyer gets from a unit: the v at which the fixed price 1 is the best one.
    one, two : float
        The price that is paid if one supplier accepts, and if both do.
    profit, fixed_profit : float
        The buyer's expected profit, and that of the fixed price 1.
    """

    mean: float
    value: float
    one: float
    two: float
    profit: float
    fixed_profit: float


def _normal(x: float) -> float:
    return erfc(-x / sqrt(2)) / 2


def accepts(price: float, mean: float) -> float:
    """The probability F_i(p) that a supplier accepts a price.

    Parameters
    ----------
    price : float
        Positive.
    mean : float
        mu_i, the mean of the logarithm of his cost parameter; the variance is 1.

    Returns
    -------
    float

    Examples
    --------
    >>> accepts(1.0, 0.0)
    0.5
    """
    return _normal(log(price) - mean)


def inverse_cost(price: float, mean: float) -> float:
    """The expectation H_i(p) of 1 / theta over the suppliers who accept a price; it is the slope of expected supply.

    Parameters
    ----------
    price, mean : float
        As in `accepts`.

    Returns
    -------
    float
    """
    return exp(0.5 - mean) * _normal(log(price) - mean + 1)


def supply(price: float, mean: float) -> float:
    """The expected supply S_i(p) = p H_i(p) - F_i(p) of a supplier at a price, in units.

    Parameters
    ----------
    price, mean : float
        As in `accepts`.

    Returns
    -------
    float
    """
    return price * inverse_cost(price, mean) - accepts(price, mean)


def _density(price: float, mean: float) -> float:
    x = log(price) - mean
    return exp(-x * x / 2) / sqrt(2 * pi) / price


def buyer_value(mean: float) -> float:
    """The value of a unit at which the fixed price 1 is optimal: 1 + sum S_i(1) / sum H_i(1).

    Parameters
    ----------
    mean : float
        mu_1; the other supplier's is 0.

    Returns
    -------
    float
    """
    means = (mean, 0.0)
    return 1 + sum(supply(1, mu) for mu in means) / sum(inverse_cost(1, mu) for mu in means)


def profit(one: float, two: float, mean: float, value: float) -> float:
    """The buyer's expected profit from two prices.

    Parameters
    ----------
    one, two : float
        p(1), paid if one supplier accepts, at most p(2), paid if both do.
    mean : float
        mu_1; the other supplier's is 0.
    value : float
        What a unit is worth to the buyer.

    Returns
    -------
    float
    """
    first, second = accepts(two, mean), accepts(two, 0.0)
    both = supply(two, mean) * second + supply(two, 0.0) * first
    alone = supply(one, mean) * (1 - second) + supply(one, 0.0) * (1 - first)
    return (value - two) * both + (value - one) * alone


def _slope_one(one: float, two: float, mean: float, value: float) -> float:
    """Derivative of `profit` in p(1)."""
    weights = ((mean, 1 - accepts(two, 0.0)), (0.0, 1 - accepts(two, mean)))
    return sum(w * ((value - one) * inverse_cost(one, mu) - supply(one, mu)) for mu, w in weights)


def _slope_two(one: float, two: float, mean: float, value: float) -> float:
    """Derivative of `profit` in p(2)."""
    total = 0.0
    for mu, other in ((mean, 0.0), (0.0, mean)):
        total += accepts(two, other) * ((value - two) * inverse_cost(two, mu) - supply(two, mu))
        total += _density(two, other) * ((value - two) * supply(two, mu) - (value - one) * supply(one, mu))
    return total


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a slope turns from positive to negative between low and high; an end if it does not turn."""
    if slope(low) <= 0:
        return low
    if slope(high) >= 0:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


class OptimalPrices(NamedTuple):
    """p(1), paid if one supplier accepts, and p(2), paid if both do."""

    one: float
    two: float


def optimal_prices(mean: float, value: float) -> OptimalPrices:
    """The prices p(1) <= p(2) with the largest expected profit.

    Parameters
    ----------
    mean : float
        mu_1; the other supplier's is 0.
    value : float
        What a unit is worth to the buyer.

    Returns
    -------
    OptimalPrices

    Notes
    -----
    A mesh over both prices finds the hill, bisection of one slope after the other its top.
    """
    mesh = [value * x / 80 for x in range(20, 81)]
    _, one, two = max((profit(a, b, mean, value), a, b) for a in mesh for b in mesh if a <= b)
    step = value / 80
    low, high = min(one, two) - 2 * step, max(one, two) + 2 * step
    for _ in range(STEPS):
        before = (one, two)
        one = _root(lambda p, q=two: _slope_one(p, q, mean, value), low, min(two, high))  # type: ignore[misc]
        two = _root(lambda p, q=one: _slope_two(q, p, mean, value), max(one, low), high)  # type: ignore[misc]
        if abs(one - before[0]) + abs(two - before[1]) < 1e-14:
            break
    return OptimalPrices(one, two)


def two_price(mean: float) -> TwoPrice:
    """The optimal two-price mechanism for two suppliers with lognormal costs.

    Parameters
    ----------
    mean : float
        mu_1, between -30 and 0; mu_2 is 0.

    Returns
    -------
    TwoPrice

    Raises
    ------
    InputError
        For another mean.

    References
    ----------
    Hagen (2020), section 2.5.4.

    Examples
    --------
    >>> round(two_price(-1).two, 5)
    1.00933
    """
    if not isfinite(mean) or not -LARGEST_MEAN <= mean <= 0:
        raise InputError(f"mu_1 must be between -{LARGEST_MEAN:g} and 0, not {mean}")
    value = buyer_value(mean)
    one, two = optimal_prices(mean, value)
    fixed = profit(1, 1, mean, value)
    best = profit(one, two, mean, value)
    return TwoPrice(mean, value, one, two, best, fixed)


def two_price_curve(points: int = 61, last: float = 6.0) -> list[TwoPrice]:
    """The optimal two-price mechanisms for means in equal steps.

    Parameters
    ----------
    points : int
        How many, at least 2.
    last : float
        -mu_1 runs from 0 to it.

    Returns
    -------
    list of TwoPrice

    Raises
    ------
    InputError
        For fewer points, or a mean beyond -30.

    References
    ----------
    Hagen (2020), Figure 2.1.

    Examples
    --------
    >>> [round(found.two, 3) for found in two_price_curve(points=2, last=1.0)]
    [1.0, 1.009]
    """
    if points < 2:
        raise InputError(f"a curve needs at least 2 points, not {points}")
    return [two_price(-last * x / (points - 1)) for x in range(points)]
