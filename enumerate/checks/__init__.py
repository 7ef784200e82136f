"""The check of one mechanism: axioms in blocks, verdicts, plans."""
