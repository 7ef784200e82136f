"""Normalised: all agents have utility 0 at the first profile."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable
from collude.models.space import OutcomeSpace


@axiom
class Normalised(OneProfileAxiom):
    """All agents have utility 0 at the first profile, where every type index is 0.

    Violated by each agent whose truthful utility there is not 0. It picks one of each class of mechanisms that differ by a shift
    of all transfers.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.second_price(co.auction(2, [0, 1])), ["normalised"]).holds
    True
    >>> gift = co.from_function(co.auction(2, [0, 1]), lambda reports: ([0, 0], [1, 0]))
    >>> co.check(gift, ["normalised"])["normalised"].witness.coalition
    (0,)
    """

    name = "normalised"
    definition = "all agents have utility 0 at the first profile"
    unit = "(profile, agent) pairs"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """There must be money to shift."""
        return "there is no money to shift" if mechanism.environment.ordinal else ""

    def reason_not_searchable(self, space: OutcomeSpace) -> str:
        """There must be a grid to shift along."""
        return "" if space.grid is not None else "there is no grid of transfers to shift"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """How far from 0 each agent is at the first profile."""
        lowest = type_indices[0] == 0
        for own in type_indices[1:]:
            lowest &= own == 0
        for i, utility in enumerate(mechanism.truthful(type_indices, outcomes)):
            yield (i,), np.abs(utility) * lowest

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Each agent by himself."""
        return [(i,) for i in range(table.environment.agents)]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """How far from 0 the agent is at the first profile."""
        (i,) = members
        return 0 if any(profile) else abs(table.utility(i, profile[i], outcome))
