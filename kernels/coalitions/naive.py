"""The naive pair loops: every ordered pair of profiles, agent by agent. The baseline and a second opinion."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.arrays import BoolArray, IntArray, ShortArray, Span, Word
from collude.kernels.tables import Table, advance, decode, gain


@jit
def _all_types(sizes: IntArray, profiles: Word) -> ShortArray:
    """The types of every profile, flat (P n,) int32, agents fastest. Cost: n per profile."""
    n = sizes.shape[0]
    types = np.zeros(n, np.int64)
    rows = np.empty(profiles * n, np.int32)
    for profile in range(profiles):
        for i in range(n):
            rows[profile * n + i] = types[i]
        advance(types, sizes)
    return rows


@jit
def _fill_stances(
    table: Table,
    types: IntArray,
    truthful: Word,
    weak: bool,
    refuses: BoolArray,
    stances: IntArray,
) -> None:
    """What every agent with types (n,) thinks of every outcome that replaces `truthful`. Cost: n R.

    refuses: flat (R n,) bool, agents fastest, written: he would not misreport for it. stances: (2, R) int64, written,
    bit outcome_sets with agent i at bit i: who would join, who gains strictly; weak: nobody joins without a strict gain.
    """
    n, outcomes = table.allocation.shape
    for o in range(outcomes):
        joins, gains = np.int64(0), np.int64(0)
        for i in range(n):
            rise = gain(table, i, types[i], truthful, o)
            strict = rise > table.tolerance
            willing = strict or (rise >= -table.tolerance and not weak)
            refuses[o * n + i] = not willing
            joins |= np.int64(willing) << i
            gains |= np.int64(strict) << i
        stances[0, o], stances[1, o] = joins, gains


@jit
def _agreed(rows: ShortArray, here: Word, there: Word, refuses: BoolArray, first: Word, n: Word) -> bool:
    """True if no agent who reports otherwise in the row at `there` than in the one at `here` refuses; stops at the
    first who does. refuses: agent i's entry is number first + i. Places are uint64. Cost: at most n."""
    for i in range(n):
        if refuses[first + i] and rows[there + i] != rows[here + i]:
            return False
    return True


@jit
def naive_pairs(table: Table, span: Span) -> int:
    """Count, by looking at every ordered pair of profiles, those that violate strong group strategy-proofness.

    Parameters
    ----------
    table : Table
        The mechanism.
    span : Span
        Half-open span of true profiles.

    Returns
    -------
    int
        Pairs (theta, theta') such that no agent who misreports loses, and some agent, misreporting or not, gains.

    Notes
    -----
    The least that a loop over pairs has to do agent by agent: a pair is left at once if nobody gains from its outcome, and
    otherwise at the first misreporting agent who refuses. Cost: n R + P per true profile, up to n P where agents agree, and
    n P once; memory 4 n P bytes.

    References
    ----------
    Collude, common definitions: Units of counting (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> int(naive_pairs(table, (0, 2)))
    1
    """
    n, outcomes = table.allocation.shape
    rows = _all_types(table.sizes, table.outcome.shape[0])
    types = np.zeros(n, np.int64)
    refuses = np.zeros(outcomes * n, np.bool_)
    stances = np.zeros((2, outcomes), np.int64)
    someone = np.zeros(outcomes, np.bool_)
    decode(span[0], table.sizes, types)
    width, pairs = np.uint64(n), 0
    for profile in range(span[0], span[1]):
        _fill_stances(table, types, table.outcome[profile], False, refuses, stances)
        for x in range(outcomes):
            someone[x] = stances[1, x] != 0
        here = np.uint64(profile) * width
        for report in range(table.outcome.shape[0]):
            o = np.uint64(table.outcome[report])
            if someone[o]:
                pairs += _agreed(rows, here, np.uint64(report) * width, refuses, o * width, width)
        advance(types, table.sizes)
    return pairs


@jit
def naive_violations(table: Table, span: Span, largest: int, weak: bool) -> tuple[int, int, int]:
    """Count violations in all three units by looking at every ordered pair of profiles: baseline and second opinion.

    Parameters
    ----------
    table : Table
        The mechanism.
    span : Span
        Half-open span of true profiles.
    largest : int
        Most members of a coalition that counts.
    weak : bool
        Every member must gain strictly.

    Returns
    -------
    tuple[int, int, int]
        Pairs of profile and coalition, ordered pairs of profiles, and triples of profile, coalition and joint report.

    Notes
    -----
    Cost: as `naive_pairs`, and the subsets of willing bystanders of a pair that survives.

    References
    ----------
    Collude, common definitions: Units of counting (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import Table
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> tuple(int(x) for x in naive_violations(table, (0, 2), 1, False))
    (1, 1, 1)
    """
    n, outcomes = table.allocation.shape
    rows = _all_types(table.sizes, table.outcome.shape[0])
    types = np.zeros(n, np.int64)
    refuses = np.zeros(outcomes * n, np.bool_)
    stances = np.zeros((2, outcomes), np.int64)
    seen = np.zeros(1 << n, np.bool_)
    decode(span[0], table.sizes, types)
    width = np.uint64(n)
    coalitions, pairs, triples = 0, 0, 0
    for profile in range(span[0], span[1]):
        _fill_stances(table, types, table.outcome[profile], weak, refuses, stances)
        seen[:] = False
        here = np.uint64(profile) * width
        for report in range(table.outcome.shape[0]):
            o = np.uint64(table.outcome[report])
            there = np.uint64(report) * width
            if stances[1, o] == 0 or not _agreed(rows, here, there, refuses, o * width, width):
                continue
            differ = np.int64(0)
            for i in range(width):
                if rows[there + i] != rows[here + i]:
                    differ |= np.int64(1) << np.int64(i)
            helpers = stances[0, o] & ~differ
            extra, before = helpers, triples
            while differ != 0:
                members = differ | extra
                if members & stances[1, o] != 0 and popcount(np.uint64(members)) <= largest:
                    triples += 1
                    coalitions += not seen[members]
                    seen[members] = True
                if extra == 0:
                    break
                extra = (extra - 1) & helpers
            pairs += triples > before
        advance(types, table.sizes)
    return coalitions, pairs, triples
