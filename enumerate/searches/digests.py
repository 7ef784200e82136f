"""Keys of values, from which the digest of a set of mechanisms is formed.

The digest of a set is the sum, over its mechanisms, of the product, over the profiles, of a key of profile and outcome,
modulo the prime 2^61 - 1, for two independent sets of keys. So it depends on neither split nor order, and the digest of
all combinations of two independent parts is the product of their digests: no mechanism has to be listed for it.
It is the value of a polynomial, of degree one in each variable and different for different sets, at a point that no
set was chosen by: two sets of mechanisms on P profiles agree with a chance of about (P / 2^61)^2.
"""

from typing import NamedTuple

import numpy as np

from collude.enumerate.networks.layout import pack
from collude.kernels.search.residues import PRIME, multiply_into
from collude.models.space import Cells, OutcomeSpace

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
LANES = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))
MIXING = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
LAST_SHIFT = np.uint64(31)


def mixed(words: np.ndarray) -> np.ndarray:
    """Mix the bits of 64-bit words, so that similar words become unlike: the finaliser of SplitMix64.

    Parameters
    ----------
    words : ndarray uint64, any shape
        The words.

    Returns
    -------
    ndarray uint64, the same shape

    References
    ----------
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.

    Examples
    --------
    >>> hex(int(mixed(np.array([1], np.uint64))[0]))
    '0x5692161d100b05e5'
    """
    mix = words.astype(np.uint64, copy=True)
    for shift, factor in MIXING:
        mix ^= mix >> shift
        mix *= factor
    mix ^= mix >> LAST_SHIFT
    return mix


def outcome_keys(space: OutcomeSpace) -> np.ndarray:
    """Give every outcome a key: the same outcome has the same one in every space.

    Parameters
    ----------
    space : OutcomeSpace
        With the outcomes.

    Returns
    -------
    ndarray (R,) uint64
        From bundle numbers and exact transfers.
    """
    shared = np.gcd(space.transfer, space.scale)
    parts = np.concatenate([space.bundle, space.transfer // shared, space.scale // shared], axis=1).astype(np.int64)
    key = np.zeros(space.outcomes, np.uint64)
    for column in parts.T:
        key = mixed((key ^ np.ascontiguousarray(column).view(np.uint64)) + GOLDEN)
    return key


def profile_keys(profiles: int) -> np.ndarray:
    """Give every profile a key.

    Parameters
    ----------
    profiles : int
        How many there are.

    Returns
    -------
    ndarray (P,) uint64
    """
    return mixed((np.arange(1, profiles + 1, dtype=np.uint64)) * GOLDEN)


def as_residues(words: np.ndarray) -> np.ndarray:
    """Turn random words into residues modulo 2^61 - 1 that are not 0.

    Parameters
    ----------
    words : ndarray uint64
        The words.

    Returns
    -------
    ndarray uint64, the same shape

    Examples
    --------
    >>> as_residues(np.array([0, 2**61 - 2], np.uint64)).tolist()
    [1, 1]
    """
    return np.asarray(words % np.uint64(PRIME - 1) + np.uint64(1))


class ValueKeys(NamedTuple):
    """Keys of all values of the search variables, and which values count as the same."""

    keys: np.ndarray  # (N, 2) uint64: two residues modulo 2^61 - 1 for each value, one variable after another
    kin: np.ndarray  # uint64: per value the set of those that count as the same; empty if all are told apart


def value_keys(space: OutcomeSpace, cells: Cells, words: np.ndarray, project: bool) -> ValueKeys:
    """Give every value of the search variables its keys, and say which values count as the same.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    cells : Cells
        What the variables and their values stand for.
    words : ndarray (V,) int64
        Words of a set of values of each variable.
    project : bool
        Whether values with the same truthful utilities count as the same, and have the same key.

    Returns
    -------
    ValueKeys

    Notes
    -----
    Cost: the outcomes at all profiles.
    """
    profiles, most = cells.option.shape
    numbers = profile_keys(profiles)[:, None]
    if project:
        key = np.zeros((profiles, most), np.uint64)
        for i in range(space.environment.agents):
            amount = space.utility[i][space.type_indices[:, i][:, None], cells.option]
            shared = np.gcd(amount, space.scale)
            for part in (amount // shared, space.scale // shared):
                key = mixed((key ^ part.view(np.uint64)) + GOLDEN)
    else:
        key = outcome_keys(space)
    lanes = []
    for lane in LANES:
        part = mixed(key ^ lane)
        each = as_residues(mixed((part if project else part[cells.option]) + numbers))
        if len(cells.values) == profiles:
            product = each[np.argsort(cells.variable)]
        else:
            product = np.ones((len(cells.values), most), np.uint64)
            multiply_into(product, cells.variable.astype(np.int64), each)
        lanes.append(product)
    inside = np.arange(most) < cells.values[:, None]
    keys = np.stack([lane[inside] for lane in lanes], axis=1)
    return ValueKeys(np.ascontiguousarray(keys), _kin(lanes, cells, words) if project else np.empty(0, np.uint64))


def _kin(lanes: list[np.ndarray], cells: Cells, words: np.ndarray) -> np.ndarray:
    """Per value the packed set of values of its variable with the same two keys."""
    rows = []
    for x, count in enumerate(cells.values.tolist()):
        one, two = lanes[0][x, :count], lanes[1][x, :count]
        same = (one[:, None] == one[None, :]) & (two[:, None] == two[None, :])
        packed = pack(same)
        rows.append(packed[:, : int(words[x])].reshape(-1))
    return np.concatenate(rows)
