"""Pairwise strategy-proofness: group strategy-proofness for coalitions of at most two agents."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom


@axiom
class PairwiseStrategyProof(CoalitionalAxiom):
    """No agent and no pair of agents ever has a joint misreport that helps one and hurts none.

    Violated at (profile, coalition) as group strategy-proofness, coalitions of one and two agents counting only. For another
    bound on the size take `group-strategy-proof` with `--max-coalition m`.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(3, [0, 1])
    >>> co.check(co.second_price(auction), ["pairwise-strategy-proof"])["pairwise-strategy-proof"].witness.coalition
    (0, 1)
    """

    name = "pairwise-strategy-proof"
    definition = "no coalition of at most two agents has a joint misreport that gives neither less and one of them more"
    largest = 2
