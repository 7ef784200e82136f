"""Answers as tables, stories and pictures for a person at a terminal."""
