"""The wildcard lattice: one aggregate per pattern, folded over all reports of the agents whose report is free.

A pattern gives each agent one of his K_i types or "free"; patterns are numbered in C order with K_i + 1 symbols per
agent, "free" last. A table over patterns has `width` entries per pattern and is kept flat.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import Array, IntArray, ShortArray, Span, Word, WordArray
from collude.kernels.tables import NONE, ONE, advance, decode, pattern_strides, profile_strides

UNION, SUM, MAXIMUM = 0, 1, 2
CHUNK = 2048  # entries folded at a time over agent 0, so that the target stays in the first-level cache
WORD_BITS, BIT = np.uint64(6), np.uint64(63)  # outcome o is bit o & BIT of word o >> WORD_BITS

# Indices are unsigned in the loops below: Numba tests a signed one for wrap-around at every access. Slices and early
# returns are avoided: both make it count references, which costs as much as a row of ten entries.


@jit
def _fold_blocks(
    table: Array, target: Word, source: Word, length: Word, blocks: tuple[Word, Word], operation: Word
) -> None:
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
def fold_slab(table: Array, sizes: IntArray, width: int, operation: int, type_index: int) -> None:
    """Aggregate over the free agents' reports, for all patterns in which agent 0 has one given type.

    Parameters
    ----------
    table : Array
        Flat (patterns * width,) uint64 or int64, written in place; the patterns in which nobody is free are filled before.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    width : int
        Entries per pattern.
    operation : int
        UNION, SUM or MAXIMUM.
    type_index : int
        The type of agent 0; the slabs of different types are independent of one another.

    Notes
    -----
    Patterns are filled in C order, so that what is folded was written just before. Cost: about (n - 1) width (K + 1)^(n -
    1) word operations.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([1, 2, 0, 0, 0, 0], np.int64)  # one type of agent 0, then "free"; two types of agent 1, then "free"
    >>> fold_slab(table, np.array([1, 2]), 1, SUM, 0)
    >>> table.tolist()
    [1, 2, 3, 0, 0, 0]
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
def fold_first(table: Array, sizes: IntArray, width: int, operation: int, span: Span) -> None:
    """Aggregate over the reports of agent 0, for the patterns in which he is free; the last step after `fold_slab`.

    Parameters
    ----------
    table : Array
        Flat (patterns * width,) uint64 or int64, written in place.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    width : int
        Entries per pattern.
    operation : int
        UNION, SUM or MAXIMUM.
    span : Span
        Half-open span of entries of the slab in which agent 0 is free.

    Notes
    -----
    Cost: K word operations per entry of the span.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([1, 2, 0], np.int64)
    >>> fold_first(table, np.array([2]), 1, SUM, (0, 1))
    >>> table.tolist()
    [1, 2, 3]
    """
    size, length = np.uint64(sizes[0]), np.uint64(pattern_strides(sizes)[0] * width)
    for first in range(span[0], span[1], CHUNK):
        start, chunk = np.uint64(first), np.uint64(min(CHUNK, span[1] - first))
        _fold_blocks(table, size * length + start, start, chunk, (size, length), operation)


@jit
def place_outcomes(outcome: ShortArray, sizes: IntArray, words: int, table: WordArray, type_index: int) -> None:
    """Write the one-bit set of its outcome for every profile in which agent 0 has one given type.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    words : int
        Words per set, ceil(R / 64).
    table : WordArray
        Flat (patterns * words,) uint64, written in place.
    type_index : int
        The type of agent 0.

    Notes
    -----
    Cost: one step per profile and word.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.zeros(3, np.uint64)
    >>> for k in range(2):
    ...     place_outcomes(np.array([0, 2], np.int32), np.array([2]), 1, table, k)
    >>> table.tolist()
    [1, 4, 0]
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
def place_counts(outcome: ShortArray, sizes: IntArray, outcomes: int, table: IntArray, type_index: int) -> None:
    """Write a one at its outcome's counter for every profile in which agent 0 has one given type.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    outcomes : int
        Their number R.
    table : IntArray
        Flat (patterns * R,) int64, zeros before, written in place.
    type_index : int
        The type of agent 0.

    Notes
    -----
    Cost: n steps per profile.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.zeros(6, np.int64)
    >>> place_counts(np.array([0, 1], np.int32), np.array([2]), 2, table, 1)
    >>> table.tolist()
    [0, 0, 0, 1, 0, 0]
    """
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
def reachable(outcome: ShortArray, sizes: IntArray, outcomes: int) -> WordArray:
    """The outcomes that can come about whatever some agents report, for every choice of these agents and the others' report.

    Parameters
    ----------
    outcome : ShortArray
        (P,) int32: the outcome of each profile, 0..R-1; profiles in C order, agent n-1 fastest.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    outcomes : int
        Their number R.

    Returns
    -------
    WordArray
        (patterns, ceil(R / 64)) uint64: for each pattern the set of outcomes of all its completions; bit o % 64 of word o
        // 64 stands for outcome o.

    Notes
    -----
    The row of the pattern in which exactly the members of a coalition are free is the set of what they can bring about by
    any joint misreport: the taxation principle, coalition by coalition. Cost: about n ceil(R / 64) (K + 1)^n word
    operations.

    Examples
    --------
    >>> import numpy as np
    >>> reachable(np.array([0, 1, 1, 2], np.int32), np.array([2, 2]), 3)[:, 0].tolist()  # rows 00 01 0* 10 11 1* *0 *1 **
    [1, 2, 3, 2, 4, 6, 3, 6, 7]
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
