"""Finite Bayesian games: agents with types and actions, what they get, and what they believe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod

from collude.models.beliefs import read_prior
from collude.models.environment import Prior, agent_labels
from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.models.numbers import Number, exact
from collude.models.reading.priors import joint_probabilities

Payoff = Callable[[Profile, Profile], Sequence[Number]]
Belief = Mapping[Profile, Fraction]
MOST_PROFILES = 200_000


@shown
@dataclass(frozen=True, eq=False)
class BayesianGame:
    """A finite Bayesian game.

    Parameters
    ----------
    labels
        One name per agent.
    types, actions
        Per agent the names of his types and of his actions, in the order of their indices.
    priors
        The probability of each type profile, profiles of probability 0 left out: one mapping if it is common to all
        agents, otherwise one per agent.
    payoff
        ``payoff(actions, types)`` is what each agent gets, in units of money, from a profile of action indices at a
        profile of type indices: exact numbers, one per agent.

    Raises
    ------
    InputError
        If a list has the wrong length, two names of an agent agree, or a prior does not consist of probabilities.

    Examples
    --------
    >>> game = bayesian_game([["low", "high"], ["-"]], [["out", "in"], ["out", "in"]],
    ...                      lambda actions, types: (types[0] * actions[0], actions[0] * actions[1]))
    >>> game.utility((1, 1), (1, 0))
    (Fraction(1, 1), Fraction(1, 1))
    """

    labels: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    actions: tuple[tuple[str, ...], ...]
    priors: tuple[Belief, ...]
    payoff: Payoff
    _utilities: dict[tuple[Profile, Profile], tuple[Fraction, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        n = len(self.labels)
        if n == 0 or len(set(self.labels)) < n:
            raise InputError("a game needs at least one agent, and different labels for its agents")
        for what, names in (("types", self.types), ("actions", self.actions)):
            if len(names) != n:
                raise InputError(f"{what} must have one list per agent ({n}), not {len(names)}")
            for label, row in zip(self.labels, names, strict=True):
                if not row or len(set(row)) < len(row):
                    raise InputError(f"agent {label} needs at least one of the {what}, all with different names")
        if len(self.priors) not in (1, n):
            raise InputError(f"give one common prior or one per agent ({n}), not {len(self.priors)}")
        for belief in self.priors:
            _require_belief(belief, self.sizes)

    @property
    def agents(self) -> int:
        """Number of agents n."""
        return len(self.labels)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(map(len, self.types))

    @property
    def choices(self) -> tuple[int, ...]:
        """Number of actions of each agent."""
        return tuple(map(len, self.actions))

    @property
    def common_prior(self) -> bool:
        """True if all agents have the same prior."""
        return all(belief == self.priors[0] for belief in self.priors)

    def prior_of(self, agent: int) -> Belief:
        """The probability that an agent gives to each type profile; profiles left out have probability 0."""
        return self.priors[agent if len(self.priors) > 1 else 0]

    def utility(self, actions: Profile, types: Profile) -> tuple[Fraction, ...]:
        """What every agent gets, in units of money. Each pair of profiles is computed once.

        Raises
        ------
        InputError
            If the payoff function returns too few or too many numbers, or one that is not exact.
        """
        key = (actions, types)
        if key not in self._utilities:
            values = tuple(exact(value, "a payoff") for value in self.payoff(actions, types))
            if len(values) != self.agents:
                raise InputError(f"the payoff has {len(values)} numbers for {self.agents} agents")
            self._utilities[key] = values
        return self._utilities[key]


def bayesian_game(
    types: Sequence[Sequence[object]],
    actions: Sequence[Sequence[object]],
    payoff: Payoff,
    prior: object = "uniform",
    labels: Sequence[str] | None = None,
) -> BayesianGame:
    """A finite Bayesian game from lists of names and a payoff function.

    Parameters
    ----------
    types, actions
        Per agent the names of his types and actions.
    payoff
        As in `BayesianGame`.
    prior
        A common prior as `collude.models.beliefs.read_prior` takes it ("uniform", "1/3,2/3", lists, "joint:..."), or a
        tuple of such priors, one per agent, if agents disagree.
    labels
        Names of the agents; "0", "1", ... by default.

    Raises
    ------
    InputError
        If something does not fit together, with one line that says what.
    """
    names = tuple(tuple(str(name) for name in row) for row in types)
    sizes = tuple(map(len, names))
    if prod(sizes) > MOST_PROFILES:
        raise SizeError(f"{prod(sizes)} type profiles; at most {MOST_PROFILES} are taken", prod(sizes))
    if prod(map(len, actions)) > MOST_PROFILES:
        raise SizeError(
            f"{prod(map(len, actions))} action profiles; at most {MOST_PROFILES} are taken", prod(map(len, actions))
        )
    priors = tuple(belief_of(given, sizes) for given in (prior if isinstance(prior, tuple) else (prior,)))
    return BayesianGame(
        labels=tuple(labels) if labels is not None else agent_labels(len(names)),
        types=names,
        actions=tuple(tuple(str(name) for name in row) for row in actions),
        priors=priors,
        payoff=payoff,
    )


def belief_of(given: object, sizes: tuple[int, ...]) -> dict[Profile, Fraction]:
    """The probabilities of the type profiles, zeros left out, of a prior in any form.

    Parameters
    ----------
    given
        A `Prior`, or what `collude.models.beliefs.read_prior` takes.
    sizes
        Number of types of each agent.

    Returns
    -------
    dict
        By type profile.

    Raises
    ------
    InputError
        If the weights are too few or too many, or no probabilities.

    Examples
    --------
    >>> belief_of("1/3,2/3;1,0", (2, 2))
    {(0, 0): Fraction(1, 3), (1, 0): Fraction(2, 3)}
    """
    prior = given if isinstance(given, Prior) else read_prior(given, sizes)
    if prior.independent is not None:
        if tuple(map(len, prior.independent)) != sizes:
            raise InputError(f"the prior has weights for {tuple(map(len, prior.independent))} types, not for {sizes}")
        if any(sum(row) != 1 for row in prior.independent):
            raise InputError("the weights of every agent's types must sum to 1")
    weights = prior.joint if prior.joint is not None else joint_probabilities(prior.independent or ())
    if len(weights) != prod(sizes):
        raise InputError(f"the prior has {len(weights)} weights, but there are {prod(sizes)} type profiles")
    profiles = product(*(range(size) for size in sizes))
    belief = {profile: exact(w, "a weight") for profile, w in zip(profiles, weights, strict=True) if w}
    _require_belief(belief, sizes)
    return belief


def _require_belief(belief: Belief, sizes: tuple[int, ...]) -> None:
    for profile in belief:
        if len(profile) != len(sizes) or not all(0 <= k < size for k, size in zip(profile, sizes, strict=True)):
            raise InputError(f"the prior names the type profile {profile}, which does not exist")
    if any(weight < 0 for weight in belief.values()) or sum(belief.values()) != 1:
        raise InputError("a prior must have weights of at least 0 that sum to 1")
