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
from collude.kernels.search.residues import mix_rows, multiply_keys
from collude.models.space import Cells, OutcomeSpace


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
    parts = np.empty((space.outcomes, 3, space.environment.agents), np.int64)
    shared = np.gcd(space.transfer, space.scale)
    parts[:, 0], parts[:, 1], parts[:, 2] = space.bundle, space.transfer // shared, space.scale // shared
    keys = np.zeros(space.outcomes, np.uint64)
    mix_rows(parts.reshape(space.outcomes, -1), keys)
    return keys


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
    if project:
        chosen = np.zeros(cells.option.shape, np.uint64)
        for i in range(space.environment.agents):
            amount = space.utility[i][space.type_indices[:, i][:, None], cells.option]
            shared = np.gcd(amount, space.scale)
            parts = np.stack([amount // shared, space.scale // shared], axis=2)
            mix_rows(parts.reshape(-1, 2), chosen.reshape(-1))
    else:
        chosen = outcome_keys(space).take(cells.option)
    keys = np.ones((int(cells.values.sum()), 2), np.uint64)
    multiply_keys(chosen, cells.variable.astype(np.int64, copy=False), cells.values, keys)
    return ValueKeys(keys, _kin(keys, cells, words) if project else np.empty(0, np.uint64))


def _kin(keys: np.ndarray, cells: Cells, words: np.ndarray) -> np.ndarray:
    """Per value the packed set of values of its variable with the same two keys."""
    rows, start = [], 0
    for x, count in enumerate(cells.values.tolist()):
        own = keys[start : start + count]
        packed = pack((own[:, None] == own[None, :]).all(axis=2))
        rows.append(packed[:, : int(words[x])].reshape(-1))
        start += count
    return np.concatenate(rows)
