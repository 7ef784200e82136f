"""Group strategy-proofness in the strong form: nobody in the coalition loses, somebody in it gains."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class GroupStrategyProof(CoalitionalAxiom):
    """No coalition ever has a joint misreport that helps one of its members and hurts none: the strong form.

    Violated at (profile, coalition) iff some joint report of the members gives each of them at least as much as the truth, and
    one of them more, while everybody else reports the profile. A member may report the truth: where those who misreport are
    indifferent and a truthful bystander gains, he is counted in.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> found = co.check(co.second_price(auction), ["group-strategy-proof"])["group-strategy-proof"]
    >>> print(found.violations, found.witness.types, found.witness.reported)
    4 ('2', '2') ('0', '0')
    >>> co.check(co.posted_price(auction, price=1), ["group-strategy-proof"]).holds
    True
    """

    name = "group-strategy-proof"
    definition = "no coalition has a joint misreport that gives every member at least as much and some member more"
