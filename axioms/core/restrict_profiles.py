"""Restrictions that look at one profile at a time: the amounts of the axioms themselves, which must not be positive."""

from typing import cast

import numpy as np

from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.core.restrict import Restriction, axiom_named, restriction
from collude.models.space import OutcomeSpace

BLOCK = 1 << 18


class Profilewise(Restriction):
    """An axiom on single profiles."""

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """Where no amount of the axiom of this name is positive."""
        axiom = cast(ProfileAxiom, axiom_named(self.name))
        profiles, outcomes = len(space.type_indices), space.outcomes
        allowed = np.ones((profiles, outcomes), np.bool_)
        each = max(1, BLOCK // outcomes)
        numbers = np.arange(outcomes)
        for start in range(0, profiles, each):
            type_indices = np.repeat(space.type_indices[start : start + each].T, outcomes, axis=1)
            repeated = np.tile(numbers, type_indices.shape[1] // outcomes)
            part = allowed[start : start + each].reshape(-1)
            for _, amounts in axiom.amounts(space.sample, 0, type_indices, repeated):
                part &= amounts <= 0
        return allowed


@restriction
class IndividuallyRational(Profilewise):
    """Nobody below 0."""

    name = "individually-rational"


@restriction
class BudgetBalanced(Profilewise):
    """Transfers sum to zero."""

    name = "budget-balanced"


@restriction
class NoDeficit(Profilewise):
    """Transfers sum to at most zero."""

    name = "no-deficit"


@restriction
class NoFreeLunch(Profilewise):
    """Who receives goods pays."""

    name = "no-free-lunch"


@restriction
class Symmetric(Profilewise):
    """Equal types, equal utilities."""

    name = "symmetric"


@restriction
class EnvyFree(Profilewise):
    """Nobody prefers another's share."""

    name = "envy-free"


@restriction
class Efficient(Profilewise):
    """The sum of values is maximal."""

    name = "efficient"
