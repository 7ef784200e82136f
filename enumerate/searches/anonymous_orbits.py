"""Identification: where anonymity leaves one choice per orbit of profiles, the orbit becomes one search variable."""

import numpy as np

from collude.axioms.core.groups import comparable_pairs
from collude.models.space import Cells, OutcomeSpace

MOST_ENTRIES = 1 << 24


def merge_anonymous(space: OutcomeSpace, allowed: np.ndarray) -> Cells | None:
    """Merge the profiles that anonymity ties together: one search variable for each orbit under swaps of comparable agents.

    A value of a variable is an outcome of the orbit's first profile; at another profile of the orbit the outcome is the one
    with the permuted utilities. Where two outcomes of a profile have equal utilities for all, nothing is merged.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    allowed : ndarray (P, R) bool
        Which outcomes single profiles admit.

    Returns
    -------
    Cells or None
        None if utilities do not determine outcomes, or the table would be too large.

    Notes
    -----
    Cost: P R, and the permutations that lead from one profile of an orbit to another.
    """
    profiles, outcomes = allowed.shape
    if profiles * outcomes > MOST_ENTRIES:
        return None
    utilities = space.truthful().transpose(1, 2, 0)
    tables = []
    for p in range(profiles):
        known = {tuple(utilities[p, o].tolist()): o for o in np.flatnonzero(allowed[p]).tolist()}
        if len(known) != int(allowed[p].sum()):
            return None
        tables.append(known)
    swaps = comparable_pairs(space.environment)
    sizes = space.environment.sizes
    strides = [int(np.prod(sizes[i + 1 :], dtype=np.int64)) for i in range(len(sizes))]
    type_indices = space.type_indices.tolist()
    variable = np.full(profiles, -1, np.int64)
    option = np.zeros((profiles, outcomes), np.int32)
    values: list[int] = []
    for p in range(profiles):
        if variable[p] < 0:
            orbit = _orbit(p, type_indices, strides, swaps)
            rows = _consistent(orbit, tables, space.environment.agents)
            for q, column in zip(orbit, zip(*rows, strict=True) if rows else [()] * len(orbit), strict=True):
                variable[q] = len(values)
                option[q, : len(rows)] = column
            values.append(len(rows))
    if min(values) == 0:
        return None
    return Cells(variable, np.ascontiguousarray(option[:, : max(values)]), np.array(values, np.int64))


Permutation = tuple[int, ...]


def _orbit(
    start: int, type_indices: list[list[int]], strides: list[int], swaps: list[tuple[int, ...]]
) -> dict[int, list[Permutation]]:
    """Profiles reached from `start` by swaps, each with all permutations found that lead there."""
    identity = tuple(range(len(strides)))
    found: dict[int, list[Permutation]] = {start: [identity]}
    waiting = [(start, identity)]
    while waiting:
        p, way = waiting.pop()
        for i, j in swaps:
            q = p + (type_indices[p][j] - type_indices[p][i]) * (strides[i] - strides[j])
            step = list(way)
            step[i], step[j] = step[j], step[i]
            entry = tuple(step)
            ways = found.setdefault(q, [])
            if entry not in ways:
                ways.append(entry)
                waiting.append((q, entry))
    return found


def _consistent(
    orbit: dict[int, list[Permutation]], tables: list[dict[tuple[int, ...], int]], agents: int
) -> list[tuple[int, ...]]:
    """For each outcome of the first profile that can be permuted throughout: the outcomes at all profiles of the orbit."""
    rows = []
    for utilities, first in tables[next(iter(orbit))].items():
        row = []
        for q, ways in orbit.items():
            wanted = {tuple(utilities[way[x]] for x in range(agents)) for way in ways}
            if len(wanted) != 1 or next(iter(wanted)) not in tables[q]:
                break
            row.append(tables[q][next(iter(wanted))])
        else:
            del first
            rows.append(tuple(row))
    return rows
