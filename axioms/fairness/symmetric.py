"""Symmetry: agents of equal types get equal utilities at the same profile."""

from itertools import combinations

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


def comparable_pairs(mechanism: Mechanism) -> list[tuple[int, int]]:
    """Pairs of agents with the same types and the same values for the same bundles."""
    env = mechanism.environment
    return [
        (i, j)
        for i, j in combinations(range(env.agents), 2)
        if env.types[i] == env.types[j]
        and env.bundles[i] == env.bundles[j]
        and env.supplier[i] == env.supplier[j]
        and np.array_equal(env.values[i], env.values[j])
    ]


@axiom
class Symmetric(ProfileAxiom):
    """Violated at (profile, pair of agents) iff the two have equal types and unequal truthful utilities."""

    name = "symmetric"
    definition = "agents with equal types get equal truthful utilities"
    unit = "(profile, pair of agents) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Only agents with the same type set can have equal types."""
        return "" if comparable_pairs(mechanism) else "no two agents have the same types and values"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The difference in utility where the types are equal."""
        del first
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in comparable_pairs(mechanism):
            yield (i, j), np.where(type_indices[i] == type_indices[j], np.abs(utilities[i] - utilities[j]), 0)

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The difference in utility, 0 if the types differ."""
        i, j = members
        outcome = mechanism.outcome_at(profile)
        if profile[i] != profile[j]:
            return 0
        return abs(mechanism.utility(i, profile[i], outcome) - mechanism.utility(j, profile[j], outcome))
