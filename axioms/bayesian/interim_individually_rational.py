"""Interim individual rationality: every type expects at least what he gets outside, 0."""

from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, expected_utilities, known_types
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism


@axiom
class InterimIndividuallyRational(ExpectationAxiom, WholeAxiom):
    """Every type of every agent expects at least 0, what he gets outside, if all tell the truth.

    Violated at (agent, type) iff that type, who has positive probability, expects less than 0 from the truth.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1], prior=co.uniform((2, 2)))
    >>> co.check(co.second_price(auction), ["interim-individually-rational"]).holds
    True
    """

    name = "interim-individually-rational"
    definition = "every type of every agent expects at least 0 if all tell the truth"
    source = "collude, common definitions"
    unit = "(agent, type) pairs"

    def violations(self, mechanism: Mechanism) -> Violations:
        """All types who expect less than 0; shown is the one who expects least."""
        short = [
            (total / weight, i, k)
            for i, row in enumerate(expectations_of(mechanism).interim())
            for k, (total, weight) in enumerate(row)
            if weight and total < -mechanism.tolerance * weight
        ]
        if not short:
            return Violations()
        _, agent, type_index = min(short)
        (value,) = expected_utilities(mechanism, (agent,), (type_index,), (type_index,))
        profile = known_types(mechanism.environment.agents, (agent,), (type_index,))
        gains = (-value * mechanism.scale,)
        return Violations(len(short), Witness(profile, (agent,), None, gains, {"expects": str(value)}))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The expectation is recomputed in fractions."""
        (agent,) = witness.coalition
        type_index = witness.profile[agent]
        (value,) = expected_utilities(mechanism, (agent,), (type_index,), (type_index,))
        return -value * mechanism.scale > mechanism.tolerance and witness.gains == (-value * mechanism.scale,)
