"""Exact sums of multinomial coefficients: residues in the kernels, whole numbers of any size in Python."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from math import comb, isqrt

import numpy as np

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word, WordArray

WORD = 1 << 64


def _primes_below(limit: int) -> Iterator[int]:
    """The odd primes below a limit, the largest first."""
    for number in range(limit - 1 - limit % 2, 2, -2):
        if all(number % divisor for divisor in range(3, isqrt(number) + 1, 2)):
            yield number


def moduli_for(bound: int) -> WordArray:
    """Pairwise coprime moduli whose product exceeds a bound, so that residues determine every sum from 0 to the bound.

    Parameters
    ----------
    bound : int
        The largest sum that can occur, of any size.

    Returns
    -------
    ndarray
        (R,) uint64: 0 stands for 2^64, where sums of words wrap around by themselves; then primes below 2^31, the largest
        first, so that a product of two residues fits into a word.

    Examples
    --------
    >>> moduli_for(2**64).tolist()
    [0, 2147483647]
    """
    chosen, product = [0], WORD
    while product <= bound:
        chosen.append(_large_prime(len(chosen) - 1))
        product *= chosen[-1]
    return np.array(chosen, np.uint64)


@cache
def _large_prime(place: int) -> int:
    """The primes below 2^31, the largest first."""
    return next(_primes_below(1 << 31 if place == 0 else _large_prime(place - 1)))


def residues(number: int, moduli: WordArray) -> WordArray:
    """What is left of a number modulo several moduli.

    Parameters
    ----------
    number : int
        Of any size, at least 0.
    moduli : ndarray
        (R,) uint64, of `moduli_for`.

    Returns
    -------
    ndarray
        (R,) uint64.

    Examples
    --------
    >>> residues(2**64 + 5, moduli_for(2**64)).tolist()
    [5, 9]
    """
    return np.array([number % (int(m) or WORD) for m in moduli], np.uint64)


def from_residues(rest: Sequence[int], moduli: WordArray) -> int:
    """The number below the product of the moduli that has some residues: the Chinese remainder theorem.

    Parameters
    ----------
    rest : sequence of int
        (R,) the residues.
    moduli : ndarray
        (R,) uint64, of `moduli_for` a bound on the number.

    Returns
    -------
    int
        Exact, of any size.

    Examples
    --------
    >>> from_residues(residues(10**25, moduli_for(10**30)), moduli_for(10**30)) == 10**25
    True
    """
    number, product = 0, 1
    for residue, modulus in zip(rest, moduli, strict=True):
        m = int(modulus) or WORD
        number += product * ((int(residue) - number) * pow(product, -1, m) % m)
        product *= m
    return number


def binomial_residues(members: int, moduli: WordArray) -> WordArray:
    """The residues of all binomial coefficients up to a size.

    Parameters
    ----------
    members : int
        The largest upper number n.
    moduli : ndarray
        (R,) uint64.

    Returns
    -------
    ndarray
        (R, n + 1, n + 1) uint64, entry (r, a, b) that of C(a, b), 0 where b > a; not to be written to.
    """
    return _binomials(members, tuple(int(m) for m in moduli))


@lru_cache(maxsize=8)
def _binomials(members: int, moduli: tuple[int, ...]) -> WordArray:
    table = np.zeros((len(moduli), members + 1, members + 1), np.uint64)
    for a in range(members + 1):
        for b in range(a + 1):
            number = comb(a, b)
            table[:, a, b] = [number % (m or WORD) for m in moduli]
    table.flags.writeable = False
    return table


@jit
def times_modulo(x: Word, y: Word, modulus: Word) -> Word:
    """The product of two residues.

    Parameters
    ----------
    x, y : uint64
        Below the modulus.
    modulus : uint64
        Of `moduli_for`; 0 stands for 2^64.

    Returns
    -------
    uint64
    """
    if modulus == np.uint64(0):
        return x * y
    return (x * y) % modulus


@jit
def plus_modulo(x: Word, y: Word, modulus: Word) -> Word:
    """The sum of two residues.

    Parameters
    ----------
    x, y : uint64
        Below the modulus.
    modulus : uint64
        Of `moduli_for`; 0 stands for 2^64.

    Returns
    -------
    uint64
    """
    if modulus == np.uint64(0):
        return x + y
    return (x + y) % modulus


@jit
def arrangements(counts: IntArray, table: WordArray, moduli: WordArray, found: WordArray) -> None:
    """Write the residues of k! / prod counts_t!, in how many ways the k members of a multiset can be lined up.

    Parameters
    ----------
    counts : ndarray
        (B, K) int64, the multisets.
    table : ndarray
        `binomial_residues` of at least k.
    moduli : ndarray
        (R,) uint64.
    found : ndarray
        (R, B) uint64, written.

    Notes
    -----
    Cost: R K per row.
    """
    for b in range(counts.shape[0]):
        for r in range(len(moduli)):
            total = 0
            value = np.uint64(1)
            for t in range(counts.shape[1]):
                total += counts[b, t]
                value = times_modulo(value, table[r, total, counts[b, t]], moduli[r])
            found[r, b] = value
