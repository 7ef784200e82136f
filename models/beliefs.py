"""Priors as integers: weights of types, weights of profiles, and what must be independent."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import NamedTuple

import numpy as np

from collude.kernels.expectations.expect import probabilities
from collude.models.environment import Environment, Prior
from collude.models.errors import InputError, NotApplicableError
from collude.models.numbers import LARGEST, brief, exact, guard
from collude.models.reading.priors import joint_probabilities

MOST_TYPES = 1_000_000


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Independent types: type k of agent i has probability weights[i, k] / wholes[i].

    weights: (n, max K) int64, 0 beyond an agent's types. wholes: one int per agent.
    """

    weights: np.ndarray
    wholes: tuple[int, ...]

    @property
    def scale(self) -> int:
        """The product D of the denominators: at D times its value every expectation of integers is an integer."""
        return prod(self.wholes)

    def outside(self, members: tuple[int, ...]) -> int:
        """The product of the denominators of all but these agents."""
        return prod(whole for i, whole in enumerate(self.wholes) if i not in members)


def beliefs_of(environment: Environment) -> Beliefs:
    """The independent prior of an environment as integers.

    Parameters
    ----------
    environment
        With an independent prior.

    Raises
    ------
    NotApplicableError
        If there is no prior, or it is correlated.
    SizeError
        If the common denominator leaves int64.
    """
    prior = environment.prior
    if prior is None or prior.independent is None:
        reason = objection_to(environment, independent=True)
        raise NotApplicableError(f"this needs independent types, but {reason}")
    tables = prior.independent
    wholes = tuple(lcm(*(weight.denominator for weight in row)) for row in tables)
    guard(prod(wholes), "the common denominator of the prior")
    weights = np.zeros((environment.agents, max(environment.sizes)), np.int64)
    for i, (row, whole) in enumerate(zip(tables, wholes, strict=True)):
        weights[i, : len(row)] = [int(weight * whole) for weight in row]
    return Beliefs(weights, wholes)


def objection_to(environment: Environment, independent: bool) -> str:
    """Say why expectations cannot be taken in an environment.

    Parameters
    ----------
    environment
        With a prior or without one.
    independent
        True if types must be independent.

    Returns
    -------
    str
        "" if they can be taken.
    """
    prior = environment.prior
    if prior is None:
        return "there is no prior; give one, for instance --prior uniform"
    if independent and prior.joint is not None:
        return "the prior is correlated: beliefs about the others depend on one's own type"
    return ""


def chances_of(environment: Environment) -> tuple[Fraction, ...]:
    """The probability of each profile.

    Parameters
    ----------
    environment
        With a prior.

    Returns
    -------
    tuple of Fraction
        In C order, agent n-1 fastest.

    Raises
    ------
    NotApplicableError
        Without a prior.
    """
    prior = environment.prior
    if prior is None:
        raise NotApplicableError("there is no prior")
    return prior.joint if prior.joint is not None else joint_probabilities(prior.independent or ())


class ProfileWeights(NamedTuple):
    """A prior over profiles: profile p has probability weights[p] / whole. weights: (P,) int64, C order."""

    weights: np.ndarray
    whole: int


def profile_weights(environment: Environment) -> ProfileWeights:
    """The probability of every profile as an integer weight, whether types are independent or not.

    Parameters
    ----------
    environment
        With a prior.

    Returns
    -------
    ProfileWeights

    Raises
    ------
    NotApplicableError
        Without a prior.
    SizeError
        If the common denominator leaves int64.
    """
    prior = environment.prior
    if prior is not None and prior.independent is not None:
        beliefs = beliefs_of(environment)
        weights = probabilities(np.array(environment.sizes, np.int64), beliefs.weights)
        return ProfileWeights(np.asarray(weights), beliefs.scale)
    found = chances_of(environment)
    whole = lcm(*{chance.denominator for chance in found})
    if whole >= LARGEST:
        guard(whole, "the common denominator of the prior")
    return ProfileWeights(np.array([int(chance * whole) for chance in found], np.int64), whole)


def uniform(sizes: tuple[int, ...]) -> Prior:
    """The prior under which every type of an agent is equally likely, independently of the others' types.

    Parameters
    ----------
    sizes
        Number of types of each agent, such as `environment.sizes`.

    Raises
    ------
    InputError
        Unless they are positive whole numbers.

    Examples
    --------
    >>> import collude as co
    >>> [[str(x) for x in row] for row in co.uniform((2, 3)).independent]
    [['1/2', '1/2'], ['1/3', '1/3', '1/3']]
    """
    if not isinstance(sizes, (tuple, list)) or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise InputError(
            f"a uniform prior is made from the number of types of each agent, such as (2, 3), not {brief(sizes)}"
        )
    if sum(sizes) > MOST_TYPES:
        raise InputError(f"{brief(sum(sizes))} types have too many weights; at most {MOST_TYPES:,}")
    return Prior(independent=tuple((Fraction(1, size),) * size for size in sizes))


def read_prior(given: object, sizes: tuple[int, ...]) -> Prior:
    """A prior from what people write in files and on the command line.

    Parameters
    ----------
    given
        "uniform"; "1/3,2/3" (the same for every agent); "1/2,1/2;1/4,3/4" (agent by agent); "joint:1/4,1/4,0,1/2" (profile by
        profile, C order); a list of lists (agent by agent) or one list (joint).
    sizes
        Number of types of each agent.

    Returns
    -------
    Prior
        Not yet compared with the sizes, unless it is uniform; an environment does that.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> [[str(x) for x in row] for row in read_prior("1/3,2/3", (2, 2)).independent]
    [['1/3', '2/3'], ['1/3', '2/3']]
    """
    if isinstance(given, str):
        return _read_text(given.strip(), sizes)
    if not isinstance(given, (list, tuple)) or not given:
        raise InputError("a prior is a list of weights per agent, or one list of weights per profile")
    if all(isinstance(row, (list, tuple)) for row in given):
        return Prior(independent=tuple(tuple(exact(x, "a weight") for x in row) for row in given))
    return Prior(joint=tuple(exact(x, "a weight") for x in given))


def _read_text(text: str, sizes: tuple[int, ...]) -> Prior:
    if text == "uniform":
        return uniform(sizes)
    if text.startswith("joint:"):
        return Prior(joint=_weights(text.removeprefix("joint:")))
    rows = [_weights(part) for part in text.split(";")]
    return Prior(independent=tuple(rows * len(sizes) if len(rows) == 1 else rows))


def _weights(text: str) -> tuple[Fraction, ...]:
    return tuple(exact(part, "a weight of the prior") for part in text.split(","))
