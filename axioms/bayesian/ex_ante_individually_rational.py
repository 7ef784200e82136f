"""Ex ante individual rationality: every agent expects at least 0 before he knows his type."""

from collections.abc import Sequence
from fractions import Fraction

from collude.axioms.core.base import Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.core.registry import axiom
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles


def ex_ante(mechanism: Mechanism, agent: int) -> Fraction:
    """`scale` times what an agent expects before types are known, from the definition."""
    probabilities = chances_of(mechanism.environment)
    return sum(
        (
            chance * mechanism.utility(agent, profile[agent], mechanism.outcome_at(profile))
            for profile, chance in zip(all_profiles(mechanism.environment), probabilities, strict=True)
        ),
        Fraction(0),
    )


@axiom
class ExAnteIndividuallyRational(ExpectationAxiom):
    """Violated by an agent iff his expected utility over all types is below 0."""

    name = "ex-ante-individually-rational"
    definition = "every agent expects at least 0 before types are known"
    source = "collude, common definitions"
    unit = "agents"

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Compare the expectations of all agents with 0."""
        del block
        mechanism = work.mechanism
        known = expectations_of(mechanism)
        weights, whole = known.weights
        totals = (known.truthful * weights).sum(axis=1).tolist()
        short = [(total, i) for i, total in enumerate(totals) if total < -mechanism.tolerance * whole]
        return BlockResult(len(short), (min(short)[1],)) if short else BlockResult()

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The agent, and how much less than 0 he expects."""
        mechanism, (agent,) = work.mechanism, key
        profile = known_types(mechanism.environment.agents, (), ())
        amount = -ex_ante(mechanism, agent)
        return Witness(profile, (agent,), None, (amount,), {"expects": str(-amount / mechanism.scale)})

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The expectation is recomputed in fractions."""
        (agent,) = witness.coalition
        amount = -ex_ante(mechanism, agent)
        return amount > mechanism.tolerance and witness.gains == (amount,)
