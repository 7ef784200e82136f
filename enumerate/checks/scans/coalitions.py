"""The scan of joint misreports: profiles through the lattice of reachable outcomes, or coalitions through their options."""

from collections.abc import Sequence
from functools import cached_property
from math import prod

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.coalitional import CoalitionalAxiom, SizeBounds
from collude.axioms.core.groups import coalition_bits_of, members_of
from collude.enumerate.checks.context import Block, bitset_cost, choose_path, options_cost, ways_bytes
from collude.enumerate.checks.scans.base import (
    BlockResult,
    Examined,
    Rank,
    Scan,
    coalition_blocks,
    coalition_extents,
    jointly_examined,
)
from collude.kernels.coalitions.best import ENFORCED, WEAK, best_report, best_reports, best_violation
from collude.kernels.coalitions.count import counter_for
from collude.kernels.coalitions.enforced import best_replies, count_enforced
from collude.kernels.coalitions.naive import naive_violations
from collude.kernels.coalitions.options import scan_options
from collude.kernels.coalitions.units import count_units
from collude.kernels.coalitions.walk import list_violations
from collude.kernels.tables import OutcomeSets, extension_counts
from collude.models.errors import DisagreementError, SizeError

NO_LIMIT = 2**62


class CoalitionScan(Scan[CoalitionalAxiom]):
    """Scans a mechanism for coalitions with a joint misreport that its members agree to."""

    @cached_property
    def bounds(self) -> SizeBounds:
        """Smallest and largest coalition size that is looked at."""
        return self.axiom.bounds(self.mechanism, self.options.largest)

    def examined(self) -> Examined:
        """All profiles, and every joint report of every coalition of the admitted sizes."""
        return self._examined

    @cached_property
    def _examined(self) -> Examined:
        return jointly_examined(self.mechanism.environment, self.bounds)

    def path(self) -> str:
        """ "bitsets" or "options": see docs/algorithms.md."""
        return self._path

    @cached_property
    def _path(self) -> str:
        largest = self.bounds.largest
        return choose_path(self.mechanism, self.options, largest, self.examined().coalitions)

    def cost(self) -> float:
        """Rough nanoseconds; looking for double-crossers multiplies them by the reports of a coalition."""
        largest = self.bounds.largest
        coalitions = self.examined().coalitions
        simple = min(
            bitset_cost(self.mechanism.environment.sizes, self.mechanism.outcomes, coalitions),
            options_cost(self.mechanism, largest),
        )
        if self.axiom.rule == ENFORCED:
            return simple + 2.0 * self.examined().joint_misreports
        return simple

    def prepare(self) -> None:
        """Make the lattices and outcome sets that the path needs."""
        units = self.options.count in ("profile-pairs", "triples")
        if units and self.axiom.rule == ENFORCED:
            _ = self._replies
        elif units and self._counts_by_lattice():
            _ = self.context.ways
        if units or self.path() == "bitsets":
            _ = self.context.masks, self.context.reach

    def blocks(self) -> Sequence[Block]:
        """Spans of profiles; on the path through options, spans of the outsiders' joint types for each coalition."""
        mechanism = self.mechanism
        env = mechanism.environment
        if self.options.count in ("profile-pairs", "triples"):
            return self.context.spans(self._unit_cost())
        if not self._by_coalition():
            per_profile = self.cost() / env.profiles
            return self.context.spans(per_profile if self.axiom.rule == ENFORCED else 3.0 * per_profile)

        def contexts_each(inside: int, contexts: int) -> int:
            steps = inside * min(inside, mechanism.outcomes) + 1
            return min(int(5e7 / steps), contexts // (2 * self.context.pieces), 4_000_000 // inside)

        return coalition_blocks(env.sizes, self.bounds, contexts_each)

    def _by_coalition(self) -> bool:
        by_units = self.options.count in ("profile-pairs", "triples")
        return not by_units and self.path() == "options"

    def extents(self) -> dict[Block, int]:
        """Profiles; on the path through options, the outsiders' joint types for each coalition."""
        if self._by_coalition():
            return coalition_extents(self.mechanism.environment.sizes, self.bounds)
        return super().extents()

    def run(self, block: Block) -> BlockResult:
        """Run one block, on the path and in the unit that were chosen."""
        if self.options.count in ("profile-pairs", "triples"):
            return self._run_units(block)
        if self.path() == "options":
            return self._run_options(block)
        if self.axiom.rule == ENFORCED:
            return self._run_enforced(block)
        return self._run_bitsets(block)

    def _masks(self) -> OutcomeSets:
        return (
            OutcomeSets(self.context.masks.strict, self.context.masks.strict)
            if self.axiom.rule == WEAK
            else self.context.masks
        )

    def _extensions(self) -> np.ndarray:
        bounds = self.bounds
        return np.asarray(extension_counts(self.mechanism.environment.agents, *bounds))

    def _rank(self, gain: int, mask: int, profile: int) -> Rank:
        members = members_of(mask, self.mechanism.environment.agents)
        if self.options.first:
            return (profile, len(members), members)
        return (-gain, len(members), members, profile)

    def _run_bitsets(self, span: Block) -> BlockResult:
        masks, extensions = self._masks(), self._extensions()
        limit = 1 if self.options.first else NO_LIMIT
        count = 0
        if self.options.first or self.options.count == "coalitions":
            # Compiling only the one that is needed halves what a first run waits for.
            counter = counter_for(self.context.reach.shape[1])
            count, last = counter(self.context.table, masks, self.context.reach, extensions, span, limit)
            if count == 0:
                return BlockResult()
            if self.options.first:
                span = (last, last + 1)
            elif not self.options.witness:
                return BlockResult(count)
        gain, mask, profile = best_violation(self.context.table, masks, self.context.reach, extensions, span, 0)
        if profile < 0:
            return BlockResult()
        return BlockResult(count, self._rank(gain, mask, profile))

    def _listed(self, span: Block) -> np.ndarray:
        agents = self.mechanism.environment.agents
        found = np.empty(((span[1] - span[0]) * ((1 << agents) - 1), 2), np.int64)
        m = list_violations(self.context.table, self._masks(), self.context.reach, self._extensions(), span, found)
        return found[:m]

    def _run_enforced(self, span: Block) -> BlockResult:
        count, rank = 0, None
        room = max(1, 2_000_000 >> self.mechanism.environment.agents)
        for start in range(span[0], span[1], room):
            pairs = self._listed((start, min(span[1], start + room)))
            gains = np.empty(len(pairs), np.int64)
            best_reports(self.context.table, pairs, ENFORCED, False, gains)
            for (profile, mask), gain in zip(pairs[gains >= 0].tolist(), gains[gains >= 0].tolist(), strict=True):
                candidate = self._rank(gain, mask, profile)
                rank = candidate if rank is None or candidate < rank else rank
                count += 1
            if self.options.first and count:
                break
        return BlockResult(count, rank)

    def _run_options(self, block: Block) -> BlockResult:
        first, last, mask = block
        env = self.mechanism.environment
        inside = prod(env.sizes[i] for i in members_of(mask, env.agents))
        found = np.empty(((last - first) * inside, 2), np.int64)
        rows = found[: scan_options(self.context.table, mask, self.axiom.rule, (first, last), found)]
        if not len(rows):
            return BlockResult()
        if self.options.first:
            best = rows[np.lexsort((rows[:, 1], rows[:, 0]))[0]]
        else:
            best = rows[np.lexsort((rows[:, 0], -rows[:, 1]))[0]]
        return BlockResult(len(rows), self._rank(int(best[1]), mask, int(best[0])))

    @cached_property
    def _replies(self) -> np.ndarray:
        """(n, K, P) bool: which reports are best replies to the others', by true type."""
        env = self.mechanism.environment
        shape = (env.agents, max(env.sizes), env.profiles)
        if prod(shape) > self.options.memory:
            raise SizeError(
                f"counting {self.options.count} needs {prod(shape)} bytes; use --count coalitions", prod(shape)
            )
        replies = np.zeros(shape, np.bool_)

        def fill(agent: int) -> None:
            best_replies(self.context.table, replies, agent)

        for _ in self.context.pool.map(fill, range(env.agents)):
            pass
        return replies

    def _unit_cost(self) -> float:
        n = self.mechanism.environment.agents
        if self.axiom.rule == ENFORCED:
            return self.cost() / self.mechanism.environment.profiles + 2.0 * n * self.mechanism.environment.profiles
        return min(4.0 * self.mechanism.outcomes * n * float(1 << n), 8.0 * self.mechanism.environment.profiles)

    def _counts_by_lattice(self) -> bool:
        return ways_bytes(self.mechanism) <= min(self.options.memory, 8 << 30)

    def _run_units(self, span: Block) -> BlockResult:
        bounds = self.bounds
        unit = ("profile-pairs", "triples").index(self.options.count)
        if self.axiom.rule == ENFORCED:
            units = count_enforced(self.context.table, self._replies, self._extensions(), span)
            return BlockResult(int(units[unit]), self._run_enforced(span).rank)
        if self._counts_by_lattice():
            count = count_units(self.context.table, self.context.ways, self.axiom.rule == WEAK, bounds, span)[unit]
        elif bounds[0] == 1:
            count = naive_violations(self.context.table, span, bounds[1], self.axiom.rule == WEAK)[1 + unit]
        else:
            size = ways_bytes(self.mechanism)
            raise SizeError(f"counting {self.options.count} needs {size} bytes; use --count coalitions", size)
        if count == 0:
            return BlockResult()
        gain, mask, profile = best_violation(
            self.context.table, self._masks(), self.context.reach, self._extensions(), span, 0
        )
        return BlockResult(int(count), self._rank(gain, mask, profile))

    def witness(self, rank: Rank) -> Witness:
        """The first joint report, in the order of reports, that gives the coalition of the rank its largest gain."""
        mechanism = self.mechanism
        members, profile = (rank[2], rank[0]) if self.options.first else (rank[2], rank[3])
        mask = coalition_bits_of(members)
        _, reported = best_report(self.context.table, profile, mask, self.axiom.rule, False)
        if reported < 0:
            raise DisagreementError(f"{self.axiom.name}: no joint report of {members} violates at profile {profile}")
        truth, report = mechanism.types_at(profile), mechanism.types_at(reported)
        gains = mechanism.gains(truth, report, members)
        return Witness(truth, tuple(members), tuple(report[i] for i in members), gains)
