"""Spoilt command lines and files, thousands: each ends with status 0 to 3 and at most three lines on stderr, soon."""

import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import refused, run
from spoilt_lines import LINES, SpoiltLines

from collude.cli.main import COMMANDS

EXAMPLES = Path(__file__).parents[1] / "examples"
MOST_SECONDS = 300.0  # of a busy machine: only what hangs takes longer


class HangError(BaseException):
    """No answer in time; not an Exception, so that nothing on the way takes it for its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise HangError in the main thread after so many seconds."""

    def ring(_signal: int, _frame: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complaint(words: list[str], folder: Path, seen: Counter[str]) -> str:
    """What is wrong with the way a command line ends, "" if nothing."""
    try:
        with time_limit(MOST_SECONDS):
            done = run(*words, cwd=folder)
    except HangError:
        return f"no answer in {MOST_SECONDS:.0f} s"
    seen[f"status {done.returncode}"] += 1
    seen[words[0] if words and words[0] in COMMANDS else "no command"] += 1
    lines = done.stderr.splitlines()
    if done.returncode not in (0, 1, 2, 3):
        return f"status {done.returncode}: {done.stderr[-1500:]}"
    if "Traceback" in done.stderr or len(lines) > 3 or any(len(line) > 2000 for line in lines):
        return f"{len(lines)} lines on stderr: {done.stderr[-1500:]}"
    if done.returncode == 2 and not done.stderr and not done.stdout:
        return "refused without a word"
    if "--json" in words and done.returncode in (0, 1) and "--help" not in words and "-h" not in words:
        seen["JSON"] += 1
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            return f"not one JSON object: {error}: {done.stdout[:500]}"
        if not isinstance(answer, dict):
            return f"JSON, but no object: {done.stdout[:200]}"
    return ""


def fuzz(seed: int, count: int, folder: Path) -> Counter[str]:
    """How so many spoilt command lines end; AssertionError with all that end badly."""
    made, seen, bad = SpoiltLines(folder, EXAMPLES, seed), Counter[str](), []
    search = ["search", "voting", "--agents", "2", "--alternatives", "2", "--require", "strategy-proof"]
    assert run(*search, "--mode", "all", "--out", "R", cwd=folder).returncode == 0
    (folder / "R").rename(folder / "whole")
    for number in range(count):
        for name in ("R", "NEW"):
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(folder / "whole", folder / "R")
        words = made.next_line()
        if number % 7 == 0:
            seen["spoilt run"] += spoil_run(made, folder / "R")
        wrong = complaint(words, folder, seen)
        if wrong:
            bad.append(f"{number}: {words}\n    {wrong}")
    assert not bad, f"seed {seed}: {len(bad)} of {count} end badly\n" + "\n".join(bad)
    return seen


def spoil_run(made: SpoiltLines, run: Path) -> int:
    """Change some bytes of one file of a run directory, or take it away."""
    from spoilt import spoilt_bytes

    path = made.rng.choice(sorted(each for each in run.rglob("*") if each.is_file()))
    data = path.read_bytes()
    if data and made.rng.random() < 0.8:
        path.write_bytes(spoilt_bytes(made.rng, data))
    else:
        path.unlink()
    return 1


def test_the_lines_are_right_before_they_are_spoilt() -> None:
    assert {words[0] for words in LINES} >= set(COMMANDS)


def test_an_archive_that_is_none_takes_one_line(tmp_path: Path) -> None:
    for data in (b"PK\x03\x04 and no more", b"\x93NUMPY", b"", b"{}"):
        (tmp_path / "a.npz").write_bytes(data)
        assert "a.npz" in refused("check", "a.npz", cwd=tmp_path)
    assert "NUL" in refused("status", "R\0", cwd=tmp_path)


def test_some_spoilt_command_lines(tmp_path: Path) -> None:
    seen = fuzz(1, 60, tmp_path)
    assert seen["status 2"] >= 15


@pytest.mark.slow
def test_thousands_of_spoilt_command_lines(tmp_path: Path) -> None:
    seen = fuzz(2, 2400, tmp_path)
    assert seen["status 0"] >= 200
    assert seen["status 1"] >= 100
    assert seen["status 2"] >= 1000
    assert seen["JSON"] >= 20
    assert all(seen[name] >= 10 for name in COMMANDS), seen
