"""Side contracts between two agents: messages decide a joint report and a payment, if both accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from collude.axioms.core.games import Game, Rules
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import Number, exact

Pair = tuple[int, int]


@dataclass(frozen=True)
class Contract:
    """What two agents agree on before they report: a joint report and a payment for each pair of messages.

    Attributes
    ----------
    pair : (int, int)
        The two agents; a message is a type index of its sender.
    reports : K by L table of (int, int)
        reports[m][l] is what the two report if the first says m and the second l.
    payments : K by L table of numbers
        payments[m][l] is the money that the second then pays the first; () for none at all.
    """

    pair: Pair
    reports: Sequence[Sequence[Pair]]
    payments: Sequence[Sequence[Number]] = ()


def contract_game(mechanism: Mechanism, contract: Contract) -> Game:
    """The game in which two agents may sign a side contract while everybody else reports.

    An action of a member, for each of his types, is to refuse and report r (actions 0..K-1), or to accept with a message m
    and a report r in case the other refuses (actions K + m K + r). The contract runs iff both accept. Its one-shot pure
    equilibria include the perfect ones.

    Parameters
    ----------
    mechanism : Mechanism
        With an independent prior.
    contract : Contract

    Returns
    -------
    Game
        Every agent is a player by himself.

    Raises
    ------
    InputError
        If the pair is none, a table has the wrong shape, or a payment is no multiple of the mechanism's unit of money.

    References
    ----------
    Safronov (2016), section 6, Theorem 3.
    """
    env = mechanism.environment
    first, second = contract.pair
    if first == second or not all(0 <= i < env.agents for i in contract.pair):
        raise InputError(f"the pair {contract.pair} must be two different agents out of 0..{env.agents - 1}")
    sizes = [env.sizes[i] for i in contract.pair]
    _require_shape(contract.reports, sizes, "reports")
    if contract.payments:
        _require_shape(contract.payments, sizes, "payments")
    actions = [size + size * size if i in contract.pair else size for i, size in enumerate(env.sizes)]
    played = np.zeros(actions, np.int64)
    money = np.zeros(actions, np.int64)
    for chosen in product(*map(range, actions)):
        one, two = (_action(chosen[i], env.sizes[i]) for i in contract.pair)
        told = list(chosen)
        told[first], told[second] = one[1], two[1]
        if one[0] is not None and two[0] is not None:
            told[first], told[second] = contract.reports[one[0]][two[0]]
            if contract.payments:
                amount = exact(contract.payments[one[0]][two[0]], "a payment") * mechanism.scale
                money[chosen] = _whole(amount)
        played[chosen] = mechanism.number(tuple(told))
    paid = tuple(money if i == first else -money if i == second else None for i in range(env.agents))
    return Game(mechanism, tuple((i,) for i in range(env.agents)), Rules(tuple(actions), played, paid))


def _action(action: int, size: int) -> tuple[int | None, int]:
    """(message or None, report on his own)."""
    if action < size:
        return None, action
    return divmod(action - size, size)


def _require_shape(table: Sequence[Sequence[object]], sizes: Sequence[int], what: str) -> None:
    if len(table) != sizes[0] or any(len(row) != sizes[1] for row in table):
        raise InputError(
            f"the {what} of a contract need a row per type of the first and a column per type of the second"
        )


def _whole(amount: Fraction) -> int:
    if amount.denominator != 1:
        raise InputError("a payment of a contract must be a multiple of the mechanism's unit; scale the payoffs")
    return int(amount)
