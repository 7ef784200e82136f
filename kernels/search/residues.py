"""Products modulo the prime 2^61 - 1: the arithmetic of the digests of sets of mechanisms."""

from collections.abc import Callable

import numpy as np
from llvmlite.ir import IRBuilder, Value
from numba import config, types
from numba.core.base import BaseContext
from numba.core.typing import Context, Signature
from numba.extending import intrinsic

from collude.kernels._jit import jit
from collude.kernels.arrays import IntArray, Word, WordArray

PRIME = (1 << 61) - 1
LANES = 2  # residues of each digest
MODULUS = np.uint64(PRIME)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_LANE, SECOND_LANE = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

if config.DISABLE_JIT:

    def high_word(x: int, y: int) -> Word:
        """The upper 64 of the 128 bits of the product of two uint64.

        Parameters
        ----------
        x, y : int
            uint64.

        Returns
        -------
        int
            uint64.
        """
        return np.uint64((int(x) * int(y)) >> 64)

else:

    @intrinsic  # type: ignore[untyped-decorator]
    def _umulh(_context: Context, _x: types.Type, _y: types.Type) -> tuple[Signature, Callable[..., Value]]:
        def _generate(
            context: BaseContext, builder: IRBuilder, _signature: Signature, arguments: tuple[Value, ...]
        ) -> Value:
            wide = context.get_value_type(types.uint64).__class__(128)
            x, y = (builder.zext(argument, wide) for argument in arguments)
            upper = builder.lshr(builder.mul(x, y), wide(64))
            return builder.trunc(upper, arguments[0].type)

        return types.uint64(types.uint64, types.uint64), _generate

    @jit
    def high_word(x: int, y: int) -> Word:
        """The upper 64 of the 128 bits of the product of two uint64.

        Parameters
        ----------
        x, y : int
            uint64.

        Returns
        -------
        int
            uint64.

        Notes
        -----
        Cost: one multiplication.

        Examples
        --------
        >>> int(high_word(2**63, 6))
        3
        """
        return _umulh(np.uint64(x), np.uint64(y))


@jit
def times(x: Word, y: Word) -> Word:
    """The product of two residues modulo the prime 2^61 - 1.

    Parameters
    ----------
    x, y : int
        uint64 below 2^61 - 1.

    Returns
    -------
    int
        uint64 below 2^61 - 1.

    Notes
    -----
    Cost: two multiplications.

    Examples
    --------
    >>> int(times(2**60, 6))
    3
    """
    x, y = np.uint64(x), np.uint64(y)
    low = x * y
    folded = (low & MODULUS) + ((low >> np.uint64(61)) | (high_word(x, y) << np.uint64(3)))
    folded = (folded & MODULUS) + (folded >> np.uint64(61))
    return folded - MODULUS if folded >= MODULUS else folded


@jit
def plus(x: Word, y: Word) -> Word:
    """The sum of two residues modulo the prime 2^61 - 1.

    Parameters
    ----------
    x, y : int
        uint64 below 2^61 - 1.

    Returns
    -------
    int
        uint64 below 2^61 - 1.

    Notes
    -----
    Cost: one addition.

    Examples
    --------
    >>> int(plus(2**61 - 2, 3))
    2
    """
    total = np.uint64(x) + np.uint64(y)
    return total - MODULUS if total >= MODULUS else total


@jit
def mixed(word: Word) -> Word:
    """Mix the bits of a 64-bit word, so that similar words become unlike: the finaliser of SplitMix64.

    Parameters
    ----------
    word : int
        uint64.

    Returns
    -------
    int
        uint64.

    Notes
    -----
    Cost: two multiplications.

    References
    ----------
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.

    Examples
    --------
    >>> hex(int(mixed(np.uint64(1))))
    '0x5692161d100b05e5'
    """
    word = (word ^ (word >> np.uint64(30))) * FIRST_FACTOR
    word = (word ^ (word >> np.uint64(27))) * SECOND_FACTOR
    return word ^ (word >> np.uint64(31))


@jit
def mix_rows(rows: IntArray, keys: WordArray) -> None:
    """Mix rows of integers into the keys that they have so far.

    Parameters
    ----------
    rows : IntArray
        (m, c) int64.
    keys : WordArray
        (m,) uint64, written in place.

    Notes
    -----
    Cost: m c mixings.

    Examples
    --------
    >>> keys = np.zeros(2, np.uint64)
    >>> mix_rows(np.array([[3], [4]]), keys)
    >>> len(set(keys.tolist()))
    2
    """
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            keys[r] = mixed((keys[r] ^ np.uint64(rows[r, c])) + GOLDEN)


@jit
def multiply_keys(chosen: WordArray, variable: IntArray, values: IntArray, keys: WordArray) -> None:
    """Multiply into the keys of the values of search variables a key for each profile and what is chosen there.

    Parameters
    ----------
    chosen : WordArray
        (P, A) uint64: the key of what value a of its variable stands for at each profile.
    variable : IntArray
        (P,) int64: the variable of each profile.
    values : IntArray
        (V,) int64: number of values of each variable.
    keys : WordArray
        (N, 2) uint64: two residues modulo 2^61 - 1 for each value, one variable after another, multiplied in place.

    Notes
    -----
    Cost: four mixings and two products for each profile and value.

    Examples
    --------
    >>> keys = np.ones((2, 2), np.uint64)
    >>> multiply_keys(np.array([[8, 9]], np.uint64), np.array([0]), np.array([2]), keys)
    >>> len(set(keys.reshape(-1).tolist())), int(keys.max()) < PRIME
    (4, True)
    """
    starts = np.zeros(values.shape[0], np.int64)
    for x in range(1, values.shape[0]):
        starts[x] = starts[x - 1] + values[x - 1]
    for p in range(chosen.shape[0]):
        profile, x = mixed(np.uint64(p + 1) * GOLDEN), variable[p]
        for a in range(values[x]):
            row = starts[x] + a
            one = mixed(mixed(chosen[p, a] ^ FIRST_LANE) + profile) % (MODULUS - np.uint64(1)) + np.uint64(1)
            other = mixed(mixed(chosen[p, a] ^ SECOND_LANE) + profile) % (MODULUS - np.uint64(1)) + np.uint64(1)
            keys[row, 0], keys[row, 1] = times(keys[row, 0], one), times(keys[row, 1], other)
