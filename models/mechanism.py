"""Mechanisms: an outcome for every profile, and what every agent gets from every outcome."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collude.kernels.tables import Table
from collude.models.environment import Environment, allocations
from collude.models.environment import show_type as show_type
from collude.models.errors import InputError, SizeError
from collude.models.files.html import html_table, shown
from collude.models.lottery import Branch, Draw, expected_transfers, numbers_of
from collude.models.menu import Menu, OutcomeTable
from collude.models.menu import Profile as Profile
from collude.models.menu import all_profiles as all_profiles
from collude.models.menu import distinct_rows as distinct_rows
from collude.models.menu import types_of as types_of
from collude.models.numbers import brief, guard
from collude.models.pictures.maps import MapKind, draw_map
from collude.models.process.amounts import bytes_in_words, short
from collude.models.process.memory import available_memory
from collude.models.story import holding, money, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

Rule = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
BLOCK = 1 << 15
MOST_ROWS = 12


@shown
@dataclass(frozen=True)
class Outcome:
    """What every agent gets: his bundle (an integer vector) and his transfer (money received)."""

    bundles: tuple[tuple[int, ...], ...]
    transfers: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Mechanism(OutcomeTable):
    """A finite direct mechanism: an outcome for every profile of reports.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    name
        What verdicts call the mechanism.
    outcome
        (P,) int32: the outcome number of each profile, C order, agent n-1 fastest.
    bundle
        (R, n) int32: the number of the bundle that agent i gets in outcome o.
    transfer
        (R, n) int64: `scale` times the money that agent i receives in outcome o.
    scale
        A multiple of environment.scale.
    tolerance
        `scale` times the gain that still counts as none; 0 means exact.
    notes
        What a reader of a verdict has to know, above all the tie rule.
    offered
        The outcomes that it could have chosen from, where that is known, as after a search; see `menu`.
    build_seconds
        How long the outcome table took.
    lotteries
        For each outcome the branches of its lottery, () if it is sure; `transfer` is then the expected one, and bundle numbers
        are mixtures of the environment.

    Raises
    ------
    InputError
        If the parts do not fit together, or an outcome gives goods that do not exist.
    """

    environment: Environment
    name: str
    outcome: np.ndarray
    bundle: np.ndarray
    transfer: np.ndarray
    scale: int
    tolerance: int = 0
    notes: tuple[str, ...] = field(default=())
    offered: Menu | None = field(default=None, repr=False)
    build_seconds: float = 0.0
    lotteries: tuple[Draw, ...] = ()

    def __post_init__(self) -> None:
        env = self.environment
        n, outcomes = env.agents, len(self.bundle)
        if self.outcome.shape != (env.profiles,):
            raise InputError(f"the outcome table has shape {self.outcome.shape}, but there are {env.profiles} profiles")
        if self.bundle.shape != (outcomes, n) or self.transfer.shape != (outcomes, n):
            raise InputError(
                f"bundles have shape {self.bundle.shape} and transfers {self.transfer.shape}; both must have one row "
                f"per outcome and {n} columns, one per agent"
            )
        if self.scale % env.scale:
            raise InputError(f"the scale {self.scale} must be a multiple of the environment's scale {env.scale}")
        if not _below(self.outcome, outcomes):
            raise InputError(f"the outcome table names outcomes outside 0..{outcomes - 1}")
        self._check_bundles()
        wrong = env.infeasible(self.bundle)
        if np.count_nonzero(wrong):
            raise InputError(self._impossible(int(np.flatnonzero(wrong)[0])))
        if self.offered is not None and self.offered.scale != self.scale:
            raise InputError(f"the menu has the scale {self.offered.scale}, but the mechanism {self.scale}")
        self._check_lotteries()
        guard(self.bound, "the sum of all utilities")

    def _check_bundles(self) -> None:
        held = [values.shape[1] for values in self.environment.values]
        if _below(self.bundle, np.array(held, np.uint64)):
            return
        for label, column, count in zip(self.environment.labels, self.bundle.T, held, strict=True):
            if not _below(column, count):
                raise InputError(f"agent {label} gets a bundle outside his {count} possible ones")

    def _check_lotteries(self) -> None:
        """Raise InputError unless the lotteries are what the bundle numbers and transfers say, and give what exists."""
        env = self.environment
        if len(self.lotteries) not in (0, self.outcomes) or (env.has_lotteries and not self.lotteries):
            raise InputError("an environment with lotteries needs one for each outcome, () where it is sure")
        for o, draw in enumerate(self.lotteries):
            if not draw:
                if any(b >= len(env.bundles[i]) for i, b in enumerate(self.bundle[o].tolist())):
                    raise InputError(f"outcome {o} gives a lottery over bundles, but its branches are not stated")
                continue
            money = [x * self.scale for x in expected_transfers(draw)]
            if numbers_of(env, draw) != tuple(self.bundle[o].tolist()) or money != self.transfer[o].tolist():
                raise InputError(f"the bundles and transfers of outcome {o} are not the expectation of its lottery")
            for branch in draw:
                if env.infeasible(np.array([branch.bundles], np.int64))[0]:
                    given = ", ".join(str(env.bundles[i][b]) for i, b in enumerate(branch.bundles))
                    raise InputError(f"a lottery has the bundles {given}, which give goods that do not exist")

    def _impossible(self, outcome: int) -> str:
        profile = int(np.flatnonzero(self.outcome == outcome)[0]) if (self.outcome == outcome).any() else None
        place = f" at {self.describe(self.types_at(profile))}" if profile is not None else ""
        given = ", ".join(str(self.bundle_of(outcome, i)) for i in range(self.environment.agents))
        return f"the bundles {given}{place} give goods that do not exist"

    def __repr__(self) -> str:
        outcomes = f"{self.outcomes} outcome{'s' * (self.outcomes != 1)}"
        return f"Mechanism({title(self)}: {self.environment.profiles} profiles, {outcomes})"

    def _repr_html_(self) -> str:
        env, rows = self.environment, []
        for profile in islice(all_profiles(env), MOST_ROWS):
            outcome = self.outcome_at(profile)
            agents = [(holding(self, i, outcome), money(self, i, outcome)) for i in range(env.agents)]
            rows.append([self.describe(profile), *(", ".join(filter(None, parts)) for parts in agents)])
        more = f" (the first {len(rows)} of {env.profiles} profiles)" if len(rows) < env.profiles else ""
        return html_table(["profile", *(f"agent {label}" for label in env.labels)], rows, title(self) + more)

    def plot(self, what: MapKind = "winner", ax: "Place" = None) -> "Axes":
        """Draw a mechanism with two agents as a map: one cell for each pair of true types.

        Parameters
        ----------
        what : {"winner", "price", "gain"}
            Who gets what; what is paid for it; the largest total gain of a coalition by a joint misreport.
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        InputError
            Without matplotlib, for another map, and for more than 200 types of an agent.
        NotApplicableError
            Unless there are two agents; for prices without money.
        """
        return draw_map(self, self.outcome, what, self.name, ax)

    @property
    def exact(self) -> bool:
        """True if every number is exact and ties are ties."""
        return self.tolerance == 0

    @cached_property
    def menu(self) -> Menu:
        """The outcomes that could have been chosen: those of the search that found the mechanism; else, without money, all
        feasible allocations of the environment; else the outcomes that the mechanism has."""
        if self.offered is not None:
            return self.offered
        env = self.environment
        if not env.ordinal:
            return Menu(env, self.bundle, self.transfer, self.scale)
        given = allocations(env)
        return Menu(env, given, np.zeros(given.shape, np.int64), self.scale)

    @cached_property
    def bound(self) -> int:
        """No sum of utilities, gains or transfers over the agents that a kernel forms exceeds this, in scaled units."""
        values = sum(self.environment.largest) * (self.scale // self.environment.scale)
        sizes = np.abs(self.transfer).astype(np.uint64)  # unsigned: the least int64 has no absolute value in int64
        return int(4 * (values + sum(np.maximum.reduce(sizes, axis=0).tolist())) + abs(self.tolerance))

    @cached_property
    def table(self) -> Table:
        """The mechanism as arrays for the kernels; see `collude.kernels.Table`."""
        env = self.environment
        factor = self.scale // env.scale
        allocation = np.empty((env.agents, self.outcomes), np.int32)
        pairs = np.empty((self.outcomes, 2), np.int64)
        every: list[np.ndarray] = []
        for i in range(env.agents):
            pairs[:, 0], pairs[:, 1] = self.bundle[:, i], self.transfer[:, i]
            allocation[i], known = distinct_rows(iter([pairs]), len(pairs))
            every.append(known)
        utility = np.zeros((env.agents, max(env.sizes), max(map(len, every))), np.int64)
        for values, known, out in zip(env.values, every, utility, strict=True):
            np.multiply(values.take(known[:, 0], axis=1), factor, out=out[: len(values), : len(known)])
            out[: len(values), : len(known)] += known[:, 1]
        return Table(self.outcome, np.array(env.sizes, np.int64), allocation, utility, self.tolerance)

    def number(self, profile: Profile) -> int:
        """The number of a profile of type numbers."""
        number = 0
        for type_index, size in zip(profile, self.environment.sizes, strict=True):
            number = number * size + type_index
        return number

    def types_at(self, number: int) -> Profile:
        """The profile of type numbers with this number."""
        type_indices = []
        for size in reversed(self.environment.sizes):
            number, type_index = divmod(number, size)
            type_indices.append(type_index)
        return tuple(reversed(type_indices))

    def outcome_at(self, profile: Profile) -> int:
        """The outcome number at a profile of type numbers."""
        return int(self.outcome[self.number(profile)])

    @cached_property
    def outcome_ids(self) -> np.ndarray:
        """(R,) int32: a number for each outcome, the same for outcomes with the same bundles and transfers."""
        rows = np.concatenate([self.bundle.astype(np.int64), self.transfer], axis=1)
        return distinct_rows(iter([rows]), len(rows)).numbers

    def gains(self, truth: Profile, report: Profile, agents: Iterable[int]) -> tuple[int, ...]:
        """`scale` times what each of these agents gains, at his true type, when `report` is reported instead of `truth`."""
        before, after = self.outcome_at(truth), self.outcome_at(report)
        return tuple(self.utility(i, truth[i], after) - self.utility(i, truth[i], before) for i in agents)

    def branches(self, outcome: int) -> Draw:
        """The lottery of an outcome, one branch if it is sure."""
        if self.lotteries and self.lotteries[outcome]:
            return self.lotteries[outcome]
        money = tuple(Fraction(int(x), self.scale) for x in self.transfer[outcome])
        return (Branch(Fraction(1), tuple(self.bundle[outcome].tolist()), money),)

    def show_outcome(self, outcome: int) -> Outcome:
        """An outcome with bundles and exact transfers."""
        agents = range(self.environment.agents)
        return Outcome(
            tuple(self.bundle_of(outcome, i) for i in agents),
            tuple(Fraction(int(self.transfer[outcome, i]), self.scale) for i in agents),
        )

    def describe(self, profile: Profile) -> str:
        """A profile of type numbers in the words of the environment."""
        types = self.environment.types
        return "(" + ", ".join(show_type(types[i][k]) for i, k in enumerate(profile)) + ")"

    def named(self, name: str, *notes: str) -> "Mechanism":
        """The same mechanism under another name, with further notes."""
        return replace(self, name=name, notes=(*self.notes, *notes))

    def blocks(self, start: int, stop: int) -> Iterator["ProfileBlock"]:
        """The profiles start..stop-1 in blocks of at most 2^15."""
        for first in range(start, stop, BLOCK):
            last = min(stop, first + BLOCK)
            yield ProfileBlock(first, types_of(self.environment.sizes, first, last), self.outcome[first:last])

    def truthful(self, type_indices: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
        """Truthful utilities (n, B) int64 for a block of type numbers (n, B) and outcomes (B,)."""
        table = self.table
        width = table.utility.shape[2]
        utilities = np.empty(type_indices.shape, np.int64)
        for i, (worth, allocation) in enumerate(zip(table.utility, table.allocation, strict=True)):
            utilities[i] = worth.reshape(-1).take(type_indices[i] * width + allocation.take(outcomes))
        return utilities


def _below(numbers: np.ndarray, limit: int | np.ndarray) -> bool:
    """Whether all numbers are at least 0 and below the limit; as an unsigned word, a negative one is beyond all limits."""
    return bool(np.count_nonzero(numbers.astype(np.uint64) < limit) == numbers.size)


class ProfileBlock(NamedTuple):
    """Consecutive profiles. first: number of the first one; type_indices: (n, B) int64; outcomes: (B,) int32."""

    first: int
    type_indices: np.ndarray
    outcomes: np.ndarray


def require_mechanism(given: object) -> None:
    """Refuse, with what to write instead, anything but a mechanism.

    Parameters
    ----------
    given
        What came in its place.

    Raises
    ------
    InputError
    """
    if isinstance(given, Mechanism):
        return
    if isinstance(given, str):
        raise InputError(
            f"a mechanism is needed, not the text {brief(given)}; write co.mechanism({brief(given)}, environment) for a "
            "name, co.load(...) for a file"
        )
    raise InputError(
        f"a mechanism is needed, not an object of the type {type(given).__name__}; co.mechanism and co.load make one"
    )


def from_blocks(
    environment: Environment,
    name: str,
    blocks: Iterator[np.ndarray],
    scale: int,
    tolerance: int = 0,
    notes: tuple[str, ...] = (),
) -> Mechanism:
    """A mechanism from rows of outcomes, one per profile, that come in blocks.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    name
        What verdicts call the mechanism.
    blocks
        (B, 2 n) int64 arrays, profiles in C order: bundle numbers, then `scale` times transfers.
    scale, tolerance, notes
        As of `RuleDraft`.

    Raises
    ------
    InputError
        If bundles do not exist, or more goods are given than there are.
    SizeError
        If there are too many outcomes, or sums of utilities leave int64.
    """
    n = environment.agents
    numbers, known = distinct_rows(blocks, environment.profiles)
    return Mechanism(
        environment=environment,
        name=name,
        outcome=numbers,
        bundle=known[:, :n].astype(np.int32),
        transfer=np.ascontiguousarray(known[:, n:]),
        scale=scale,
        tolerance=tolerance,
        notes=notes,
    )


def require_room(environment: Environment) -> None:
    """Refuse an environment whose outcome table cannot be held in memory.

    Parameters
    ----------
    environment
        Its table takes four bytes a profile.

    Raises
    ------
    SizeError
        With the number of bytes.
    """
    needed, free = 4 * environment.profiles, available_memory()
    if needed > free:
        room = f"{bytes_in_words(needed)}, but {bytes_in_words(free)} are free"
        raise SizeError(
            f"{short(environment.profiles)} profiles need a table of {room}; use fewer agents or types", needed
        )
