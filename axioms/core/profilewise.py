"""Axioms that fail at a profile, for some agents, by an amount: at one profile alone, or compared with others."""

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.groups import Members
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu, OutcomeTable
from collude.models.space import OutcomeSpace

Amounts = Iterator[tuple[Members, np.ndarray]]


class ProfileAxiom(Axiom):
    """An axiom violated at a profile, for some agents, iff an amount exceeds the tolerance.

    The amount may depend on what happens at other profiles; if it does not, take `OneProfileAxiom`.
    """

    def steps_per_profile(self, mechanism: Mechanism) -> int:
        """Rough number of steps that a profile takes: the agents, unless reports are tried one by one."""
        return mechanism.environment.agents

    @abstractmethod
    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """By how much the axiom fails at each profile of a block: the fast form.

        Parameters
        ----------
        mechanism : Mechanism
        first : int
            The number of the first profile of the block.
        type_indices : (n, B) int64
            The types of every profile.
        outcomes : (B,) int
            The number of the outcome that is looked at for each.

        Yields
        ------
        (tuple of int, (B,) int64)
            The agents concerned, and `scale` times the amounts; the axiom fails where an amount exceeds the tolerance.
        """

    @abstractmethod
    def amount(self, mechanism: Mechanism, profile: Profile, members: Members) -> int:
        """By how much the axiom fails at one profile, from the definition, in Python integers.

        Parameters
        ----------
        mechanism : Mechanism
        profile : tuple of int
            Type indices.
        members : tuple of int
            The agents concerned, as `amounts` yields them.

        Returns
        -------
        int
            What `amounts` has there.
        """

    def misreport(self, mechanism: Mechanism, profile: Profile, members: Members) -> tuple[int, ...] | None:
        """The misreport that shows the violation, for axioms that compare two profiles."""
        return None

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int | Fraction, ...]:
        """What a witness says of an amount; nothing if the violation has no size."""
        return (amount,)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The amount is recomputed in Python integers."""
        amount = self.amount(mechanism, witness.profile, witness.coalition)
        return amount > mechanism.tolerance and witness.gains == self.sizes(mechanism, amount)


class OneProfileAxiom(ProfileAxiom):
    """An axiom whose amount depends on the profile and the outcome there alone: checked and searched for as it is.

    Attributes
    ----------
    discrete : bool
        Whether an amount only says that it fails, not by how much, so that no tolerance may swallow it.
    """

    discrete: bool = False

    @abstractmethod
    def groups(self, table: OutcomeTable) -> list[Members]:
        """The agents concerned, as `amounts` yields them."""

    @abstractmethod
    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """By how much the axiom would fail if an outcome were chosen at a profile, from the definition, in Python integers.

        Parameters
        ----------
        table : OutcomeTable
            The mechanism, or the outcomes on offer.
        profile : tuple of int
            Type indices.
        outcome : int
        members : tuple of int
            The agents concerned, as `groups` has them.

        Returns
        -------
        int
            `scale` times the amount; at most 0 if the axiom holds there.
        """

    def amount(self, mechanism: Mechanism, profile: Profile, members: Members) -> int:
        """That of the outcome that the mechanism chooses."""
        amount = self.amount_at(mechanism, profile, mechanism.outcome_at(profile), members)
        return amount + mechanism.tolerance if self.discrete and amount > 0 else amount

    def allowed(self, space: OutcomeSpace) -> np.ndarray:
        """Where no amount is positive."""
        allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
        for choices in space.choices():
            part = allowed[choices.first : choices.last].reshape(-1)
            for _, amounts in self.amounts(space.sample, 0, choices.type_indices, choices.outcomes):
                part &= amounts <= 0
        return allowed

    def permits(self, menu: Menu, profile: Profile, outcome: int) -> bool:
        """No amount is positive."""
        return all(self.amount_at(menu, profile, outcome, members) <= 0 for members in self.groups(menu))


class OutcomeAxiom(OneProfileAxiom):
    """An axiom on outcomes, the same at every profile: each outcome either fits or does not."""

    discrete = True

    @abstractmethod
    def suits(self, table: OutcomeTable, outcome: int) -> bool:
        """Whether an outcome satisfies the condition, in exact numbers."""

    def groups(self, table: OutcomeTable) -> list[Members]:
        """Nobody in particular."""
        return [()]

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """1 where the outcome does not fit."""
        row = np.array([not self.suits(mechanism, o) for o in range(mechanism.outcomes)], np.int64)
        yield (), row[outcomes] * (1 + mechanism.tolerance)

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """1 if the outcome does not fit."""
        return int(not self.suits(table, outcome))

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """An outcome fits or not: there is no size."""
        return ()
