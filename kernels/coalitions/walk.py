"""The coalition walk: which coalitions violate at which profile, read off the lattice of reachable outcomes.

At a profile with truthful outcome a, coalition D violates iff some outcome that it can reach is in `accept` of every
member and in `strict` of at least one, both taken at his true type and his allocation in a. Strong group
strategy-proofness takes OutcomeSets(accept, strict); the weak form OutcomeSets(strict, strict). Members are added in increasing
order; a branch dies when nothing is left that its members accept, somebody can still gain from, and everybody who
could still join can help to reach.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Span, Word, WordArray
from collude.kernels.tables import ALL, NONE, OutcomeSets, Table, decode, pattern_strides

NOBODY = np.int64(0)  # the depth of the empty coalition; a plain 0 would be compiled for apart from other numbers


class Walk(NamedTuple):
    """Scratch space of one walk; W words of outcomes. Rows 0..n of the stacks belong to the depth of the tree."""

    accept: np.ndarray  # (n, W) uint64: what each agent accepts at this profile
    strict: np.ndarray  # (n, W) uint64
    willing: np.ndarray  # (n + 1, W) uint64: AND of accept over agents j..n-1
    eager: np.ndarray  # (n + 1, W) uint64: OR of strict over agents j..n-1
    accepted: np.ndarray  # (n + 1, W) uint64: AND of accept over the members, at each depth
    gained: np.ndarray  # (n + 1, W) uint64: OR of strict over the members, at each depth
    steps: np.ndarray  # (2, n + 1) int64: from the agent's type to his free symbol; the same summed over agents j..n-1
    state: np.ndarray  # (3, n + 1) int64: pattern, next agent and members (agent i at bit i), at each depth


@jit
def make_walk(n: int, words: int) -> Walk:
    """Allocate the scratch space of a walk through the coalitions of one profile.

    Parameters
    ----------
    n : int
        Number of agents.
    words : int
        Words per set of outcomes.

    Returns
    -------
    Walk
        A `Walk` of zeros.

    Notes
    -----
    6 n words of outcomes, about.

    Examples
    --------
    >>> make_walk(3, 2).accept.shape
    (3, 2)
    """
    return Walk(
        np.zeros((n, words), np.uint64),
        np.zeros((n, words), np.uint64),
        np.zeros((n + 1, words), np.uint64),
        np.zeros((n + 1, words), np.uint64),
        np.zeros((n + 1, words), np.uint64),
        np.zeros((n + 1, words), np.uint64),
        np.zeros((2, n + 1), np.int64),
        np.zeros((3, n + 1), np.int64),
    )


@jit
def enter_profile(table: Table, outcome_sets: OutcomeSets, truthful: int, types: IntArray, walk: Walk) -> None:
    """Load what all agents accept and prefer at one profile, before its coalitions are walked through.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        As for `count_violations`.
    truthful : int
        The outcome of the profile.
    types : IntArray
        (n,) int64: the agents' true types.
    walk : Walk
        Written in place.

    Notes
    -----
    Cost: n W.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.tables import make_outcome_sets
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> walk = make_walk(1, 1)
    >>> enter_profile(table, make_outcome_sets(table), 0, np.array([0]), walk)
    >>> walk.accept.tolist(), walk.strict.tolist()  # outcomes 0 and 1; outcome 1
    ([[3]], [[2]])
    """
    n, words = walk.accept.shape
    strides = pattern_strides(table.sizes)
    for w in range(words):
        walk.willing[n, w] = ALL
        walk.eager[n, w] = NONE
        walk.accepted[0, w] = ALL
        walk.gained[0, w] = NONE
    walk.state[0, 0] = 0
    for i in range(n - 1, -1, -1):
        c = table.allocation[i, truthful]
        for w in range(words):
            walk.accept[i, w] = outcome_sets.accept[i, types[i], c, w]
            walk.strict[i, w] = outcome_sets.strict[i, types[i], c, w]
            walk.willing[i, w] = walk.willing[i + 1, w] & walk.accept[i, w]
            walk.eager[i, w] = walk.eager[i + 1, w] | walk.strict[i, w]
        walk.steps[0, i] = (table.sizes[i] - types[i]) * strides[i]
        walk.steps[1, i] = walk.steps[1, i + 1] + walk.steps[0, i]
        walk.state[0, 0] += types[i] * strides[i]
    walk.state[1, 0] = 0
    walk.state[2, 0] = 0


@jit
def _hopeless(walk: Walk, reach: WordArray, depth: Word, j: Word) -> bool:
    """True if no coalition that adds only agents j.. to the one at `depth` can violate."""
    n, words = walk.accept.shape
    if j == n:
        return True
    row = reach[walk.state[0, depth] + walk.steps[1, j]]
    for w in range(words):
        if walk.accepted[depth, w] & (walk.gained[depth, w] | walk.eager[j, w]) & row[w] != NONE:
            return False
    return True


@jit
def next_violation(walk: Walk, reach: WordArray, extensions: IntArray, depth: Word) -> int:
    """Go on from one coalition to the next one that violates at the profile that was entered.

    Parameters
    ----------
    walk : Walk
        Written in place; the coalition is walk.state[2, depth], agent i at bit i.
    reach : WordArray
        (patterns, W) uint64, from `reachable`.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.
    depth : Word
        Number of members of the coalition at hand; NOBODY at the start.

    Returns
    -------
    int
        The number of members of the next violating coalition, 0 at the end. Coalitions come in lexicographic order of their
        members.

    Notes
    -----
    Cost: W per node of the tree that is not cut off.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.coalitions.lattice import reachable
    >>> from collude.kernels.tables import extension_counts, make_outcome_sets
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> sets, reach, walk = make_outcome_sets(table), reachable(table.outcome, table.sizes, 2), make_walk(1, 1)
    >>> enter_profile(table, sets, 0, np.array([0]), walk)
    >>> int(next_violation(walk, reach, extension_counts(1, 1, 1), NOBODY)), int(walk.state[2, 1])
    (1, 1)
    """
    n, words = walk.accept.shape
    while depth >= 0:
        j = walk.state[1, depth]
        if _hopeless(walk, reach, depth, j):
            depth -= 1
            continue
        walk.state[1, depth] = j + 1
        if extensions[depth + 1, n - 1 - j] == 0:
            continue
        deeper = depth + 1
        walk.state[0, deeper] = walk.state[0, depth] + walk.steps[0, j]
        walk.state[1, deeper] = j + 1
        walk.state[2, deeper] = walk.state[2, depth] | (1 << j)
        row = reach[walk.state[0, deeper]]
        found = False
        for w in range(words):
            accepted = walk.accepted[depth, w] & walk.accept[j, w]
            gained = walk.gained[depth, w] | walk.strict[j, w]
            walk.accepted[deeper, w] = accepted
            walk.gained[deeper, w] = gained
            found |= accepted & gained & row[w] != NONE
        depth = deeper
        if found and extensions[depth, 0] > 0:
            return depth
    return 0


@jit
def count_at_profile(walk: Walk, reach: WordArray, extensions: IntArray) -> int:
    """Count the coalitions that violate at the profile that was entered.

    Parameters
    ----------
    walk : Walk
        Written in place.
    reach : WordArray
        (patterns, W) uint64, from `reachable`.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.

    Returns
    -------
    int
        int64. A branch that violates whoever joins is counted whole.

    Notes
    -----
    Cost: W per node of the tree that is neither cut off nor counted whole.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.coalitions.lattice import reachable
    >>> from collude.kernels.tables import extension_counts, make_outcome_sets
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> sets, reach, walk = make_outcome_sets(table), reachable(table.outcome, table.sizes, 2), make_walk(1, 1)
    >>> enter_profile(table, sets, 0, np.array([0]), walk)
    >>> int(count_at_profile(walk, reach, extension_counts(1, 1, 1)))
    1
    """
    n, words = walk.accept.shape
    count = 0
    depth = next_violation(walk, reach, extensions, NOBODY)
    while depth > 0:
        j = walk.state[1, depth]
        row = reach[walk.state[0, depth]]
        always = False
        for w in range(words):
            always |= walk.accepted[depth, w] & walk.gained[depth, w] & row[w] & walk.willing[j, w] != NONE
        if always:
            count += extensions[depth, n - j]
            walk.state[1, depth] = n
        else:
            count += 1
        depth = next_violation(walk, reach, extensions, depth)
    return count


@jit
def list_violations(
    table: Table,
    outcome_sets: OutcomeSets,
    reach: WordArray,
    extensions: IntArray,
    span: Span,
    found: IntArray,
) -> int:
    """List all violating pairs of a profile and a coalition.

    Parameters
    ----------
    table : Table
        The mechanism.
    outcome_sets : OutcomeSets
        As for `count_violations`.
    reach : WordArray
        (patterns, W) uint64, from `reachable`.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.
    span : Span
        Half-open span of profiles.
    found : IntArray
        (rows, 2) int64, written in place: profile, and coalition as a word with agent i at bit i; needs 2^n - 1 rows per
        profile.

    Returns
    -------
    int
        How many rows were written, by profile and then in lexicographic order of the members.

    Notes
    -----
    Cost: as the walk, about 2^n W per profile at most.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table, extension_counts, make_outcome_sets, reachable
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> found, reach = np.zeros((2, 2), np.int64), reachable(table.outcome, table.sizes, 2)
    >>> count = list_violations(table, make_outcome_sets(table), reach, extension_counts(1, 1, 1), (0, 2), found)
    >>> found[:count].tolist()
    [[0, 1]]
    """
    walk = make_walk(table.sizes.shape[0], reach.shape[1])
    types = np.zeros(table.sizes.shape[0], np.int64)
    m = 0
    for profile in range(span[0], span[1]):
        decode(profile, table.sizes, types)
        enter_profile(table, outcome_sets, table.outcome[profile], types, walk)
        depth = next_violation(walk, reach, extensions, NOBODY)
        while depth > 0:
            found[m, 0] = profile
            found[m, 1] = walk.state[2, depth]
            m += 1
            depth = next_violation(walk, reach, extensions, depth)
    return m
