"""Axioms in expectation under a prior."""
