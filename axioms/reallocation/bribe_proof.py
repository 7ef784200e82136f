"""Bribe-proofness: nobody gains by a misreport, not even if another agent pays him for it."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Axiom, Block, BlockResult, CheckOptions, Examined, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import axiom
from collude.kernels.deals.bribes import count_bribes
from collude.models.mechanism import Mechanism


@axiom
class BribeProof(Axiom):
    """Violated at (profile, agent i, misreport of i, agent j) iff i and j gain in all, or, for j = i, i gains alone.

    The definition as printed would have the briber gain over the truth of another profile, and fails for j = i.
    """

    name = "bribe-proof"
    definition = "no misreport of one agent gains him something, or gains another agent more than he loses"
    source = "thesis on collusion-proof mechanisms, definition 2.9"
    unit = "(profile, agent, report, briber) bribes"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The agent and the briber."""
        return min(2, mechanism.environment.agents)

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """All profiles, every report of every agent, each with every briber."""
        del question
        env = mechanism.environment
        return Examined(env.profiles, 0, env.profiles * sum(env.sizes) * env.agents, env.profiles * sum(env.sizes))

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """About 4 ns per report and briber."""
        return 4.0 * self.examined(mechanism, question).joint_misreports

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """Spans of profiles."""
        return work.spans(self.cost(work.mechanism, work.question) / work.mechanism.environment.profiles)

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Count and keep the bribe with the largest gain; in order of profiles if the first one is asked for."""
        notes = np.full((1, 6), -1, np.int64)
        count, lowest = count_bribes(work.table, block, notes)
        if not count:
            return BlockResult()
        if work.question.first:
            notes[:] = -1
            count_bribes(work.table, (lowest, lowest + 1), notes)
        total, size, profile, i, j, k = notes[0].tolist()
        members = tuple(sorted({i, j}))
        rank = (size, members, profile, i, k)
        return BlockResult(int(count), (profile, *rank) if work.question.first else (-total, *rank))

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The agent who misreports, the briber, and what each gains before the bribe is paid."""
        mechanism = work.mechanism
        _, _, members, profile, i, k = key
        truth = mechanism.types_at(profile)
        misreport = tuple(k if member == i else truth[member] for member in members)
        witness = Witness(truth, tuple(members), misreport, ())
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        return Witness(
            truth, tuple(members), misreport, gains, {"misreporter": i, "bribe": [_bribe(mechanism, i, witness)]}
        )

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Outcomes and gains are recomputed in Python integers."""
        misreporter = witness.details["misreporter"]
        liars = [i for i, (k, told) in enumerate(zip(witness.profile, witness.reported, strict=True)) if k != told]
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        return (
            liars == [misreporter]
            and misreporter in witness.coalition
            and 1 <= len(witness.coalition) <= 2
            and gains == witness.gains
            and sum(gains) > mechanism.tolerance
        )


def _bribe(mechanism: Mechanism, misreporter: int, witness: Witness) -> str:
    """The bribe that leaves both with the same gain, as a sentence."""
    gains = dict(
        zip(witness.coalition, mechanism.gains(witness.profile, witness.reported, witness.coalition), strict=True)
    )
    if len(gains) == 1:
        return "no bribe is needed"
    (briber,) = set(gains) - {misreporter}
    amount = Fraction(gains[briber] - gains[misreporter], 2) / mechanism.scale
    labels = mechanism.environment.labels
    if amount < 0:
        return f"agent {labels[misreporter]} pays {-amount} to agent {labels[briber]}"
    return f"agent {labels[briber]} pays {amount} to agent {labels[misreporter]}"
