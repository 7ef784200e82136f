"""All that can be said about one exchange economy: beliefs, payments that reward the truth, efficiency, the market game."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from collude.models.contracts.economy import ExchangeEconomy, Goods, agv_payments
from collude.models.errors import InputError, NotApplicableError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentLie, AgentTypeIndex
from collude.programs.contracts.compatibility import balanced_transfers, compatibility
from collude.programs.contracts.economies import divisions, economy_problem
from collude.programs.contracts.interim import interim_dominance
from collude.programs.contracts.market.market_checks import MarketChecks, market_checks, report_slacks

MOST_DIVISIONS = 4_000


@dataclass(frozen=True)
class DominanceGain:
    """How much types gain by the best dominating allocation, without and with its incentive constraints (None: not
    computed, because there are too many divisions of the goods or the supply is not whole)."""

    free: Fraction | None
    incentive_compatible: Fraction | None


@shown
@dataclass(frozen=True)
class EconomyReport:
    """What holds in an exchange economy.

    Attributes
    ----------
    economy : ExchangeEconomy
    payments : mapping from type profiles to money
        It sums to zero and makes the efficient rule incentive compatible.
    source : str
        "AGV" (closed form, independent types) or "linear program".
    compatible : bool
        Whether beliefs satisfy the compatibility condition.
    autarky, contract : DominanceGain
        Interim dominance over no trade, and over the efficient allocation with the payments.
    checks : MarketChecks
        Of the market game.
    """

    economy: ExchangeEconomy
    payments: Mapping[Profile, Goods]
    source: str
    compatible: bool
    autarky: DominanceGain
    contract: DominanceGain
    checks: MarketChecks

    @property
    def strict_types(self) -> tuple[AgentTypeIndex, ...]:
        """The (agent, type) pairs that lose strictly by every lie; the contract is non-degenerate iff there is one."""
        worst: dict[AgentTypeIndex, Fraction] = {}
        for one in self.checks.slacks:
            key = AgentTypeIndex(one.agent, one.type_index)
            worst[key] = min(worst.get(key, one.slack), one.slack)
        return tuple(sorted(key for key, slack in worst.items() if slack > 0))


def economy_report(economy: ExchangeEconomy, rule: str = "no-short", most: Fraction | None = None) -> EconomyReport:
    """Everything about an economy of at least three agents that a finite check can say.

    Parameters
    ----------
    economy, rule, most
        As for `market_checks`.

    Returns
    -------
    EconomyReport

    Raises
    ------
    InputError
        If no balanced payments make the efficient rule incentive compatible, or without the extra `programs`.

    References
    ----------
    Giraud and Rochon (2001), Theorem 1.

    Examples
    --------
    >>> from collude.models.contracts.economy import exchange_economy
    >>> report = economy_report(exchange_economy([[30, 33], [30, 36], [30, 42]], 8, 400))
    >>> report.source, report.checks.equal_prices, report.checks.all_hold
    ('AGV', 0, True)
    """
    payments, source = truthful_payments(economy)
    goods = {types: economy.allocation(types) for types in economy.profiles}
    unchanged = dict.fromkeys(economy.profiles, economy.endowments)
    return EconomyReport(
        economy=economy,
        payments=payments,
        source=source,
        compatible=compatibility(dict(economy.prior)).holds,
        autarky=_dominance(economy, unchanged, None),
        contract=_dominance(economy, goods, payments),
        checks=market_checks(economy, payments, rule, most),
    )


class TruthfulPayments(NamedTuple):
    """Money that each agent receives at every type profile, and where it comes from: "AGV" or "linear program"."""

    payments: Mapping[Profile, Goods]
    source: str


def truthful_payments(economy: ExchangeEconomy) -> TruthfulPayments:
    """Payments that sum to zero and make the efficient rule of an economy incentive compatible.

    Parameters
    ----------
    economy : ExchangeEconomy

    Returns
    -------
    TruthfulPayments

    Raises
    ------
    InputError
        If there are none, with the least amount by which the demands must be relaxed; without the extra `programs`.
    """
    try:
        return TruthfulPayments(agv_payments(economy), "AGV")
    except NotApplicableError:
        pass
    nothing = {types: (Fraction(0),) * economy.agents for types in economy.profiles}
    temptation = {AgentLie(s.agent, s.type_index, s.report): -s.slack for s in report_slacks(economy, nothing)}
    found = balanced_transfers(dict(economy.prior), temptation)
    if not found.exist:
        raise InputError(
            "no balanced payments make the efficient rule incentive compatible under this prior; lies would have to be "
            f"tolerated that gain {found.relaxation}"
        )
    return TruthfulPayments(found.transfers, "linear program")


def _dominance(
    economy: ExchangeEconomy, goods: Mapping[Profile, tuple[Goods, ...]], payments: Mapping[Profile, Goods] | None
) -> DominanceGain:
    try:
        few = len(divisions(economy, MOST_DIVISIONS)) > 0
    except (InputError, SizeError):
        few = False
    if not few:
        return DominanceGain(None, None)
    problem = economy_problem(economy, goods, payments)
    return DominanceGain(interim_dominance(problem).gain, interim_dominance(problem, incentive_rows=True).gain)
