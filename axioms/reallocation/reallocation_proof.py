"""Reallocation-proofness: no coalition gains by a joint misreport after which it divides its goods and money anew."""

from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.registry import axiom


@axiom
class ReallocationProof(DealAxiom):
    """No coalition gains by a joint report after which it divides the goods and the money that it gets anew.

    Violated at (profile, coalition) iff the members, after some joint report, perhaps the true one, can divide what the mechanism
    gives them so that nobody is worse off and somebody better off than under the truth. With transferable utility: the sum of
    their truthful utilities is below the largest, over joint reports, of the best value of the total bundle plus the total
    transfer. Goods can only be handed on within what each agent can hold.

    References
    ----------
    Hagen (2020), definition 2.4.

    Examples
    --------
    >>> import collude as co
    >>> found = co.check(co.second_price(co.auction(2, [0, 1, 2])), ["reallocation-proof"])["reallocation-proof"]
    >>> found.violations, found.witness.types, found.witness.reported
    (4, ('2', '2'), ('0', '0'))
    """

    name = "reallocation-proof"
    definition = "no coalition gains by a joint report and by dividing the goods and money it gets anew"
    source = "Hagen (2020), definition 2.4"
    moves = True
