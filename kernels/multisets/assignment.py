"""Who takes which share: perfect assignments of the members of a coalition to a multiset of shares."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word

FORBIDDEN = -(2**62)


class Desk(NamedTuple):
    """Working arrays of one thread. gain : (k, d) int64, what a member of each type gains from each share, FORBIDDEN where
    he does not agree to it. flow : (k, d) int64, members that take it. supply : (k,) and demand : (d,) int64, how many
    there are; left : (k,) int64, members without a share. best : (k + d,) int64, before : (k + d,) int64."""

    gain: IntArray
    flow: IntArray
    supply: IntArray
    demand: IntArray
    left: IntArray
    best: IntArray
    before: IntArray


def new_desk(types: int, members: int) -> Desk:
    """Working arrays for coalitions.

    Parameters
    ----------
    types : int
        Number of types K.
    members : int
        How many members they have at most.

    Returns
    -------
    Desk
    """
    k = min(types, members)
    return Desk(
        np.zeros((k, k), np.int64),
        np.zeros((k, k), np.int64),
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.zeros(k, np.int64),
        np.zeros(2 * k, np.int64),
        np.zeros(2 * k, np.int64),
    )


@jit
def _widen(desk: Desk, rows: Word, columns: Word) -> None:
    """Grow the best ways from members without a share until nothing improves: Bellman and Ford on the residual network.

    desk.best and desk.before are written: the largest change of the total gain on a way to each row (a type of members) and
    column (a share), and where that way comes from.
    """
    best, before = desk.best, desk.before
    for x in range(rows + columns):
        best[x] = FORBIDDEN
        before[x] = -1
    for i in range(rows):
        if desk.left[i]:
            best[i] = 0
    changed = True
    while changed:
        changed = False
        for i in range(rows):
            if best[i] == FORBIDDEN:
                continue
            for j in range(columns):
                if desk.gain[i, j] != FORBIDDEN and best[i] + desk.gain[i, j] > best[rows + j]:
                    best[rows + j] = best[i] + desk.gain[i, j]
                    before[rows + j] = i
                    changed = True
        for j in range(columns):
            if best[rows + j] == FORBIDDEN:
                continue
            for i in range(rows):
                if desk.flow[i, j] and best[rows + j] - desk.gain[i, j] > best[i]:
                    best[i] = best[rows + j] - desk.gain[i, j]
                    before[i] = j
                    changed = True


@jit
def best_assignment(desk: Desk, rows: Word, columns: Word) -> Word:
    """The largest total gain if every member takes a share that he agrees to.

    Parameters
    ----------
    desk : Desk
        Gain, supply and demand are read; supplies and demands have the same sum. The rest is overwritten: flow holds a best
        assignment afterwards.
    rows, columns : int
        How many types of members and how many shares there are.

    Returns
    -------
    int
        FORBIDDEN if it is impossible.

    Notes
    -----
    Cost: at most (members) x (rows x columns) x (rows + columns).

    References
    ----------
    Ahuja, Magnanti and Orlin (1993), Network Flows, section 9.7 (successive shortest paths).
    """
    for i in range(rows):
        desk.left[i] = desk.supply[i]
        for j in range(columns):
            desk.flow[i, j] = 0
    total = 0
    while True:
        waiting = 0
        for i in range(rows):
            waiting += desk.left[i]
        if waiting == 0:
            return total
        _widen(desk, rows, columns)
        goal, room = -1, 0
        for j in range(columns):
            taken = 0
            for i in range(rows):
                taken += desk.flow[i, j]
            free = desk.demand[j] - taken
            if free and desk.best[rows + j] != FORBIDDEN and (goal < 0 or desk.best[rows + j] > desk.best[rows + goal]):
                goal, room = j, free
        if goal < 0:
            return FORBIDDEN
        total += _push(desk, rows, goal, room) * desk.best[rows + goal]


@jit
def _push(desk: Desk, rows: Word, goal: Word, room: Word) -> Word:
    """Move as many members as possible along the best way to a share; returns how many."""
    amount = np.int64(room)
    j = goal
    i = desk.before[rows + j]
    while desk.before[i] >= 0:
        j = desk.before[i]
        if desk.flow[i, j] < amount:
            amount = desk.flow[i, j]
        i = desk.before[rows + j]
    if desk.left[i] < amount:
        amount = desk.left[i]
    j = goal
    i = desk.before[rows + j]
    desk.flow[i, j] += amount
    while desk.before[i] >= 0:
        j = desk.before[i]
        desk.flow[i, j] -= amount
        i = desk.before[rows + j]
        desk.flow[i, j] += amount
    desk.left[i] -= amount
    return amount
