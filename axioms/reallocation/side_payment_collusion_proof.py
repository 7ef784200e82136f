"""Collusion-proofness with side payments: no coalition raises its total utility, goods staying where they are."""

from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.registry import axiom


@axiom
class SidePaymentCollusionProof(DealAxiom):
    """No joint report of a coalition raises the sum of its members' utilities, so that side payments cannot make all better off.

    Violated at (profile, coalition) iff some joint report does; goods stay with whom the mechanism gives them.

    References
    ----------
    Hagen (2020), chapter 2.

    Examples
    --------
    >>> import collude as co
    >>> name = "side-payment-collusion-proof"
    >>> co.check(co.second_price(co.auction(2, [0, 1, 2])), [name])[name].violations
    4
    >>> co.check(co.posted_price(co.auction(1, [0, 1, 2]), price=1), [name]).holds
    True
    """

    name = "side-payment-collusion-proof"
    definition = "no joint report of a coalition raises the sum of its members' utilities"
    source = "Hagen (2020), chapter 2"
    moves = False
