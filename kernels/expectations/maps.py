"""The best agreement of a coalition whose members do not know each other's types: a map from types to reports for each."""

import numpy as np

from collude.kernels._jit import jit


@jit
def _report_of(maps, types, own):
    """Place of the members' joint report but for the last one, if member x of type k reports maps[x, k]."""
    place = 0
    for x in range(types.shape[0]):
        place = place * own[x] + maps[x, types[x]]
    return place


@jit
def best_maps(values, own, maps):
    """The largest sum over joint types t of values[t, report of t] over all maps, one per member, the first among equals.

    values: (T, T) int64, by joint types and joint reports, C order; own: (d,) numbers of types; maps: (d, max K) int64,
    gets the maps. Given the others' maps the last member's best report is chosen type by type, so that the cost is
    K^2 T / K times the maps of all but him. Source: Safronov, footnote 2.
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
