"""Scans: how each shape of axioms is checked, cut into blocks of work."""
