"""Anonymity in utilities: permuting the types permutes the truthful utilities."""

from dataclasses import dataclass

import numpy as np

from collude.axioms.core.base import agents_who_differ
from collude.axioms.core.conditions import PairRule
from collude.axioms.core.groups import comparable_pairs
from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.search.pairs import Edges, Frame, forbid_unswapped
from collude.kernels.tables import profile_strides
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class Anonymous(ProfileAxiom):
    """Swapping the types of two agents swaps their truthful utilities and changes nobody else's.

    Violated at (profile, pair of agents) by the largest difference in utility of any agent. Swaps generate all permutations, so
    this covers every permutation of agents with the same types.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> co.check(co.second_price(auction), ["anonymous"]).holds
    True
    >>> co.check(co.posted_price(auction, price=1), ["anonymous"]).holds  # the first who accepts gets it
    False
    """

    name = "anonymous"
    definition = "swapping the types of two agents swaps their truthful utilities and changes no other"
    unit = "(profile, pair of agents) pairs"
    identifies = True

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Types can be swapped only between agents with the same type set."""
        return "" if comparable_pairs(mechanism.environment) else "no two agents have the same types and values"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The largest difference in utility of any agent."""
        strides = profile_strides(np.array(mechanism.environment.sizes, np.int64))
        numbers = np.arange(first, first + len(outcomes))
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in comparable_pairs(mechanism.environment):
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

    def allowed(self, space: OutcomeSpace) -> np.ndarray:
        """Equal types have equal utilities: a profile with two equal types is its own swap."""
        allowed = np.ones((len(space.type_indices), space.outcomes), np.bool_)
        for i, j in comparable_pairs(space.environment):
            for k in range(space.environment.sizes[i]):
                where = (space.type_indices[:, i] == k) & (space.type_indices[:, j] == k)
                allowed[where] &= space.utility[i, k] == space.utility[j, k]
        return allowed

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """Profiles and their swaps; a profile may be its own."""
        swaps = swaps_of(space)

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_unswapped(frame, edges, swaps.agents, span)

        return [PairRule(swaps.one, swaps.other, fill, 2.0 * space.environment.agents)]

    def permits(self, menu: Menu, profile: Profile, outcome: int) -> bool:
        """Agents of equal types have equal utilities."""
        return all(
            menu.utility(i, profile[i], outcome) == menu.utility(j, profile[j], outcome)
            for i, j in comparable_pairs(menu.environment)
            if profile[i] == profile[j]
        )

    def reach(self, menu: Menu) -> int:
        """Two agents swap their types."""
        return 2

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray | None:
        """If one profile is the other with two types swapped, the utilities are swapped too."""
        differ = agents_who_differ(one, other)
        if len(differ) != 2 or tuple(differ) not in comparable_pairs(menu.environment):
            return None
        i, j = differ
        if (one[i], one[j]) != (other[j], other[i]):
            return None
        fits = np.ones((menu.outcomes, menu.outcomes), np.bool_)
        for x in range(len(one)):
            y = {i: j, j: i}.get(x, x)
            fits &= menu.utilities(x, one[x])[:, None] == menu.utilities(y, other[y])[None, :]
        return fits


@dataclass(frozen=True)
class Swaps:
    """Pairs of profiles that differ in the names of two agents: one, other (M,) profile numbers, agents (M, 2) int64."""

    one: np.ndarray
    other: np.ndarray
    agents: np.ndarray


def swaps_of(space: OutcomeSpace) -> Swaps:
    """Every profile with the one in which two comparable agents have swapped their types.

    Parameters
    ----------
    space : OutcomeSpace

    Returns
    -------
    Swaps
        Each unordered pair of profiles once; a profile with two equal types is its own partner.
    """
    one, other, agents = [], [], []
    sizes = space.environment.sizes
    numbers = np.arange(len(space.type_indices), dtype=np.int64)
    strides = [int(np.prod(sizes[i + 1 :], dtype=np.int64)) for i in range(len(sizes))]
    for i, j in comparable_pairs(space.environment):
        partner = numbers + (space.type_indices[:, j] - space.type_indices[:, i]) * (strides[i] - strides[j])
        keep = numbers <= partner
        one.append(numbers[keep])
        other.append(partner[keep])
        agents.append(np.tile(np.array([[i, j]], np.int64), (int(keep.sum()), 1)))
    return Swaps(np.concatenate(one), np.concatenate(other), np.concatenate(agents))
