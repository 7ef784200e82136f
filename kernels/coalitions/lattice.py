"""The wildcard lattice: one aggregate per pattern, folded over all reports of the agents whose report is free.

A pattern gives each agent one of his K_i types or "free"; patterns are numbered in C order with K_i + 1 symbols per
agent, "free" last. A table over patterns has `width` entries per pattern and is kept flat.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import NONE, ONE, advance, decode, pattern_strides, profile_strides

UNION, SUM, MAXIMUM = 0, 1, 2
CHUNK = 2048  # entries folded at a time over agent 0, so that the target stays in the first-level cache
WORD_BITS, BIT = np.uint64(6), np.uint64(63)  # outcome o is bit o & BIT of word o >> WORD_BITS

# Indices are unsigned in the loops below: Numba tests a signed one for wrap-around at every access. Slices and early
# returns are avoided: both make it count references, which costs as much as a row of ten entries.


@jit
def _fold_blocks(table, target, source, length, blocks, operation):
    """Fold blocks of entries, table[source..source + length] and so on every blocks[1] entries, blocks[0] of them, into
    table[target..target + length]. All numbers are uint64; UNION takes two blocks at a time."""
    size, distance = blocks
    for x in range(length):
        table[target + x] = table[source + x]
    k = ONE
    while k < size:
        source += distance
        k += ONE
        if operation == UNION and k < size:
            other = source + distance
            k += ONE
            for x in range(length):
                table[target + x] |= table[source + x] | table[other + x]
            source = other
        elif operation == UNION:
            for x in range(length):
                table[target + x] |= table[source + x]
        elif operation == SUM:
            for x in range(length):
                table[target + x] += table[source + x]
        else:
            for x in range(length):
                table[target + x] = max(table[target + x], table[source + x])


@jit
def fold_slab(table, sizes, width, operation, type_index):
    """Fill every pattern in which agent 0 has type `type_index` from those in which nobody is free.

    table: flat (patterns * width,) uint64 or int64, written in place; sizes: (n,) int64; operation: UNION, SUM or
    MAXIMUM. Slabs are independent of one another. Patterns are filled in C order, so that what is folded was written
    just before. Cost: about (n - 1) width (K + 1)^(n - 1) word operations.
    """
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    types = np.zeros(n, np.int64)
    inner, entry = np.uint64(sizes[n - 1]), np.uint64(width)
    target = np.uint64(type_index * strides[0] * width)
    for _ in range(profile_strides(sizes)[0] // sizes[n - 1] if n > 1 else 0):
        source = target
        target += inner * entry
        if operation == UNION and width == 1:
            union = table[source]
            for x in range(source + ONE, target):
                union |= table[x]
            table[target] = union
        else:
            _fold_blocks(table, target, source, entry, (inner, entry), operation)
        target += entry
        i = n - 2
        while i > 0:
            types[i] += 1
            if types[i] < sizes[i]:
                break
            types[i] = 0
            size, length = np.uint64(sizes[i]), np.uint64(strides[i] * width)
            _fold_blocks(table, target, target - size * length, length, (size, length), operation)
            target += length
            i -= 1


@jit
def fold_first(table, sizes, width, operation, span):
    """Fill the patterns in which agent 0 is free, for the flat entries span[0]..span[1] (half-open) of that slab."""
    size, length = np.uint64(sizes[0]), np.uint64(pattern_strides(sizes)[0] * width)
    for first in range(span[0], span[1], CHUNK):
        start, chunk = np.uint64(first), np.uint64(min(CHUNK, span[1] - first))
        _fold_blocks(table, size * length + start, start, chunk, (size, length), operation)


@jit
def place_outcomes(outcome, sizes, words, table, type_index):
    """Write, for every profile in which agent 0 has type `type_index`, the one-bit set of its outcome.

    outcome: (P,) int32; table: flat (patterns * words,) uint64, written in place.
    """
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    block = profile_strides(sizes)[0]
    types = np.zeros(n, np.int64)
    inner, entry = np.uint64(sizes[n - 1] if n > 1 else 1), np.uint64(words)
    cell = np.uint64(type_index * strides[0] * words)
    profile = np.uint64(type_index * block)
    for _ in range(block // np.int64(inner)):
        if words == 1:
            for k in range(inner):
                table[cell + k] = ONE << np.uint64(outcome[profile + k])
        else:
            for x in range(cell, cell + inner * entry):
                table[x] = NONE
            for k in range(inner):
                o = np.uint64(outcome[profile + k])
                table[cell + k * entry + (o >> WORD_BITS)] = ONE << (o & BIT)
        profile += inner
        cell += (inner + ONE) * entry
        i = n - 2
        while i > 0:
            types[i] += 1
            if types[i] < sizes[i]:
                break
            types[i] = 0
            cell += np.uint64(strides[i] * words)
            i -= 1


@jit
def place_counts(outcome, sizes, outcomes, table, type_index):
    """As `place_outcomes` with one int64 counter per outcome: table is flat (patterns * outcomes,) int64, zeroed."""
    n = sizes.shape[0]
    strides = pattern_strides(sizes)
    block = profile_strides(sizes)[0]
    types = np.zeros(n, np.int64)
    decode(type_index * block, sizes, types)
    for profile in range(type_index * block, (type_index + 1) * block):
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
    for type_index in range(sizes[0]):
        place_outcomes(outcome, sizes, words, table, type_index)
        fold_slab(table, sizes, words, UNION, type_index)
    length = pattern_strides(sizes)[0] * words
    fold_first(table, sizes, words, UNION, (0, length))
    return table.reshape(patterns, words)
