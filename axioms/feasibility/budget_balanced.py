"""Budget balance: the transfers sum to zero at every profile."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class BudgetBalanced(OneProfileAxiom):
    """The transfers of all agents sum to zero at every profile: no money comes from outside, and none is lost.

    Violated at a profile by the absolute sum of the transfers; where outcomes are lotteries, of the expected ones.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.mechanism("posted-price-trade", co.trade([1, 2], [2, 3]), price=2), ["budget-balanced"]).holds
    True
    >>> co.check(co.second_price(co.auction(2, [0, 1])), ["budget-balanced"])["budget-balanced"].violations
    1
    """

    name = "budget-balanced"
    definition = "at every profile the transfers sum to zero"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Nobody pays anything in a vote."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def is_default(self, environment: Environment) -> bool:
        """Where agents pay one another: a designer who sells or buys is meant to keep the money, or to spend it."""
        return environment.public or len(set(environment.supplier)) == 2

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The absolute sum of the transfers."""
        yield (), np.abs(mechanism.transfer.sum(axis=1))[outcomes]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The absolute sum of the transfers."""
        return abs(sum(int(x) for x in table.transfer[outcome]))
