"""Environments, mechanisms and the mechanisms of the literature."""
