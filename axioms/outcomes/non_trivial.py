"""Non-trivial: some truthful utility differs from another one."""

from collude.axioms.core.base import BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import axiom
from collude.axioms.outcomes.trivial import Trivial, extremes
from collude.models.mechanism import Mechanism, all_profiles


@axiom
class NonTrivial(Trivial):
    """Violated iff one constant is the truthful utility of every agent at every profile."""

    name = "non-trivial"
    definition = "some agent at some profile gets another utility than some agent at some profile"
    by_default = True

    def run(self, work: CheckContext, block: tuple[int, ...]) -> BlockResult:
        """Compare the extremes."""
        low, high = extremes(work, block)
        return BlockResult(1, (low[0],)) if high[0] - low[0] <= work.mechanism.tolerance else BlockResult()

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The constant."""
        (constant,) = key
        env = work.mechanism.environment
        return Witness((0,) * env.agents, tuple(range(env.agents)), None, (), {"constant": constant})

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every utility is recomputed."""
        constant = witness.details["constant"]
        return all(
            abs(mechanism.utility(i, profile[i], mechanism.outcome_at(profile)) - constant) <= mechanism.tolerance
            for profile in all_profiles(mechanism.environment)
            for i in range(mechanism.environment.agents)
        )
