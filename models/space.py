"""Outcome spaces: what a search may choose at each profile."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from collude.models.environment import MOST_OUTCOMES, Environment, allocations, require_environment
from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, types_of
from collude.models.menu import Menu, distinct_rows
from collude.models.numbers import common_scale, increasing, scaled_array
from collude.models.process.memory import available_memory

ALWAYS_FREE = 1 << 22  # bytes
BLOCK, SMALL_BLOCK = 1 << 18, 1 << 13  # outcomes at profiles


@dataclass(frozen=True, eq=False)
class Cells:
    """Profiles that are decided together.

    Attributes
    ----------
    variable
        (P,) int64: the cell of each profile.
    option
        (P, A) int32: the outcome at each profile if its cell takes value a.
    values
        (V,) int64: number of values of each cell.
    """

    variable: np.ndarray
    option: np.ndarray
    values: np.ndarray


@shown
@dataclass(frozen=True, eq=False)
class OutcomeSpace:
    """What a search may choose at each profile: R outcomes of an environment.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    title
        What the search is called.
    bundle
        (R, n) int32: the number of each agent's bundle.
    transfer
        (R, n) int64: `scale` times money received.
    scale
        A multiple of environment.scale.
    cells
        Which profiles are decided together; None if each by itself.
    grid
        The transfers on offer, if they form a grid.
    notes
        For the reader of what is found.
    """

    environment: Environment
    title: str
    bundle: np.ndarray
    transfer: np.ndarray
    scale: int
    cells: Cells | None = None
    grid: tuple[Fraction, ...] | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def outcomes(self) -> int:
        """Number R of outcomes."""
        return len(self.bundle)

    @cached_property
    def type_indices(self) -> np.ndarray:
        """The types of each profile, (P, n) int64."""
        return np.ascontiguousarray(types_of(self.environment.sizes, 0, self.environment.profiles).T)

    def choices(self) -> Iterator["Choices"]:
        """Every outcome at every profile, in blocks of profiles; a single small block is kept for whoever asks next."""
        each = max(1, BLOCK // self.outcomes)
        if self.environment.profiles * self.outcomes <= SMALL_BLOCK:
            yield self._all_choices
            return
        for first in range(0, self.environment.profiles, each):
            yield self._choices(first, min(self.environment.profiles, first + each))

    @cached_property
    def _all_choices(self) -> "Choices":
        return self._choices(0, self.environment.profiles)

    def _choices(self, first: int, last: int) -> "Choices":
        return Choices(
            first,
            last,
            self.type_indices[first:last].T.repeat(self.outcomes, axis=1),
            np.arange(self.outcomes).reshape(1, -1).repeat(last - first, axis=0).reshape(-1),
        )

    @cached_property
    def menu(self) -> Menu:
        """The outcomes on offer."""
        return Menu(self.environment, self.bundle, self.transfer, self.scale)

    @cached_property
    def sample(self) -> Mechanism:
        """A mechanism that has all outcomes in its table and takes the first one everywhere."""
        env = self.environment
        return Mechanism(
            env,
            self.title,
            np.zeros(env.profiles, np.int32),
            self.bundle,
            self.transfer,
            self.scale,
            offered=self.menu,
        )

    @cached_property
    def utility(self) -> np.ndarray:
        """(n, max K, R) int64: what type k of agent i gets from outcome o."""
        table = self.sample.table
        utility = np.empty((*table.utility.shape[:2], self.outcomes), np.int64)
        for worth, allocation, out in zip(table.utility, table.allocation, utility, strict=True):
            worth.take(allocation, axis=1, out=out)
        return utility

    @cached_property
    def allocation(self) -> np.ndarray:
        """(n, R) int32: number of agent i's bundle and transfer in outcome o."""
        return np.asarray(self.sample.table.allocation)

    def truthful(self) -> np.ndarray:
        """(n, P, R) int64: what each agent gets at each profile from each outcome. Allocates n P R words."""
        return np.stack([self.utility[i][self.type_indices[:, i]] for i in range(self.environment.agents)])

    def mechanism(self, outcome: np.ndarray, name: str = "") -> Mechanism:
        """The mechanism with outcome number outcome[p] at profile p; only the outcomes that occur are kept."""
        ordered = np.sort(outcome)
        used = np.append(ordered[:-1][ordered[1:] != ordered[:-1]], ordered[-1:])
        return Mechanism(
            self.environment,
            name or self.title,
            np.searchsorted(used, outcome).astype(np.int32),
            self.bundle[used],
            self.transfer[used],
            self.scale,
            notes=self.notes,
            offered=self.menu,
        )


class Choices(NamedTuple):
    """Every outcome at consecutive profiles.

    Attributes
    ----------
    first, last : int
        Half-open range of profiles.
    type_indices : (n, B) int64
        The types, each profile once for every outcome.
    outcomes : (B,) int64
        The outcome numbers, all for one profile after another.
    """

    first: int
    last: int
    type_indices: np.ndarray
    outcomes: np.ndarray


def outcome_space(environment: Environment, transfers: Iterable[object] | None = None) -> OutcomeSpace:
    """What a search may choose at each profile: all feasible allocations with all vectors of transfers from a grid.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    transfers
        Increasing numbers, the money that each agent may receive; no money if left out.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        If the transfers do not increase.
    SizeError
        With the number of outcomes, if there are too many to be listed.

    Examples
    --------
    >>> import collude as co
    >>> co.outcome_space(co.auction(2, [0, 1]), range(-3, 4)).outcomes
    147
    """
    require_environment(environment)
    grid = increasing(transfers, "the transfers") if transfers is not None else (Fraction(0),)
    n = environment.agents
    given = allocations(environment)
    count = len(given) * len(grid) ** n
    check_room(environment, count)
    scale = common_scale([Fraction(1, environment.scale), *grid])
    levels = scaled_array(grid, scale, "a transfer")
    each = len(grid) ** n
    money = np.empty((len(given), *(len(grid),) * n, n), np.int64)
    for i in range(n):
        money[..., i] = levels.reshape(-1, *(1,) * (n - 1 - i))
    return OutcomeSpace(
        environment,
        environment.family,
        given.repeat(each, axis=0),
        money.reshape(count, n),
        scale,
        grid=grid if transfers is not None else None,
    )


def check_room(environment: Environment, outcomes: int) -> None:
    """Refuse an outcome space whose tables over profiles and outcomes cannot be held in memory.

    Parameters
    ----------
    environment
        Agents and profiles.
    outcomes
        How many there are.

    Raises
    ------
    SizeError
        With the numbers; also above 2^20 outcomes.
    """
    if outcomes > MOST_OUTCOMES:
        raise SizeError(
            f"there are {outcomes} outcomes; at most {MOST_OUTCOMES} are taken: use a coarser grid of transfers",
            outcomes,
        )
    needed = 9 * environment.agents * environment.profiles * outcomes
    if needed <= ALWAYS_FREE:  # asking the system takes longer than a small search
        return
    free = available_memory()
    if needed > free // 2:
        raise SizeError(
            f"{environment.profiles} profiles times {outcomes} outcomes need {needed / 1e9:.1f} GB, but half of the free "
            f"memory is {free / 2e9:.1f} GB; use fewer types, agents or transfers",
            needed,
        )


def listed_space(
    environment: Environment,
    title: str,
    outcomes: Sequence[tuple[Sequence[int], Sequence[Fraction]]],
    grid: tuple[Fraction, ...] | None = None,
) -> OutcomeSpace:
    """What a search may choose at each profile: one of the outcomes that are listed.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    title
        What the search is called.
    outcomes
        (bundle numbers, transfers) with one entry per agent, feasible in the environment, each outcome once; transfers are
        money received.
    grid
        The transfers on offer, where they form a grid.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        If there is no outcome, one is listed twice, or one has entries for another number of agents.
    SizeError
        If there are too many, or transfers leave int64.

    Examples
    --------
    >>> import collude as co
    >>> env = co.auction(2, [0, 1])
    >>> co.listed_space(env, "free or dear", [((1, 0), (0, 0)), ((0, 1), (0, -1))]).outcomes
    2
    """
    n = environment.agents
    if not outcomes:
        raise InputError("there is no outcome to choose; give at least one")
    for bundles, transfers in outcomes:
        if len(bundles) != n or len(transfers) != n:
            raise InputError(f"an outcome has {len(bundles)} bundles and {len(transfers)} transfers for {n} agents")
    check_room(environment, len(outcomes))
    scale = common_scale([Fraction(1, environment.scale), *(x for _, row in outcomes for x in row)])
    money = np.stack([scaled_array(list(row), scale, "a transfer") for _, row in outcomes])
    rows = np.concatenate([np.array([bundles for bundles, _ in outcomes], np.int64), money], axis=1)
    _, known = distinct_rows(iter([rows]), len(rows))
    if len(known) != len(rows):
        raise InputError("an outcome is listed twice")
    return OutcomeSpace(environment, title, rows[:, :n].astype(np.int32), money, scale, grid=grid)
