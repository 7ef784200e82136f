"""The scan of profiles: axioms that fail at a profile by an amount."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.profilewise import ProfileAxiom
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import BlockResult, Rank, Scan

STEP_NS = 40.0


class ProfileScan(Scan[ProfileAxiom]):
    """Scans a mechanism for profiles at which an amount exceeds the tolerance."""

    def cost(self) -> float:
        """Rough nanoseconds, from the axiom's own steps."""
        return STEP_NS * self.mechanism.environment.profiles * self.axiom.steps_per_profile(self.mechanism)

    def blocks(self) -> Sequence[Block]:
        """Spans of profiles that take at most about half a second, so that a check can be stopped."""
        return self.context.spans(STEP_NS * self.axiom.steps_per_profile(self.mechanism))

    def run(self, block: Block) -> BlockResult:
        """Count and keep the largest amount; ties by fewer agents, agent order, profile order."""
        mechanism, stop_early = self.mechanism, self.options.first
        count, rank = 0, None
        for first, type_indices, outcomes in mechanism.blocks(*block):
            for members, amounts in self.axiom.amounts(mechanism, first, type_indices, outcomes):
                wrong = amounts > mechanism.tolerance
                number = int(np.count_nonzero(wrong))
                if not number:
                    continue
                count += number
                at = int(wrong.argmax()) if stop_early else int(amounts.argmax())
                place: Rank = (len(members), members, first + at)
                candidate = (first + at, *place) if stop_early else (-int(amounts[at]), *place)
                rank = candidate if rank is None or candidate < rank else rank
            if stop_early and rank is not None:
                break
        return BlockResult(count, rank)

    def witness(self, rank: Rank) -> Witness:
        """The profile, the agents, and by how much."""
        mechanism, axiom, members = self.mechanism, self.axiom, tuple(rank[2])
        profile = mechanism.types_at(rank[3])
        gains = axiom.sizes(mechanism, axiom.amount(mechanism, profile, members))
        return Witness(profile, members, axiom.misreport(mechanism, profile, members), gains)
