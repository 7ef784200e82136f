"""Axioms on coalitions that also move goods and money among their members."""
