"""The command line: parse, call one driver, render."""
