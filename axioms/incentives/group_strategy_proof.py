"""Group strategy-proofness in the strong form: nobody in the coalition loses, somebody in it gains."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class GroupStrategyProof(CoalitionalAxiom):
    """Violated iff a coalition has a joint misreport that gives every member at least as much and some member more.

    A member may report the truth: when misreporters are indifferent and a truthful bystander gains, he is counted in.
    """

    name = "group-strategy-proof"
    definition = "no coalition has a joint misreport that gives every member at least as much and some member more"
