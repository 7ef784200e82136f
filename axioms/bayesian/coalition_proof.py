"""Coalition-proofness in expectation: no coalition that pools its types gains in all by a joint misreport."""

from fractions import Fraction

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, expected_utilities
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


@axiom
class CoalitionProof(ExpectationAxiom):
    """No coalition that pools its types raises its expected total utility by a joint misreport.

    Violated at (coalition, true types of its members, joint report) iff the report raises the sum of the members' expected
    utilities, the others' types being drawn from the prior given theirs, and the others telling the truth. The coalition is one
    player: members know each other's types and may pay one another.

    References
    ----------
    Safronov (2016).

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> found = co.check(co.second_price(auction), ["coalition-proof"])["coalition-proof"]
    >>> found.violations, found.witness.coalition
    (3, (0, 1))
    """

    name = "coalition-proof"
    definition = "no coalition that pools its types raises its expected total utility by a joint misreport"
    unit = "(coalition, types, joint report) triples"
    largest: int | None = None

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The members' expected utilities are recomputed from the definition, in fractions."""
        members = witness.coalition
        types = tuple(witness.profile[i] for i in members)
        before = expected_utilities(mechanism, members, types, types)
        after = expected_utilities(mechanism, members, types, witness.misreport or ())
        gains = [(then - first) * mechanism.scale for first, then in zip(before, after, strict=True)]
        return sum(gains, Fraction(0)) > mechanism.tolerance and tuple(gains) == tuple(witness.gains)
