"""Reallocation-proofness: no coalition gains by a joint misreport after which it divides its goods and money anew."""

from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.registry import axiom


@axiom
class ReallocationProof(DealAxiom):
    """Violated iff a coalition, after some joint report, perhaps the true one, can divide the goods and the money that
    the mechanism gives it so that nobody in it is worse off and somebody better off than under the truth.

    With transferable utility: the sum of the truthful utilities is below the largest, over joint reports, of the best
    value of the total bundle plus the total transfer. Goods can only be handed on within what each agent can hold.
    """

    name = "reallocation-proof"
    definition = "no coalition gains by a joint report and by dividing the goods and money it gets anew"
    source = "Hagen (2020), definition 2.4"
    moves = True
