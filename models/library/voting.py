"""Voting rules without money: dictatorship, plurality, Borda and generalised medians."""

from collections.abc import Sequence

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import AgentType, Environment
from collude.models.errors import InputError
from collude.models.library.price import best, require_family, whole_list
from collude.models.registry import mechanism


def _tops(environment: Environment) -> list[np.ndarray]:
    """Per agent the lowest-numbered best alternative of each type, (K_i,)."""
    return [table.argmax(axis=1) for table in environment.values]


def _without_money(chosen: np.ndarray, agents: int) -> tuple[np.ndarray, np.ndarray]:
    return np.broadcast_to(chosen, (agents, len(chosen))), np.zeros((agents, len(chosen)), np.int64)


def _scoring(environment: Environment, name: str, points: Sequence[np.ndarray], *notes: str) -> RuleDraft:
    """The lowest-numbered alternative with the most points; points[i] is (m, K_i)."""

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ballots = [table[:, reported] for table, reported in zip(points, type_indices, strict=True)]
        return _without_money(best(np.sum(ballots, axis=0), "smallest"), len(type_indices))

    return RuleDraft(environment, name, rule, notes=("the lowest number wins ties", *notes))


@mechanism("dictatorship", "voting", "the best alternative of one agent")
def dictatorship(environment: Environment, *, dictator: int = 0) -> RuleDraft:
    """The best alternative of one agent is chosen, whatever the others report.

    Parameters
    ----------
    environment
        Voting.
    dictator
        The agent's number.

    Returns
    -------
    Mechanism
        Of several best alternatives in a weak order the lowest-numbered is taken.

    Raises
    ------
    InputError
        For another environment, or no such agent.

    Examples
    --------
    >>> import collude as co
    >>> dictatorship(co.voting(2, 3), dictator=1).notes[0]
    'agent 1 decides'
    """
    require_family(environment, "voting", "dictatorship")
    if not 0 <= dictator < environment.agents:
        raise InputError(f"dictatorship needs a dictator from 0 to {environment.agents - 1}, not {dictator}")
    tops = _tops(environment)[dictator]

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _without_money(tops[type_indices[dictator]], len(type_indices))

    notes = (f"agent {environment.labels[dictator]} decides", "of several best alternatives the lowest-numbered")
    return RuleDraft(environment, "dictatorship", rule, notes=notes)


@mechanism("plurality", "voting", "the alternative that is best for most agents; ties to the lowest number")
def plurality(environment: Environment) -> RuleDraft:
    """Each agent votes for his best alternative, and the one with the most votes is chosen.

    Parameters
    ----------
    environment
        Voting. In a weak order the lowest-numbered best alternative gets the vote.

    Returns
    -------
    Mechanism
        Of several with the most votes the lowest number is chosen.

    Raises
    ------
    InputError
        For another environment.

    Examples
    --------
    >>> import collude as co
    >>> vote = plurality(co.voting(3, 3))
    >>> vote.show_outcome(vote.outcome_at((0, 5, 5))).bundles[0]
    (2,)
    """
    require_family(environment, "voting", "plurality")
    m = len(environment.alternatives)
    points = [(np.arange(m)[:, None] == top).astype(np.int64) for top in _tops(environment)]
    note = "of several best alternatives the lowest-numbered gets the vote"
    return _scoring(environment, "plurality", points, note)


@mechanism("borda", "voting", "an alternative scores the number of those ranked below it; ties to the lowest number")
def borda(environment: Environment) -> RuleDraft:
    """Borda count: from each agent an alternative gets the number of alternatives that he ranks strictly below it.

    Parameters
    ----------
    environment
        Voting, with strict or weak orders.

    Returns
    -------
    Mechanism
        Of several with the most points the lowest number is chosen.

    Raises
    ------
    InputError
        For another environment.

    Examples
    --------
    >>> import collude as co
    >>> vote = borda(co.voting(2, 3))
    >>> vote.show_outcome(vote.outcome_at((0, 3))).bundles[0]
    (1,)
    """
    require_family(environment, "voting", "borda")
    points = [(table[:, :, None] > table[:, None, :]).sum(axis=2, dtype=np.int64).T for table in environment.values]
    return _scoring(environment, "borda", points)


def _single_peaked(one_type: AgentType) -> bool:
    """Whether a type, an order best first, is strict and its first r alternatives are neighbours for every r."""
    entries = one_type if isinstance(one_type, tuple) else (one_type,)
    order = [entry for entry in entries if isinstance(entry, int)]
    strict = len(order) == len(entries)
    return strict and all(max(order[:r]) - min(order[:r]) == r - 1 for r in range(1, len(order) + 1))


@mechanism("generalised-median", "voting", "the median of the agents' peaks and of fixed phantom votes")
def generalised_median(environment: Environment, *, phantoms: Sequence[int] = ()) -> RuleDraft:
    """Generalised median: the middle one of the agents' peaks and of fixed phantom votes on the line 0 < 1 < ... < m-1.

    Parameters
    ----------
    environment
        Voting with single-peaked preferences.
    phantoms
        Numbers of alternatives; together with the n peaks they must be odd in number.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For other preferences, phantoms that do not exist, or an even number of votes.

    References
    ----------
    Moulin (1980), "On strategy-proofness and single peakedness".

    Examples
    --------
    >>> import collude as co
    >>> generalised_median(co.voting(2, 3, preferences="single-peaked"), phantoms=[1]).outcomes
    3
    """
    require_family(environment, "voting", "generalised-median")
    if not all(_single_peaked(order) for types in environment.types for order in types):
        raise InputError("generalised-median needs single-peaked preferences; use preferences=single-peaked")
    fixed = whole_list(phantoms, len(environment.alternatives), "the list of phantoms")
    n = environment.agents
    if (n + len(fixed)) % 2 == 0:
        raise InputError(f"generalised-median has {n} peaks and {len(fixed)} phantoms, an even number; add a phantom")
    tops = _tops(environment)
    middle = (n + len(fixed)) // 2

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        peaks = [top[reported] for top, reported in zip(tops, type_indices, strict=True)]
        points = np.stack([*peaks, *(np.full(type_indices.shape[1], x) for x in fixed)])
        return _without_money(np.sort(points, axis=0)[middle], n)

    notes = (f"phantoms {', '.join(map(str, fixed)) or 'none'}",)
    return RuleDraft(environment, "generalised-median", rule, notes=notes)
