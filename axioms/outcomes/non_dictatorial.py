"""Non-dictatorial: nobody gets one of his best outcomes, of all on offer, at every profile."""

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.conditions import Alternative, Clause, somewhere
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class NonDictatorial(WholeAxiom):
    """No agent gets one of his best outcomes, of all on offer, at every profile.

    Violated by each agent who gets, at every profile of true types, as much as from his best outcome on offer.

    References
    ----------
    Gibbard (1973); Satterthwaite (1975).

    Examples
    --------
    >>> import collude as co
    >>> voting = co.voting(2, 3)
    >>> found = co.check(co.mechanism("dictatorship", voting), ["non-dictatorial"])["non-dictatorial"]
    >>> found.violations, found.witness.coalition
    (1, (0,))
    """

    name = "non-dictatorial"
    definition = "no agent gets one of his best outcomes, of all on offer, at every profile"
    unit = "agents"

    def is_default(self, environment: Environment) -> bool:
        """Where there is no money."""
        return environment.ordinal

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """With a single outcome on offer, or nobody to dictate to, the word says nothing."""
        return "there is a single agent" if mechanism.environment.agents == 1 else ""

    def reason_not_searchable(self, space: OutcomeSpace) -> str:
        """A search may ask it of a single agent: then he must not get his best everywhere."""
        return ""

    def violations(self, mechanism: Mechanism) -> Violations:
        """All dictators; shown is the first."""
        env = mechanism.environment
        most = mechanism.menu.table.max(axis=2)
        dictates = np.ones(env.agents, np.bool_)
        for _, type_indices, outcomes in mechanism.blocks(0, env.profiles):
            utilities = mechanism.truthful(type_indices, outcomes)
            for i in range(env.agents):
                dictates[i] &= bool((utilities[i] >= most[i][type_indices[i]] - mechanism.tolerance).all())
        dictators = np.flatnonzero(dictates).tolist()
        if not dictators:
            return Violations()
        return Violations(len(dictators), Witness((0,) * env.agents, (dictators[0],), None, ()))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every profile is looked at again."""
        (i,) = witness.coalition
        menu = mechanism.menu
        return all(
            mechanism.utility(i, profile[i], mechanism.outcome_at(profile)) + mechanism.tolerance
            >= menu.most(i, profile[i])
            for profile in all_profiles(mechanism.environment)
        )

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each agent, somewhere the outcome is not one of his best."""
        every = np.arange(len(space.type_indices))
        made = []
        for i in range(space.environment.agents):
            table = space.utility[i][: space.environment.sizes[i]]
            top = table == table.max(axis=1, keepdims=True)
            made.append(somewhere(every, ~top[space.type_indices[:, i]]))
        return made

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For each agent, some profile has an outcome that is not one of his best."""
        made: list[list[Alternative]] = []
        for i in range(menu.environment.agents):
            alternatives: list[Alternative] = []
            for p, profile in enumerate(menu.profiles):
                got = [menu.utility(i, profile[i], o) for o in range(menu.outcomes)]
                alternatives.append([(p, frozenset(o for o, x in enumerate(got) if x < max(got)))])
            made.append(alternatives)
        return made
