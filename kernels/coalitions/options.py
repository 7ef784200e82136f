"""The second path: one coalition at a time, through the distinct outcomes that it can reach. No bitsets, any number
of outcomes; the memory is one int32 per outcome."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, ShortArray, Span, Word
from collude.kernels.coalitions.best import STRONG, WEAK, best_report
from collude.kernels.tables import Table, profile_strides


@jit
def _split_agents(table: Table, coalition_bits: Word, agents: IntArray) -> Word:
    """Write the members, then the others, into `agents` (n,) int64; returns how many members."""
    n = table.sizes.shape[0]
    size = 0
    for i in range(n):
        if (coalition_bits >> i) & 1:
            agents[size] = i
            size += 1
    rest = size
    for i in range(n):
        if not (coalition_bits >> i) & 1:
            agents[rest] = i
            rest += 1
    return size


@jit
def _place(number: Word, agents: IntArray, table: Table, strides: IntArray, types: IntArray) -> Word:
    """Profile offset of joint type number `number` of `agents` (C order); writes their types into `types` (n,)."""
    offset = 0
    for x in range(agents.shape[0] - 1, -1, -1):
        i = agents[x]
        types[i] = number % table.sizes[i]
        number //= table.sizes[i]
        offset += types[i] * strides[i]
    return offset


@jit
def _collect(table: Table, offsets: IntArray, base: Word, options: IntArray, stamp: ShortArray, mark: Word) -> Word:
    """Write the distinct outcomes at base + offsets into `options`; returns how many. `stamp` (R,) int32 holds marks."""
    count = 0
    for x in range(offsets.shape[0]):
        o = table.outcome[base + offsets[x]]
        if stamp[o] != mark:
            stamp[o] = mark
            options[count] = o
            count += 1
    return count


@jit
def _best_option(
    table: Table, agents: IntArray, types: IntArray, truthful: Word, options: IntArray, rule: Word
) -> Word:
    """Largest total gain of `agents` over `options`, or -1 if none of them violates under STRONG or WEAK."""
    best = -1
    for x in range(options.shape[0]):
        total = 0
        someone = False
        agreed = True
        for y in range(agents.shape[0]):
            i = agents[y]
            row = table.utility[i, types[i]]
            rise = row[table.allocation[i, options[x]]] - row[table.allocation[i, truthful]]
            if rise < -table.tolerance or (rule == WEAK and rise <= table.tolerance):
                agreed = False
                break
            someone |= rise > table.tolerance
            total += rise
        if agreed and someone:
            best = max(best, total, 0)
    return best


@jit
def scan_options(table: Table, coalition_bits: int, rule: int, span: Span, found: IntArray) -> int:
    """Find the profiles at which one coalition violates, by comparing the distinct outcomes that it can reach.

    Parameters
    ----------
    table : Table
        The mechanism.
    coalition_bits : int
        The coalition, agent i at bit i.
    rule : int
        STRONG, WEAK or ENFORCED, as for `best_report`.
    span : Span
        Half-open span of the outsiders' joint types, in C order.
    found : IntArray
        (profiles in the span, 2) int64, written in place: profile and largest total gain of each violation, in order of the
        outsiders' types, then of the members'.

    Returns
    -------
    int
        How many rows were written.

    Notes
    -----
    Needs no sets of outcomes, so that their number does not matter. Cost: the profiles in the span times the distinct
    outcomes that the coalition can reach there.

    References
    ----------
    Collude, common definitions: Group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> found = np.zeros((2, 2), np.int64)
    >>> found[: scan_options(table, 1, STRONG, (0, 1), found)].tolist()
    [[0, 5]]
    """
    n = table.sizes.shape[0]
    strides = profile_strides(table.sizes)
    agents = np.zeros(n, np.int64)
    size = _split_agents(table, coalition_bits, agents)
    inside, outside = agents[:size], agents[size:]
    types = np.zeros(n, np.int64)
    reports = 1
    for i in inside:
        reports *= table.sizes[i]
    offsets = np.empty(reports, np.int64)
    for x in range(reports):
        offsets[x] = _place(x, inside, table, strides, types)
    outcomes = table.allocation.shape[1]
    options = np.empty(min(outcomes, reports), np.int64)
    stamp = np.full(outcomes, -1, np.int32)
    m = 0
    for context in range(span[0], span[1]):
        base = _place(context, outside, table, strides, types)
        count = _collect(table, offsets, base, options, stamp, context - span[0])
        for x in range(reports):
            _place(x, inside, table, strides, types)
            profile = base + offsets[x]
            simple = rule if rule == WEAK else STRONG
            total = _best_option(table, inside, types, table.outcome[profile], options[:count], simple)
            if total >= 0 and rule > WEAK:
                total = best_report(table, profile, coalition_bits, rule, False)[0]
            if total >= 0:
                found[m, 0] = profile
                found[m, 1] = total
                m += 1
    return m
