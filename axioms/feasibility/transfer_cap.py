"""A cap on transfers: no agent ever receives more than a bound."""

from collude.axioms.core.profilewise import OutcomeAxiom
from collude.axioms.core.registry import axiom
from collude.models.menu import OutcomeTable
from collude.models.numbers import exact


@axiom
class TransferCap(OutcomeAxiom):
    """No agent ever receives more than a bound B.

    Written `transfer-cap=B`. Violated at a profile iff some agent's transfer is larger than B.

    Parameters
    ----------
    argument : str
        B, an exact number in money.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> import collude as co
    >>> buyer = co.mechanism("second-price-reverse", co.procurement(2, [1, 2]))
    >>> [co.check(buyer, [f"transfer-cap={bound}"]).holds for bound in (1, 2)]
    [False, True]
    """

    name = "transfer-cap"
    definition = "no agent ever receives more than a bound"
    takes = "a number"
    by_default = False

    def __init__(self, argument: str = "") -> None:
        super().__init__(argument)
        self.bound = exact(argument, self.name) if argument else exact(0)

    def suits(self, table: OutcomeTable, outcome: int) -> bool:
        """Each transfer is compared."""
        return all(table.money_of(outcome, i) <= self.bound for i in range(table.environment.agents))
