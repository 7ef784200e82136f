"""What an axiom is: a question about a mechanism that is answered in blocks, with a witness that anybody can re-check."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import Any, Protocol, TypeVar

from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile

Item = TypeVar("Item")
Result = TypeVar("Result")
Block = tuple[int, ...]
Key = tuple[Any, ...]
UNITS = ("coalitions", "profile-pairs", "triples", "none")
ANY = -1


class Pool(Protocol):
    """Runs a function over items, several at a time, and yields the results in the order of the items."""

    @property
    def jobs(self) -> int:
        """How many at a time."""
        ...

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items."""
        ...


@dataclass(frozen=True)
class CheckOptions:
    """How much is asked. count: a unit of counting or "none"; witness: look for the worst violation too; first: stop at
    the first violation, no count, and show that one instead of the worst; largest: bound on the size of coalitions (None:
    no bound); memory: bytes at hand; path: "bitsets", "options" or "auto"."""

    count: str = "coalitions"
    witness: bool = True
    first: bool = False
    largest: int | None = None
    memory: int = 4 << 30
    path: str = "auto"

    def __post_init__(self) -> None:
        if self.count not in UNITS:
            raise InputError(f"violations are counted by {', '.join(UNITS)}, not {self.count!r}")
        if self.path not in ("auto", "bitsets", "options"):
            raise InputError(f"the path is auto, bitsets or options, not {self.path!r}")
        if self.largest is not None and self.largest < 1:
            raise InputError(f"a coalition has at least 1 member; --max-coalition cannot be {self.largest}")


@dataclass(frozen=True)
class BlockResult:
    """What one block says: how many violations, and the key of the one to show (smallest key first)."""

    count: int = 0
    key: Key | None = None


def merge(parts: Iterable[BlockResult]) -> BlockResult:
    """Counts add up, the smallest key wins: the same whatever the split and the order."""
    count, key = 0, None
    for part in parts:
        count += part.count
        if part.key is not None and (key is None or part.key < key):
            key = part.key
    return BlockResult(count, key)


@dataclass(frozen=True)
class Witness:
    """A violation. Types are numbered from 0 in the order of the environment.

    profile: the true types, ANY where a type is drawn from the prior. coalition: the agents concerned. misreport: what
    the members report, in their order (None where nobody misreports). gains: per member, `scale` times what he gains;
    where nobody misreports, the size of the violation. details: further facts by name. expected: per member what he
    expects if nobody lies and if they do as agreed, in exact units of money, where gains are expectations.
    """

    profile: Profile
    coalition: tuple[int, ...]
    misreport: tuple[int, ...] | None
    gains: tuple[int | Fraction, ...]
    details: dict[str, Any] = field(default_factory=dict)
    expected: tuple[tuple[Fraction, Fraction], ...] = ()

    @property
    def reported(self) -> Profile:
        """The profile that is reported: the truth, but for the members of the coalition."""
        type_indices = list(self.profile)
        for agent, type_index in zip(self.coalition, self.misreport or (), strict=False):
            type_indices[agent] = type_index
        return tuple(type_indices)


@dataclass(frozen=True)
class Examined:
    """What a verdict covers, exact ints."""

    profiles: int
    coalitions: int
    joint_misreports: int
    profile_pairs: int


class Axiom(ABC):
    """An axiom. Subclasses are one file each and set the names; `run` answers, `confirms` re-checks a witness.

    unit: what its violations are counted in; units: the values of `Question.count` that it can answer.
    """

    name: str
    definition: str
    source: str = "collude, common definitions"
    unit: str = "profiles"
    units: tuple[str, ...] = UNITS
    by_default: bool = True

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Why the axiom has no meaning for this mechanism; "" if it has."""
        del mechanism
        return ""

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The size of the smallest coalition without which there is nothing to check."""
        del mechanism
        return 1

    def examined(self, mechanism: Mechanism, question: CheckOptions) -> Examined:
        """Exactly what a full answer looks at."""
        del question
        profiles = mechanism.environment.profiles
        return Examined(profiles, 0, 0, profiles)

    def cost(self, mechanism: Mechanism, question: CheckOptions) -> float:
        """Rough number of nanoseconds that an answer takes on one core."""
        del question
        return 40.0 * mechanism.environment.profiles * mechanism.environment.agents

    def counted_in(self, mechanism: Mechanism, question: CheckOptions) -> tuple[str, int | None]:
        """(what violations are counted in, how many there could be at most)."""
        examined = self.examined(mechanism, question)
        if not examined.coalitions:
            return self.unit, None
        units = {
            "coalitions": (self.unit, examined.profiles * examined.coalitions),
            "profile-pairs": ("ordered pairs of profiles", examined.profile_pairs),
            "triples": ("(profile, coalition, joint report) triples", examined.joint_misreports),
        }
        return units.get(question.count, (self.unit, None))

    def prepare(self, work: Any) -> None:
        """Build what all blocks share, before they are handed out: a block must not wait for other blocks."""
        del work

    def bytes_needed(self, mechanism: Mechanism) -> int:
        """Memory without which the axiom cannot be checked, exact int."""
        del mechanism
        return 0

    @abstractmethod
    def blocks(self, work: Any) -> Sequence[Block]:
        """The pieces (first, last, *part) into which the question is cut; together they cover it exactly once."""

    def extents(self, work: Any) -> dict[Block, int]:
        """What the blocks must cover: for each part (the rest of a block) the length that its half-open spans tile."""
        return {(): work.mechanism.environment.profiles}

    @abstractmethod
    def run(self, work: Any, block: Block) -> BlockResult:
        """Answer one piece."""

    @abstractmethod
    def witness(self, work: Any, key: Key) -> Witness:
        """The witness of a key, in full."""

    @abstractmethod
    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """True if the witness really violates the axiom, found out with plain Python integers from the definition."""


def cut(total: int, size: int) -> list[Block]:
    """Half-open spans of at most `size` that cover 0..total exactly once."""
    size = max(1, size)
    return [(start, min(total, start + size)) for start in range(0, total, size)]


def members_of(mask: int, n: int) -> tuple[int, ...]:
    """The agents of a bit mask with agent i at bit n-1-i."""
    return tuple(i for i in range(n) if (mask >> (n - 1 - i)) & 1)


def mask_of(members: Iterable[int], n: int) -> int:
    """The bit mask of some agents, agent i at bit n-1-i."""
    return sum(1 << (n - 1 - i) for i in members)


def reports_by_size(sizes: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """(coalitions, joint types of their members) by number of members 0..n, exact ints."""
    coalitions = [1] + [0] * len(sizes)
    reports = [1] + [0] * len(sizes)
    for size in sizes:
        for m in range(len(sizes), 0, -1):
            coalitions[m] += coalitions[m - 1]
            reports[m] += reports[m - 1] * size
    return coalitions, reports


def joint_misreports(sizes: tuple[int, ...], smallest: int, largest: int) -> tuple[int, int]:
    """(coalitions, joint misreports) with smallest..largest members: sum over D of P prod_{i in D} K_i, exact ints."""
    coalitions, reports = reports_by_size(sizes)
    bounds = range(smallest, min(largest, len(sizes)) + 1)
    return sum(coalitions[m] for m in bounds), prod(sizes) * sum(reports[m] for m in bounds)


def largest_coalition(n: int, *limits: int | None) -> int:
    """The smallest of n and the limits that are given."""
    return min([n, *(limit for limit in limits if limit is not None)])


def coalition_blocks(
    sizes: tuple[int, ...], bounds: tuple[int, int], contexts_each: Callable[[int, int], int]
) -> list[Block]:
    """Blocks (first, last, mask): for each coalition of bounds[0]..bounds[1] members, by size and in order, spans of the
    outsiders' joint types. contexts_each(joint types of the members, of the outsiders) is how many a span may have."""
    n, profiles = len(sizes), prod(sizes)
    blocks: list[Block] = []
    for members in coalitions_by_size(n, *bounds):
        inside = prod(sizes[i] for i in members)
        spans = cut(profiles // inside, contexts_each(inside, profiles // inside))
        blocks += [(*span, mask_of(members, n)) for span in spans]
    return blocks


def coalition_extents(sizes: tuple[int, ...], bounds: tuple[int, int]) -> dict[Block, int]:
    """What `coalition_blocks` covers: for each coalition the number of the outsiders' joint types."""
    n, profiles = len(sizes), prod(sizes)
    members = coalitions_by_size(n, *bounds)
    return {(mask_of(group, n),): profiles // prod(sizes[i] for i in group) for group in members}


def coalitions_by_size(n: int, smallest: int, largest: int) -> list[tuple[int, ...]]:
    """All coalitions, by size, then in lexicographic order of the members."""
    return [c for m in range(smallest, min(largest, n) + 1) for c in combinations(range(n), m)]
