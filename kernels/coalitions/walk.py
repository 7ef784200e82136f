"""The coalition walk: which coalitions violate at which profile, read off the lattice of reachable outcomes.

At a profile with truthful outcome a, coalition D violates iff some outcome that it can reach is in `accept` of every
member and in `strict` of at least one, both taken at his true type and his allocation in a. Strong group
strategy-proofness takes Masks(accept, strict); the weak form Masks(strict, strict). Members are added in increasing
order; a branch dies when nothing is left that its members accept, somebody can still gain from, and everybody who
could still join can help to reach.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import ALL, NONE, decode, pattern_strides

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
def make_walk(n, words):
    """Allocate a `Walk` for n agents and the given number of words."""
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
def enter_profile(table, masks, truthful, types, walk):
    """Load the wishes of all agents at a profile with these types (n,) and this truthful outcome."""
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
            walk.accept[i, w] = masks.accept[i, types[i], c, w]
            walk.strict[i, w] = masks.strict[i, types[i], c, w]
            walk.willing[i, w] = walk.willing[i + 1, w] & walk.accept[i, w]
            walk.eager[i, w] = walk.eager[i + 1, w] | walk.strict[i, w]
        walk.steps[0, i] = (table.sizes[i] - types[i]) * strides[i]
        walk.steps[1, i] = walk.steps[1, i + 1] + walk.steps[0, i]
        walk.state[0, 0] += types[i] * strides[i]
    walk.state[1, 0] = 0
    walk.state[2, 0] = 0


@jit
def _hopeless(walk, reach, depth, j):
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
def next_violation(walk, reach, extensions, depth):
    """Go on from the coalition at `depth` to the next violating one; its depth (number of members), or 0 at the end.

    Start with depth NOBODY after `enter_profile`. Its members are walk.state[2, depth]; coalitions come in lexicographic
    order of their members. extensions: (n + 1, n + 1) int64, admitted sizes, from `extension_counts`.
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
def count_at_profile(walk, reach, extensions):
    """Violating coalitions at the profile that was entered; a branch that violates whoever joins is counted whole."""
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
def list_violations(table, masks, reach, extensions, span, found):
    """Write the violating (profile, coalition) pairs of the profiles span[0]..span[1] into `found` (>=m, 2) int64.

    A coalition is a bit mask with agent i at bit i. Within a profile coalitions come in lexicographic order of
    their members. `found` needs room for (2^n - 1) pairs per profile. Returns m.
    """
    walk = make_walk(table.sizes.shape[0], reach.shape[1])
    types = np.zeros(table.sizes.shape[0], np.int64)
    m = 0
    for profile in range(span[0], span[1]):
        decode(profile, table.sizes, types)
        enter_profile(table, masks, table.outcome[profile], types, walk)
        depth = next_violation(walk, reach, extensions, NOBODY)
        while depth > 0:
            found[m, 0] = profile
            found[m, 1] = walk.state[2, depth]
            m += 1
            depth = next_violation(walk, reach, extensions, depth)
    return m
