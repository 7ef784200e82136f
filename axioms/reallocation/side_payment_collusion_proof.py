"""Collusion-proofness with side payments: no coalition raises its total utility, goods staying where they are."""

from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.registry import axiom


@axiom
class SidePaymentCollusionProof(DealAxiom):
    """Violated iff some joint report of a coalition raises the sum of its members' utilities: they can then share the
    rise by payments among themselves."""

    name = "side-payment-collusion-proof"
    definition = "no joint report of a coalition raises the sum of its members' utilities"
    source = "Hagen (2020), chapter 2"
    moves = False
