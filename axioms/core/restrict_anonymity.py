"""Restriction by anonymity: profiles that arise by swapping two agents' types have swapped truthful utilities."""

import numpy as np

from collude.axioms.core.restrict import PairRule, Restriction, restriction
from collude.axioms.fairness.symmetric import comparable_pairs
from collude.kernels.search.pairs import Edges, Frame, forbid_unswapped
from collude.models.mechanism import Mechanism
from collude.models.space import OutcomeSpace


def swapped_pairs(space: OutcomeSpace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(profiles, the same with the types of two agents swapped, the two agents): each unordered pair once."""
    one, other, swaps = [], [], []
    sizes = space.environment.sizes
    numbers = np.arange(len(space.type_indices), dtype=np.int64)
    strides = [int(np.prod(sizes[i + 1 :], dtype=np.int64)) for i in range(len(sizes))]
    for i, j in comparable_pairs(space.sample):
        partner = numbers + (space.type_indices[:, j] - space.type_indices[:, i]) * (strides[i] - strides[j])
        keep = numbers <= partner
        one.append(numbers[keep])
        other.append(partner[keep])
        swaps.append(np.tile(np.array([[i, j]], np.int64), (int(keep.sum()), 1)))
    return np.concatenate(one), np.concatenate(other), np.concatenate(swaps)


@restriction
class Anonymous(Restriction):
    """Swapped types, swapped utilities."""

    name = "anonymous"

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """Equal types have equal utilities: a profile with two equal types is its own swap."""
        allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
        for i, j in comparable_pairs(space.sample):
            for k in range(space.environment.sizes[i]):
                where = (space.type_indices[:, i] == k) & (space.type_indices[:, j] == k)
                allowed[where] &= space.utility[i, k] == space.utility[j, k]
        return allowed

    def pairs(self, space: OutcomeSpace) -> list[PairRule]:
        """Profiles and their swaps; a profile may be its own."""
        one, other, swaps = swapped_pairs(space)

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_unswapped(frame, edges, swaps, span)

        return [PairRule(one, other, fill, 2.0 * space.environment.agents)]


@restriction
class WeaklySymmetric(Restriction):
    """Where all types coincide, all utilities do: `weakly-symmetric`."""

    name = "weakly-symmetric"

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """All agents must have the same types."""
        n = space.environment.agents
        same = len(comparable_pairs(space.sample)) == n * (n - 1) // 2
        return "" if same else "the agents do not have the same types and values"

    def unary(self, space: OutcomeSpace) -> np.ndarray:
        """Equal utilities on the diagonal."""
        allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
        for p in np.flatnonzero((space.type_indices == space.type_indices[:, :1]).all(axis=1)):
            type_index = space.type_indices[p, 0]
            allowed[p] = (space.utility[:, type_index] == space.utility[0, type_index]).all(axis=0)
        return allowed

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """In Python integers."""
        del space
        env = mechanism.environment
        for type_index in range(env.sizes[0]):
            outcome = mechanism.outcome_at((type_index,) * env.agents)
            if len({mechanism.utility(i, type_index, outcome) for i in range(env.agents)}) > 1:
                return False
        return True
