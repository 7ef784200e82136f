"""Drivers: check, plan, and what runs the blocks."""
