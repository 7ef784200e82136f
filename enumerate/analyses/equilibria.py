"""All pure equilibria of a mechanism whose agents play in given coalitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from time import perf_counter

from collude.axioms.core.expectations import ExpectationAxiom
from collude.axioms.core.games import Equilibrium, Game, is_equilibrium
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import find_axiom
from collude.models.errors import DisagreementError, InputError, NotApplicableError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, require_mechanism, show_type
from collude.models.numbers import brief

CONFIRMED = 16
MOST_AGENTS = 8


@shown
@dataclass(frozen=True)
class Equilibria:
    """All pure equilibria if the agents of each block of a partition act as one player.

    Attributes
    ----------
    mechanism : Mechanism
        What is played.
    partition : tuple of tuple of int
        The blocks of agents.
    found : tuple of Equilibrium
        The equilibria.
    truth : Fraction
        The expected surplus if all tell the truth, in money.
    confirmed : int
        How many of them, and of their judgements, were found out again with fractions from the definition.
    seconds : float
        How long that took.
    """

    mechanism: Mechanism
    partition: tuple[Members, ...]
    found: tuple[Equilibrium, ...]
    truth: Fraction
    confirmed: int
    seconds: float

    @property
    def inefficient(self) -> int:
        """How many lose welfare somewhere."""
        return sum(not one.efficient for one in self.found)

    @property
    def worst(self) -> Fraction | None:
        """The smallest expected surplus; None without an equilibrium."""
        return min((one.surplus for one in self.found), default=None)

    def describe(self, one: Equilibrium) -> list[str]:
        """An equilibrium in words, one line per block."""
        env = self.mechanism.environment
        lines = []
        for block, strategy in zip(self.partition, one.strategies, strict=True):
            sizes = [env.sizes[i] for i in block]

            def word(place: int, block: Members = block, sizes: Sequence[int] = tuple(sizes)) -> str:
                type_indices = []
                for size in reversed(sizes):
                    place, type_index = divmod(place, size)
                    type_indices.append(type_index)
                told = ", ".join(show_type(env.types[i][k]) for i, k in zip(block, reversed(type_indices), strict=True))
                return f"({told})" if len(block) > 1 else told

            who = " and ".join(env.labels[i] for i in block)
            words = ", ".join(f"{word(report)} if {word(types)}" for types, report in enumerate(strategy))
            lines.append(f"{who} report{'s' if len(block) == 1 else ''} {words}")
        return lines

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "mechanism": self.mechanism.name,
            "partition": [list(block) for block in self.partition],
            "equilibria": len(self.found),
            "inefficient": self.inefficient,
            "worst_surplus": None if self.worst is None else str(self.worst),
            "truthful_surplus": str(self.truth),
            "confirmed": self.confirmed,
            "seconds": round(self.seconds, 6),
            "list": [
                {
                    "strategies": [list(strategy) for strategy in one.strategies],
                    "efficient": one.efficient,
                    "surplus": str(one.surplus),
                    "payoffs": [str(x) for x in one.payoffs],
                }
                for one in self.found
            ],
        }


def equilibria(mechanism: Mechanism, partition: Sequence[Sequence[int]] | None = None) -> Equilibria:
    """Find all pure Bayesian equilibria if the agents of each block of a partition act as one player.

    The agents of a block pool their types and maximise the sum of their utilities.

    Parameters
    ----------
    mechanism : Mechanism
        With an independent prior.
    partition : sequence of sequence of int, optional
        The blocks; by default everybody is by himself.

    Returns
    -------
    Equilibria
        A sample of them was confirmed from the definition.

    Raises
    ------
    NotApplicableError
        Without an independent prior.
    InputError
        For blocks that are no partition.
    SizeError
        If there are too many strategies.
    DisagreementError
        If an equilibrium does not hold up: a bug in collude.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.public_choices import airline
    >>> from collude.models.library.expected_externality import agv
    >>> found = co.equilibria(agv(airline(3, prior=co.uniform((2, 2, 2)))))
    >>> len(found.found), found.inefficient
    (3, 2)
    """
    require_mechanism(mechanism)
    started = perf_counter()
    axiom = find_axiom("fully-implements")
    assert isinstance(axiom, ExpectationAxiom)
    reason = axiom.reason_not_applicable(mechanism)
    if reason:
        raise NotApplicableError(f"equilibria have no meaning for {mechanism.name}: {reason}")
    blocks = as_partition(partition, mechanism.environment.agents)
    game = Game(mechanism, blocks)
    found = tuple(game.equilibria())
    step = max(1, len(found) // CONFIRMED)
    sample = list(islice(found, 0, None, step))[:CONFIRMED]
    for one in sample:
        if is_equilibrium(mechanism, blocks, one.strategies) != (True, one.efficient):
            raise DisagreementError(f"the equilibrium {one.strategies} does not hold up; please report this as a bug")
    truth = game.judge(tuple(tuple(range(size)) for size in game.sizes))
    return Equilibria(mechanism, blocks, found, truth.surplus, len(sample), perf_counter() - started)


def all_equilibria(mechanism: Mechanism) -> tuple[Equilibria, ...]:
    """Find all pure Bayesian equilibria for every partition of the agents into coalitions.

    Parameters
    ----------
    mechanism : Mechanism
        With an independent prior, of at most eight agents.

    Returns
    -------
    tuple of Equilibria
        One for each partition: everybody for himself first, all together last, finer ones before coarser ones.

    Raises
    ------
    NotApplicableError, SizeError, DisagreementError
        As `equilibria`; SizeError for more agents too.

    Notes
    -----
    There are 1, 2, 5, 15, 52, 203, 877, 4140 partitions of one to eight agents.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.library.public_choices import airline
    >>> from collude.models.library.expected_externality import agv
    >>> [one.inefficient for one in all_equilibria(agv(airline(3, prior=co.uniform((2, 2, 2)))))]
    [2, 4, 4, 4, 0]
    """
    require_mechanism(mechanism)
    n = mechanism.environment.agents
    if n > MOST_AGENTS:
        raise SizeError(f"all partitions are taken of at most {MOST_AGENTS} agents, not {n}; name one of them", n)
    return tuple(equilibria(mechanism, partition) for partition in partitions_of(n))


def partitions_of(agents: int) -> list[tuple[Members, ...]]:
    """List the partitions of the agents, finer ones before coarser ones.

    Parameters
    ----------
    agents : int
        How many agents there are.

    Returns
    -------
    list of tuple of tuple of int
        Blocks by their smallest member.

    Examples
    --------
    >>> partitions_of(3)
    [((0,), (1,), (2,)), ((0,), (1, 2)), ((0, 1), (2,)), ((0, 2), (1,)), ((0, 1, 2),)]
    """
    found: list[tuple[Members, ...]] = [()]
    for i in range(agents):
        joined = [
            (*blocks[:place], (*blocks[place], i), *blocks[place + 1 :])
            for blocks in found
            for place in range(len(blocks))
        ]
        found = [*joined, *((*blocks, (i,)) for blocks in found)]
    return sorted(found, key=lambda blocks: (-len(blocks), blocks))


def as_partition(partition: Sequence[Sequence[int]] | None, agents: int) -> tuple[Members, ...]:
    """Blocks of agents as tuples.

    Parameters
    ----------
    partition : sequence of sequence of int or None
        The blocks; None for everybody by himself.
    agents : int
        How many agents there are.

    Returns
    -------
    tuple of tuple of int

    Raises
    ------
    InputError
        Unless every agent is in exactly one block.

    Examples
    --------
    >>> as_partition([[0, 2], [1]], 3)
    ((0, 2), (1,))
    """
    if partition is None:
        return tuple((i,) for i in range(agents))
    try:
        blocks = tuple(tuple(block) for block in partition)
    except TypeError:
        raise InputError(f"a partition is a list of blocks such as [[0, 1], [2]], not {brief(partition)}") from None
    if not all(blocks) or sorted((i for block in blocks for i in block), key=str) != sorted(range(agents), key=str):
        raise InputError(f"the blocks {brief(blocks)} must have every agent exactly once")
    return blocks


def read_partition(text: str, agents: int) -> tuple[Members, ...]:
    """Read the blocks of a partition of the agents.

    Parameters
    ----------
    text : str
        Blocks between commas, agents between plus signs: "0+1,2".
    agents : int
        How many agents there are.

    Returns
    -------
    tuple of tuple of int
        Each block increasing.

    Raises
    ------
    InputError
        Unless every agent is in exactly one block.

    Examples
    --------
    >>> read_partition("2+0,1", 3)
    ((0, 2), (1,))
    """
    blocks = []
    for part in text.split(","):
        names = [name.strip() for name in part.split("+")]
        if not all(name.isdecimal() and int(name) < agents for name in names):
            raise InputError(f"the partition {text!r} must name agents 0..{agents - 1}; write for instance 0+1,2")
        blocks.append(tuple(sorted(int(name) for name in names)))
    if sorted(i for block in blocks for i in block) != list(range(agents)):
        raise InputError(f"the partition {text!r} must name every agent from 0 to {agents - 1} exactly once")
    return tuple(blocks)


def read_members(text: str, agents: int) -> Members:
    """Read a coalition.

    Parameters
    ----------
    text : str
        Agents between plus signs: "0+1".
    agents : int
        How many agents there are.

    Returns
    -------
    tuple of int
        Increasing.

    Raises
    ------
    InputError
        For what is no agent, and for one who is named twice.

    Examples
    --------
    >>> read_members("2+0", 3)
    (0, 2)
    """
    names = [name.strip() for name in text.split("+")]
    if not all(name.isdecimal() and int(name) < agents for name in names):
        raise InputError(f"the coalition {brief(text)} must name agents 0..{agents - 1}; write for instance 0+1")
    if len({int(name) for name in names}) < len(names):
        raise InputError(f"the coalition {brief(text)} names an agent twice")
    return tuple(sorted(int(name) for name in names))
