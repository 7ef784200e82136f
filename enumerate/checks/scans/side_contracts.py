"""The scan of side contracts: a linear program or more for each coalition."""

from collections.abc import Sequence

from collude.axioms.bayesian.strong_collusion_proof_contract import StrongCollusionProofContract
from collude.axioms.core.base import Witness
from collude.axioms.core.coalitional import SizeBounds
from collude.axioms.core.groups import (
    Members,
    coalition_bits_of,
    coalitions_by_size,
    largest_coalition,
    members_of,
)
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import BlockResult, Counting, Examined, Rank, Scan, jointly_examined
from collude.models.errors import DisagreementError

COALITION_NS, REPORT_NS = 5e7, 2e4


class SideContractScan(Scan[StrongCollusionProofContract]):
    """Scans a mechanism for coalitions that have a side contract."""

    def _groups(self) -> list[Members]:
        n = self.mechanism.environment.agents
        return coalitions_by_size(n, 1, largest_coalition(n, self.options.largest))

    def examined(self) -> Examined:
        """All coalitions of the admitted sizes, and the joint reports that a side contract may make."""
        env = self.mechanism.environment
        return jointly_examined(env, SizeBounds(1, largest_coalition(env.agents, self.options.largest)))

    def counting(self) -> Counting:
        """Violations are counted in coalitions."""
        return Counting(self.axiom.unit, len(self._groups()))

    def cost(self) -> float:
        """A linear program per coalition."""
        examined = self.examined()
        return COALITION_NS * examined.coalitions + REPORT_NS * examined.joint_misreports

    def blocks(self) -> Sequence[Block]:
        """Cut the work into one block for each coalition."""
        return [(0, 1, coalition_bits_of(members)) for members in self._groups()]

    def extents(self) -> dict[Block, int]:
        """One block per coalition."""
        return {(coalition_bits_of(members),): 1 for members in self._groups()}

    def run(self, block: Block) -> BlockResult:
        """Solve the linear program of one coalition."""
        members = members_of(block[2], self.mechanism.environment.agents)
        found = self.axiom.side_contract(self.mechanism, members)
        return BlockResult() if found is None else BlockResult(1, (len(members), members))

    def witness(self, rank: Rank) -> Witness:
        """The side contract of the smallest coalition."""
        members = tuple(rank[1])
        found = self.axiom.side_contract(self.mechanism, members)
        if found is None:
            raise DisagreementError(f"{self.axiom.name}: {members} has no side contract after all")
        return self.axiom.shown(self.mechanism, found)
