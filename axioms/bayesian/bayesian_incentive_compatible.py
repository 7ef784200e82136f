"""Bayesian incentive compatibility: no type expects to gain from a misreport if the others tell the truth."""

from collude.axioms.bayesian.coalition_proof import CoalitionProof
from collude.axioms.core.registry import axiom


@axiom
class BayesianIncentiveCompatible(CoalitionProof):
    """Violated at (agent, type, report) iff the report gives that type a larger expected utility than the truth."""

    name = "bayesian-incentive-compatible"
    definition = "no type of an agent expects more from a misreport, the others telling the truth"
    source = "d'Aspremont and Gérard-Varet (1979)"
    unit = "(agent, type, report) triples"
    largest = 1
