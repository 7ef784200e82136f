"""How an axiom restricts a search: outcomes at one profile, pairs of profiles, or "somewhere" conditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import ClassVar, TypeVar

import numpy as np

from collude.axioms.core.base import Axiom, CheckOptions
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import load as load_axioms
from collude.kernels.search.pairs import Edges, Frame
from collude.models.errors import InputError, NotApplicableError
from collude.models.mechanism import Mechanism
from collude.models.numbers import exact
from collude.models.registry import find
from collude.models.space import OutcomeSpace

FILES = (
    "restrict_incentives",
    "restrict_profiles",
    "restrict_anonymity",
    "restrict_somewhere",
    "restrict_reallocation",
    "restrict_limits",
)


@dataclass(frozen=True)
class PairRule:
    """Pairs of profiles (M,) and what clears the incompatible values of a half-open span of them. ns: rough nanoseconds
    per pair of values."""

    one: np.ndarray
    other: np.ndarray
    fill: Callable[[Frame, Edges, tuple[int, int]], None]
    ns: float = 4.0


@dataclass(frozen=True)
class Clause:
    """Holds iff, for some group, every literal holds; a literal holds iff the outcome at its profile is in its set.

    group: (groups + 1,) int64, where the literals of each group start; profile, index: (literals,) int64; sets: (S, R) bool,
    literal number l asks for sets[index[l]].
    """

    group: np.ndarray
    profile: np.ndarray
    index: np.ndarray
    sets: np.ndarray


class OneWorker:
    """A pool that runs everything in the calling thread."""

    jobs = 1

    @staticmethod
    def map(function: Callable[..., object], items: Sequence[object]) -> object:
        """As the builtin."""
        return map(function, items)


class Restriction:
    """A named condition on mechanisms. Subclasses override what they need; the default restricts nothing.

    takes: "" or what the text after "=" in `name=text` means, for instance "a whole number".
    """

    name: ClassVar[str]
    takes: ClassVar[str] = ""

    def __init__(self, argument: str = "") -> None:
        self.argument = argument

    @property
    def label(self) -> str:
        """As the user wrote it."""
        return f"{self.name}={self.argument}" if self.argument else self.name

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """Why the condition has no meaning here; "" if it has. By default what the axiom of this name says."""
        axiom = axiom_named(self.name)
        return axiom.reason_not_applicable(space.sample) if axiom is not None else ""

    def unary(self, space: OutcomeSpace) -> np.ndarray | None:
        """(P, R) bool: outcome allowed at profile; None if all are."""
        del space
        return None

    def pairs(self, space: OutcomeSpace) -> list[PairRule]:
        """Constraints between two profiles."""
        del space
        return []

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """Conditions that something holds somewhere."""
        del space
        return []

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """Whether a mechanism satisfies the condition, by the axiom of this name and not by the search."""
        del space
        axiom = axiom_named(self.name)
        if axiom is None:
            raise TypeError(f"{self.name} has no axiom and does not say how it is checked")
        work = CheckContext(mechanism, CheckOptions("none", first=True), OneWorker())  # type: ignore[arg-type]
        return all(axiom.run(work, block).key is None for block in axiom.blocks(work))


Class = TypeVar("Class", bound=type[Restriction])
RESTRICTIONS: dict[str, type[Restriction]] = {}


def restriction(cls: Class) -> Class:
    """Register a restriction under its name."""
    RESTRICTIONS[cls.name] = cls
    return cls


@cache
def axiom_named(name: str) -> Axiom | None:
    """The axiom of this name, if there is one."""
    return load_axioms().get(name)


@cache
def load() -> dict[str, type[Restriction]]:
    """All restrictions by name."""
    for file in FILES:
        import_module(f"collude.axioms.core.{file}")
    return RESTRICTIONS


def require(names: Sequence[str], space: OutcomeSpace) -> list[Restriction]:
    """The restrictions that `names` stand for ("symmetric", "quantity-target=2", ...), each meaningful for the space.

    Raises InputError with the nearest name, or NotApplicableError with the reason.
    """
    table = load()
    chosen = []
    for text in dict.fromkeys(name.strip() for name in names):
        name, sign, argument = text.partition("=")
        if name not in table and name in load_axioms():
            listing = ", ".join(sorted(table))
            raise InputError(
                f"{name} is no condition on two profiles at a time and cannot be searched for; take {listing}"
            )
        cls: type[Restriction] = find(name, table, "restriction", "axioms")
        if bool(sign) != bool(cls.takes):
            raise InputError(
                f"{name} takes {cls.takes}: write {name}=..." if cls.takes else f"{name} takes no argument"
            )
        chosen.append(cls(argument))
        reason = chosen[-1].reason_not_applicable(space)
        if reason:
            raise NotApplicableError(f"{name} has no meaning here: {reason}")
    return chosen


def whole(text: str, where: str) -> int:
    """The whole number that is written."""
    number = exact(text, where)
    if number.denominator != 1:
        raise InputError(f"{where} must be a whole number, not {number}")
    return int(number)
