"""Individual rationality ex post: truth-telling never leaves an agent below his outside option of 0."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class IndividuallyRational(OneProfileAxiom):
    """No agent who tells the truth ever gets less than his outside option of 0: participation ex post.

    Violated at (profile, agent) iff the agent's truthful utility is negative, by as much. Where outcomes are lotteries, utilities
    are expectations over them.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1])
    >>> co.check(co.second_price(auction), ["individually-rational"]).holds
    True
    >>> sale = co.from_function(auction, lambda reports: ([1, 0], [-1, 0]))  # at a price of 1, like it or not
    >>> co.check(sale, ["individually-rational"])["individually-rational"].violations
    2
    """

    name = "individually-rational"
    definition = "no truthful agent ever gets less than 0"
    unit = "(profile, agent) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks have no zero."""
        return "utilities are ranks, without a zero" if mechanism.environment.ordinal else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """How far below 0 each agent is."""
        for i, utility in enumerate(mechanism.truthful(type_indices, outcomes)):
            yield (i,), -utility

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Each agent by himself."""
        return [(i,) for i in range(table.environment.agents)]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """Minus the truthful utility."""
        (i,) = members
        return -table.utility(i, profile[i], outcome)
