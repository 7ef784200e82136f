"""The search for all mechanisms with given axioms."""
