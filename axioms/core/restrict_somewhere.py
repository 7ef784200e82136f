"""Restrictions that ask for something somewhere: non-trivial, trivial, onto, non-constant, no dictator, no-trade types."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.restrict import Clause, Restriction, restriction
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.space import OutcomeSpace


def somewhere(profiles: np.ndarray, sets: np.ndarray) -> Clause:
    """At some of the profiles (m,) the outcome is in the set of that profile, sets (m, R) or (1, R) for all alike."""
    count = len(profiles)
    index = np.arange(count) if len(sets) > 1 else np.zeros(count, np.int64)
    return Clause(np.arange(count + 1), profiles.astype(np.int64), index, sets)


def constants(space: OutcomeSpace) -> tuple[list[int], np.ndarray, np.ndarray]:
    """(constants c that every profile can give to all agents, (P, R) bool: all agents get the same, (P, R) it)."""
    utilities = space.truthful()
    equal = (utilities == utilities[:1]).all(axis=0)
    found: set[int] | None = None
    for p in range(len(space.type_indices)):
        here = set(utilities[0, p, equal[p]].tolist())
        found = here if found is None else found & here
        if not found:
            break
    return sorted(found or ()), equal, utilities[0]


@restriction
class NonTrivial(Restriction):
    """Not all utilities are one constant."""

    name = "non-trivial"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each possible constant, somewhere somebody does not get it."""
        every = np.arange(len(space.type_indices))
        possible, equal, common = constants(space)
        return [somewhere(every, ~(equal & (common == c))) for c in possible]


@restriction
class Trivial(Restriction):
    """All utilities are one constant."""

    name = "trivial"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """One group of literals per constant."""
        profiles = len(space.type_indices)
        possible, equal, common = constants(space)
        if not possible:
            return [
                Clause(np.zeros(1, np.int64), *(np.empty(0, np.int64),) * 2, np.zeros((1, space.outcomes), np.bool_))
            ]
        sets = np.concatenate([equal & (common == c) for c in possible])
        count = profiles * len(possible)
        group = np.arange(len(possible) + 1) * profiles
        return [Clause(group, np.tile(np.arange(profiles), len(possible)), np.arange(count), sets)]


def bundles_chosen(space: OutcomeSpace) -> tuple[np.ndarray, int]:
    """(number of the allocation of goods, or of the alternative, in each outcome (R,), how many there are)."""
    _, numbers = np.unique(space.bundle, axis=0, return_inverse=True)
    numbers = numbers.reshape(-1)
    return numbers, int(numbers.max()) + 1


@restriction
class Onto(Restriction):
    """Every alternative (allocation of goods) is chosen at some profile."""

    name = "onto"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each alternative, somewhere it is chosen."""
        every = np.arange(len(space.type_indices))
        numbers, count = bundles_chosen(space)
        return [somewhere(every, (numbers == a)[None, :]) for a in range(count)]

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """The allocations that occur, counted."""
        seen = {tuple(mechanism.bundle[o].tolist()) for o in set(mechanism.outcome.tolist())}
        return seen == {tuple(row) for row in space.bundle.tolist()}


@restriction
class NonConstant(Restriction):
    """At least two outcomes occur."""

    name = "non-constant"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each outcome, somewhere another one is chosen."""
        every = np.arange(len(space.type_indices))
        return [somewhere(every, np.arange(space.outcomes)[None, :] != o) for o in range(space.outcomes)]

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """The outcomes that occur, counted."""
        del space
        return len(set(mechanism.outcome.tolist())) > 1


@restriction
class NonDictatorial(Restriction):
    """No agent gets one of his best outcomes, of all that are on offer, at every profile."""

    name = "non-dictatorial"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """For each agent, somewhere the outcome is not one of his best."""
        every = np.arange(len(space.type_indices))
        found = []
        for i in range(space.environment.agents):
            table = space.utility[i][: space.environment.sizes[i]]
            top = table == table.max(axis=1, keepdims=True)
            found.append(somewhere(every, ~top[space.type_indices[:, i]]))
        return found

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """In Python integers; the space says what is on offer."""
        offered = space.sample
        factor, unit = offered.scale, mechanism.scale
        for i in range(mechanism.environment.agents):
            best = [
                max(offered.utility(i, k, o) for o in range(space.outcomes)) * unit
                for k in range(mechanism.environment.sizes[i])
            ]
            if all(
                mechanism.utility(i, profile[i], mechanism.outcome_at(profile)) * factor == best[profile[i]]
                for profile in all_profiles(mechanism.environment)
            ):
                return False
        return True


@restriction
class NoTradeTypes(Restriction):
    """Every agent has a type at which nobody trades."""

    name = "no-trade-types"

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """Per agent, one group for each of his types: no trade at any profile with it."""
        env = space.environment
        idle = np.ones(space.outcomes, np.bool_)
        for i, goods in enumerate(env.goods):
            idle &= ~np.asarray(goods.any(axis=1))[space.bundle[:, i]]
        found = []
        for i in range(env.agents):
            order: Sequence[np.ndarray] = [np.flatnonzero(space.type_indices[:, i] == k) for k in range(env.sizes[i])]
            group = np.concatenate([[0], np.cumsum([len(block) for block in order])])
            profile = np.concatenate(order)
            found.append(Clause(group, profile, np.zeros(len(profile), np.int64), idle[None, :]))
        return found
