"""How a deal is settled: the best split of a coalition's goods, equal gains, who hands what to whom. Plain integers."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from collude.models.mechanism import Mechanism, Profile

Members = tuple[int, ...]


class DividedGoods(NamedTuple):
    """A division of a coalition's goods: `scale` times its total value, and the bundle number of each member."""

    value: int
    bundles: tuple[int, ...]


class Settlement(NamedTuple):
    """What a deal leaves each member: his gain, and the side payment that he receives, both `scale` times."""

    gains: tuple[int | Fraction, ...]
    payments: list[Fraction]


def _signed(mechanism: Mechanism, agent: int, bundle: int) -> tuple[int, ...]:
    env = mechanism.environment
    return tuple(-x if env.supplier[agent] else x for x in env.bundles[agent][bundle])


def held_by(mechanism: Mechanism, agent: int, bundle: int) -> list[object]:
    """What an agent holds, as JSON.

    Parameters
    ----------
    mechanism : Mechanism
    agent : int
    bundle : int
        The number of his bundle, or of a lottery over bundles.

    Returns
    -------
    list
        The bundle, one number per good; for a lottery, [probability as text, bundle] pairs.
    """
    spread = mechanism.environment.spread(agent, bundle)
    return list(spread[0][0]) if len(spread) == 1 else [[str(chance), list(goods)] for goods, chance in spread]


def _add(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    return tuple(x + y for x, y in zip(left, right, strict=True))


def holdings_of(mechanism: Mechanism, members: Members, outcome: int, moves: bool) -> tuple[int, ...]:
    """The goods that members of a coalition can divide after an outcome: outcomes with the same ones have the same best division.

    Parameters
    ----------
    mechanism : Mechanism
    members : tuple of int
    outcome : int
    moves : bool
        Whether goods are handed on.

    Returns
    -------
    tuple of int
        If goods move, what the members hold in all, one number per good (what is given up is negative); otherwise the bundle
        number of each member.
    """
    held = [int(mechanism.bundle[outcome, i]) for i in members]
    if not moves:
        return tuple(held)
    return tuple(map(sum, zip(*(_signed(mechanism, i, b) for i, b in zip(members, held, strict=True)), strict=True)))


def best_split(mechanism: Mechanism, members: Members, truth: Profile, outcome: int, moves: bool) -> DividedGoods:
    """The division of the goods that an outcome gives a coalition with the largest sum of its members' values.

    Parameters
    ----------
    mechanism : Mechanism
    members : tuple of int
    truth : tuple of int
        The profile of true type indices.
    outcome : int
    moves : bool
        Whether goods are handed on; if not, everybody keeps what he is given.

    Returns
    -------
    DividedGoods
        The outcome's own allocation if nothing is better; else the first best one, in the order of bundle numbers.
    """
    env = mechanism.environment
    factor = mechanism.scale // env.scale
    rows = [[int(x) * factor for x in env.values[i][truth[i]]] for i in members]
    own = tuple(int(mechanism.bundle[outcome, i]) for i in members)
    kept = sum(row[b] for row, b in zip(rows, own, strict=True))
    if not moves:
        return DividedGoods(kept, own)
    zero = (0,) * len(env.bundles[0][0])
    best: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {zero: (0, ())}
    for i, row in zip(members, rows, strict=True):
        longer: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        for total, (value, split) in best.items():
            for b, more in enumerate(row):
                after = _add(total, _signed(mechanism, i, b))
                candidate = (value + more, (*split, b))
                known = longer.get(after)
                if known is None or (candidate[0], *(-x for x in candidate[1])) > (known[0], *(-x for x in known[1])):
                    longer[after] = candidate
        best = longer
    value, split = best[holdings_of(mechanism, members, outcome, True)]
    return DividedGoods(kept, own) if kept == value else DividedGoods(value, split)


def settle(mechanism: Mechanism, members: Members, truth: Profile, outcome: int, split: tuple[int, ...]) -> Settlement:
    """What a deal leaves each member of a coalition if all gain the same.

    Member i ends with t'_i = u*_i - v_i(q'_i) + gain / |D|, where u* are truthful utilities and q' is the division, so that his
    side payment is t'_i - t_i; side payments sum to zero.

    Parameters
    ----------
    mechanism : Mechanism
    members : tuple of int
    truth : tuple of int
        The profile of true type indices.
    outcome : int
        What the members' joint report brings about.
    split : tuple of int
        The bundle number that each member ends with.

    Returns
    -------
    Settlement
    """
    env = mechanism.environment
    before = mechanism.outcome_at(truth)
    needs = []
    for i, b in zip(members, split, strict=True):
        value = int(env.values[i][truth[i], b]) * (mechanism.scale // env.scale)
        needs.append(mechanism.utility(i, truth[i], before) - value - int(mechanism.transfer[outcome, i]))
    share = Fraction(-sum(needs), len(members))
    gain = int(share) if share.denominator == 1 else share
    return Settlement((gain,) * len(members), [need + share for need in needs])


def _match(changes: list[Fraction]) -> list[tuple[int, int, Fraction]]:
    """(giver, taker, amount): those whose holding falls hand to those whose holding rises, both in order."""
    rest = list(changes)
    moves = []
    for x in range(len(rest)):
        for y in range(len(rest)):
            if rest[x] < 0 < rest[y]:
                amount = min(-rest[x], rest[y])
                moves.append((x, y, amount))
                rest[x] += amount
                rest[y] -= amount
    return moves


def hand_overs(
    mechanism: Mechanism, members: Members, outcome: int, split: tuple[int, ...], payments: list[Fraction]
) -> dict[str, list[str]]:
    """Lines that say who hands which goods to whom, and who pays whom.

    Parameters
    ----------
    mechanism : Mechanism
    members : tuple of int
    outcome : int
        What the members' joint report brings about.
    split : tuple of int
        The bundle number that each member ends with.
    payments : list of Fraction
        `scale` times the side payment that each receives.

    Returns
    -------
    dict
        The lines under "reallocation" and "payments", at least one each.
    """
    labels = [mechanism.environment.labels[i] for i in members]
    goods = []
    for i, b in zip(members, split, strict=True):
        if b == int(mechanism.bundle[outcome, i]):
            goods.append([Fraction(0)] * len(mechanism.environment.bundles[i][0]))
            continue
        now, was = _signed(mechanism, i, b), _signed(mechanism, i, int(mechanism.bundle[outcome, i]))
        goods.append([Fraction(x - y) for x, y in zip(now, was, strict=True)])
    lines = []
    for g in range(len(goods[0])):
        what = "" if len(goods[0]) == 1 else f" of good {g}"
        lines += [
            f"agent {labels[x]} hands {amount} {'unit' if amount == 1 else 'units'}{what} to agent {labels[y]}"
            for x, y, amount in _match([change[g] for change in goods])
        ]
    paid = [
        f"agent {labels[x]} pays {amount / mechanism.scale} to agent {labels[y]}" for x, y, amount in _match(payments)
    ]
    return {"reallocation": lines or ["nothing is handed over"], "payments": paid or ["nobody pays anybody"]}
