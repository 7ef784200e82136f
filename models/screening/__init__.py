"""Sales to buyers with hidden valuations: problems, sale mechanisms, optimal quantities, transfer schemes, tariffs."""
