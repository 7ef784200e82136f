"""Games in which coalitions sign contracts: communication devices with transfers, and what may be signed after them."""
