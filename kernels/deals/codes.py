"""Numbering the codes of bundles: distinct ones in increasing order."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, ShortArray, Word


@jit
def _sort(values: IntArray) -> None:
    """Sort an int64 array in place: Shell's sort, which compiles in no time."""
    gap = 1
    while gap < values.shape[0] // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for x in range(gap, values.shape[0]):
            value, y = values[x], x
            while y >= gap and values[y - gap] > value:
                values[y] = values[y - gap]
                y -= gap
            values[y] = value
        gap //= 3


@jit
def _distinct(values: IntArray) -> IntArray:
    """The distinct entries of an int64 array, increasing."""
    entries = values.copy()
    _sort(entries)
    count = 1
    for x in range(1, entries.shape[0]):
        if entries[x] != entries[count - 1]:
            entries[count] = entries[x]
            count += 1
    return entries[:count].copy()


@jit
def _find(entries: IntArray, value: Word) -> Word:
    """Position of a value in an increasing array, or -1."""
    low, high = 0, entries.shape[0]
    while low < high:
        middle = (low + high) // 2
        if entries[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < entries.shape[0] and entries[low] == value else -1


@jit
def number_codes(codes: IntArray) -> tuple[ShortArray, IntArray]:
    """Give equal codes the same number, in increasing order of the codes.

    Parameters
    ----------
    codes : IntArray
        (m,) int64.

    Returns
    -------
    tuple[ShortArray, IntArray]
        (m,) int32, the number of each code; the distinct codes, int64, increasing.

    Notes
    -----
    Cost: m where the codes lie close together, else a sort.

    Examples
    --------
    >>> import numpy as np
    >>> numbers, distinct = number_codes(np.array([7, 3, 7]))
    >>> numbers.tolist(), distinct.tolist()
    ([1, 0, 1], [3, 7])
    """
    low, high = codes[0], codes[0]
    for code in codes:
        low, high = min(low, code), max(high, code)
    width = high - low + 1
    numbers = np.empty(codes.shape[0], np.int32)
    if width > 8 * codes.shape[0] + 4096:
        distinct = _distinct(codes)
        for x in range(codes.shape[0]):
            numbers[x] = _find(distinct, codes[x])
        return numbers, distinct
    place = np.full(width, -1, np.int64)
    for code in codes:
        place[code - low] = 0
    distinct = np.empty(width, np.int64)
    count = 0
    for x in range(width):
        if place[x] == 0:
            place[x] = count
            distinct[count] = low + x
            count += 1
    for x in range(codes.shape[0]):
        numbers[x] = place[codes[x] - low]
    return numbers, distinct[:count].copy()
