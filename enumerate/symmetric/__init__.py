"""Drivers over multisets of types: checks of symmetric mechanisms and the manipulability of voting rules."""
