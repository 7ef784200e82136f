"""Axioms on participation, budgets and who trades."""
