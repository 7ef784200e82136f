"""What all axioms about coalitions share: which sizes, which path, how to count, and the re-check in plain integers."""

from collections.abc import Sequence
from math import prod

import numpy as np

from collude.axioms.core.base import (
    Axiom,
    Block,
    BlockResult,
    CheckOptions,
    Examined,
    Key,
    Witness,
    coalition_blocks,
    coalition_extents,
    joint_misreports,
    largest_coalition,
    mask_of,
    members_of,
)
from collude.axioms.core.check_context import CheckContext, bitset_cost, choose_path, options_cost, ways_bytes
from collude.kernels.coalitions.best import ENFORCED, STRONG, WEAK, best_report, best_reports, best_violation
from collude.kernels.coalitions.count import count_one_word
from collude.kernels.coalitions.count_wide import count_wide
from collude.kernels.coalitions.naive import naive_violations
from collude.kernels.coalitions.options import scan_options
from collude.kernels.coalitions.units import count_units
from collude.kernels.coalitions.walk import list_violations
from collude.kernels.tables import Masks, extension_counts
from collude.models.errors import DisagreementError, SizeError
from collude.models.mechanism import Mechanism

NO_LIMIT = 2**62


class CoalitionalAxiom(Axiom):
    """An axiom that fails where some coalition has a joint misreport its members agree to.

    rule: STRONG (nobody loses, somebody gains), WEAK (everybody gains) or ENFORCED (strong, and each report is a best
    reply). smallest, largest: the sizes of coalitions that count; None for the number of agents.
    """

    unit = "(profile, coalition) pairs"
    rule: int = STRONG
    smallest: int | None = 1
    largest: int | None = None

    def bounds(self, mechanism: Mechanism, question: CheckOptions) -> tuple[int, int]:
        """Smallest and largest coalition size that is looked at."""
        largest = largest_coalition(mechanism.environment.agents, self.largest, question.largest)
        return self.min_coalition_size(mechanism), largest

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The smallest coalition that is looked at."""
        return mechanism.environment.agents if self.smallest is None else self.smallest

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """All profiles, and every joint report of every coalition of the admitted sizes."""
        env = mechanism.environment
        coalitions, reports = joint_misreports(env.sizes, *self.bounds(mechanism, question))
        return Examined(env.profiles, coalitions, reports, env.profiles**2)

    def path(self, mechanism: Mechanism, question: CheckOptions) -> str:
        """ "bitsets" or "options": see docs/algorithms.md."""
        largest = self.bounds(mechanism, question)[1]
        return choose_path(mechanism, question, largest, self.examined(mechanism, question).coalitions)

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """Rough nanoseconds; looking for double-crossers multiplies them by the reports of a coalition."""
        largest = self.bounds(mechanism, question)[1]
        coalitions = self.examined(mechanism, question).coalitions
        simple = min(
            bitset_cost(mechanism.environment.sizes, mechanism.outcomes, coalitions), options_cost(mechanism, largest)
        )
        if self.rule == ENFORCED:
            return simple + 2.0 * self.examined(mechanism, question).joint_misreports
        return simple

    def prepare(self, work: CheckContext) -> None:
        """The lattices and masks that the path needs."""
        units = work.question.count in ("profile-pairs", "triples")
        if units and self._counts_by_lattice(work):
            _ = work.ways
        if units or self.path(work.mechanism, work.question) == "bitsets":
            _ = work.masks, work.reach

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """Spans of profiles; on the path through options, spans of the outsiders' joint types for each coalition."""
        mechanism, question = work.mechanism, work.question
        env = mechanism.environment
        if question.count in ("profile-pairs", "triples"):
            return work.spans(self._unit_cost(mechanism))
        if not self._by_coalition(work):
            per_profile = self.cost(mechanism, question) / env.profiles
            return work.spans(per_profile if self.rule == ENFORCED else 3.0 * per_profile)

        def contexts_each(inside: int, contexts: int) -> int:
            steps = inside * min(inside, mechanism.outcomes) + 1
            return min(int(5e7 / steps), contexts // (2 * work.pieces), 4_000_000 // inside)

        return coalition_blocks(env.sizes, self.bounds(mechanism, question), contexts_each)

    def _by_coalition(self, work: CheckContext) -> bool:
        by_units = work.question.count in ("profile-pairs", "triples")
        return not by_units and self.path(work.mechanism, work.question) == "options"

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """Profiles; on the path through options, the outsiders' joint types for each coalition."""
        if self._by_coalition(work):
            return coalition_extents(work.mechanism.environment.sizes, self.bounds(work.mechanism, work.question))
        return super().extents(work)

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """One block, on the path and in the unit that were chosen."""
        mechanism, question = work.mechanism, work.question
        if question.count in ("profile-pairs", "triples"):
            return self._run_units(work, block)
        if self.path(mechanism, question) == "options":
            return self._run_options(work, block)
        if self.rule == ENFORCED:
            return self._run_enforced(work, block)
        return self._run_bitsets(work, block)

    def _masks(self, work: CheckContext) -> Masks:
        return Masks(work.masks.strict, work.masks.strict) if self.rule == WEAK else work.masks

    def _extensions(self, work: CheckContext) -> np.ndarray:
        bounds = self.bounds(work.mechanism, work.question)
        return np.asarray(extension_counts(work.mechanism.environment.agents, *bounds))

    def _key(self, work: CheckContext, gain: int, mask: int, profile: int) -> Key:
        members = members_of(mask, work.mechanism.environment.agents)
        if work.question.first:
            return (profile, len(members), members)
        return (-gain, len(members), members, profile)

    def _run_bitsets(self, work: CheckContext, span: Block) -> BlockResult:
        masks, extensions = self._masks(work), self._extensions(work)
        limit = 1 if work.question.first else NO_LIMIT
        count = 0
        if work.question.first or work.question.count == "coalitions":
            # Compiling only the one that is needed halves what a first run waits for.
            counter = count_one_word if work.reach.shape[1] == 1 else count_wide
            count, last = counter(work.table, masks, work.reach, extensions, span, limit)  # type: ignore[no-untyped-call]
            if count == 0:
                return BlockResult()
            if work.question.first:
                span = (last, last + 1)
            elif not work.question.witness:
                return BlockResult(count)
        gain, mask, profile = best_violation(work.table, masks, work.reach, extensions, span, 0)
        if profile < 0:
            return BlockResult()
        return BlockResult(count, self._key(work, gain, mask, profile))

    def _listed(self, work: CheckContext, span: Block) -> np.ndarray:
        agents = work.mechanism.environment.agents
        found = np.empty(((span[1] - span[0]) * ((1 << agents) - 1), 2), np.int64)
        m = list_violations(work.table, self._masks(work), work.reach, self._extensions(work), span, found)
        return found[:m]

    def _run_enforced(self, work: CheckContext, span: Block) -> BlockResult:
        count, key = 0, None
        room = max(1, 2_000_000 >> work.mechanism.environment.agents)
        for start in range(span[0], span[1], room):
            pairs = self._listed(work, (start, min(span[1], start + room)))
            gains = np.empty(len(pairs), np.int64)
            best_reports(work.table, pairs, ENFORCED, False, gains)
            for (profile, mask), gain in zip(pairs[gains >= 0].tolist(), gains[gains >= 0].tolist(), strict=True):
                candidate = self._key(work, gain, mask, profile)
                key = candidate if key is None or candidate < key else key
                count += 1
            if work.question.first and count:
                break
        return BlockResult(count, key)

    def _run_options(self, work: CheckContext, block: Block) -> BlockResult:
        first, last, mask = block
        env = work.mechanism.environment
        inside = prod(env.sizes[i] for i in members_of(mask, env.agents))
        found = np.empty(((last - first) * inside, 2), np.int64)
        rows = found[: scan_options(work.table, mask, self.rule, (first, last), found)]
        if not len(rows):
            return BlockResult()
        if work.question.first:
            best = rows[np.lexsort((rows[:, 1], rows[:, 0]))[0]]
        else:
            best = rows[np.lexsort((rows[:, 0], -rows[:, 1]))[0]]
        return BlockResult(len(rows), self._key(work, int(best[1]), mask, int(best[0])))

    def _unit_cost(self, mechanism: Mechanism) -> float:
        n = mechanism.environment.agents
        return min(4.0 * mechanism.outcomes * n * float(1 << n), 8.0 * mechanism.environment.profiles)

    def _counts_by_lattice(self, work: CheckContext) -> bool:
        return ways_bytes(work.mechanism) <= min(work.question.memory, 8 << 30)

    def _run_units(self, work: CheckContext, span: Block) -> BlockResult:
        bounds = self.bounds(work.mechanism, work.question)
        unit = ("profile-pairs", "triples").index(work.question.count)
        if self._counts_by_lattice(work):
            count = count_units(work.table, work.ways, self.rule == WEAK, bounds, span)[unit]
        elif bounds[0] == 1:
            count = naive_violations(work.table, span, bounds[1], self.rule == WEAK)[1 + unit]
        else:
            size = ways_bytes(work.mechanism)
            raise SizeError(f"counting {work.question.count} needs {size} bytes; use --count coalitions", size)
        if count == 0:
            return BlockResult()
        gain, mask, profile = best_violation(work.table, self._masks(work), work.reach, self._extensions(work), span, 0)
        return BlockResult(int(count), self._key(work, gain, mask, profile))

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The first joint report, in the order of reports, that gives the coalition of the key its largest gain."""
        mechanism = work.mechanism
        members, profile = (key[2], key[0]) if work.question.first else (key[2], key[3])
        mask = mask_of(members, mechanism.environment.agents)
        _, reported = best_report(work.table, profile, mask, self.rule, False)
        if reported < 0:
            raise DisagreementError(f"{self.name}: no joint report of {members} violates at profile {profile}")
        truth, report = mechanism.types_at(profile), mechanism.types_at(reported)
        gains = mechanism.gains(truth, report, members)
        return Witness(truth, tuple(members), tuple(report[i] for i in members), gains)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """From the definition: outcomes, gains and best replies recomputed in Python integers."""
        truth, report = witness.profile, witness.reported
        gains = mechanism.gains(truth, report, witness.coalition)
        if gains != witness.gains or not gains:
            return False
        tolerance = mechanism.tolerance
        if self.rule == WEAK:
            return min(gains) > tolerance
        if min(gains) < -tolerance or max(gains) <= tolerance:
            return False
        return self.rule != ENFORCED or all(
            self._replies_best(mechanism, truth[i], i, report) for i in witness.coalition
        )

    @staticmethod
    def _replies_best(mechanism: Mechanism, type_index: int, agent: int, report: tuple[int, ...]) -> bool:
        agreed = mechanism.utility(agent, type_index, mechanism.outcome_at(report))
        for k in range(mechanism.environment.sizes[agent]):
            switched = (*report[:agent], k, *report[agent + 1 :])
            if mechanism.utility(agent, type_index, mechanism.outcome_at(switched)) > agreed + mechanism.tolerance:
                return False
        return True
