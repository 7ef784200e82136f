"""Calling a user's jitted rule for many profiles in compiled code. Not kept on disk: it depends on the user's function."""

from collections.abc import Callable
from typing import Any

from numba import njit


@njit(nogil=True)
def apply_rule(rule: Callable[..., Any], reports: Any, bundles: Any, transfers: Any) -> None:
    """Call rule(reports[b], bundles[b], transfers[b]) for every row b; all arrays (B, n) int64, the last two written."""
    for b in range(reports.shape[0]):
        rule(reports[b], bundles[b], transfers[b])
