"""Populations: agents with the same types, bundles and values, of whom only the number matters."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from collude.kernels.multisets.ranking import multiset_count
from collude.models.environment import MOST_AGENTS, AgentType, Environment, Prior, agent_labels
from collude.models.errors import InputError, SizeError

MOST_MEMBERS = 250


class Crowd(Environment):
    """An environment of more named agents than coalitions could be listed of; made from one agent that was checked."""

    def __post_init__(self) -> None:
        """Nothing is left to check."""


@dataclass(frozen=True, eq=False)
class Population:
    """Agents who differ in nothing but their types.

    agents : how many, n. member : the environment of one of them, with what is supplied to all.
    """

    agents: int
    member: Environment

    def __post_init__(self) -> None:
        if not 1 <= self.agents <= MOST_MEMBERS:
            raise SizeError(
                f"1 to {MOST_MEMBERS} agents are taken who are treated alike, not {self.agents}", self.agents
            )
        if self.member.agents != 1:
            raise InputError("a population is made of copies of one agent")

    @property
    def types(self) -> tuple[AgentType, ...]:
        """The types of an agent, as given."""
        return self.member.types[0]

    @property
    def values(self) -> np.ndarray:
        """What each type gets from each bundle, (K, B) int64, `member.scale` times."""
        return self.member.values[0]

    @property
    def bundles(self) -> tuple[tuple[int, ...], ...]:
        """The bundles that an agent can hold."""
        return self.member.bundles[0]

    @property
    def profiles(self) -> int:
        """Number of profiles of named agents, K^n, an exact int."""
        return int(len(self.types) ** self.agents)

    @property
    def situations(self) -> int:
        """Number of multisets of n types, an exact int."""
        return multiset_count(self.agents, len(self.types))

    @cached_property
    def named(self) -> Environment:
        """The environment of n agents with names."""
        n, one = self.agents, self.member
        prior = one.prior
        if prior is not None and prior.independent is not None:
            prior = Prior(independent=prior.independent * n)
        kind = Environment if n <= MOST_AGENTS else Crowd
        return kind(
            family=one.family,
            labels=agent_labels(n),
            types=one.types * n,
            bundles=one.bundles * n,
            values=one.values * n,
            scale=one.scale,
            supplier=one.supplier * n,
            supply=one.supply,
            exactly=one.exactly,
            public=one.public,
            ordinal=one.ordinal,
            alternatives=one.alternatives,
            mixtures=((),) * n,
            prior=prior,
        )

    def with_supply(self, units: int) -> "Population":
        """The same agents, and so many units of the one good."""
        return replace(self, member=replace(self.member, supply=(units,)))


def population_of(environment: Environment) -> Population:
    """The population that an environment of named agents is.

    Parameters
    ----------
    environment : Environment

    Returns
    -------
    Population
        Without mixtures: lotteries are shares of a symmetric mechanism.

    Raises
    ------
    InputError
        If two agents differ in more than their labels.
    """
    first = 0
    for i in range(1, environment.agents):
        same = (
            environment.types[i] == environment.types[first]
            and environment.bundles[i] == environment.bundles[first]
            and np.array_equal(environment.values[i], environment.values[first])
            and environment.supplier[i] == environment.supplier[first]
        )
        if not same:
            raise InputError(
                f"agents {environment.labels[0]} and {environment.labels[i]} differ in types, bundles or values, so that "
                "nothing treats them alike"
            )
    prior = environment.prior
    if prior is not None:
        if prior.independent is None or len(set(prior.independent)) != 1:
            raise InputError("agents who are treated alike need one independent prior for all")
        prior = Prior(independent=prior.independent[:1])
    member = Environment(
        family=environment.family,
        labels=("0",),
        types=environment.types[:1],
        bundles=environment.bundles[:1],
        values=(np.ascontiguousarray(environment.values[0][:, : len(environment.bundles[0])]),),
        scale=environment.scale,
        supplier=environment.supplier[:1],
        supply=environment.supply,
        exactly=environment.exactly,
        public=environment.public,
        ordinal=environment.ordinal,
        alternatives=environment.alternatives,
        prior=prior,
    )
    return Population(environment.agents, member)


def distribution(population: Population) -> tuple[Fraction, ...]:
    """The probability of each type.

    Parameters
    ----------
    population : Population

    Returns
    -------
    tuple of Fraction
        (K,); uniform if no prior was given.
    """
    prior = population.member.prior
    if prior is not None and prior.independent is not None:
        return prior.independent[0]
    size = len(population.types)
    return (Fraction(1, size),) * size
