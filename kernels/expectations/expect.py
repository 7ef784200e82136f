"""The wildcard lattice with expectation as its operation: E[f | the fixed types], for every pattern, in exact integers.

Types are independent; agent i has weights w_i(k) >= 0, integers that sum to d_i, so that type k has probability
w_i(k) / d_i. A pattern's entry is scaled by the product of d_i over the agents whose types are free, at which the
expectation of an integer table is an integer; D is the product over all agents. Profiles and patterns are numbered in C
order, agent n-1 fastest; patterns are those of `collude.kernels.coalitions.lattice`. Source: Safronov (2016), see
docs/references.md.
"""

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word
from collude.kernels.tables import ONE

SHORT = np.uint64(16)  # a vector loop of fewer steps costs more than it spares


@jit
def exact_divisor(number: int) -> tuple[Word, Word]:
    """Prepare the division of multiples of a number by that number, without a division.

    Parameters
    ----------
    number : int
        Positive int64.

    Returns
    -------
    tuple[Word, Word]
        How many times 2 divides it, and the inverse of the odd rest modulo 2^64: (multiple >> shift) * inverse is the
        quotient.

    Notes
    -----
    Newton's iteration, six steps.

    Examples
    --------
    >>> shift, inverse = exact_divisor(12)
    >>> int(shift), (36 >> int(shift)) * int(inverse) % 2**64
    (2, 3)
    """
    shift, odd = 0, np.uint64(number)
    while odd & ONE == np.uint64(0):
        odd >>= ONE
        shift += 1
    inverse = odd
    for _ in range(6):
        inverse *= np.uint64(2) - odd * inverse
    return np.int64(shift), np.int64(inverse)


@jit
def _expand_axis(source: IntArray, target: IntArray, shape: tuple[Word, Word, Word], weights: IntArray) -> None:
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
def expand(values: IntArray, sizes: IntArray, weights: IntArray, one: IntArray, two: IntArray) -> IntArray:
    """The expectation of a function of profiles, given the types of some agents, for every choice of these agents and types.

    Parameters
    ----------
    values : IntArray
        (P,) int64: the function, in C order.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.
    one : IntArray
        (patterns,) int64, buffer.
    two : IntArray
        (patterns,) int64, buffer.

    Returns
    -------
    IntArray
        One of the two buffers: E[f | pattern] times the d_i of those who are free.

    Notes
    -----
    Every sum stays below D max |f|, which the caller bounds. Cost: about (n - 1) prod(K_i + 1) additions.

    References
    ----------
    Safronov (2016), section 2; see docs/references.md.

    Examples
    --------
    >>> import numpy as np
    >>> expand(np.array([5, 7]), np.array([2]), np.array([[1, 3]]), np.empty(3, np.int64), np.empty(3, np.int64)).tolist()
    [5, 7, 26]
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
def patterns_of(sizes: IntArray) -> int:
    """The number of patterns: each agent's type is fixed to one of his types, or free.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.

    Returns
    -------
    int
        prod(K_i + 1).

    Notes
    -----
    Cost: n steps.

    Examples
    --------
    >>> import numpy as np
    >>> int(patterns_of(np.array([2, 3])))
    12
    """
    count = 1
    for size in sizes:
        count *= size + 1
    return count


@jit
def conditional_expectations(values: IntArray, sizes: IntArray, weights: IntArray) -> IntArray:
    """The expectations of several functions of profiles, given the types of some agents, as `expand` has them for one.

    Parameters
    ----------
    values : IntArray
        (T, P) int64: the functions.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.

    Returns
    -------
    IntArray
        (patterns, T) int64, times the d_i of those who are free.

    Notes
    -----
    Cost: that of `expand` for each function.

    Examples
    --------
    >>> import numpy as np
    >>> conditional_expectations(np.array([[5, 7]]), np.array([2]), np.array([[1, 3]])).tolist()
    [[5], [7], [26]]
    """
    tables, count = values.shape[0], patterns_of(sizes)
    found = np.empty((count, tables), np.int64)
    one, two = np.empty(count, np.int64), np.empty(count, np.int64)
    for t in range(tables):
        expanded = expand(values[t], sizes, weights, one, two)
        for p in range(count):
            found[p, t] = expanded[p]
    return found


@jit
def own_type_out(values: IntArray, sizes: IntArray, weights: IntArray, agent: int, means: IntArray) -> None:
    """Write the expectation of a function of profiles over one agent's own type, for every profile of the others.

    Parameters
    ----------
    values : IntArray
        (P,) int64.
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.
    agent : int
        Whose type is averaged over.
    means : IntArray
        (P / K_i,) int64, written in place: d_i E_i f, the others' profiles in C order.

    Notes
    -----
    Cost: one step per profile.

    Examples
    --------
    >>> import numpy as np
    >>> means = np.zeros(2, np.int64)
    >>> own_type_out(np.array([1, 2, 3, 4]), np.array([2, 2]), np.array([[1, 1], [1, 3]]), 1, means)
    >>> means.tolist()
    [7, 15]
    """
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
def probabilities(sizes: IntArray, weights: IntArray) -> IntArray:
    """The probability of every profile, times the product of all agents' weights.

    Parameters
    ----------
    sizes : IntArray
        (n,) int64: number of types of each agent.
    weights : IntArray
        (n, K) int64: type k of agent i has probability weights[i, k] / d_i, d_i their sum; D is the product of all d_i.

    Returns
    -------
    IntArray
        (P,) int64, in C order; the entries sum to D.

    Notes
    -----
    Cost: about one multiplication per profile.

    Examples
    --------
    >>> import numpy as np
    >>> probabilities(np.array([2, 2]), np.array([[1, 1], [1, 3]])).tolist()
    [1, 3, 1, 3]
    """
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
