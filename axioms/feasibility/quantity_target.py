"""A target for quantities: exactly so many units change hands at every profile."""

from collude.axioms.core.profilewise import OutcomeAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism
from collude.models.menu import OutcomeTable
from collude.models.numbers import whole


@axiom
class QuantityTarget(OutcomeAxiom):
    """Exactly Q units change hands at every profile.

    Written `quantity-target=Q`. Violated at a profile iff the units received (supplied, where all agents supply) do not sum to Q.

    Parameters
    ----------
    argument : str
        Q, a whole number of units.

    Raises
    ------
    InputError
        For anything else.

    References
    ----------
    Hagen (2020), chapter 2.

    Examples
    --------
    >>> import collude as co
    >>> buyer = co.mechanism("second-price-reverse", co.procurement(2, [1, 2]))
    >>> [co.check(buyer, [f"quantity-target={q}"]).holds for q in (1, 2)]
    [True, False]
    """

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
