"""Pareto efficiency for preference orders: no outcome on offer is better for somebody and worse for nobody."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class ParetoEfficient(OneProfileAxiom):
    """No outcome on offer is better than the one that is chosen for some agent and worse for none.

    Violated at a profile iff some outcome on offer gives everybody at least as much, at the true types, and somebody more. It is
    for preference orders, without money.

    Examples
    --------
    >>> import collude as co
    >>> objects = co.environment("assignment", agents=2)
    >>> co.check(co.mechanism("serial-dictatorship", objects), ["pareto-efficient"]).holds
    True
    """

    name = "pareto-efficient"
    definition = "no outcome on offer is better for some agent and worse for none"
    discrete = True

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """With money, the sum of values decides."""
        return "" if mechanism.environment.ordinal else "there is money; take efficient"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """1 where an outcome on offer dominates the one chosen."""
        table = mechanism.menu.table
        utilities = mechanism.truthful(type_indices, outcomes)
        nobody_loses = np.ones((len(outcomes), table.shape[2]), np.bool_)
        somebody_gains = np.zeros_like(nobody_loses)
        for i, own in enumerate(type_indices):
            on_offer = table[i][own]
            nobody_loses &= on_offer >= utilities[i][:, None]
            somebody_gains |= on_offer > utilities[i][:, None]
        yield (), np.where((nobody_loses & somebody_gains).any(axis=1), 1 + mechanism.tolerance, 0)

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """1 if an outcome on offer dominates this one: each is tried."""
        menu = table.menu
        held = [table.utility(i, k, outcome) for i, k in enumerate(profile)]
        for o in range(menu.outcomes):
            rises = [menu.utility(i, k, o) - held[i] for i, k in enumerate(profile)]
            if min(rises) >= 0 and max(rises) > 0:
                return 1
        return 0

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """An outcome is dominated or not: there is no size."""
        return ()
