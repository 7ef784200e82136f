"""Votes of so many voters that pairs with a coalition cannot be listed: every situation, by what its voters can reach."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.enumerate.symmetric.situations import (
    MOST_KINDS,
    coalition_kinds,
    counted,
    election_bytes,
    smallest_coalitions,
)
from collude.enumerate.symmetric.witnesses import SymmetricWitness, in_order, multiset_ranks
from collude.kernels.coalitions.best import STRONG, WEAK
from collude.kernels.multisets.ranking import multiset_count, multisets
from collude.models.errors import DisagreementError
from collude.models.library.voting_rules.ballots import Ballots, ballots_of
from collude.models.process.memory import available_memory
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.population import Population
from collude.models.symmetric.views import view_of

UNIT = "profiles at which some coalition gains"
BLOCK = 1 << 16


def serves(axiom: Axiom, population: Population, largest: int | None) -> bool:
    """Whether an axiom about coalitions of any size can be decided situation by situation: a vote with strict orders.

    Parameters
    ----------
    axiom : Axiom
        What is checked.
    population : Population
        The voters, or any other agents.
    largest : int, optional
        Bound on the size of coalitions.

    Returns
    -------
    bool
        False also where the memory at hand is too small.
    """
    if not isinstance(axiom, CoalitionalAxiom) or axiom.rule not in (STRONG, WEAK):
        return False
    if axiom.smallest != 1 or axiom.largest is not None or (largest is not None and largest < population.agents):
        return False
    if not (population.member.ordinal and population.member.public and population.member.family == "voting"):
        return False
    kinds = len(population.types)
    strict = ballots_of(population.member, population.member.family).strict
    return strict and kinds <= MOST_KINDS and election_bytes(population.agents, kinds, 0) <= 0.85 * available_memory()


@dataclass(frozen=True)
class VoteCount:
    """What all situations of a vote say. classes : how many some coalition can manipulate. pairs : how many profiles they
    stand for, exact ints. first : the rank of the first one, -1 if there is none."""

    classes: int
    pairs: int
    first: int


def count_votes(mechanism: SymmetricMechanism) -> VoteCount:
    """Count the situations and profiles of a vote that some coalition can manipulate.

    Parameters
    ----------
    mechanism : SymmetricMechanism
        A vote with strict orders, see `serves`.

    Returns
    -------
    VoteCount

    Notes
    -----
    One byte for each multiset of at most n ballots, K byte operations each.
    """
    ballots, voters = ballots_of(mechanism.population.member, mechanism.name), mechanism.population.agents
    smallest = smallest_coalitions(ballots, _winners(mechanism), voters, False)
    count = counted(smallest, voters, len(ballots.rank), False)
    return VoteCount(count.manipulable, count.manipulable_profiles, int(smallest.argmax()) if count.manipulable else -1)


def vote_witness(mechanism: SymmetricMechanism, rank: int) -> SymmetricWitness:
    """A coalition that manipulates the situation of a rank, as a witness about named voters.

    Parameters
    ----------
    mechanism : SymmetricMechanism
        A vote with strict orders.
    rank : int
        Of a situation that some coalition can manipulate.

    Returns
    -------
    SymmetricWitness

    Raises
    ------
    DisagreementError
        If no coalition can: a bug in collude.
    """
    ballots, voters = ballots_of(mechanism.population.member, mechanism.name), mechanism.population.agents
    counts = multisets(voters, len(ballots.rank), rank, rank + 1)[0]
    return _witness(mechanism, ballots, counts, _winners(mechanism))


def _winners(mechanism: SymmetricMechanism) -> np.ndarray:
    """The alternative of every situation, (M,) uint8."""
    alternative = np.array([parts[0][1] for parts in mechanism.shares], np.uint8)
    return np.asarray(alternative[mechanism.share.max(axis=1)])


def _witness(
    mechanism: SymmetricMechanism, ballots: Ballots, counts: np.ndarray, winner: np.ndarray
) -> SymmetricWitness:
    """All who prefer some y to the winner, and the first multiset of reports with which they make y win."""
    kinds, voters = len(counts), int(counts.sum())
    prefers = coalition_kinds(ballots)
    x = int(winner[multiset_ranks(counts[None], mechanism.ranks)[0]])
    for y in range(ballots.alternatives):
        inside = np.array([int(prefers[x, y]) >> k & 1 for k in range(kinds)], np.bool_)
        group = np.where(inside, counts, 0)
        for reports in _blocks(int(group.sum()), kinds):
            hits = np.flatnonzero(winner[multiset_ranks(reports + (counts - group), mechanism.ranks)] == y)
            if len(hits):
                truth = (*in_order(tuple(group.tolist())), *in_order(tuple((counts - group).tolist())))
                size = int(group.sum())
                misreport = in_order(tuple(reports[hits[0]].tolist()))
                report = (*misreport, *truth[size:])
                view, members = view_of(mechanism, [truth, report]), tuple(range(size))
                return SymmetricWitness(view, Witness(truth, members, misreport, view.gains(truth, report, members)))
    raise DisagreementError(
        f"{mechanism.name}: no coalition of {voters} voters can do what was found; please report this as a bug"
    )


def _blocks(size: int, kinds: int) -> Iterator[np.ndarray]:
    """All multisets of `size` reports, in blocks; none for an empty coalition."""
    total = multiset_count(size, kinds) if size else 0
    for first in range(0, total, BLOCK):
        yield multisets(size, kinds, first, min(total, first + BLOCK))
