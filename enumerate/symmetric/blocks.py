"""Coalitions of one size beside a stretch of outsiders, laid out for the kernels: truths, options, what can be reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np

from collude.kernels.multisets.options import Blocks, Options, Outsiders, list_truths, mark_reachable, pack_options
from collude.kernels.multisets.ranking import multiset_count, multisets
from collude.models.mechanism import distinct_rows
from collude.models.symmetric.mechanism import SymmetricMechanism

GROUP_IN_PAIRS = 60  # what a coalition costs by itself, in pairs
MOST_PAIRS = 1 << 23
MOST_OUTSIDERS = (1 << 16) - 1  # so that the number of a truth fits into 16 bits
MOST_TRUTHS = 1 << 21
MOST_WORDS = 1 << 24


class TooWideError(Exception):
    """A block has more truths or options than are held at once; the caller cuts it in two."""


@dataclass(frozen=True, eq=False)
class Level:
    """All coalitions of one size, as counts (C, K) int64 in the order of the profile of their members: those with the
    lowest types first; and how many multisets of outsiders there are."""

    size: int
    groups: np.ndarray
    outsiders: int


@dataclass(frozen=True, eq=False)
class OpenBlock:
    """A level beside the outsiders of ranks first .. last - 1, laid out for the kernels. outside : their counts (B, K)."""

    level: Level
    first: int
    last: int
    outside: np.ndarray
    blocks: Blocks
    options: Options


def pair_count(agents: int, types: int) -> int:
    """How many pairs (outsiders, non-empty coalition) of multisets there are.

    Parameters
    ----------
    agents : int
    types : int

    Returns
    -------
    int
        Exact, of any size.

    Examples
    --------
    >>> pair_count(12, 10)
    140826595
    """
    return comb(agents + 2 * types - 1, 2 * types - 1) - multiset_count(agents, types)


def level_of(mechanism: SymmetricMechanism, size: int) -> Level:
    """All coalitions of one size.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    size : int
        Number of members.

    Returns
    -------
    Level
    """
    n, types = mechanism.population.agents, len(mechanism.population.types)
    groups = multisets(size, types)
    order = np.lexsort([-groups[:, t] for t in range(types - 1, -1, -1)])
    return Level(size, np.ascontiguousarray(groups[order]), multiset_count(n - size, types))


class Stretch(NamedTuple):
    """The ranks first .. last - 1."""

    first: int
    last: int


def spans_of(groups: int, outsiders: int, pieces: int = 1) -> list[Stretch]:
    """Cut the multisets of outsiders so that all coalitions of a level can be opened beside one stretch at once.

    Parameters
    ----------
    groups : int
        How many coalitions the level has.
    outsiders : int
        How many multisets of outsiders.
    pieces : int
        At least about so many stretches, where there are so many multisets.

    Returns
    -------
    list of Stretch
    """
    width = max(1, min(-(-outsiders // pieces), MOST_PAIRS // groups, MOST_OUTSIDERS))
    return [Stretch(first, min(outsiders, first + width)) for first in range(0, outsiders, width)]


def open_blocks(mechanism: SymmetricMechanism, level: Level, first: int, last: int) -> Iterator[OpenBlock]:
    """The pairs of a level and a span of outsiders, in one block, or in several where one would be too large.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    level : Level
    first, last : int
        Half-open span of ranks of outsiders.

    Yields
    ------
    OpenBlock
    """
    try:
        yield _opened(mechanism, level, first, last)
    except TooWideError:
        middle = (first + last) // 2
        yield from open_blocks(mechanism, level, first, middle)
        yield from open_blocks(mechanism, level, middle, last)


def _opened(mechanism: SymmetricMechanism, level: Level, first: int, last: int) -> OpenBlock:
    types = len(mechanism.population.types)
    outside = multisets(mechanism.population.agents - level.size, types, first, last)
    index, starts, truths = _truths(mechanism, level, outside)
    packed = np.empty((len(truths), types), np.int64)
    pack_options(level.groups, starts, truths, packed)
    option, known = distinct_rows(iter([packed]), len(packed))
    words = (len(known) + 63) // 64
    if words * (last - first) > MOST_WORDS and last - first > 1:
        raise TooWideError
    reach = np.zeros((last - first, words), np.uint64)
    mark_reachable(index, starts, option, reach)
    place, sets = distinct_rows(iter([reach.view(np.int64)]), len(reach))
    shares = (known >> 16).astype(np.int32) - 1
    options = Options(shares, known & 0xFFFF, (known != 0).sum(axis=1))
    blocks = Blocks(level.groups, index, starts, truths, option, place, sets.view(np.uint64))
    return OpenBlock(level, first, last, outside, blocks, options)


def _truths(
    mechanism: SymmetricMechanism, level: Level, outside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(index, starts, truths) of `Blocks`; raises TooWideError if there are too many truths and the block can be cut."""
    types, width, size = outside.shape[1], len(outside), len(level.groups)
    state, states = mechanism.states
    profiles = (state, states, np.full(len(states), -1, np.int32))
    outsiders = _halves(outside, mechanism.ranks)
    index, starts = np.empty((size, width), np.uint16), np.zeros(size + 1, np.int64)
    slots = np.full(1 << (2 * width - 1).bit_length(), -1, np.int32)
    truths = np.empty((max(1 << 16, 4 * width), types), np.int32)
    done = 0
    while True:
        done += list_truths(
            profiles, mechanism.ranks, level.groups[done:], outsiders, index[done:], starts[done:], truths, slots
        )
        if done == size:
            return index, starts, truths[: starts[size]].copy()
        if len(truths) > MOST_TRUTHS and width > 1:
            raise TooWideError
        truths = np.concatenate([truths, np.empty_like(truths)])


def _halves(outside: np.ndarray, table: np.ndarray) -> Outsiders:
    """Multisets of consecutive ranks, cut in halves of lower and of upper types."""
    types = outside.shape[1]
    half = min(types, max(2, (types + 1) // 2))
    sums = np.cumsum(outside, axis=1).astype(np.int32)
    upper = sums[:, half - 1 : types - 1]
    starts = np.flatnonzero(np.concatenate([[True], (upper[1:] != upper[:-1]).any(axis=1)]))
    lower = sum((table[i, sums[:, i - 1]] for i in range(1, half)), np.zeros(len(sums), np.int64))
    members = sums[:, half - 1] if half < types else np.zeros(len(sums), np.int64)
    _, rows, number = np.unique(members * (int(lower.max()) + 1) + lower, return_index=True, return_inverse=True)
    return Outsiders(
        _with_changes(sums[rows, : half - 1], 1),
        _with_changes(upper[starts], half),
        np.append(starts, len(sums)),
        number.ravel()[starts],
    )


def _with_changes(sums: np.ndarray, lowest: int) -> np.ndarray:
    """Rows of partial sums S_lowest, ..., and the largest i at which S_i differs from the row before."""
    changed = np.zeros(len(sums), np.int32)
    changed[1:] = ((sums[1:] != sums[:-1]) * np.arange(lowest, lowest + sums.shape[1])).max(axis=1, initial=0)
    return np.concatenate([sums, changed[:, None]], axis=1)


class Span(NamedTuple):
    """Coalitions of `size` members beside the multisets of outsiders of ranks first .. last - 1."""

    size: int
    first: int
    last: int


def cut_work(mechanism: SymmetricMechanism, sizes: tuple[int, int], target: int = 1) -> list[Span]:
    """Cut all pairs (outsiders, coalition) of some sizes into spans, the most work first, so that few workers end together.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    sizes : (int, int)
        Smallest and largest number of members.
    target : int
        At least about so many spans in all, where there are so many multisets; each level has its part of them.

    Returns
    -------
    list of Span
        The same on every machine.
    """
    n, types = mechanism.population.agents, len(mechanism.population.types)
    levels = {s: (multiset_count(s, types), multiset_count(n - s, types)) for s in range(sizes[0], sizes[1] + 1)}
    whole = sum((outside + GROUP_IN_PAIRS) * groups for groups, outside in levels.values())
    found: list[tuple[int, Span]] = []
    for size, (groups, outside) in levels.items():
        pieces = -(-target * (outside + GROUP_IN_PAIRS) * groups // whole)
        for first, last in spans_of(groups, outside, pieces):
            found.append(((last - first + GROUP_IN_PAIRS) * groups, Span(size, first, last)))
    return [span for _, span in sorted(found, reverse=True)]
