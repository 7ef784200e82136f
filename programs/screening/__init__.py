"""Screening buyers who collude: side contracts, epsilon characterisation, room for collusion, transfer schemes, play."""
