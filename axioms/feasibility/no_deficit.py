"""No deficit: the agents together never receive money."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class NoDeficit(OneProfileAxiom):
    """The agents together never receive money.

    Violated at a profile iff the transfers sum to more than zero, by that sum.

    Examples
    --------
    >>> import collude as co
    >>> trade = co.trade([0, 1], [0, 1, 2])
    >>> co.check(co.mechanism("posted-price-trade", trade, price=1), ["no-deficit"]).holds
    True
    >>> co.check(co.mechanism("vcg-trade", trade), ["no-deficit"]).holds
    False
    """

    name = "no-deficit"
    definition = "at no profile do the agents together receive money"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Suppliers are meant to be paid; a vote has no money."""
        env = mechanism.environment
        if env.ordinal:
            return "there is no money"
        return "the designer buys, so that the agents are meant to receive money" if all(env.supplier) else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The sum of the transfers."""
        yield (), mechanism.transfer.sum(axis=1)[outcomes]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The sum of the transfers."""
        return sum(int(x) for x in table.transfer[outcome])
