"""Axioms, one file each: the definition, how it is checked, and how a witness is re-checked."""
