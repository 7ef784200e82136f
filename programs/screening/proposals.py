"""A side contract that is easy to describe: high types report mixed types and share, everybody else reports low."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.errors import InputError
from collude.models.screening.sale import Sale
from collude.programs.screening.coalition import GrandCoalition, coalition_of, profile_index
from collude.programs.screening.contract import (
    Choice,
    SideContract,
    contract_faults,
    contract_gain,
    evaluate_contract,
)
from collude.programs.screening.optimum import expected_profit


@dataclass(frozen=True)
class Proposal:
    """A side contract that is easy to describe, and what it brings.

    Attributes
    ----------
    contract : SideContract
    payment : Fraction
        What the high type of a mixed pair pays to the low one, in money.
    faults : tuple of str
        What is wrong with it, from `contract_faults`; () if nothing.
    gain : Fraction
        What it adds to the expected sum of the buyers' payoffs.
    payoffs : tuple of Fraction
        What each type then expects.
    profit : Fraction
        What the seller then expects.
    """

    contract: SideContract
    payment: Fraction
    faults: tuple[str, ...]
    gain: Fraction
    payoffs: tuple[Fraction, ...]
    profit: Fraction


def seller_profits(sale: Sale, coalition: GrandCoalition) -> list[Fraction]:
    """The seller's profit from each option of the coalition of buyers: what they pay less the cost of what they get.

    Parameters
    ----------
    sale : Sale
    coalition : GrandCoalition
        Of its buyers.

    Returns
    -------
    list of Fraction
        In money, in the order of the options.
    """
    cost = sale.problem.cost
    return [
        sum((chance * (-option.transfer - cost[total]) for chance, total in option.totals), Fraction(0))
        for option in coalition.options
    ]


def low_report_proposal(sale: Sale, moved: int = 0) -> Proposal:
    """The side contract of two buyers of two types in which pairs understate their types.

    Two high types report (high, low), share the quantity equally (by lot if it is odd) and pay equally. All other pairs
    report (low, low); in a mixed pair `moved` steps go from the low to the high type, who pays the low one so much that the
    high type is indifferent to reporting low to the third party.

    Parameters
    ----------
    sale : Sale
        Two buyers, two types.
    moved : int
        Steps.

    Returns
    -------
    Proposal

    Raises
    ------
    InputError
        For other sales, or if the low type does not have so many steps.

    References
    ----------
    Jeon and Menicucci (2005), Proposition 4.
    """
    problem = sale.problem
    if (problem.buyers, problem.types) != (2, 2):
        raise InputError("this side contract is for two buyers of two types")
    each = sale.at(0, (0,))[0]
    if not 0 <= moved <= min(each, problem.most - each):
        raise InputError(f"the low type has {each} steps; {moved} cannot be moved")
    coalition = coalition_of(sale.mechanism)
    outcome = sale.mechanism.outcome.tolist()
    low, mixed = outcome[0], outcome[profile_index((2, 2), (1, 0))]
    total = sale.total_quantity((0, 1))
    choices = (
        (Choice(Fraction(1), low, (each, each)),),
        (Choice(Fraction(1), low, (each - moved, each + moved)),),
        (Choice(Fraction(1), low, (each + moved, each - moved)),),
        _equal_shares(mixed, total),
    )
    gap = (sale.at(1, (0,))[1] - sale.at(0, (1,))[1]) / 2
    slopes = []
    for y in (Fraction(0), Fraction(1)):
        payoffs = evaluate_contract(coalition, _with_payment(choices, gap, y)).payoffs[0]
        slopes.append(payoffs[1][1] - payoffs[1][0])
    payment = slopes[0] / (slopes[0] - slopes[1])
    contract = _with_payment(choices, gap, payment)
    evaluated = evaluate_contract(coalition, contract)
    return Proposal(
        contract,
        payment,
        tuple(contract_faults(coalition, contract, evaluated)),
        contract_gain(coalition, contract),
        (evaluated.payoffs[0][0][0], evaluated.payoffs[0][1][1]),
        expected_profit(coalition, contract, seller_profits(sale, coalition)),
    )


def _equal_shares(option: int, total: int) -> tuple[Choice, ...]:
    small, odd = divmod(total, 2)
    if not odd:
        return (Choice(Fraction(1), option, (small, small)),)
    return (
        Choice(Fraction(1, 2), option, (small, small + 1)),
        Choice(Fraction(1, 2), option, (small + 1, small)),
    )


def _with_payment(choices: tuple[tuple[Choice, ...], ...], gap: Fraction, payment: Fraction) -> SideContract:
    """Payments at (L, L), (L, H), (H, L), (H, H): the pair (H, H) reports as (H, L), and the second makes up half the gap."""
    zero = Fraction(0)
    return SideContract(choices, ((zero, zero), (-payment, payment), (payment, -payment), (-gap, gap)))
