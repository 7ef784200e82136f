"""Does a coalition have a side contract that every member likes and has no reason to lie to? One exact linear program."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from collude.models.contracts.extended import CommunicationContract, ExtendedGame, obedience, revised
from collude.models.files.html import shown
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentTypeIndex
from collude.programs.contracts.side_game import SideGame
from collude.programs.contracts.side_program import SideProgram
from collude.programs.contracts.terms import SideContractTerms
from collude.programs.decide import decide

Members = tuple[int, ...]


@dataclass(frozen=True)
class ProgramSize:
    """How large a coalition's linear program is.

    Attributes
    ----------
    device, payments : int
        Variables: probabilities of joint actions at joint reports, and payments.
    rows : int
        Inequalities and equations.
    """

    device: int
    payments: int
    rows: int


@shown
@dataclass(frozen=True)
class Improvement:
    """Whether a coalition gains by a side contract, with proof.

    Attributes
    ----------
    coalition : tuple of int
    gain : Fraction or None
        The largest prior-weighted total gain in units of money; 0 if there is no improvement, None if gains have no limit.
    contract : CommunicationContract or None
        An improving side contract.
    method : str
        "surplus bound" (even with all types known there is nothing to gain), "linear program" (a certified optimum),
        "unbounded" (a certified direction of endless gain) or "infeasible" (no side contract satisfies all constraints,
        certified).
    size : ProgramSize or None
        Of the program; None if none was needed.
    """

    coalition: Members
    gain: Fraction | None
    contract: CommunicationContract | None
    method: str
    size: ProgramSize | None = None

    @property
    def exists(self) -> bool:
        """True if the coalition has an improvement."""
        return self.contract is not None

    @property
    def unbounded(self) -> bool:
        """True if gains have no limit."""
        return self.gain is None


def improvement(
    contract: CommunicationContract, coalition: Sequence[int], terms: SideContractTerms | None = None
) -> Improvement:
    """The best side contract of a coalition after a contract has spoken, or a proof that there is none.

    A side contract improves iff no member gains by a lie to it, no type of a member who heard a recommendation loses, and
    some type gains.

    Parameters
    ----------
    contract
        What the coalition deviates from.
    coalition
        Its members, agents who act under the contract.
    terms
        Which side contracts are allowed; the defaults of `SideContractTerms` if left out.

    Returns
    -------
    Improvement

    Raises
    ------
    InputError
        If the coalition is empty or has a stranger, or without the extra `programs`.
    SizeError
        If the program is too large.

    Notes
    -----
    A side payment comes on top of what the contract paid, which stays settled.

    References
    ----------
    Giraud and Rochon (2001), Definitions 5 and 6.

    Examples
    --------
    >>> from collude.models.contracts.library import mutual_favours
    >>> found = improvement(mutual_favours(), (0, 1))
    >>> found.exists, found.gain
    (True, Fraction(3, 1))
    """
    return improvement_in(revised(contract, coalition), terms or SideContractTerms())


def improvement_in(
    game: ExtendedGame,
    terms: SideContractTerms,
    forbidden: frozenset[tuple[Profile, Profile]] = frozenset(),
) -> Improvement:
    """The best side contract of the insiders of a revised game, or a proof that there is none.

    Parameters
    ----------
    game : ExtendedGame
        A game after a contract has spoken to the coalition; see `revised`.
    terms : SideContractTerms
    forbidden : frozenset of (joint reports, joint actions)
        Joint actions that may not be played at joint reports.

    Returns
    -------
    Improvement

    Raises
    ------
    InputError
        Without the extra `programs`.
    SizeError
        If the program is too large.
    """
    side = SideGame(game)
    alone = len(game.insiders) == 1
    if (side.common or alone) and side.surplus_bound() == 0:
        return Improvement(game.insiders, Fraction(0), None, "surplus bound")
    program = SideProgram(side, terms, forbidden)
    size = ProgramSize(
        len(program.device), len(program.payments), len(program.program.rows) + len(program.program.equal)
    )
    answer = decide(program.program)
    if answer.infeasible:
        return Improvement(game.insiders, Fraction(0), None, "infeasible", size)
    if answer.optimum is not None:
        gain = program.gain_at(answer.optimum.x)
        found = program.contract(answer.optimum.x) if gain > 0 else None
        return Improvement(game.insiders, gain if gain > 0 else Fraction(0), found, "linear program", size)
    start = program.gain_at(answer.point)
    steps = 1
    while program.gain_at(_along(answer.point, answer.ray, steps)) <= max(start, Fraction(0)):
        steps *= 2
    return Improvement(
        game.insiders, None, program.contract(_along(answer.point, answer.ray, steps)), "unbounded", size
    )


def _along(point: tuple[Fraction, ...], ray: tuple[Fraction, ...], steps: int) -> tuple[Fraction, ...]:
    return tuple(x + steps * d for x, d in zip(point, ray, strict=True))


def surplus_bound(contract: CommunicationContract, coalition: Sequence[int]) -> Fraction:
    """An upper bound on a coalition's gain without any program: what it could gain if its members knew each other's types.

    It bounds gains under a common prior only.

    Parameters
    ----------
    contract : CommunicationContract
        What the coalition deviates from.
    coalition : sequence of int
        Its members.

    Returns
    -------
    Fraction
        Prior-weighted, in units of money.

    Raises
    ------
    InputError
        If the coalition is empty or has a stranger.

    Examples
    --------
    >>> from collude.models.contracts.library import joint_project
    >>> surplus_bound(joint_project(), (0, 1))
    Fraction(3, 1)
    """
    return SideGame(revised(contract, coalition)).surplus_bound()


class MemberGain(NamedTuple):
    """What a type expects, in units of money, if all obey the old contract, and under the side contract."""

    before: Fraction
    after: Fraction


def member_gains(found: CommunicationContract) -> dict[AgentTypeIndex, MemberGain]:
    """What every type of every member expects without and with a side contract, given his type.

    Parameters
    ----------
    found : CommunicationContract
        A side contract; it must belong to a revised game.

    Returns
    -------
    dict from AgentTypeIndex to MemberGain
        Types that a member cannot have are left out.
    """
    game = found.game
    before, after = _expected(obedience(game)), _expected(found)
    return {key: MemberGain(before[key], after[key]) for key in before}


def _expected(contract: CommunicationContract) -> dict[AgentTypeIndex, Fraction]:
    from collude.programs.contracts.incentives import truthful_payoffs_of

    return truthful_payoffs_of(contract)
