"""Upper bounds of what a violation gains, by truthful outcome and by the types of the first agents.

If outcome o replaces the truthful outcome a, agent i of type k gains u_i(k, o) - u_i(k, a). Where a is the truth, nobody
has a type at which a cannot be the truth; so the sum over all agents of what the type that gains most gains bounds every
violation where a is the truth. Once the types of the first agents are known, their own gains take the place of the
largest ones: a bound for each prefix of types, made when it is asked for and shared by all profiles with that prefix.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import IntArray, Word, WordArray
from collude.kernels.tables import NONE, ONE, Table

UNKNOWN = 2**62  # the bound of an outcome that nobody has asked for
STEPS_PER_PROFILE = 32  # bounds are worth their cost if they take fewer steps per profile and word than this
MOST_ENTRIES = 1 << 21


class GainBounds(NamedTuple):
    """Bounds, filled when they are asked for; n agents, K types at most, R outcomes in W words, C allocations at most.

    Everything but `highest` is empty if the bounds by outcome would cost more than they spare.
    """

    highest: np.ndarray  # (n, K) int64: the most that any outcome gives a type
    most: np.ndarray  # (C,) int64: the largest gain of one agent from each allocation, scratch
    utility: np.ndarray  # (n, K, R) int64: what agent i of type k gets from outcome o
    largest: (
        np.ndarray
    )  # (R, n, R) int64: the largest gain of agent i from outcome o where a is the truth, at [a, i, o]
    total: (
        np.ndarray
    )  # (R, n, R) int64: bound of all agents' gain from o where a is the truth, j types known, at [a, j, o]
    bound: np.ndarray  # (n, R) int64: its largest entry over all o, j types known; UNKNOWN if not asked
    prefix: np.ndarray  # (n, R) int64: the number of the joint type that the bound is for
    asked: np.ndarray  # (R,) int64: the gain that the row of `worthy` was made for
    worthy: np.ndarray  # (R, W) uint64: outcomes that may gain that much, by truthful outcome


@jit
def _make_bounds(table: Table, words: Word, profiles: Word) -> GainBounds:
    """Allocate bounds for a search through `profiles` profiles; by outcome only if that is worth its cost."""
    n, outcomes = table.allocation.shape
    _, width, classes = table.utility.shape
    steps = n * outcomes * (width * classes + outcomes)
    size = max(n * outcomes * outcomes, n * width * outcomes)
    rows = outcomes if steps <= STEPS_PER_PROFILE * profiles * words and size <= MOST_ENTRIES else 0
    bounds = GainBounds(
        np.zeros((n, width), np.int64),
        np.zeros(classes, np.int64),
        np.empty((n, width, rows), np.int64),
        np.empty((rows, n, rows), np.int64),
        np.empty((rows, n, rows), np.int64),
        np.full((n, outcomes), UNKNOWN, np.int64),
        np.full((n, rows), -1, np.int64),
        np.full(rows, -1, np.int64),
        np.full((outcomes, words), NONE - ONE, np.uint64),
    )
    for i in range(n):
        for k in range(table.sizes[i]):
            most = table.utility[i, k, table.allocation[i, 0]]
            for o in range(outcomes):
                value = table.utility[i, k, table.allocation[i, o]]
                most = max(most, value)
                if o < rows:
                    bounds.utility[i, k, o] = value
            bounds.highest[i, k] = most
    return bounds


@jit
def _bound_outcome(table: Table, bounds: GainBounds, without: WordArray, truthful: Word) -> None:
    """Bound the gain of every violation where outcome `truthful` is the truth.

    without: (n K W,) uint64, from `_rows_without`, flat. Cost: n (K C + R).
    """
    n, width, _ = table.utility.shape
    words = bounds.worthy.shape[1]
    total, most = bounds.total[truthful, 0], bounds.most
    total[:] = 0
    word, bit = truthful >> 6, np.uint64(truthful & 63)
    for i in range(n):
        row = bounds.largest[truthful, i]
        for c in range(most.shape[0]):
            most[c] = 0
        for k in range(table.sizes[i]):
            if (without[(i * width + k) * words + word] >> bit) & ONE != NONE:
                here = bounds.utility[i, k, truthful]
                for c in range(most.shape[0]):
                    most[c] = max(most[c], table.utility[i, k, c] - here)
        for o in range(row.shape[0]):
            row[o] = most[table.allocation[i, o]]
            total[o] += row[o]
    highest = 0
    for o in range(total.shape[0]):
        highest = max(highest, total[o])
    bounds.bound[0, truthful], bounds.prefix[0, truthful] = highest, 0


@jit
def _mark_worthy(bounds: GainBounds, truthful: Word, least: Word) -> None:
    """Mark the outcomes that may gain `least` where outcome `truthful` is the truth. Cost: R."""
    total, worthy = bounds.total[truthful, 0], bounds.worthy[truthful]
    for w in range(worthy.shape[0]):
        word = NONE
        for o in range(64 * w, min(64 * w + 64, total.shape[0])):
            word |= np.uint64(total[o] >= least) << np.uint64(o & 63)
        worthy[w] = word
    bounds.asked[truthful] = least


@inlined
def _bound_prefix(
    total: IntArray,
    largest: IntArray,
    utility: IntArray,
    places: tuple[Word, ...],
    type_index: Word,
) -> Word:
    """Replace the largest gain of an agent, all before him being replaced, by that of his type; returns the new bound.

    All arrays flat, from `GainBounds`. places: (truthful outcome, agent, n, K, R). Cost: R, no jumps.
    """
    truthful, agent, n, width, outcomes = places
    row = np.uint64((truthful * n + agent) * outcomes)
    after = row + np.uint64(outcomes)
    own = np.uint64((agent * width + type_index) * outcomes)
    here, most = utility[own + np.uint64(truthful)], 0
    for o in range(np.uint64(outcomes)):
        value = total[row + o] - largest[row + o] + max(0, utility[own + o] - here)
        total[after + o] = value
        most = max(most, value)
    return most
