"""The tables that several axioms share while one mechanism is checked: lattice, masks, counts of completions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from collude.axioms.base import Block, Pool, Question, cut
from collude.kernels.lattice import SUM, UNION, fold_first, fold_slab, place_counts, place_outcomes
from collude.kernels.tables import Masks, Table, make_masks, pattern_strides
from collude.models.mechanism import Mechanism

MOST_WORDS = 4096
BITSET_NS, OPTION_NS = 2.0, 4.0


@dataclass(eq=False)
class Work:
    """One mechanism under examination, with what is built at most once."""

    mechanism: Mechanism
    question: Question
    pool: Pool

    @property
    def table(self) -> Table:
        """The mechanism's arrays."""
        return self.mechanism.table

    @cached_property
    def masks(self) -> Masks:
        """Accept and strict sets for strong group strategy-proofness."""
        return Masks(*make_masks(self.table))

    @cached_property
    def reach(self) -> np.ndarray:
        """The lattice of reachable outcomes, (patterns, words) uint64."""
        words = (self.mechanism.outcomes + 63) >> 6
        outcome, sizes = self.table.outcome, self.table.sizes
        table = np.empty(patterns(self.mechanism) * words, np.uint64)

        def slab(kind: int) -> None:
            place_outcomes(outcome, sizes, words, table, kind)
            fold_slab(table, sizes, words, UNION, kind)

        return self._fold(table, words, slab, UNION)

    @cached_property
    def ways(self) -> np.ndarray:
        """The lattice of completions per outcome, (patterns, R) int64."""
        outcomes = self.mechanism.outcomes
        outcome, sizes = self.table.outcome, self.table.sizes
        table = np.zeros(patterns(self.mechanism) * outcomes, np.int64)

        def slab(kind: int) -> None:
            place_counts(outcome, sizes, outcomes, table, kind)
            fold_slab(table, sizes, outcomes, SUM, kind)

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
        """Blocks of profiles that take about half a second each, and several for each worker."""
        profiles = self.mechanism.environment.profiles
        size = int(min(5e8 / max(ns_per_profile, 1.0), max(2048, profiles / (4 * self.pool.jobs))))
        return cut(profiles, size)


def patterns(mechanism: Mechanism) -> int:
    """Number of patterns of the wildcard lattice."""
    return prod(size + 1 for size in mechanism.environment.sizes)


def lattice_bytes(mechanism: Mechanism) -> int:
    """Bytes of the lattice of reachable outcomes and of the masks."""
    words = (mechanism.outcomes + 63) >> 6
    n, width = mechanism.environment.agents, max(mechanism.environment.sizes)
    classes = int(mechanism.table.utility.shape[2])
    return 8 * words * (patterns(mechanism) + 2 * n * width * classes)


def ways_bytes(mechanism: Mechanism) -> int:
    """Bytes of the lattice of completions."""
    return 8 * patterns(mechanism) * mechanism.outcomes


def bitset_cost(mechanism: Mechanism, coalitions: int) -> float:
    """Rough nanoseconds of building the lattice and settling every profile; a walk where needed."""
    words = (mechanism.outcomes + 63) >> 6
    n = mechanism.environment.agents
    per_profile = words * (10.0 * n + 0.5 * coalitions)
    return BITSET_NS * words * patterns(mechanism) * n + per_profile * mechanism.environment.profiles


def options_cost(mechanism: Mechanism, largest: int) -> float:
    """Rough nanoseconds of the path through distinct options: profiles times options, coalition by coalition."""
    sizes = mechanism.environment.sizes
    by_size = [1.0] + [0.0] * len(sizes)
    coalitions = [1.0] + [0.0] * len(sizes)
    for size in sizes:
        for m in range(len(sizes), 0, -1):
            by_size[m] += by_size[m - 1] * size
            coalitions[m] += coalitions[m - 1]
    options = sum(min(by_size[m], coalitions[m] * mechanism.outcomes) for m in range(1, min(largest, len(sizes)) + 1))
    return OPTION_NS * mechanism.environment.profiles * (options + len(sizes) * sum(coalitions[1 : largest + 1]))


def choose_path(mechanism: Mechanism, question: Question, largest: int, coalitions: int) -> str:
    """ "bitsets" or "options", whichever fits and is expected to be faster, unless the question fixes it."""
    if question.path != "auto":
        return question.path
    words = (mechanism.outcomes + 63) >> 6
    fits = words <= MOST_WORDS and lattice_bytes(mechanism) <= question.memory
    if fits and bitset_cost(mechanism, coalitions) <= options_cost(mechanism, largest):
        return "bitsets"
    return "options"
