"""What a search reads and where it is: a network of constraints, and the state of an exploration of it."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

VALUES, WORDS, FIRST_WORD, FIRST_VALUE, FIRST_KIN, SHAPE = range(6)
LEVEL, TRAIL, OPEN, PROBE, NODES, SOLUTIONS, LISTED, BOUND, BEST_VALUE, DESCEND, HAS_BEST, HEAD = range(12)
FIRST, COUNT, LIST, BEST = 0, 1, 2, 3
DONE, PAUSED, FULL, FOUND = 0, 1, 2, 3
LEFT = 6
WORD = 64


class Net(NamedTuple):
    """A search problem as arrays: variables whose domains are bit sets, masks between pairs of variables, and clauses.

    There are V variables, E directed edges and C clauses. Words of variable x start at shape[x, FIRST_WORD] of a domain array;
    with one word each, that is x. Edge e of x leads to y = edges[e, 0]; the values of y which value a of x allows are the words
    of `masks` at edges[e, 1] + a * words of y. A clause holds iff one of its groups does; a group iff all its literals do; a
    literal iff its variable has a value in a set: clause c has the groups clauses[c] to clauses[c + 1], group g the literals
    groups[g] to groups[g + 1], and literal l asks variable literals[l, 0] for a value in the set that starts at literals[l, 1]
    of `sets`.
    """

    shape: np.ndarray  # (V, SHAPE) int64: number of values, of words, first word, first row of keys, first word of kin
    domain: np.ndarray  # (D,) uint64: initial domains
    edge_start: np.ndarray  # (V + 1,) uint64
    edges: np.ndarray  # (E, 2) uint32
    masks: np.ndarray  # (L,) uint64
    keys: np.ndarray  # (N, 2) uint64: two residues modulo 2^61 - 1 of each value, not 0
    weight: np.ndarray  # (N,) int64: worth of each value, falling; empty without an objective
    kin: np.ndarray  # (words,) uint64: per value the values counted as the same; empty if all are told apart
    clauses: np.ndarray  # (C + 1,) int64
    groups: np.ndarray  # (groups + 1,) int64
    literals: np.ndarray  # (literals, 2) int64
    sets: np.ndarray  # (words,) uint64


class State(NamedTuple):
    """Where a search is: the domains now, the trail that restores them, the levels of the tree, counters and sums.

    All arrays are written in place. B solutions fit into `listed`; width is the number of words of the widest domain.
    """

    domain: np.ndarray  # (D,) uint64
    size: np.ndarray  # (V,) int32: values left
    trail: np.ndarray  # (T, 2 + width) uint64: variable, its size and words before; T = sum of the numbers of values
    queue: np.ndarray  # (2 V + most values,) int32: variables to propagate, a ring; a flag per variable; scratch
    levels: np.ndarray  # (2 V + 1, 6 + width) uint64: variable, trail, open, bound, two products before it; values left
    head: np.ndarray  # (HEAD,) int64: counters, see the names above
    sums: np.ndarray  # (4,) uint64: products of the keys of the fixed variables; their sums over the solutions
    used: np.ndarray  # (D,) uint64: values that occur in solutions; empty if nobody asks
    watch: np.ndarray  # (C,) int64: a group of each clause that could hold when it was last looked at
    listed: np.ndarray  # (B, V) int32


Propagation: TypeAlias = Callable[[Net, State, int, int], bool]  # a kernel that cuts domains, for one width of them


def fresh_state(net: Net, room: int, tracked: bool) -> State:
    """Allocate the arrays that one exploration of a network writes.

    Parameters
    ----------
    net : Net
        What is searched.
    room : int
        Solutions that are kept at a time.
    tracked : bool
        Whether the values that occur in solutions are noted.

    Returns
    -------
    State
        Zeros; `restart` fills them.

    Notes
    -----
    Memory: 8 (2 + width) bytes per value and per level of the tree, and 4 `room` V bytes.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> fresh_state(example_net(), 3, False).listed.shape
    (3, 2)
    """
    variables, values = len(net.shape), len(net.keys)
    width, most = 1, WORD
    if len(net.domain) != variables:
        width, most = int(net.shape[:, WORDS].max(initial=1)), int(net.shape[:, VALUES].max(initial=1))
    return State(
        domain=np.zeros(len(net.domain), np.uint64),
        size=np.zeros(variables, np.int32),
        trail=np.zeros((values + variables + 1, 2 + width), np.uint64),
        queue=np.zeros(2 * variables + most, np.int32),
        levels=np.zeros((2 * variables + 1, LEFT + width), np.uint64),
        head=np.zeros(HEAD, np.int64),
        sums=np.zeros(4, np.uint64),
        used=np.zeros(len(net.domain) if tracked else 0, np.uint64),
        watch=net.clauses[:-1].copy(),
        listed=np.zeros((room, variables), np.int32),
    )
