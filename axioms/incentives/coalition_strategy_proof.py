"""Group strategy-proofness for coalitions up to a size."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.models.errors import InputError
from collude.models.numbers import whole


@axiom
class CoalitionStrategyProof(CoalitionalAxiom):
    """No coalition of at most M members ever has a joint misreport that helps one of them and hurts none.

    Written `coalition-strategy-proof=M`. Violated at (profile, coalition) as group strategy-proofness, larger coalitions not
    counting; M = 1 is strategy-proofness.

    Parameters
    ----------
    argument : str
        M, a whole number of at least 1.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(3, [0, 1])
    >>> [co.check(co.second_price(auction), [f"coalition-strategy-proof={m}"]).holds for m in (1, 2)]
    [True, False]
    """

    name = "coalition-strategy-proof"
    definition = "no coalition of at most so many members has a joint misreport that helps one and hurts none of them"
    takes = "the largest size of a coalition"
    by_default = False

    def __init__(self, argument: str = "") -> None:
        super().__init__(argument)
        if argument:
            self.largest = whole(argument, self.name)
            if self.largest < 1:
                raise InputError(f"{self.name} needs a size of at least 1, not {argument}")
