"""No free lunch: whoever receives goods pays."""

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


@axiom
class NoFreeLunch(ProfileAxiom):
    """Violated at (profile, agent) iff the agent receives goods and does not pay; the size is what he receives on top."""

    name = "no-free-lunch"
    definition = "no agent receives goods without paying for them"
    unit = "(profile, agent) pairs"
    source = "thesis on collusion-proof mechanisms, chapter 1"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Somebody must be able to receive goods."""
        env = mechanism.environment
        return "nobody receives goods" if env.public or all(env.supplier) else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The transfer of who receives goods, plus one unit of the scale, so that 0 is too much; gifts within the tolerance
        are not told apart from payments."""
        del first, type_indices
        for i in range(mechanism.environment.agents):
            receives = np.asarray((mechanism.environment.goods[i] > 0).any(axis=1))[mechanism.bundle[:, i]]
            gift = mechanism.transfer[:, i] + 1 + mechanism.tolerance
            yield (i,), np.where(receives, np.maximum(gift, 0), 0)[outcomes]

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The same for one agent."""
        (i,) = members
        outcome = mechanism.outcome_at(profile)
        if mechanism.environment.supplier[i] or not any(x > 0 for x in mechanism.bundle_of(outcome, i)):
            return 0
        return max(int(mechanism.transfer[outcome, i]) + 1 + mechanism.tolerance, 0)

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """What the agent receives on top of the goods, perhaps 0."""
        return (amount - 1 - mechanism.tolerance,)
