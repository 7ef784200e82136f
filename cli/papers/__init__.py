"""Commands for single models of the literature."""
