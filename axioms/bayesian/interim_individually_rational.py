"""Interim individual rationality: every type expects at least what he gets outside, 0."""

from collections.abc import Sequence

from collude.axioms.core.base import Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, expected_utilities, known_types
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism


@axiom
class InterimIndividuallyRational(ExpectationAxiom):
    """Violated at (agent, type) iff that type, who has positive probability, expects less than 0 from the truth."""

    name = "interim-individually-rational"
    definition = "every type of every agent expects at least 0 if all tell the truth"
    source = "collude, common definitions"
    unit = "(agent, type) pairs"

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
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
        return BlockResult() if worst is None else BlockResult(len(short), worst[1:])

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The type, and how much less than 0 he expects."""
        agent, type_index = key
        mechanism = work.mechanism
        (value,) = expected_utilities(mechanism, (agent,), (type_index,), (type_index,))
        profile = known_types(mechanism.environment.agents, (agent,), (type_index,))
        return Witness(profile, (agent,), None, (-value * mechanism.scale,), {"expects": str(value)})

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The expectation is recomputed in fractions."""
        (agent,) = witness.coalition
        type_index = witness.profile[agent]
        (value,) = expected_utilities(mechanism, (agent,), (type_index,), (type_index,))
        return -value * mechanism.scale > mechanism.tolerance and witness.gains == (-value * mechanism.scale,)
