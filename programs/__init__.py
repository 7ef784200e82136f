"""Linear programs with exact certificates: a solver in floating point finds, rational arithmetic verifies."""
