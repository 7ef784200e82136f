"""Recognising generalised and linear posted prices in a mechanism for bilateral trade, with the reason where it is none."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.trade.objects import BUYER, SELLER
from collude.models.trade.plateaus import TradeSchedule, optima, require_trade, schedule_reasons

REASONS = (
    "endogenous price",
    "not a chain",
    "price not increasing",
    "seller curvature",
    "buyer curvature",
    "selection",
    "unequal prices",
    "price of nothing",
    "not linear",
)


@shown
@dataclass(frozen=True)
class PostedPriceForm:
    """What a mechanism was recognised as.

    Attributes
    ----------
    schedule
        The trade schedule under which it is a generalised posted price; None if there is none.
    selections
        Per side, the position on the schedule that each type selects among its optima; () if there is no schedule.
    reason
        "" if the form fits, else one of `REASONS`.
    """

    schedule: TradeSchedule | None
    selections: tuple[tuple[int, ...], ...]
    reason: str

    @property
    def fits(self) -> bool:
        """True if the mechanism has the form."""
        return not self.reason


def _refused(reason: str) -> PostedPriceForm:
    return PostedPriceForm(None, (), reason)


def posted_price_form(mechanism: Mechanism, *, largest: bool = False) -> PostedPriceForm:
    """The generalised posted price that a mechanism is, or why it is none.

    Every tie rule of Definition 1.10 is allowed: a selection among the optima per type, and any bundle between the bounds of
    (1.3) per profile. The chain is the range with the empty bundle; if the empty bundle never occurs, its prices are 0.

    Parameters
    ----------
    mechanism
        Bilateral trade with sure outcomes.
    largest
        Accept the largest optima only, as Theorem 1.2 asks.

    Returns
    -------
    PostedPriceForm

    Raises
    ------
    InputError
        If it is no bilateral trade, or outcomes are lotteries.

    Notes
    -----
    Linear in the profiles times the bundles: the smallest optimum that is at least what a type ever trades is the best
    choice for every condition at once, so no search is needed.

    References
    ----------
    Thesis on collusion-proof mechanisms, chapter 1, Definitions 1.9 and 1.10.
    """
    require_trade(mechanism.environment)
    if mechanism.lotteries:
        raise InputError(f"the outcomes of {mechanism.name} are lotteries; posted prices are recognised in sure ones")
    schedule = _range_of(mechanism)
    if isinstance(schedule, str):
        return _refused(schedule)
    reasons = schedule_reasons(mechanism.environment, schedule)
    if reasons:
        kind = reasons[0].partition(":")[0]
        words = {
            "chain": "not a chain",
            "seller prices": "price not increasing",
            "buyer prices": "price not increasing",
        }
        return _refused(words.get(kind, kind))
    selections = _selections(mechanism, schedule, largest)
    return _refused("selection") if selections is None else PostedPriceForm(schedule, selections, "")


def linear_price_form(mechanism: Mechanism) -> PostedPriceForm:
    """The budget-balanced, linear posted price that a mechanism is, or why it is none.

    It is a generalised posted price in which both sides have one price, nothing costs nothing, and bundles with their prices
    are multiples mu_k >= 1 of the first one, each with a mu of its own (the text prints mu without its index).

    Parameters
    ----------
    mechanism
        Bilateral trade with sure outcomes.

    Returns
    -------
    PostedPriceForm

    Raises
    ------
    InputError
        If it is no bilateral trade, or outcomes are lotteries.

    References
    ----------
    Thesis on collusion-proof mechanisms, chapter 1, Theorem 1.1.

    Examples
    --------
    >>> import collude as co
    >>> offer = co.mechanism("posted-price-trade", co.trade([1, 2], [1, 2]), price="3/2")
    >>> co.linear_price_form(offer).fits
    True
    """
    form = posted_price_form(mechanism)
    if form.schedule is None:
        return form
    received, paid = form.schedule.prices
    if received != paid:
        return _refused("unequal prices")
    if received[0] != 0:
        return _refused("price of nothing")
    bundles = [mechanism.environment.bundles[0][b] for b in form.schedule.chain]
    for bundle, price in list(zip(bundles, paid, strict=True))[1:]:
        scale = price / paid[1]
        if scale < 1 or any(x != scale * y for x, y in zip(bundle, bundles[1], strict=True)):
            return _refused("not linear")
    return form


def _range_of(mechanism: Mechanism) -> TradeSchedule | str:
    """The traded bundles with their prices in order, or why they are no schedule."""
    env = mechanism.environment
    prices: dict[int, tuple[Fraction, Fraction]] = {}
    for o in sorted(set(mechanism.outcome.tolist())):
        held = int(mechanism.bundle[o, SELLER])
        money = tuple(Fraction(int(x), mechanism.scale) for x in mechanism.transfer[o])
        if prices.setdefault(held, (money[SELLER], -money[BUYER])) != (money[SELLER], -money[BUYER]):
            return "endogenous price"
    prices.setdefault(env.indices[0][(0,) * len(env.bundles[0][0])], (Fraction(0), Fraction(0)))
    chain = sorted(prices, key=lambda b: (sum(env.bundles[0][b]), env.bundles[0][b]))
    for low, high in pairwise(chain):
        if any(x > y for x, y in zip(env.bundles[0][low], env.bundles[0][high], strict=True)):
            return "not a chain"
    return TradeSchedule(
        tuple(chain), (tuple(prices[b][SELLER] for b in chain), tuple(prices[b][BUYER] for b in chain))
    )


def _selections(
    mechanism: Mechanism, schedule: TradeSchedule, largest: bool
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Optima per type with (1.3) at every profile; None if there are none."""
    env = mechanism.environment
    place = {b: position for position, b in enumerate(schedule.chain)}
    traded = {p: place[int(mechanism.bundle[mechanism.outcome_at(p), SELLER])] for p in all_profiles(env)}
    best = [[optima(env, schedule, side, k) for k in range(env.sizes[side])] for side in (SELLER, BUYER)]
    chosen: list[list[int]] = [[], []]
    for side in (SELLER, BUYER):
        for k in range(env.sizes[side]):
            most = max(position for profile, position in traded.items() if profile[side] == k)
            allowed = best[side][k][-1:] if largest else best[side][k]
            fitting = [position for position in allowed if position >= most]
            if not fitting:
                return None
            chosen[side].append(fitting[0])
    for (c, v), position in traded.items():
        upper = min(chosen[SELLER][c], chosen[BUYER][v])
        lower = max(best[SELLER][c][0], best[BUYER][v][0])
        if not min(upper, lower) <= position <= upper:
            return None
    return tuple(chosen[SELLER]), tuple(chosen[BUYER])
