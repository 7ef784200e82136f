"""Onto: every alternative, or every allocation of goods, is chosen at some profile."""

from math import prod

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.conditions import Alternative, Clause, somewhere
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.environment import MOST_OUTCOMES, Environment, allocations
from collude.models.mechanism import Mechanism
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace

Allocation = tuple[int, ...]


def allocations_on_offer(mechanism: Mechanism) -> list[Allocation]:
    """The allocations that a mechanism could have chosen: those of the search that found it, otherwise all feasible ones.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    list of tuples of int
        The bundle number of each agent, in lexicographic order.

    Raises
    ------
    SizeError
        If there are too many to be listed.
    """
    rows = allocations(mechanism.environment) if mechanism.offered is None else mechanism.offered.bundle
    return sorted({tuple(row) for row in rows.tolist()})


@axiom
class Onto(WholeAxiom):
    """Every alternative, or every allocation of goods, is chosen at some profile.

    Violated by each allocation on offer, whatever the transfers, that no profile leads to.

    Examples
    --------
    >>> import collude as co
    >>> voting = co.voting(2, 3)
    >>> co.check(co.from_function(voting, lambda reports: (0, (0,) * len(reports))), ["onto"])["onto"].violations
    2
    """

    name = "onto"
    definition = "every alternative, or allocation of goods, is chosen at some profile"
    unit = "allocations"

    def is_default(self, environment: Environment) -> bool:
        """Where there is no money."""
        return environment.ordinal

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """The allocations must be few enough to list."""
        env = mechanism.environment
        count = prod(len(bundles) for bundles in env.bundles)
        listed = env.public or mechanism.offered is not None or count <= MOST_OUTCOMES
        return "" if listed else f"there are {count} ways to give bundles to agents, too many to list"

    def violations(self, mechanism: Mechanism) -> Violations:
        """The allocations that never occur."""
        chosen = {tuple(row) for row in mechanism.bundle[np.unique(mechanism.outcome)].tolist()}
        never = [allocation for allocation in allocations_on_offer(mechanism) if allocation not in chosen]
        if not never:
            return Violations()
        env = mechanism.environment
        details = {"never chosen": self._shown(mechanism, never[0]), "allocation": list(never[0])}
        return Violations(len(never), Witness((0,) * env.agents, (), None, (), details))

    @staticmethod
    def _shown(mechanism: Mechanism, allocation: Allocation) -> str:
        env = mechanism.environment
        if env.public:
            return env.alternatives[allocation[0]] if env.alternatives else str(allocation[0])
        held = (",".join(map(str, env.bundles[i][b])) for i, b in enumerate(allocation))
        return "; ".join(f"agent {label}: {bundle}" for label, bundle in zip(env.labels, held, strict=True))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every profile is looked at again."""
        wanted = tuple(witness.details["allocation"])
        chosen = {tuple(int(b) for b in mechanism.bundle[o]) for o in mechanism.outcome.tolist()}
        return wanted not in chosen and wanted in allocations_on_offer(mechanism)

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each allocation, somewhere it is chosen."""
        every = np.arange(len(space.type_indices))
        rows, numbers = np.unique(space.bundle, axis=0, return_inverse=True)
        return [somewhere(every, (numbers.reshape(-1) == a)[None, :]) for a in range(len(rows))]

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For each allocation, some profile has an outcome with it."""
        having: dict[Allocation, set[int]] = {}
        for o in range(menu.outcomes):
            having.setdefault(tuple(int(b) for b in menu.bundle[o]), set()).add(o)
        places = range(len(menu.profiles))
        return [[[(p, frozenset(outcomes))] for p in places] for outcomes in having.values()]
