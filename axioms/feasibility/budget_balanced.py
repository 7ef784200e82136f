"""Budget balance: the transfers sum to zero at every profile."""

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


@axiom
class BudgetBalanced(ProfileAxiom):
    """Violated at a profile iff the transfers do not sum to zero."""

    name = "budget-balanced"
    definition = "at every profile the transfers sum to zero"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Nobody pays anything in a vote."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The absolute sum of the transfers."""
        del first, type_indices
        yield (), np.abs(mechanism.transfer.sum(axis=1))[outcomes]

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The absolute sum of the transfers."""
        del members
        return abs(sum(int(x) for x in mechanism.transfer[mechanism.outcome_at(profile)]))
