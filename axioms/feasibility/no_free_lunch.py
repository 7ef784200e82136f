"""No free lunch: whoever receives goods pays."""

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable


@axiom
class NoFreeLunch(OneProfileAxiom):
    """Whoever receives goods pays for them.

    Violated at (profile, agent) iff the agent receives goods and his transfer is not negative; the size is the money that he
    receives on top, perhaps 0. Where outcomes are lotteries, he receives goods iff that has a positive probability, and what
    counts is his expected transfer: whoever pays for a chance pays, whether he wins or not. Suppliers receive no goods.

    References
    ----------
    Hagen (2020), chapter 1.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1])
    >>> gift = co.check(co.second_price(auction), ["no-free-lunch"])["no-free-lunch"]
    >>> gift.violations, gift.witness.profile  # both report 0: the winner pays 0
    (3, (0, 0))
    >>> chance = co.Lottery([("1/2", [(1,), (0,)], ["-1", 0]), ("1/2", [(0,), (0,)], ["-1", 0])])
    >>> raffle = co.from_function(auction, lambda reports: chance)
    >>> co.check(raffle, ["no-free-lunch"]).holds
    True
    """

    name = "no-free-lunch"
    definition = "no agent receives goods without paying for them"
    unit = "(profile, agent) pairs"
    discrete = True
    source = "Hagen (2020), chapter 1"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Somebody must be able to receive goods."""
        env = mechanism.environment
        return "nobody receives goods" if env.public or all(env.supplier) else ""

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The transfer of who receives goods, plus one unit of the scale, so that 0 is too much; gifts within the tolerance
        are not told apart from payments."""
        for i in range(mechanism.environment.agents):
            receives = mechanism.environment.gets(i, received=True)[mechanism.bundle[:, i]]
            gift = mechanism.transfer[:, i] + 1 + mechanism.tolerance
            yield (i,), np.where(receives, np.maximum(gift, 0), 0)[outcomes]

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Each agent by himself."""
        return [(i,) for i in range(table.environment.agents)]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """What he receives on top of the goods, plus one."""
        (i,) = members
        if table.environment.supplier[i] or not any(x > 0 for bundle, _ in table.spread_of(outcome, i) for x in bundle):
            return 0
        return max(int(table.transfer[outcome, i]) + 1, 0)

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """What the agent receives on top of the goods, perhaps 0."""
        return (amount - 1 - mechanism.tolerance,)
