"""The environments and mechanisms of the literature, by name; one family a file."""
