"""The Bayesian game between coalitions: each block of a partition is one player, and all its pure equilibria are found.

A block pools its types and maximises the sum of its members' expected utilities; a strategy is a joint report for each
of its joint types. Types must be independent. A profile of strategies is an equilibrium iff every joint type of positive
probability answers best. All strategies of all blocks but the one with the most are enumerated; for that one the best
reports are found type by type, and then the others are checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import NamedTuple, cast

import numpy as np

from collude.axioms.core.expectations import expectations_of
from collude.axioms.core.groups import Members
from collude.axioms.core.registry import find_axiom
from collude.axioms.outcomes.efficient import Efficient
from collude.models.beliefs import chances_of
from collude.models.errors import InputError, SizeError
from collude.models.mechanism import Mechanism, all_profiles, types_of
from collude.models.numbers import guard

Strategy = tuple[int, ...]
Partition = tuple[Members, ...]
MOST_PLAYS = 5_000_000
MOST_EQUILIBRIA = 1_000_000


@dataclass(frozen=True)
class Equilibrium:
    """A pure equilibrium of the game between blocks of agents.

    Attributes
    ----------
    strategies : tuple of tuples of int
        Per block, for each of its joint types, the number of the action taken (where blocks report: of the joint report). Joint
        types and reports are numbered in C order.
    efficient : bool
        Whether no welfare is lost at any profile of positive probability.
    surplus : Fraction
        The expected sum of values, in money.
    payoffs : tuple of Fraction
        What each block expects in all, in money.
    """

    strategies: tuple[Strategy, ...]
    efficient: bool
    surplus: Fraction
    payoffs: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Rules:
    """What the players of a game can do.

    Attributes
    ----------
    actions : tuple of int
        How many actions each player has.
    played : (A_0, A_1, ...) int64
        The number of the profile that is reported, by everybody's action.
    money : tuple of (A_0, A_1, ...) int64 or None
        Per player, `scale` times what he receives besides; None for nothing.
    """

    actions: tuple[int, ...]
    played: np.ndarray
    money: tuple[np.ndarray | None, ...]


def reporting(mechanism: Mechanism, partition: Partition) -> Rules:
    """The rules of the game in which every block of agents sends a joint report to the mechanism.

    Parameters
    ----------
    mechanism : Mechanism
    partition : tuple of tuples of int
        The blocks, each a tuple of agents; every agent is in one of them.

    Returns
    -------
    Rules
        An action of a block is the number of a joint report, in C order of its agents; no money passes besides.
    """
    env = mechanism.environment
    order = [i for block in partition for i in block]
    sizes = tuple(prod(env.sizes[i] for i in block) for block in partition)
    profiles = np.arange(env.profiles, dtype=np.int64).reshape(env.sizes).transpose(order).reshape(sizes)
    return Rules(sizes, profiles, (None,) * len(partition))


class Game:
    """The Bayesian game between blocks of agents, each of which pools its types and maximises its expected total utility.

    Parameters
    ----------
    mechanism : Mechanism
        With an independent prior.
    partition : tuple of tuples of int
        The blocks.
    rules : Rules, optional
        What blocks can do; they report by default.

    Raises
    ------
    InputError
        If the blocks do not have every agent exactly once.
    SizeError
        If all but the largest block have too many combinations of strategies.
    """

    def __init__(self, mechanism: Mechanism, partition: Partition, rules: Rules | None = None) -> None:
        env = mechanism.environment
        if sorted(i for block in partition for i in block) != list(range(env.agents)) or not all(partition):
            raise InputError(f"the blocks {partition} must have every agent exactly once")
        self.mechanism, self.partition = mechanism, partition
        self.rules = rules if rules is not None else reporting(mechanism, partition)
        self.sizes = [prod(env.sizes[i] for i in block) for block in partition]
        beliefs = expectations_of(mechanism).beliefs
        self.probabilities = []
        for block in partition:
            weights = np.ones(1, np.int64)
            for i in block:
                weights = np.multiply.outer(weights, beliefs.weights[i, : env.sizes[i]]).reshape(-1)
            self.probabilities.append(weights)
        extra = max((int(np.abs(money).max()) for money in self.rules.money if money is not None), default=0)
        guard(2 * beliefs.scale * (mechanism.bound + extra), "an expected utility")
        plays = [actions**size for actions, size in zip(self.rules.actions, self.sizes, strict=True)]
        self.largest = plays.index(max(plays))
        self.needed = prod(count for b, count in enumerate(plays) if b != self.largest)
        if self.needed > MOST_PLAYS:
            raise SizeError(
                f"the other blocks have {self.needed} combinations of strategies; at most {MOST_PLAYS} are tried: use fewer "
                "types or agents",
                self.needed,
            )
        self.payoffs = [self._payoffs(b) for b in range(len(partition))]

    def _payoffs(self, b: int) -> np.ndarray:
        """(T_b, A_b, A of the other blocks in order) int64: what block b gets by its type and all actions."""
        env, rules = self.mechanism.environment, self.rules
        known = expectations_of(self.mechanism)
        order = [b, *(other for other in range(len(self.partition)) if other != b)]
        rows = []
        for types in product(*(range(env.sizes[i]) for i in self.partition[b])):
            total = np.asarray(sum(known.payoffs(i, k) for i, k in zip(self.partition[b], types, strict=True)))[
                rules.played
            ]
            money = rules.money[b]
            rows.append((total if money is None else total + money).transpose(order).reshape(rules.actions[b], -1))
        return np.stack(rows)

    def expected(self, b: int, strategies: Sequence[Strategy]) -> np.ndarray:
        """What a block expects by its joint type and action, the others playing given strategies.

        Returns (T_b, A_b) int64, `scale` times money times the denominators of the others; the block's own strategy is ignored.
        """
        weights = np.ones(1, np.int64)
        for other, strategy in enumerate(strategies):
            if other != b:
                taken = np.zeros(self.rules.actions[other], np.int64)
                np.add.at(taken, list(strategy), self.probabilities[other])
                weights = np.multiply.outer(weights, taken).reshape(-1)
        return np.asarray(self.payoffs[b] @ weights)

    def answers_best(self, b: int, strategies: Sequence[Strategy]) -> bool:
        """Whether every joint type of a block that has positive probability plays a best answer."""
        expected = self.expected(b, strategies)
        own = expected[np.arange(self.sizes[b]), list(strategies[b])]
        return bool(np.all((own == expected.max(axis=1)) | (self.probabilities[b] == 0)))

    def strategies(self) -> Iterator[tuple[Strategy, ...]]:
        """All equilibria, in order of the strategies of the smaller blocks."""
        big = self.largest
        others = [b for b in range(len(self.partition)) if b != big]
        found = 0
        for choice in product(*(product(range(self.rules.actions[b]), repeat=self.sizes[b]) for b in others)):
            strategies: list[Strategy] = [()] * len(self.partition)
            for b, strategy in zip(others, choice, strict=True):
                strategies[b] = strategy
            expected = self.expected(big, strategies)
            best = (expected == expected.max(axis=1)[:, None]) | (self.probabilities[big] == 0)[:, None]
            for answer in product(*(np.flatnonzero(row).tolist() for row in best)):
                strategies[big] = answer
                if all(self.answers_best(b, strategies) for b in others):
                    found += 1
                    if found > MOST_EQUILIBRIA:
                        raise SizeError(f"there are more than {MOST_EQUILIBRIA} equilibria", found)
                    yield tuple(strategies)

    def taken(self, strategies: Sequence[Strategy]) -> list[np.ndarray]:
        """The action of every block at each true profile, (P,) each."""
        env = self.mechanism.environment
        type_indices = types_of(env.sizes, 0, env.profiles)
        found = []
        for block, strategy in zip(self.partition, strategies, strict=True):
            place = np.ravel_multi_index([type_indices[i] for i in block], [env.sizes[i] for i in block])
            found.append(np.array(strategy)[place])
        return found

    def judge(self, strategies: tuple[Strategy, ...]) -> Equilibrium:
        """What an equilibrium leads to: whether it is efficient, its expected surplus, what blocks expect."""
        mechanism = self.mechanism
        env = mechanism.environment
        type_indices = types_of(env.sizes, 0, env.profiles)
        actions = tuple(self.taken(strategies))
        outcomes = mechanism.outcome[self.rules.played[actions]]
        weights, whole = expectations_of(mechanism).weights
        lost = cast(Efficient, find_axiom("efficient")).losses(mechanism, type_indices, outcomes)
        factor = mechanism.scale // env.scale
        values = sum(env.values[i][type_indices[i], mechanism.bundle[outcomes, i]] * factor for i in range(env.agents))
        got = mechanism.truthful(type_indices, outcomes)
        payoffs = [
            Fraction(int((got[list(block)].sum(axis=0) * weights).sum()), whole * mechanism.scale)
            for block in self.partition
        ]
        surplus = Fraction(int((np.asarray(values) * weights).sum()), whole * mechanism.scale)
        return Equilibrium(strategies, not bool(np.any((lost > 0) & (weights > 0))), surplus, tuple(payoffs))

    def equilibria(self, most: int | None = None) -> Iterator[Equilibrium]:
        """All equilibria (at most `most`), judged."""
        return map(self.judge, islice(self.strategies(), most))


class EquilibriumTest(NamedTuple):
    """Whether strategies are an equilibrium, and whether what they lead to is efficient wherever the prior is positive."""

    equilibrium: bool
    efficient: bool


def is_equilibrium(mechanism: Mechanism, partition: Partition, strategies: Sequence[Strategy]) -> EquilibriumTest:
    """Whether strategies are an equilibrium of the game between blocks, and efficient: from the definition, in fractions.

    It shares nothing with `Game`: profiles, reports and utilities are worked out one by one.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    partition : tuple of tuples of int
        The blocks.
    strategies : sequence of tuples of int
        Per block, for each of its joint types in C order, the number of the joint report.

    Returns
    -------
    EquilibriumTest
    """
    env = mechanism.environment
    probabilities = dict(zip(all_profiles(env), chances_of(env), strict=True))
    points = [list(product(*(range(env.sizes[i]) for i in block))) for block in partition]

    def told(profile: tuple[int, ...]) -> tuple[int, ...]:
        report = list(profile)
        for block, strategy, own in zip(partition, strategies, points, strict=True):
            place = own.index(tuple(profile[i] for i in block))
            for i, k in zip(block, own[strategy[place]], strict=True):
                report[i] = k
        return tuple(report)

    best = True
    for block, own in zip(partition, points, strict=True):
        for types in own:
            here = [
                p
                for p, chance in probabilities.items()
                if chance and all(p[i] == k for i, k in zip(block, types, strict=True))
            ]

            def worth(
                report: tuple[int, ...] | None, here: list[tuple[int, ...]] = here, block: Members = block
            ) -> Fraction:
                total = Fraction(0)
                for profile in here:
                    said = list(told(profile))
                    for i, k in zip(block, report or (), strict=False):
                        said[i] = k
                    outcome = mechanism.outcome_at(tuple(said))
                    total += probabilities[profile] * sum(mechanism.utility(i, profile[i], outcome) for i in block)
                return total

            best &= not here or worth(None) == max(worth(report) for report in own)
    efficient = cast(Efficient, find_axiom("efficient"))
    lost = any(
        efficient.amount_at(mechanism, profile, mechanism.outcome_at(told(profile)), ()) > 0
        for profile, chance in probabilities.items()
        if chance
    )
    return EquilibriumTest(best, not lost)
