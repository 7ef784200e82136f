"""Unanimity: where some alternative is best for everybody, such an alternative is chosen."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class Unanimous(OneProfileAxiom):
    """Where some alternative is best for everybody, such an alternative is chosen.

    Violated at a profile iff some outcome on offer is best for every agent, at the true types, and the one that is chosen is not.

    Examples
    --------
    >>> import collude as co
    >>> voting = co.voting(2, 3)
    >>> co.check(co.mechanism("borda", voting), ["unanimous"]).holds
    True
    >>> constant = co.from_function(voting, lambda reports: (0, (0,) * len(reports)))
    >>> co.check(constant, ["unanimous"])["unanimous"].violations
    8
    """

    name = "unanimous"
    definition = "where some outcome on offer is best for everybody, such an outcome is chosen"
    discrete = True

    def is_default(self, environment: Environment) -> bool:
        """Where there is no money."""
        return environment.ordinal

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Everybody's best outcome must be one that all can have."""
        return "" if mechanism.environment.public else "the agents do not share an alternative"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """1 where an outcome that is best for everybody is missed."""
        table = mechanism.menu.table
        utilities = mechanism.truthful(type_indices, outcomes)
        common = np.ones((len(outcomes), table.shape[2]), np.bool_)
        chosen = np.ones(len(outcomes), np.bool_)
        for i, own in enumerate(type_indices):
            most = table[i].max(axis=1)[own]
            common &= table[i][own] == most[:, None]
            chosen &= utilities[i] >= most - mechanism.tolerance
        yield (), np.where(common.any(axis=1) & ~chosen, 1 + mechanism.tolerance, 0)

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """1 if an outcome that is best for everybody is missed."""
        menu, agents = table.menu, range(table.environment.agents)
        most = [menu.most(i, profile[i]) for i in agents]
        common = any(all(menu.utility(i, profile[i], o) == most[i] for i in agents) for o in range(menu.outcomes))
        return int(common and any(table.utility(i, profile[i], outcome) < most[i] for i in agents))

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """It is missed or not: there is no size."""
        return ()
