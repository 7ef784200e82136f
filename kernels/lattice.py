"""The wildcard lattice: one aggregate per pattern, folded over all reports of the agents whose report is free.

A pattern gives each agent one of his K_i types or "free"; patterns are numbered in C order with K_i + 1 symbols per
agent, "free" last. A table over patterns has `width` entries per pattern and is kept flat.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import NONE, ONE, advance, decode, pattern_strides, profile_strides

UNION, SUM, MAXIMUM = 0, 1, 2


@jit
def _fold_rows(target, source, operation):
    if operation == UNION:
        for x in range(target.shape[0]):
            target[x] |= source[x]
    elif operation == SUM:
        for x in range(target.shape[0]):
            target[x] += source[x]
    else:
        for x in range(target.shape[0]):
            target[x] = max(target[x], source[x])


@jit
def _fold_run(run, size, length, operation):
    """Fold the `size` pieces of `length` entries at the start of `run` into the piece that follows them."""
    target = run[size * length : (size + 1) * length]
    for x in range(length):
        target[x] = run[x]
    for k in range(1, size):
        _fold_rows(target, run[k * length : (k + 1) * length], operation)


@jit
def fold_slab(table, sizes, width, operation, kind):
    """Fill every pattern in which agent 0 has type `kind` from those in which nobody is free.

    table: flat (patterns * width,) uint64 or int64, written in place; sizes: (n,) int64; operation: UNION, SUM or
    MAXIMUM. Slabs are independent of one another. Cost: about (n - 1) width (K + 1)^(n - 1) word operations.
    """
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    types = np.zeros(n, np.int64)
    for axis in range(n - 1, 0, -1):
        prefixes = 1
        for i in range(1, axis):
            prefixes *= sizes[i]
        length = strides[axis] * width
        for _ in range(prefixes):
            first = kind * strides[0]
            for i in range(1, axis):
                first += types[i] * strides[i]
            start = first * width
            if length == 1 and operation == UNION:
                word = table[start]
                for k in range(np.uint64(start + 1), np.uint64(start + sizes[axis])):
                    word |= table[k]
                table[start + sizes[axis]] = word
            else:
                _fold_run(table[start : start + (sizes[axis] + 1) * length], sizes[axis], length, operation)
            for i in range(axis - 1, 0, -1):
                types[i] += 1
                if types[i] < sizes[i]:
                    break
                types[i] = 0


@jit
def fold_first(table, sizes, width, operation, span):
    """Fill the patterns in which agent 0 is free, for the flat entries span[0]..span[1] (half-open) of that slab."""
    length = pattern_strides(sizes)[0] * width
    start, stop = span
    target = table[sizes[0] * length + start : sizes[0] * length + stop]
    for x in range(stop - start):
        target[x] = table[start + x]
    for k in range(1, sizes[0]):
        _fold_rows(target, table[k * length + start : k * length + stop], operation)


@jit
def place_outcomes(outcome, sizes, words, table, kind):
    """Write, for every profile in which agent 0 has type `kind`, the one-bit set of its outcome.

    outcome: (P,) int32; table: flat (patterns * words,) uint64, written in place.
    """
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    block = profile_strides(sizes)[0]
    types = np.zeros(n, np.int64)
    decode(kind * block, sizes, types)
    inner = sizes[n - 1] if n > 1 else 1
    for first in range(kind * block, (kind + 1) * block, inner):
        pattern = 0
        for i in range(n):
            pattern += types[i] * strides[i]
        for k in range(inner):
            o = outcome[first + k]
            cell = np.uint64((pattern + k) * words)
            for w in range(np.uint64(words)):
                table[cell + w] = NONE
            table[cell + np.uint64(o >> 6)] = ONE << np.uint64(o & 63)
        for i in range(n - 2, -1, -1):
            types[i] += 1
            if types[i] < sizes[i]:
                break
            types[i] = 0


@jit
def place_counts(outcome, sizes, outcomes, table, kind):
    """As `place_outcomes` with one int64 counter per outcome: table is flat (patterns * outcomes,) int64, zeroed."""
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    block = profile_strides(sizes)[0]
    types = np.zeros(n, np.int64)
    decode(kind * block, sizes, types)
    for profile in range(kind * block, (kind + 1) * block):
        pattern = 0
        for i in range(n):
            pattern += types[i] * strides[i]
        table[pattern * outcomes + outcome[profile]] = 1
        advance(types, sizes)


@jit
def reachable(outcome, sizes, outcomes):
    """The lattice of reachable outcomes: for every pattern, the set of outcomes of all its completions.

    outcome: (P,) int32 in C order, agent n-1 fastest; sizes: (n,) int64; outcomes: their number R. Returns uint64
    (patterns, ceil(R / 64)); bit o & 63 of word o >> 6 stands for outcome o. The row of the pattern in which exactly
    the members of a coalition are free is the set of what they can bring about by any joint misreport (the taxation
    principle, coalition by coalition). Cost: about n ceil(R / 64) (K + 1)^n word operations.
    """
    words = (outcomes + 63) >> 6
    patterns = 1
    for size in sizes:
        patterns *= size + 1
    table = np.empty(patterns * words, np.uint64)
    for kind in range(sizes[0]):
        place_outcomes(outcome, sizes, words, table, kind)
        fold_slab(table, sizes, words, UNION, kind)
    length = pattern_strides(sizes)[0] * words
    fold_first(table, sizes, words, UNION, (0, length))
    return table.reshape(patterns, words)
