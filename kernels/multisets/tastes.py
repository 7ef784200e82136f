"""Which options a coalition could agree to: necessary conditions as bit sets over all options of a block at once."""

from typing import NamedTuple

import numpy as np

from collude.kernels._jit import jit

AGREE, ALL_GAIN, SHARE_OUT = 0, 1, 2


class Tastes(NamedTuple):
    """What members want.

    utility : (K, R) int64, what each type gets from each share. rule : AGREE (nobody loses, somebody gains), ALL_GAIN
    (everybody gains) or SHARE_OUT (the sum of utilities rises). pair : (K, R) int32, a number for each type and the share
    that it gets truthfully, -1 where that does not occur. enough : (P, s + 1, W) uint64, for each pair and number x of
    members the options with at least x shares that such a member agrees to. better : (P, W) uint64, the options with a
    share that is strictly better for him. Where P is 0 there are no such sets, and every option is looked at.
    """

    utility: np.ndarray
    rule: int
    pair: np.ndarray
    enough: np.ndarray
    better: np.ndarray


@jit
def fill_tastes(pairs, utility, rule, options, enough, better):
    """Write the bit sets of `Tastes`.

    pairs : (P, 2) int64, type and truthful share. utility : (K, R) int64. rule : AGREE or ALL_GAIN. options : `Options`.
    enough : (P, s + 1, W) uint64 and better : (P, W) uint64, all zero before. Cost: the number of options times their
    width, for each pair.
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
def could_agree(group, truth, tastes, number, some, maybe):
    """Write into `maybe` (W,) uint64 the options that a coalition could agree to; False if there is none.

    group, truth : (K,), its counts and the truthful share of each type. number : how many options there are. some : (W,)
    uint64, overwritten. Cost: W per type in the coalition.
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
