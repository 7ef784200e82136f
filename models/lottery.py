"""Lotteries over outcomes: several allocations with transfers, each with an exact probability."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from collude.models.environment import Bundle, Environment, Mixture
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.numbers import common_scale, exact, scaled_array

NOTE = "outcomes may be lotteries: utilities, transfers and budgets are expectations over them"


@shown
@dataclass(frozen=True)
class Lottery:
    """What a rule returns where chance decides.

    Parameters
    ----------
    chances
        A list of (probability, who gets what, transfers). Probabilities are exact, positive and sum to 1; who gets what and
        transfers are as in a sure outcome of a rule.

    Raises
    ------
    InputError
        If an entry is no such triple; the probabilities are looked at when the mechanism is built.

    Examples
    --------
    >>> half = Lottery([("1/2", [(1,), (1,)], [3, -3]), ("1/2", [(0,), (0,)], [0, 0])])
    >>> len(half.chances)
    2
    """

    chances: Sequence[tuple[object, object, object]]

    def __post_init__(self) -> None:
        try:
            rows = tuple((chance, held, money) for chance, held, money in self.chances)
        except (TypeError, ValueError):
            raise InputError("a lottery is a list of (probability, who gets what, transfers)") from None
        object.__setattr__(self, "chances", rows)


@dataclass(frozen=True)
class Branch:
    """One outcome that a lottery may have: its probability, a bundle number per agent, and transfers (money received)."""

    probability: Fraction
    bundles: tuple[int, ...]
    transfers: tuple[Fraction, ...]


Draw = tuple[Branch, ...]


def draw_of(branches: Iterable[Branch]) -> Draw:
    """The lottery of some branches, in order, equal ones joined.

    Parameters
    ----------
    branches
        With positive probabilities that sum to 1.

    Raises
    ------
    InputError
        If a probability is not positive, or their sum is not 1.
    """
    chances: dict[tuple[tuple[int, ...], tuple[Fraction, ...]], Fraction] = {}
    for branch in branches:
        chance = exact(branch.probability, "a probability")
        if chance <= 0:
            raise InputError(f"the probability {chance} of a lottery must be positive; leave the branch out")
        key = (branch.bundles, branch.transfers)
        chances[key] = chances.get(key, Fraction(0)) + chance
    total = sum(chances.values())
    if total != 1:
        raise InputError(f"the probabilities of the lottery sum to {total}, not to 1")
    return tuple(Branch(chances[key], *key) for key in sorted(chances))


def mixture_of(draw: Draw, agent: int) -> Mixture:
    """An agent's own part of a lottery: which bundles he gets with which probability.

    Parameters
    ----------
    draw
        The branches.
    agent
        His number.

    Returns
    -------
    tuple of (int, Fraction)
        Bundle numbers, increasing, with probabilities.
    """
    chances: dict[int, Fraction] = {}
    for branch in draw:
        chances[branch.bundles[agent]] = chances.get(branch.bundles[agent], Fraction(0)) + branch.probability
    return tuple(sorted(chances.items()))


def expected_transfers(draw: Draw) -> tuple[Fraction, ...]:
    """What each agent receives in expectation over a lottery.

    Parameters
    ----------
    draw
        The branches.

    Returns
    -------
    tuple of Fraction
        Money, one amount per agent.
    """
    agents = range(len(draw[0].transfers))
    return tuple(sum((b.probability * b.transfers[i] for b in draw), Fraction(0)) for i in agents)


def numbers_of(environment: Environment, draw: Draw) -> tuple[int, ...]:
    """Each agent's bundle number under a lottery, that of a mixture where chance decides what he gets.

    Parameters
    ----------
    environment
        Of `with_mixtures`, where there are mixtures.
    draw
        The branches.
    """
    numbers = []
    for i in range(environment.agents):
        mixture = mixture_of(draw, i)
        if len(mixture) == 1:
            numbers.append(mixture[0][0])
        else:
            numbers.append(len(environment.bundles[i]) + environment.mixtures[i].index(mixture))
    return tuple(numbers)


def with_mixtures(environment: Environment, draws: Sequence[Draw]) -> Environment:
    """The environment in which the agents can also hold what these lotteries give them, at its expected value.

    Parameters
    ----------
    environment
        With utilities, and without lotteries.
    draws
        Agents with the same list of bundles get the same list of mixtures out of them.

    Returns
    -------
    Environment

    Raises
    ------
    InputError
        For preference orders, whose ranks have no expectations, or if there are lotteries already.
    SizeError
        If the common denominator or a value leaves int64.
    """
    if environment.ordinal:
        raise InputError("lotteries need utilities with expectations; preference orders have ranks only")
    if environment.has_lotteries:
        raise InputError("the environment has lotteries already")
    known: dict[tuple[Bundle, ...], dict[Mixture, None]] = {}
    for i, bundles in enumerate(environment.bundles):
        own = {mixture: None for draw in draws if len(mixture := mixture_of(draw, i)) > 1}
        known.setdefault(bundles, {}).update(own)
    mixtures = tuple(tuple(known[bundles]) for bundles in environment.bundles)
    tables = []
    for i, size in enumerate(environment.sizes):
        sure = range(len(environment.bundles[i]))
        for k in range(size):
            values = [environment.value(i, k, b) for b in sure]
            mixed = [sum((p * values[b] for b, p in mixture), Fraction(0)) for mixture in mixtures[i]]
            tables.append(values + mixed)
    scale = common_scale([Fraction(1, environment.scale), *(x for row in tables for x in row)])
    rows = iter(tables)
    arrays = tuple(
        np.stack([scaled_array(next(rows), scale, "an expected value") for _ in range(size)])
        for size in environment.sizes
    )
    return replace(environment, values=arrays, scale=scale, mixtures=mixtures)
