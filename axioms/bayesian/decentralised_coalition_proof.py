"""Coalition-proofness without shared information: each member of a coalition follows a map from his type to a report."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod

import numpy as np

from collude.axioms.core.base import (
    Block,
    BlockResult,
    CheckOptions,
    Examined,
    Key,
    Witness,
    coalitions_by_size,
    largest_coalition,
    mask_of,
    members_of,
)
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.expectations import ExpectationAxiom, Members, expectations_of, known_types
from collude.axioms.core.registry import axiom
from collude.kernels.expectations.maps import best_maps
from collude.models.beliefs import chances_of
from collude.models.errors import SizeError
from collude.models.mechanism import Mechanism, all_profiles, show_type

Maps = tuple[tuple[int, ...], ...]
MOST_STEPS = 10**12


@axiom
class DecentralisedCoalitionProof(ExpectationAxiom):
    """Violated by a coalition iff maps from types to reports, one per member, raise the sum of its expected utilities
    before types are known. Members agree on the maps, but nobody learns another's type."""

    name = "decentralised-coalition-proof"
    definition = "no coalition gains in expectation by agreeing on a report for each type of each member"
    source = "Safronov, Efficient coalition-proof full implementation, footnote 2"
    unit = "coalitions"
    by_default = False

    def _groups(self, mechanism: Mechanism, question: CheckOptions) -> list[Members]:
        n = mechanism.environment.agents
        return coalitions_by_size(n, 1, largest_coalition(n, question.largest))

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """All maps of all coalitions."""
        sizes = mechanism.environment.sizes
        groups = self._groups(mechanism, question)
        maps = sum(prod(sizes[i] ** sizes[i] for i in members) for members in groups)
        profiles = mechanism.environment.profiles
        return Examined(profiles, len(groups), maps, profiles**2)

    def counted_in(self, mechanism: Mechanism, question: CheckOptions) -> tuple[str, int | None]:
        """Coalitions."""
        return self.unit, len(self._groups(mechanism, question))

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """The maps of all members but one, times the joint types and one member's reports."""
        sizes = mechanism.environment.sizes
        steps = 0.0
        for members in self._groups(mechanism, question):
            own = [sizes[i] for i in members]
            steps += float(prod(size**size for size in own[:-1])) * prod(own) * own[-1]
        return 2.0 * steps

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One coalition each."""
        n = work.mechanism.environment.agents
        return [(0, 1, mask_of(members, n)) for members in self._groups(work.mechanism, work.question)]

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """One block per coalition."""
        n = work.mechanism.environment.agents
        return {(mask_of(members, n),): 1 for members in self._groups(work.mechanism, work.question)}

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """The best maps of one coalition."""
        mechanism = work.mechanism
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

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The maps, and what each member gains by them before types are known."""
        mechanism, members = work.mechanism, tuple(key[2])
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

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every profile is weighed anew, in fractions."""
        maps = tuple(tuple(row) for row in witness.details["maps"])
        gains = gains_of(mechanism, witness.coalition, maps)
        return sum(gains) > mechanism.tolerance and gains == tuple(witness.gains)


def gains_of(mechanism: Mechanism, members: Members, maps: Maps) -> tuple[Fraction, ...]:
    """`scale` times what each member gains in expectation if all follow their maps, from the definition."""
    gains = [Fraction(0)] * len(members)
    env = mechanism.environment
    for profile, chance in zip(all_profiles(env), chances_of(env), strict=True):
        told = list(profile)
        for i, row in zip(members, maps, strict=True):
            told[i] = row[profile[i]]
        rises = mechanism.gains(profile, tuple(told), members)
        gains = [gain + chance * rise for gain, rise in zip(gains, rises, strict=True)]
    return tuple(gains)
