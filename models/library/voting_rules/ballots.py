"""Ballots: the preference orders of a voting environment as arrays, and rules that see only how many voters cast each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from collude.models.draft import from_rule
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import Number, common_scale, exact, guard

Winners = Callable[[np.ndarray], np.ndarray]
LOWEST = "the alternative of the lowest number wins ties"


@dataclass(frozen=True, eq=False)
class Ballots:
    """The kinds of ballots that voters can cast.

    rank : (K, m) int64, how many levels of a ballot lie above each alternative, 0 for the best ones. strict : whether no
    ballot ties two alternatives. levels : how many levels a ballot has at most.
    """

    rank: np.ndarray

    @property
    def alternatives(self) -> int:
        """Number m of alternatives."""
        return int(self.rank.shape[1])

    @property
    def strict(self) -> bool:
        """Whether no ballot ties two alternatives."""
        return bool((np.sort(self.rank, axis=1) == np.arange(self.alternatives)).all())

    @property
    def preferred(self) -> np.ndarray:
        """(m, m, K) int64: entry (x, y, k) is 1 where ballot k ranks x strictly above y."""
        return np.asarray((self.rank.T[:, None, :] < self.rank.T[None, :, :]).astype(np.int64))

    def top(self, remaining: np.ndarray) -> np.ndarray:
        """(K, B) int64: the best alternative of each ballot among those that remain, (m, B) bool; the lowest of several."""
        rank = np.where(remaining[None], self.rank[:, :, None], self.alternatives)
        return np.asarray(rank.argmin(axis=1))

    def last(self, remaining: np.ndarray) -> np.ndarray:
        """(K, B) int64: the worst alternative of each ballot among those that remain, (m, B) bool."""
        rank = np.where(remaining[None], self.rank[:, :, None], -1)
        return np.asarray(rank.argmax(axis=1))


@dataclass(frozen=True, eq=False)
class ElectionRule:
    """A voting rule that treats voters alike.

    winners : takes counts (B, K) int64, how many voters cast each ballot, and returns the winning alternatives (B,) int64.
    notes : what a reader of a verdict has to know, above all the tie rule. points : (K, m) int64, what a ballot gives to each
    alternative, if the winners are those of the most points, of several the lowest number.
    """

    name: str
    winners: Winners
    notes: tuple[str, ...] = field(default=())
    points: np.ndarray | None = None


def ballots_of(environment: Environment, name: str) -> Ballots:
    """The ballots that the voters of an environment can cast.

    Parameters
    ----------
    environment
        Voting, all agents with the same orders.
    name
        Of the rule, for the message.

    Raises
    ------
    InputError
        For another environment, or orders that differ.
    """
    if environment.family != "voting":
        raise InputError(f"{name} needs a voting environment, not {environment.family!r}")
    if len(set(environment.types)) != 1:
        raise InputError(f"{name} needs the same orders for every agent")
    values = environment.values[0]
    levels = [sorted(set(row), reverse=True) for row in values.tolist()]
    return Ballots(
        np.array([[level.index(x) for x in row] for level, row in zip(levels, values.tolist(), strict=True)])
    )


def require_strict(ballots: Ballots, name: str) -> None:
    """Refuse ballots that tie two alternatives.

    Parameters
    ----------
    ballots
        What was given.
    name
        Of the rule, for the message.

    Raises
    ------
    InputError
    """
    if not ballots.strict:
        raise InputError(f"{name} needs strict orders; use preferences=strict")


def highest(scores: np.ndarray) -> np.ndarray:
    """The lowest-numbered alternative with the highest score.

    Parameters
    ----------
    scores
        (B, m) numbers.

    Returns
    -------
    ndarray
        (B,) int64.
    """
    return np.asarray(scores.argmax(axis=1))


def totals(counts: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Scores of the alternatives from how many voters cast each ballot.

    Parameters
    ----------
    counts
        (B, K) int64: voters with each ballot.
    points
        (K, m) int64: what a ballot gives to each alternative.

    Returns
    -------
    ndarray
        (B, m) int64.

    Raises
    ------
    SizeError
        If all voters together could give an alternative more than int64 holds.
    """
    voters = int(counts.sum(axis=1).max(initial=0))
    guard(voters * int(points.max(initial=0)), "the points of an alternative")
    return np.asarray(counts @ points)


def by_counts(environment: Environment, rule: ElectionRule) -> Mechanism:
    """The ordinary mechanism of named voters that a rule on counts amounts to.

    Parameters
    ----------
    environment
        Voting, all agents with the same orders.
    rule
        Of the ballots of this environment.
    """
    kinds = len(environment.types[0])

    def outcomes(types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts = np.stack([(types == k).sum(axis=0) for k in range(kinds)], axis=1)
        chosen = rule.winners(counts.astype(np.int64))
        return np.broadcast_to(chosen, types.shape), np.zeros(types.shape, np.int64)

    return from_rule(environment, rule.name, outcomes, notes=rule.notes)


def weights_of(given: Sequence[Number], alternatives: int) -> tuple[int, ...]:
    """Points for the places of a ballot as whole numbers with the same ratios, 0 for the last place.

    Parameters
    ----------
    given
        One number per alternative, from the first place to the last, that do not increase.
    alternatives
        How many there must be.

    Raises
    ------
    InputError
        For another number of weights, weights that increase, or equal ones.
    SizeError
        If one of the whole numbers is beyond int64.

    Examples
    --------
    >>> weights_of([1, "1/2", 0], 3)
    (2, 1, 0)
    """
    points = [exact(x, "a weight") for x in given]
    if len(points) != alternatives:
        raise InputError(f"{len(points)} weights for {alternatives} alternatives; give one for each place of a ballot")
    if any(a < b for a, b in pairwise(points)) or points[0] == points[-1]:
        raise InputError("weights must not increase from the first place to the last, and must not all be equal")
    scale = common_scale(points)
    guard(int((points[0] - points[-1]) * scale), "the weight of the first place")
    return tuple(int((x - points[-1]) * scale) for x in points)
