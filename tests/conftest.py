"""Which tests are slow: those marked so, and of each random test the draws beyond the first ones; runs that files share."""

import io
import subprocess
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FIRST_DRAWS = 8
DRAWS = ("seed", "number")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The default run takes the first draws of each random test, of each kind that it draws; `make slow` takes the others."""
    taken: Counter[tuple[str, ...]] = Counter()
    for item in items:
        call = getattr(item, "callspec", None)
        if call is not None and any(name in call.params for name in DRAWS):
            others = (f"{name} {value!r}" for name, value in call.params.items() if name not in DRAWS)
            kind = (item.nodeid.partition("[")[0], *others)
            taken[kind] += 1
            if taken[kind] > FIRST_DRAWS:
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


@pytest.fixture
def same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` solves chunks again in this process, which is quicker; test_run_damage has the other process of the product."""
    from collude.enumerate.runs import commands

    def solved(words: list[str], **_options: Any) -> "subprocess.CompletedProcess[bytes]":
        output = io.BytesIO()
        with redirect_stdout(io.TextIOWrapper(output, write_through=True)) as stream:
            commands.solve_again(*words[words.index(commands.AGAIN) + 1 :])
            stream.flush()
            return subprocess.CompletedProcess(words, 0, output.getvalue(), b"")

    monkeypatch.setattr(commands, "subprocess", SimpleNamespace(run=solved))
