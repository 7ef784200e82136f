"""Mechanisms that a search hands out, checked again by the axioms: one by one, or many at a time from the definitions."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from threading import Lock
from time import perf_counter
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Axiom
from collude.enumerate.checks.scans.find import satisfies
from collude.kernels.search.fits import first_misfit
from collude.models.errors import DisagreementError
from collude.models.mechanism import Mechanism
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace

FEWEST_ONE_BY_ONE = 64
PAIR_SECONDS, ENTRY_SECONDS = 2e-5, 2e-6  # rough, of one axiom
MOST_TABLE_BYTES = 1 << 28


class Recheck:
    """Checks mechanisms by axioms, without anything that the search has worked out.

    Parameters
    ----------
    space : OutcomeSpace
        Of the search.
    axioms : sequence of Axiom
        What every mechanism must satisfy.

    Notes
    -----
    The first mechanisms, at least 64, are examined one by one as `collude check` does, for about as long as it takes to
    make tables.
    The others are compared, all of them, with tables of outcomes that go together, worked out profile by profile from the
    plain forms of the axioms, which share nothing with what the search reads: some nanoseconds for each pair of profiles.
    An axiom without a plain form, or tables that are too large, mean that all are examined one by one.
    """

    def __init__(self, space: OutcomeSpace, axioms: Sequence[Axiom]) -> None:
        self.space, self.axioms = space, axioms
        self.checked = 0
        self.seconds = 0.0
        self._lock = Lock()
        self._tables: PlainTables | None = None
        self._last: tuple[bytes, Mechanism | None] = b"", None
        profiles, outcomes = space.environment.profiles, space.outcomes
        reach = max((axiom.reach(space.menu) for axiom in axioms), default=0)
        pairs = profiles * (sum(space.environment.sizes) if reach <= 1 else profiles) // 2
        self._table_seconds = (pairs * PAIR_SECONDS + profiles * outcomes * ENTRY_SECONDS) * len(axioms)
        self._plain = all(axiom.has_second_opinion for axiom in axioms) and pairs * outcomes**2 <= MOST_TABLE_BYTES

    def check(self, outcomes: np.ndarray) -> int:
        """Check mechanisms (m, P) of outcome numbers; returns how many.

        Raises
        ------
        DisagreementError
            If one fails: a bug in collude, never in the input.
        """
        done = 0
        while done < len(outcomes) and not self._pays():
            self._examine(outcomes[done])
            done += 1
        if done < len(outcomes):
            self._made_tables().require(outcomes[done:])
            self.checked += len(outcomes) - done
        return len(outcomes)

    def mechanism(self, outcome: np.ndarray) -> Mechanism:
        """The mechanism of outcome numbers (P,); the last one is kept, for what was checked is often shown next."""
        name, (last, mechanism) = outcome.tobytes(), self._last
        if mechanism is None or last != name:
            mechanism = self.space.mechanism(outcome)
            self._last = name, mechanism
        return mechanism

    def _pays(self) -> bool:
        """True if from now on tables are quicker."""
        return self._plain and self.checked >= FEWEST_ONE_BY_ONE and self.seconds >= self._table_seconds

    def _examine(self, outcome: np.ndarray) -> None:
        """One mechanism, as `collude check` does."""
        started = perf_counter()
        mechanism = self.mechanism(outcome)
        for axiom in self.axioms:
            if not satisfies(mechanism, axiom):
                raise violated(axiom)
        self.checked += 1
        self.seconds += perf_counter() - started

    def _made_tables(self) -> "PlainTables":
        with self._lock:
            if self._tables is None:
                self._tables = PlainTables(self.space, self.axioms)
        return self._tables


def violated(axiom: Axiom) -> DisagreementError:
    """What to say about a mechanism that should not have been found.

    Parameters
    ----------
    axiom
        That it violates.

    Returns
    -------
    DisagreementError
    """
    return DisagreementError(f"the search found a mechanism that violates {axiom.label}; please report this as a bug")


class PlainTables:
    """The plain forms of axioms as arrays over outcomes: which are allowed, which go together, what must be somewhere."""

    def __init__(self, space: OutcomeSpace, axioms: Sequence[Axiom]) -> None:
        self._axioms = [_PlainTable(space.menu, axiom) for axiom in axioms]

    def require(self, outcomes: np.ndarray) -> None:
        """Raise DisagreementError unless all mechanisms (m, P) satisfy all axioms."""
        for table in self._axioms:
            if not table.holds(outcomes):
                raise violated(table.axiom)


class _PlainTable:
    """One axiom as arrays."""

    def __init__(self, menu: Menu, axiom: Axiom) -> None:
        self.axiom = axiom
        count = menu.outcomes
        self.permitted = np.array(
            [[axiom.permits(menu, profile, o) for o in range(count)] for profile in menu.profiles], np.bool_
        )
        self.forbidden = np.count_nonzero(self.permitted) < self.permitted.size
        self.starts = count * np.arange(len(self.permitted))
        self.somewhere = axiom.somewhere(menu)
        numbers: dict[bytes, int] = {}
        places: list[tuple[int, int, int]] = []
        fits: list[np.ndarray] = []
        for p, q in pairs_within(menu, axiom.reach(menu)):
            table = axiom.fits(menu, menu.profiles[p], menu.profiles[q])
            if table is None or table.all():
                continue
            number = numbers.setdefault(np.packbits(table).tobytes(), len(fits))
            if number == len(fits):
                fits.append(table)
            places.append((number, p, q))
        self.fits = np.array(fits, np.bool_).reshape(len(fits), count, count)
        self.places = np.array(places, np.int64).reshape(-1, 3)

    def holds(self, outcomes: np.ndarray) -> bool:
        """Whether all mechanisms (m, P) satisfy the axiom."""
        if self.forbidden and not self.permitted.reshape(-1).take(self.starts + outcomes).all():
            return False
        if first_misfit(np.ascontiguousarray(outcomes, np.int32), self.places, self.fits) >= 0:
            return False
        for alternatives in self.somewhere:
            either = np.zeros(len(outcomes), np.bool_)
            for alternative in alternatives:
                every = np.ones(len(outcomes), np.bool_)
                for p, wanted in alternative:
                    every &= np.isin(outcomes[:, p], list(wanted))
                either |= every
            if not either.all():
                return False
        return True


class ProfilePair(NamedTuple):
    """Two profiles by their numbers, the lower one first."""

    first: int
    second: int


def pairs_within(menu: Menu, reach: int) -> Iterator[ProfilePair]:
    """Go through the pairs of profiles that differ in the types of at least one and at most some number of agents.

    Parameters
    ----------
    menu
        The profiles.
    reach
        The most agents.

    Yields
    ------
    ProfilePair
        Each once.
    """
    if reach == 1:
        for p, profile in enumerate(menu.profiles):
            for i, size in enumerate(menu.environment.sizes):
                for k in range(profile[i] + 1, size):
                    yield ProfilePair(p, menu.numbers[(*profile[:i], k, *profile[i + 1 :])])
        return
    for p, q in combinations(range(len(menu.profiles) if reach else 0), 2):
        if sum(x != y for x, y in zip(menu.profiles[p], menu.profiles[q], strict=True)) <= reach:
            yield ProfilePair(p, q)
