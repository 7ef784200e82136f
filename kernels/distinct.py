"""Numbering distinct rows: equal rows get one number, in the order in which they first appear."""

import numpy as np

from collude.kernels._jit import jit


@jit
def _hash_row(row):
    value = np.uint64(1469598103934665603)
    for x in row:
        value = (value ^ x) * np.uint64(1099511628211)
        value ^= value >> np.uint64(29)
    return value


@jit
def number_rows(rows, known, count, slots, numbers):
    """Give each row of `rows` (B, c) uint64 the number of the equal row in `known`, appending it if it is new.

    known: (capacity, c) uint64, of which the first `count` rows are in use; slots: (2^m,) int32 hash table, -1 where
    empty; numbers: (B,) int32, written. Returns (rows done, rows in use): fewer than B rows are done if `known` or half
    of `slots` is full, so that the caller can grow both and go on. Expected cost: c per row.
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
def fill_slots(known, count, slots):
    """Enter the first `count` rows of `known` (capacity, c) uint64 into the empty hash table `slots` (2^m,) int32."""
    mask = np.uint64(slots.shape[0] - 1)
    for number in range(count):
        place = _hash_row(known[number]) & mask
        while slots[place] >= 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = number
