"""Every coalition as one player: all (coalition, true types, joint report), the outsiders' types in expectation.

The members pool their types and maximise the sum of their utilities. With V_i(k, p) the expected utility of agent i of
type k under pattern p (the members' reports fixed, the others free), coalition C with types t gains from report r
sum_i V_i(t_i, r) - sum_i V_i(t_i, t), members i. Members are cut into a head and a tail, so that a triple costs one step
of a contiguous loop.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import Array, IntArray, Span, Word, WordArray
from collude.kernels.members import agents_of
from collude.kernels.tables import advance, decode, pattern_strides

MOST_TAIL = 64


@jit
def _pattern_of(types: IntArray, members: IntArray, sizes: IntArray, strides: IntArray) -> Word:
    """The pattern in which the members report these types (d,) and all others are free."""
    pattern = 0
    for i in range(sizes.shape[0]):
        pattern += sizes[i] * strides[i]
    for x in range(members.shape[0]):
        pattern += (types[x] - sizes[members[x]]) * strides[members[x]]
    return pattern


@jit
def _sum_up(expected: IntArray, places: WordArray, own: IntArray, part: Span, sums: IntArray) -> None:
    """Write into `sums` what the members part[0]..part[1] get in all for each of their joint types, C order.

    expected: flat; places: (d,) uint64, where each member's values under this report start; own: (d,) numbers of types.
    """
    count = np.uint64(1)
    sums[0] = 0
    for x in range(part[1] - 1, part[0] - 1, -1):
        first = places[x]
        for k in range(np.uint64(1), np.uint64(own[x])):
            value, at = expected[first + k], k * count
            for m in range(count):
                sums[at + m] = sums[m] + value
        value = expected[first]
        for m in range(count):
            sums[m] += value
        count *= np.uint64(own[x])


@jit
def truthful_values(expected: IntArray, sizes: IntArray, width: int, members: IntArray) -> IntArray:
    """What the members of a coalition expect in all at each of their joint types if they report it.

    Parameters
    ----------
    expected : IntArray
        Flat (patterns n K,) int64: V_i(k, p), what agent i of type k expects under pattern p, at [p, i, k].
    sizes : IntArray
        (n,) int64: number of types of each agent.
    width : int
        The largest number of types K.
    members : IntArray
        (d,) int64.

    Returns
    -------
    IntArray
        (joint types,) int64, in C order.

    Notes
    -----
    Cost: d steps per joint type.

    Examples
    --------
    >>> import numpy as np
    >>> expected = np.arange(36)  # two agents with two types each, nine patterns
    >>> truthful_values(expected, np.array([2, 2]), 2, np.array([0])).tolist()
    [8, 21]
    """
    strides = pattern_strides(sizes)
    own = sizes[members]
    count = 1
    for size in own:
        count *= size
    truth = np.zeros(count, np.int64)
    types = np.zeros(members.shape[0], np.int64)
    row = sizes.shape[0] * width
    for m in range(count):
        start = _pattern_of(types, members, sizes, strides) * row
        for x in range(members.shape[0]):
            truth[m] += expected[start + members[x] * width + types[x]]
        advance(types, own)
    return truth


@jit
def scan_coalition(
    expected: IntArray,
    sizes: IntArray,
    width: int,
    coalition_bits: int,
    span: Span,
    bar: int,
) -> tuple[int, int, int, int]:
    """Find the joint reports by which a coalition, its types pooled, expects to gain in all.

    Parameters
    ----------
    expected : IntArray
        Flat (patterns n K,) int64, as for `truthful_values`.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    width : int
        The largest number of types K.
    coalition_bits : int
        The coalition, agent i at bit i.
    span : Span
        Half-open span of the coalition's joint reports, in C order.
    bar : int
        Gains up to this count as none.

    Returns
    -------
    tuple[int, int, int, int]
        How many (true types, joint report), the largest gain or -1, and joint types and joint report of the first such
        gain, by types and then by report.

    Notes
    -----
    Cost: about one step per triple (coalition, true types, joint report).

    References
    ----------
    Safronov (2016), Definition 1; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> expected = np.array([[[0, 1]], [[5, 0]], [[0, 0]]])  # patterns 0, 1, free
    >>> tuple(int(x) for x in scan_coalition(expected.reshape(-1), np.array([2]), 2, 1, (0, 2), 0))
    (2, 5, 0, 1)
    """
    members = agents_of(coalition_bits, sizes.shape[0], True)
    own, strides = sizes[members], pattern_strides(sizes)
    truth = truthful_values(expected, sizes, width, members)
    cut, tail = members.shape[0] - 1, own[members.shape[0] - 1]
    while cut > 0 and tail * own[cut - 1] <= MOST_TAIL:
        cut -= 1
        tail *= own[cut]
    heads, tails = np.zeros(truth.shape[0] // tail, np.int64), np.zeros(tail, np.int64)
    types, places = np.zeros(members.shape[0], np.int64), np.zeros(members.shape[0], np.uint64)
    decode(span[0], own, types)
    count, best, best_types, best_report = 0, -1, -1, -1
    for report in range(span[0], span[1]):
        start = _pattern_of(types, members, sizes, strides) * sizes.shape[0] * width
        for x in range(members.shape[0]):
            places[x] = start + members[x] * width
        _sum_up(expected, places, own, (0, cut), heads)
        _sum_up(expected, places, own, (cut, members.shape[0]), tails)
        for h in range(heads.shape[0]):
            head, first = heads[h] - bar, np.uint64(h * tail)
            more, most = _scan_row(head, tails, truth, first)
            count += more
            if more > 0 and (most + bar > best or (most + bar == best and h * tail <= best_types)):
                t = 0
                while head + tails[t] - truth[h * tail + t] < most:
                    t += 1
                if most + bar > best or h * tail + t < best_types:
                    best, best_types, best_report = most + bar, h * tail + t, report
        advance(types, own)
    return count, best, best_types, best_report


@jit
def _scan_row(head: Word, tails: IntArray, truth: Array, first: Word) -> tuple[Word, Word]:
    """(how many, the largest) of head + tails[t] - truth[first + t] that are positive."""
    count, most = 0, 0
    for t in range(np.uint64(tails.shape[0])):
        gain = head + tails[t] - truth[first + t]
        count += gain > 0
        most = max(most, gain)
    return count, most


@jit
def count_profitable(expected: IntArray, sizes: IntArray, width: int, bar: int) -> int:
    """Count the joint reports by which coalitions expect to gain, over all coalitions and their true types.

    Parameters
    ----------
    expected : IntArray
        Flat (patterns n K,) int64, as for `truthful_values`.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    width : int
        The largest number of types K.
    bar : int
        Gains up to this count as none.

    Returns
    -------
    int
        Triples (coalition, true types, joint report).

    Notes
    -----
    `scan_coalition` for each coalition, in one call for a user's own code.

    References
    ----------
    Safronov (2016), Definition 1; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> expected = np.array([[[0, 1]], [[5, 0]], [[0, 0]]])
    >>> int(count_profitable(expected.reshape(-1), np.array([2]), 2, 0))
    2
    """
    count = 0
    for coalition_bits in range(1, 1 << sizes.shape[0]):
        reports = 1
        for i in agents_of(coalition_bits, sizes.shape[0], True):
            reports *= sizes[i]
        count += scan_coalition(expected, sizes, width, coalition_bits, (0, reports), bar)[0]
    return count
