"""Numbering distinct rows: equal rows get one number, in the order in which they first appear."""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import ShortArray, Word, WordArray


@jit
def _hash_row(row: WordArray) -> Word:
    value = np.uint64(1469598103934665603)
    for x in row:
        value = (value ^ x) * np.uint64(1099511628211)
        value ^= value >> np.uint64(29)
    return value


@jit
def number_rows(
    rows: WordArray,
    known: WordArray,
    count: int,
    slots: ShortArray,
    numbers: ShortArray,
) -> tuple[int, int]:
    """Give equal rows of a matrix the same number, in the order in which they first appear, and keep one copy of each.

    Parameters
    ----------
    rows : WordArray
        (B, c) uint64.
    known : WordArray
        (capacity, c) uint64, written in place: the distinct rows, of which the first `count` are in use.
    count : int
        How many distinct rows are known before.
    slots : ShortArray
        (2^m,) int32, written in place: hash table of numbers of distinct rows, -1 where empty.
    numbers : ShortArray
        (B,) int32, written in place: the number of each row.

    Returns
    -------
    tuple[int, int]
        Rows done, and distinct rows in use. Fewer than B rows are done if `known` or half of `slots` is full, so that the
        caller can grow both and go on.

    Notes
    -----
    Expected cost: c steps per row.

    Examples
    --------
    >>> import numpy as np
    >>> numbers = np.zeros(3, np.int32)
    >>> rows = np.array([[5], [7], [5]], np.uint64)
    >>> done, used = number_rows(rows, np.zeros((4, 1), np.uint64), 0, np.full(8, -1, np.int32), numbers)
    >>> int(done), int(used), numbers.tolist()
    (3, 2, [0, 1, 0])
    """
    mask = np.uint64(slots.shape[0] - 1)
    room = min(known.shape[0], slots.shape[0] // 2)
    for b in range(rows.shape[0]):
        place = _hash_row(rows[b]) & mask
        while True:
            slot = slots[place]
            if slot < 0:
                if count == room:
                    return b, count
                for x in range(rows.shape[1]):
                    known[count, x] = rows[b, x]
                slots[place] = count
                numbers[b] = count
                count += 1
                break
            same = True
            for x in range(rows.shape[1]):
                if known[slot, x] != rows[b, x]:
                    same = False
                    break
            if same:
                numbers[b] = slot
                break
            place = (place + np.uint64(1)) & mask
    return rows.shape[0], count


@jit
def fill_slots(known: WordArray, count: int, slots: ShortArray) -> None:
    """Enter distinct rows into an empty hash table, after the table of `number_rows` had to grow.

    Parameters
    ----------
    known : WordArray
        (capacity, c) uint64.
    count : int
        How many of them are in use.
    slots : ShortArray
        (2^m,) int32, written in place, -1 everywhere before.

    Notes
    -----
    Expected cost: c steps per row.

    Examples
    --------
    >>> import numpy as np
    >>> slots = np.full(8, -1, np.int32)
    >>> fill_slots(np.array([[5], [7]], np.uint64), 2, slots)
    >>> sorted(slots.tolist())[-2:]
    [0, 1]
    """
    mask = np.uint64(slots.shape[0] - 1)
    for number in range(count):
        place = _hash_row(known[number]) & mask
        while slots[place] >= 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = number
