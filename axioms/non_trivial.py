"""Non-trivial: some truthful utility differs from another one."""

from collude.axioms.base import Key, Partial, Witness
from collude.axioms.registry import axiom
from collude.axioms.trivial import Trivial, extremes
from collude.axioms.work import Work
from collude.models.mechanism import Mechanism, all_profiles


@axiom
class NonTrivial(Trivial):
    """Violated iff one constant is the truthful utility of every agent at every profile."""

    name = "non-trivial"
    definition = "some agent at some profile gets another utility than some agent at some profile"
    by_default = True

    def run(self, work: Work, block: tuple[int, ...]) -> Partial:
        """Compare the extremes."""
        low, high = extremes(work, block)
        return Partial(1, (low[0],)) if high[0] - low[0] <= work.mechanism.tolerance else Partial()

    def witness(self, work: Work, key: Key) -> Witness:
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
