"""Which outcomes at two profiles are compatible: the pairwise constraints of a search, written as bit masks.

A *value* of a search variable fixes the outcome of every profile that belongs to the variable. Edge e leads from a
variable x to a variable y; row a of its mask, `masks[base[e] + a * words[y] :][: words[y]]`, holds one bit per value of
y: set while that value is compatible with value a of x. Kernels here only clear bits, in both directions at once.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit
from collude.kernels.arrays import BoolArray, IntArray, Span
from collude.kernels.tables import ONE


class Frame(NamedTuple):
    """What the values of the variables of a search mean, as outcomes at profiles.

    There are n agents, P profiles, V variables, R outcomes, and A values of a variable at most.
    """

    type_indices: np.ndarray  # (P, n) int64: the types of each profile
    variable: np.ndarray  # (P,) int64: the variable that fixes the profile's outcome
    option: np.ndarray  # (P, A) int32: the outcome at the profile if its variable takes value a
    values: np.ndarray  # (V,) int64: number of values of each variable
    words: np.ndarray  # (V,) int64: words of a bit set over the values of each variable
    first: np.ndarray  # (V,) int64: where the words of each variable start in a domain array
    utility: np.ndarray  # (n, max K, R) int64: what type k of agent i gets from outcome o
    allocation: np.ndarray  # (n, R) int32: number of agent i's bundle and transfer in outcome o


class Edges(NamedTuple):
    """Pairs of profiles, truth and report in no particular order, and the masks that they restrict. There are M pairs."""

    one: np.ndarray  # (M,) int64: a profile
    other: np.ndarray  # (M,) int64: another profile
    forth: np.ndarray  # (M,) int64: base of the mask from the variable of `one` to that of `other`
    back: np.ndarray  # (M,) int64: base of the mask the other way
    masks: np.ndarray  # (L,) uint64, cleared in place
    domain: np.ndarray  # (D,) uint64: domains, cleared in place where both profiles belong to one variable


@inlined
def clear(frame: Frame, edges: Edges, pair: int, a: int, b: int) -> None:
    """Note that a value of one variable and a value of another are incompatible.

    Parameters
    ----------
    frame : Frame
        What the values mean.
    edges : Edges
        Pairs of profiles, masks and domains; the last two are written in place.
    pair : int
        The pair of profiles.
    a : int
        A value of the variable of the first profile.
    b : int
        A value of the variable of the second one.

    Notes
    -----
    Cost: a bit in each direction. Where both profiles belong to one variable, the value leaves its domain.

    Examples
    --------
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> clear(frame, edges, 0, 1, 0)
    >>> edges.masks.tolist()
    [3, 2, 1, 3]
    """
    x, y = frame.variable[edges.one[pair]], frame.variable[edges.other[pair]]
    if x == y:
        edges.domain[frame.first[x] + (a >> 6)] &= ~(ONE << np.uint64(a & 63))
    else:
        edges.masks[edges.forth[pair] + a * frame.words[y] + (b >> 6)] &= ~(ONE << np.uint64(b & 63))
        edges.masks[edges.back[pair] + b * frame.words[x] + (a >> 6)] &= ~(ONE << np.uint64(a & 63))


@jit
def forbid_bossiness(frame: Frame, edges: Edges, span: Span) -> None:
    """Forbid the pairs of outcomes at which an agent changes another agent's share by a report that leaves his own.

    Parameters
    ----------
    frame : Frame
        What the values of the variables mean.
    edges : Edges
        Pairs of profiles that differ in one agent's type, masks and domains; the last two are cleared in place.
    span : Span
        Half-open range of the pairs.

    Notes
    -----
    Cost: A^2 comparisons per pair.

    References
    ----------
    Satterthwaite and Sonnenschein (1981), Strategy-proof allocation mechanisms at differentiable points.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> same = frame._replace(allocation=np.array([[0, 0], [0, 1]], np.int32))  # the first agent has the same share in both
    >>> forbid_bossiness(same, edges, (0, 1))
    >>> edges.masks.tolist()
    [1, 2, 1, 2]
    """
    for pair in range(span[0], span[1]):
        one, other = edges.one[pair], edges.other[pair]
        x, y = frame.variable[one], frame.variable[other]
        agent = 0
        while frame.type_indices[one, agent] == frame.type_indices[other, agent]:
            agent += 1
        for a in range(frame.values[x]):
            at_one = frame.option[one, a]
            start, stop = (a, a + 1) if x == y else (0, frame.values[y])
            for b in range(start, stop):
                at_other = frame.option[other, b]
                same = frame.allocation[agent, at_one] == frame.allocation[agent, at_other]
                if same and at_one != at_other:
                    clear(frame, edges, pair, a, b)


@jit
def forbid_unswapped(frame: Frame, edges: Edges, swaps: IntArray, span: Span) -> None:
    """Forbid the pairs of outcomes at which two agents who swap types do not swap their truthful utilities.

    Parameters
    ----------
    frame : Frame
        What the values of the variables mean.
    edges : Edges
        Pairs of profiles that arise from each other by a swap, masks and domains; the last two are cleared in place. A profile
        may be paired with itself.
    swaps : IntArray
        (M, 2) int64: the two agents of each pair.
    span : Span
        Half-open range of the pairs.

    Notes
    -----
    Cost: n A^2 comparisons per pair.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> itself = edges._replace(other=edges.one)
    >>> forbid_unswapped(frame, itself, np.array([[0, 1]]), (0, 1))
    >>> edges.domain.tolist()  # no outcome of the first profile is worth the same to both
    [0, 3]
    """
    n = frame.type_indices.shape[1]
    for pair in range(span[0], span[1]):
        one, other = edges.one[pair], edges.other[pair]
        x, y = frame.variable[one], frame.variable[other]
        i, j = swaps[pair, 0], swaps[pair, 1]
        for a in range(frame.values[x]):
            start, stop = (a, a + 1) if x == y else (0, frame.values[y])
            for b in range(start, stop):
                for agent in range(n):
                    place = j if agent == i else (i if agent == j else agent)
                    here = frame.utility[agent, frame.type_indices[one, agent], frame.option[one, a]]
                    if here != frame.utility[place, frame.type_indices[other, place], frame.option[other, b]]:
                        clear(frame, edges, pair, a, b)
                        break


@jit
def forbid_deals(
    frame: Frame, edges: Edges, worth: IntArray, own: IntArray, sizes: tuple[int, int], span: Span
) -> None:
    """Forbid the pairs of outcomes at which some coalition gains in all by a joint report and a division of what it gets.

    Parameters
    ----------
    frame : Frame
        What the values of the variables mean.
    edges : Edges
        Pairs of profiles, masks and domains; the last two are cleared in place.
    worth : IntArray
        (G, P, R) int64: the most that coalition g with the types of a profile makes of an outcome, money included. Agent i is
        a member of coalition g if bit i of g is set.
    own : IntArray
        (G, P, R) int64: the sum of its members' utilities.
    sizes : tuple of int
        The most agents who misreport, and the most members.
    span : Span
        Half-open range of the pairs.

    Notes
    -----
    Cost: 2^n A^2 comparisons per pair.

    References
    ----------
    Hagen (2020), chapter 2, Definitions 2.4 and 2.9; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> worth, own = np.zeros((4, 2, 2), np.int64), np.zeros((4, 2, 2), np.int64)
    >>> worth[0b01, 0, 1] = 5  # the first agent, at the first profile, makes 5 of outcome 1
    >>> forbid_deals(frame, edges, worth, own, (1, 1), (0, 1))
    >>> edges.masks.tolist()
    [1, 1, 3, 0]
    """
    n = frame.type_indices.shape[1]
    for pair in range(span[0], span[1]):
        one, other = edges.one[pair], edges.other[pair]
        x, y = frame.variable[one], frame.variable[other]
        liars, lies = 0, 0
        for i in range(n):
            if frame.type_indices[one, i] != frame.type_indices[other, i]:
                liars |= 1 << i
                lies += 1
        if lies > sizes[0]:
            continue
        for g in range(1, 1 << n):
            members = 0
            for i in range(n):
                members += (g >> i) & 1
            if (g & liars) != liars or members > sizes[1]:
                continue
            for a in range(frame.values[x]):
                at_one = frame.option[one, a]
                start, stop = (a, a + 1) if x == y else (0, frame.values[y])
                for b in range(start, stop):
                    at_other = frame.option[other, b]
                    if (
                        worth[g, one, at_other] > own[g, one, at_one]
                        or worth[g, other, at_one] > own[g, other, at_other]
                    ):
                        clear(frame, edges, pair, a, b)


@jit
def forbid_marked(frame: Frame, edges: Edges, marked: BoolArray, span: Span) -> None:
    """Forbid the pairs of outcomes that are marked.

    Parameters
    ----------
    frame : Frame
        What the values of the variables mean.
    edges : Edges
        Pairs of profiles, masks and domains; the last two are cleared in place.
    marked : BoolArray
        (span[1] - span[0], R, R) bool: true at [x, a, b] where outcome a at the first profile of pair span[0] + x does not go
        with outcome b at the second.
    span : Span
        Half-open range of the pairs.

    Notes
    -----
    Cost: A^2 look-ups per pair.

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels.search.example import example_pair
    >>> frame, edges = example_pair()
    >>> marked = np.zeros((1, 2, 2), np.bool_)
    >>> marked[0, 0, 1] = True
    >>> forbid_marked(frame, edges, marked, (0, 1))
    >>> edges.masks.tolist()
    [1, 3, 3, 2]
    """
    for pair in range(span[0], span[1]):
        one, other = edges.one[pair], edges.other[pair]
        x, y = frame.variable[one], frame.variable[other]
        for a in range(frame.values[x]):
            at_one = frame.option[one, a]
            start, stop = (a, a + 1) if x == y else (0, frame.values[y])
            for b in range(start, stop):
                if marked[pair - span[0], at_one, frame.option[other, b]]:
                    clear(frame, edges, pair, a, b)
