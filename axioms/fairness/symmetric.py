"""Symmetry: agents of equal types get equal utilities at the same profile."""

import numpy as np

from collude.axioms.core.groups import Members, comparable_pairs
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class Symmetric(OneProfileAxiom):
    """Agents with equal types get equal truthful utilities.

    Violated at (profile, pair of agents) iff the two have the same type there and unequal truthful utilities, by the difference.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> co.check(co.second_price(auction), ["symmetric"]).holds  # who wins a tie pays what the good is worth
    True
    >>> co.check(co.posted_price(auction, price=1), ["symmetric"])["symmetric"].violations
    1
    """

    name = "symmetric"
    definition = "agents with equal types get equal truthful utilities"
    unit = "(profile, pair of agents) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Only agents with the same type set can have equal types."""
        return "" if comparable_pairs(mechanism.environment) else "no two agents have the same types and values"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The difference in utility where the types are equal."""
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in comparable_pairs(mechanism.environment):
            yield (i, j), np.abs(utilities[i] - utilities[j]) * (type_indices[i] == type_indices[j])

    def groups(self, table: OutcomeTable) -> list[Members]:
        """The pairs that can have equal types."""
        return comparable_pairs(table.environment)

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The difference in utility, 0 if the types differ."""
        i, j = members
        if profile[i] != profile[j]:
            return 0
        return abs(table.utility(i, profile[i], outcome) - table.utility(j, profile[j], outcome))
