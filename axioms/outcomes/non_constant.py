"""Non-constant: at least two outcomes occur."""

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
class NonConstant(WholeAxiom):
    """Not all profiles lead to the same outcome.

    Violated, once, iff every profile leads to the same bundles and transfers.

    Examples
    --------
    >>> import collude as co
    >>> voting = co.voting(2, 2)
    >>> co.check(co.from_function(voting, lambda reports: (0, (0,) * len(reports))), ["non-constant"]).holds
    False
    """

    name = "non-constant"
    definition = "not all profiles lead to the same outcome"
    unit = "mechanisms"

    def is_default(self, environment: Environment) -> bool:
        """Where there is no money: with money, non-trivial says more."""
        return environment.ordinal

    def violations(self, mechanism: Mechanism) -> Violations:
        """The one outcome."""
        if len(np.unique(mechanism.outcome_ids[mechanism.outcome])) > 1:
            return Violations()
        return Violations(1, Witness((0,) * mechanism.environment.agents, (), None, ()))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every profile is looked at again."""
        shares = {
            (tuple(mechanism.bundle[o].tolist()), tuple(mechanism.transfer[o].tolist()))
            for o in map(mechanism.outcome_at, all_profiles(mechanism.environment))
        }
        return len(shares) == 1

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each outcome, somewhere another one is chosen."""
        every = np.arange(len(space.type_indices))
        return [somewhere(every, np.arange(space.outcomes)[None, :] != o) for o in range(space.outcomes)]

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For each outcome, some profile has another one."""
        every = frozenset(range(menu.outcomes))
        return [[[(p, every - {o})] for p in range(len(menu.profiles))] for o in range(menu.outcomes)]
