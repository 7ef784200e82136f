"""Coalitions as tuples of agents and as words of bits, and how many there are."""

from collections.abc import Iterable
from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np

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
    """The agents of a coalition that is given as a word with agent i at bit i."""
    return tuple(i for i in range(n) if (coalition_bits >> i) & 1)


def coalition_bits_of(members: Iterable[int]) -> int:
    """The coalition of some agents as a word, agent i at bit i."""
    return sum(1 << i for i in members)


def reports_by_size(sizes: tuple[int, ...]) -> CountsBySize:
    """(coalitions, joint types of their members) by number of members 0..n, exact ints."""
    coalitions = [1] + [0] * len(sizes)
    reports = [1] + [0] * len(sizes)
    for size in sizes:
        for m in range(len(sizes), 0, -1):
            coalitions[m] += coalitions[m - 1]
            reports[m] += reports[m - 1] * size
    return CountsBySize(coalitions, reports)


def joint_misreports(sizes: tuple[int, ...], smallest: int, largest: int) -> MisreportCount:
    """(coalitions, joint misreports) with smallest..largest members: sum over D of P prod_{i in D} K_i, exact ints."""
    coalitions, reports = reports_by_size(sizes)
    bounds = range(smallest, min(largest, len(sizes)) + 1)
    return MisreportCount(sum(coalitions[m] for m in bounds), prod(sizes) * sum(reports[m] for m in bounds))


def largest_coalition(n: int, *limits: int | None) -> int:
    """The smallest of n and the limits that are given."""
    return min([n, *(limit for limit in limits if limit is not None)])


def coalitions_by_size(n: int, smallest: int, largest: int) -> list[Members]:
    """All coalitions, by size, then in lexicographic order of the members."""
    return [c for m in range(smallest, min(largest, n) + 1) for c in combinations(range(n), m)]


def comparable_pairs(environment: Environment) -> list[Members]:
    """Pairs of agents with the same types and the same values for the same bundles."""
    env = environment
    return [
        (i, j)
        for i, j in combinations(range(env.agents), 2)
        if env.types[i] == env.types[j]
        and env.bundles[i] == env.bundles[j]
        and env.supplier[i] == env.supplier[j]
        and np.array_equal(env.values[i], env.values[j])
    ]
