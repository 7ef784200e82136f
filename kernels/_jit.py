"""The one place that decides how kernels are compiled, and the bit operations that NumPy lacks."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite.ir import IntType, IRBuilder, Value, VectorType
from numba import config, njit, types
from numba.core.base import BaseContext
from numba.core.typing import Context, Signature
from numba.extending import intrinsic

from collude.kernels._store import KernelStore, store_folder
from collude.kernels.arrays import Word

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def jit(function: Kernel) -> Kernel:
    """Compile `function` on first call, keep the machine code on disk, and release the GIL while it runs.

    Parameters
    ----------
    function : callable
        Python that Numba understands.

    Returns
    -------
    callable
        The same function compiled; with NUMBA_DISABLE_JIT=1, the function itself.

    Notes
    -----
    A kernel whose name starts with an underscore can be called from other kernels only: compiling the code that unpacks
    Python's arguments takes as long as a small kernel itself.

    Examples
    --------
    >>> @jit
    ... def double(x):
    ...     return 2 * x
    >>> double(21)
    42
    """
    inner = function.__name__.startswith("_")
    return _kept(function, njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=inner)(function))


def inlined(function: Kernel) -> Kernel:
    """Compile `function` into every kernel that calls it: for what runs at every node, with arrays in named tuples.

    Parameters
    ----------
    function : callable
        Python that Numba understands.

    Returns
    -------
    callable
        The function compiled, as by `jit`.
    """
    return _kept(function, njit(inline="always", nogil=True)(function))


def _kept(function: Kernel, compiled: Any) -> Kernel:
    """The compiled function with a place of ours on disk, as `cache=True` would give it one of Numba's choice."""
    folder = None if config.DISABLE_JIT else store_folder()
    if folder is not None:
        compiled._cache = KernelStore(folder, function)
    return cast(Kernel, compiled)


if config.DISABLE_JIT:

    def popcount(word: Word) -> int:
        """Number of bits set in a uint64.

        Parameters
        ----------
        word : int
            The uint64.

        Returns
        -------
        int
            0..64.
        """
        return int(word).bit_count()

    def lowest_bit(word: Word) -> int:
        """Position of the lowest bit that is set in a uint64 other than 0.

        Parameters
        ----------
        word : int
            The uint64.

        Returns
        -------
        int
            0..63.
        """
        return (int(word) & -int(word)).bit_length() - 1

    def least_bytes(one: Word, other: Word) -> Word:
        """The smaller one of each of the eight bytes of two uint64.

        Parameters
        ----------
        one, other : int
            The uint64.

        Returns
        -------
        int
            A uint64.
        """
        pairs = zip(int(one).to_bytes(8, "little"), int(other).to_bytes(8, "little"), strict=True)
        return np.uint64(int.from_bytes(bytes(min(pair) for pair in pairs), "little"))

else:

    @intrinsic  # type: ignore[untyped-decorator]
    def _ctpop(_context: Context, _word: types.Type) -> tuple[Signature, Callable[..., Value]]:
        def _generate(
            _context: BaseContext, builder: IRBuilder, _signature: Signature, arguments: tuple[Value, ...]
        ) -> Value:
            return builder.ctpop(arguments[0])

        return types.int64(types.uint64), _generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _cttz(_context: Context, _word: types.Type) -> tuple[Signature, Callable[..., Value]]:
        def _generate(
            context: BaseContext, builder: IRBuilder, _signature: Signature, arguments: tuple[Value, ...]
        ) -> Value:
            return builder.cttz(arguments[0], context.get_constant(types.boolean, 1))

        return types.int64(types.uint64), _generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _umin_bytes(_context: Context, _one: types.Type, _other: types.Type) -> tuple[Signature, Callable[..., Value]]:
        def _generate(
            _context: BaseContext, builder: IRBuilder, _signature: Signature, arguments: tuple[Value, ...]
        ) -> Value:
            one, other = (builder.bitcast(x, VectorType(IntType(8), 8)) for x in arguments)
            least = builder.select(builder.icmp_unsigned("<", one, other), one, other)
            return builder.bitcast(least, IntType(64))

        return types.uint64(types.uint64, types.uint64), _generate

    @jit
    def popcount(word: Word) -> int:
        """Number of bits set in a uint64.

        Parameters
        ----------
        word : int
            The uint64.

        Returns
        -------
        int
            0..64.

        Notes
        -----
        Cost: one instruction.

        Examples
        --------
        >>> popcount(0b1011)
        3
        """
        return int(_ctpop(np.uint64(word)))

    @jit
    def lowest_bit(word: Word) -> int:
        """Position of the lowest bit that is set in a uint64 other than 0.

        Parameters
        ----------
        word : int
            The uint64.

        Returns
        -------
        int
            0..63.

        Notes
        -----
        Cost: one instruction.

        Examples
        --------
        >>> lowest_bit(0b1100)
        2
        """
        return int(_cttz(np.uint64(word)))

    @jit
    def least_bytes(one: Word, other: Word) -> Word:
        """The smaller one of each of the eight bytes of two uint64.

        Parameters
        ----------
        one, other : int
            The uint64.

        Returns
        -------
        int
            A uint64.

        Notes
        -----
        Cost: one instruction.

        Examples
        --------
        >>> hex(least_bytes(0x0105, 0x0203))
        '0x103'
        """
        return np.uint64(_umin_bytes(np.uint64(one), np.uint64(other)))
