"""What a run says while it goes on: a fair sample first, a range of the time that is left, what has been found so far."""

import random
from math import log
from pathlib import Path
from typing import Any

import pytest

import collude as co
from collude.cli.progress import progress_bar
from collude.enumerate.runs.commands import resume_run, run_status
from collude.enumerate.runs.drive import Running
from collude.enumerate.runs.time_left import TimeLeft, spread_out, time_left


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 256, 1000])
def test_each_chunk_comes_once_and_neighbours_far_apart(count: int) -> None:
    order = spread_out(range(count))
    assert sorted(order) == list(range(count))
    if count >= 10:
        for part in (order[: count // 2], order[count // 2 :]):  # both halves of the order see both halves of the tree
            low = sum(chunk < count // 2 for chunk in part)
            assert abs(low - len(part) / 2) <= 2 + count / 50


@pytest.mark.parametrize(("sigma", "least"), [(0.0, 1.0), (0.5, 0.85), (1.0, 0.8), (1.64, 0.7)])
def test_the_range_holds_also_where_a_tenth_takes_two_thirds(sigma: float, least: float) -> None:
    """With 1.64, the dearest tenth of lognormal chunks takes 64 % of the time, as in a search that was measured."""
    rng = random.Random(5)
    for chunks, done in ((40, 10), (256, 25), (256, 128), (2000, 200), (256, 250)):
        held = 0
        for _ in range(200):
            seconds = [rng.lognormvariate(0, sigma) for _ in range(chunks)]
            found = time_left(seconds[:done], chunks - done)
            assert found is not None
            held += found.low - 1e-9 <= sum(seconds[done:]) <= found.high + 1e-9
        assert held >= least * 200, (chunks, done, held)


def test_no_range_before_there_is_anything_to_go_by() -> None:
    assert time_left([1.0] * 7, 9) is None
    assert time_left([0.0] * 20, 9) is None
    assert time_left([], 0) == TimeLeft(0.0, 0.0)
    found = time_left([1.0, 2.0] * 10, 10)
    assert found is not None
    assert 10 < found.low < 15 < found.high <= 20
    assert log(found.high / found.low) < 0.7


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(3, 3.2, "about 3 s left"), (50, 200, "50 s to 3 min left"), (0.1, 20000, "1 s to 6 h left")],
)
def test_ranges_in_words(low: float, high: float, words: str) -> None:
    assert str(TimeLeft(low, high)) == words


def test_a_search_says_what_it_has_found_and_how_long_the_rest_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collude.enumerate.runs.drive.SAY_SECONDS", 0.0)
    monkeypatch.setattr("collude.enumerate.runs.batches.MOST_AT_ONCE", 1)
    said: list[tuple[str, int, int]] = []
    space = co.outcome_space(co.auction(2, [0, 1, 2]), range(-1, 2))
    names = ["strategy-proof", "individually-rational"]
    found = co.search(space, require=names, chunks=40, backend="serial", progress=lambda *one: said.append(one))
    assert said[0][0] == "search"
    assert (said[-1][1], said[-1][2]) == (found.evidence["cubes"], found.evidence["cubes"])
    assert said[-1][0] == f"search ({found.count:,} found so far)"
    assert any(name.endswith(" left)") for name, _, _ in said)
    counts = [int(name.partition("(")[2].partition(" ")[0].replace(",", "")) for name, _, _ in said if "(" in name]
    assert counts == sorted(counts)


def test_status_gives_a_range_and_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = co.outcome_space(co.auction(2, [0, 1, 2]), range(-1, 2))
    names = ["strategy-proof", "individually-rational"]
    whole = co.search(space, require=names).count
    taken = 0

    def stop(_name: str, done: int, _count: int) -> None:
        nonlocal taken
        taken = done
        if done >= 9:
            raise KeyboardInterrupt

    monkeypatch.setattr("collude.enumerate.runs.drive.SAY_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        co.search(space, require=names, chunks=60, backend="serial", out=str(tmp_path / "run"), progress=stop)
    half = run_status(tmp_path / "run")
    assert (half.done, half.finished) == (taken, False)
    assert half.left_low is not None
    assert half.left_seconds is not None
    assert half.left_high is not None
    assert 0 < half.left_low <= half.left_seconds <= half.left_high
    assert half.so_far.endswith(" found so far")
    assert resume_run(tmp_path / "run", Running(backend="serial")).answer.status == 0
    done = run_status(tmp_path / "run")
    assert (done.finished, done.left_low, done.left_high) == (True, 0.0, 0.0)
    assert done.so_far == f"{whole:,} found so far"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("search (7 found so far, 2 s to 9 s left)", "search (7 found so far, 2 s to 9 s left): 10 of 30 chunks, "),
        ("worst", "left if the others are like these"),
    ],
)
def test_time_left_is_said_once(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Any = iter(range(100))
    monkeypatch.setattr("collude.cli.progress.monotonic", lambda: next(clock))
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    bar = progress_bar()
    with bar as report:
        assert report is not None
        report(name, 1, 30)
        report(name, 10, 30)
        line = bar._line()
    assert words in line
    assert line.count(" left") == 1
