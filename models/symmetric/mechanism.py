"""Symmetric mechanisms: what an agent gets is a lottery that depends on his report and the multiset of all reports."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

import numpy as np

from collude.kernels.multisets.options import merge_rows
from collude.kernels.multisets.ranking import multisets, rank_of, rank_table
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.mechanism import distinct_rows
from collude.models.numbers import LARGEST, guard, scaled
from collude.models.process.memory import available_memory
from collude.models.symmetric.population import Population

Lottery = tuple[tuple[Fraction, int, Fraction], ...]
Counts = tuple[int, ...]
CountRule = Callable[[np.ndarray], np.ndarray]
BLOCK = 1 << 14
MOST_SHARES = 1 << 24
MOST_STATES = 1 << 10


def lottery(parts: Iterable[tuple[Fraction, int, Fraction]]) -> Lottery:
    """A lottery over (bundle number, transfer) with equal parts joined, impossible ones left out, in increasing order.

    Parameters
    ----------
    parts : iterable of (Fraction, int, Fraction)
        Probability, bundle number, money received.

    Returns
    -------
    Lottery

    Raises
    ------
    InputError
        Unless the probabilities are at least 0 and sum to 1.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> len(lottery([(half, 0, Fraction(0)), (half, 0, Fraction(0))]))
    1
    """
    joined: dict[tuple[int, Fraction], Fraction] = {}
    for probability, bundle, transfer in parts:
        if probability < 0:
            raise InputError(f"a lottery has the probability {probability}; give numbers of at least 0")
        joined[bundle, transfer] = joined.get((bundle, transfer), Fraction(0)) + probability
    if sum(joined.values()) != 1:
        raise InputError(f"the probabilities of a lottery sum to {sum(joined.values())}, not to 1")
    return tuple(sorted((p, bundle, transfer) for (bundle, transfer), p in joined.items() if p))


class States(NamedTuple):
    """Few rows of shares in place of one per multiset. state : (M,) int32, the row of each multiset of reports. rows :
    (S, K) int32, the share of each report."""

    state: np.ndarray
    rows: np.ndarray


class CountBlock(NamedTuple):
    """Multisets one after another. first : the rank of the first one. counts : (B, K) int64."""

    first: int
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class SymmetricMechanism:
    """A direct mechanism that treats agents alike.

    population : the agents. share : (M, K) int32, for each multiset of n reports in the order of ranks the number of the
    share of those who report each type, -1 where nobody does. shares : the shares, lotteries over bundles and transfers.
    notes : what a reader of a verdict has to know, above all the tie rule.
    """

    population: Population
    name: str
    share: np.ndarray
    shares: tuple[Lottery, ...]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        population = self.population
        shape = (population.situations, len(population.types))
        if self.share.shape != shape:
            raise InputError(f"the table of shares has shape {self.share.shape}, but {shape} is needed")
        if self.share.size and not -1 <= int(self.share.min()) <= int(self.share.max()) < len(self.shares):
            raise InputError(f"the table of shares names shares outside 0..{len(self.shares) - 1}")
        last = len(population.bundles) - 1
        for parts in self.shares:
            for _, bundle, _ in parts:
                if not 0 <= bundle <= last:
                    raise InputError(f"a share gives bundle number {bundle}, but there are {last + 1} bundles")
        if population.member.ordinal and any(len(parts) > 1 for parts in self.shares):
            raise InputError("ranks have no expectations: with preference orders every share must be certain")
        guard(4 * population.agents * self._largest, "the sum of all utilities")
        _require_supply(self)

    @property
    def environment(self) -> Environment:
        """The environment of n named agents."""
        return self.population.named

    @cached_property
    def scale(self) -> int:
        """The least integer that makes all expected utilities and transfers whole."""
        scale = self.population.member.scale
        for parts in self.shares:
            for probability, _, transfer in parts:
                scale = lcm(scale, probability.denominator * self.population.member.scale)
                scale = lcm(scale, probability.denominator * transfer.denominator)
            if scale > LARGEST:
                raise SizeError(f"the common denominator {scale} of the lotteries does not fit into int64", scale)
        return scale

    @property
    def exact(self) -> bool:
        """Always True: there are no tolerances here."""
        return True

    @property
    def lotteries(self) -> bool:
        """Whether some share is not certain."""
        return any(len(parts) > 1 for parts in self.shares)

    @property
    def _largest(self) -> int:
        values = int(np.abs(self.population.values).max(initial=0)) * (self.scale // self.population.member.scale)
        money = max((abs(transfer) for parts in self.shares for _, _, transfer in parts), default=Fraction(0))
        return values + int(money * self.scale) + 1

    @cached_property
    def transfer(self) -> np.ndarray:
        """(R,) int64, `scale` times the expected money received."""
        return np.array(
            [scaled(sum((p * t for p, _, t in parts), Fraction(0)), self.scale) for parts in self.shares], np.int64
        )

    @cached_property
    def value(self) -> np.ndarray:
        """(K, R) int64, `scale` times what each type expects from the bundle of each share."""
        values, factor = self.population.values, self.scale // self.population.member.scale
        known: dict[tuple[tuple[Fraction, int], ...], int] = {}
        columns: list[np.ndarray] = []
        numbers = np.empty(len(self.shares), np.int64)
        for r, parts in enumerate(self.shares):
            key = tuple((p, bundle) for p, bundle, _ in parts)
            if key not in known:
                known[key] = len(columns)
                columns.append(np.asarray(sum(values[:, b] * (factor * p.numerator // p.denominator) for p, b in key)))
            numbers[r] = known[key]
        return np.ascontiguousarray(np.stack(columns, axis=1)[:, numbers])

    @cached_property
    def utility(self) -> np.ndarray:
        """(K, R) int64, `scale` times what each type expects from each share."""
        return np.asarray(self.value + self.transfer)

    @cached_property
    def ranks(self) -> np.ndarray:
        """The table that ranks of multisets are sums of."""
        return rank_table(self.population.agents, len(self.population.types))

    @cached_property
    def states(self) -> States:
        """The shares at all multisets in as few rows as are found quickly: multisets have the same row where nobody who
        reports at one of them gets another share at the other."""
        state = np.empty(len(self.share), np.int32)
        rows = np.empty((MOST_STATES, self.share.shape[1]), np.int32)
        count = merge_rows(self.share, rows, state)
        if count < 0:
            return States(np.arange(len(self.share), dtype=np.int32), self.share)
        return States(state, rows[:count].copy())

    def rank(self, counts: Sequence[int]) -> int:
        """The rank of a multiset of n reports, given as K counts."""
        return int(rank_of(np.array(counts, np.int64), self.ranks))

    def share_at(self, report: int, counts: Sequence[int]) -> int:
        """The number of the share of those who report a type, at a multiset of reports with it."""
        return int(self.share[self.rank(counts), report])


def _require_supply(mechanism: SymmetricMechanism) -> None:
    """InputError if some multiset of reports is given more in expectation than there is, or different alternatives."""
    population = mechanism.population
    member = population.member
    if member.public:
        _require_one_alternative(mechanism)
        return
    if member.supply is None:
        return
    whole = lcm(*(p.denominator for parts in mechanism.shares for p, _, _ in parts))
    goods = member.goods[0]
    most = max(int(np.abs(goods).max(initial=0)), *(abs(x) for x in member.supply))
    guard(population.agents * most * whole, "the sum of all goods")
    given = np.zeros((len(mechanism.shares) + 1, len(member.supply)), np.int64)  # the last row for shares -1
    for row, parts in zip(given, mechanism.shares, strict=False):
        row += sum(goods[b] * int(p * whole) for p, b, _ in parts)
    supply = np.array(member.supply, np.int64) * whole
    for first, counts in count_blocks(population):
        share = mechanism.share[first : first + len(counts)]
        total = np.einsum("bkg,bk->bg", given[share], counts)
        wrong = (total != supply if member.exactly else total > supply).any(axis=1)
        if wrong.any():
            place = int(wrong.argmax())
            raise InputError(
                f"at {show_counts(population, counts[place])} goods are given that do not exist, or not all that must be"
            )


def _require_one_alternative(mechanism: SymmetricMechanism) -> None:
    chosen: dict[tuple[tuple[Fraction, int], ...], int] = {}
    numbers = []
    for parts in mechanism.shares:
        alternatives: dict[int, Fraction] = {}
        for p, bundle, _ in parts:
            alternatives[bundle] = alternatives.get(bundle, Fraction(0)) + p
        key = tuple(sorted((p, b) for b, p in alternatives.items()))
        numbers.append(chosen.setdefault(key, len(chosen)))
    number = np.array([*numbers, -1], np.int64)
    for first, counts in count_blocks(mechanism.population):
        given = np.where(counts > 0, number[mechanism.share[first : first + len(counts)]], -1)
        highest = given.max(axis=1)
        wrong = ((given != highest[:, None]) & (counts > 0)).any(axis=1)
        if wrong.any():
            place = show_counts(mechanism.population, counts[int(wrong.argmax())])
            raise InputError(f"at {place} agents get different alternatives of a public choice")


def count_blocks(population: Population) -> Iterator[CountBlock]:
    """All multisets of n types in the order of ranks, in blocks.

    Parameters
    ----------
    population : Population

    Yields
    ------
    CountBlock
    """
    total = population.situations
    for first in range(0, total, BLOCK):
        last = min(total, first + BLOCK)
        yield CountBlock(first, multisets(population.agents, len(population.types), first, last))


def show_counts(population: Population, counts: Sequence[int]) -> str:
    """A multiset of types in words.

    Parameters
    ----------
    population : Population
    counts : sequence of int
        How many agents have each type, (K,).

    Returns
    -------
    str
        For instance "(2 x 0, 1 x 5)".
    """
    from collude.models.mechanism import show_type

    parts = [f"{int(x)} x {show_type(t)}" for t, x in zip(population.types, counts, strict=True) if x]
    return "(" + ", ".join(parts) + ")"


def require_table(population: Population) -> None:
    """Refuse a table of shares that cannot be held in memory.

    Parameters
    ----------
    population : Population

    Raises
    ------
    SizeError
        With the number of bytes.
    """
    needed, free = 16 * population.situations * len(population.types), available_memory()
    if needed > 0.7 * free:
        raise SizeError(
            f"{population.situations} multisets of reports need {needed / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free; "
            "use fewer agents or types",
            needed,
        )


def from_count_rule(
    population: Population,
    name: str,
    rule: CountRule,
    share_of: Callable[[tuple[int, ...]], Iterable[tuple[Fraction, int, Fraction]]],
    notes: tuple[str, ...] = (),
) -> SymmetricMechanism:
    """A symmetric mechanism from a rule over blocks of multisets.

    Parameters
    ----------
    population : Population
    name : str
    rule : callable
        Takes counts (B, K) int64 and returns keys (B, K, c) int64 that say what those who report each type get.
    share_of : callable
        The lottery that a key stands for, as (probability, bundle number, transfer) rows.
    notes : tuple of str
        What a reader of a verdict has to know.

    Returns
    -------
    SymmetricMechanism
        Every multiset is evaluated once.

    Raises
    ------
    SizeError
        Beyond the memory at hand.
    """
    require_table(population)
    kinds = len(population.types)
    width = 0

    def rows() -> Iterator[np.ndarray]:
        nonlocal width
        for _, counts in count_blocks(population):
            keys = np.asarray(rule(counts), np.int64)
            width, present = keys.shape[2], counts > 0
            table = np.empty((*counts.shape, width + 1), np.int64)
            table[..., 0] = ~present
            np.multiply(keys, present[..., None], out=table[..., 1:])
            yield table.reshape(-1, width + 1)

    numbers, known = distinct_rows(rows(), population.situations * kinds)
    shares: dict[Lottery, int] = {}
    place = np.empty(len(known), np.int32)
    for x, (absent, *key) in enumerate(known.tolist()):
        place[x] = -1 if absent else shares.setdefault(lottery(share_of(tuple(key))), len(shares))
        if len(shares) > MOST_SHARES:
            raise SizeError(f"more than {MOST_SHARES} different shares; use a smaller grid", MOST_SHARES)
    return SymmetricMechanism(population, name, place[numbers].reshape(-1, kinds), tuple(shares), notes)


def alternative_for_all(
    population: Population, name: str, winners: CountRule, notes: tuple[str, ...] = ()
) -> SymmetricMechanism:
    """A public choice without money.

    Parameters
    ----------
    population : Population
    name : str
    winners : callable
        Takes counts (B, K) int64 and returns the alternatives (B,).
    notes : tuple of str
        What a reader of a verdict has to know.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    SizeError
        Beyond the memory at hand.
    """
    require_table(population)
    share = np.empty((population.situations, len(population.types)), np.int32)
    for first, counts in count_blocks(population):
        chosen = np.asarray(winners(counts))[:, None]
        share[first : first + len(counts)] = np.where(counts > 0, chosen, -1)
    used = np.unique(share[share >= 0])
    place = np.full(int(used.max()) + 2, -1, np.int32)
    place[used] = np.arange(len(used))
    shares = tuple(lottery([(Fraction(1), int(b), Fraction(0))]) for b in used)
    return SymmetricMechanism(population, name, place[share], shares, notes)
