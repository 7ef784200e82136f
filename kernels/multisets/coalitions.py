"""Which coalitions can gain beside which outsiders: all pairs of multisets (o, c), counted with the profiles they stand for."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit, lowest_bit
from collude.kernels.arrays import ByteArray, IntArray, ShortArray, Word, WordArray
from collude.kernels.multisets.assignment import FORBIDDEN, Desk, best_assignment
from collude.kernels.multisets.gains import set_desk, worth
from collude.kernels.multisets.options import Blocks, Options
from collude.kernels.multisets.tastes import SHARE_OUT, Tastes, could_agree
from collude.kernels.multisets.weights import plus_modulo, times_modulo

ONE = np.uint64(1)
NONE = np.uint64(0)


class Sizes(NamedTuple):
    """What pairs stand for. outside : (B, R) and inside : (C, R) uint64, residues of the arrangements of each multiset of
    outsiders and of each coalition, modulo moduli : (R,) uint64. ceiling : (C,) int64, more than which no option is worth
    to a coalition in all, at its own types."""

    outside: WordArray
    inside: WordArray
    moduli: WordArray
    ceiling: IntArray


class Notes(NamedTuple):
    """What a scan finds. classes : (1,) int64, how many pairs (o, c) violate. weights : (R,) uint64, residues of how many
    (profile, coalition) pairs they stand for, but for the choice of the members. best : (3,) int64, the largest total gain
    (-1: none), the coalition with it and the multiset of outsiders, the first of each."""

    classes: IntArray
    weights: WordArray
    best: IntArray


class Marks(NamedTuple):
    """What is known of one coalition at each of its truths. state : (X,) uint8, whether it could agree to anything. yes,
    unknown : (X, W) uint64, the options from which it gains, and those that nobody has looked into. violates : (B,) uint8,
    beside which outsiders it gains."""

    state: ByteArray
    yes: WordArray
    unknown: WordArray
    violates: ByteArray


@jit
def _two_shares(desk: Desk, rows: Word) -> bool:
    """Whether members who each agree to some of two shares can take them all so that somebody gains."""
    first_only, second_only = 0, 0
    for i in range(rows):
        if desk.gain[i, 0] == FORBIDDEN:
            if desk.gain[i, 1] == FORBIDDEN:
                return False
            second_only += desk.supply[i]
        elif desk.gain[i, 1] == FORBIDDEN:
            first_only += desk.supply[i]
    if first_only > desk.demand[0] or second_only > desk.demand[1]:
        return False
    for i in range(rows):
        both = desk.gain[i, 0] != FORBIDDEN and desk.gain[i, 1] != FORBIDDEN
        if desk.gain[i, 0] > 0 and (not both or first_only < desk.demand[0]):
            return True
        if desk.gain[i, 1] > 0 and (not both or second_only < desk.demand[1]):
            return True
    return False


@jit
def _two_shares_worth(desk: Desk, rows: Word) -> Word:
    """The largest total gain when members who agree to everything take two shares: the keenest on the first take it."""
    total, room = 0, desk.demand[0]
    for i in range(rows):
        total += desk.supply[i] * desk.gain[i, 1]
        desk.left[i] = desk.supply[i]
    while room:
        keen = -1
        for i in range(rows):
            if desk.left[i] and (
                keen < 0 or desk.gain[i, 0] - desk.gain[i, 1] > desk.gain[keen, 0] - desk.gain[keen, 1]
            ):
                keen = i
        taken = min(room, desk.left[keen])
        total += taken * (desk.gain[keen, 0] - desk.gain[keen, 1])
        desk.left[keen] -= taken
        room -= taken
    return total


@jit
def gains_from(group: IntArray, truth: ShortArray, option: Word, options: Options, tastes: Tastes, desk: Desk) -> Word:
    """Whether a coalition can share out an option so that it gains, in the sense of the rule of `tastes`.

    Parameters
    ----------
    group : ndarray
        (K,) int64, how many members have each type.
    truth : ndarray
        (K,) int32, the truthful share of each type.
    option : int
        Number of the option.
    options : Options
    tastes : Tastes
    desk : Desk
        Overwritten.

    Returns
    -------
    bool
    """
    rows, columns = set_desk(group, truth, option, options, tastes, desk)
    if columns == 2:
        if tastes.rule == SHARE_OUT:
            return _two_shares_worth(desk, rows) > 0
        return _two_shares(desk, rows)
    return best_assignment(desk, rows, columns) > 0


@jit
def _settles(
    group: IntArray,
    truth: ShortArray,
    reach: WordArray,
    yes: WordArray,
    unknown: WordArray,
    options: Options,
    tastes: Tastes,
    desk: Desk,
) -> bool:
    """Whether a coalition gains from something that it can reach and that nobody has looked at; reach, yes, unknown : (W,)
    bit sets, of which yes (what it gains from) and unknown are brought up to date."""
    for w in range(len(reach)):
        rest = reach[w] & unknown[w]
        while rest:
            option = 64 * w + lowest_bit(rest)
            bit = rest & (~rest + ONE)
            unknown[w] ^= bit
            if gains_from(group, truth, option, options, tastes, desk):
                yes[w] |= bit
                return True
            rest ^= bit
    return False


@jit
def _largest_gain(
    group: IntArray,
    truth: ShortArray,
    useful: WordArray,
    seen: WordArray,
    options: Options,
    tastes: Tastes,
    desk: Desk,
) -> Word:
    """The largest total gain of a coalition from options in `useful` (W,) that are not in `seen` (W,), which takes them in."""
    largest = -1
    for w in range(len(useful)):
        rest = useful[w] & ~seen[w]
        seen[w] |= rest
        while rest:
            option = 64 * w + lowest_bit(rest)
            rest &= rest - ONE
            rows, columns = set_desk(group, truth, option, options, tastes, desk)
            largest = max(largest, best_assignment(desk, rows, columns))
    return largest


@jit
def _sweep(blocks: Blocks, c: Word, marks: Marks, options: Options, tastes: Tastes, desk: Desk) -> bool:
    """Write into `marks` beside which outsiders a coalition gains; returns whether there are any."""
    start, reach = blocks.starts[c], blocks.reach
    state, yes, unknown, violates = marks
    words = reach.shape[1]
    found = False
    for b in range(blocks.truth.shape[1]):
        x = blocks.truth[c, b] - start
        violates[b] = 0
        if state[x] == 0:
            continue
        either = NONE
        for w in range(words):
            if reach[b, w] & yes[x, w]:
                violates[b] = 1
                found = True
                break
            either |= reach[b, w] & unknown[x, w]
        if violates[b] == 0 and either:
            truth = blocks.truths[start + x]
            if _settles(blocks.groups[c], truth, reach[b], yes[x], unknown[x], options, tastes, desk):
                violates[b] = 1
                found = True
    return found


@jit
def _record_best(
    blocks: Blocks,
    c: Word,
    hope: IntArray,
    marks: Marks,
    options: Options,
    tastes: Tastes,
    desk: Desk,
    best: IntArray,
) -> None:
    """Bring `best` of `Notes` up to date with the gains of one coalition; hope : (X,) int64, more than which it cannot gain
    at a truth. Every option is looked into at most once per truth."""
    start, words = blocks.starts[c], blocks.reach.shape[1]
    seen = np.zeros((len(hope), words), np.uint64)
    useful = np.empty(words, np.uint64)
    for b in range(blocks.truth.shape[1]):
        x = blocks.truth[c, b] - start
        if marks.violates[b] == 0 or hope[x] <= best[0]:
            continue
        for w in range(words):
            useful[w] = blocks.reach[b, w] & (marks.yes[x, w] | marks.unknown[x, w])
        gain = _largest_gain(blocks.groups[c], blocks.truths[start + x], useful, seen[x], options, tastes, desk)
        if gain > best[0]:
            best[0], best[1], best[2] = gain, c, b


@jit
def scan_groups(
    blocks: Blocks, options: Options, tastes: Tastes, sizes: Sizes, desk: Desk, witness: bool, notes: Notes
) -> None:
    """Count the pairs (o, c) of a block at which the coalition c gains, and find the largest total gain.

    Parameters
    ----------
    blocks : Blocks
    options : Options
    tastes : Tastes
    sizes : Sizes
    desk : Desk
        Overwritten.
    witness : bool
        Whether the largest gain is looked for.
    notes : Notes
        Added to.

    Notes
    -----
    An option is looked into at most once per coalition and truth.

    Cost: W per pair, and an assignment per coalition, truth and option that passes the bit sets.

    References
    ----------
    Hall (1935), "On representatives of subsets": the bit sets are his condition for single types.
    """
    words, width = blocks.reach.shape[1], blocks.truth.shape[1]
    most = 0
    for c in range(len(blocks.groups)):
        most = max(most, blocks.starts[c + 1] - blocks.starts[c])
    yes, unknown = np.empty((most, words), np.uint64), np.empty((most, words), np.uint64)
    marks = Marks(np.empty(most, np.uint8), yes, unknown, np.empty(width, np.uint8))
    hope, some = np.empty(most, np.int64), np.empty(words, np.uint64)
    for c in range(len(blocks.groups)):
        group, start = blocks.groups[c], blocks.starts[c]
        truths = blocks.starts[c + 1] - start
        highest, undecided = FORBIDDEN, False
        for x in range(truths):
            truth = blocks.truths[start + x]
            yes[x] = NONE
            marks.state[x] = could_agree(group, truth, tastes, len(options.width), some, unknown[x])
            hope[x] = sizes.ceiling[c] - worth(group, truth, tastes.utility)
            if marks.state[x]:
                undecided, highest = True, max(highest, hope[x])
        if not undecided or not _sweep(blocks, c, marks, options, tastes, desk):
            continue
        _add_pairs(marks.violates, sizes, c, notes)
        if witness and highest > notes.best[0]:
            _record_best(blocks, c, hope[:truths], marks, options, tastes, desk, notes.best)


@jit
def _add_pairs(violates: ByteArray, sizes: Sizes, c: Word, notes: Notes) -> None:
    """Add the pairs of one coalition that violate, and the profiles they stand for."""
    for b in range(len(violates)):
        notes.classes[0] += violates[b]
    for r in range(len(sizes.moduli)):
        total = NONE
        for b in range(len(violates)):
            if violates[b]:
                total = plus_modulo(total, sizes.outside[b, r], sizes.moduli[r])
        value = times_modulo(total, sizes.inside[c, r], sizes.moduli[r])
        notes.weights[r] = plus_modulo(notes.weights[r], value, sizes.moduli[r])
