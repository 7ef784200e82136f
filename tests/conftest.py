"""Which tests are slow: those marked so, and of each random test the draws beyond the first ones."""

import pytest

FIRST_DRAWS = 8
DRAWS = ("seed", "number")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The default run takes the first draws of each random test; `make slow` takes the others."""
    taken: dict[str, int] = {}
    for item in items:
        call = getattr(item, "callspec", None)
        if call is None or not any(name in call.params for name in DRAWS):
            continue
        test = item.nodeid.partition("[")[0]
        taken[test] = taken.get(test, 0) + 1
        if taken[test] > FIRST_DRAWS:
            item.add_marker(pytest.mark.slow)
