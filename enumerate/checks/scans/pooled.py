"""The scan of coalitions that pool their types: every joint type and joint report, in expectation."""

from collections.abc import Sequence
from math import prod

import numpy as np

from collude.axioms.bayesian.coalition_proof import CoalitionProof
from collude.axioms.core.base import Witness
from collude.axioms.core.coalitional import SizeBounds
from collude.axioms.core.expectations import expectations_of, misreport_witness
from collude.axioms.core.groups import (
    Members,
    coalition_bits_of,
    coalitions_by_size,
    largest_coalition,
    members_of,
    reports_by_size,
)
from collude.enumerate.checks.context import Block, cut
from collude.enumerate.checks.scans.base import BlockResult, Counting, Examined, Rank, Scan
from collude.kernels.expectations.scan import scan_coalition
from collude.models.errors import DisagreementError
from collude.models.mechanism import Mechanism

TRIPLE_NS = 0.4
PER_BLOCK = 1 << 29


class PooledScan(Scan[CoalitionProof]):
    """Scans a mechanism for coalitions that gain in expectation by a joint report."""

    @property
    def bounds(self) -> SizeBounds:
        """Smallest and largest coalition size that is looked at."""
        env = self.mechanism.environment
        return SizeBounds(1, largest_coalition(env.agents, self.axiom.largest, self.options.largest))

    def examined(self) -> Examined:
        """All joint types and joint reports of every coalition of the admitted sizes."""
        env = self.mechanism.environment
        coalitions, triples = reports_by_size(tuple(size**2 for size in env.sizes))
        sizes = slice(self.bounds.smallest, self.bounds.largest + 1)
        return Examined(env.profiles, sum(coalitions[sizes]), sum(triples[sizes]), env.profiles**2)

    def counting(self) -> Counting:
        """Violations are counted in triples of joint type, coalition and joint report."""
        return Counting(self.axiom.unit, self.examined().joint_misreports)

    def cost(self) -> float:
        """Building the expectations, and a step per triple; with correlated types each costs the others' types too."""
        env = self.mechanism.environment
        triples = self.examined().joint_misreports
        if not expectations_of(self.mechanism).independent:
            return 2.0 * env.profiles * sum(env.sizes) * triples / max(1, min(env.sizes))
        patterns = prod(size + 1 for size in env.sizes)
        return TRIPLE_NS * triples + 2.0 * patterns * env.agents**2 * max(env.sizes)

    def bytes_needed(self) -> int:
        """The expectations of all types under all patterns, and what they are made from."""
        env = self.mechanism.environment
        patterns = prod(size + 1 for size in env.sizes)
        return 8 * env.agents * max(env.sizes) * (patterns + env.profiles)

    def prepare(self) -> None:
        """Make the expectations of all types."""
        known = expectations_of(self.mechanism)
        _ = known.table if known.independent else (known.weights, known.common_weight)

    def blocks(self) -> Sequence[Block]:
        """For each coalition spans of its joint reports (of its joint types if types are correlated)."""
        found: list[Block] = []
        for (mask,), reports in self.extents().items():
            each = min(PER_BLOCK // reports + 1, -(-reports // self.context.pieces) if reports > 4096 else reports)
            found += [(*span, mask) for span in cut(reports, each)]
        return found

    def extents(self) -> dict[Block, int]:
        """The joint types of every coalition."""
        env = self.mechanism.environment
        groups = coalitions_by_size(env.agents, *self.bounds)
        return {(coalition_bits_of(members),): prod(env.sizes[i] for i in members) for members in groups}

    def run(self, block: Block) -> BlockResult:
        """Count and keep the best joint report of one coalition and span."""
        first, last, mask = block
        mechanism = self.mechanism
        known, members = expectations_of(mechanism), members_of(mask, mechanism.environment.agents)
        if not known.independent:
            return self._run_correlated(mechanism, members, (first, last))
        bar = mechanism.tolerance * known.beliefs.outside(members)
        count, best, _, _ = self._scan(mechanism, mask, (first, last), bar)
        if not count:
            return BlockResult()
        inside = known.beliefs.scale // known.beliefs.outside(members)
        return BlockResult(count, (-best * inside, len(members), members))

    @staticmethod
    def _scan(mechanism: Mechanism, mask: int, span: tuple[int, int], bar: int) -> tuple[int, int, int, int]:
        env = mechanism.environment
        sizes, width = np.array(env.sizes, np.int64), max(env.sizes)
        found = scan_coalition(expectations_of(mechanism).table, sizes, width, mask, span, bar)
        return int(found[0]), int(found[1]), int(found[2]), int(found[3])

    @staticmethod
    def _run_correlated(mechanism: Mechanism, members: Members, span: tuple[int, int]) -> BlockResult:
        gains, weights = _correlated_gains(mechanism, members)
        above = gains > mechanism.tolerance * weights[:, None]
        above[: span[0]], above[span[1] :] = False, False
        if not above.any():
            return BlockResult()
        common, most = expectations_of(mechanism).common_weight, 0
        for place in range(*span):
            if weights[place]:
                most = max(most, int(gains[place].max()) * (common // int(weights[place])))
        return BlockResult(int(above.sum()), (-most, len(members), members))

    def witness(self, rank: Rank) -> Witness:
        """The first true types, and then the first joint report, with the largest gain."""
        mechanism, members = self.mechanism, tuple(rank[2])
        env = mechanism.environment
        sizes = [env.sizes[i] for i in members]
        known = expectations_of(mechanism)
        if known.independent:
            mask = coalition_bits_of(members)
            _, _, types, report = self._scan(mechanism, mask, (0, prod(sizes)), 0)
            return misreport_witness(mechanism, members, _type_indices(types, sizes), _type_indices(report, sizes))
        gains, weights = _correlated_gains(mechanism, members)
        for place, weight in enumerate(weights.tolist()):
            if weight and int(gains[place].max()) * (known.common_weight // weight) == -rank[0]:
                report = int(gains[place].argmax())
                return misreport_witness(mechanism, members, _type_indices(place, sizes), _type_indices(report, sizes))
        raise DisagreementError(f"{self.axiom.name}: no joint report of {members} gains what was found")


def _correlated_gains(mechanism: Mechanism, members: Members) -> tuple[np.ndarray, np.ndarray]:
    """(w times the gain of each joint report at each joint type, (T, T); w (T,), the weight of the types)."""
    values, weights = expectations_of(mechanism).weighted_values(members)
    return values - np.diagonal(values)[:, None], weights


def _type_indices(place: int, sizes: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(place, tuple(sizes))))
