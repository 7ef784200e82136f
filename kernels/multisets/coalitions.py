"""Which coalitions can gain beside which outsiders: all pairs of multisets (o, c), counted with the profiles they stand for."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit
from collude.kernels.arrays import ByteArray, IntArray, ShortArray, Word, WordArray
from collude.kernels.multisets.assignment import FORBIDDEN, Desk, best_assignment
from collude.kernels.multisets.gains import set_desk, worth
from collude.kernels.multisets.options import Blocks, Options
from collude.kernels.multisets.tastes import AGREE, SHARE_OUT, Tastes, could_agree
from collude.kernels.multisets.weights import plus_modulo, times_modulo

ONE = np.uint64(1)
NONE = np.uint64(0)
ANSWERS = 1 << 13


class Sizes(NamedTuple):
    """What pairs stand for. outside : (R, B) and inside : (R, C) uint64, residues of the arrangements of each multiset of
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
    beside which outsiders it gains. answers : (2^a,) int64, for pairs of a truth and a reachable set that occurred last
    twice the number of the pair, plus 1 if it gains there."""

    state: ByteArray
    yes: WordArray
    unknown: WordArray
    violates: ByteArray
    answers: IntArray


@jit
def _fits_two(
    group: IntArray, truth: ShortArray, utility: IntArray, lowest: Word, shares: ShortArray, counts: IntArray
) -> bool:
    """Whether members who agree to gains of at least `lowest` can take all of one or two shares so that somebody gains.

    shares, counts : (D,) an option, of which the second count is 0 if it has one share only.
    """
    one, two, ones, twos = shares[0], shares[1], counts[0], counts[1]
    first_only, second_only = 0, 0
    surely, by_first, by_second = False, False, False
    for t in range(len(group)):
        if group[t] == 0:
            continue
        before = utility[t, truth[t]]
        first = utility[t, one] - before
        second = utility[t, two] - before if twos else lowest - 1
        if first >= lowest and second >= lowest:
            by_first |= first > 0
            by_second |= second > 0
        elif first >= lowest:
            first_only += group[t]
            surely |= first > 0
        elif second >= lowest:
            second_only += group[t]
            surely |= second > 0
        else:
            return False
    if first_only > ones or second_only > twos:
        return False
    return surely or (by_first and first_only < ones) or (by_second and second_only < twos)


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
def _gains_by_flow(
    group: IntArray, truth: ShortArray, option: Word, options: Options, tastes: Tastes, desk: Desk
) -> bool:
    """Whether a coalition can share out an option so that it gains, in the sense of the rule of `tastes`."""
    rows, columns = set_desk(group, truth, option, options, tastes, desk)
    if columns == 2 and tastes.rule == SHARE_OUT:
        return _two_shares_worth(desk, rows) > 0
    return best_assignment(desk, rows, columns) > 0


@inlined
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
    gains = False
    for w in range(len(reach)):
        rest = reach[w] & unknown[w]
        while rest and not gains:
            option = 64 * w + lowest_bit(rest)
            bit = rest & (~rest + ONE)
            unknown[w] ^= bit
            rest ^= bit
            if options.width[option] <= 2 <= options.shares.shape[1] and tastes.rule != SHARE_OUT:
                lowest = 0 if tastes.rule == AGREE else 1
                shares, counts = options.shares[option], options.counts[option]
                gains = _fits_two(group, truth, tastes.utility, lowest, shares, counts)
            else:
                gains = _gains_by_flow(group, truth, option, options, tastes, desk)
            if gains:
                yes[w] |= bit
    return gains


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
def _sweep(blocks: Blocks, c: Word, marks: Marks, options: Options, tastes: Tastes, desk: Desk) -> Word:
    """Write into `marks` beside which outsiders a coalition gains; returns beside how many."""
    start, sets = blocks.starts[c], blocks.reach.shape[0]
    truth, place, violates, answers = blocks.truth[c], blocks.place, marks.violates, marks.answers
    mask = len(answers) - 1
    for b in range(len(truth)):
        x = np.int64(truth[b])
        number = (start + x) * sets + place[b]
        answer = answers[number & mask]
        if answer >> 1 != number:
            gains, open_to = False, NONE
            if marks.state[x]:
                reach, yes, unknown = blocks.reach[place[b]], marks.yes[x], marks.unknown[x]
                for w in range(len(reach)):
                    gains |= reach[w] & yes[w] != NONE
                    open_to |= reach[w] & unknown[w]
                if open_to and not gains:
                    group, given = blocks.groups[c], blocks.truths[start + x]
                    gains = _settles(group, given, reach, yes, unknown, options, tastes, desk)
            answer = 2 * number + (1 if gains else 0)
            answers[number & mask] = answer
        violates[b] = answer & 1
    found = 0
    for b in range(len(truth)):
        found += violates[b]
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
        x = blocks.truth[c, b]
        if marks.violates[b] == 0 or hope[x] <= best[0]:
            continue
        for w in range(words):
            useful[w] = blocks.reach[blocks.place[b], w] & (marks.yes[x, w] | marks.unknown[x, w])
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

    Cost: about 1 per pair, W per truth and reachable set that meet, and an assignment per coalition, truth and option that
    passes the bit sets.

    References
    ----------
    Hall (1935), "On representatives of subsets": the bit sets are his condition for single types.
    """
    words, width = blocks.reach.shape[1], blocks.truth.shape[1]
    most = 0
    for c in range(len(blocks.groups)):
        most = max(most, blocks.starts[c + 1] - blocks.starts[c])
    yes, unknown = np.empty((most, words), np.uint64), np.empty((most, words), np.uint64)
    answers = np.full(ANSWERS, -1, np.int64)
    marks = Marks(np.empty(most, np.uint8), yes, unknown, np.empty(width, np.uint8), answers)
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
        found = _sweep(blocks, c, marks, options, tastes, desk) if undecided else 0
        if found == 0:
            continue
        notes.classes[0] += found
        _add_profiles(marks.violates, sizes, c, notes)
        if witness and highest > notes.best[0]:
            _record_best(blocks, c, hope[:truths], marks, options, tastes, desk, notes.best)


@jit
def _add_profiles(violates: ByteArray, sizes: Sizes, c: Word, notes: Notes) -> None:
    """Add the profiles that the pairs of one coalition that violate stand for: at most 2^16 residues below 2^31 in a sum."""
    for r in range(len(sizes.moduli)):
        outside, total = sizes.outside[r], NONE
        for b in range(len(violates)):
            total += outside[b] if violates[b] else NONE
        if sizes.moduli[r]:
            total %= sizes.moduli[r]
        value = times_modulo(total, sizes.inside[r, c], sizes.moduli[r])
        notes.weights[r] = plus_modulo(notes.weights[r], value, sizes.moduli[r])
