"""The scan of axioms about a mechanism as a whole: one block."""

from collections.abc import Sequence
from functools import cached_property

from collude.axioms.core.base import Witness
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import BlockResult, Rank, Scan
from collude.models.errors import DisagreementError

STEP_NS = 40.0


class WholeScan(Scan[WholeAxiom]):
    """Looks at a mechanism as a whole, once."""

    def cost(self) -> float:
        """Rough nanoseconds, as the axiom says."""
        return STEP_NS * self.axiom.steps(self.mechanism)

    def bytes_needed(self) -> int:
        """Memory without which the axiom cannot be checked, as it says itself."""
        return self.axiom.bytes_needed(self.mechanism)

    def blocks(self) -> Sequence[Block]:
        """Leave the work in one block."""
        return [(0, self.mechanism.environment.profiles)]

    @cached_property
    def _violations(self) -> Violations:
        return self.axiom.violations(self.mechanism)

    def run(self, block: Block) -> BlockResult:
        """All violations; a run keeps their number, and finds the witness again when it is asked for."""
        del block
        return BlockResult(self._violations.count, (0,) if self._violations.witness is not None else None)

    def witness(self, rank: Rank) -> Witness:
        """The witness of the violation to show."""
        witness = self._violations.witness
        if witness is None:
            raise DisagreementError(f"{self.axiom.name}: a violation was counted, but none is found again")
        return witness
