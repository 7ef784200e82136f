"""Collusion-proofness of the grand coalition, as in bilateral bargaining: all agents together, no lone liar."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class CollusionProof(CoalitionalAxiom):
    """Violated iff all agents together have a joint report that gives none of them less and one of them more.

    A lone liar who hurts his partner passes: together with strategy-proofness and two agents it is strong group
    strategy-proofness.
    """

    name = "collusion-proof"
    definition = "no joint report gives every agent at least as much as the truth and some agent more"
    source = "Hagen (2020), definition 1.3"
    smallest = None
