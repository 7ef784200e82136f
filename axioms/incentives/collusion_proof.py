"""Collusion-proofness of the grand coalition, as in bilateral bargaining: all agents together, no lone liar."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class CollusionProof(CoalitionalAxiom):
    """All agents together never have a joint report that helps one of them and hurts none.

    Violated at a profile iff some joint report of all agents gives each of them at least as much as the truth and one of them
    more. Smaller coalitions do not count, and neither does a lone liar who hurts his partner: together with strategy-proofness
    and two agents it is strong group strategy-proofness.

    References
    ----------
    Hagen (2020), definition 1.3.

    Examples
    --------
    >>> import collude as co
    >>> trade = co.trade([1, 2], [2, 3])
    >>> co.check(co.mechanism("posted-price-trade", trade, price=2), ["collusion-proof"]).holds
    True
    """

    name = "collusion-proof"
    definition = "no joint report gives every agent at least as much as the truth and some agent more"
    source = "Hagen (2020), definition 1.3"
    smallest = None
