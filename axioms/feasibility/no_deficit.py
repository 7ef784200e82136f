"""No deficit: the agents together never receive money."""

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


@axiom
class NoDeficit(ProfileAxiom):
    """Violated at a profile iff the transfers sum to more than zero."""

    name = "no-deficit"
    definition = "at no profile do the agents together receive money"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Suppliers are meant to be paid; a vote has no money."""
        env = mechanism.environment
        if env.ordinal:
            return "there is no money"
        return "the designer buys, so that the agents are meant to receive money" if all(env.supplier) else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The sum of the transfers."""
        del first, type_indices
        yield (), mechanism.transfer.sum(axis=1)[outcomes]

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The sum of the transfers."""
        del members
        return sum(int(x) for x in mechanism.transfer[mechanism.outcome_at(profile)])
