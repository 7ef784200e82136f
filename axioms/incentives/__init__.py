"""Axioms on misreports that leave goods and money where the mechanism puts them."""
