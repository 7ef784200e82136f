"""What axioms in expectation share: the expected utility of every type under every pattern of reports, exactly."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import lcm, prod
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import ANY, Axiom, Witness
from collude.axioms.core.groups import Members
from collude.kernels.expectations.expect import conditional_expectations
from collude.kernels.expectations.transfers import expected_sums
from collude.models.beliefs import Beliefs, ProfileWeights, beliefs_of, chances_of, objection_to, profile_weights
from collude.models.mechanism import Mechanism, Profile, types_of
from collude.models.numbers import guard


class UtilityParts(NamedTuple):
    """`scale` times what every agent's bundle is worth to him, and his transfer, at every truthful profile: (n, P) int64."""

    values: np.ndarray
    transfers: np.ndarray


class ExAnteParts(NamedTuple):
    """`scale` times every agent's expected value and his expected transfer, before types are known."""

    values: tuple[Fraction, ...]
    transfers: tuple[Fraction, ...]


class PatternSums(NamedTuple):
    """The tables of `expected_sums`, (patterns,) int64: fixed agents' transfers less the others' values; the free agents'
    values and transfers."""

    external: np.ndarray
    own: np.ndarray


class WeightedUtility(NamedTuple):
    """weight E[utility | type], times `scale`, and the weight, positive; (0, 0) for a type of probability 0."""

    total: int
    weight: int


class CoalitionValues(NamedTuple):
    """What a coalition expects: values (T, T) int64 by its joint types and joint report, times the weights (T,) int64."""

    values: np.ndarray
    weights: np.ndarray


@dataclass(eq=False)
class Expectations:
    """The expected utilities in a mechanism, under its environment's prior; each table is built at most once.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    """

    mechanism: Mechanism

    @cached_property
    def independent(self) -> bool:
        """True if types are independent."""
        return not objection_to(self.mechanism.environment, independent=True)

    @cached_property
    def beliefs(self) -> Beliefs:
        """The independent prior as integers; the largest sum of a kernel is bounded first."""
        beliefs = beliefs_of(self.mechanism.environment)
        guard(2 * beliefs.scale * self.mechanism.bound, "an expected utility")
        return beliefs

    @cached_property
    def weights(self) -> ProfileWeights:
        """(weights (P,) int64, their sum), under any prior; the largest sum is bounded first."""
        found = profile_weights(self.mechanism.environment)
        guard(2 * found.whole * self.mechanism.bound, "an expected utility")
        return found

    def payoffs(self, agent: int, type_index: int) -> np.ndarray:
        """`scale` times what type `type_index` of an agent gets at every reported profile, (P,) int64."""
        table = self.mechanism.table
        return np.asarray(table.utility[agent, type_index][table.allocation[agent][table.outcome]])

    @cached_property
    def table(self) -> np.ndarray:
        """V_i(k, p), flat (patterns n K,) int64: `scale` times what type k of agent i expects under pattern p, times the
        denominators of those who are free."""
        env, beliefs = self.mechanism.environment, self.beliefs
        width = max(env.sizes)
        rows = np.zeros((env.agents * width, env.profiles), np.int64)
        for i, size in enumerate(env.sizes):
            for k in range(size):
                rows[i * width + k] = self.payoffs(i, k)
        return np.asarray(conditional_expectations(rows, np.array(env.sizes, np.int64), beliefs.weights)).reshape(-1)

    @cached_property
    def truthful(self) -> np.ndarray:
        """(n, P) int64: `scale` times what every agent gets at every truthful profile."""
        env = self.mechanism.environment
        return self.mechanism.truthful(types_of(env.sizes, 0, env.profiles), self.mechanism.outcome)

    @cached_property
    def parts(self) -> UtilityParts:
        """`scale` times the value of what every agent gets, and his transfer, at every truthful profile: (n, P) int64."""
        mechanism, env = self.mechanism, self.mechanism.environment
        type_indices, factor = types_of(env.sizes, 0, env.profiles), mechanism.scale // env.scale
        chosen = mechanism.bundle.T[:, mechanism.outcome]
        values = np.stack([env.values[i][type_indices[i], chosen[i]] for i in range(env.agents)]) * factor
        return UtilityParts(values, np.ascontiguousarray(mechanism.transfer.T)[:, mechanism.outcome])

    @cached_property
    def ex_ante(self) -> ExAnteParts:
        """`scale` times every agent's expected value, and his expected transfer."""
        weights, whole = self.weights
        values, money = (tuple(Fraction(int(row @ weights), whole) for row in part) for part in self.parts)
        return ExAnteParts(values, money)

    @cached_property
    def sums(self) -> PatternSums:
        """The two tables of `expected_sums`, by pattern."""
        values, money = self.parts
        sizes = np.array(self.mechanism.environment.sizes, np.int64)
        external, own = expected_sums(values, money, sizes, self.beliefs.weights)
        return PatternSums(np.asarray(external), np.asarray(own))

    def interim(self) -> list[list[WeightedUtility]]:
        """Per agent and type (w E[u_i | type], w), w a positive weight; (0, 0) for a type of probability 0."""
        env = self.mechanism.environment
        weights, _ = self.weights
        type_indices = types_of(env.sizes, 0, env.profiles)
        found = []
        for i, size in enumerate(env.sizes):
            weighted = weights * self.truthful[i]
            found.append(
                [
                    WeightedUtility(int(weighted[type_indices[i] == k].sum()), int(weights[type_indices[i] == k].sum()))
                    for k in range(size)
                ]
            )
        return found

    def weighted_values(self, members: Members) -> CoalitionValues:
        """(w times the coalition's expected total utility, (T, T) int64 by its joint types and its joint report, both in C
        order; w, (T,) int64, the weight of the types), under any prior. Cost: T times the profiles times the members."""
        env = self.mechanism.environment
        order = [*members, *(j for j in range(env.agents) if j not in members)]
        own = [env.sizes[i] for i in members]
        weights = self.weights[0].reshape(env.sizes).transpose(order).reshape(prod(own), -1)
        values = np.empty((prod(own), prod(own)), np.int64)
        for place, types in enumerate(product(*(range(size) for size in own))):
            total = sum(self.payoffs(i, k) for i, k in zip(members, types, strict=True))
            values[place] = (
                np.asarray(total).reshape(env.sizes).transpose(order).reshape(prod(own), -1) @ weights[place]
            )
        return CoalitionValues(values, weights.sum(axis=1))

    @cached_property
    def common_weight(self) -> int:
        """A common multiple of the weights of all joint types of all coalitions, under a correlated prior."""
        env = self.mechanism.environment
        table = self.weights[0].reshape(env.sizes).astype(object)
        found = {1}
        for keep in product((False, True), repeat=env.agents):
            sums = table.sum(axis=tuple(i for i, kept in enumerate(keep) if not kept))
            found |= {int(x) for x in np.atleast_1d(sums).ravel() if x}
        return lcm(*found)


def expectations_of(mechanism: Mechanism) -> Expectations:
    """The expected utilities in a mechanism, each table of them built at most once and kept with the mechanism.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.

    Returns
    -------
    Expectations
    """
    return mechanism.once("expectations", lambda: Expectations(mechanism))


def expected_utilities(mechanism: Mechanism, members: Members, types: Profile, report: Profile) -> list[Fraction]:
    """What each member of a coalition expects from a joint report, given all members' true types: from the definition.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    members : tuple of int
    types, report : tuple of int
        The members' true and reported type indices, in their order. The types must have positive probability unless the prior
        is independent.

    Returns
    -------
    list of Fraction
        In money, one per member.

    Notes
    -----
    Every profile of the others' types is weighed in fractions: it shares nothing with the kernels.
    """
    env = mechanism.environment
    probabilities = chances_of(env)
    outside = [j for j in range(env.agents) if j not in members]
    truth, told = [0] * env.agents, [0] * env.agents
    for i, k, r in zip(members, types, report, strict=True):
        truth[i], told[i] = k, r
    totals, weight = [Fraction(0)] * len(members), Fraction(0)
    if env.prior is not None and env.prior.independent is not None:
        rows = env.prior.independent
        chance_of = {
            others: prod((rows[j][k] for j, k in zip(outside, others, strict=True)), start=Fraction(1))
            for others in product(*(range(env.sizes[j]) for j in outside))
        }
    else:
        chance_of = {}
        for others in product(*(range(env.sizes[j]) for j in outside)):
            for j, k in zip(outside, others, strict=True):
                truth[j] = k
            chance_of[others] = probabilities[mechanism.number(tuple(truth))]
    for others, chance in chance_of.items():
        for j, k in zip(outside, others, strict=True):
            told[j] = k
        outcome = mechanism.outcome_at(tuple(told))
        weight += chance
        for x, (i, k) in enumerate(zip(members, types, strict=True)):
            totals[x] += chance * mechanism.utility(i, k, outcome)
    return [total / weight / mechanism.scale for total in totals]


class ExpectationAxiom(Axiom):
    """An axiom that takes expectations under the prior.

    Attributes
    ----------
    independent : bool
        Whether it has a meaning for independent types only.
    """

    independent: bool = False
    source = "Safronov (2016)"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes a prior, and money."""
        if mechanism.environment.ordinal:
            return "there is no money"
        return objection_to(mechanism.environment, self.independent)

    def require_size(self, mechanism: Mechanism) -> None:
        """The weights of the prior times the utilities must fit into int64."""
        known = expectations_of(mechanism)
        _ = known.beliefs if known.independent else known.weights


def known_types(agents: int, members: Members, types: Profile) -> Profile:
    """A profile in which the types of some agents are known and those of the others are drawn from the prior.

    Parameters
    ----------
    agents : int
        Number of agents n.
    members : tuple of int
    types : tuple of int
        The members' type indices, in their order.

    Returns
    -------
    tuple of int
        Type indices, ANY (-1) for everybody else.

    Examples
    --------
    >>> known_types(3, (2,), (5,))
    (-1, -1, 5)
    """
    found = [ANY] * agents
    for i, k in zip(members, types, strict=True):
        found[i] = k
    return tuple(found)


def misreport_witness(mechanism: Mechanism, members: Members, types: Profile, report: Profile) -> Witness:
    """The witness of a joint misreport whose gain is an expectation, worked out from the definition.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    members : tuple of int
    types, report : tuple of int
        The members' true and reported type indices, in their order.

    Returns
    -------
    Witness
        Gains are `scale` times what each member expects to gain; the others' types are ANY.
    """
    before = expected_utilities(mechanism, members, types, types)
    after = expected_utilities(mechanism, members, types, report)
    gains = tuple((then - first) * mechanism.scale for first, then in zip(before, after, strict=True))
    profile = known_types(mechanism.environment.agents, members, types)
    return Witness(profile, members, report, gains, {}, tuple(zip(before, after, strict=True)))
