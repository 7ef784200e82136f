"""Axioms that compare what agents get with one another."""
