"""Bayesian incentive compatibility: no type expects to gain from a misreport if the others tell the truth."""

from collude.axioms.bayesian.coalition_proof import CoalitionProof
from collude.axioms.core.registry import axiom


@axiom
class BayesianIncentiveCompatible(CoalitionProof):
    """No type of an agent expects more from a misreport than from the truth, the others telling the truth.

    Violated at (agent, type, report) iff the report gives that type a larger expected utility, the others' types being drawn from
    the prior given his.

    References
    ----------
    d'Aspremont and Gérard-Varet (1979).

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 3], prior=co.uniform((2, 2)))
    >>> name = "bayesian-incentive-compatible"
    >>> co.check(co.second_price(auction), [name]).holds
    True
    >>> co.check(co.first_price(auction), [name])[name].violations
    1
    """

    name = "bayesian-incentive-compatible"
    definition = "no type of an agent expects more from a misreport, the others telling the truth"
    source = "d'Aspremont and Gérard-Varet (1979)"
    unit = "(agent, type, report) triples"
    largest = 1
