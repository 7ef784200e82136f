"""The search for the violation with the largest total gain: nearly all profiles are dismissed by bounds.

A violation that only equals the best one so far must be brought about by no more members; so of an outcome the agents are
counted without whom it is out of reach. What is left is bounded by the gains of the true types, and only an outcome that
may still win leads to a search over coalitions, itself bounded.
"""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import inlined, jit, lowest_bit, popcount
from collude.kernels.arrays import IntArray, Span, Word, WordArray
from collude.kernels.coalitions.bounds import (
    UNKNOWN,
    GainBounds,
    _bound_outcome,
    _make_bounds,
    _mark_worthy,
)
from collude.kernels.coalitions.count_wide import OTHERS, WISHES, _flat_allocation, _load_wide, _rows_without
from collude.kernels.tables import NONE, ONE, OutcomeSets, Table, gain, pattern_strides

GAIN, MEMBERS, PROFILE = 0, 1, 2
RISE, STEP, JOINS, WINS, ROOM, TOP, PATH, NEEDED, MISSING = range(9)
NODE_PATTERN, NODE_MEMBERS, NODE_VALUE, NODE_WINNER, NODE_TURN = 0, 1, 2, 3, 4


class Contest(NamedTuple):
    """What one search for the best violation reads and writes; n agents, R outcomes in W words."""

    bounds: GainBounds
    accept: np.ndarray  # (n K C W,) uint64: the accept sets, flat
    strict: np.ndarray  # (n K C W,) uint64
    without: np.ndarray  # (n K W,) uint64: from `_rows_without`, flat
    allocation: np.ndarray  # (R n,) uint64: from `_flat_allocation`
    needed: np.ndarray  # (n + 2, W) uint64: row t: outcomes out of reach without any of t agents, the last one left out
    places: np.ndarray  # (8 n,) uint64: from `_enter_wide`, of the last agent's first type
    start: np.ndarray  # (3 W,) uint64: as `seen` of `_load_wide`, before any agent
    before: np.ndarray  # (3 W,) uint64: with all agents but the last one
    now: np.ndarray  # (3 W,) uint64: with all agents
    agents: np.ndarray  # (9, n + 1) int64: the agents and one outcome, see the names above
    nodes: np.ndarray  # (n + 1, 5) int64: a coalition in the making at each depth, see the names above
    best: np.ndarray  # (3,) int64: gain, coalition and profile of the best violation so far; gain -1 if there is none


@jit
def _make_contest(table: Table, outcome_sets: OutcomeSets, reach: WordArray, profiles: Word) -> Contest:
    """Allocate a `Contest` over so many profiles."""
    n, words = table.sizes.shape[0], reach.shape[1]
    start = np.zeros(3 * words, np.uint64)
    for w in range(words):
        start[w] = reach[reach.shape[0] - 1, w]
    return Contest(
        _make_bounds(table, words, profiles),
        outcome_sets.accept.ravel(),
        outcome_sets.strict.ravel(),
        _rows_without(table.sizes, reach, table.utility.shape[1]).ravel(),
        _flat_allocation(table.allocation),
        np.zeros((n + 2, words), np.uint64),
        np.zeros(8 * n, np.uint64),
        start,
        np.zeros(3 * words, np.uint64),
        np.zeros(3 * words, np.uint64),
        np.zeros((9, n + 1), np.int64),
        np.zeros((n + 1, 5), np.int64),
        np.full(3, -1, np.int64),
    )


@jit
def _comes_first(coalition_bits: Word, others: Word) -> bool:
    """True if a coalition precedes another one of the same size in the lexicographic order of their members."""
    different = coalition_bits ^ others
    return different & -different & coalition_bits != 0


@jit
def _largest_tie(coalition_bits: Word) -> Word:
    """Size of the largest coalition that precedes this one among coalitions with the same gain."""
    size = popcount(np.uint64(coalition_bits))
    return size - 1 if coalition_bits == (1 << size) - 1 else size


@jit
def _count_needed(contest: Contest, most: Word) -> None:
    """For each t up to `most`, write the outcomes that are out of reach without any one of t agents, the last left out."""
    sets, places, without = contest.needed, contest.places, contest.without
    agents, words = sets.shape[0] - 3, sets.shape[1]
    for w in range(words):
        sets[0, w] = NONE - ONE
        for t in range(1, most + 1):
            sets[t, w] = NONE
        for i in range(agents):
            missing = ~without[places[8 * i + OTHERS] + np.uint64(w)]
            for t in range(min(i + 1, most), 0, -1):
                sets[t, w] |= sets[t - 1, w] & missing


@jit
def _learn_outcome(table: Table, truthful: Word, goal: Word, contest: Contest) -> None:
    """Bound what may be gained where outcome `truthful` is the truth, and mark the outcomes that may gain `goal`."""
    bounds = contest.bounds
    if bounds.asked.shape[0] > 0:
        if bounds.bound[0, truthful] == UNKNOWN:
            _bound_outcome(table, bounds, contest.without, truthful)
        _mark_worthy(bounds, truthful, goal)


@inlined
def _needs_more(
    worthy: WordArray,
    needed: WordArray,
    without: WordArray,
    places: tuple[Word, Word, Word],
    size: Word,
) -> bool:
    """True if every outcome that may gain as much as the best violation so far needs more than `size` members.

    worthy: (R, W), needed: (n + 2, W), without: flat; places: (truthful outcome, W, the last agent's place in `without`).
    """
    truthful, words, own = places
    hit = NONE
    for w in range(words):
        others = without[own + np.uint64(w)]
        hit |= worthy[truthful, w] & ~(needed[size + 1, w] | (needed[size, w] & ~others))
    return hit == NONE


@jit
def _load(truthful: Word, which: Span, source: WordArray, target: WordArray, contest: Contest) -> Word:
    """Load the wishes of the agents which[0]..which[1], those before them being loaded; True if something useful is left."""
    places, words = contest.places, np.uint64(contest.needed.shape[1])
    n = places.shape[0] >> 3
    for i in range(which[0], which[1]):
        allocation = contest.allocation[np.uint64(truthful) * np.uint64(n) + np.uint64(i)]
        places[8 * i + WISHES] = (places[8 * i] + allocation) * words
    return _load_wide(places, which, contest.accept, contest.strict, contest.without, source, target)


@jit
def _line_up(table: Table, truthful: Word, types: IntArray, outcome: Word, contest: Contest) -> Word:
    """Write into contest.agents who would join for an outcome, in increasing order, and what that is worth to them.

    Row RISE: what each gains; STEP: from his type to his free symbol; WINS: whether he is one of those for whose gain
    the coalition may act. Of this and all later ones, ROOM: the sum of positive gains; TOP: the largest one; PATH: the
    sum of steps; MISSING: how many are such that the outcome is out of reach without them; NEEDED: or the sum of gains
    falls. Returns how many they are.
    """
    n = types.shape[0]
    agents, places = contest.agents, contest.places
    strides = pattern_strides(table.sizes)
    word, bit = np.uint64(outcome >> 6), np.uint64(outcome & 63)
    count = 0
    for i in range(n):
        if (contest.accept[places[8 * i + WISHES] + word] >> bit) & ONE != NONE:
            agents[JOINS, count] = i
            count += 1
    for row in range(ROOM, MISSING + 1):
        agents[row, count] = 0
    agents[JOINS, count] = n
    for x in range(count - 1, -1, -1):
        i = agents[JOINS, x]
        rise = gain(table, i, types[i], truthful, outcome)
        agents[RISE, x] = rise
        agents[STEP, x] = (table.sizes[i] - types[i]) * strides[i]
        agents[WINS, x] = np.int64((contest.strict[places[8 * i + WISHES] + word] >> bit) & ONE)
        agents[ROOM, x] = agents[ROOM, x + 1] + max(rise, 0)
        agents[PATH, x] = agents[PATH, x + 1] + agents[STEP, x]
        agents[TOP, x] = max(agents[TOP, x + 1], rise)
        missing = (contest.without[places[8 * i + OTHERS] + word] >> bit) & ONE == NONE
        agents[MISSING, x] = agents[MISSING, x + 1] + missing
        agents[NEEDED, x] = agents[NEEDED, x + 1] + (missing or rise > 0)
    return count


@jit
def _note(contest: Contest, value: Word, members: IntArray, profile: Word) -> None:
    """Keep a violation if it precedes the best one so far."""
    best = contest.best
    if value == best[GAIN]:
        size, other = popcount(np.uint64(members)), popcount(np.uint64(best[MEMBERS]))
        if size > other or (size == other and not _comes_first(members, best[MEMBERS])):
            return
    elif value < best[GAIN]:
        return
    best[GAIN], best[MEMBERS], best[PROFILE] = value, members, profile


@jit
def _may_win(value: Word, x: Word, coalition_bits: Word, limits: Span, contest: Contest) -> bool:
    """True if a coalition of this value that is complete but for agents x.. may still precede the best violation."""
    least, room = limits
    agents, best = contest.agents, contest.best
    size, everybody = popcount(np.uint64(coalition_bits)), value + agents[ROOM, x]
    possible = min(everybody, value + (room - size) * agents[TOP, x])
    if max(possible, 0) < max(least, best[GAIN]) or size + agents[MISSING, x] > room:
        return False
    if max(possible, 0) > best[GAIN]:
        return True
    more = agents[NEEDED, x] if 0 < possible == everybody else agents[MISSING, x]
    decided = (1 << agents[JOINS, x]) - 1
    later = (coalition_bits ^ best[MEMBERS]) & decided != 0 and not _comes_first(coalition_bits, best[MEMBERS])
    return size + more + later <= popcount(np.uint64(best[MEMBERS]))


@jit
def _search_coalitions(
    count: Word,
    reach: WordArray,
    extensions: IntArray,
    outcome: Word,
    goal: tuple[Word, Word, Span],
    contest: Contest,
) -> None:
    """Note the best coalition among those who would join for an outcome; goal: (profile, its pattern, limits)."""
    profile, pattern, limits = goal
    agents, nodes = contest.agents, contest.nodes
    word, bit = outcome >> 6, np.uint64(outcome & 63)
    nodes[0, NODE_PATTERN], nodes[0, NODE_MEMBERS], nodes[0, NODE_VALUE] = pattern, 0, 0
    nodes[0, NODE_WINNER], nodes[0, NODE_TURN] = 0, 0
    x = 0
    while x >= 0:
        turn, members, value = nodes[x, NODE_TURN], nodes[x, NODE_MEMBERS], nodes[x, NODE_VALUE]
        size = popcount(np.uint64(members))
        if turn == 2 or extensions[size, count - x] == 0 or not _may_win(value, x, members, limits, contest):
            x -= 1
            continue
        if (reach[nodes[x, NODE_PATTERN] + agents[PATH, x], word] >> bit) & ONE == NONE:
            x -= 1
            continue
        if x == count:
            if nodes[x, NODE_WINNER] != 0:
                _note(contest, max(value, 0), members, profile)
            x -= 1
            continue
        nodes[x, NODE_TURN] = turn + 1
        joins = (
            1 if (turn == 0) == (agents[RISE, x] > 0) else 0
        )  # who gains is tried inside first, who does not outside
        nodes[x + 1, NODE_TURN] = 0
        nodes[x + 1, NODE_PATTERN] = nodes[x, NODE_PATTERN] + joins * agents[STEP, x]
        nodes[x + 1, NODE_MEMBERS] = members | (joins << agents[JOINS, x])
        nodes[x + 1, NODE_VALUE] = value + joins * agents[RISE, x]
        nodes[x + 1, NODE_WINNER] = nodes[x, NODE_WINNER] | (joins * agents[WINS, x])
        x += 1


@jit
def _sum_of_gains(table: Table, truthful: Word, types: IntArray, outcome: Word, room: Word, agents: IntArray) -> Word:
    """The sum of the `room` largest positive gains from an outcome; row RISE of agents (9, n + 1) is scratch."""
    n, total = types.shape[0], 0
    for i in range(n):
        rise = gain(table, i, types[i], truthful, outcome)
        if rise > 0:
            total += rise
        agents[RISE, i] = rise
    if room < n:
        total = 0
        for _ in range(room):
            most = 0
            for i in range(1, n):
                most = i if agents[RISE, i] > agents[RISE, most] else most
            total += max(0, agents[RISE, most])
            agents[RISE, most] = 0
    return total


@jit
def _may_tie(room: Word, contest: Contest) -> bool:
    """True if all who gain from an outcome, row RISE, may be members of a coalition that precedes the best violation
    although it gains only as much."""
    n, gainers, best = contest.agents.shape[1] - 1, np.int64(0), contest.best[MEMBERS]
    if room < n:  # not all of them need be members, and the row is spoilt
        return True
    for i in range(n):
        gainers |= np.int64(contest.agents[RISE, i] > 0) << i
    size, largest = popcount(np.uint64(gainers)), popcount(np.uint64(best))
    return size < largest or (size == largest and _comes_first(gainers, best))


@jit
def _examine_profile(
    tables: tuple[Table, WordArray, IntArray],
    profile: Word,
    types: IntArray,
    limits: Span,
    loaded: bool,
    contest: Contest,
) -> None:
    """Note the best violation at profile `profile` with types (n,) if it precedes the best one so far.

    tables: (table, reach, extensions). limits: the least gain that is of interest, the most members. loaded: the wishes
    of all agents but the last one are those of the profile visited before.
    """
    table, reach, extensions = tables
    least, room = limits
    n, words, truthful = types.shape[0], reach.shape[1], table.outcome[profile]
    if not loaded:
        _load(truthful, (0, n - 1), contest.start, contest.before, contest)
    if not _load(truthful, (n - 1, n), contest.before, contest.now, contest):
        return
    strides = pattern_strides(table.sizes)
    pattern = 0
    for i in range(n):
        pattern += types[i] * strides[i]
    for w in range(words):
        rest = contest.now[w] & contest.now[words + w] & contest.bounds.worthy[truthful, w]
        while rest != NONE:
            outcome = 64 * w + lowest_bit(rest)
            rest &= rest - ONE
            total = _sum_of_gains(table, truthful, types, outcome, room, contest.agents)
            if total >= least and (
                total > contest.best[GAIN] or (total == contest.best[GAIN] and _may_tie(room, contest))
            ):
                count = _line_up(table, truthful, types, outcome, contest)
                _search_coalitions(count, reach, extensions, outcome, (profile, pattern, limits), contest)
