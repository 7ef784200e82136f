"""What coalitions gain from shares: how they are laid out for an assignment, what they are worth, who gains most beside whom."""

import numpy as np

from collude.kernels._jit import jit, lowest_bit
from collude.kernels.arrays import IntArray, ShortArray, Word
from collude.kernels.multisets.assignment import FORBIDDEN, Desk, best_assignment
from collude.kernels.multisets.options import Blocks, Options
from collude.kernels.multisets.tastes import AGREE, SHARE_OUT, Tastes

ONE = np.uint64(1)


@jit
def set_desk(
    group: IntArray, truth: ShortArray, option: Word, options: Options, tastes: Tastes, desk: Desk
) -> tuple[Word, ...]:
    """Lay out the members of a coalition and the shares of an option.

    Parameters
    ----------
    group : ndarray
        (K,) int64, how many members have each type.
    truth : ndarray
        (K,) int32, the truthful share of each type.
    option : int
        Number of the option.
    options : Options
    tastes : Tastes
    desk : Desk
        Gain, supply and demand are written.

    Returns
    -------
    (int, int)
        Rows and columns of the desk in use.
    """
    rows = 0
    columns = options.width[option]
    for d in range(columns):
        desk.demand[d] = options.counts[option, d]
    for t in range(len(group)):
        if group[t] == 0:
            continue
        desk.supply[rows] = group[t]
        before = tastes.utility[t, truth[t]]
        for d in range(columns):
            gain = tastes.utility[t, options.shares[option, d]] - before
            refused = tastes.rule != SHARE_OUT and (gain < 0 or (gain == 0 and tastes.rule != AGREE))
            desk.gain[rows, d] = FORBIDDEN if refused else gain
        rows += 1
    return rows, columns


@jit
def worth(group: IntArray, truth: ShortArray, utility: IntArray) -> Word:
    """What the members of a coalition get in all from their truthful shares.

    Parameters
    ----------
    group : ndarray
        (K,) int64, how many members have each type.
    truth : ndarray
        (K,) int32, the truthful share of each type.
    utility : ndarray
        (K, R) int64, what each type gets from each share.

    Returns
    -------
    int
    """
    total = 0
    for t in range(len(group)):
        if group[t]:
            total += group[t] * utility[t, truth[t]]
    return total


@jit
def fill_ceilings(groups: IntArray, options: Options, utility: IntArray, ceiling: IntArray) -> None:
    """Write for each coalition what no option is worth more to: every share goes to the type in it that likes it best.

    Parameters
    ----------
    groups : ndarray
        (C, K) int64.
    options : Options
    utility : ndarray
        (K, R) int64, what each type gets from each share.
    ceiling : ndarray
        (C,) int64, written.

    Notes
    -----
    Cost: options x width x types, for each coalition.
    """
    for c in range(len(groups)):
        largest = FORBIDDEN
        for x in range(len(options.width)):
            total = 0
            for d in range(options.width[x]):
                best = FORBIDDEN
                for t in range(groups.shape[1]):
                    if groups[c, t]:
                        best = max(best, utility[t, options.shares[x, d]])
                total += options.counts[x, d] * best
            largest = max(largest, total)
        ceiling[c] = largest


@jit
def first_outsiders(
    blocks: Blocks, c: Word, options: Options, tastes: Tastes, desk: Desk, order: IntArray, best: IntArray
) -> None:
    """Find the outsiders of a block beside whom a coalition has its largest total gain; of several the first in an order.

    Parameters
    ----------
    blocks : Blocks
    c : int
        Number of the coalition.
    options : Options
    tastes : Tastes
    desk : Desk
        Overwritten.
    order : ndarray
        (B,) int64, the place of each multiset of outsiders.
    best : ndarray
        (3,) int64, gain, place and b, brought up to date.

    Notes
    -----
    Cost: an assignment per truth and option.
    """
    words = blocks.reach.shape[1]
    gains = np.full((blocks.starts[c + 1] - blocks.starts[c], len(options.width)), FORBIDDEN - 1, np.int64)
    for b in range(blocks.truth.shape[1]):
        x = blocks.truth[c, b]
        row = blocks.starts[c] + x
        for w in range(words):
            rest = blocks.reach[blocks.place[b], w]
            while rest:
                option = 64 * w + lowest_bit(rest)
                rest &= rest - ONE
                if gains[x, option] < FORBIDDEN:
                    rows, columns = set_desk(blocks.groups[c], blocks.truths[row], option, options, tastes, desk)
                    gains[x, option] = best_assignment(desk, rows, columns)
                gain = gains[x, option]
                if gain > best[0] or (gain == best[0] and order[b] < best[1]):
                    best[0], best[1], best[2] = gain, order[b], b


@jit
def gains_of_reports(
    group: IntArray,
    truth: IntArray,
    reports: IntArray,
    ranks: IntArray,
    share: ShortArray,
    tastes: Tastes,
    desk: Desk,
    totals: IntArray,
) -> None:
    """Write the largest total gain of a coalition from each of several multisets of reports.

    Parameters
    ----------
    group : ndarray
        (K,) int64, how many members have each type.
    truth : ndarray
        (K,) int64, the truthful share of each type.
    reports : ndarray
        (N, K) int64, each row as many reports as members.
    ranks : ndarray
        (N,) int64, the multisets of all reports.
    share : ndarray
        (M, K) int32, the share of each report at each multiset.
    tastes : Tastes
    desk : Desk
        Overwritten.
    totals : ndarray
        (N,) int64, written; FORBIDDEN where somebody refuses.

    Notes
    -----
    Cost: an assignment per row.
    """
    for x in range(len(reports)):
        columns = 0
        for a in range(reports.shape[1]):
            if reports[x, a]:
                desk.demand[columns] = reports[x, a]
                columns += 1
        rows = 0
        for t in range(len(group)):
            if group[t] == 0:
                continue
            desk.supply[rows] = group[t]
            column = 0
            for a in range(reports.shape[1]):
                if reports[x, a] == 0:
                    continue
                gain = tastes.utility[t, share[ranks[x], a]] - tastes.utility[t, truth[t]]
                refused = tastes.rule != SHARE_OUT and (gain < 0 or (gain == 0 and tastes.rule != AGREE))
                desk.gain[rows, column] = FORBIDDEN if refused else gain
                column += 1
            rows += 1
        totals[x] = best_assignment(desk, rows, columns)
