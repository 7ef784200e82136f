"""Group strategy-proofness for coalitions up to a size."""

from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.registry import axiom
from collude.models.errors import InputError
from collude.models.numbers import whole


@axiom
class CoalitionStrategyProof(CoalitionalAxiom):
    """`coalition-strategy-proof=M`: group strategy-proofness for coalitions of at most M members."""

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
