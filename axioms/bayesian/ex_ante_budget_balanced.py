"""Ex ante budget balance: transfers sum to zero in expectation."""

from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles


def expected_total(mechanism: Mechanism) -> Fraction:
    """The expected sum of all transfers, from the definition.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.

    Returns
    -------
    Fraction
        `scale` times the money that all agents together expect to receive.
    """
    probabilities = chances_of(mechanism.environment)
    totals = [sum(map(int, mechanism.transfer[mechanism.outcome_at(p)])) for p in all_profiles(mechanism.environment)]
    return sum((chance * total for chance, total in zip(probabilities, totals, strict=True)), Fraction(0))


@axiom
class ExAnteBudgetBalanced(ExpectationAxiom, WholeAxiom):
    """The expected sum of all transfers is 0.

    Violated, once, by the absolute value of that sum.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> co.check(co.second_price(auction), ["ex-ante-budget-balanced"])["ex-ante-budget-balanced"].witness.gains
    ('1/4',)
    """

    name = "ex-ante-budget-balanced"
    definition = "the expected sum of all transfers is 0"
    source = "collude, common definitions"
    unit = "mechanisms"

    def violations(self, mechanism: Mechanism) -> Violations:
        """One, if the expected sum is not 0."""
        weights, whole = expectations_of(mechanism).weights
        if abs(int(np.dot(weights, mechanism.transfer.sum(axis=1)[mechanism.outcome]))) <= mechanism.tolerance * whole:
            return Violations()
        agents = mechanism.environment.agents
        total = expected_total(mechanism)
        details = {"expected sum of transfers": str(total / mechanism.scale)}
        profile = known_types(agents, (), ())
        return Violations(1, Witness(profile, tuple(range(agents)), None, (abs(total),), details))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The sum is recomputed in fractions."""
        total = abs(expected_total(mechanism))
        return total > mechanism.tolerance and witness.gains == (total,)
