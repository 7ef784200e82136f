"""The scan of agreements between members who do not know each other's types."""

from collections.abc import Sequence
from math import prod

import numpy as np

from collude.axioms.bayesian.decentralised_coalition_proof import DecentralisedCoalitionProof, Maps, gains_of
from collude.axioms.core.base import Witness
from collude.axioms.core.expectations import expectations_of, known_types
from collude.axioms.core.groups import Members, coalition_bits_of, coalitions_by_size, largest_coalition, members_of
from collude.enumerate.checks.context import Block
from collude.enumerate.checks.scans.base import BlockResult, Counting, Examined, Rank, Scan
from collude.kernels.expectations.maps import best_maps
from collude.models.errors import SizeError
from collude.models.mechanism import Mechanism, show_type

MOST_STEPS = 10**12


class MapScan(Scan[DecentralisedCoalitionProof]):
    """Scans a mechanism for coalitions that gain by agreeing on a report for each type of each member."""

    def _groups(self) -> list[Members]:
        n = self.mechanism.environment.agents
        return coalitions_by_size(n, 1, largest_coalition(n, self.options.largest))

    def examined(self) -> Examined:
        """What a full answer looks at: all maps of all coalitions."""
        sizes = self.mechanism.environment.sizes
        groups = self._groups()
        maps = sum(prod(sizes[i] ** sizes[i] for i in members) for members in groups)
        profiles = self.mechanism.environment.profiles
        return Examined(profiles, len(groups), maps, profiles**2)

    def counting(self) -> Counting:
        """Violations are counted in coalitions."""
        return Counting(self.axiom.unit, len(self._groups()))

    def cost(self) -> float:
        """The maps of all members but one, times the joint types and one member's reports."""
        sizes = self.mechanism.environment.sizes
        steps = 0.0
        for members in self._groups():
            own = [sizes[i] for i in members]
            steps += float(prod(size**size for size in own[:-1])) * prod(own) * own[-1]
        return 2.0 * steps

    def blocks(self) -> Sequence[Block]:
        """Cut the work into one block for each coalition."""
        return [(0, 1, coalition_bits_of(members)) for members in self._groups()]

    def extents(self) -> dict[Block, int]:
        """One block per coalition."""
        return {(coalition_bits_of(members),): 1 for members in self._groups()}

    def run(self, block: Block) -> BlockResult:
        """Find the best maps of one coalition."""
        mechanism = self.mechanism
        members = members_of(block[2], mechanism.environment.agents)
        gain, _ = self._best(mechanism, members)
        whole = expectations_of(mechanism).weights[1]
        return BlockResult(1, (-gain, len(members), members)) if gain > mechanism.tolerance * whole else BlockResult()

    def _best(self, mechanism: Mechanism, members: Members) -> tuple[int, Maps]:
        """(`whole` times the largest gain, the maps)."""
        sizes = mechanism.environment.sizes
        own = np.array([sizes[i] for i in members], np.int64)
        steps = prod(int(size) ** int(size) for size in own[:-1]) * prod(own.tolist()) * int(own[-1])
        if steps > MOST_STEPS:
            raise SizeError(
                f"the maps of the coalition {members} take {steps} steps; bound it with --max-coalition", steps
            )
        values, _ = expectations_of(mechanism).weighted_values(members)
        maps = np.zeros((len(members), int(own.max())), np.int64)
        best = int(best_maps(values, own, maps))
        found = tuple(tuple(row[:size]) for row, size in zip(maps.tolist(), own.tolist(), strict=True))
        return best - int(np.trace(values)), found

    def witness(self, rank: Rank) -> Witness:
        """The maps, and what each member gains by them before types are known."""
        mechanism, members = self.mechanism, tuple(rank[2])
        _, maps = self._best(mechanism, members)
        env = mechanism.environment
        lines = [
            f"agent {env.labels[i]} reports "
            + ", ".join(f"{show_type(env.types[i][r])} if {show_type(env.types[i][k])}" for k, r in enumerate(row))
            for i, row in zip(members, maps, strict=True)
        ]
        profile = known_types(env.agents, (), ())
        details = {"maps": [list(row) for row in maps], "agreement": lines}
        return Witness(profile, members, None, gains_of(mechanism, members, maps), details)
