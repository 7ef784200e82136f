"""Coalitions as tuples of agents and as words of bits, and how many there are."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import NamedTuple

from collude.models.environment import Environment

Members = tuple[int, ...]


class CountsBySize(NamedTuple):
    """How many coalitions have 0..n members, and how many joint types these have in all: exact ints."""

    coalitions: list[int]
    reports: list[int]


class MisreportCount(NamedTuple):
    """How many coalitions are looked at, and how many (profile, coalition, joint report) triples: exact ints."""

    coalitions: int
    reports: int


def members_of(coalition_bits: int, n: int) -> Members:
    """The agents of a coalition that is given as a word of bits.

    Parameters
    ----------
    coalition_bits : int
        Agent i is a member iff bit i is set.
    n : int
        Number of agents.

    Returns
    -------
    tuple of int
        In increasing order.

    Examples
    --------
    >>> members_of(0b101, 3)
    (0, 2)
    """
    return tuple(i for i in range(n) if (coalition_bits >> i) & 1)


def coalition_bits_of(members: Iterable[int]) -> int:
    """The word of bits that stands for a coalition.

    Parameters
    ----------
    members : iterable of int
        Different agents.

    Returns
    -------
    int
        Bit i is set iff agent i is a member.

    Examples
    --------
    >>> coalition_bits_of((0, 2))
    5
    """
    return sum(1 << i for i in members)


def reports_by_size(sizes: tuple[int, ...]) -> CountsBySize:
    """How many coalitions there are of each size, and how many joint types their members have.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.

    Returns
    -------
    CountsBySize
        Two lists of n + 1 exact ints, by number of members.

    Examples
    --------
    >>> reports_by_size((2, 3))
    CountsBySize(coalitions=[1, 2, 1], reports=[1, 5, 6])
    """
    coalitions = [1] + [0] * len(sizes)
    reports = [1] + [0] * len(sizes)
    for size in sizes:
        for m in range(len(sizes), 0, -1):
            coalitions[m] += coalitions[m - 1]
            reports[m] += reports[m - 1] * size
    return CountsBySize(coalitions, reports)


@lru_cache(maxsize=256)
def joint_misreports(sizes: tuple[int, ...], smallest: int, largest: int) -> MisreportCount:
    """How much there is to look at where every coalition may report anything at every profile.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    smallest, largest : int
        Sizes of the coalitions that are looked at.

    Returns
    -------
    MisreportCount
        The second number is the sum over coalitions of the profiles times the joint reports.

    Examples
    --------
    >>> joint_misreports((2, 3), 1, 2)
    MisreportCount(coalitions=3, reports=66)
    """
    coalitions, reports = reports_by_size(sizes)
    bounds = range(smallest, min(largest, len(sizes)) + 1)
    return MisreportCount(sum(coalitions[m] for m in bounds), prod(sizes) * sum(reports[m] for m in bounds))


def largest_coalition(n: int, *limits: int | None) -> int:
    """The largest number of members that a coalition can have.

    Parameters
    ----------
    n : int
        Number of agents.
    *limits : int or None
        Further bounds; None for no bound.

    Returns
    -------
    int
    """
    return min([n, *(limit for limit in limits if limit is not None)])


def coalitions_by_size(n: int, smallest: int, largest: int) -> list[Members]:
    """All coalitions of certain sizes.

    Parameters
    ----------
    n : int
        Number of agents.
    smallest, largest : int
        Sizes, both included.

    Returns
    -------
    list of tuples of int
        By size, then in lexicographic order of the members.

    Examples
    --------
    >>> coalitions_by_size(3, 2, 5)
    [(0, 1), (0, 2), (1, 2), (0, 1, 2)]
    """
    return [c for m in range(smallest, min(largest, n) + 1) for c in combinations(range(n), m)]


def comparable_pairs(environment: Environment) -> list[Members]:
    """Pairs of agents who differ in nothing but their names: same types, same bundles, same values.

    Parameters
    ----------
    environment : Environment

    Returns
    -------
    list of (int, int)
        With i < j, in lexicographic order.

    Examples
    --------
    >>> import collude as co
    >>> comparable_pairs(co.auction(2, [0, 1])), comparable_pairs(co.trade([0], [1]))
    ([(0, 1)], [])
    """
    return list(environment.interchangeable)
