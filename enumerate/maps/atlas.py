"""The atlas of a list of axioms on one problem: every subset is possible or impossible, found with few searches.

Impossibility goes up (a superset of an impossible set is impossible) and possibility goes down (a mechanism that satisfies a
set satisfies its subsets). So a largest undecided set is searched; if a mechanism exists, all axioms that it happens to satisfy
are noted; if none does, axioms are left out one by one until every further one left out makes the set possible.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import require
from collude.enumerate.checks.scans.find import satisfies
from collude.enumerate.searches.result import SearchResult
from collude.enumerate.searches.search import search
from collude.enumerate.searches.task import Mode
from collude.models.environment import Environment, require_environment
from collude.models.errors import DisagreementError, InputError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism
from collude.models.pictures.lattice import draw_lattice
from collude.models.space import OutcomeSpace, outcome_space

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MOST_AXIOMS = 20
UNDECIDED, POSSIBLE, IMPOSSIBLE, STOPPED = 0, 1, 2, 3
Progress = Callable[[str, int, int], None]
Solver = Literal["", "sat", "cpsat"]


@dataclass(frozen=True)
class Clash:
    """A minimal impossible set: no mechanism has all these axioms, and one does without any one of them.

    confirmed: the independent solver that agrees, "" if none was asked.
    """

    axioms: tuple[str, ...]
    confirmed: str


@dataclass(frozen=True, eq=False)
class Possibility:
    """A maximal possible set: a mechanism has all these axioms, and none has one more.

    mechanism: the example, which was checked again for each axiom; count: how many mechanisms have the axioms, None if the
    count was not asked for or not finished.
    """

    axioms: tuple[str, ...]
    mechanism: Mechanism
    count: int | None


@shown
@dataclass(frozen=True, eq=False)
class Atlas:
    """Which sets of axioms are possible on a problem.

    Attributes
    ----------
    title : the problem
    base : axioms that every set contains
    axioms : the others, whose 2^k subsets are decided
    clashes : all minimal impossible sets, small ones first
    possibilities : all maximal possible sets, large ones first
    status : (2^k,) int8, for each subset (bit i is axiom i) POSSIBLE, IMPOSSIBLE or STOPPED
    searches : how many searches were run to decide the subsets
    further : how many were run beside, to count the mechanisms of maximal sets and to confirm clashes
    seconds : time taken
    """

    title: str
    base: tuple[str, ...]
    axioms: tuple[str, ...]
    clashes: tuple[Clash, ...]
    possibilities: tuple[Possibility, ...]
    status: np.ndarray
    searches: int
    seconds: float
    further: int = 0

    @property
    def complete(self) -> bool:
        """Whether every subset is decided."""
        return not bool((self.status == STOPPED).any())

    @property
    def possible(self) -> bool:
        """Whether all axioms go together."""
        return bool(self.status[-1] == POSSIBLE)

    def decided(self, names: Sequence[str]) -> bool | None:
        """Whether a set of the axioms is possible; None if that is not known.

        Raises InputError for an axiom that is not in the atlas.
        """
        unknown = [name for name in names if name not in self.axioms]
        if unknown:
            raise InputError(f"{unknown[0]} is not one of the axioms of this atlas: {', '.join(self.axioms)}")
        word = sum(1 << self.axioms.index(name) for name in set(names))
        return {POSSIBLE: True, IMPOSSIBLE: False}.get(int(self.status[word]))

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw the subsets of the axioms, larger ones above, marked by whether they are possible.

        Parameters
        ----------
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        InputError
            For more than eight axioms, and if matplotlib is missing.
        """
        known = {POSSIBLE: True, IMPOSSIBLE: False}
        return draw_lattice(self.axioms, [known.get(word) for word in self.status.tolist()], self.title, ax)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "problem": self.title,
            "base": list(self.base),
            "axioms": list(self.axioms),
            "minimal_impossible": [
                {"axioms": list(clash.axioms), "confirmed": clash.confirmed or None} for clash in self.clashes
            ],
            "maximal_possible": [
                {"axioms": list(set_.axioms), "count": None if set_.count is None else str(set_.count)}
                for set_ in self.possibilities
            ],
            "complete": self.complete,
            "subsets": len(self.status),
            "possible": int((self.status == POSSIBLE).sum()),
            "impossible": int((self.status == IMPOSSIBLE).sum()),
            "searches": self.searches,
            "further_searches": self.further,
            "seconds": round(self.seconds, 6),
        }


def atlas(
    space: OutcomeSpace | Environment,
    axioms: Sequence[str],
    *,
    base: Sequence[str] = (),
    count: bool = True,
    confirm: Solver = "",
    max_seconds: float | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Atlas:
    """Decide every subset of a list of axioms on one problem.

    Parameters
    ----------
    space
        The problem, as `co.problem` or `co.outcome_space` makes it; an environment stands for its outcomes without money.
    axioms
        At most 20 axioms that can be searched for.
    base
        Axioms that are always required.
    count
        Count the mechanisms of each maximal possible set.
    confirm
        "sat" or "cpsat": have an independent solver confirm each minimal clash.
    max_seconds, jobs
        Bound on each search, which leaves what it does not decide marked as stopped; threads of each search.
    progress
        Called with ("atlas", subsets decided, subsets in all).

    Returns
    -------
    Atlas

    Raises
    ------
    ColludeError
        For axioms that cannot be required here, and if a solver disagrees, which is a bug.

    Notes
    -----
    About (clashes) x (axioms) + (maximal sets) searches in place of 2^k.

    Examples
    --------
    >>> import collude as co
    >>> found = co.atlas(co.outcome_space(co.voting(2, 3)), ["strategy-proof", "onto", "non-dictatorial"])
    >>> [clash.axioms for clash in found.clashes]
    [('strategy-proof', 'onto', 'non-dictatorial')]
    """
    started = perf_counter()
    if not isinstance(space, OutcomeSpace):
        require_environment(space)
        space = outcome_space(space)
    walk = _Walk(space, axioms, base, max_seconds, jobs)
    for decided in walk.run():
        if progress is not None:
            progress("atlas", decided, len(walk.status))
    clashes, possibilities = walk.confirmed(confirm), walk.possibilities(count)
    labels = walk.names(len(walk.status) - 1)
    done = (walk.status, walk.searches, perf_counter() - started, walk.further)
    return Atlas(space.title, walk.base, labels, clashes, possibilities, *done)


class _Walk:
    """The state of an atlas that is being made: what is known of each subset, written as a word of bits."""

    def __init__(
        self,
        space: OutcomeSpace,
        axioms: Sequence[str],
        base: Sequence[str],
        max_seconds: float | None,
        jobs: int | None,
    ) -> None:
        self.space, self.base = space, tuple(axiom.label for axiom in require(base, space))
        self.axioms: list[Axiom] = [axiom for axiom in require(axioms, space) if axiom.label not in self.base]
        if not self.axioms:
            raise InputError("an atlas needs at least one axiom beside those that are always required")
        if len(self.axioms) > MOST_AXIOMS:
            raise InputError(f"{len(self.axioms)} axioms have too many subsets; at most {MOST_AXIOMS} are taken")
        self.max_seconds, self.jobs = max_seconds, jobs
        self.words = np.arange(1 << len(self.axioms), dtype=np.int64)
        self.sizes = np.bitwise_count(self.words)
        self.status = np.zeros(len(self.words), np.int8)
        self.examples: dict[int, Mechanism] = {}
        self.clashes: list[int] = []
        self.searches = self.further = 0

    def names(self, word: int) -> tuple[str, ...]:
        """The axioms of a subset."""
        return tuple(axiom.label for i, axiom in enumerate(self.axioms) if word >> i & 1)

    def run(self) -> Iterator[int]:
        """Decide all subsets; yields how many are decided."""
        while (self.status == UNDECIDED).any():
            open_words = self.words[self.status == UNDECIDED]
            sizes = self.sizes[self.status == UNDECIDED]
            word = int(open_words[sizes.argmax()])
            if self._decide(word) is False:
                self._shrink(word)
            yield int((self.status != UNDECIDED).sum())

    def _decide(self, word: int) -> bool | None:
        """Whether a subset is possible, looked up or searched for; None if the search was stopped."""
        if self.status[word] == UNDECIDED:
            self.searches += 1
            result = self._search(word, "exists")
            if result.exists is None:
                self.status[word] = STOPPED
            elif result.exists:
                self._note_example(next(iter(result)), word)
            else:
                self.status[(self.words & word) == word] = IMPOSSIBLE
        return {POSSIBLE: True, IMPOSSIBLE: False}.get(int(self.status[word]))

    def _note_example(self, mechanism: Mechanism, word: int) -> None:
        """All that a mechanism satisfies is possible."""
        have = sum(1 << i for i, axiom in enumerate(self.axioms) if satisfies(mechanism, axiom))
        if have & word != word:
            raise DisagreementError(f"a mechanism found for {self.names(word)} fails one of them; please report this")
        self.status[(self.words & have) == self.words] = POSSIBLE
        self.examples[have] = mechanism

    def _shrink(self, word: int) -> None:
        """Leave axioms out of an impossible set while it stays impossible: what is left is a minimal clash."""
        certain = True
        for i in range(len(self.axioms)):
            smaller = word & ~(1 << i)
            if smaller != word:
                answer = self._decide(smaller)
                certain &= answer is not None
                if answer is False:
                    word = smaller
        if certain and word not in self.clashes:
            self.clashes.append(word)

    def possibilities(self, count: bool) -> tuple[Possibility, ...]:
        """The possible sets that are contained in no larger one that was found, large ones first."""
        words = [
            word for word in self.examples if not any(word != more and word & more == word for more in self.examples)
        ]
        words.sort(key=lambda word: (-word.bit_count(), word))
        return tuple(
            Possibility(self.names(word), self.examples[word], self.count(word) if count else None) for word in words
        )

    def confirmed(self, solver: Solver) -> tuple[Clash, ...]:
        """The minimal clashes, small ones first, with what a solver says."""
        words = sorted(self.clashes, key=lambda word: (word.bit_count(), word))
        return tuple(Clash(self.names(word), self.confirm(word, solver)) for word in words)

    def count(self, word: int) -> int | None:
        """How many mechanisms have the axioms of a subset."""
        self.further += 1
        return self._search(word, "count").count

    def confirm(self, word: int, solver: Solver) -> str:
        """Have an independent solver say that a subset is impossible; the name of the solver, "" if it did not say."""
        if not solver:
            return ""
        self.further += 1
        result = self._search(word, "exists", solver)
        return solver if result.exists is False and "confirmed" in result.evidence else ""

    def _search(self, word: int, mode: Mode, solver: Solver = "") -> SearchResult:
        """Search for mechanisms with the axioms of a subset."""
        required = [*self.base, *self.names(word)]
        return search(
            self.space,
            require=required,
            mode=mode,
            confirm=solver,
            max_seconds=self.max_seconds,
            jobs=self.jobs,
        )
