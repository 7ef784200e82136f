"""Drivers that answer more than yes or no: profitable deals, transfers, equilibria."""
