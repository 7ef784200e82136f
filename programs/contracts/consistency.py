"""Improvements that no smaller coalition undermines: exact for one and two members, three answers for more."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from collude.models.contracts.extended import CommunicationContract, ExtendedGame, revised
from collude.models.mechanism import Profile
from collude.programs.contracts.improvement import Improvement, improvement_in
from collude.programs.contracts.side_game import SideGame
from collude.programs.contracts.side_program import SideProgram, negated
from collude.programs.contracts.terms import SideContractTerms
from collude.programs.exact import solve

Members = tuple[int, ...]
EXISTS, NONE, UNDECIDED = "exists", "none", "undecided"
CANDIDATES = 12
SEED = 15


@dataclass(frozen=True)
class ConsistentImprovement:
    """Whether a coalition has an improvement that no proper subcoalition undermines in turn.

    verdict: "exists" (with the side contract), "none" (certified) or "undecided". reason: why, in words. relaxation: the
    best improvement in which nobody gains by disobeying, a necessary condition. blocker: a subcoalition that undermines
    every improvement ("none"), or the best one that was tried ("undecided"); empty if there is none.
    """

    coalition: Members
    verdict: str
    reason: str
    relaxation: Improvement
    contract: CommunicationContract | None = None
    blocker: Members = ()


def consistent_improvement(
    contract: CommunicationContract,
    coalition: Sequence[int],
    terms: SideContractTerms | None = None,
    candidates: int = CANDIDATES,
) -> ConsistentImprovement:
    """Whether a coalition has an internally consistent improvement upon a contract.

    For one member this is an improvement; for two, an improvement after which nobody gains by disobeying, which is one
    exact linear program. For more, no linear program decides it: the answer is "none" if even the obedient improvements
    do not exist or if one subcoalition undermines all of them, "exists" if one of the candidates survives all its
    subcoalitions, and otherwise "undecided".

    Parameters
    ----------
    contract, coalition, terms
        As for `improvement`.
    candidates
        How many side contracts are tried for three or more members. They are drawn from a fixed seed, so that the answer
        does not depend on the day.

    References
    ----------
    Giraud and Rochon (2001), Definition 7.

    Examples
    --------
    >>> from collude.models.contracts.library import robbed_partner
    >>> found = consistent_improvement(robbed_partner(), (0, 1, 2))
    >>> found.verdict, found.blocker
    ('none', (0, 1))
    """
    return consistent_improvement_in(revised(contract, coalition), terms or SideContractTerms(), candidates)


def consistent_improvement_in(
    game: ExtendedGame, terms: SideContractTerms, candidates: int = CANDIDATES
) -> ConsistentImprovement:
    """As `consistent_improvement`, in a revised game."""
    members = game.insiders
    obedient = replace(terms, obedience=True)
    best = improvement_in(game, terms if len(members) == 1 else obedient)
    if not best.exists:
        why = "no improvement" if len(members) == 1 else "no improvement that its members would obey"
        return ConsistentImprovement(members, NONE, f"{why} ({best.method})", best)
    if len(members) <= 2:
        why = "another action pays" if len(members) == 1 else "an improvement that both members obey"
        return ConsistentImprovement(members, EXISTS, why, best, best.contract)
    blocker = _blocker_of_all(game, obedient)
    if blocker:
        why = "whatever the members agree on, some of them have joint actions that are best for each of them, and gain"
        return ConsistentImprovement(members, NONE, why, best, blocker=blocker)
    blocker = ()
    for candidate in _candidates(game, obedient, best, candidates):
        undermining = _undermining(candidate, terms, candidates)
        if undermining is None:
            why = "an improvement that no subcoalition undermines"
            return ConsistentImprovement(members, EXISTS, why, best, candidate)
        blocker = blocker or undermining
    why = "there are improvements that all members obey; those that were tried are undermined"
    return ConsistentImprovement(members, UNDECIDED, why, best, blocker=blocker)


def _undermining(candidate: CommunicationContract, terms: SideContractTerms, candidates: int) -> Members | None:
    """A proper subcoalition that has, or may have, a consistent improvement upon the candidate; None if none has."""
    members = candidate.game.insiders
    for size in range(1, len(members)):
        for group in combinations(members, size):
            found = consistent_improvement_in(revised(candidate, group), terms, candidates)
            if found.verdict != NONE:
                return group
    return None


def _blocker_of_all(game: ExtendedGame, terms: SideContractTerms) -> Members:
    """A subcoalition that undermines every improvement; empty if none is certified.

    If at each of their joint types some members have joint actions that are best for each of them whatever the others do,
    playing these is consistent: no lie and no further deviation of any of them gains. So an improvement survives only if
    it always gives each of them his best payoff; the program with all other actions forbidden finds whether one does.
    """
    side = SideGame(game)
    if not side.common:
        return ()
    members = game.insiders
    for size in range(2, len(members)):
        for positions in combinations(range(len(members)), size):
            best = side.best_for_all(positions)
            if best is None:
                continue
            forbidden = frozenset(_short_of_best(side, positions, best))
            if not improvement_in(game, terms, forbidden).exists:
                return tuple(members[m] for m in positions)
    return ()


def _short_of_best(
    side: SideGame, positions: tuple[int, ...], best: Mapping[Profile, Profile]
) -> Iterator[tuple[Profile, Profile]]:
    """The (joint types, joint actions) at which some of the members get less than their best actions would give them."""
    for types, rows in side.values.items():
        chosen = best[tuple(types[m] for m in positions)]
        for actions, values in rows.items():
            instead = list(actions)
            for m, action in zip(positions, chosen, strict=True):
                instead[m] = action
            if any(rows[tuple(instead)][m] > values[m] for m in positions):
                yield types, actions


def _candidates(
    game: ExtendedGame, terms: SideContractTerms, best: Improvement, count: int
) -> Iterator[CommunicationContract]:
    """Obedient improvements: the best one, then vertices of the program with at least half its gain in drawn directions."""
    if best.contract is not None:
        yield best.contract
    rng = random.Random(SEED)
    for _ in range(count - 1):
        drawn = SideProgram(SideGame(game), terms)
        floor = Fraction(1, 2) * best.gain if best.gain is not None else Fraction(1)
        drawn.program.at_most(negated(drawn.gain), -floor - drawn.base)
        drawn.program.cost = {j: rng.randint(-9, 9) for j in drawn.device.values()}
        yield drawn.contract(solve(drawn.program).x)
