"""Mechanisms that are described and not yet built: what a plan looks at, and what a long building reports on its way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from collude.kernels.compiling import Stopwatch
from collude.models.environment import Environment
from collude.models.mechanism import BLOCK, Mechanism, Rule, from_blocks, require_room, types_of
from collude.models.menu import distinct_rows

Progress = Callable[[str, int, int], None]
SAMPLE = 1 << 16
SAMPLE_SECONDS = 1.0


@dataclass(frozen=True)
class Sample:
    """What a few profiles say about a mechanism that is not built.

    profiles: how many were evaluated, 0 if the rule cannot be evaluated on some profiles only. mechanism: a stand-in with
    the environment and the outcomes that occurred, without a table of profiles. seconds: how long the evaluation took.
    """

    profiles: int
    mechanism: Mechanism
    seconds: float

    @property
    def build_seconds(self) -> float:
        """How long all profiles would take."""
        return self.seconds / max(1, self.profiles) * self.mechanism.environment.profiles


class Sketch(Mechanism):
    """A stand-in for planning: environment and some outcomes are right, and there is no outcome table."""

    def __post_init__(self) -> None:
        """Nothing is checked: there is no table."""


def sketch(
    environment: Environment,
    name: str,
    rows: np.ndarray,
    scale: int,
    tolerance: int = 0,
    notes: tuple[str, ...] = (),
) -> Mechanism:
    """A stand-in for planning: the environment and some outcomes of a mechanism, without an outcome table.

    Parameters
    ----------
    environment
        The mechanism's.
    name
        What it is called.
    rows
        (B, 2 n) int64: bundle numbers, then `scale` times transfers; equal rows are one outcome.
    scale, tolerance, notes
        As of `RuleDraft`.
    """
    outcomes = (
        distinct_rows(iter([rows]), len(rows)).rows if len(rows) else np.zeros((1, 2 * environment.agents), np.int64)
    )
    n = environment.agents
    bundle, transfer = outcomes[:, :n].astype(np.int32), outcomes[:, n:]
    return Sketch(environment, name, np.empty(0, np.int32), bundle, transfer, scale, tolerance, notes)


class Draft(ABC):
    """A mechanism that can be built, or first be tried on a few profiles; its environment is there already."""

    environment: Environment
    name: str

    @abstractmethod
    def build(self, progress: Progress | None = None) -> Mechanism:
        """The mechanism; progress is called with (what is done, blocks of profiles done, blocks in all)."""

    @abstractmethod
    def sample(self, profiles: int = SAMPLE, seconds: float = SAMPLE_SECONDS) -> Sample:
        """Evaluate at most so many random profiles, and stop early after so many seconds."""


@dataclass(frozen=True, eq=False)
class RuleDraft(Draft):
    """A mechanism by a rule over blocks of type indices.

    Parameters
    ----------
    environment
        Agents, types, bundles, values.
    name
        What verdicts call the mechanism.
    rule
        Takes type indices, (n, B) int64, and returns (bundle numbers (n, B), transfers (n, B) times `scale`), integers.
        Every profile is evaluated once, in blocks, so that 10^6 profiles take well under a second.
    scale
        What transfers are multiplied by (default: the environment's scale).
    tolerance
        `scale` times the gain that still counts as none.
    notes
        What a reader of a verdict has to know, above all the tie rule.
    """

    environment: Environment
    name: str
    rule: Rule
    scale: int | None = None
    tolerance: int = 0
    notes: tuple[str, ...] = ()

    def build(self, progress: Progress | None = None) -> Mechanism:
        """Evaluate every profile; see `Draft.build`."""
        env = self.environment
        require_room(env)
        load_kernels()
        clock = Stopwatch()

        def rows() -> Iterator[np.ndarray]:
            for start in range(0, env.profiles, BLOCK):
                yield self._rows(types_of(env.sizes, start, min(env.profiles, start + BLOCK)))
                if progress is not None:
                    progress(f"building {self.name}", start // BLOCK + 1, -(-env.profiles // BLOCK))

        built = from_blocks(env, self.name, rows(), self._scale, self.tolerance, self.notes)
        return replace(built, build_seconds=clock.working)

    def sample(self, profiles: int = SAMPLE, seconds: float = SAMPLE_SECONDS) -> Sample:
        """Evaluate one block of random profiles; see `Draft.sample`."""
        del seconds
        env = self.environment
        type_indices = drawn_profiles(env, profiles)
        clock = Stopwatch()
        rows = self._rows(type_indices)
        spent = clock.working
        return Sample(len(rows), sketch(env, self.name, rows, self._scale, self.tolerance, self.notes), spent)

    @property
    def _scale(self) -> int:
        return self.environment.scale if self.scale is None else self.scale

    def _rows(self, type_indices: np.ndarray) -> np.ndarray:
        n, width = type_indices.shape
        bundle, transfer = self.rule(type_indices)
        rows = np.empty((width, 2 * n), np.int64)
        rows[:, :n] = np.asarray(bundle).T
        rows[:, n:] = np.asarray(transfer).T
        return rows


def from_rule(
    environment: Environment, name: str, rule: Rule, scale: int | None = None, notes: tuple[str, ...] = ()
) -> Mechanism:
    """Build a mechanism from a rule over blocks of type indices at once.

    Parameters
    ----------
    environment, name, rule, scale, notes
        As of `RuleDraft`.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        If the rule gives bundles that do not exist, or more goods than there are.
    SizeError
        If the outcome table does not fit into the memory, or numbers leave int64.

    Examples
    --------
    >>> import collude as co
    >>> env = co.auction(agents=2, values=range(3))
    >>> free = from_rule(env, "first agent, free", lambda k: (np.stack([k[0] * 0 + 1, k[1] * 0]), np.zeros_like(k)))
    >>> free.outcomes
    1
    """
    return RuleDraft(environment, name, rule, scale, notes=notes).build()


@dataclass(frozen=True, eq=False)
class DeferredDraft(Draft):
    """A mechanism that is built as a whole or not at all.

    environment, name: its own. make: builds it.
    """

    environment: Environment
    name: str
    make: Callable[[], Mechanism]

    def build(self, progress: Progress | None = None) -> Mechanism:
        """Build it; see `Draft.build`."""
        del progress
        clock = Stopwatch()
        built = self.make()
        return built if built.build_seconds else replace(built, build_seconds=clock.working)

    def sample(self, profiles: int = SAMPLE, seconds: float = SAMPLE_SECONDS) -> Sample:
        """All profiles if they are so few, else none; see `Draft.sample`."""
        del seconds
        env = self.environment
        if env.profiles > profiles:
            return Sample(0, sketch(env, self.name, np.empty((0, 2 * env.agents), np.int64), env.scale), 0.0)
        built = self.build()
        return Sample(env.profiles, built, built.build_seconds)


def load_kernels() -> None:
    """Number the rows of a tiny table, so that compiling or loading this kernel is not taken for the time of a rule."""
    distinct_rows(iter([np.zeros((1, 2), np.int64)]), 1)


def finished(mechanism: Mechanism) -> DeferredDraft:
    """The draft of a mechanism that is there already.

    Parameters
    ----------
    mechanism
        What `build` returns.
    """
    return DeferredDraft(mechanism.environment, mechanism.name, lambda: mechanism)


def drawn_profiles(environment: Environment, profiles: int) -> np.ndarray:
    """Profiles on which a rule is tried before it is called everywhere.

    Parameters
    ----------
    environment
        Whose profiles are drawn.
    profiles
        How many at most.

    Returns
    -------
    ndarray
        (n, B) int64: all of them, in C order, if they are so few, else random ones, the same at every call.
    """
    if environment.profiles <= profiles:
        return types_of(environment.sizes, 0, environment.profiles)
    random = np.random.default_rng(0)
    return np.stack([random.integers(0, size, profiles) for size in environment.sizes])
