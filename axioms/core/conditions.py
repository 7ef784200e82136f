"""The forms in which an axiom restricts a search: pairs of profiles, and something somewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from collude.kernels.search.pairs import Edges, Frame, forbid_marked
from collude.models.errors import SizeError
from collude.models.menu import types_of
from collude.models.space import OutcomeSpace

MOST_PAIRS = 1 << 28
FEW_PROFILES = 128
MARKS = 1 << 24
Alternative = list[tuple[int, frozenset[int]]]
"""Holds iff at every (profile number, outcome numbers) of it the outcome at the profile is one of these."""
Clash = Callable[[np.ndarray, np.ndarray], np.ndarray]


class ProfilePairs(NamedTuple):
    """Pairs of profiles as two arrays (M,) int64 of profile numbers, each unordered pair once."""

    one: np.ndarray
    other: np.ndarray


@dataclass(frozen=True)
class PairRule:
    """Pairs of profiles and what clears the values at them that do not go together.

    Attributes
    ----------
    one, other : (M,) int64, profile numbers
    fill : clears the masks of a half-open span of the pairs
    ns : rough nanoseconds per pair of values
    """

    one: np.ndarray
    other: np.ndarray
    fill: Callable[[Frame, Edges, tuple[int, int]], None]
    ns: float = 4.0


@dataclass(frozen=True)
class Clause:
    """A condition that holds iff, for some group, every literal holds: the outcome at its profile is in its set.

    Attributes
    ----------
    group : (groups + 1,) int64, where the literals of each group start
    profile, index : (literals,) int64
    sets : (S, R) bool; literal l asks for an outcome in sets[index[l]]
    """

    group: np.ndarray
    profile: np.ndarray
    index: np.ndarray
    sets: np.ndarray


def somewhere(profiles: np.ndarray, sets: np.ndarray) -> Clause:
    """The clause that at some of several profiles the outcome is in a set.

    Parameters
    ----------
    profiles : (m,) int
        Profile numbers.
    sets : (m, R) bool, or (1, R)
        Which outcomes are in the set of each profile; one row where the set is the same at all.

    Returns
    -------
    Clause
        One group of a single literal for each profile.
    """
    count = len(profiles)
    index = np.arange(count) if len(sets) > 1 else np.zeros(count, np.int64)
    return Clause(np.arange(count + 1), profiles.astype(np.int64), index, sets)


def neighbours(sizes: tuple[int, ...]) -> ProfilePairs:
    """All pairs of profiles that differ in the report of one agent.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.

    Returns
    -------
    ProfilePairs
        Each unordered pair once, profile numbers in C order.

    Raises
    ------
    SizeError
        If there are more than 2^28 pairs.

    Examples
    --------
    >>> pairs = neighbours((2, 2))
    >>> [*zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)]
    [(0, 2), (1, 3), (0, 1), (2, 3)]
    """
    profiles = int(np.prod(sizes, dtype=np.int64))
    count = profiles * sum(size - 1 for size in sizes) // 2
    if count > MOST_PAIRS:
        raise SizeError(f"{count} pairs of profiles differ in one report; at most {MOST_PAIRS} are held", count)
    numbers = np.arange(profiles, dtype=np.int64)
    one, other = [], []
    stride = profiles
    for size in sizes:
        stride //= size
        own = numbers // stride % size
        for k in range(size):
            base = numbers[own == k]
            for step in range(1, size - k):
                one.append(base)
                other.append(base + step * stride)
    empty = np.empty(0, np.int64)
    return ProfilePairs(np.concatenate([empty, *one]), np.concatenate([empty, *other]))


def pairs_up_to(space: OutcomeSpace, largest: int) -> ProfilePairs:
    """All pairs of profiles that differ in the reports of at most so many agents.

    Parameters
    ----------
    space : OutcomeSpace
        What a search may choose; its profiles are meant.
    largest : int
        The largest number of agents whose reports differ.

    Returns
    -------
    ProfilePairs
        Each unordered pair once.

    Raises
    ------
    SizeError
        If there are more than 2^28 pairs.
    """
    env = space.environment
    profiles = env.profiles
    count = profiles * (profiles - 1) // 2
    if largest > 1 and count > MOST_PAIRS:
        raise SizeError(
            f"{profiles} profiles make {count} pairs; at most {MOST_PAIRS} are held. Use fewer agents or types", count
        )
    if profiles <= FEW_PROFILES:
        pairs = _pairs_of_few(env.sizes, largest)
        return ProfilePairs(pairs.one.copy(), pairs.other.copy())
    return _pairs_within(env.sizes, largest)


@lru_cache(maxsize=64)
def _pairs_of_few(sizes: tuple[int, ...], largest: int) -> ProfilePairs:
    """The pairs of a small problem, kept: making them takes longer than what is done with them."""
    return _pairs_within(sizes, largest)


def _pairs_within(sizes: tuple[int, ...], largest: int) -> ProfilePairs:
    if largest <= 1:
        return neighbours(sizes)
    profiles = prod(sizes)
    one, other = np.triu_indices(profiles, 1)
    if largest < len(sizes):
        differ = np.zeros(len(one), np.int64)
        for own in types_of(sizes, 0, profiles):
            differ += own[one] != own[other]
        one, other = one[differ <= largest], other[differ <= largest]
    return ProfilePairs(one.astype(np.int64), other.astype(np.int64))


def clash_rule(space: OutcomeSpace, largest: int, clash: Clash) -> PairRule:
    """The rule of an axiom that says in NumPy which outcomes clash at two profiles.

    Parameters
    ----------
    space : OutcomeSpace
    largest : int
        Pairs of profiles differ in at most so many reports.
    clash : callable
        From two arrays (m,) of profile numbers to (m, R, R) bool: true at [x, a, b] where outcome a at the first profile of pair
        x does not go with outcome b at the second.

    Returns
    -------
    PairRule

    Raises
    ------
    SizeError
        If there are more than 2^28 pairs of profiles.
    """
    each = max(1, MARKS // space.outcomes**2)

    def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
        for low in range(span[0], span[1], each):
            high = min(span[1], low + each)
            forbid_marked(frame, edges, clash(edges.one[low:high], edges.other[low:high]), (low, high))

    return PairRule(*pairs_up_to(space, largest), fill, 8.0)
