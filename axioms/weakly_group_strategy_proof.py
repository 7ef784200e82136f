"""Group strategy-proofness in the weak form: everybody in the coalition gains."""

from collude.axioms.coalitional import CoalitionalAxiom
from collude.axioms.registry import axiom
from collude.kernels.best import WEAK


@axiom
class WeaklyGroupStrategyProof(CoalitionalAxiom):
    """Violated iff a coalition has a joint misreport that gives every member strictly more."""

    name = "weakly-group-strategy-proof"
    definition = "no coalition has a joint misreport that gives every member strictly more"
    rule = WEAK
