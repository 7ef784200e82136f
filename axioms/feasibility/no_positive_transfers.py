"""No positive transfers: no agent ever receives money."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class NoPositiveTransfers(OneProfileAxiom):
    """No agent ever receives money.

    Violated at (profile, agent) iff the agent's transfer is positive there; the size is how much he receives.
    """

    name = "no-positive-transfers"
    definition = "no agent ever receives money"
    unit = "(profile, agent) pairs"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """What each agent receives."""
        for i in range(mechanism.environment.agents):
            yield (i,), mechanism.transfer[outcomes, i]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Each agent by himself."""
        return [(i,) for i in range(table.environment.agents)]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """What the agent receives."""
        return int(table.transfer[outcome, members[0]])
