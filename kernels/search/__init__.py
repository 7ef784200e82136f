"""Depth-first search over bit-set domains with propagation of pairwise constraints."""
