"""Transfers that share expected externalities, and the equalities by which coalition-proof ones are known, in integers.

Types are independent, weights and patterns as in `expect.py`. Source: Safronov (2016), see docs/references.md.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import BoolArray, IntArray, Word
from collude.kernels.expectations.expect import SHORT, exact_divisor, expand, own_type_out, patterns_of, probabilities
from collude.kernels.tables import ONE


@jit
def _differ_axis(
    source: IntArray,
    target: IntArray,
    shape: tuple[Word, Word, Word],
    weights: IntArray,
    divisor: tuple[Word, Word],
) -> None:
    """target (before, size + 1, after) from source (before, size, after): layers less the expectation over them, then it."""
    before, size, after = shape
    shift, inverse = divisor
    place, total = np.uint64(0), np.uint64(0)
    for _ in range(before):
        first = total
        total += size * after
        for x in range(after):
            target[total + x] = source[place + x] * weights[0]
        for k in range(ONE, size):
            weight = weights[k]
            for x in range(after):
                target[total + x] += source[place + k * after + x] * weight
        for x in range(after):
            target[total + x] = (target[total + x] >> shift) * inverse
        for _ in range(size):
            for x in range(after):
                target[first + x] = source[place + x] - target[total + x]
            place += after
            first += after
        total += after


@jit
def _join_axis(source: IntArray, target: IntArray, shape: tuple[Word, Word, Word]) -> None:
    """The inverse: add the star to every layer and drop it."""
    before, size, after = shape
    place, first = np.uint64(0), np.uint64(0)
    for _ in range(before):
        total = place + size * after
        for _ in range(size):
            for x in range(after):
                target[first + x] = source[place + x] + source[total + x]
            place += after
            first += after
        place += after


@jit
def _share_components(table: IntArray, sizes: IntArray, multiple: Word) -> None:
    """Multiply the component of every set T of agents by multiple / |T|; that of no agent by 0."""
    n = sizes.shape[0]
    factors = np.zeros(n + 1, np.int64)
    for members in range(1, n + 1):
        factors[members] = multiple // members
    digits = np.zeros(n, np.int64)
    last, at, members = np.uint64(sizes[n - 1]), np.uint64(0), n - 1
    while at < np.uint64(table.shape[0]):
        factor = factors[members + 1]
        for x in range(at, at + last):
            table[x] *= factor
        table[at + last] *= factors[members]
        at += last + ONE
        for i in range(n - 2, -1, -1):
            digits[i] += 1
            if digits[i] <= sizes[i]:
                members -= digits[i] == sizes[i]
                break
            digits[i] = 0
            members += 1


@jit
def potential(a: IntArray, sizes: IntArray, weights: IntArray, multiple: int, one: IntArray, two: IntArray) -> IntArray:
    """The potential whose differences are the Shapley values of the game in which a set of agents is worth its expectation.

    Parameters
    ----------
    a : IntArray
        (P,) int64: D times a table all of whose conditional expectations are multiples of 1 / D.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.
    multiple : int
        A common multiple of 1..n.
    one : IntArray
        (patterns,) int64, buffer.
    two : IntArray
        (patterns,) int64, buffer.

    Returns
    -------
    IntArray
        A buffer whose first P entries are multiple P(theta), P(theta) the sum over nonempty sets T of agents of a_T / |T|.

    Notes
    -----
    a_T is what is left of E[a | theta_T] after all its proper parts, so that the Shapley value of the game S -> E[a |
    theta_S] gives agent i the sum of a_T / |T| over the T that contain him. Cost: about 2 n prod(K_i + 1). Sums stay below
    2^n max(multiple, d_i) max |a|.

    References
    ----------
    Safronov (2016), formula (6); see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> a, sizes, weights = np.array([0, 2]), np.array([2]), np.ones((1, 2), np.int64)
    >>> potential(a, sizes, weights, 1, np.zeros(3, np.int64), np.zeros(3, np.int64))[:2].tolist()
    [-1, 1]
    """
    n, before, after = sizes.shape[0], a.shape[0], 1
    for x in range(before):
        one[x] = a[x]
    for i in range(n - 1, -1, -1):
        before //= sizes[i]
        whole = 0
        for k in range(sizes[i]):
            whole += weights[i, k]
        shape = (np.uint64(before), np.uint64(sizes[i]), np.uint64(after))
        _differ_axis(one, two, shape, weights[i], exact_divisor(whole))
        one, two = two, one
        after *= sizes[i] + 1
    _share_components(one[:after], sizes, multiple)
    for i in range(n):
        after //= sizes[i] + 1
        _join_axis(one, two, (np.uint64(before), np.uint64(sizes[i]), np.uint64(after)))
        one, two = two, one
        before *= sizes[i]
    return one


@jit
def _spread(means: IntArray, sizes: IntArray, agent: Word, factor: Word, shift: Word, target: IntArray) -> None:
    """Add factor means >> shift, one entry for every profile of the others, to `target` at all types of the agent."""
    after = 1
    for i in range(agent + 1, sizes.shape[0]):
        after *= sizes[i]
    size, length = np.uint64(sizes[agent]), np.uint64(after)
    place, at = np.uint64(0), np.uint64(0)
    while place < np.uint64(target.shape[0]):
        if length < SHORT:
            for x in range(length):
                value = factor * (means[at + x] >> shift)
                for k in range(size):
                    target[place + k * length + x] += value
        else:
            for k in range(size):
                for x in range(length):
                    target[place + k * length + x] += factor * (means[at + x] >> shift)
        place += size * length
        at += length


@jit
def shapley_transfers(values: IntArray, sizes: IntArray, weights: IntArray, multiple: int) -> IntArray:
    """The transfers that share expected externalities by Shapley values: a mechanism with them is coalition-proof.

    Parameters
    ----------
    values : IntArray
        (n, P) int64: each agent's utility U_i from the chosen alternative at each profile.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.
    multiple : int
        A common multiple of 1..n.

    Returns
    -------
    IntArray
        (n, P) int64: money received, times multiple D. The transfers are x_i = E U_i - E_i U_i + Sh_i, with Sh_i = P - E_i
        P.

    Notes
    -----
    Sums stay below 2^n n D max(multiple, d_i) max |U|. Cost: about 2 n prod(K_i + 1) + 4 n P.

    References
    ----------
    Safronov (2016), formula (6); see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> money = shapley_transfers(np.array([[0, 2], [1, 0]]), np.array([1, 2]), np.array([[1, 0], [1, 1]]), 2)
    >>> money.sum(axis=0).tolist()  # they sum to zero at every profile
    [0, 0]
    """
    n, profiles = values.shape
    count = patterns_of(sizes)
    one, two = np.empty(count, np.int64), np.empty(count, np.int64)
    wholes, scale = np.zeros(n, np.int64), 1
    for i in range(n):
        for k in range(sizes[i]):
            wholes[i] += weights[i, k]
        scale *= wholes[i]
    a, totals, means = np.zeros(profiles, np.int64), np.zeros(n, np.int64), np.empty((n, profiles), np.int64)
    weight = probabilities(sizes, weights)
    for i in range(n):
        for p in range(profiles):
            totals[i] += weight[p] * values[i, p]
        own_type_out(values[i], sizes, weights, i, means[i])
        _spread(means[i], sizes, i, scale // wholes[i], 0, a)
    shared = potential(a, sizes, weights, multiple, one, two)
    found = np.empty((n, profiles), np.int64)
    for i in range(n):
        for p in range(profiles):
            found[i, p] = multiple * totals[i] + shared[p]
        _spread(means[i], sizes, i, -multiple * (scale // wholes[i]), 0, found[i])
        own_type_out(shared[:profiles], sizes, weights, i, two)
        shift, inverse = exact_divisor(wholes[i])
        _spread(two, sizes, i, -inverse, shift, found[i])
    return found


@jit
def expected_sums(
    values: IntArray,
    transfers: IntArray,
    sizes: IntArray,
    weights: IntArray,
) -> tuple[IntArray, IntArray]:
    """The two expectations that must not depend on types if transfers make a mechanism coalition-proof.

    Parameters
    ----------
    values : IntArray
        (n, P) int64: each agent's utility from the chosen alternative at each profile.
    transfers : IntArray
        (n, P) int64: money each agent receives, in the same units.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.

    Returns
    -------
    tuple[IntArray, IntArray]
        Two (patterns,) int64 arrays, times the d_i of the free agents, C the agents whose types are fixed: E[sum of
        transfers of C - sum of values of the others | theta_C], and E[sum of values and transfers of the others | theta_C].

    Notes
    -----
    Sums stay below D times the largest sum of |values| + |transfers|. As the two add up to E[sum of all transfers |
    theta_C], only what is averaged over its own type is expanded. Cost: n times `expand` over the other agents.

    References
    ----------
    Safronov (2016), equalities (1) to (3) and Proposition 3; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> fixed, free = expected_sums(np.array([[3, 5]]), np.array([[0, 0]]), np.array([2]), np.array([[1, 1]]))
    >>> fixed.tolist(), free.tolist()
    ([0, 0, -8], [0, 0, 8])
    """
    n, profiles = values.shape
    count = patterns_of(sizes)
    fixed, starred = np.zeros(count, np.int64), np.zeros(count, np.int64)
    one, two = np.empty(count, np.int64), np.empty(count, np.int64)
    table, paid = np.empty(profiles, np.int64), np.zeros(profiles, np.int64)
    others, rest = np.empty(n - 1, np.int64), np.empty((n - 1, weights.shape[1]), np.int64)
    for i in range(n):
        for p in range(profiles):
            table[p] = values[i, p] + transfers[i, p]
            paid[p] += transfers[i, p]
        for j in range(n - 1):
            others[j] = sizes[j if j < i else j + 1]
            rest[j] = weights[j if j < i else j + 1]
        means = np.empty(profiles // sizes[i], np.int64)
        own_type_out(table, sizes, weights, i, means)
        _add_star(expand(means, others, rest, one, two), sizes, i, starred)
    balanced = True
    for p in range(profiles):
        balanced &= paid[p] == 0
    if not balanced:
        total = expand(paid, sizes, weights, one, two)
        for p in range(count):
            fixed[p] = total[p]
    for p in range(count):
        fixed[p] -= starred[p]
    return fixed, starred


@jit
def _add_star(table: IntArray, sizes: IntArray, agent: Word, starred: IntArray) -> None:
    """Add a table over patterns of the other agents to `starred` where this agent's type is free."""
    after = 1
    for i in range(agent + 1, sizes.shape[0]):
        after *= sizes[i] + 1
    size, length = np.uint64(sizes[agent]), np.uint64(after)
    at, place = np.uint64(0), np.uint64(0)
    while place < np.uint64(starred.shape[0]):
        place += size * length
        for x in range(length):
            starred[place + x] += table[at + x]
        place += length
        at += length


@jit
def count_deviations(table: IntArray, sizes: IntArray, constants: IntArray, known: BoolArray, counts: IntArray) -> None:
    """Count, for each set of agents whose types are fixed, how often a table over patterns differs from the constant of that set.

    Parameters
    ----------
    table : IntArray
        (patterns,) int64.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    constants : IntArray
        (2^n,) int64, by the set of agents whose types are fixed, agent i at bit i; written where `known` is False: the
        value at the agents' first types.
    known : BoolArray
        (2^n,) bool, updated.
    counts : IntArray
        (2^n,) int64, written in place.

    Notes
    -----
    Cost: one look per pattern.

    Examples
    --------
    >>> import numpy as np
    >>> constants, known, counts = np.zeros(2, np.int64), np.zeros(2, np.bool_), np.zeros(2, np.int64)
    >>> count_deviations(np.array([4, 5, 9]), np.array([2]), constants, known, counts)
    >>> constants.tolist(), counts.tolist()
    ([9, 4], [0, 1])
    """
    n = sizes.shape[0]
    digits = np.zeros(n, np.int64)
    own = 1 << (n - 1)
    last, at, free = np.uint64(sizes[n - 1]), np.uint64(0), own - 1
    for coalition_bits in range(1 << n):
        counts[coalition_bits] = 0
    while at < np.uint64(table.shape[0]):
        if not known[free]:
            known[free], constants[free] = True, table[at + last]
        if not known[free | own]:
            known[free | own], constants[free | own] = True, table[at]
        counts[free] += table[at + last] != constants[free]
        constant, unequal = constants[free | own], 0
        for x in range(at, at + last):
            unequal += table[x] != constant
        counts[free | own] += unequal
        at += last + ONE
        for i in range(n - 2, -1, -1):
            digits[i] += 1
            if digits[i] <= sizes[i]:
                free ^= (1 << i) if digits[i] == sizes[i] else 0
                break
            digits[i] = 0
            free ^= 1 << i
