"""The strategic market game: agents quote prices, ask for net trades, announce endowments; what comes out is feasible.

Bundles are tuples of Fractions: the goods, then money. Two rules decide when a claim is kept: "literal" checks only the
budget; "no-short" also refuses a claim with a negative quantity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from collude.models.contracts.economy import ExchangeEconomy
from collude.models.contracts.game import BayesianGame
from collude.models.errors import InputError
from collude.models.mechanism import Profile

Bundle = tuple[Fraction, ...]
RULES = ("literal", "no-short")


@dataclass(frozen=True)
class MarketAction:
    """What one agent does in the market: quote prices, ask for goods and money, announce what he owns.

    prices: one per good, money last at 1. demands[j]: what he asks from agent j, goods and money, negative if he offers;
    nothing at his own position. endowment: goods and money that he shows, at most what he owns.
    """

    prices: Bundle
    demands: tuple[Bundle, ...]
    endowment: Bundle


@dataclass(frozen=True)
class MarketOutcome:
    """What comes out of the market. bundles: of every agent, goods and money. failed: whose claim was not kept."""

    bundles: tuple[Bundle, ...]
    failed: tuple[bool, ...]


def net_trade(actions: Sequence[MarketAction], agent: int, partner: int) -> Bundle:
    """What an agent receives from a partner: what he asks from him less what the partner asks from him.

    Parameters
    ----------
    actions
        One per agent.
    agent, partner
        Their numbers.

    Returns
    -------
    tuple of Fraction
        Units of every good, then money.
    """
    asked, given = actions[agent].demands[partner], actions[partner].demands[agent]
    return tuple(x - y for x, y in zip(asked, given, strict=True))


def budget(actions: Sequence[MarketAction], agent: int) -> Fraction:
    """What an agent's net trades cost at the prices of his partners; his own quote does not enter.

    Parameters
    ----------
    actions
        One per agent.
    agent
        His number.

    Returns
    -------
    Fraction
        Money.
    """
    return sum(
        (
            price * amount
            for partner, action in enumerate(actions)
            if partner != agent
            for price, amount in zip(action.prices, net_trade(actions, agent, partner), strict=True)
        ),
        Fraction(0),
    )


def feasible_projection(claims: Sequence[Bundle], totals: Bundle) -> tuple[Bundle, ...]:
    """The nearest allocation with no negative quantity and no more of any good than there is.

    Good by good: everybody loses the same least amount, and nobody falls below 0.

    Parameters
    ----------
    claims
        Per agent what he claims of every good; may be negative.
    totals
        How much there is of every good, at least 0.

    Examples
    --------
    >>> [str(x) for (x,) in feasible_projection([(Fraction(3),), (Fraction(-1),), (Fraction(0),)], (Fraction(1),))]
    ['1', '0', '0']
    """
    columns = [_level(column, total) for column, total in zip(zip(*claims, strict=True), totals, strict=True)]
    return tuple(zip(*columns, strict=True))


def _level(claims: Sequence[Fraction], total: Fraction) -> list[Fraction]:
    if sum((c for c in claims if c > 0), Fraction(0)) <= total:
        return [max(c, Fraction(0)) for c in claims]
    loss, summed = Fraction(0), Fraction(0)
    for count, claim in enumerate(sorted(claims, reverse=True), 1):
        if count > 1 and claim <= loss:
            break
        summed += claim
        loss = (summed - total) / count
    return [max(c - loss, Fraction(0)) for c in claims]


def market_outcome(
    actions: Sequence[MarketAction], transfers: Sequence[Fraction], rule: str = "no-short"
) -> MarketOutcome:
    """What every agent ends up with.

    Parameters
    ----------
    actions
        One per agent.
    transfers
        Per agent the value by which his purchases may exceed his sales: money that a contract grants him.
    rule
        "literal" or "no-short".

    Raises
    ------
    InputError
        If there is no such rule.

    References
    ----------
    Giraud and Rochon (2001), section 2.2 and Definition 2.
    """
    if rule not in RULES:
        raise InputError(f"the rule of the market is {' or '.join(RULES)}, not {rule!r}")
    claims, failed = [], []
    for i, action in enumerate(actions):
        trades = [net_trade(actions, i, j) for j in range(len(actions)) if j != i]
        claim = tuple(map(sum, zip(action.endowment, *trades, strict=True)))
        lost = budget(actions, i) > transfers[i] or (rule == "no-short" and min(claim) < 0)
        claims.append(tuple(Fraction(0) for _ in claim) if lost else tuple(map(Fraction, claim)))
        failed.append(lost)
    totals = tuple(Fraction(sum(column)) for column in zip(*(a.endowment for a in actions), strict=True))
    return MarketOutcome(feasible_projection(claims, totals), tuple(failed))


def owned(economy: ExchangeEconomy, agent: int) -> Bundle:
    """What an agent owns.

    Parameters
    ----------
    economy
        Its endowments.
    agent
        His number.

    Returns
    -------
    tuple of Fraction
        Units of every good, then money.
    """
    return (*economy.endowments[agent], economy.money[agent])


def utility_of(economy: ExchangeEconomy, agent: int, type_index: int, bundle: Bundle) -> Fraction:
    """What a type gets from a bundle of goods and money, in units of money.

    Parameters
    ----------
    economy
        Its values.
    agent, type_index
        Whose value is taken.
    bundle
        Units of every good, then money.
    """
    return economy.value(agent, type_index, bundle[:-1]) + bundle[-1]


def walras_bundles(economy: ExchangeEconomy, types: Profile, payments: Sequence[Fraction]) -> tuple[Bundle, ...]:
    """The efficient quantities, with each agent's own money and a payment.

    Parameters
    ----------
    economy
        Values and endowments.
    types
        The agents' type indices.
    payments
        Money that each agent receives.

    Returns
    -------
    tuple of tuples of Fraction
        Per agent units of every good, then money.

    Raises
    ------
    InputError
        If a price at these types is not positive.
    """
    goods = economy.allocation(types)
    return tuple((*goods[i], economy.money[i] + payments[i]) for i in range(economy.agents))


class WalrasPlay(NamedTuple):
    """What brings about an efficient allocation: an action and a granted transfer for each agent."""

    actions: tuple[MarketAction, ...]
    granted: tuple[Fraction, ...]


def walras_actions(economy: ExchangeEconomy, types: Profile, payments: Sequence[Fraction]) -> WalrasPlay:
    """The actions that bring about the efficient allocation in the market, and the transfers that they need.

    Everybody quotes the efficient prices, asks an n-th of his net trade from each partner and announces the truth. Agent i
    is granted the value of his net trade at these prices.

    Parameters
    ----------
    economy
        Values and endowments.
    types
        The agents' type indices.
    payments
        Money that each agent receives on top of it.

    Returns
    -------
    WalrasPlay

    Raises
    ------
    InputError
        If a price at these types is not positive.
    """
    n = economy.agents
    prices = (*economy.prices(types), Fraction(1))
    actions, granted = [], []
    for i, bundle in enumerate(walras_bundles(economy, types, payments)):
        trade = tuple(x - w for x, w in zip(bundle, owned(economy, i), strict=True))
        share = tuple(x / n for x in trade)
        nothing = (Fraction(0),) * len(share)
        demands = tuple(share if j != i else nothing for j in range(n))
        actions.append(MarketAction(prices, demands, owned(economy, i)))
        granted.append(sum((p * x for p, x in zip(prices, trade, strict=True)), Fraction(0)))
    return WalrasPlay(tuple(actions), tuple(granted))


def market_game(
    economy: ExchangeEconomy,
    actions: Sequence[Sequence[tuple[str, MarketAction]]],
    granted: Mapping[Profile, Sequence[Fraction]],
    rule: str = "no-short",
) -> BayesianGame:
    """The market as a finite Bayesian game: per agent a list of named actions.

    Parameters
    ----------
    granted
        At every type profile the transfers that enter the budgets. They are data of the game: payoffs jump with them, so
        side payments of the additive kind do not apply to this game.

    Raises
    ------
    InputError
        If there is no such rule.
    """
    if rule not in RULES:
        raise InputError(f"the rule of the market is {' or '.join(RULES)}, not {rule!r}")

    def payoff(chosen: Profile, types: Profile) -> list[Fraction]:
        played = [actions[i][a][1] for i, a in enumerate(chosen)]
        bundles = market_outcome(played, granted[types], rule).bundles
        return [utility_of(economy, i, k, bundles[i]) for i, k in enumerate(types)]

    return BayesianGame(
        labels=economy.labels,
        types=tuple(tuple(",".join(map(str, row)) for row in rows) for rows in economy.slopes),
        actions=tuple(tuple(name for name, _ in row) for row in actions),
        priors=(economy.prior,),
        payoff=payoff,
    )
