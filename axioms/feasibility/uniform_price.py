"""One price for all: at every profile every agent pays, or is paid, the same price for each unit."""

from collude.axioms.core.profilewise import OutcomeAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism
from collude.models.menu import OutcomeTable


@axiom
class UniformPrice(OutcomeAxiom):
    """At every profile one price per unit holds for every agent.

    Violated at a profile iff there is no p >= 0 with t_i = p q_i for every agent i, where t_i is the money that he receives and
    q_i the number of units that he supplies (with a minus: buys).

    References
    ----------
    Hagen (2020), chapter 2.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.mechanism("second-price-reverse", co.procurement(2, [1, 2])), ["uniform-price"]).holds
    True
    """

    name = "uniform-price"
    definition = "at every profile one price per unit holds for every agent"
    source = "Hagen (2020), chapter 2"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """There must be units of one good, and money."""
        env = mechanism.environment
        if env.ordinal:
            return "there is no money"
        if env.has_lotteries:
            return "outcomes are lotteries"
        return "there are no units of one good" if env.public or len(env.bundles[0][0]) != 1 else ""

    def suits(self, table: OutcomeTable, outcome: int) -> bool:
        """The ratios of money to units are compared."""
        prices = set()
        for i in range(table.environment.agents):
            units = table.bundle_of(outcome, i)[0]
            money = table.money_of(outcome, i) * (1 if table.environment.supplier[i] else -1)
            if units == 0:
                if money:
                    return False
                continue
            prices.add(money / units)
        return len(prices) <= 1 and min(prices, default=0) >= 0
