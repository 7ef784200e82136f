"""Sets as 64-bit words."""

import numpy as np

WORD = 64


def pack(bits: np.ndarray) -> np.ndarray:
    """Pack rows of booleans into 64-bit words, the first one into the lowest bit.

    Parameters
    ----------
    bits : ndarray (m, A) bool
        The rows.

    Returns
    -------
    ndarray (m, ceil(A / 64)) uint64

    Examples
    --------
    >>> pack(np.array([[True, False, True]])).tolist()
    [[5]]
    """
    count = -(-bits.shape[1] // WORD)
    padded = np.zeros((len(bits), count * 8), np.uint8)
    packed = np.packbits(bits, axis=1, bitorder="little")
    padded[:, : packed.shape[1]] = packed
    return padded.view("<u8").astype(np.uint64, copy=False)
