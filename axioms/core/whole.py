"""Axioms about a mechanism as a whole: one answer, found in one piece."""

from abc import abstractmethod
from dataclasses import dataclass

from collude.axioms.core.base import Axiom, Witness
from collude.models.mechanism import Mechanism


@dataclass(frozen=True)
class Violations:
    """How often an axiom is violated, and the violation to show, None if there is none."""

    count: int = 0
    witness: Witness | None = None


class WholeAxiom(Axiom):
    """An axiom whose violations are found by one look at the whole mechanism."""

    @abstractmethod
    def violations(self, mechanism: Mechanism) -> Violations:
        """All violations, counted, and the one to show."""

    def steps(self, mechanism: Mechanism) -> int:
        """Rough number of steps that `violations` takes, an exact int: some 40 ns each."""
        return mechanism.environment.profiles * mechanism.environment.agents

    def bytes_needed(self, mechanism: Mechanism) -> int:
        """Memory without which `violations` cannot be found, an exact int."""
        return 0
