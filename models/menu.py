"""Profiles, and tables of outcomes: what a mechanism gives, and the menu of outcomes that it could have chosen from."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import NamedTuple, TypeVar

import numpy as np

from collude.kernels.distinct import fill_slots, number_rows
from collude.models.environment import BundleChance, Environment
from collude.models.errors import InputError, SizeError
from collude.models.lottery import Draw

Profile = tuple[int, ...]
MOST_DISTINCT = 2**29 - 1
FEW_PROFILES = 1 << 12
Made = TypeVar("Made")


class OutcomeTable(ABC):
    """Outcomes of an environment: bundles (R, n) int32, transfers (R, n) int64, `scale` times money received.

    What `Mechanism` and `Menu` share: everything that can be asked of an outcome without knowing where it is chosen.
    """

    environment: Environment
    bundle: np.ndarray
    transfer: np.ndarray
    scale: int
    lotteries: tuple[Draw, ...] = ()

    @property
    @abstractmethod
    def menu(self) -> "Menu":
        """The outcomes that could have been chosen."""

    @property
    def outcomes(self) -> int:
        """Number R of outcomes."""
        return len(self.bundle)

    def utility(self, agent: int, type_index: int, outcome: int) -> int:
        """`scale` times what an agent of type number `type_index` gets from an outcome, a plain int."""
        env = self.environment
        value = int(env.values[agent][type_index, self.bundle[outcome, agent]])
        return value * (self.scale // env.scale) + int(self.transfer[outcome, agent])

    def bundle_of(self, outcome: int, agent: int) -> tuple[int, ...]:
        """The bundle, an integer vector, that an agent gets in an outcome. InputError if it is a lottery over bundles."""
        bundles, number = self.environment.bundles[agent], int(self.bundle[outcome, agent])
        if number >= len(bundles):
            raise InputError(f"outcome {outcome} is a lottery; this needs sure outcomes")
        return bundles[number]

    def spread_of(self, outcome: int, agent: int) -> tuple[BundleChance, ...]:
        """The bundles that an agent may get in an outcome, with their probabilities; one with 1 unless it is a lottery."""
        return self.environment.spread(agent, int(self.bundle[outcome, agent]))

    def money_of(self, outcome: int, agent: int) -> Fraction:
        """The money that an agent receives in an outcome."""
        return Fraction(int(self.transfer[outcome, agent]), self.scale)

    @cached_property
    def _made(self) -> dict[object, object]:
        return {}

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """What `make` returns, made at most once for each key and kept as long as the table itself."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]


class Menu(OutcomeTable):
    """The outcomes that could have been chosen, with plain arithmetic on them for definitions and second opinions.

    Parameters
    ----------
    environment : Environment
    bundle : (R, n) int32, number of the bundle of each agent
    transfer : (R, n) int64, `scale` times the money that each agent receives
    scale : int
    """

    def __init__(self, environment: Environment, bundle: np.ndarray, transfer: np.ndarray, scale: int) -> None:
        self.environment, self.bundle, self.transfer, self.scale = environment, bundle, transfer, scale

    @property
    def menu(self) -> "Menu":
        """Itself."""
        return self

    @cached_property
    def table(self) -> np.ndarray:
        """What type k of agent i gets from outcome o, (n, largest K, R) int64; 0 beyond an agent's types."""
        env = self.environment
        table = np.zeros((env.agents, max(env.sizes), self.outcomes), np.int64)
        for i, values in enumerate(env.values):
            table[i, : len(values)] = values[:, self.bundle[:, i]] * (self.scale // env.scale) + self.transfer[:, i]
        return table

    @cached_property
    def profiles(self) -> list[Profile]:
        """All profiles of type indices, in C order."""
        profiles: list[Profile] = [()]
        for size in self.environment.sizes:
            profiles = [(*profile, k) for profile in profiles for k in range(size)]
        return profiles

    @cached_property
    def numbers(self) -> dict[Profile, int]:
        """The number of each profile."""
        return {profile: number for number, profile in enumerate(self.profiles)}

    def utilities(self, agent: int, type_index: int) -> np.ndarray:
        """What a type of an agent gets from each outcome, (R,) int64, made of plain ints one by one."""
        return self.once(
            ("utilities", agent, type_index),
            lambda: np.array([self.utility(agent, type_index, o) for o in range(self.outcomes)], np.int64),
        )

    def rises(self, agent: int, type_index: int) -> np.ndarray:
        """[a, b]: what a type of an agent gains when outcome b replaces outcome a, (R, R) int64."""
        row = self.utilities(agent, type_index)
        return self.once(("rises", agent, type_index), lambda: row[None, :] - row[:, None])

    def most(self, agent: int, type_index: int) -> int:
        """The largest utility on offer for a type of an agent."""
        return int(self.utilities(agent, type_index).max())


class DistinctRows(NamedTuple):
    """The rows of a table, numbered. numbers: (total,) int32; rows: (R, c) int64, in the order of first appearance."""

    numbers: np.ndarray
    rows: np.ndarray


def distinct_rows(blocks: Iterator[np.ndarray], total: int) -> DistinctRows:
    """Number the distinct rows of a table that comes in blocks.

    Parameters
    ----------
    blocks
        (B, c) int64 arrays.
    total
        Rows in all blocks.

    Returns
    -------
    DistinctRows

    Raises
    ------
    SizeError
        If there are more than about 5 * 10^8 distinct rows.

    Notes
    -----
    One pass with a hash table; memory for the distinct rows only.
    """
    numbers = np.empty(total, np.int32)
    known = np.empty((0, 0), np.uint64)
    slots = np.empty(0, np.int32)
    count = done = 0
    for block in blocks:
        rows = np.ascontiguousarray(block, np.int64).view(np.uint64)
        if not known.size:
            room = 64 if total <= 64 else 1024
            known = np.empty((room, rows.shape[1]), np.uint64)
            slots = np.full(4 * room, -1, np.int32)
        at = 0
        while True:
            step, count = number_rows(rows[at:], known, count, slots, numbers[done + at : done + len(rows)])
            at += step
            if at == len(rows):
                break
            if count >= MOST_DISTINCT:
                raise SizeError(f"the mechanism has more than {count} distinct outcomes; use a smaller grid", count)
            known = np.concatenate([known, np.empty_like(known)])
            slots = np.full(4 * len(slots) if len(slots) < 2 * len(known) else len(slots), -1, np.int32)
            fill_slots(known, count, slots)
        done += len(rows)
    return DistinctRows(numbers, known[:count].view(np.int64))


def types_of(sizes: tuple[int, ...], start: int, stop: int) -> np.ndarray:
    """The type indices of consecutive profiles.

    Parameters
    ----------
    sizes
        Number of types of each agent.
    start, stop
        Numbers of profiles in C order, stop excluded.

    Returns
    -------
    ndarray
        (n, stop - start) int64.

    Examples
    --------
    >>> types_of((2, 3), 2, 5).tolist()
    [[0, 1, 1], [2, 0, 1]]
    """
    if stop <= FEW_PROFILES and prod(sizes) <= FEW_PROFILES:
        return _types_of_few(sizes)[:, start:stop].copy()
    return _types_between(sizes, start, stop)


@lru_cache(maxsize=64)
def _types_of_few(sizes: tuple[int, ...]) -> np.ndarray:
    """The type indices of all profiles, kept: for small tables, working them out takes longer than most of what needs them."""
    return _types_between(sizes, 0, prod(sizes))


def _types_between(sizes: tuple[int, ...], start: int, stop: int) -> np.ndarray:
    rest = np.arange(start, stop, dtype=np.int64)
    type_indices = np.empty((len(sizes), stop - start), np.int64)
    for i in range(len(sizes) - 1, -1, -1):
        rest, type_indices[i] = np.divmod(rest, sizes[i])
    return type_indices


def all_profiles(environment: Environment) -> Iterator[Profile]:
    """Every profile of type indices in C order, the last agent fastest.

    Parameters
    ----------
    environment
        Whose profiles are meant.
    """
    return product(*(range(size) for size in environment.sizes))
