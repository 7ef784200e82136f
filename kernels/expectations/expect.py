"""The wildcard lattice with expectation as its operation: E[f | the fixed types], for every pattern, in exact integers.

Types are independent; agent i has weights w_i(k) >= 0, integers that sum to d_i, so that type k has probability
w_i(k) / d_i. A pattern's entry is scaled by the product of d_i over the agents whose types are free, at which the
expectation of an integer table is an integer; D is the product over all agents. Profiles and patterns are numbered in C
order, agent n-1 fastest; patterns are those of `collude.kernels.coalitions.lattice`. Source: Safronov, "Efficient coalition-proof
full implementation".
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.tables import ONE

SHORT = np.uint64(16)  # a vector loop of fewer steps costs more than it spares


@jit
def exact_divisor(number):
    """(shift, inverse) with which `divide` divides multiples of a positive int64: its powers of two, and the inverse of
    the odd rest modulo 2^64, by Newton's iteration."""
    shift, odd = 0, np.uint64(number)
    while odd & ONE == np.uint64(0):
        odd >>= ONE
        shift += 1
    inverse = odd
    for _ in range(6):
        inverse *= np.uint64(2) - odd * inverse
    return np.int64(shift), np.int64(inverse)


@jit
def _expand_axis(source, target, shape, weights):
    """target (before, size + 1, after) from source (before, size, after): the layers, then their weighted sum."""
    before, size, after = shape
    place, total = np.uint64(0), np.uint64(0)
    for _ in range(before):
        first = total
        total += size * after
        weight = weights[0]
        for x in range(after):
            target[first + x] = source[place + x]
            target[total + x] = source[place + x] * weight
        for k in range(ONE, size):
            place += after
            first += after
            weight = weights[k]
            for x in range(after):
                target[first + x] = source[place + x]
                target[total + x] += source[place + x] * weight
        place += after
        total += after


@jit
def expand(values, sizes, weights, one, two):
    """E[f | pattern] for every pattern, times the d_i of those who are free, in one of the buffers `one` and `two`
    (patterns,) int64, which is returned.

    values: (P,) int64; sizes: (n,) int64; weights: (n, max K) int64. Every sum stays below D max |f|, which the caller
    bounds. Cost: about (n - 1) prod(K_i + 1) additions.
    """
    before, after = values.shape[0], 1
    for x in range(values.shape[0]):
        one[x] = values[x]
    for i in range(sizes.shape[0] - 1, -1, -1):  # the last agent first: then the long passes run along memory
        before //= sizes[i]
        _expand_axis(one, two, (np.uint64(before), np.uint64(sizes[i]), np.uint64(after)), weights[i])
        one, two = two, one
        after *= sizes[i] + 1
    return one


@jit
def patterns_of(sizes):
    """Number of patterns."""
    count = 1
    for size in sizes:
        count *= size + 1
    return count


@jit
def conditional_expectations(values, sizes, weights):
    """`expand` for T tables: values (T, P) int64; returns (patterns, T) int64."""
    tables, count = values.shape[0], patterns_of(sizes)
    found = np.empty((count, tables), np.int64)
    one, two = np.empty(count, np.int64), np.empty(count, np.int64)
    for t in range(tables):
        expanded = expand(values[t], sizes, weights, one, two)
        for p in range(count):
            found[p, t] = expanded[p]
    return found


@jit
def own_type_out(values, sizes, weights, agent, means):
    """Write d_i E_i f into `means`, the expectation over agent i's own type, for every profile of the others, in C order:
    (P / K_i,) int64. values: (P,) int64. Cost: one step per profile."""
    after = 1
    for i in range(agent + 1, sizes.shape[0]):
        after *= sizes[i]
    size, length = np.uint64(sizes[agent]), np.uint64(after)
    place, at = np.uint64(0), np.uint64(0)
    while place < np.uint64(values.shape[0]):
        if length < SHORT:
            for x in range(length):
                total = 0
                for k in range(size):
                    total += weights[agent, k] * values[place + k * length + x]
                means[at + x] = total
        else:
            for x in range(length):
                means[at + x] = 0
            for k in range(size):
                weight = weights[agent, k]
                for x in range(length):
                    means[at + x] += weight * values[place + k * length + x]
        place += size * length
        at += length


@jit
def _differ_axis(source, target, shape, weights, divisor):
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
def _join_axis(source, target, shape):
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
def _share_components(table, sizes, multiple):
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
def potential(a, sizes, weights, multiple, one, two):
    """multiple P, where P(theta) = sum over nonempty T of a_T / |T| and a_T are the interaction components of a.

    a: (P,) int64, D times a table all of whose conditional expectations are multiples of 1 / D; multiple: a common
    multiple of 1..n; one, two: buffers (patterns,) int64. a_T is what is left of E[a | theta_T] after all its proper parts,
    so that the Shapley value of the game S -> E[a | theta_S] gives agent i the sum of a_T / |T| over T with i. Returns a
    buffer whose first P entries hold the answer. Cost: about 2 n prod(K_i + 1). Sums stay below
    2^n max(multiple, d_i) max |a|.
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
def probabilities(sizes, weights):
    """D times the probability of every profile, (P,) int64."""
    profiles = 1
    for size in sizes:
        profiles *= size
    found = np.ones(profiles, np.int64)
    count = 1
    for i in range(sizes.shape[0]):
        for m in range(count - 1, -1, -1):
            base = found[m]
            for k in range(sizes[i] - 1, -1, -1):
                found[m * sizes[i] + k] = base * weights[i, k]
        count *= sizes[i]
    return found


@jit
def _spread(means, sizes, agent, factor, shift, target):
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
def shapley_transfers(values, sizes, weights, multiple):
    """multiple D times the transfers x_i = E U_i - E_i U_i + Sh_i of formula (6), (n, P) int64.

    values: (n, P) int64, U_i at every profile. With the potential P, Sh_i = P - E_i P. Sums stay below
    2^n n D max(multiple, d_i) max |U|. Cost: about 2 n prod(K_i + 1) + 4 n P.
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
def expected_sums(values, transfers, sizes, weights):
    """Two tables over patterns, (patterns,) int64 each, C the agents whose types are fixed:

    E[sum of transfers of C - sum of values of the others | theta_C], and E[sum of values and transfers of the others |
    theta_C], both times the d_i of the others. values, transfers: (n, P) int64. Sums stay below D times the largest sum of
    |values| + |transfers|. As the two add up to E[sum of all transfers | theta_C], only what is averaged over its own type
    is expanded.
    Cost: n times `expand` over the other agents. Source: Safronov, equalities (1) to (3) and Proposition 3.
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
def _add_star(table, sizes, agent, starred):
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
def count_unequal(table, sizes, constants, known, counts):
    """For each set of agents whose types are fixed, how often the table differs from the constant of that set.

    table: (patterns,) int64. constants, known, counts: (2^n,), agent i at bit i; where `known` (bool) is False, the
    constant is the value at the agents' first types, and is written. counts: int64, written. Cost: one look per pattern.
    """
    n = sizes.shape[0]
    digits = np.zeros(n, np.int64)
    own = 1 << (n - 1)
    last, at, free = np.uint64(sizes[n - 1]), np.uint64(0), own - 1
    for mask in range(1 << n):
        counts[mask] = 0
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
