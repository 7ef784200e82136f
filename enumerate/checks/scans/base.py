"""What a scan is: the work of checking one axiom on one mechanism, cut into blocks whose results add up."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Generic, TypeVar

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.coalitional import SizeBounds
from collude.axioms.core.groups import coalition_bits_of, coalitions_by_size, joint_misreports
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions, cut
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism

Rank = tuple[Any, ...]
Checked = TypeVar("Checked", bound=Axiom, covariant=True)


@dataclass(frozen=True)
class Examined:
    """What a verdict covers, exact ints, under the names that a verdict has for them.

    Attributes
    ----------
    profiles, coalitions : int
        How many there are.
    joint_misreports : int
        Triples of profile, coalition and joint report; 0 for axioms that are not about coalitions.
    profile_pairs : int
        Ordered pairs of profiles.
    """

    profiles: int
    coalitions: int
    joint_misreports: int
    profile_pairs: int


def jointly_examined(environment: Environment, bounds: SizeBounds) -> Examined:
    """What a scan covers that tries every joint report of every coalition of some sizes, at every profile.

    Parameters
    ----------
    environment : Environment
        The agents and their types.
    bounds : SizeBounds
        The smallest and the largest size.

    Returns
    -------
    Examined
    """
    coalitions, reports = joint_misreports(environment.sizes, *bounds)
    return Examined(environment.profiles, coalitions, reports, environment.profiles**2)


@dataclass(frozen=True)
class Counting:
    """What violations are counted in.

    Attributes
    ----------
    unit : str
        In words.
    possible : int or None
        How many there could be at most; None if that is unknown.
    """

    unit: str
    possible: int | None


@dataclass(frozen=True)
class BlockResult:
    """What one block of a scan finds.

    Attributes
    ----------
    count : int
        How many violations.
    rank : tuple or None
        Of the violation to show: ints, and tuples of them, smallest first.
    """

    count: int = 0
    rank: Rank | None = None


def merge_results(results: Iterable[BlockResult]) -> BlockResult:
    """Merge what blocks found: counts add up, the smallest rank wins, whatever the split and the order.

    Parameters
    ----------
    results : iterable of BlockResult
        Of some blocks.

    Returns
    -------
    BlockResult

    Examples
    --------
    >>> merge_results([BlockResult(2, (5,)), BlockResult(1, (3,)), BlockResult()])
    BlockResult(count=3, rank=(3,))
    """
    count, rank = 0, None
    for result in results:
        count += result.count
        if result.rank is not None and (rank is None or result.rank < rank):
            rank = result.rank
    return BlockResult(int(count), rank)


class Scan(ABC, Generic[Checked]):
    """The work of checking one axiom on one mechanism. One subclass serves one shape of axioms.

    Parameters
    ----------
    axiom : Axiom
        What is checked.
    context : CheckContext
        The mechanism, and how much is asked.
    """

    def __init__(self, axiom: Checked, context: CheckContext) -> None:
        self.axiom, self.context = axiom, context

    @property
    def mechanism(self) -> Mechanism:
        """What is checked."""
        return self.context.mechanism

    @property
    def options(self) -> CheckOptions:
        """How much is asked."""
        return self.context.options

    def examined(self) -> Examined:
        """Exactly what a full answer looks at."""
        profiles = self.mechanism.environment.profiles
        return Examined(profiles, 0, 0, profiles)

    def counting(self) -> Counting:
        """What violations are counted in, and how many there could be at most."""
        examined = self.examined()
        if not examined.coalitions:
            return Counting(self.axiom.unit, None)
        units = {
            "coalitions": Counting(self.axiom.unit, examined.profiles * examined.coalitions),
            "profile-pairs": Counting("ordered pairs of profiles", examined.profile_pairs),
            "triples": Counting("(profile, coalition, joint report) triples", examined.joint_misreports),
        }
        return units.get(self.options.count, Counting(self.axiom.unit, None))

    def cost(self) -> float:
        """Rough number of nanoseconds that a full answer takes on one core."""
        return 40.0 * self.mechanism.environment.profiles * self.mechanism.environment.agents

    def bytes_needed(self) -> int:
        """Memory without which the axiom cannot be checked, an exact int."""
        return 0

    def require_size(self) -> None:
        """Raise SizeError if the work does not fit into int64 or a stated limit: cheap, before any block is run."""
        self.axiom.require_size(self.mechanism)

    def prepare(self) -> None:
        """Build what all blocks share, before they are handed out: a block must not wait for other blocks."""
        return

    @abstractmethod
    def blocks(self) -> Sequence[Block]:
        """The blocks (first, last, *part) into which the work is cut; together they cover it exactly once."""

    def extents(self) -> dict[Block, int]:
        """What the blocks must cover: for each part the length that its half-open spans tile."""
        return {(): self.mechanism.environment.profiles}

    @abstractmethod
    def run(self, block: Block) -> BlockResult:
        """Answer one block."""

    @abstractmethod
    def witness(self, rank: Rank) -> Witness:
        """The witness of a rank, in full."""


def coalition_blocks(
    sizes: tuple[int, ...], bounds: tuple[int, int], contexts_each: Callable[[int, int], int]
) -> list[Block]:
    """Cut a scan into blocks, coalition by coalition, by size and in order.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    bounds : tuple of int
        Smallest and largest coalition size.
    contexts_each : callable
        (joint types of the members, of the outsiders) -> how many joint types of the outsiders a block may have.

    Returns
    -------
    list of Block
        (first, last, coalition bits): a half-open span of the outsiders' joint types.

    Examples
    --------
    >>> coalition_blocks((2, 2), (2, 2), lambda inside, outside: 1)
    [(0, 1, 3)]
    """
    n, profiles = len(sizes), prod(sizes)
    blocks: list[Block] = []
    for members in coalitions_by_size(n, *bounds):
        inside = prod(sizes[i] for i in members)
        spans = cut(profiles // inside, contexts_each(inside, profiles // inside))
        blocks += [(*span, coalition_bits_of(members)) for span in spans]
    return blocks


def coalition_extents(sizes: tuple[int, ...], bounds: tuple[int, int]) -> dict[Block, int]:
    """Say what `coalition_blocks` covers.

    Parameters
    ----------
    sizes : tuple of int
        Number of types of each agent.
    bounds : tuple of int
        Smallest and largest coalition size.

    Returns
    -------
    dict
        For each coalition, as (coalition bits,), the number of the outsiders' joint types.

    Examples
    --------
    >>> coalition_extents((2, 3), (1, 1))
    {(1,): 3, (2,): 2}
    """
    n, profiles = len(sizes), prod(sizes)
    members = coalitions_by_size(n, *bounds)
    return {(coalition_bits_of(group),): profiles // prod(sizes[i] for i in group) for group in members}
