"""Anonymity in utilities: permuting the types permutes the truthful utilities."""

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.axioms.fairness.symmetric import comparable_pairs
from collude.kernels.tables import profile_strides
from collude.models.mechanism import Mechanism, Profile


@axiom
class Anonymous(ProfileAxiom):
    """Violated at (profile, pair of agents) iff swapping the two types does not swap the two utilities and keep all others.

    Swaps generate all permutations, so this covers every permutation of agents with the same types.
    """

    name = "anonymous"
    definition = "swapping the types of two agents swaps their truthful utilities and changes no other"
    unit = "(profile, pair of agents) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Types can be swapped only between agents with the same type set."""
        return "" if comparable_pairs(mechanism) else "no two agents have the same types and values"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The largest difference in utility of any agent."""
        strides = profile_strides(np.array(mechanism.environment.sizes, np.int64))
        numbers = np.arange(first, first + len(outcomes))
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in comparable_pairs(mechanism):
            swapped = type_indices.copy()
            swapped[[i, j]] = type_indices[[j, i]]
            other = mechanism.outcome[numbers + (type_indices[j] - type_indices[i]) * (strides[i] - strides[j])]
            permuted = mechanism.truthful(swapped, other)
            permuted[[i, j]] = permuted[[j, i]]
            yield (i, j), np.abs(utilities - permuted).max(axis=0)

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """The largest difference in utility of any agent after the swap."""
        i, j = members
        place = {i: j, j: i}
        swapped = tuple(profile[place.get(x, x)] for x in range(len(profile)))
        before, after = mechanism.outcome_at(profile), mechanism.outcome_at(swapped)
        return max(
            abs(
                mechanism.utility(x, profile[x], before)
                - mechanism.utility(place.get(x, x), swapped[place.get(x, x)], after)
            )
            for x in range(len(profile))
        )
