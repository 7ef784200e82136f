"""The best agreement of a coalition whose members do not know each other's types: a map from types to reports for each."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word


@jit
def _report_of(maps: IntArray, types: IntArray, own: IntArray) -> Word:
    """Place of the members' joint report but for the last one, if member x of type k reports maps[x, k]."""
    place = 0
    for x in range(types.shape[0]):
        place = place * own[x] + maps[x, types[x]]
    return place


@jit
def best_maps(values: IntArray, own: IntArray, maps: IntArray) -> int:
    """The best agreement of a coalition whose members do not know each other's types: a report for each type of each member.

    Parameters
    ----------
    values : IntArray
        (T, T) int64: what the coalition gets at each joint type and joint report, C order.
    own : IntArray
        (d,) int64: the members' numbers of types.
    maps : IntArray
        (d, K) int64, written in place: the report of each type of each member, the first among equally good agreements.

    Returns
    -------
    int
        The largest sum over joint types t of values[t, report of t].

    Notes
    -----
    Given the others' maps the last member's best report is chosen type by type: the cost is K^2 T / K times the maps of all
    but him.

    References
    ----------
    Safronov (2016), footnote 2; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> maps = np.zeros((1, 2), np.int64)
    >>> int(best_maps(np.array([[0, 1], [5, 2]]), np.array([2]), maps)), maps.tolist()
    (6, [[1, 0]])
    """
    d = own.shape[0]
    last, others = own[d - 1], values.shape[0] // own[d - 1]
    trial = np.zeros((d, maps.shape[1]), np.int64)
    best, started = 0, False
    while True:
        total = 0
        for k in range(last):
            most, chosen = 0, -1
            for report in range(last):
                value = 0
                types = np.zeros(d - 1, np.int64)
                for t in range(others):
                    value += values[t * last + k, _report_of(trial, types, own) * last + report]
                    for x in range(d - 2, -1, -1):
                        types[x] += 1
                        if types[x] < own[x]:
                            break
                        types[x] = 0
                if chosen < 0 or value > most:
                    most, chosen = value, report
            total += most
            trial[d - 1, k] = chosen
        if not started or total > best:
            best, started = total, True
            for x in range(d):
                for k in range(maps.shape[1]):
                    maps[x, k] = trial[x, k]
        moved = False
        for place in range((d - 1) * maps.shape[1] - 1, -1, -1):
            x, k = place // maps.shape[1], place % maps.shape[1]
            if k >= own[x]:
                continue
            trial[x, k] += 1
            if trial[x, k] < own[x]:
                moved = True
                break
            trial[x, k] = 0
        if not moved:
            return best
