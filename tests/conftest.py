"""Which tests are slow: those marked so, and of each random test the draws beyond the first ones; runs that files share."""

from pathlib import Path

import pytest

FIRST_DRAWS = 8
DRAWS = ("seed", "number")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The default run takes the first draws of each random test, of each kind that it draws; `make slow` takes the others."""
    kinds: dict[str, dict[tuple[str, ...], list[pytest.Item]]] = {}
    for item in items:
        call = getattr(item, "callspec", None)
        if call is not None and any(name in call.params for name in DRAWS):
            kind = tuple(f"{name} {value!r}" for name, value in call.params.items() if name not in DRAWS)
            kinds.setdefault(item.nodeid.partition("[")[0], {}).setdefault(kind, []).append(item)
    for drawn in kinds.values():
        for draws in drawn.values():
            for item in draws[-(-FIRST_DRAWS // len(drawn)) :]:
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One finished run of each kind, done serially; tests work on copies."""
    from small_runs import KINDS

    home = tmp_path_factory.mktemp("reference")
    for kind, begin in KINDS.items():
        begin(home / kind)
    return {kind: home / kind for kind in KINDS}


@pytest.fixture(params=["search", "check"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two runs a test is about."""
    return str(request.param)
