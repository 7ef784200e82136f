"""Search problems by name: each builds an outcome space."""
