"""Expectations under a prior, pattern by pattern, and coalitions that know only their own types."""
