"""Deals that no member would break, counted in the other two units: ordered pairs of profiles, and triples."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.arrays import BoolArray, IntArray, Span, Word
from collude.kernels.tables import Table, advance, decode, gain, profile_strides


@jit
def best_replies(table: Table, replies: BoolArray, agent: int) -> None:
    """Mark the reports of an agent that are best replies to what the others report, for each of his true types.

    Parameters
    ----------
    table : Table
        The mechanism.
    replies : BoolArray
        (n, K, P) bool, written at the agent: [i, k, p] says whether his report in profile p is a best reply for type k if the
        others report p.
    agent : int
        0..n-1.

    Notes
    -----
    Cost: K_i P for K_i types.

    References
    ----------
    Collude, common definitions: Self-enforcing group strategy-proofness (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [2, 0]]]), 0)
    >>> replies = np.zeros((1, 2, 2), np.bool_)
    >>> best_replies(table, replies, 0)
    >>> replies.tolist()
    [[[False, True], [True, False]]]
    """
    size, stride = table.sizes[agent], profile_strides(table.sizes)[agent]
    for k in range(size):
        row = table.utility[agent, k]
        for base in range(table.outcome.shape[0]):
            if (base // stride) % size != 0:
                continue
            most = row[table.allocation[agent, table.outcome[base]]]
            for own in range(1, size):
                most = max(most, row[table.allocation[agent, table.outcome[base + own * stride]]])
            for own in range(size):
                p = base + own * stride
                replies[agent, k, p] = most - row[table.allocation[agent, table.outcome[p]]] <= table.tolerance


@jit
def _stances(table: Table, types: IntArray, truthful: Word, joins: IntArray, gainers: IntArray) -> None:
    """Write into (R,) int64 words, agent i at bit i, who does not lose and who gains if an outcome replaces `truthful`."""
    for o in range(joins.shape[0]):
        joins[o], gainers[o] = 0, 0
        for i in range(types.shape[0]):
            rise = gain(table, i, types[i], truthful, o)
            joins[o] |= np.int64(rise >= -table.tolerance) << i
            gainers[o] |= np.int64(rise > table.tolerance) << i


@jit
def count_enforced(table: Table, replies: BoolArray, extensions: IntArray, span: Span) -> tuple[int, int]:
    """Count violations of self-enforcing group strategy-proofness as ordered pairs of profiles and as triples.

    Parameters
    ----------
    table : Table
        The mechanism.
    replies : BoolArray
        (n, K, P) bool, from `best_replies` of all agents.
    extensions : IntArray
        (n + 1, n + 1) int64, from `extension_counts`: the sizes of coalitions that count.
    span : Span
        Half-open span of true profiles.

    Returns
    -------
    tuple[int, int]
        Ordered pairs (theta, theta') such that some admitted coalition that contains all who misreport violates; triples
        (theta, coalition, joint report).

    Notes
    -----
    Agents who report the truth may join if they do not lose and the truth is their best reply. Cost: n R + n P per profile.

    References
    ----------
    Collude, common definitions: Units of counting (docs/definitions.md).

    Examples
    --------
    >>> import numpy as np
    >>> from collude.kernels import extension_counts
    >>> table = Table(np.array([0, 1], np.int32), np.array([2]), np.array([[0, 1]], np.int32), np.array([[[0, 5], [0, 0]]]), 0)
    >>> replies = np.zeros((1, 2, 2), np.bool_)
    >>> best_replies(table, replies, 0)
    >>> tuple(int(x) for x in count_enforced(table, replies, extension_counts(1, 1, 1), (0, 2)))
    (1, 1)
    """
    n, outcomes = table.allocation.shape
    types, told = np.zeros(n, np.int64), np.zeros(n, np.int64)
    joins, gainers = np.zeros(outcomes, np.int64), np.zeros(outcomes, np.int64)
    decode(span[0], table.sizes, types)
    pairs, triples = 0, 0
    for profile in range(span[0], span[1]):
        _stances(table, types, table.outcome[profile], joins, gainers)
        told[:] = 0
        for report in range(table.outcome.shape[0]):
            o = table.outcome[report]
            if gainers[o] != 0 and report != profile:
                liars, helpers, agreed = np.int64(0), np.int64(0), True
                for i in range(n):
                    willing = (joins[o] >> i) & 1 != 0 and replies[i, types[i], report]
                    if told[i] != types[i]:
                        liars |= np.int64(1) << i
                        agreed &= willing
                    elif willing:
                        helpers |= np.int64(1) << i
                if agreed:
                    s, h = popcount(np.uint64(liars)), popcount(np.uint64(helpers))
                    found = extensions[s, h]
                    if liars & gainers[o] == 0:
                        found -= extensions[s, popcount(np.uint64(helpers & ~gainers[o]))]
                    triples += found
                    pairs += found > 0
            advance(told, table.sizes)
        advance(types, table.sizes)
    return pairs, triples
