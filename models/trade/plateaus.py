"""Trade schedules seen by single types: plateaus, the types that expose a schedule, optima with ties, the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.price import exact_list, whole_list
from collude.models.library.trade import check_schedule
from collude.models.trade.objects import BUYER, SELLER, SIDES


@dataclass(frozen=True)
class TradeSchedule:
    """A chain of bundles with a price for each side at each: q_0 = 0 < q_1 < ... < q_n.

    chain: bundle numbers of the environment. prices: (what the seller receives, what the buyer pays), one per bundle.
    """

    chain: tuple[int, ...]
    prices: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def schedule_of(
    environment: Environment, chain: Sequence[int], seller_prices: Sequence[object], buyer_prices: Sequence[object]
) -> TradeSchedule:
    """A chain of bundles with prices; it need not meet the curvature conditions of a trade schedule.

    Parameters
    ----------
    environment
        Bilateral trade.
    chain
        Bundle numbers.
    seller_prices, buyer_prices
        What the seller receives and the buyer pays at each bundle, in money.

    Raises
    ------
    InputError
        For another environment, bundles that do not exist, or price lists of another length.
    """
    require_trade(environment)
    numbers = whole_list(chain, len(environment.bundles[0]), "the schedule")
    given = [
        exact_list(prices, len(numbers), f"the list of {side} prices")
        for side, prices in zip(SIDES, (seller_prices, buyer_prices), strict=True)
    ]
    return TradeSchedule(numbers, (given[0], given[1]))


def require_trade(environment: Environment) -> None:
    """Refuse what is not a seller and a buyer who trade bundles of one list.

    Parameters
    ----------
    environment
        What was given.

    Raises
    ------
    InputError
    """
    alike = environment.agents == 2 and environment.bundles[0] == environment.bundles[1]
    if environment.family != "trade" or not alike:
        raise InputError(f"this needs a trade environment with a seller and a buyer, not {environment.family!r}")


def payoffs(environment: Environment, schedule: TradeSchedule, side: int, type_index: int) -> tuple[Fraction, ...]:
    """What a type of a side gets at each bundle of a schedule, in money.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.
    side
        0 for the seller, 1 for the buyer.
    type_index
        Whose values are taken.
    """
    sign = 1 if side == SELLER else -1
    rows = zip(schedule.chain, schedule.prices[side], strict=True)
    return tuple(environment.value(side, type_index, b) + sign * price for b, price in rows)


def is_single_plateaued(values: Sequence[Fraction]) -> bool:
    """True if values rise strictly, are flat at the maximum, then fall strictly.

    Parameters
    ----------
    values
        At least one.

    Examples
    --------
    >>> [is_single_plateaued(x) for x in ([0, 1, 1, 0], [0, 1, 0, 1], [0, 0, 1], [2, 1])]
    [True, False, False, True]
    """
    top = max(values)
    first = next(k for k, value in enumerate(values) if value == top)
    last = max(k for k, value in enumerate(values) if value == top)
    rises = all(x < y for x, y in pairwise(values[: first + 1]))
    falls = all(x > y for x, y in pairwise(values[last:]))
    return rises and falls and all(value == top for value in values[first : last + 1])


def exposing_types(environment: Environment, schedule: TradeSchedule) -> dict[str, tuple[int, ...]]:
    """Per side, the types whose payoffs along a schedule are not single-plateaued.

    There are none for a trade schedule on a downward closed set of bundles (Lemma 1.1); for a list of bundles and prices with
    the wrong curvature there are some, given enough types (Lemma 1.6).

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.

    Returns
    -------
    dict
        Type indices under "seller" and "buyer".
    """
    return {
        name: tuple(
            k
            for k in range(environment.sizes[side])
            if not is_single_plateaued(payoffs(environment, schedule, side, k))
        )
        for side, name in enumerate(SIDES)
    }


def optima(environment: Environment, schedule: TradeSchedule, side: int, type_index: int) -> tuple[int, ...]:
    """Positions on a schedule of all bundles that are best for a type, increasing.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.
    side
        0 for the seller, 1 for the buyer.
    type_index
        Whose payoffs are compared.
    """
    values = payoffs(environment, schedule, side, type_index)
    return tuple(k for k, value in enumerate(values) if value == max(values))


def clock(environment: Environment, schedule: TradeSchedule, types: tuple[int, int]) -> int:
    """Where bundle-by-bundle bargaining ends: before each step both sides are asked whether they go on.

    A side goes on if some bundle further along the chain is at least as good for it as the present one. With single
    plateaus this is the bundle of the generalised posted price with the largest optima.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.
    types
        The seller's and the buyer's type index.

    Returns
    -------
    int
        A position on the schedule.
    """
    values = [payoffs(environment, schedule, side, types[side]) for side in (SELLER, BUYER)]
    place = 0
    while place + 1 < len(schedule.chain) and all(row[place + 1] >= row[place] for row in values):
        place += 1
    return place


def schedule_reasons(environment: Environment, schedule: TradeSchedule) -> tuple[str, ...]:
    """Say why bundles with prices are not a trade schedule, see `check_schedule`.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.

    Returns
    -------
    tuple of str
        Empty if it is one.
    """
    bundles = [environment.bundles[0][b] for b in schedule.chain]
    return check_schedule(bundles, *schedule.prices)
