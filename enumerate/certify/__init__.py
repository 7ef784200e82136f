"""Second opinions on a search: other solvers, and proofs that a second program checks."""
