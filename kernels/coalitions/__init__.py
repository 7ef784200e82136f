"""Coalitions and joint misreports: the lattice of reachable outcomes, counting, the worst violation."""
