"""Axioms on which outcomes are chosen: efficient ones, all of them, more than one."""
