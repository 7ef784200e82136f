"""Self-enforcing group strategy-proofness: only deals that no member would double-cross count."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.coalitions.best import ENFORCED


@axiom
class SelfEnforcingGroupStrategyProof(CoalitionalAxiom):
    """Violated iff group strategy-proofness is, by a joint misreport in which each member's agreed report is a best reply
    for his true type, given the others' agreed and truthful reports."""

    name = "self-enforcing-group-strategy-proof"
    definition = (
        "no coalition has a joint misreport that gives every member at least as much and some member more, and from "
        "which no member gains by switching to another report"
    )
    rule = ENFORCED
    units = ("coalitions", "none")
