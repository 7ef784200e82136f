"""Pairwise strategy-proofness: group strategy-proofness for coalitions of at most two agents."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class PairwiseStrategyProof(CoalitionalAxiom):
    """Violated iff one or two agents have a joint misreport that gives neither less and one of them more.

    For another bound on the size take `group-strategy-proof` with `--max-coalition m`.
    """

    name = "pairwise-strategy-proof"
    definition = "no coalition of at most two agents has a joint misreport that gives neither less and one of them more"
    largest = 2
