"""One electorate: how many of its situations, and of the profiles they stand for, some coalition can manipulate."""

from dataclasses import dataclass
from math import comb

import numpy as np

from collude.kernels.multisets.elections import (
    UNREACHABLE,
    fold_distances,
    fold_level,
    least_distances,
    mark_manipulable,
    score_situations,
    tally_weights,
)
from collude.kernels.multisets.ranking import multiset_count, multisets, rank_table
from collude.kernels.multisets.weights import binomial_residues, from_residues, moduli_for
from collude.models.errors import InputError, SizeError
from collude.models.library.voting_rules.ballots import Ballots, ElectionRule
from collude.models.numbers import guard
from collude.models.process.memory import available_memory

BLOCK = 1 << 13
FEW_BYTES = 1 << 24
MOST_VOTERS = 250
MOST_ALTERNATIVES = 8
MOST_KINDS = 62


@dataclass(frozen=True)
class ElectionCount:
    """What an exhaustive count over all situations of an electorate found; exact ints.

    voters : number n of voters. situations : multisets of n ballots. manipulable : those at which some coalition gains.
    profiles, manipulable_profiles : the same for named voters. by_size, profiles_by_size : (size of the smallest such
    coalition, count) in increasing order of the size; empty if sizes were not asked for.
    """

    voters: int
    situations: int
    manipulable: int
    profiles: int
    manipulable_profiles: int
    by_size: tuple[tuple[int, int], ...] = ()
    profiles_by_size: tuple[tuple[int, int], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; numbers of profiles are text, since they pass 2^53 soon."""
        return {
            "voters": self.voters,
            "situations": self.situations,
            "manipulable": self.manipulable,
            "profiles": str(self.profiles),
            "manipulable_profiles": str(self.manipulable_profiles),
            "by_size": {str(size): count for size, count in self.by_size},
            "profiles_by_size": {str(size): str(count) for size, count in self.profiles_by_size},
        }


def election_bytes(voters: int, kinds: int, pairs: int) -> int:
    """Bytes that `count_manipulable` holds at once: all levels of the lattice, and two levels of all distances.

    Parameters
    ----------
    voters : int
    kinds : int
        Different ballots K.
    pairs : int
        Ordered pairs of alternatives for which distances are kept, 0 without sizes.

    Returns
    -------
    int
    """
    return comb(voters + kinds, kinds) + (16 * -(-pairs // 8) + 4) * multiset_count(voters, kinds)


def coalition_kinds(ballots: Ballots) -> np.ndarray:
    """Who prefers what, as bit sets of ballots.

    Parameters
    ----------
    ballots : Ballots
        K kinds of ballots on m alternatives.

    Returns
    -------
    ndarray
        (m, m) int64, entry (x, y) the ballots of those who prefer y to x.
    """
    prefers = np.asarray(ballots.preferred)
    m, kinds = ballots.alternatives, len(ballots.rank)
    found = np.zeros((m, m), np.int64)
    for x in range(m):
        for y in range(m):
            found[x, y] = sum(1 << k for k in range(kinds) if prefers[y, x, k])
    return found


def require_countable(ballots: Ballots, name: str, voters: int, sizes: bool) -> None:
    """Refuse an electorate that cannot be counted.

    Parameters
    ----------
    ballots : Ballots
    name : str
        The voting rule, for errors.
    voters : int
    sizes : bool
        Whether the size of the smallest coalition is counted too.

    Raises
    ------
    InputError
        For ballots with ties.
    SizeError
        With the number that is too large.
    """
    kinds = len(ballots.rank)
    if not ballots.strict:
        raise InputError(f"manipulability of {name} is counted for strict orders; check it with collude check")
    if not 2 <= ballots.alternatives <= MOST_ALTERNATIVES:
        raise SizeError(f"2 to {MOST_ALTERNATIVES} alternatives are counted", ballots.alternatives)
    if kinds > MOST_KINDS:
        raise SizeError(f"{kinds} kinds of ballots; at most {MOST_KINDS} are counted, so 4 alternatives", kinds)
    if not 1 <= voters <= MOST_VOTERS:
        raise SizeError(f"1 to {MOST_VOTERS} voters are counted, not {voters}", voters)
    pairs = ballots.alternatives * (ballots.alternatives - 1) if sizes else 0
    needed = election_bytes(voters, kinds, pairs)
    if needed <= FEW_BYTES:
        return
    free = available_memory()
    if needed > 0.85 * free:
        raise SizeError(
            f"{voters} voters with {kinds} kinds of ballots need {needed / 1e9:.1f} GB, but {free / 1e9:.1f} GB are "
            "free; use fewer voters or alternatives",
            needed,
        )


def winners_of(rule: ElectionRule, voters: int, kinds: int) -> np.ndarray:
    """The winner of every situation.

    Parameters
    ----------
    rule : ElectionRule
    voters : int
    kinds : int
        Different ballots K.

    Returns
    -------
    ndarray
        (M,) uint8, in the order of the ranks of multisets.
    """
    total = multiset_count(voters, kinds)
    winner = np.empty(total, np.uint8)
    if rule.points is not None:
        guard(voters * int(rule.points.max(initial=0)), "the points of an alternative")
        score_situations(voters, rule.points, winner)
        return winner
    for first in range(0, total, BLOCK):
        last = min(total, first + BLOCK)
        winner[first:last] = rule.winners(multisets(voters, kinds, first, last))
    return winner


def count_manipulable(ballots: Ballots, rule: ElectionRule, voters: int, sizes: bool = True) -> ElectionCount:
    """Count the situations of an electorate that some coalition can manipulate.

    Parameters
    ----------
    ballots : Ballots
        The strict orders that voters can have and cast.
    rule : ElectionRule
        The voting rule.
    voters : int
        How many.
    sizes : bool
        Also the size of the smallest manipulating coalition at each situation.

    Returns
    -------
    ElectionCount

    Raises
    ------
    InputError
        For ballots with ties.
    SizeError
        Beyond the memory at hand.

    Notes
    -----
    C(n + K, K) bytes for K kinds of ballots, K operations each; with sizes, as many again for each 8 of the m (m - 1) pairs.

    References
    ----------
    Lepelley and Mbih (1994), "The vulnerability of four social choice functions to coalitional manipulation of
    preferences", Social Choice and Welfare 11.
    """
    require_countable(ballots, rule.name, voters, sizes)
    kinds = len(ballots.rank)
    smallest = smallest_coalitions(ballots, winners_of(rule, voters, kinds), voters, sizes)
    return counted(smallest, voters, kinds, sizes)


def smallest_coalitions(ballots: Ballots, winner: np.ndarray, voters: int, sizes: bool) -> np.ndarray:
    """The size of the smallest coalition that can manipulate each situation.

    Parameters
    ----------
    ballots : Ballots
    winner : ndarray
        (M,) uint8, the alternative that wins each situation.
    voters : int
    sizes : bool
        False writes 1 for any size, and is faster.

    Returns
    -------
    ndarray
        (M,) uint8, 0 where there is none.
    """
    kinds = len(ballots.rank)
    table, prefers = rank_table(voters, kinds), coalition_kinds(ballots)
    offsets = np.array([0, *(comb(k + kinds - 1, kinds) for k in range(1, voters + 1))], np.int64)
    reach = np.empty(comb(voters + kinds, kinds), np.uint8)
    np.left_shift(np.uint8(1), winner, out=reach[offsets[voters] :])
    levels = [reach[offsets[k] : offsets[k] + multiset_count(k, kinds)] for k in range(voters + 1)]
    for k in range(voters - 1, -1, -1):
        fold_level(k, levels[k + 1], table, levels[k])
    if sizes:
        return _smallest(winner, levels, prefers, table)
    smallest = np.empty(len(winner), np.uint8)
    mark_manipulable(winner, reach, offsets, prefers, table, smallest)
    return smallest


def _smallest(winner: np.ndarray, levels: list[np.ndarray], prefers: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The size of the smallest manipulating coalition of each situation, 0 where there is none: (M,) uint8."""
    m, kinds = len(prefers), table.shape[0] - 1
    pairs = [(x, y) for x in range(m) for y in range(m) if x != y]
    one, other = np.array(pairs).T
    spared = _lanes(prefers[one, other][None] >> np.arange(kinds)[:, None] & 1 == 0)
    missed = _lanes(np.arange(256)[:, None] >> other[None] & 1 == 0)
    words, most = spared.shape[1], len(winner)
    spare, distance = np.empty((most, words), np.uint64), np.empty((most, words), np.uint64)
    for k, reach in enumerate(levels):
        spare, distance = distance, spare
        fold_distances(k, reach, spare, spared, missed, table, distance)
    smallest = np.empty(most, np.uint8)
    least_distances(winner, distance, _lanes(np.arange(m)[:, None] != one[None]), smallest)
    return smallest


def _lanes(marks: np.ndarray) -> np.ndarray:
    """Rows of marks as bytes of 255 or 0, eight to a word: (rows, P) uint64; bytes without a mark are 255."""
    rows = np.full((len(marks), -(-marks.shape[1] // 8) * 8), UNREACHABLE, np.uint8)
    rows[:, : marks.shape[1]] = np.where(marks, UNREACHABLE, 0)
    return rows.view(np.uint64)


def counted(smallest: np.ndarray, voters: int, kinds: int, sizes: bool) -> ElectionCount:
    """Count situations, and the profiles they stand for, by the size of the smallest manipulating coalition.

    Parameters
    ----------
    smallest : ndarray
        (M,) uint8 per situation, 0 where there is none.
    voters : int
    kinds : int
        Different ballots K.
    sizes : bool
        Whether the counts by size are wanted.

    Returns
    -------
    ElectionCount
    """
    table = rank_table(voters, kinds)
    moduli = moduli_for(kinds**voters)
    counts, weights = np.zeros(256, np.int64), np.zeros((256, len(moduli)), np.uint64)
    tally_weights(smallest, table, binomial_residues(voters, moduli), moduli, counts, weights)
    profiles = {size: from_residues(weights[size].tolist(), moduli) for size in range(256) if counts[size]}
    found = [size for size in profiles if size]
    return ElectionCount(
        voters,
        len(smallest),
        sum(int(counts[size]) for size in found),
        kinds**voters,
        sum(profiles[size] for size in found),
        tuple((size, int(counts[size])) for size in found) if sizes else (),
        tuple((size, profiles[size]) for size in found) if sizes else (),
    )
