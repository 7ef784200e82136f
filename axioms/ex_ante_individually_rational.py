"""Ex ante individual rationality: every agent expects at least 0 before he knows his type."""

from collections.abc import Sequence
from fractions import Fraction

from collude.axioms.base import Block, Key, Partial, Witness
from collude.axioms.expectations import ExpectationAxiom, expectations_of, known_types
from collude.axioms.registry import axiom
from collude.axioms.work import Work
from collude.models.beliefs import chances_of
from collude.models.mechanism import Mechanism, all_profiles


def ex_ante(mechanism: Mechanism, agent: int) -> Fraction:
    """`scale` times what an agent expects before types are known, from the definition."""
    chances = chances_of(mechanism.environment)
    return sum(
        (
            chance * mechanism.utility(agent, profile[agent], mechanism.outcome_at(profile))
            for profile, chance in zip(all_profiles(mechanism.environment), chances, strict=True)
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

    def blocks(self, work: Work) -> Sequence[Block]:
        """One block."""
        return [(0, work.mechanism.environment.profiles)]

    def run(self, work: Work, block: Block) -> Partial:
        """Compare the expectations of all agents with 0."""
        del block
        mechanism = work.mechanism
        known = expectations_of(mechanism)
        weights, whole = known.weights
        totals = (known.truthful * weights).sum(axis=1).tolist()
        short = [(total, i) for i, total in enumerate(totals) if total < -mechanism.tolerance * whole]
        return Partial(len(short), (min(short)[1],)) if short else Partial()

    def witness(self, work: Work, key: Key) -> Witness:
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
