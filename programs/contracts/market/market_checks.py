"""The steps of the proof that efficient contracts of the market game are collusion-proof, checked on one economy."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations, product

from collude.models.contracts.economy import ExchangeEconomy, Goods
from collude.models.contracts.market import market_outcome, walras_bundles
from collude.models.mechanism import Profile
from collude.programs.contracts.market.raids import MarketContract, arbitrage, money_pump, short_sale

Payments = Mapping[Profile, Goods]
MOST_UNITS = 2000


@dataclass(frozen=True)
class CaseCount:
    """How many of how many cases have a property."""

    yes: int
    cases: int

    def __str__(self) -> str:
        return f"{self.yes} of {self.cases}"


@dataclass(frozen=True)
class ReportSlack:
    """What a type loses by a lie under given payments, and what a second deviation then adds.

    Attributes
    ----------
    agent, type_index, report : int
    slack : Fraction
        What the lie costs, in units of money, expected given the type.
    double_gain : Fraction
        What he gains by the same lie if he then buys what he likes best at the price that the lie brings about.
    """

    agent: int
    type_index: int
    report: int
    slack: Fraction
    double_gain: Fraction


@dataclass(frozen=True)
class MarketChecks:
    """What holds in the market game of one economy under one rule.

    Attributes
    ----------
    rule : str
    outcome : CaseCount
        Profiles where the contract brings about the efficient bundles.
    equal_prices : int
        Pairs of profiles with equal prices; none iff the contract is fully revealing.
    slacks : tuple of ReportSlack
        Of every lie.
    short_sales : CaseCount
        (agent, profile) cases in which a short sale pays.
    pair_gain, total_gain : Fraction
        The most that a pair, and all agents together, gain at any profile without changing a price, whole units traded.
    pumps : CaseCount
        (cheap, dear, profile) cases in which a money pump pays for both.
    arbitrages : CaseCount
        Among them, those in which one of the two then gains by taking everything.
    """

    rule: str
    outcome: CaseCount
    equal_prices: int
    slacks: tuple[ReportSlack, ...]
    short_sales: CaseCount
    pair_gain: Fraction
    total_gain: Fraction
    pumps: CaseCount
    arbitrages: CaseCount

    @property
    def all_hold(self) -> bool:
        """True if every step holds: the contract works, no lie, short sale or same-price deviation pays, pumps are broken."""
        works = self.outcome.yes == self.outcome.cases and all(one.slack >= 0 for one in self.slacks)
        return (
            works
            and not self.short_sales.yes
            and self.pair_gain == self.total_gain == 0
            and self.arbitrages.yes == self.pumps.yes
        )


def market_checks(
    economy: ExchangeEconomy,
    payments: Payments | None = None,
    rule: str = "no-short",
    most: Fraction | None = None,
) -> MarketChecks:
    """Check the steps of the theorem's proof on an economy with at least three agents.

    Parameters
    ----------
    economy
        The economy.
    payments
        Money that each agent receives at every profile, on top of what he owns; none by default.
    rule
        When claims are kept: "literal" or "no-short".
    most
        The largest quantity of a good that may change hands in a pump or an arbitrage; None for no bound.

    Returns
    -------
    MarketChecks

    Notes
    -----
    Single deviations other than short sales are not searched here. The gains of pairs and of all agents are maxima over
    whole units of each good.

    References
    ----------
    Giraud and Rochon (2001), proof of Theorem 1.
    """
    paid = payments or {types: (Fraction(0),) * economy.agents for types in economy.profiles}
    contracts = [MarketContract(economy, types, tuple(paid[types]), rule) for types in economy.profiles]
    pumps, arbitrages, pairs = 0, 0, list(permutations(range(economy.agents), 2))
    for contract in contracts:
        for cheap, dear in pairs:
            raid = money_pump(contract, cheap, dear, most=most)
            if raid is None or not raid.pays:
                continue
            pumps += 1
            outsider = next(i for i in range(economy.agents) if i not in (cheap, dear))
            answer = arbitrage(contract, raid.actions, dear, cheap, outsider, most)
            arbitrages += answer is not None and answer.pays
    sales = [short_sale(contract, i).pays for contract in contracts for i in range(economy.agents)]
    return MarketChecks(
        rule=rule,
        outcome=CaseCount(sum(map(_efficient_outcome, contracts)), len(contracts)),
        equal_prices=equal_price_pairs(economy),
        slacks=tuple(report_slacks(economy, paid)),
        short_sales=CaseCount(sum(sales), len(sales)),
        pair_gain=max(
            same_price_gain(economy, types, pair)
            for types in economy.profiles
            for pair in combinations(range(economy.agents), 2)
        ),
        total_gain=max(total_gain(economy, types) for types in economy.profiles),
        pumps=CaseCount(pumps, len(contracts) * len(pairs)),
        arbitrages=CaseCount(arbitrages, pumps),
    )


def _efficient_outcome(contract: MarketContract) -> bool:
    found = market_outcome(contract.actions, contract.granted, contract.rule)
    return found.bundles == walras_bundles(contract.economy, contract.types, contract.payments)


def equal_price_pairs(economy: ExchangeEconomy) -> int:
    """How many pairs of type profiles have the same efficient prices; 0 iff prices reveal all types.

    Parameters
    ----------
    economy : ExchangeEconomy

    Returns
    -------
    int

    Examples
    --------
    >>> from collude.models.contracts.economy import exchange_economy
    >>> equal_price_pairs(exchange_economy([[30, 33], [30, 36], [30, 42]], 8, 400))
    0
    """
    counts = Counter(economy.prices(types) for types in economy.profiles)
    return sum(count * (count - 1) // 2 for count in counts.values())


def report_slacks(economy: ExchangeEconomy, payments: Payments) -> list[ReportSlack]:
    """For every agent, type and lie: what the lie costs, and what it gains if he then buys what he likes best.

    Parameters
    ----------
    economy : ExchangeEconomy
    payments : mapping from type profiles to money
        What each agent receives on top of what he owns.

    Returns
    -------
    list of ReportSlack

    References
    ----------
    Giraud and Rochon (2001), Figure 1.
    """
    found = []
    for i, size in enumerate(economy.sizes):
        for k, report in product(range(size), range(size)):
            if k == report:
                continue
            total = slack = gain = Fraction(0)
            for types in economy.profiles:
                if types[i] != k:
                    continue
                weight = economy.prior[types]
                lie = (*types[:i], report, *types[i + 1 :])
                honest = economy.value(i, k, economy.allocation(types)[i]) + payments[types][i]
                given, prices = economy.allocation(lie)[i], economy.prices(lie)
                obeying = economy.value(i, k, given) + payments[lie][i]
                bought = economy.demand(i, k, prices)
                cost = sum((p * (x - y) for p, x, y in zip(prices, bought, given, strict=True)), Fraction(0))
                total += weight
                slack += weight * (honest - obeying)
                gain += weight * (economy.value(i, k, bought) + payments[lie][i] - cost - honest)
            found.append(ReportSlack(i, k, report, slack / total, gain / total))
    return found


def same_price_gain(economy: ExchangeEconomy, types: Profile, members: Sequence[int]) -> Fraction:
    """What a coalition gains at most if all keep quoting the efficient prices: whole units, its joint budget kept.

    Parameters
    ----------
    economy : ExchangeEconomy
    types : tuple of int
        The profile of true type indices.
    members : sequence of int

    Returns
    -------
    Fraction
        In units of money; at least 0.
    """
    prices, goods = economy.prices(types), economy.allocation(types)
    gain = Fraction(0)
    for good, price in enumerate(prices):
        for i in members:
            now = _part(economy, i, types[i], good, goods[i][good]) - price * goods[i][good]
            units = range(_units(economy.supply[good]) + 1)
            gain += max(Fraction(0), *(_part(economy, i, types[i], good, Fraction(x)) - price * x - now for x in units))
    return gain


def total_gain(economy: ExchangeEconomy, types: Profile) -> Fraction:
    """What all agents together gain at most over the efficient allocation by another division into whole units.

    Parameters
    ----------
    economy : ExchangeEconomy
    types : tuple of int
        The profile of true type indices.

    Returns
    -------
    Fraction
        In units of money; at least 0.
    """
    goods = economy.allocation(types)
    gain = Fraction(0)
    for good, supply in enumerate(economy.supply):
        best = [Fraction(0)] + [None] * _units(supply)
        for i, k in enumerate(types):
            values = [_part(economy, i, k, good, Fraction(x)) for x in range(len(best))]
            best = [
                max(
                    (before + values[x - y] for y, before in enumerate(best[: x + 1]) if before is not None),
                    default=None,
                )
                for x in range(len(best))
            ]
        now = sum((_part(economy, i, k, good, goods[i][good]) for i, k in enumerate(types)), Fraction(0))
        gain += max(Fraction(0), *(value - now for value in best if value is not None))
    return gain


def _part(economy: ExchangeEconomy, agent: int, type_index: int, good: int, amount: Fraction) -> Fraction:
    return economy.slopes[agent][type_index][good] * amount - economy.curvatures[agent][good] * amount**2 / 2


def _units(supply: Fraction) -> int:
    return min(int(supply), MOST_UNITS)
