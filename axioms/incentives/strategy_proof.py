"""Strategy-proof: no agent ever gains by a misreport."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class StrategyProof(CoalitionalAxiom):
    """Violated iff one agent has a misreport that gives him strictly more."""

    name = "strategy-proof"
    definition = "no agent has a misreport that gives him strictly more"
    unit = "(profile, agent) pairs"
    largest = 1
