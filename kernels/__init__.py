"""Numba kernels on NumPy arrays, for the engine and for a researcher's own `@njit` code."""

from collude.kernels.best import ENFORCED, STRONG, WEAK, best_report, best_reports, best_violation
from collude.kernels.count import count_violations, violating_pairs
from collude.kernels.deals import count_deals, scan_deals
from collude.kernels.expect import (
    chances,
    conditional_expectations,
    count_unequal,
    expected_sums,
    own_type_out,
    patterns_of,
    shapley_transfers,
)
from collude.kernels.lattice import MAXIMUM, SUM, UNION, fold_first, fold_slab, place_outcomes, reachable
from collude.kernels.naive import naive_pairs, naive_violations
from collude.kernels.naive_deals import naive_deals
from collude.kernels.naive_scan import naive_profitable
from collude.kernels.options import scan_options
from collude.kernels.scan import count_profitable, scan_coalition
from collude.kernels.tables import Masks, Table, extension_counts, make_masks, pattern_strides, profile_strides
from collude.kernels.units import completions, count_units
from collude.kernels.walk import list_violations

__all__ = [
    "ENFORCED",
    "MAXIMUM",
    "STRONG",
    "SUM",
    "UNION",
    "WEAK",
    "Masks",
    "Table",
    "best_report",
    "best_reports",
    "best_violation",
    "chances",
    "completions",
    "conditional_expectations",
    "count_deals",
    "count_profitable",
    "count_unequal",
    "count_units",
    "count_violations",
    "expected_sums",
    "extension_counts",
    "fold_first",
    "fold_slab",
    "list_violations",
    "make_masks",
    "naive_deals",
    "naive_pairs",
    "naive_profitable",
    "naive_violations",
    "own_type_out",
    "pattern_strides",
    "patterns_of",
    "place_outcomes",
    "profile_strides",
    "reachable",
    "scan_coalition",
    "scan_deals",
    "scan_options",
    "shapley_transfers",
    "violating_pairs",
]
