"""The tables that several axioms share while one mechanism is checked: lattice, masks, counts of completions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import Protocol, TypeVar

import numpy as np

from collude.axioms.core.base import unit_of_counting
from collude.axioms.core.groups import reports_by_size
from collude.kernels.coalitions.lattice import SUM, UNION, fold_first, fold_slab, place_counts, place_outcomes
from collude.kernels.deals.splits import Goods
from collude.kernels.tables import OutcomeSets, Table, make_outcome_sets, pattern_strides
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief

MOST_WORDS = 4096
BITSET_NS, OPTION_NS = 2.0, 4.0


Block = tuple[int, ...]
Item = TypeVar("Item")
Result = TypeVar("Result")


class Pool(Protocol):
    """Runs a function over items, several at a time, and yields the results in the order of the items."""

    @property
    def jobs(self) -> int:
        """How many at a time."""
        ...

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items."""
        ...


class OneWorker:
    """A pool that runs everything in the calling thread."""

    jobs = 1

    @staticmethod
    def map(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Run the function over the items one after another."""
        return map(function, items)


@dataclass(frozen=True)
class CheckOptions:
    """How much is asked of a check.

    Attributes
    ----------
    count : a unit of counting or "none"
    witness : look for the worst violation too
    first : stop at the first violation, no count, and show that one instead of the worst
    largest : bound on the size of coalitions; None for no bound
    memory : bytes at hand
    path : "bitsets", "options" or "auto"
    """

    count: str = "coalitions"
    witness: bool = True
    first: bool = False
    largest: int | None = None
    memory: int = 4 << 30
    path: str = "auto"

    def __post_init__(self) -> None:
        unit_of_counting(self.count)
        if self.path not in ("auto", "bitsets", "options"):
            raise InputError(f"the path is auto, bitsets or options, not {brief(self.path)}")
        if self.largest is not None and self.largest < 1:
            raise InputError(f"a coalition has at least 1 member; --max-coalition cannot be {self.largest}")


def cut(total: int, size: int) -> list[Block]:
    """Cut a length into half-open spans that cover it exactly once.

    Parameters
    ----------
    total : int
        The length.
    size : int
        Most entries of a span; at least 1 is taken.

    Returns
    -------
    list of (int, int)

    Examples
    --------
    >>> cut(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    size = max(1, size)
    return [(start, min(total, start + size)) for start in range(0, total, size)]


@dataclass(eq=False)
class CheckContext:
    """One mechanism under examination, with what several axioms share and is built at most once.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    options : CheckOptions
        How much is asked.
    pool : Pool
        Who works.
    workers : int
        Cut blocks for so many; 0 for those of the pool.
    made, goods : dict
        What was built so far.
    """

    mechanism: Mechanism
    options: CheckOptions
    pool: Pool
    workers: int = 0
    made: dict[str, np.ndarray] = field(default_factory=dict)
    goods: dict[bool, Goods] = field(default_factory=dict)

    @property
    def pieces(self) -> int:
        """For how many workers blocks are cut: `workers` if given, so that the cut is the same on every machine."""
        return self.workers or self.pool.jobs

    @property
    def table(self) -> Table:
        """The mechanism's arrays."""
        return self.mechanism.table

    @cached_property
    def masks(self) -> OutcomeSets:
        """Accept and strict sets for strong group strategy-proofness."""
        return OutcomeSets(*make_outcome_sets(self.table))

    @cached_property
    def reach(self) -> np.ndarray:
        """The lattice of reachable outcomes, (patterns, words) uint64."""
        words = words_for(self.mechanism.outcomes)
        outcome, sizes = self.table.outcome, self.table.sizes
        table = np.empty(patterns(self.mechanism.environment.sizes) * words, np.uint64)

        def slab(type_index: int) -> None:
            place_outcomes(outcome, sizes, words, table, type_index)
            fold_slab(table, sizes, words, UNION, type_index)

        return self._fold(table, words, slab, UNION)

    @cached_property
    def ways(self) -> np.ndarray:
        """The lattice of completions per outcome, (patterns, R) int64."""
        outcomes = self.mechanism.outcomes
        outcome, sizes = self.table.outcome, self.table.sizes
        table = np.zeros(patterns(self.mechanism.environment.sizes) * outcomes, np.int64)

        def slab(type_index: int) -> None:
            place_counts(outcome, sizes, outcomes, table, type_index)
            fold_slab(table, sizes, outcomes, SUM, type_index)

        return self._fold(table, outcomes, slab, SUM)

    def _fold(self, table: np.ndarray, width: int, slab: Callable[[int], None], operation: int) -> np.ndarray:
        sizes = self.table.sizes
        for _ in self.pool.map(slab, range(int(sizes[0]))):
            pass

        def last(span: Block) -> None:
            fold_first(table, sizes, width, operation, span)

        length = int(pattern_strides(sizes)[0]) * width
        for _ in self.pool.map(last, cut(length, max(1 << 16, length // (4 * self.pool.jobs) + 1))):
            pass
        return table.reshape(-1, width)

    def spans(self, ns_per_profile: float) -> Sequence[Block]:
        """Blocks of profiles that take about half a second each, and several for each worker where there are several: what a
        block has learnt dismisses much of what follows in it."""
        profiles = self.mechanism.environment.profiles
        each = profiles if self.pieces == 1 else max(2048, profiles / (4 * self.pieces))
        return cut(profiles, int(min(5e8 / max(ns_per_profile, 1.0), each)))


def words_for(outcomes: int) -> int:
    """Count the 64-bit words of a set of outcomes.

    Parameters
    ----------
    outcomes : int
        How many outcomes there are.

    Returns
    -------
    int

    Examples
    --------
    >>> words_for(64), words_for(65)
    (1, 2)
    """
    return (outcomes + 63) >> 6


def patterns(sizes: tuple[int, ...]) -> int:
    """Count the patterns of the lattice: every agent's report is fixed or free.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.

    Returns
    -------
    int

    Examples
    --------
    >>> patterns((2, 3))
    12
    """
    return prod(size + 1 for size in sizes)


def reach_bytes(sizes: tuple[int, ...], outcomes: int) -> int:
    """Bytes of the lattice of reachable outcomes.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    outcomes : int
        How many outcomes there are.

    Returns
    -------
    int

    Examples
    --------
    >>> reach_bytes((2, 3), 5)
    96
    """
    return 8 * words_for(outcomes) * patterns(sizes)


def lattice_bytes(mechanism: Mechanism) -> int:
    """Bytes of the lattice of reachable outcomes and of the outcome sets of all types.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.

    Returns
    -------
    int
    """
    n, width = mechanism.environment.agents, max(mechanism.environment.sizes)
    masks = 16 * words_for(mechanism.outcomes) * n * width * int(mechanism.table.utility.shape[2])
    return reach_bytes(mechanism.environment.sizes, mechanism.outcomes) + masks


def ways_bytes(mechanism: Mechanism) -> int:
    """Bytes of the lattice that counts the completions of each pattern by outcome.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.

    Returns
    -------
    int
    """
    return 8 * patterns(mechanism.environment.sizes) * mechanism.outcomes


@lru_cache(maxsize=256)
def bitset_cost(sizes: tuple[int, ...], outcomes: int, coalitions: int) -> float:
    """Estimate how long a check takes that builds the lattice and settles every profile with it.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    outcomes : int
        How many outcomes there are.
    coalitions : int
        How many coalitions are looked at.

    Returns
    -------
    float
        Nanoseconds on one core, roughly.
    """
    n = len(sizes)
    per_profile = 10.0 * n + 0.5 * coalitions
    return words_for(outcomes) * (BITSET_NS * patterns(sizes) * n + per_profile * prod(sizes))


def options_cost(mechanism: Mechanism, largest: int) -> float:
    """Estimate how long a check takes that goes through the distinct options of each coalition.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    largest : int
        Most members of a coalition.

    Returns
    -------
    float
        Nanoseconds on one core, roughly.
    """
    return _options_cost(mechanism.environment.sizes, mechanism.outcomes, largest)


@lru_cache(maxsize=256)
def _options_cost(sizes: tuple[int, ...], outcomes: int, largest: int) -> float:
    coalitions, reports = reports_by_size(sizes)
    options = sum(min(reports[m], coalitions[m] * outcomes) for m in range(1, min(largest, len(sizes)) + 1))
    return OPTION_NS * prod(sizes) * (options + len(sizes) * sum(coalitions[1 : largest + 1]))


def choose_path(mechanism: Mechanism, options: CheckOptions, largest: int, coalitions: int) -> str:
    """Choose between two ways to the same answer: bit sets over outcomes, or the options of each coalition.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    options : CheckOptions
        May fix the path, and says how much memory there is.
    largest : int
        Most members of a coalition.
    coalitions : int
        How many coalitions are looked at.

    Returns
    -------
    str
        "bitsets" or "options": what fits and is expected to be faster.
    """
    if options.path != "auto":
        return options.path
    fits = words_for(mechanism.outcomes) <= MOST_WORDS and lattice_bytes(mechanism) <= options.memory
    sizes = mechanism.environment.sizes
    if fits and bitset_cost(sizes, mechanism.outcomes, coalitions) <= options_cost(mechanism, largest):
        return "bitsets"
    return "options"
