"""Trivial: one constant is the truthful utility of every agent at every profile."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.conditions import Alternative, Clause
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@dataclass(frozen=True)
class Extreme:
    """A smallest or largest truthful utility, and the profile number and agent at which it occurs first."""

    utility: int
    profile: int
    agent: int


class Extremes(NamedTuple):
    """The smallest and the largest truthful utility."""

    low: Extreme
    high: Extreme


def extremes(mechanism: Mechanism) -> Extremes:
    """The smallest and the largest truthful utility of a mechanism, over all profiles and agents.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    Extremes
        `scale` times money; among equals the first profile, then the first agent.
    """
    low: Extreme | None = None
    high: Extreme | None = None
    for first, type_indices, outcomes in mechanism.blocks(0, mechanism.environment.profiles):
        utilities = mechanism.truthful(type_indices, outcomes)
        n = len(utilities)
        least, most = int(utilities.T.argmin()), int(utilities.T.argmax())
        below = Extreme(int(utilities.T.flat[least]), first + least // n, least % n)
        above = Extreme(int(utilities.T.flat[most]), first + most // n, most % n)
        low = below if low is None or below.utility < low.utility else low
        high = above if high is None or above.utility > high.utility else high
    if low is None or high is None:
        raise ValueError("a mechanism without profiles has no extremes")
    return Extremes(low, high)


@dataclass(frozen=True)
class Constants:
    """The constants that every profile of a space can give to all agents, and where.

    equal: (P, R) bool, all agents get the same; common: (P, R) int64, what the first one gets.
    """

    possible: tuple[int, ...]
    equal: np.ndarray
    common: np.ndarray


def constants_of(space: OutcomeSpace) -> Constants:
    """Which constants could be everybody's utility at every profile, if outcomes of a space are chosen well.

    Parameters
    ----------
    space : OutcomeSpace

    Returns
    -------
    Constants
    """
    utilities = space.truthful()
    equal = (utilities == utilities[:1]).all(axis=0)
    possible: set[int] | None = None
    for p in range(len(space.type_indices)):
        values = set(utilities[0, p, equal[p]].tolist())
        possible = values if possible is None else possible & values
        if not possible:
            break
    return Constants(tuple(sorted(possible or ())), equal, utilities[0])


def constant_tables(menu: Menu) -> dict[int, Alternative]:
    """For each constant that some outcome gives to all agents at each profile: those outcomes, found one by one.

    Parameters
    ----------
    menu : Menu

    Returns
    -------
    dict
        From `scale` times the constant to (profile number, outcome numbers) pairs, one per profile.
    """

    def make() -> dict[int, Alternative]:
        agents = range(menu.environment.agents)
        by_profile = []
        for profile in menu.profiles:
            giving: dict[int, set[int]] = {}
            for o in range(menu.outcomes):
                got = {menu.utility(i, profile[i], o) for i in agents}
                if len(got) == 1:
                    giving.setdefault(got.pop(), set()).add(o)
            by_profile.append(giving)
        shared = set.intersection(*(set(giving) for giving in by_profile))
        return {c: [(p, frozenset(giving[c])) for p, giving in enumerate(by_profile)] for c in sorted(shared)}

    return menu.once("constants", make)


@axiom
class Trivial(WholeAxiom):
    """One constant is the truthful utility of every agent at every profile.

    Violated, once, iff two truthful utilities differ, of any agents at any profiles.

    References
    ----------
    Hagen (2020), chapter 3.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1])
    >>> nothing = co.from_function(auction, lambda reports: ([0, 0], [0, 0]))
    >>> co.check(nothing, ["trivial"]).holds, co.check(co.second_price(auction), ["trivial"]).holds
    (True, False)
    """

    name = "trivial"
    definition = "one constant is the truthful utility of every agent at every profile"
    unit = "mechanisms"
    source = "Hagen (2020), chapter 3"
    by_default = False

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks of different agents cannot be compared."""
        return "utilities are ranks, which cannot be compared" if mechanism.environment.ordinal else ""

    def violations(self, mechanism: Mechanism) -> Violations:
        """The profiles and agents with the smallest and the largest utility."""
        low, high = extremes(mechanism)
        size = high.utility - low.utility
        if size <= mechanism.tolerance:
            return Violations()
        details = {"other profile": mechanism.types_at(high.profile), "other agent": high.agent}
        return Violations(1, Witness(mechanism.types_at(low.profile), (low.agent,), None, (size,), details))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """The two utilities are recomputed and compared."""
        (who,), other = witness.coalition, witness.details["other agent"]
        there = witness.details["other profile"]
        low = mechanism.utility(who, witness.profile[who], mechanism.outcome_at(witness.profile))
        high = mechanism.utility(other, there[other], mechanism.outcome_at(there))
        return high - low > mechanism.tolerance and witness.gains == (high - low,)

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """One group of literals for each constant."""
        profiles = len(space.type_indices)
        table = constants_of(space)
        if not table.possible:
            nothing = np.empty(0, np.int64)
            return [Clause(np.zeros(1, np.int64), nothing, nothing, np.zeros((1, space.outcomes), np.bool_))]
        sets = np.concatenate([table.equal & (table.common == c) for c in table.possible])
        count = profiles * len(table.possible)
        group = np.arange(len(table.possible) + 1) * profiles
        return [Clause(group, np.tile(np.arange(profiles), len(table.possible)), np.arange(count), sets)]

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For some constant, every profile gives it to everybody."""
        return [list(constant_tables(menu).values())]
