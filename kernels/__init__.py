"""Numba kernels on NumPy arrays, for the engine and for a researcher's own `@njit` code."""

from collude.kernels.coalitions.best import ENFORCED, STRONG, WEAK, best_report, best_reports, best_violation
from collude.kernels.coalitions.count import count_violations, violating_pairs
from collude.kernels.coalitions.enforced import best_replies, count_enforced
from collude.kernels.coalitions.lattice import MAXIMUM, SUM, UNION, fold_first, fold_slab, place_outcomes, reachable
from collude.kernels.coalitions.naive import naive_pairs, naive_violations
from collude.kernels.coalitions.options import scan_options
from collude.kernels.coalitions.units import completions, count_units
from collude.kernels.coalitions.walk import list_violations
from collude.kernels.deals.deals import count_deals, scan_deals
from collude.kernels.deals.naive_deals import naive_deals
from collude.kernels.expectations.expect import conditional_expectations, own_type_out, patterns_of, probabilities
from collude.kernels.expectations.naive_scan import naive_profitable
from collude.kernels.expectations.scan import count_profitable, scan_coalition
from collude.kernels.expectations.transfers import count_deviations, expected_sums, shapley_transfers
from collude.kernels.tables import (
    OutcomeSets,
    Table,
    extension_counts,
    make_outcome_sets,
    pattern_strides,
    profile_strides,
)

__all__ = [
    "ENFORCED",
    "MAXIMUM",
    "STRONG",
    "SUM",
    "UNION",
    "WEAK",
    "OutcomeSets",
    "Table",
    "best_replies",
    "best_report",
    "best_reports",
    "best_violation",
    "completions",
    "conditional_expectations",
    "count_deals",
    "count_deviations",
    "count_enforced",
    "count_profitable",
    "count_units",
    "count_violations",
    "expected_sums",
    "extension_counts",
    "fold_first",
    "fold_slab",
    "list_violations",
    "make_outcome_sets",
    "naive_deals",
    "naive_pairs",
    "naive_profitable",
    "naive_violations",
    "own_type_out",
    "pattern_strides",
    "patterns_of",
    "place_outcomes",
    "probabilities",
    "profile_strides",
    "reachable",
    "scan_coalition",
    "scan_deals",
    "scan_options",
    "shapley_transfers",
    "violating_pairs",
]
