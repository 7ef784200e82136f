"""Restriction by anonymity: profiles that arise by swapping two agents' types have swapped truthful utilities."""

import numpy as np

from collude.axioms.restrict import PairRule, Restriction, restriction
from collude.axioms.symmetric import comparable_pairs
from collude.kernels.pairs import Edges, Frame, forbid_unswapped
from collude.models.mechanism import Mechanism
from collude.models.space import Space


def swapped_pairs(space: Space) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(profiles, the same with the types of two agents swapped, the two agents): each unordered pair once."""
    one, other, swaps = [], [], []
    sizes = space.environment.sizes
    numbers = np.arange(len(space.kinds), dtype=np.int64)
    strides = [int(np.prod(sizes[i + 1 :], dtype=np.int64)) for i in range(len(sizes))]
    for i, j in comparable_pairs(space.sample):
        partner = numbers + (space.kinds[:, j] - space.kinds[:, i]) * (strides[i] - strides[j])
        keep = numbers <= partner
        one.append(numbers[keep])
        other.append(partner[keep])
        swaps.append(np.tile(np.array([[i, j]], np.int64), (int(keep.sum()), 1)))
    return np.concatenate(one), np.concatenate(other), np.concatenate(swaps)


@restriction
class Anonymous(Restriction):
    """Swapped types, swapped utilities."""

    name = "anonymous"

    def unary(self, space: Space) -> np.ndarray:
        """Equal types have equal utilities: a profile with two equal types is its own swap."""
        allowed = np.ones((len(space.kinds), space.outcomes), np.bool_)
        for i, j in comparable_pairs(space.sample):
            for k in range(space.environment.sizes[i]):
                where = (space.kinds[:, i] == k) & (space.kinds[:, j] == k)
                allowed[where] &= space.utility[i, k] == space.utility[j, k]
        return allowed

    def pairs(self, space: Space) -> list[PairRule]:
        """Profiles and their swaps; a profile may be its own."""
        one, other, swaps = swapped_pairs(space)

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_unswapped(frame, edges, swaps, span)

        return [PairRule(one, other, fill, 2.0 * space.environment.agents)]


@restriction
class WeaklySymmetric(Restriction):
    """Where all types coincide, all utilities do: `weakly-symmetric`."""

    name = "weakly-symmetric"

    def objection(self, space: Space) -> str:
        """All agents must have the same types."""
        n = space.environment.agents
        same = len(comparable_pairs(space.sample)) == n * (n - 1) // 2
        return "" if same else "the agents do not have the same types and values"

    def unary(self, space: Space) -> np.ndarray:
        """Equal utilities on the diagonal."""
        allowed = np.ones((len(space.kinds), space.outcomes), np.bool_)
        for p in np.flatnonzero((space.kinds == space.kinds[:, :1]).all(axis=1)):
            kind = space.kinds[p, 0]
            allowed[p] = (space.utility[:, kind] == space.utility[0, kind]).all(axis=0)
        return allowed

    def holds(self, mechanism: Mechanism, space: Space) -> bool:
        """In Python integers."""
        del space
        env = mechanism.environment
        for kind in range(env.sizes[0]):
            outcome = mechanism.outcome_at((kind,) * env.agents)
            if len({mechanism.utility(i, kind, outcome) for i in range(env.agents)}) > 1:
                return False
        return True
