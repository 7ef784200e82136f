"""Which options a coalition could agree to: necessary conditions as bit sets over all options of a block at once."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, ShortArray, Word, WordArray
from collude.kernels.multisets.options import Options

AGREE, ALL_GAIN, SHARE_OUT = 0, 1, 2


class Tastes(NamedTuple):
    """What members want.

    utility : (K, R) int64, what each type gets from each share. rule : AGREE (nobody loses, somebody gains), ALL_GAIN
    (everybody gains) or SHARE_OUT (the sum of utilities rises). pair : (K, R) int32, a number for each type and the share
    that it gets truthfully, -1 where that does not occur. enough : (P, s + 1, W) uint64, for each pair and number x of
    members the options with at least x shares that such a member agrees to. better : (P, W) uint64, the options with a
    share that is strictly better for him. Where P is 0 there are no such sets, and every option is looked at.
    """

    utility: IntArray
    rule: int
    pair: ShortArray
    enough: WordArray
    better: WordArray


@jit
def fill_tastes(
    pairs: IntArray, utility: IntArray, rule: int, options: Options, enough: WordArray, better: WordArray
) -> None:
    """Write the bit sets of `Tastes`.

    Parameters
    ----------
    pairs : ndarray
        (P, 2) int64, type and truthful share.
    utility : ndarray
        (K, R) int64, what each type gets from each share.
    rule : int
        AGREE or ALL_GAIN.
    options : Options
    enough : ndarray
        (P, s + 1, W) uint64, written; all zero before.
    better : ndarray
        (P, W) uint64, written; all zero before.

    Notes
    -----
    Cost: the number of options times their width, for each pair.
    """
    for p in range(pairs.shape[0]):
        t = pairs[p, 0]
        truth = utility[t, pairs[p, 1]]
        for x in range(len(options.width)):
            number, gains = 0, False
            for d in range(options.width[x]):
                value = utility[t, options.shares[x, d]]
                if value > truth or (value == truth and rule == AGREE):
                    number += options.counts[x, d]
                gains |= value > truth
            word, bit = x >> 6, np.uint64(1) << np.uint64(x & 63)
            for k in range(number + 1):
                enough[p, k, word] |= bit
            if gains:
                better[p, word] |= bit


@jit
def could_agree(
    group: IntArray, truth: ShortArray, tastes: Tastes, number: Word, some: WordArray, maybe: WordArray
) -> Word:
    """Find the options that a coalition could agree to, by conditions on single types.

    Parameters
    ----------
    group : ndarray
        (K,) int64, how many members have each type.
    truth : ndarray
        (K,) int32, the truthful share of each type.
    tastes : Tastes
    number : int
        How many options there are.
    some : ndarray
        (W,) uint64, overwritten.
    maybe : ndarray
        (W,) uint64, written: the options.

    Returns
    -------
    bool
        False if there is none.

    Notes
    -----
    Cost: W per type in the coalition.
    """
    words = len(maybe)
    if tastes.rule == SHARE_OUT or tastes.enough.shape[0] == 0:
        for w in range(words):
            rest = number - 64 * w
            maybe[w] = ~np.uint64(0) if rest >= 64 else (np.uint64(1) << np.uint64(rest)) - np.uint64(1)
        return True
    first = True
    for t in range(len(group)):
        if group[t] == 0:
            continue
        p = tastes.pair[t, truth[t]]
        for w in range(words):
            if first:
                maybe[w] = tastes.enough[p, group[t], w]
                some[w] = tastes.better[p, w]
            else:
                maybe[w] &= tastes.enough[p, group[t], w]
                some[w] |= tastes.better[p, w]
        first = False
    found = np.uint64(0)
    for w in range(words):
        maybe[w] &= some[w]
        found |= maybe[w]
    return found != np.uint64(0)
