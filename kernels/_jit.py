"""The one place that decides how kernels are compiled, and the bit operations that NumPy lacks."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import config, njit, types
from numba.extending import intrinsic

from collude.kernels._store import KernelStore, store_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def jit(function: Kernel) -> Kernel:
    """Compile `function` on first call, keep the machine code on disk, and release the GIL while it runs.

    A kernel whose name starts with an underscore can be called from other kernels only: compiling the code that unpacks
    Python's arguments takes as long as a small kernel itself.
    """
    inner = function.__name__.startswith("_")
    return _kept(function, njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=inner)(function))


def inlined(function: Kernel) -> Kernel:
    """As `jit`, but copied into the kernel that calls it: for what runs at every node, with arrays in named tuples."""
    return _kept(function, njit(inline="always", nogil=True)(function))


def _kept(function: Kernel, compiled: Any) -> Kernel:
    """The compiled function with a place of ours on disk, as `cache=True` would give it one of Numba's choice."""
    folder = None if config.DISABLE_JIT else store_folder()
    if folder is not None:
        compiled._cache = KernelStore(folder, function)
    return cast(Kernel, compiled)


if config.DISABLE_JIT:

    def popcount(word: Any) -> int:
        """Number of bits set in a uint64."""
        return int(word).bit_count()

    def lowest_bit(word: Any) -> int:
        """Position (0..63) of the lowest bit set in a non-zero uint64."""
        return (int(word) & -int(word)).bit_length() - 1

else:

    @intrinsic  # type: ignore[untyped-decorator]
    def _ctpop(_context: Any, _word: Any) -> Any:
        def _generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return types.int64(types.uint64), _generate

    @intrinsic  # type: ignore[untyped-decorator]
    def _cttz(_context: Any, _word: Any) -> Any:
        def _generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], context.get_constant(types.boolean, 1))

        return types.int64(types.uint64), _generate

    @jit
    def popcount(word: Any) -> int:
        """Number of bits set in a uint64."""
        return int(_ctpop(np.uint64(word)))

    @jit
    def lowest_bit(word: Any) -> int:
        """Position (0..63) of the lowest bit set in a non-zero uint64."""
        return int(_cttz(np.uint64(word)))
