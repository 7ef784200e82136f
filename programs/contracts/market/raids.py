"""Deviations in the market game, built by formula: short sales, a pair's money pump, and the arbitrage that breaks it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from collude.models.contracts.economy import ExchangeEconomy
from collude.models.contracts.market import (
    Bundle,
    MarketAction,
    MarketOutcome,
    market_outcome,
    net_trade,
    owned,
    utility_of,
    walras_actions,
    walras_bundles,
)
from collude.models.errors import InputError
from collude.models.mechanism import Profile

LARGEST_STEP = 80


@dataclass(frozen=True)
class Raid:
    """A deviation from the efficient contract at one type profile.

    Attributes
    ----------
    members : tuple of int
        Who deviates.
    actions : tuple of MarketAction
        What everybody does.
    before, after : tuple of Fraction
        What each agent gets without and with the deviation.
    failed : tuple of bool
        Whose claim was not kept.
    quantity : Fraction
        How much of the good changed hands beyond need.
    """

    members: tuple[int, ...]
    actions: tuple[MarketAction, ...]
    before: tuple[Fraction, ...]
    after: tuple[Fraction, ...]
    failed: tuple[bool, ...]
    quantity: Fraction

    @property
    def gains(self) -> tuple[Fraction, ...]:
        """What each member gains, in units of money."""
        return tuple(self.after[i] - self.before[i] for i in self.members)

    @property
    def pays(self) -> bool:
        """True if every member gains strictly."""
        return all(gain > 0 for gain in self.gains)


@dataclass(frozen=True, eq=False)
class MarketContract:
    """The efficient contract of an economy at one type profile: what everybody does and is granted.

    payments: money that each agent receives on top of what he owns; they sum to zero.
    """

    economy: ExchangeEconomy
    types: Profile
    payments: tuple[Fraction, ...]
    rule: str = "no-short"

    @cached_property
    def _walras(self) -> tuple[tuple[MarketAction, ...], tuple[Fraction, ...]]:
        return walras_actions(self.economy, self.types, self.payments)

    @property
    def actions(self) -> tuple[MarketAction, ...]:
        """What everybody does."""
        return self._walras[0]

    @property
    def granted(self) -> tuple[Fraction, ...]:
        """What everybody's purchases may cost beyond his sales."""
        return self._walras[1]

    def payoffs(self, outcome: MarketOutcome) -> tuple[Fraction, ...]:
        """What every agent gets from an outcome of the market."""
        return tuple(utility_of(self.economy, i, k, outcome.bundles[i]) for i, k in enumerate(self.types))

    @cached_property
    def honest(self) -> tuple[Fraction, ...]:
        """What every agent gets from the contract."""
        return self.payoffs(market_outcome(self.actions, self.granted, self.rule))

    def raid(
        self,
        members: tuple[int, ...],
        actions: Sequence[MarketAction],
        quantity: Fraction,
        before: Sequence[MarketAction] | None = None,
    ) -> Raid:
        """A deviation with its consequences, compared with the contract or with other actions."""
        start = self.honest
        if before is not None:
            start = self.payoffs(market_outcome(before, self.granted, self.rule))
        outcome = market_outcome(actions, self.granted, self.rule)
        return Raid(members, tuple(actions), start, self.payoffs(outcome), outcome.failed, quantity)


def short_sale(contract: MarketContract, seller: int, good: int = 0) -> Raid:
    """An agent sells so much of a good that he owes more than there is, and asks for all money in return.

    Under the rule "literal" he is not bankrupt at the going price, ends with none of the good and with all money.

    Parameters
    ----------
    contract : MarketContract
    seller : int
    good : int

    Returns
    -------
    Raid
        Whether it pays depends on the rule.

    References
    ----------
    Giraud and Rochon (2001), section 2.2: only the budget is checked.
    """
    economy = contract.economy
    actions = list(contract.actions)
    price = actions[seller].prices[good]
    everything = sum(economy.money, Fraction(0))
    quantity = 3 * sum(economy.supply, Fraction(0)) + 3 * everything / price
    partner = (seller + 1) % economy.agents
    extra = [Fraction(0)] * (len(economy.supply) + 1)
    extra[good], extra[-1] = -quantity, quantity * price
    actions[seller] = _ask(actions[seller], partner, tuple(extra))
    return contract.raid((seller,), actions, quantity)


def money_pump(
    contract: MarketContract,
    cheap: int,
    dear: int,
    step: Fraction | None = None,
    most: Fraction | None = None,
    good: int = 0,
) -> Raid | None:
    """A pair robs an outsider: one quotes a lower price, the other a higher one, and a large quantity runs through both to him.

    Both budgets become slack, the outsider goes bankrupt, and the two share his bundle. The contract is fully revealing,
    so no lie inside the pair is needed.

    Parameters
    ----------
    contract : MarketContract
    cheap, dear : int
        The two members; the quantity runs from the first through the second to the outsider.
    step : Fraction, optional
        By how much their quotes differ from the price; the smaller of 1 and half the price by default.
    most : Fraction, optional
        The largest quantity that may change hands; None for no bound. With a bound the pump may be unavailable.
    good : int

    Returns
    -------
    Raid or None
        None if no quantity up to the bound does it.

    Raises
    ------
    InputError
        If the two are one, there is no outsider, or the step is not between 0 and the price.
    """
    economy = contract.economy
    outsiders = [i for i in range(economy.agents) if i not in (cheap, dear)]
    if cheap == dear or not outsiders:
        raise InputError("a money pump takes two different agents and an outsider whom they rob")
    price = contract.actions[0].prices[good]
    change = min(Fraction(1), price / 2) if step is None else step
    if not 0 < change < price:
        raise InputError(f"the step must lie between 0 and the price {price}, not {change}")
    for power in range(LARGEST_STEP):
        quantity = Fraction(2**power)
        if most is not None and quantity > most:
            return None
        raid = _pump(contract, (cheap, dear), outsiders, change, quantity, good)
        if raid.failed[outsiders[0]] and not any(raid.failed[i] for i in (cheap, dear)):
            return raid
    return None


def _pump(
    contract: MarketContract,
    pair: tuple[int, int],
    outsiders: list[int],
    change: Fraction,
    quantity: Fraction,
    good: int,
) -> Raid:
    economy, actions = contract.economy, list(contract.actions)
    cheap, dear = pair
    victim, others = outsiders[0], outsiders[1:]
    bundles = walras_bundles(economy, contract.types, contract.payments)
    half = tuple(x / 2 for x in bundles[victim])
    flow = [Fraction(0)] * len(half)
    flow[good] = quantity
    # the pair keeps its trades with the other outsiders, split evenly so that their budgets do not feel the quotes
    trades: dict[int, dict[int, Bundle]] = {cheap: {}, dear: {}}
    for other in others:
        wanted = _sum(net_trade(actions, other, cheap), net_trade(actions, other, dear))
        for member in pair:
            trades[member][other] = tuple(-x / 2 for x in wanted)
    trades[dear][cheap] = tuple(flow)
    trades[cheap][dear] = tuple(-x for x in flow)
    for member, sign in ((cheap, -1), (dear, 1)):
        target = _sum(bundles[member], half)
        needed = tuple(x - w for x, w in zip(target, owned(economy, member), strict=True))
        trades[member][victim] = tuple(x - y for x, y in zip(needed, _sum(*trades[member].values()), strict=True))
        prices = list(actions[member].prices)
        prices[good] += sign * change
        actions[member] = replace(actions[member], prices=tuple(prices))
    _trade(actions, pair, trades)
    return contract.raid((cheap, dear), actions, quantity)


def arbitrage(
    contract: MarketContract,
    actions: Sequence[MarketAction],
    buyer: int,
    source: int,
    sink: int,
    most: Fraction | None = None,
    good: int = 0,
) -> Raid | None:
    """One agent takes everything: he buys a good from whoever quotes it cheaper and sells it to whoever quotes it dearer.

    The seller is left with negative quantities, the other buyer is bankrupt, and all others are bought out.

    Parameters
    ----------
    contract : MarketContract
    actions : sequence of MarketAction
        What everybody else does; the gain is compared with these actions.
    buyer, source, sink : int
        Who deviates, from whom he buys, to whom he sells.
    most : Fraction, optional
        The largest quantity that may change hands; None for no bound.
    good : int

    Returns
    -------
    Raid or None
        None if the quotes do not differ in this direction, or no quantity up to the bound does it.

    References
    ----------
    Giraud and Rochon (2001), proof of Theorem 1; the quantity is found by doubling instead of the printed thresholds.
    """
    if actions[source].prices[good] >= actions[sink].prices[good]:
        return None
    economy = contract.economy
    others = [i for i in range(economy.agents) if i not in (buyer, source, sink)]
    shown = [action.endowment for action in actions]
    trades: dict[int, Bundle] = {}
    for other in others:
        trades[other] = _sum(shown[other], _received(actions, other, buyer))
    rest = tuple(sum(column) - column[buyer] for column in zip(*shown, strict=True))
    for power in range(LARGEST_STEP):
        quantity = Fraction(2**power)
        if most is not None and quantity > most:
            return None
        flow = [Fraction(0)] * len(rest)
        flow[good] = quantity
        trades[source] = _sum(_received(actions, source, buyer), shown[source], rest, tuple(flow))
        elsewhere = _sum(*(trades[i] for i in (*others, source)))
        trades[sink] = tuple(x - y for x, y in zip(rest, elsewhere, strict=True))
        played = list(actions)
        _trade(played, (buyer,), {buyer: trades})
        raid = contract.raid((buyer,), played, quantity, actions)
        if raid.failed[sink] and not raid.failed[buyer]:
            return raid
    return None


def _received(actions: Sequence[MarketAction], agent: int, apart: int) -> Bundle:
    """What an agent receives from everybody but one."""
    partners = [j for j in range(len(actions)) if j not in (agent, apart)]
    nothing = (Fraction(0),) * len(actions[agent].endowment)
    return _sum(nothing, *(net_trade(actions, agent, j) for j in partners))


def _trade(actions: list[MarketAction], members: tuple[int, ...], trades: dict[int, dict[int, Bundle]]) -> None:
    """Let members ask for what gives them these net trades, in place: against outsiders, and half each among themselves."""
    for member in members:
        demands = list(actions[member].demands)
        for partner, trade in trades[member].items():
            if partner in members:
                demands[partner] = tuple(x / 2 for x in trade)
            else:
                demands[partner] = _sum(trade, actions[partner].demands[member])
        actions[member] = replace(actions[member], demands=tuple(demands))


def _ask(action: MarketAction, partner: int, more: Bundle) -> MarketAction:
    demands = list(action.demands)
    demands[partner] = _sum(demands[partner], more)
    return replace(action, demands=tuple(demands))


def _sum(*bundles: Bundle) -> Bundle:
    return tuple(sum(column, Fraction(0)) for column in zip(*bundles, strict=True))
