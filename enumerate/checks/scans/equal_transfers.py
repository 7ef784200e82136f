"""The scan of pairs of joint reports that change only what a coalition's members are paid."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.groups import joint_misreports, largest_coalition, members_of
from collude.axioms.reallocation.equal_quantities_equal_transfers import EqualQuantitiesEqualTransfers, rises_of
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import (
    BlockResult,
    Examined,
    Rank,
    Scan,
    coalition_blocks,
    coalition_extents,
)
from collude.enumerate.checks.scans.deals import PER_BLOCK, goods_in
from collude.kernels.deals.equal import count_unequal_transfers


class EqualTransfersScan(Scan[EqualQuantitiesEqualTransfers]):
    """Scans a mechanism for a coalition that is paid differently for the same bundles."""

    @property
    def _largest(self) -> int:
        return largest_coalition(self.mechanism.environment.agents, self.options.largest)

    def examined(self) -> Examined:
        """Every profile and joint report of every coalition of the admitted sizes."""
        env = self.mechanism.environment
        reports = joint_misreports(env.sizes, 1, self._largest)[1]
        return Examined(env.profiles, 0, reports, env.profiles**2)

    def cost(self) -> float:
        """A few steps per profile and coalition, and the pairs of outcomes per context."""
        coalitions = joint_misreports(self.mechanism.environment.sizes, 1, self._largest)[0]
        return 20.0 * self.mechanism.environment.profiles * coalitions

    def require_size(self) -> None:
        """Raise SizeError unless the goods fit into int64 as numbers."""
        goods_in(self.context, False)

    def prepare(self) -> None:
        """Make the goods as numbers."""
        goods_in(self.context, False)

    def blocks(self) -> Sequence[Block]:
        """Spans of the outsiders' joint types for each coalition."""
        bounds = (1, self._largest)
        return coalition_blocks(self.mechanism.environment.sizes, bounds, lambda inside, _: PER_BLOCK // inside)

    def extents(self) -> dict[Block, int]:
        """The outsiders' joint types for each coalition."""
        return coalition_extents(self.mechanism.environment.sizes, (1, self._largest))

    def run(self, block: Block) -> BlockResult:
        """Count and keep the pair with the largest difference."""
        first, last, mask = block
        notes = np.full(3, -1, np.int64)
        count = count_unequal_transfers(self.context.table, goods_in(self.context, False), mask, (first, last), notes)
        if not count:
            return BlockResult()
        amount, low, high = notes.tolist()
        members = members_of(mask, self.mechanism.environment.agents)
        rank: Rank = (len(members), members, low, high)
        return BlockResult(int(count), (low, *rank) if self.options.first else (-amount, *rank))

    def witness(self, rank: Rank) -> Witness:
        """The coalition, both profiles, and by how much each member's transfer rises from the first to the second."""
        mechanism = self.mechanism
        members, low, high = tuple(rank[2]), rank[3], rank[4]
        truth, report = mechanism.types_at(low), mechanism.types_at(high)
        return Witness(truth, members, tuple(report[i] for i in members), rises_of(mechanism, truth, report, members))
