"""Side contracts that a coalition may sign before it reports, and the game in which every member may refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import lcm, prod

import numpy as np

from collude.axioms.core.games import Game, Rules
from collude.axioms.core.groups import Members
from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, Profile, from_blocks
from collude.models.numbers import Number, brief, exact
from collude.models.story import read_profile

MOST_PLAYS = 1_000_000


@shown
@dataclass(frozen=True)
class Agreement:
    """What a coalition agrees on before it reports. Each member sends one of his types as a message.

    Attributes
    ----------
    members : tuple of int
        Two or more agents.
    reports : mapping of tuple of int to tuple of int
        The members' joint report, as type indices in their order, by their joint message. A message that is left out is
        reported as it is.
    payments : mapping of tuple of int to sequence of numbers
        The money that each member receives from the others, by the joint message; it sums to 0. Nothing where left out.
    """

    members: Members
    reports: Mapping[Profile, Profile] = field(default_factory=dict)
    payments: Mapping[Profile, Sequence[Number]] = field(default_factory=dict)


def require_agreement(mechanism: Mechanism, agreement: Agreement) -> None:
    """Refuse an agreement whose members, messages, reports or payments do not fit a mechanism.

    Parameters
    ----------
    mechanism : Mechanism
    agreement : Agreement

    Raises
    ------
    InputError
        In one line that says what does not fit.
    """
    env, members = mechanism.environment, agreement.members
    if len(members) < 2 or len(set(members)) < len(members) or not set(members) <= set(range(env.agents)):
        raise InputError(f"{brief(members)} must be two or more different agents out of 0..{env.agents - 1}")
    for words in (*agreement.reports, *agreement.reports.values(), *agreement.payments):
        if len(words) != len(members) or not all(0 <= k < env.sizes[i] for i, k in zip(members, words, strict=True)):
            raise InputError(f"{brief(words)} must have one type number for each of the agents {brief(members)}")
    for message, payment in agreement.payments.items():
        if len(payment) != len(members) or sum(exact(x, "a payment") for x in payment) != 0:
            raise InputError(f"the payments at message {message} must be one per member and sum to 0")


def contract_game(mechanism: Mechanism, agreement: Agreement, *, formed_surely: bool = False) -> Game:
    """The game in which a coalition may sign a side contract while everybody else reports.

    An action of a member, for each of his types, is to refuse and report r (actions 0..K-1), or to accept with a message m
    and a report r in case somebody refuses (actions K + m K + r). The contract runs iff all accept. Its one-shot pure
    equilibria include the perfect ones.

    Parameters
    ----------
    mechanism : Mechanism
        With an independent prior.
    agreement : Agreement
    formed_surely : bool
        Nobody can refuse: an action of a member is his message alone.

    Returns
    -------
    Game
        Every agent is a player by himself.

    Raises
    ------
    InputError
        If the agreement does not fit the mechanism.
    SizeError
        If there are too many combinations of actions.

    References
    ----------
    Safronov (2016), section 6, Theorem 3.
    """
    require_agreement(mechanism, agreement)
    members = agreement.members
    mechanism = _with_unit(mechanism, agreement)
    sizes = mechanism.environment.sizes
    actions = tuple(size + size * size if i in members and not formed_surely else size for i, size in enumerate(sizes))
    if prod(actions) > MOST_PLAYS:
        words = f"there are {prod(actions)} combinations of actions; at most {MOST_PLAYS}: use fewer types"
        raise SizeError(words, prod(actions))
    played = np.zeros(actions, np.int64)
    money = np.zeros((len(members), *actions), np.int64)
    for chosen in product(*map(range, actions)):
        said = [chosen[i] if formed_surely else message_of(chosen[i], sizes[i]) for i in members]
        told = list(chosen)
        message = tuple(k for k in said if k is not None)
        if len(message) == len(members):
            for x, (i, k) in enumerate(zip(members, agreement.reports.get(message, message), strict=True)):
                told[i] = k
                if message in agreement.payments:
                    money[(x, *chosen)] = int(exact(agreement.payments[message][x]) * mechanism.scale)
        else:
            for i in members:
                told[i] = chosen[i] % sizes[i]  # refusing or not, the report of one's own is what is left of size K
        played[chosen] = mechanism.number(tuple(told))
    paid = tuple(money[members.index(i)] if i in members else None for i in range(len(sizes)))
    return Game(mechanism, tuple((i,) for i in range(len(sizes))), Rules(actions, played, paid))


def message_of(action: int, size: int) -> int | None:
    """The message of an action of a member who may refuse.

    Parameters
    ----------
    action : int
        Its number in `contract_game`.
    size : int
        How many types he has.

    Returns
    -------
    int or None
        None if he refuses.

    Examples
    --------
    >>> message_of(1, 2), message_of(5, 2)
    (None, 1)
    """
    return None if action < size else action // size - 1


def _with_unit(mechanism: Mechanism, agreement: Agreement) -> Mechanism:
    """The same mechanism at a scale at which all payments are whole."""
    amounts = [exact(x, "a payment") * mechanism.scale for row in agreement.payments.values() for x in row]
    factor = lcm(*(x.denominator for x in amounts))
    if factor == 1:
        return mechanism
    rows = np.concatenate([mechanism.bundle, mechanism.transfer * factor], axis=1)[mechanism.outcome].astype(np.int64)
    return from_blocks(
        mechanism.environment, mechanism.name, iter([rows]), mechanism.scale * factor, notes=mechanism.notes
    )


def read_agreement(
    environment: Environment, members: Members, reports: Sequence[str], payments: Sequence[str]
) -> Agreement:
    """Read a side contract from words.

    Parameters
    ----------
    environment : Environment
        Says what the types are called.
    members : tuple of int
        The coalition.
    reports : sequence of str
        Each a joint message and a joint report, one type a member: "A,B=A,A"; where types are vectors "1,2;1,3=1,2;1,2".
    payments : sequence of str
        Each a joint message and what every member receives: "A,B=1/2,-1/2".

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        For another form, and for a message that is given twice.

    Examples
    --------
    >>> import collude as co
    >>> read_agreement(co.airline(3), (0, 1), ["A,B=A,A"], ["A,B=1/2,-1/2"])
    Agreement(members=(0, 1), reports={(0, 1): (0, 0)}, payments={(0, 1): (Fraction(1, 2), Fraction(-1, 2))})
    """
    told: dict[Profile, Profile] = {}
    paid: dict[Profile, Sequence[Number]] = {}

    def message(text: str, known: Mapping[Profile, object]) -> tuple[Profile, str]:
        said, equals, rest = text.partition("=")
        if not equals:
            raise InputError(f"{brief(text)} has no equals sign; write a joint message and what follows, as A,B=A,A")
        found = read_profile(environment, said, "the message", members)
        if found in known:
            raise InputError(f"the message {brief(said)} is given twice")
        return found, rest

    for text in reports:
        said, rest = message(text, told)
        told[said] = read_profile(environment, rest, "the joint report", members)
    for text in payments:
        said, rest = message(text, paid)
        paid[said] = tuple(exact(part.strip(), "a payment") for part in rest.split(","))
    return Agreement(members, told, paid)
