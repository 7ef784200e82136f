"""Improvements that no smaller coalition undermines: exact for one and two members, three answers for more."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from collude.models.contracts.extended import CommunicationContract, ExtendedGame, revised
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.programs.contracts.improvement import Improvement, improvement_in
from collude.programs.contracts.side_game import SideGame
from collude.programs.contracts.side_program import SideProgram, negated
from collude.programs.contracts.terms import SideContractTerms
from collude.programs.decide import decide

Members = tuple[int, ...]
EXISTS, NONE, UNDECIDED = "exists", "none", "undecided"
CANDIDATES = 12
SEED = 15
ROUNDS = 5
LEAST_SHARE = Fraction(1, 8)


@shown
@dataclass(frozen=True)
class ConsistentImprovement:
    """Whether a coalition has an improvement that no proper subcoalition undermines in turn.

    Attributes
    ----------
    coalition : tuple of int
    verdict : str
        "exists" (with the side contract), "none" (certified) or "undecided".
    reason : str
        Why, in words.
    relaxation : Improvement
        The best improvement in which nobody gains by disobeying: a necessary condition.
    contract : CommunicationContract or None
        The side contract, if there is one.
    blocker : tuple of int
        A subcoalition that undermines every improvement ("none"), or the best one that was tried ("undecided"); () if there is
        none.
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

    Returns
    -------
    ConsistentImprovement

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
    """Whether the insiders of a revised game have an improvement that no proper subcoalition undermines.

    Parameters
    ----------
    game : ExtendedGame
        A game after a contract has spoken to the coalition.
    terms : SideContractTerms
    candidates : int
        How many improvements of a coalition of three or more are tried before the answer is "undecided".

    Returns
    -------
    ConsistentImprovement

    Raises
    ------
    InputError, SizeError
        As in `consistent_improvement`.
    """
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
    for start in _candidates(game, obedient, best, candidates):
        candidate: CommunicationContract | None = start
        for _ in range(ROUNDS):
            if candidate is None:
                break
            undermining = _undermining(candidate, terms, candidates)
            if undermining is None:
                why = "an improvement that no subcoalition undermines"
                return ConsistentImprovement(members, EXISTS, why, best, candidate)
            blocker = blocker or undermining.coalition
            candidate = _settled(candidate, undermining.contract, obedient)
    why = "there are improvements that all members obey; those that were tried are undermined"
    return ConsistentImprovement(members, UNDECIDED, why, best, blocker=blocker)


def _undermining(
    candidate: CommunicationContract, terms: SideContractTerms, candidates: int
) -> ConsistentImprovement | None:
    """What a proper subcoalition can do, or may be able to do, against the candidate; None if nothing."""
    members = candidate.game.insiders
    for size in range(1, len(members)):
        for group in combinations(members, size):
            found = consistent_improvement_in(revised(candidate, group), terms, candidates)
            if found.verdict != NONE:
                return found
    return None


def _settled(
    candidate: CommunicationContract, after: CommunicationContract | None, terms: SideContractTerms
) -> CommunicationContract | None:
    """The candidate with what a subcoalition does after it built in, and payments that make it an obedient improvement of
    all members; None if there are none."""
    if after is None:
        return None
    game = candidate.game
    program = SideProgram(SideGame(game), terms)
    for reports in program.side.grouped:
        played: dict[Profile, Fraction] = {}
        for actions, chance in candidate.lottery(reports).items():
            told = dict(zip(game.insiders, zip(reports, actions, strict=True), strict=True))
            inner = tuple(k * game.root.choices[i] + a for i, (k, a) in told.items() if i in after.game.insiders)
            for chosen, share in after.lottery(inner).items():
                instead = dict(zip(after.game.insiders, chosen, strict=True))
                joint = tuple(instead.get(i, a) for i, a in zip(game.insiders, actions, strict=True))
                played[joint] = played.get(joint, Fraction(0)) + chance * share
        for joint in game.actions:
            program.program.exactly({program.device[reports, joint]: 1}, played.get(joint, Fraction(0)))
    answer = decide(program.program)
    if answer.optimum is None or program.gain_at(answer.optimum.x) <= 0:
        return None
    return program.contract(answer.optimum.x)


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
    """Obedient improvements: the one that gains most, those that are best for a subcoalition, and those that are best for
    drawn weights on the members' types; all with at least a share of the largest gain."""
    if best.contract is not None:
        yield best.contract
    program = SideProgram(SideGame(game), terms)
    floor = LEAST_SHARE * best.gain if best.gain is not None else LEAST_SHARE
    program.program.at_most(negated(program.gain), -floor - program.base)
    rng = random.Random(SEED)
    members = range(len(game.insiders))
    favoured = [group for size in (2, 1) for group in combinations(members, size)]
    for turn in range(count - 1):
        weights = {key: rng.randint(1, 9) for key in program.truths}
        if turn < len(favoured):
            weights = {(m, k): 20 if m in favoured[turn] else 1 for m, k in program.truths}
        program.program.cost = _weighted(program, weights)
        answer = decide(program.program)
        if answer.optimum is not None:
            yield program.contract(answer.optimum.x)


def _weighted(program: SideProgram, weights: dict[tuple[int, int], int]) -> dict[int, Fraction | int]:
    """The cost that rewards what each type of each member gets, times his weight."""
    cost: dict[int, Fraction | int] = {}
    for key, weight in weights.items():
        for j, entry in program.truths[key].items():
            cost[j] = cost.get(j, Fraction(0)) - weight * entry
    return cost
