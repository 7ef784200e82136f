"""Group strategy-proofness in the weak form: everybody in the coalition gains."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.coalitions.best import WEAK


@axiom
class WeaklyGroupStrategyProof(CoalitionalAxiom):
    """Violated iff a coalition has a joint misreport that gives every member strictly more."""

    name = "weakly-group-strategy-proof"
    definition = "no coalition has a joint misreport that gives every member strictly more"
    rule = WEAK
