"""Lemmas on uniform prices for suppliers of one good: at which prices a group can be said to choose, and what joins them.

A *line* of a group is a price at which every member supplies an optimum and is paid it per unit, whenever all members report
one type. The lemmas say that there are lines and how those of different groups hang together. A line need not be unique (where
the group supplies nothing there are many), so that a lemma is violated only if no choice of lines satisfies it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, combinations_with_replacement, pairwise
from math import comb
from typing import NamedTuple

from collude.models.errors import SizeError
from collude.models.library.recognise import best_prices
from collude.models.mechanism import Mechanism, Outcome, Profile, all_profiles

MOST_CHOICES = 200_000
Others = tuple[int, ...]


class SingleTypeGroup(NamedTuple):
    """A group whose members report one type. size : of the group. others : the types of all others, in order."""

    size: int
    others: Others


class Allocation(NamedTuple):
    """What a supplier supplies, in units, and is paid."""

    units: int
    money: Fraction


class TypeChoice(NamedTuple):
    """What a type of a group gets when all members report it."""

    type_index: int
    allocation: Allocation


class GroupAtProfile(NamedTuple):
    """A group at a profile, by its members."""

    group: SingleTypeGroup
    members: tuple[int, ...]
    profile: Profile


@dataclass(frozen=True)
class PriceRange:
    """The prices low..high (None: no bound) that are lines of a group; there is none if low > high."""

    low: Fraction
    high: Fraction | None

    def __contains__(self, price: Fraction) -> bool:
        return self.low <= price and (self.high is None or price <= self.high)

    @property
    def empty(self) -> bool:
        """Whether there is no line."""
        return self.high is not None and self.low > self.high


NO_PRICE = PriceRange(Fraction(0), Fraction(-1))


class GroupPrices:
    """The lines of all groups in one mechanism of suppliers of one good, who have the same types.

    Parameters
    ----------
    mechanism
        Supplies and payments.
    """

    def __init__(self, mechanism: Mechanism) -> None:
        self.mechanism = mechanism
        env = mechanism.environment
        self.agents, self.types = env.agents, env.sizes[0]
        self.first = [-env.value(0, k, env.indices[0][(1,)]) for k in range(self.types)]
        self.shown: dict[int, Outcome] = {}
        self.bounds: dict[tuple[int, int], PriceRange] = {}

    def given(self, agent: int, profile: Profile) -> Allocation:
        """What an agent supplies and is paid."""
        outcome = self.mechanism.outcome_at(profile)
        if outcome not in self.shown:
            self.shown[outcome] = self.mechanism.show_outcome(outcome)
        shown = self.shown[outcome]
        return Allocation(shown.bundles[agent][0], shown.transfers[agent])

    def places(self) -> Iterator[GroupAtProfile]:
        """Every group whose members report one type, at every profile."""
        for profile in all_profiles(self.mechanism.environment):
            for size in range(1, self.agents + 1):
                for members in combinations(range(self.agents), size):
                    if len({profile[i] for i in members}) == 1:
                        others = sorted(k for i, k in enumerate(profile) if i not in members)
                        yield GroupAtProfile(SingleTypeGroup(size, tuple(others)), members, profile)

    @cached_property
    def menus(self) -> dict[SingleTypeGroup, set[TypeChoice]]:
        """What the members of each group get, whatever type they report."""
        found: dict[SingleTypeGroup, set[TypeChoice]] = {}
        for group, members, profile in self.places():
            menu = found.setdefault(group, set())
            menu |= {TypeChoice(profile[i], self.given(i, profile)) for i in members}
        return found

    @cached_property
    def lines(self) -> dict[SingleTypeGroup, PriceRange]:
        """The lines of each group."""
        return {group: self._line(menu) for group, menu in self.menus.items()}

    def optimal(self, type_index: int, units: int) -> PriceRange:
        """The prices at which so many units are an optimum for a type."""
        key = (type_index, units)
        if key not in self.bounds:
            self.bounds[key] = PriceRange(*best_prices(self.mechanism, 0, type_index, units))
        return self.bounds[key]

    def _line(self, menu: set[TypeChoice]) -> PriceRange:
        low, high = Fraction(0), None
        for k, (units, money) in menu:
            bound = self.optimal(k, units)
            if units:
                rate = money / units
                bound = PriceRange(rate, rate) if rate in bound else NO_PRICE
            elif money:
                bound = NO_PRICE
            low = max(low, bound.low)
            high = bound.high if high is None else high if bound.high is None else min(high, bound.high)
        return PriceRange(low, high)

    @cached_property
    def candidates(self) -> list[Fraction]:
        """One price for each order that prices can have with first marginals and ends of lines: no others need be tried."""
        marks = {Fraction(0), *self.first}
        for line in self.lines.values():
            marks |= {x for x in (line.low, line.high) if x is not None and x >= 0}
        row = sorted(marks)
        return sorted({*row, *((a + b) / 2 for a, b in pairwise(row)), row[-1] + 1})

    def accepting(self, others: Others, price: Fraction) -> int:
        """How many types have a first unit that costs at most the price."""
        return sum(self.first[k] <= price for k in others)

    def last_price(self, others: Others, prices: tuple[Fraction, ...], size: int) -> Fraction:
        """p(eta_g): with p(0) = 0 the price for the largest m at which the group and those who accept p(m) are m."""
        row = (Fraction(0), *prices)
        return row[max(m for m in range(size, self.agents + 1) if size + self.accepting(others, row[m]) == m)]

    def sequences(self) -> Iterator[tuple[Fraction, ...]]:
        """All p(1) <= ... <= p(n) of candidates; SizeError if they are too many."""
        count = comb(len(self.candidates) + self.agents - 1, self.agents)
        if count > MOST_CHOICES:
            raise SizeError(f"{count} sequences of prices are more than {MOST_CHOICES}; test fewer types", count)
        yield from combinations_with_replacement(self.candidates, self.agents)


def unequal_treatment(mechanism: Mechanism) -> bool:
    """Lemma 2.2 fails: the same types, given to other agents, do not give them the same utilities.

    Parameters
    ----------
    mechanism
        Suppliers who have the same types.

    Returns
    -------
    bool
    """
    seen: dict[tuple[int, Others], Fraction] = {}
    for profile in all_profiles(mechanism.environment):
        outcome = mechanism.outcome_at(profile)
        for i, k in enumerate(profile):
            utility = Fraction(mechanism.utility(i, k, outcome))
            if seen.setdefault((k, tuple(sorted(profile))), utility) != utility:
                return True
    return False


def no_menu(prices: GroupPrices) -> bool:
    """Lemma 2.3 fails: some group of one type is paid twice for one quantity, or would rather have another allocation that
    it gets when it reports another type.

    Parameters
    ----------
    prices
        Of the mechanism.

    Returns
    -------
    bool
    """
    env = prices.mechanism.environment

    def utility(choice: TypeChoice, allocation: Allocation) -> Fraction:
        return allocation.money + env.value(0, choice.type_index, env.indices[0][(allocation.units,)])

    for menu in prices.menus.values():
        allocations = {choice.allocation for choice in menu}
        if len({allocation.units for allocation in allocations}) < len(allocations):
            return True
        for choice in menu:
            if any(utility(choice, other) > utility(choice, choice.allocation) for other in allocations):
                return True
    return False


def no_line(prices: GroupPrices) -> bool:
    """Lemma 2.4 fails: the menu of some group lies on no line through the origin.

    Parameters
    ----------
    prices
        Of the mechanism.

    Returns
    -------
    bool
    """
    return any(line.empty for line in prices.lines.values())


def lines_do_not_join(prices: GroupPrices) -> bool:
    """Lemma 2.5 fails: however lines are chosen, a smaller group has a higher one somewhere, or a lower one although the
    agent who left accepts the price.

    Parameters
    ----------
    prices
        Of the mechanism.

    Returns
    -------
    bool

    Notes
    -----
    Backtracking over the lines of all groups, the largest group first.
    """
    groups = sorted(prices.lines, key=lambda group: (-group.size, group.others))
    choices = [[price for price in prices.candidates if price in prices.lines[group]] for group in groups]
    chosen: dict[SingleTypeGroup, Fraction] = {}
    tried, place = 0, 0
    waiting = [iter(choices[0])]
    while waiting:
        size, others = groups[place]
        price = next(waiting[-1], None)
        if price is None:
            waiting.pop()
            place -= 1
            continue
        tried += 1
        if tried > MOST_CHOICES:
            raise SizeError(f"more than {MOST_CHOICES} choices of lines; test fewer types", tried)
        larger = [SingleTypeGroup(size + 1, others[:x] + others[x + 1 :]) for x in range(len(others))]
        if not all(_joins(price, chosen[group], prices.first[k]) for k, group in zip(others, larger, strict=True)):
            continue
        chosen[groups[place]] = price
        place += 1
        if place == len(groups):
            return False
        waiting.append(iter(choices[place]))
    return True


def _joins(smaller: Fraction, larger: Fraction, first: Fraction) -> bool:
    """Whether the line of a group that a type with this first marginal has left goes with the line that it had before."""
    return smaller == larger if first <= larger else smaller <= larger


def no_sequence(prices: GroupPrices) -> bool:
    """Lemma 2.6 fails: no prices p(1) <= ... <= p(n) give every group the line p(eta_g).

    Parameters
    ----------
    prices
        Of the mechanism.

    Returns
    -------
    bool
    """
    return not any(_fits(prices, row, range(1, prices.agents + 1)) for row in prices.sequences())


def _fits(prices: GroupPrices, row: tuple[Fraction, ...], sizes: range) -> bool:
    return all(
        prices.last_price(others, row, size) in line for (size, others), line in prices.lines.items() if size in sizes
    )


def no_common_price(prices: GroupPrices) -> bool:
    """Lemma 2.7 fails: no prices as in Lemma 2.6, for single agents, give everybody at p(eta) of the whole profile the same
    optima as at his own line, his allocation among them.

    Parameters
    ----------
    prices
        Of the mechanism.

    Returns
    -------
    bool
    """
    return not any(_fits(prices, row, range(1, 2)) and _same_optima(prices, row) for row in prices.sequences())


def _same_optima(prices: GroupPrices, row: tuple[Fraction, ...]) -> bool:
    units = range(len(prices.mechanism.environment.bundles[0]))
    for profile in all_profiles(prices.mechanism.environment):
        common = prices.last_price(profile, row, 0)
        for i, k in enumerate(profile):
            own = prices.last_price(profile[:i] + profile[i + 1 :], row, 1)
            optima = {(q, q * common) for q in units if common in prices.optimal(k, q)}
            if optima != {(q, q * own) for q in units if own in prices.optimal(k, q)}:
                return False
            if prices.given(i, profile) not in optima:
                return False
    return True
