"""What axioms are made of: the base class, the registry, and the machinery that several share."""
