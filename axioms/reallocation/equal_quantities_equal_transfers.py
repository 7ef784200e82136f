"""Lemma 2.1: with the outsiders' reports fixed, equal bundles of a group mean equal transfers of that group."""

from collections.abc import Sequence

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
    members_of,
)
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.deals import PER_BLOCK, known_goods
from collude.axioms.core.registry import axiom
from collude.kernels.deals.equal import count_unequal
from collude.models.mechanism import Mechanism


@axiom
class EqualQuantitiesEqualTransfers(Axiom):
    """Violated at (coalition, profile, profile') iff the profiles agree outside the coalition, every member holds the same
    bundle at both, and some member's transfer differs. Each pair of profiles is counted once."""

    name = "equal-quantities-equal-transfers"
    definition = (
        "with the others' reports fixed, a coalition whose members get the same bundles gets the same transfers"
    )
    source = "thesis on collusion-proof mechanisms, lemma 2.1"
    unit = "(coalition, profile, profile') triples"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """Every profile and joint report of every coalition of the admitted sizes."""
        env = mechanism.environment
        reports = joint_misreports(env.sizes, 1, _largest(mechanism, question))[1]
        return Examined(env.profiles, 0, reports, env.profiles**2)

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """A few steps per profile and coalition, and the pairs of outcomes per context."""
        coalitions = joint_misreports(mechanism.environment.sizes, 1, _largest(mechanism, question))[0]
        return 20.0 * mechanism.environment.profiles * coalitions

    def prepare(self, work: CheckContext) -> None:
        """The goods as numbers."""
        known_goods(work.mechanism, False)

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """Spans of the outsiders' joint types for each coalition."""
        bounds = (1, _largest(work.mechanism, work.question))
        return coalition_blocks(work.mechanism.environment.sizes, bounds, lambda inside, _: PER_BLOCK // inside)

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """The outsiders' joint types for each coalition."""
        return coalition_extents(work.mechanism.environment.sizes, (1, _largest(work.mechanism, work.question)))

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Count and keep the pair with the largest difference."""
        first, last, mask = block
        notes = np.full(3, -1, np.int64)
        count = count_unequal(work.table, known_goods(work.mechanism, False), mask, (first, last), notes)
        if not count:
            return BlockResult()
        amount, low, high = notes.tolist()
        members = members_of(mask, work.mechanism.environment.agents)
        rank: Key = (len(members), members, low, high)
        return BlockResult(int(count), (low, *rank) if work.question.first else (-amount, *rank))

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The coalition, both profiles, and by how much each member's transfer rises from the first to the second."""
        mechanism = work.mechanism
        members, low, high = tuple(key[2]), key[3], key[4]
        truth, report = mechanism.types_at(low), mechanism.types_at(high)
        return Witness(truth, members, tuple(report[i] for i in members), _rises(mechanism, truth, report, members))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Bundles and transfers at both profiles are compared again."""
        one, other = mechanism.outcome_at(witness.profile), mechanism.outcome_at(witness.reported)
        rises = _rises(mechanism, witness.profile, witness.reported, witness.coalition)
        same = all(mechanism.bundle_of(one, i) == mechanism.bundle_of(other, i) for i in witness.coalition)
        return same and rises == witness.gains and max(map(abs, rises)) > mechanism.tolerance


def _largest(mechanism: Mechanism, question: CheckOptions) -> int:
    return largest_coalition(mechanism.environment.agents, question.largest)


def _rises(
    mechanism: Mechanism, truth: tuple[int, ...], report: tuple[int, ...], members: tuple[int, ...]
) -> tuple[int, ...]:
    before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
    return tuple(int(mechanism.transfer[after, i]) - int(mechanism.transfer[before, i]) for i in members)
