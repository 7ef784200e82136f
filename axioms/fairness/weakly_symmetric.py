"""Weak symmetry: where all agents have the same type, all get the same utility."""

import numpy as np

from collude.axioms.core.groups import Members, comparable_pairs
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class WeaklySymmetric(OneProfileAxiom):
    """Where all agents have the same type, all get the same truthful utility.

    Violated at (profile, pair of agents) iff all agents have the same type there and the two get unequal utilities.

    References
    ----------
    Hagen (2020), chapter 3.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.posted_price(co.auction(2, [0, 2]), price=1), ["weakly-symmetric"])["weakly-symmetric"].violations
    1
    """

    name = "weakly-symmetric"
    definition = "where all agents have the same type, all get the same truthful utility"
    unit = "(profile, pair of agents) pairs"
    source = "Hagen (2020), chapter 3"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """All agents must have the same types."""
        n = mechanism.environment.agents
        same = len(comparable_pairs(mechanism.environment)) == n * (n - 1) // 2
        return "" if same and n > 1 else "the agents do not have the same types and values"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The difference in utility where all types are equal."""
        utilities = mechanism.truthful(type_indices, outcomes)
        alike = (type_indices == type_indices[:1]).all(axis=0)
        for i, j in comparable_pairs(mechanism.environment):
            yield (i, j), np.where(alike, np.abs(utilities[i] - utilities[j]), 0)

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All pairs."""
        return comparable_pairs(table.environment)

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The difference in utility, 0 unless all types are equal."""
        if len(set(profile)) > 1:
            return 0
        i, j = members
        return abs(table.utility(i, profile[i], outcome) - table.utility(j, profile[j], outcome))
