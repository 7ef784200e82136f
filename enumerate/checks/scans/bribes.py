"""The scan of bribes: every report of every agent, with every briber."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.reallocation.bribe_proof import BribeProof, bribe_of
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import BlockResult, Examined, Rank, Scan
from collude.kernels.deals.bribes import count_bribes


class BribeScan(Scan[BribeProof]):
    """Scans a mechanism for misreports that gain an agent and a briber in all."""

    def examined(self) -> Examined:
        """What a full answer looks at: all profiles, every report of every agent, each with every briber."""
        env = self.mechanism.environment
        return Examined(env.profiles, 0, env.profiles * sum(env.sizes) * env.agents, env.profiles * sum(env.sizes))

    def cost(self) -> float:
        """About 4 ns per report and briber."""
        return 4.0 * self.examined().joint_misreports

    def blocks(self) -> Sequence[Block]:
        """Cut the profiles into spans."""
        return self.context.spans(self.cost() / self.mechanism.environment.profiles)

    def run(self, block: Block) -> BlockResult:
        """Count and keep the bribe with the largest gain; in order of profiles if the first one is asked for."""
        notes = np.full((1, 6), -1, np.int64)
        count, lowest = count_bribes(self.context.table, block, notes)
        if not count:
            return BlockResult()
        if self.options.first:
            notes[:] = -1
            count_bribes(self.context.table, (lowest, lowest + 1), notes)
        total, size, profile, i, j, k = notes[0].tolist()
        members = tuple(sorted({i, j}))
        rank = (size, members, profile, i, k)
        return BlockResult(int(count), (profile, *rank) if self.options.first else (-total, *rank))

    def witness(self, rank: Rank) -> Witness:
        """The agent who misreports, the briber, and what each gains before the bribe is paid."""
        mechanism = self.mechanism
        _, _, members, profile, i, k = rank
        truth = mechanism.types_at(profile)
        misreport = tuple(k if member == i else truth[member] for member in members)
        witness = Witness(truth, tuple(members), misreport, ())
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        return Witness(
            truth, tuple(members), misreport, gains, {"misreporter": i, "bribe": [bribe_of(mechanism, i, witness)]}
        )
