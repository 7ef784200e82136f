"""Multisets of types: ranking, folds over the multisets above one, elections, coalitions by what their members get."""
