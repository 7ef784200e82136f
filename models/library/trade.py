"""Bilateral trade: posted price, trade schedules (generalised posted prices), and VCG.

Source: Hagen (2020), chapter 1. Transfers are money received: what the buyer pays is minus
his transfer. Bundles are named by their number in the environment; number 0 is no trade.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import Bundle, Environment
from collude.models.errors import InputError
from collude.models.library.price import (
    best,
    exact_list,
    money_scale,
    require_family,
    require_ties,
    scaled_values,
    whole_list,
)
from collude.models.mechanism import Rule
from collude.models.numbers import Number, exact, scaled, scaled_array
from collude.models.registry import mechanism


def _require_trade(environment: Environment, name: str) -> None:
    require_family(environment, "trade", name)
    if environment.agents != 2 or environment.bundles[0] != environment.bundles[1]:
        raise InputError(f"{name} needs a seller and a buyer with the same list of bundles")


@mechanism("posted-price-trade", "trade", "one bundle changes hands at one price iff both sides accept")
def posted_price_trade(
    environment: Environment,
    *,
    price: Number,
    bundle: int = 1,
    accept_equal_seller: bool = True,
    accept_equal_buyer: bool = True,
) -> RuleDraft:
    """A bundle changes hands at one price iff both sides accept; otherwise nothing happens.

    Parameters
    ----------
    environment
        Bilateral trade.
    price
        What the buyer pays and the seller receives, in money.
    bundle
        Number of the offered bundle, at least 1.
    accept_equal_seller, accept_equal_buyer
        True if a type that the price leaves indifferent accepts.

    Raises
    ------
    InputError
        For another environment or bundle number.

    References
    ----------
    Hagerty and Rogerson (1987), "Robust trading mechanisms".

    Examples
    --------
    >>> import collude as co
    >>> offer = posted_price_trade(co.trade([1, 2], [1, 2]), price="3/2")
    >>> [str(x) for x in offer.show_outcome(offer.outcome_at((0, 1))).transfers]
    ['3/2', '-3/2']
    """
    _require_trade(environment, "posted-price-trade")
    last = len(environment.bundles[0]) - 1
    if not 1 <= bundle <= last:
        raise InputError(f"posted-price-trade needs a bundle number from 1 to {last}, not {bundle}")
    asked = exact(price, "the price")
    scale = money_scale(environment, [asked])
    paid = scaled(asked, scale)
    seller, buyer = (table[bundle] for table in scaled_values(environment, scale))
    sells = seller + paid >= (0 if accept_equal_seller else 1)
    buys = buyer - paid >= (0 if accept_equal_buyer else 1)

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deal = sells[type_indices[0]] & buys[type_indices[1]]
        return np.stack([deal, deal]) * bundle, np.stack([deal, -deal.astype(np.int64)]) * paid

    notes = tuple(
        f"a {side} indifferent at the price {'accepts' if accepts else 'refuses'}"
        for side, accepts in (("seller", accept_equal_seller), ("buyer", accept_equal_buyer))
    )
    return RuleDraft(environment, "posted-price-trade", rule, scale, notes=notes)


def _prices(given: Sequence[Number], length: int, side: str) -> tuple[Fraction, ...]:
    return exact_list(given, length, f"the list of {side} prices, one per bundle of the schedule,")


def check_schedule(
    bundles: Sequence[Bundle], seller_prices: Sequence[Number], buyer_prices: Sequence[Number]
) -> tuple[str, ...]:
    """Say why bundles with a seller's and a buyer's price each are not a trade schedule.

    A trade schedule starts with the empty bundle, is a chain in the product order, has strictly increasing prices for
    both sides and, with d_k = q_k - q_(k-1) and D_k = p(q_k) - p(q_(k-1)), for every step k and every good
    d_(k+1) D_k >= d_k D_(k+1) at the seller's prices and <= at the buyer's.

    Parameters
    ----------
    bundles
        q_0, q_1, ..., integer vectors.
    seller_prices, buyer_prices
        What the seller receives and the buyer pays at each of them, in money.

    Returns
    -------
    tuple of str
        Empty for a trade schedule. Each reason starts with one of "start", "chain", "seller prices", "buyer prices", "seller
        curvature", "buyer curvature"; of each kind the first is given.

    Raises
    ------
    InputError
        If a price list is not as long as the list of bundles.

    References
    ----------
    Hagen (2020), chapter 1, Definition 1.9 with (1.1), (1.2) and footnote 6.

    Examples
    --------
    >>> check_schedule([(0,), (1,), (2,)], [0, 2, 3], [0, 1, 3])
    ()
    >>> check_schedule([(0,), (1,), (2,)], [0, 1, 3], [0, 1, 3])
    ('seller curvature: the prices are not concave at step 1 for good 0',)
    """
    if not bundles or any(bundles[0]):
        return ("start: the first bundle must be the empty one",)
    for low, high in pairwise(bundles):
        if low == high or any(x > y for x, y in zip(low, high, strict=True)):
            return (f"chain: {high} must contain {low} and more",)
    steps = [[y - x for x, y in zip(low, high, strict=True)] for low, high in pairwise(bundles)]
    reasons = []
    for side, given, sign in (("seller", seller_prices, 1), ("buyer", buyer_prices, -1)):
        prices = _prices(given, len(bundles), side)
        rises = [after - before for before, after in pairwise(prices)]
        flat = next((k for k, rise in enumerate(rises) if rise <= 0), None)
        if flat is not None:
            reasons.append(f"{side} prices: they must increase, but {prices[flat + 1]} follows {prices[flat]}")
        elif wrong := _wrong_curvature(steps, rises, sign):
            shape = "concave" if sign > 0 else "convex"
            reasons.append(f"{side} curvature: the prices are not {shape} {wrong}")
    return tuple(reasons)


def _wrong_curvature(steps: Sequence[Sequence[int]], rises: Sequence[Fraction], sign: int) -> str:
    for k in range(len(steps) - 1):
        for good, (step, following) in enumerate(zip(steps[k], steps[k + 1], strict=True)):
            if sign * (following * rises[k] - step * rises[k + 1]) < 0:
                return f"at step {k + 1} for good {good}"
    return ""


def _downward_closed(bundles: Sequence[Bundle]) -> bool:
    known = set(bundles)
    return all(
        (*bundle[:g], bundle[g] - 1, *bundle[g + 1 :]) in known
        for bundle in bundles
        for g in range(len(bundle))
        if bundle[g] > 0
    )


def _smaller_choice(values: Sequence[np.ndarray], chain: np.ndarray, money: np.ndarray, ties: tuple[str, str]) -> Rule:
    """Each side's type chooses on a chain of bundles with money (2, length); what is traded is the smaller choice."""
    wanted = [
        best((values[i][b] + money[i, place] for place, b in enumerate(chain.tolist())), ties[i]) for i in range(2)
    ]

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = np.minimum(wanted[0][type_indices[0]], wanted[1][type_indices[1]])
        return np.stack([chain[place]] * 2), money[:, place]

    return rule


@mechanism("trade-schedule", "trade", "each side chooses on a chain of priced bundles; the smaller choice is traded")
def trade_schedule(
    environment: Environment,
    *,
    schedule: Sequence[int],
    seller_prices: Sequence[Number],
    buyer_prices: Sequence[Number],
    seller_ties: str = "largest",
    buyer_ties: str = "largest",
) -> RuleDraft:
    """Generalised posted price: each side picks an optimal bundle on a chain with prices, and the smaller one is traded.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundle numbers, first 0, each bundle containing the one before.
    seller_prices, buyer_prices
        What the seller receives and the buyer pays at each bundle of the schedule, 0 included.
    seller_ties, buyer_ties
        "largest" or "smallest" of several optima.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        With the reason of `check_schedule` if this is no trade schedule; for another environment or tie rule.

    References
    ----------
    Hagen (2020), Definition 1.10.

    Examples
    --------
    >>> import collude as co
    >>> chain = trade_schedule(co.trade([1, 2], [1, 2]), schedule=[0, 1], seller_prices=[0, 1], buyer_prices=[0, 2])
    >>> [str(x) for x in chain.show_outcome(chain.outcome_at((0, 1))).transfers]
    ['1', '-2']
    """
    _require_trade(environment, "trade-schedule")
    require_ties(seller_ties, "seller_ties")
    require_ties(buyer_ties, "buyer_ties")
    chain = whole_list(schedule, len(environment.bundles[0]), "the schedule")
    received, paid = _prices(seller_prices, len(chain), "seller"), _prices(buyer_prices, len(chain), "buyer")
    reasons = check_schedule([environment.bundles[0][b] for b in chain], received, paid)
    if reasons:
        raise InputError(f"trade-schedule got no trade schedule; {reasons[0]}")
    scale = money_scale(environment, [*received, *paid])
    money = np.stack([scaled_array(received, scale, "a price"), -scaled_array(paid, scale, "a price")])
    rule = _smaller_choice(
        scaled_values(environment, scale), np.array(chain, np.int64), money, (seller_ties, buyer_ties)
    )
    notes = [f"a seller with several optima takes the {seller_ties}, a buyer the {buyer_ties}"]
    if not _downward_closed(environment.bundles[0]):
        notes.append("the bundle set is not downward closed, so a trade schedule need not be strategy-proof")
    return RuleDraft(environment, "trade-schedule", rule, scale, notes=tuple(notes))


@mechanism("vcg-trade", "trade", "an efficient bundle; the buyer pays its cost, the seller receives its value")
def vcg_trade(environment: Environment, *, ties: str = "largest") -> RuleDraft:
    """VCG for trade: an efficient bundle is traded, the buyer pays its cost, the seller receives its value.

    Parameters
    ----------
    environment
        Bilateral trade.
    ties
        "largest" or "smallest" number among the efficient bundles.

    Returns
    -------
    Mechanism
        With a deficit of v(q) - c(q) where the bundle q is traded.

    Raises
    ------
    InputError
        For another environment or tie rule.

    References
    ----------
    Vickrey (1961), Clarke (1971), Groves (1973); Hagen (2020), section 1.1.

    Examples
    --------
    >>> import collude as co
    >>> vcg = vcg_trade(co.trade([1, 2], [1, 3]))
    >>> [str(x) for x in vcg.show_outcome(vcg.outcome_at((0, 1))).transfers]
    ['3', '-1']
    """
    _require_trade(environment, "vcg-trade")
    require_ties(ties)
    seller, buyer = scaled_values(environment, environment.scale)

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gains = (cost[type_indices[0]] + value[type_indices[1]] for cost, value in zip(seller, buyer, strict=True))
        place = best(gains, ties)
        return np.stack([place, place]), np.stack([buyer[place, type_indices[1]], seller[place, type_indices[0]]])

    return RuleDraft(environment, "vcg-trade", rule, notes=(f"the {ties} number among efficient bundles",))
