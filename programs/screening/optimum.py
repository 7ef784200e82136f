"""The best side contract of a third party, with a proof either way: a contract that gains, or multipliers that forbid any."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from collude.models.errors import DisagreementError, InputError, NotApplicableError
from collude.models.files.html import shown
from collude.programs.exact import Program, solve
from collude.programs.screening.coalition import GrandCoalition
from collude.programs.screening.contract import (
    Multipliers,
    SideContract,
    contract_faults,
    contract_gain,
    evaluate_contract,
    gain_bound,
)
from collude.programs.screening.plain import PlainProgram
from collude.programs.screening.reduced import ReducedProgram


@shown
@dataclass(frozen=True)
class SideContractOptimum:
    """The best side contract of all agents, with proof.

    Attributes
    ----------
    gain : Fraction
        What it adds to the expected sum of payoffs, in money; 0 iff the mechanism is weakly collusion-proof.
    contract : SideContract
        One that achieves it.
    multipliers : Multipliers
        A proof that no side contract gains more.
    columns, rows : int
        Size of the linear program.
    """

    gain: Fraction
    contract: SideContract
    multipliers: Multipliers
    columns: int
    rows: int

    @property
    def weakly_collusion_proof(self) -> bool:
        """True if no side contract gains anything."""
        return self.gain == 0


@shown
@dataclass(frozen=True)
class ProfitRange:
    """The designer's expected profit under side contracts that are best for the agents.

    Attributes
    ----------
    least, most : Fraction
        In money.
    worst, best : SideContract
        The contracts that bring them about.
    """

    least: Fraction
    most: Fraction
    worst: SideContract
    best: SideContract

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"least": str(self.least), "most": str(self.most)}


def side_contract(coalition: GrandCoalition, *, reduced: bool = True) -> SideContractOptimum:
    """The side contract of a third party that maximises the expected sum of payoffs of all agents.

    A contract maps the types that agents tell the third party to a lottery over options, to a reallocation of the goods and to
    balanced side payments. The truth must be best for every type, and no type worse off than without the contract.

    Parameters
    ----------
    coalition : GrandCoalition
        From `coalition_of`, or with options of another kind.
    reduced : bool
        Whether to solve the smaller of two programs with the same optimum: agents who are alike are averaged over, only the
        cheapest option of each total is kept, and side payments enter by their expectations.

    Returns
    -------
    SideContractOptimum
        Contract and multipliers are both checked from the definitions, in fractions, before they are returned.

    Raises
    ------
    NotApplicableError
        If the truth is no equilibrium of the mechanism: then there is nothing to compare with.
    SizeError
        If the program is too large.

    Notes
    -----
    Columns: profiles times the allocations of every option; reduced: multisets of types times those of every total.

    References
    ----------
    Jeon and Menicucci (2005), Definitions 1 and 2.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.second_price(co.auction(2, [0, 1], prior=co.uniform((2, 2))))
    >>> found = co.side_contract(co.coalition_of(auction))
    >>> found.weakly_collusion_proof, str(found.gain)
    (False, '1/4')
    """
    gain, _, agent, _ = coalition.best_misreport
    if gain > 0:
        raise NotApplicableError(f"the truth is no equilibrium: agent {agent} expects {gain} more from a misreport")
    program = _program(coalition, reduced)
    optimum = solve(program.program)
    contract, multipliers = program.contract(optimum.x), program.multipliers(optimum.y)
    gained = -optimum.value - coalition.truthful_total
    evaluated = evaluate_contract(coalition, contract)
    faults = contract_faults(coalition, contract, evaluated)
    if faults or evaluated.total - coalition.truthful_total != gained:
        raise DisagreementError(f"the side contract does not hold up: {'; '.join(faults) or 'another gain'}")
    if gain_bound(coalition, multipliers) != gained:
        raise DisagreementError("the multipliers do not prove that no side contract gains more; please report this")
    size = program.program
    return SideContractOptimum(gained, contract, multipliers, size.variables, len(size.rows) + len(size.equal))


def _program(coalition: GrandCoalition, reduced: bool) -> PlainProgram | ReducedProgram:
    return ReducedProgram(coalition) if reduced else PlainProgram(coalition)


def profit_range(
    coalition: GrandCoalition, profits: Sequence[Fraction], optimum: SideContractOptimum, *, reduced: bool = True
) -> ProfitRange:
    """The designer's least and largest expected profit over all side contracts that are best for the agents.

    Parameters
    ----------
    coalition : GrandCoalition
    profits : sequence of Fraction
        The designer's (expected) profit from each option, the same for options with the same totals and transfers.
    optimum : SideContractOptimum
        The answer of `side_contract`.
    reduced : bool
        As in `side_contract`.

    Returns
    -------
    ProfitRange
        Both ends with a contract that brings them about, checked from the definitions.

    Raises
    ------
    InputError
        Unless there is one profit per option.

    Examples
    --------
    >>> import collude as co
    >>> from collude.programs.screening.proposals import seller_profits
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> sale = co.collusion_proof_sale(tiny, ((1, 1), (3, 3)))
    >>> coalition = co.coalition_of(sale.mechanism)
    >>> co.profit_range(coalition, seller_profits(sale, coalition), co.side_contract(coalition)).to_dict()
    {'least': '94', 'most': '96'}
    """
    if len(profits) != len(coalition.options):
        raise InputError(f"{len(profits)} profits are given for {len(coalition.options)} options")
    found = []
    for sign in (1, -1):
        program = _program(coalition, reduced)
        base = program.program
        base.exactly(dict(base.cost), -(optimum.gain + coalition.truthful_total))
        cost = {j: sign * x for j, x in program.profit_row(profits).items()}
        second = Program(base.variables, cost, base.rows, base.bounds, base.equal, base.targets, base.signed)
        answer = solve(second)
        contract = program.contract(answer.x)
        value = expected_profit(coalition, contract, profits)
        faults = contract_faults(coalition, contract)
        if faults or contract_gain(coalition, contract) != optimum.gain or value != sign * answer.value:
            raise DisagreementError("a side contract on the optimal face does not hold up; please report this as a bug")
        found.append((value, contract))
    (least, worst), (most, best) = found
    return ProfitRange(least, most, worst, best)


def expected_profit(coalition: GrandCoalition, contract: SideContract, profits: Sequence[Fraction]) -> Fraction:
    """The seller's expected profit under a side contract.

    Parameters
    ----------
    coalition : GrandCoalition
    contract : SideContract
    profits : sequence of Fraction
        The seller's profit from each option, in money.

    Returns
    -------
    Fraction
    """
    found = Fraction(0)
    for profile, choices in zip(coalition.profiles, contract.choices, strict=True):
        chance = coalition.probability(profile)
        found += chance * sum((choice.weight * profits[choice.option] for choice in choices), Fraction(0))
    return found
