"""What all axioms share that look at one profile at a time: an amount per profile that must not be positive."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from collude.axioms.core.base import Axiom, Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.models.mechanism import Mechanism, Profile

Amounts = Iterator[tuple[tuple[int, ...], np.ndarray]]


class ProfileAxiom(Axiom):
    """An axiom violated at a profile, for some agents, iff an amount exceeds the tolerance."""

    @abstractmethod
    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """For a block of profiles from number `first`: (agents concerned, scaled amounts (B,) int64), one after another.

        type_indices: (n, B) int64; outcomes: (B,) outcome numbers.
        """

    @abstractmethod
    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The same amount at one profile from the definition, in Python integers."""

    def misreport(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> tuple[int, ...] | None:
        """The misreport that shows the violation, for axioms that compare two profiles."""
        del mechanism, profile, members
        return None

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """What a witness tells of an amount; nothing if the violation has no size."""
        del mechanism
        return (amount,)

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """Spans of profiles."""
        return work.spans(50.0 * work.mechanism.environment.agents)

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Count and keep the largest amount; ties by fewer agents, agent order, profile order."""
        mechanism = work.mechanism
        count, key = 0, None
        for first, type_indices, outcomes in mechanism.blocks(*block):
            for members, amounts in self.amounts(mechanism, first, type_indices, outcomes):
                wrong = amounts > mechanism.tolerance
                found = int(wrong.sum())
                if not found:
                    continue
                count += found
                at = int(wrong.argmax()) if work.question.first else int(amounts.argmax())
                rank: Key = (len(members), members, first + at)
                candidate = (first + at, *rank) if work.question.first else (-int(amounts[at]), *rank)
                key = candidate if key is None or candidate < key else key
            if work.question.first and key is not None:
                break
        return BlockResult(count, key)

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """The profile, the agents, and by how much."""
        mechanism, members = work.mechanism, tuple(key[2])
        profile = mechanism.types_at(key[3])
        gains = self.sizes(mechanism, self.amount(mechanism, profile, members))
        return Witness(profile, members, self.misreport(mechanism, profile, members), gains)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The amount is recomputed in Python integers."""
        amount = self.amount(mechanism, witness.profile, witness.coalition)
        return amount > mechanism.tolerance and witness.gains == self.sizes(mechanism, amount)
