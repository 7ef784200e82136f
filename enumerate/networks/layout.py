"""How networks lie in arrays: where blocks start, domains with all values, a part as a network by itself."""

from typing import NamedTuple

import numpy as np

from collude.kernels.search.network import FIRST_KIN, FIRST_VALUE, FIRST_WORD, WORD, WORDS, Net

FULL_WORD = np.uint64(0xFFFFFFFFFFFFFFFF)


def starts_of(counts: np.ndarray) -> np.ndarray:
    """Say where each of some blocks starts if they lie one after another, and where the last one ends.

    Parameters
    ----------
    counts : ndarray (m,) int64
        Length of each block.

    Returns
    -------
    ndarray (m + 1,) int64

    Examples
    --------
    >>> starts_of(np.array([2, 0, 3])).tolist()
    [0, 2, 2, 5]
    """
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def dense_ranks(counts: np.ndarray) -> np.ndarray:
    """Number the entries of each of some blocks, which lie one after another, from 0 on.

    Parameters
    ----------
    counts : ndarray (m,) int64
        Length of each block.

    Returns
    -------
    ndarray (sum of the lengths,) int64

    Examples
    --------
    >>> dense_ranks(np.array([2, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.asarray(np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(starts_of(counts)[:-1], counts))


def full_domains(counts: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Write the domains with all values of each variable.

    Parameters
    ----------
    counts : ndarray (V,) int64
        Number of values of each variable.
    words : ndarray (V,) int64
        Words of a set of its values.

    Returns
    -------
    ndarray (sum of the words,) uint64

    Examples
    --------
    >>> full_domains(np.array([2, 3]), np.array([1, 1])).tolist()
    [3, 7]
    """
    rank = dense_ranks(words)
    left = np.repeat(counts, words) - WORD * rank
    partial = (np.uint64(1) << np.minimum(left, WORD - 1).astype(np.uint64)) - np.uint64(1)
    return np.where(left >= WORD, FULL_WORD, partial)


class ClauseArrays(NamedTuple):
    """The fields of `Net` that say what must hold somewhere, in its order."""

    clauses: np.ndarray
    groups: np.ndarray
    literals: np.ndarray
    sets: np.ndarray


def without_clauses() -> ClauseArrays:
    """The fields of a network that has no clause.

    Returns
    -------
    ClauseArrays
        Empty, but for the two arrays that say where nothing starts.
    """
    return ClauseArrays(
        np.zeros(1, np.int64), np.zeros(1, np.int64), np.empty((0, 2), np.int64), np.empty(0, np.uint64)
    )


def component_net(net: Net, low: int, high: int) -> Net:
    """Cut some variables out of a network, as a network by itself.

    Parameters
    ----------
    net : Net
        The network.
    low, high : int
        Half-open range of variables that have no constraint with others.

    Returns
    -------
    Net
        Without clauses.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> len(component_net(example_net(), 0, 2).edges)
    2
    """
    shape = net.shape[low:high].copy()
    first = net.edge_start[low : high + 1].astype(np.int64)
    edges = net.edges[first[0] : first[-1]].copy()
    ends = [int(net.edges[e, 1]) if e < len(net.edges) else len(net.masks) for e in (int(first[0]), int(first[-1]))]
    edges[:, 0] -= low
    edges[:, 1] -= ends[0]
    word = slice(int(shape[0, FIRST_WORD]), int(shape[-1, FIRST_WORD] + shape[-1, WORDS]))
    value = slice(int(shape[0, FIRST_VALUE]), int(shape[-1, FIRST_VALUE] + shape[-1, 0]))
    kin = slice(int(shape[0, FIRST_KIN]), int(shape[-1, FIRST_KIN] + shape[-1, 0] * shape[-1, WORDS]))
    for column in (FIRST_WORD, FIRST_VALUE, FIRST_KIN):
        shape[:, column] -= shape[0, column]
    return Net(
        shape,
        net.domain[word],
        (first - first[0]).astype(np.uint64),
        edges,
        net.masks[ends[0] : ends[1]],
        net.keys[value],
        net.weight[value] if net.weight.size else net.weight,
        net.kin[kin] if net.kin.size else net.kin,
        *without_clauses(),
    )


def pack(bits: np.ndarray) -> np.ndarray:
    """Pack rows of booleans into 64-bit words, the first one into the lowest bit.

    Parameters
    ----------
    bits : ndarray (m, A) bool
        The rows.

    Returns
    -------
    ndarray (m, ceil(A / 64)) uint64

    Examples
    --------
    >>> pack(np.array([[True, False, True]])).tolist()
    [[5]]
    """
    count = -(-bits.shape[1] // WORD)
    padded = np.zeros((len(bits), count * 8), np.uint8)
    packed = np.packbits(bits, axis=1, bitorder="little")
    padded[:, : packed.shape[1]] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)
