"""Calling a user's jitted rule for many profiles in compiled code. Not kept on disk: it depends on the user's function."""

from collections.abc import Callable

from numba import njit

from collude.kernels.arrays import IntArray


@njit(nogil=True)  # type: ignore[untyped-decorator]
def apply_rule(
    rule: Callable[[IntArray, IntArray, IntArray], object], reports: IntArray, bundles: IntArray, transfers: IntArray
) -> None:
    """Call a user's jitted rule once for every row of reports, and let it write who gets what and who is paid what.

    Parameters
    ----------
    rule : callable
        Jitted (reports (n,), bundles (n,), transfers (n,)) that writes the last two arguments.
    reports : IntArray
        (B, n) int64: type indices that the agents report.
    bundles : IntArray
        (B, n) int64, written in place: number of the bundle of each agent.
    transfers : IntArray
        (B, n) int64, written in place: money that each agent receives, in units of the mechanism's scale.

    Notes
    -----
    One call of `rule` per row. Not kept on disk, as the machine code depends on the rule.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import njit
    >>> @njit
    ... def give_to_the_first(reports, bundles, transfers):
    ...     bundles[0] = 1
    ...     transfers[0] = -reports[1]
    >>> bundles, transfers = np.zeros((1, 2), np.int64), np.zeros((1, 2), np.int64)
    >>> apply_rule(give_to_the_first, np.array([[3, 2]]), bundles, transfers)
    >>> bundles.tolist(), transfers.tolist()
    ([[1, 0]], [[-2, 0]])
    """
    for b in range(reports.shape[0]):
        rule(reports[b], bundles[b], transfers[b])
