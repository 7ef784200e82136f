"""The naive enumeration of deals: every profile, coalition, joint misreport and split. Baseline and second opinion."""

import numpy as np

from collude.kernels._jit import jit, popcount
from collude.kernels.arrays import IntArray, Span, Word
from collude.kernels.deals.splits import NEVER, Goods
from collude.kernels.members import agents_of, joint_offsets
from collude.kernels.tables import Table, decode


@jit
def _best_split(codes: IntArray, values: IntArray, counts: IntArray, code: Word, sums: IntArray) -> Word:
    """The largest total value of a choice of one bundle per member with total `code`, by trying all choices.

    codes, values: (d, B) int64; counts: (d,) int64 bundles of each member; sums: (3, d + 1) int64 scratch, the choice and
    the code and value of the members before each. Only what changes from one choice to the next is added up again.
    """
    held, total, value = sums[0], sums[1], sums[2]
    d = codes.shape[0]
    held[:] = 0
    best, x = NEVER, 0
    while x >= 0:
        while x < d:
            total[x + 1] = total[x] + codes[x, held[x]]
            value[x + 1] = value[x] + values[x, held[x]]
            x += 1
        if total[d] == code:
            best = max(best, value[d])
        x = d - 1
        while x >= 0 and held[x] == counts[x] - 1:
            held[x] = 0
            x -= 1
        held[x] += x >= 0
    return best


@jit
def _gains_at(
    table: Table,
    goods: Goods,
    members: IntArray,
    types: IntArray,
    reports: IntArray,
    gains: IntArray,
) -> None:
    """Write into `gains` what the members gain in all from each of the profiles `reports`; the truth is types (n,)."""
    codes, counts = goods.code[members], goods.counts[members]
    values = np.empty_like(codes)
    before = 0
    for x in range(members.shape[0]):
        values[x] = goods.value[members[x], types[members[x]]]
    truth = table.outcome[profile_number(types, table.sizes)]
    for i in members:
        before += table.utility[i, types[i], table.allocation[i, truth]]
    sums = np.zeros((3, members.shape[0] + 1), np.int64)
    for r in range(reports.shape[0]):
        o = table.outcome[reports[r]]
        code, money = 0, 0
        for i in members:
            code += goods.code[i, goods.bundle[i, o]]
            money += goods.transfer[i, o]
        gains[r] = money + _best_split(codes, values, counts, code, sums) - before


@jit
def profile_number(types: IntArray, sizes: IntArray) -> int:
    """The number of a profile, given the type index of every agent.

    Parameters
    ----------
    types : IntArray
        (n,) int64.
    sizes : IntArray
        (n,) int64: number of types of each agent.

    Returns
    -------
    int
        int64, in C order: agent n-1 fastest.

    Notes
    -----
    Cost: n steps.

    Examples
    --------
    >>> import numpy as np
    >>> int(profile_number(np.array([1, 2]), np.array([2, 3])))
    5
    """
    number = 0
    for i in range(sizes.shape[0]):
        number = number * sizes[i] + types[i]
    return number


@jit
def naive_deals(table: Table, goods: Goods, span: Span, largest: int) -> tuple[int, int, int]:
    """Try every profile, coalition, joint report and division of the coalition's goods: baseline and second opinion.

    Parameters
    ----------
    table : Table
        The mechanism.
    goods : Goods
        What the bundles are worth and whether members hand them on.
    span : Span
        Half-open span of profiles.
    largest : int
        Most members of a coalition that counts.

    Returns
    -------
    tuple[int, int, int]
        Violating pairs of profile and coalition, violating triples with the joint report (the truthful one included), and
        the largest gain or -1.

    Notes
    -----
    Cost: the sum over all coalitions of P times the product of K_i B_i over the members, with B_i bundles of agent i.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.4; see docs/references.md.

    Examples
    --------
    >>> from collude.kernels.deals.example import two_bidders
    >>> [int(number) for number in naive_deals(*two_bidders(), (0, 4), 2)]
    [1, 3, 1]
    """
    n = table.sizes.shape[0]
    types = np.zeros(n, np.int64)
    pairs, triples, most = 0, 0, -1
    for coalition_bits in range(1, 1 << n):
        if popcount(np.uint64(coalition_bits)) > largest:
            continue
        members = agents_of(coalition_bits, n, True)
        offsets = joint_offsets(table.sizes, members)
        gains = np.empty(offsets.shape[0], np.int64)
        for profile in range(span[0], span[1]):
            decode(profile, table.sizes, types)
            base = types.copy()
            base[members] = 0
            reports = offsets + profile_number(base, table.sizes)
            _gains_at(table, goods, members, types, reports, gains)
            found = (gains > table.tolerance).sum()
            triples += found
            pairs += found > 0
            if found > 0:
                most = max(most, gains.max())
    return pairs, triples, most
