"""No free lunch: whoever receives goods pays."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class NoFreeLunch(OneProfileAxiom):
    """Violated at (profile, agent) iff the agent receives goods and does not pay; the size is what he receives on top."""

    name = "no-free-lunch"
    definition = "no agent receives goods without paying for them"
    unit = "(profile, agent) pairs"
    discrete = True
    source = "Hagen (2020), chapter 1"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Somebody must be able to receive goods."""
        env = mechanism.environment
        return "nobody receives goods" if env.public or all(env.supplier) else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The transfer of who receives goods, plus one unit of the scale, so that 0 is too much; gifts within the tolerance
        are not told apart from payments."""
        del first, type_indices
        for i in range(mechanism.environment.agents):
            receives = mechanism.environment.gets(i, received=True)[mechanism.bundle[:, i]]
            gift = mechanism.transfer[:, i] + 1 + mechanism.tolerance
            yield (i,), np.where(receives, np.maximum(gift, 0), 0)[outcomes]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Each agent by himself."""
        return [(i,) for i in range(table.environment.agents)]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """What he receives on top of the goods, plus one."""
        (i,) = members
        if table.environment.supplier[i] or not any(x > 0 for bundle, _ in table.spread_of(outcome, i) for x in bundle):
            return 0
        return max(int(table.transfer[outcome, i]) + 1, 0)

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """What the agent receives on top of the goods, perhaps 0."""
        return (amount - 1 - mechanism.tolerance,)
