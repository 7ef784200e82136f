"""The first run: kernels are compiled in two processes where that helps, and not at all for bad input."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from collude.enumerate.checks import warm


@pytest.mark.slow
def test_a_first_run_compiles_and_answers(tmp_path: Path) -> None:
    keep = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    env = {**keep, "XDG_CACHE_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "collude.cli.main", "check", "second-price", "--agents", "2", "--values", "0:2"]
    wrong = subprocess.run([*words[:-1], "2:0"], capture_output=True, text=True, check=False, env=env)
    assert wrong.returncode == 2
    assert not list(tmp_path.rglob("*.nbi"))
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr.count("first run")) == (1, 1)
    assert "4 of 27" in done.stdout
    compiled = {path.name.partition("-")[0] for path in tmp_path.rglob("*.nbi")}
    assert {"count.count_one_word", "deals.scan_contexts", "bribes.count_bribes"} <= compiled
    again = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert (again.returncode, again.stderr) == (1, "")


class Process:
    """Stands for a process; `log` keeps what was started."""

    log: list[list[str]] = []  # noqa: RUF012

    def __init__(self, words: list[str], **_options: Any) -> None:
        self.log.append(words[4:])

    def wait(self) -> None:
        """At once."""

    def kill(self) -> None:
        """Nothing to kill."""


@pytest.mark.parametrize(
    ("axioms", "processors", "groups"),
    [
        (None, 2, [list(group) for group in warm.GROUPS]),
        (["strategy-proof", "bribe-proof", "symmetric"], 2, [["strategy-proof"], ["bribe-proof"]]),
        (["strategy-proof"], 2, []),
        (None, 1, []),
    ],
)
def test_two_groups_and_two_processors(
    monkeypatch: pytest.MonkeyPatch, axioms: list[str] | None, processors: int, groups: list[list[str]]
) -> None:
    monkeypatch.setattr(warm.subprocess, "Popen", Process)
    monkeypatch.setattr(warm, "available_jobs", lambda: processors)
    Process.log.clear()
    warm.warm_up(axioms)
    assert Process.log == groups
