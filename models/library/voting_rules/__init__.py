"""Voting rules as functions of how many voters report each order."""
