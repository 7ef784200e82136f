"""Non-trivial: some truthful utility differs from another one."""

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.conditions import Alternative, Clause, somewhere
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.axioms.outcomes.trivial import constant_tables, constants_of, extremes
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class NonTrivial(WholeAxiom):
    """Some agent gets at some profile another utility than some agent at some profile.

    Violated, once, iff one constant is the truthful utility of every agent at every profile.

    References
    ----------
    Hagen (2020), chapter 3.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.first_price(co.auction(2, [0, 1, 2])), ["non-trivial"]).holds  # the winner pays all he has
    False
    >>> co.check(co.second_price(co.auction(2, [0, 1, 2])), ["non-trivial"]).holds
    True
    """

    name = "non-trivial"
    definition = "some agent at some profile gets another utility than some agent at some profile"
    unit = "mechanisms"
    source = "Hagen (2020), chapter 3"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks of different agents cannot be compared."""
        return "utilities are ranks, which cannot be compared" if mechanism.environment.ordinal else ""

    def violations(self, mechanism: Mechanism) -> Violations:
        """The constant."""
        low, high = extremes(mechanism)
        if high.utility - low.utility > mechanism.tolerance:
            return Violations()
        agents = mechanism.environment.agents
        return Violations(1, Witness((0,) * agents, tuple(range(agents)), None, (), {"constant": low.utility}))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every utility is recomputed."""
        constant = witness.details["constant"]
        return all(
            abs(mechanism.utility(i, profile[i], mechanism.outcome_at(profile)) - constant) <= mechanism.tolerance
            for profile in all_profiles(mechanism.environment)
            for i in range(mechanism.environment.agents)
        )

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each possible constant, somewhere somebody does not get it."""
        table, every = constants_of(space), np.arange(len(space.type_indices))
        return [somewhere(every, ~(table.equal & (table.common == c))) for c in table.possible]

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For each possible constant, some profile has an outcome that does not give it to everybody."""
        every = frozenset(range(menu.outcomes))
        return [[[(p, every - giving)] for p, giving in table] for table in constant_tables(menu).values()]
