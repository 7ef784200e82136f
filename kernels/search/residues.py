"""Products modulo the prime 2^61 - 1: the arithmetic of the digests of sets of mechanisms."""

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

from collude.kernels._jit import jit

PRIME = (1 << 61) - 1
LANES = 2  # residues of each digest
MODULUS = np.uint64(PRIME)

if config.DISABLE_JIT:

    def high_word(x: int, y: int) -> Any:
        """The upper 64 of the 128 bits of the product of two uint64."""
        return np.uint64((int(x) * int(y)) >> 64)

else:

    @intrinsic  # type: ignore[untyped-decorator]
    def _umulh(_context: Any, _x: Any, _y: Any) -> Any:
        def _generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            wide = context.get_value_type(types.uint64).__class__(128)
            x, y = (builder.zext(argument, wide) for argument in arguments)
            upper = builder.lshr(builder.mul(x, y), wide(64))
            return builder.trunc(upper, arguments[0].type)

        return types.uint64(types.uint64, types.uint64), _generate

    @jit
    def high_word(x: int, y: int) -> Any:
        """The upper 64 of the 128 bits of the product of two uint64."""
        return _umulh(np.uint64(x), np.uint64(y))


@jit
def times(x, y):
    """The product of two residues modulo 2^61 - 1.

    Parameters: x, y, uint64 below 2^61 - 1. Returns: uint64 below 2^61 - 1. Cost: two multiplications.
    """
    x, y = np.uint64(x), np.uint64(y)
    low = x * y
    folded = (low & MODULUS) + ((low >> np.uint64(61)) | (high_word(x, y) << np.uint64(3)))
    folded = (folded & MODULUS) + (folded >> np.uint64(61))
    return folded - MODULUS if folded >= MODULUS else folded


@jit
def plus(x, y):
    """The sum of two residues modulo 2^61 - 1, uint64 both and result."""
    total = np.uint64(x) + np.uint64(y)
    return total - MODULUS if total >= MODULUS else total


@jit
def multiply_into(products, numbers, factors):
    """Multiply, in place, products[numbers[r], c] by factors[r, c] for all rows r and columns c.

    Parameters: products (V, A) uint64 residues, changed in place; numbers (P,) int64; factors (P, A) uint64 residues.
    Cost: P A products.
    """
    for r in range(factors.shape[0]):
        row = numbers[r]
        for c in range(factors.shape[1]):
            products[row, c] = times(products[row, c], factors[r, c])
