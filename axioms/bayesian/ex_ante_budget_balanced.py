"""Ex ante budget balance: transfers sum to zero in expectation."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.core.registry import axiom
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles


def expected_total(mechanism: Mechanism) -> Fraction:
    """`scale` times the expected sum of all transfers, from the definition."""
    probabilities = chances_of(mechanism.environment)
    totals = [sum(map(int, mechanism.transfer[mechanism.outcome_at(p)])) for p in all_profiles(mechanism.environment)]
    return sum((chance * total for chance, total in zip(probabilities, totals, strict=True)), Fraction(0))


@axiom
class ExAnteBudgetBalanced(ExpectationAxiom):
    """Violated iff the expected sum of all transfers is not 0."""

    name = "ex-ante-budget-balanced"
    definition = "the expected sum of all transfers is 0"
    source = "collude, common definitions"
    unit = "mechanisms"

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Add up."""
        del block
        mechanism = work.mechanism
        weights, whole = expectations_of(mechanism).weights
        total = int(np.dot(weights, mechanism.transfer.sum(axis=1)[mechanism.outcome]))
        return BlockResult(1, (total,)) if abs(total) > mechanism.tolerance * whole else BlockResult()

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The expected sum."""
        del key
        mechanism = work.mechanism
        agents = mechanism.environment.agents
        total = expected_total(mechanism)
        details = {"expected sum of transfers": str(total / mechanism.scale)}
        return Witness(known_types(agents, (), ()), tuple(range(agents)), None, (abs(total),), details)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The sum is recomputed in fractions."""
        total = abs(expected_total(mechanism))
        return total > mechanism.tolerance and witness.gains == (total,)
