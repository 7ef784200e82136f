"""Searches behind theorems: all mechanisms with given axioms, sorted by the forms that a theorem names."""
