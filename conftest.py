"""Examples in docstrings, run from the files of a room."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register all axioms first: a collector of examples imports their files a second time, under another name."""
    if config.getoption("doctestmodules"):
        from collude.axioms.core.registry import load_axioms

        load_axioms()
