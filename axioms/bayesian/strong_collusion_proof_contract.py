"""Strong collusion-proofness of a contract: no coalition has a side contract that its members like and tell the truth to."""

from fractions import Fraction

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.expectations import known_types
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import axiom
from collude.models.contracts.embedding import mechanism_contract, reason_not_a_contract
from collude.models.contracts.extended import CommunicationContract
from collude.models.mechanism import Mechanism
from collude.programs.contracts.improvement import improvement
from collude.programs.contracts.plain_check import (
    PlainSideContract,
    interim_gains,
    plain_side_contract,
    read_side_contract,
)
from collude.programs.contracts.words import clause_line, clauses


@axiom
class StrongCollusionProofContract(Axiom):
    """No coalition has a side contract to which its members tell the truth, that no type dislikes and some type likes.

    Violated by a coalition iff it has one: members report their types to it, it draws a joint report to the mechanism and
    payments among the members; no member gains by lying to it, no type loses, some type gains. A single agent violates it iff
    some type gains by a misreport.

    References
    ----------
    Giraud and Rochon (2001), Definition 8.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> name = "strong-collusion-proof-contract"
    >>> found = co.check(co.second_price(auction), [name])[name]
    >>> found.violations, found.witness.coalition
    (1, (0, 1))
    """

    name = "strong-collusion-proof-contract"
    definition = "no coalition has an incentive compatible side contract that all its types accept and some type likes"
    source = "Giraud and Rochon (2001), Definition 8"
    unit = "coalitions"
    units = ("coalitions", "none")
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes a prior, money and exact numbers."""
        return reason_not_a_contract(mechanism)

    def side_contract(self, mechanism: Mechanism, members: Members) -> CommunicationContract | None:
        """A side contract by which the coalition violates the axiom, None if there is none."""
        return improvement(mechanism_contract(mechanism), members).contract

    def shown(self, mechanism: Mechanism, found: CommunicationContract) -> Witness:
        """A side contract as a witness: its clauses, and what each member gains before types are known."""
        plain = plain_side_contract(found, mechanism.environment.sizes)
        lines = [clause_line(found, clause) for clause in clauses(found) if clause.occurs]
        profile = known_types(mechanism.environment.agents, (), ())
        details = {"side_contract": plain.clauses(), "agreement": lines}
        return Witness(profile, plain.coalition, None, _scaled_gains(mechanism, plain), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Balance, truth-telling, gains and losses are computed anew, in fractions."""
        side = read_side_contract(witness.coalition, witness.details["side_contract"])
        gains = _scaled_gains(mechanism, side)
        return bool(gains) and gains == tuple(witness.gains)


def _scaled_gains(mechanism: Mechanism, side: PlainSideContract) -> tuple[Fraction, ...]:
    """`scale` times what each member gains in expectation; empty if the side contract is no improvement."""
    by_type = interim_gains(mechanism, side)
    if by_type is None:
        return ()
    return tuple(
        sum((gain for (agent, _), gain in by_type.items() if agent == i), Fraction(0)) * mechanism.scale
        for i in side.coalition
    )
