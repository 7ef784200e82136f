"""Interim individual rationality: every type expects at least what he gets outside, 0."""

from collections.abc import Sequence

from collude.axioms.base import Block, Key, Partial, Witness
from collude.axioms.expectations import ExpectationAxiom, expectations_of, expected_utilities, known_types
from collude.axioms.registry import axiom
from collude.axioms.work import Work
from collude.models.mechanism import Mechanism


@axiom
class InterimIndividuallyRational(ExpectationAxiom):
    """Violated at (agent, type) iff that type, who has positive probability, expects less than 0 from the truth."""

    name = "interim-individually-rational"
    definition = "every type of every agent expects at least 0 if all tell the truth"
    source = "collude, common definitions"
    unit = "(agent, type) pairs"

    def blocks(self, work: Work) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: Work, block: Block) -> Partial:
        """Compare the expectations of all types with 0."""
        del block
        mechanism = work.mechanism
        short = [
            (total / weight, i, k)
            for i, row in enumerate(expectations_of(mechanism).interim())
            for k, (total, weight) in enumerate(row)
            if weight and total < -mechanism.tolerance * weight
        ]
        worst = min(short, default=None)
        return Partial() if worst is None else Partial(len(short), worst[1:])

    def witness(self, work: Work, key: Key) -> Witness:
        """The type, and how much less than 0 he expects."""
        agent, kind = key
        mechanism = work.mechanism
        (value,) = expected_utilities(mechanism, (agent,), (kind,), (kind,))
        profile = known_types(mechanism.environment.agents, (agent,), (kind,))
        return Witness(profile, (agent,), None, (-value * mechanism.scale,), {"expects": str(value)})

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The expectation is recomputed in fractions."""
        (agent,) = witness.coalition
        kind = witness.profile[agent]
        (value,) = expected_utilities(mechanism, (agent,), (kind,), (kind,))
        return -value * mechanism.scale > mechanism.tolerance and witness.gains == (-value * mechanism.scale,)
