"""Self-enforcing group strategy-proofness: only deals that no member would double-cross count."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.coalitions.best import ENFORCED


@axiom
class SelfEnforcingGroupStrategyProof(CoalitionalAxiom):
    """No coalition has a joint misreport that helps one member, hurts none, and that no member wants to break.

    Violated at (profile, coalition) as group strategy-proofness, where only joint reports count in which each member's agreed
    report is a best reply for his true type, the other members reporting as agreed and everybody else the profile.

    Examples
    --------
    >>> import collude as co
    >>> name = "self-enforcing-group-strategy-proof"
    >>> print(co.check(co.second_price(co.auction(2, [0, 1, 2])), [name])[name].violations)
    4
    """

    name = "self-enforcing-group-strategy-proof"
    definition = (
        "no coalition has a joint misreport that gives every member at least as much and some member more, and from "
        "which no member gains by switching to another report"
    )
    rule = ENFORCED
