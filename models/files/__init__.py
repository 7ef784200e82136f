"""Mechanisms in files and functions: CSV, NumPy archives, TOML descriptions, Python rules."""
