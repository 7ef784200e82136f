"""One command a file: check, search, plan and what can be done with runs."""
