"""Envy-freeness: nobody prefers what another agent gets to what he gets himself."""

from itertools import permutations

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class EnvyFree(OneProfileAxiom):
    """No agent prefers another agent's bundle and transfer to his own.

    Violated at (profile, ordered pair i, j) iff agent i, at his true type, gets more from the share of j than from his own.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> co.check(co.second_price(auction), ["envy-free"]).holds
    True
    >>> found = co.check(co.posted_price(auction, price=1), ["envy-free"])["envy-free"]
    >>> found.violations, found.witness.types
    (1, ('2', '2'))
    """

    name = "envy-free"
    definition = "no agent prefers another agent's bundle and transfer to his own"
    unit = "(profile, ordered pair of agents) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Shares must be exchangeable."""
        env = mechanism.environment
        if env.agents < 2:
            return "there is nobody to envy"
        if env.public and env.ordinal:
            return "everybody gets the same alternative"
        same = all(b == env.bundles[0] and s == env.supplier[0] for b, s in zip(env.bundles, env.supplier, strict=True))
        return "" if same else "the agents cannot hold one another's bundles"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """What i would gain from the share of j."""
        env = mechanism.environment
        factor = mechanism.scale // env.scale
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in permutations(range(env.agents), 2):
            other = (
                env.values[i][type_indices[i], mechanism.bundle[outcomes, j]] * factor + mechanism.transfer[outcomes, j]
            )
            yield (i, j), other - utilities[i]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Ordered pairs: who may envy whom."""
        return list(permutations(range(table.environment.agents), 2))

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """What i would gain from the share of j."""
        i, j = members
        env = table.environment
        value = int(env.values[i][profile[i], table.bundle[outcome, j]]) * (table.scale // env.scale)
        return value + int(table.transfer[outcome, j]) - table.utility(i, profile[i], outcome)
