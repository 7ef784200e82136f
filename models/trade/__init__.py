"""Bilateral trade: N objects with two values a side, and posted prices for bundles."""
