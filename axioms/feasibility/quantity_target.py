"""A target for quantities: exactly so many units change hands at every profile."""

from collude.axioms.core.profilewise import OutcomeAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism
from collude.models.menu import OutcomeTable
from collude.models.numbers import whole


@axiom
class QuantityTarget(OutcomeAxiom):
    """`quantity-target=Q`: violated at a profile iff the units received (supplied, where all supply) do not sum to Q."""

    name = "quantity-target"
    definition = "exactly so many units change hands at every profile"
    source = "Hagen (2020), chapter 2"
    takes = "a whole number of units"
    by_default = False

    def __init__(self, argument: str = "") -> None:
        super().__init__(argument)
        self.units_wanted = whole(argument, self.name) if argument else 0

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """There must be units to add up."""
        env = mechanism.environment
        if env.has_lotteries:
            return "outcomes are lotteries"
        return "there are no units of one good" if env.public or len(env.bundles[0][0]) != 1 else ""

    def suits(self, table: OutcomeTable, outcome: int) -> bool:
        """The units received are added; where everybody supplies, those supplied."""
        suppliers = table.environment.supplier
        counted = [i for i, supplies in enumerate(suppliers) if not supplies or all(suppliers)]
        return sum(table.bundle_of(outcome, i)[0] for i in counted) == self.units_wanted
