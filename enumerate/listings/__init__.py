"""The mechanisms that a search lists: where they are kept, how each is checked again, which forms and orbits they have."""
