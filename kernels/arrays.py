"""The kinds of arrays that kernels read and write, as types for signatures."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int64]  # utilities, money, types, numbers of profiles
ShortArray: TypeAlias = NDArray[np.int32]  # numbers of outcomes and allocations
HalfArray: TypeAlias = NDArray[np.uint16]  # small numbers that there are very many of
WordArray: TypeAlias = NDArray[np.uint64]  # sets of outcomes, 64 to a word
ByteArray: TypeAlias = NDArray[np.uint8]  # marks and small verdicts
BoolArray: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[np.generic]
Span: TypeAlias = tuple[int, ...]  # two: the first one, and the one after the last
Word: TypeAlias = Any  # a machine word: int, np.int64 or np.uint64, which only compiled code tells apart
