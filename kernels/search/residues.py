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
def multiply_into(products: WordArray, numbers: IntArray, factors: WordArray) -> None:
    """Multiply some rows of a matrix of residues by the rows of another one.

    Parameters
    ----------
    products : WordArray
        (V, A) uint64, residues modulo 2^61 - 1; row numbers[r] is multiplied in place by row r of `factors`.
    numbers : IntArray
        (P,) int64: rows of `products`.
    factors : WordArray
        (P, A) uint64, residues.

    Notes
    -----
    Cost: P A products.

    Examples
    --------
    >>> import numpy as np
    >>> products = np.ones((2, 1), np.uint64)
    >>> multiply_into(products, np.array([1, 1]), np.array([[5], [7]], np.uint64))
    >>> products.tolist()
    [[1], [35]]
    """
    for r in range(factors.shape[0]):
        row = numbers[r]
        for c in range(factors.shape[1]):
            products[row, c] = times(products[row, c], factors[r, c])
