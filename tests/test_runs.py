"""Run directories: the same answer whatever ran it, and nothing lost."""

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import AXIOMS, KINDS, SERIAL, result_of, search, unfinished

import collude as co
from collude.enumerate.listings import listing
from collude.enumerate.runs import batches, opening, rundir
from collude.enumerate.runs.commands import merge_shares, resume_run, run_status, verify_run
from collude.enumerate.runs.folder import CUBES, MANIFEST, RESULT
from collude.enumerate.runs.opening import open_run
from collude.enumerate.runs.rundir import Line
from collude.models.errors import IncompleteError, InputError


def test_the_answer_is_that_of_a_run_without_a_directory(reference: dict[str, Path]) -> None:
    known = json.loads(result_of(reference["search"]))["answer"]
    found = co.search(co.auction(2, [0, 1, 2]), transfers=range(-1, 2), require=AXIOMS)
    assert (known["count"], known["digest"], known["exists"]) == (found.count, found.digest, True)
    report = co.check(co.second_price(co.auction(4, range(9))), ["group-strategy-proof"])
    told = json.loads(result_of(reference["check"]))["answer"]["verdicts"][0]
    expected = report["group-strategy-proof"].to_dict()
    assert {**told, "seconds": 0} == {**expected, "seconds": 0}


@pytest.mark.parametrize("how", [{"backend": "threads", "jobs": 2}, {"backend": "processes", "jobs": 2}])
@pytest.mark.parametrize(
    "chunks", [7, pytest.param(1, marks=pytest.mark.slow), pytest.param(64, marks=pytest.mark.slow)]
)
def test_back_ends_and_chunk_sizes(
    reference: dict[str, Path], tmp_path: Path, kind: str, how: dict[str, Any], chunks: int
) -> None:
    KINDS[kind](tmp_path / "run", chunks=chunks, **how)
    assert result_of(tmp_path / "run") == result_of(reference[kind])


@pytest.mark.parametrize("parts", [1, 7, pytest.param(64, marks=pytest.mark.slow)])
def test_shares_add_up_in_any_order(
    reference: dict[str, Path], tmp_path: Path, kind: str, parts: int, request: pytest.FixtureRequest
) -> None:
    if kind == "search":
        request.getfixturevalue("same_process")
    order = list(range(1, parts + 1))
    random.Random(parts).shuffle(order)
    for part in order:
        answer = KINDS[kind](tmp_path / f"share-{part}", part=(part, parts), chunks=70)
        assert answer.share == ("" if parts == 1 else f"{part}/{parts}")
        assert (answer.status == 0) or parts == 1
    if parts > 1:
        assert not (tmp_path / "share-1" / RESULT).exists()
        merge_shares([tmp_path / f"share-{part}" for part in order], tmp_path / "whole")
        assert verify_run(tmp_path / "whole", 2, 0, fresh=False).finished
    whole = tmp_path / ("whole" if parts > 1 else "share-1")
    assert result_of(whole) == result_of(reference[kind])


def test_the_mechanisms_that_are_listed_are_the_same_bytes(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", mode="all", chunks=1)
    search(tmp_path / "threads", mode="all", chunks=40, backend="threads", jobs=2)
    for part in (2, 1, 3):
        search(tmp_path / f"{part}", mode="all", chunks=33, part=(part, 3))
    merge_shares([tmp_path / "1", tmp_path / "3", tmp_path / "2"], tmp_path / "merged")
    first = (tmp_path / "whole" / "mechanisms.npy").read_bytes()
    assert len(np.load(tmp_path / "whole" / "mechanisms.npy")) == whole.count
    for other in ("threads", "merged"):
        assert (tmp_path / other / "mechanisms.npy").read_bytes() == first
        assert result_of(tmp_path / other) == result_of(tmp_path / "whole")
    assert sum(1 for _ in whole) == whole.count


@pytest.mark.parametrize("objective", ["revenue", "utility"])
def test_the_first_of_the_best_is_found_in_any_order(tmp_path: Path, objective: str) -> None:
    options = {"mode": "best", "objective": objective}
    for name, how in {
        "one": {"chunks": 1},
        "many": {"chunks": 90},
        "threads": {"chunks": 90, "backend": "threads", "jobs": 3},
    }.items():
        search(tmp_path / name, **options, **how)
    for part in (3, 2, 1):
        search(tmp_path / f"{part}", **options, chunks=50, part=(part, 3))
    merge_shares([tmp_path / "1", tmp_path / "2", tmp_path / "3"], tmp_path / "merged")
    assert len({result_of(tmp_path / name) for name in ("one", "many", "threads", "merged")}) == 1


def test_the_first_mechanism_is_found_in_any_order(tmp_path: Path) -> None:
    for name, how in {"one": {"chunks": 1}, "many": {"chunks": 90, "backend": "threads", "jobs": 3}}.items():
        search(tmp_path / name, mode="exists", **how)
    assert len({result_of(tmp_path / name) for name in ("one", "many")}) == 1
    assert len(open_run(tmp_path / "many").lines) < 90


def test_a_run_goes_on_where_it_stopped(reference: dict[str, Path], tmp_path: Path, kind: str) -> None:
    path = unfinished(reference[kind], tmp_path / "run", keep=5)
    assert (run_status(path).done, run_status(path).finished) == (5, False)
    found = resume_run(path, SERIAL)
    answer = found.answer
    assert (found.job.command, list(found.notes), answer.status) == (kind, [], 0 if kind == "search" else 1)
    assert result_of(path) == result_of(reference[kind])
    again = KINDS[kind](path, chunks=20 if kind == "search" else 8)
    assert again.status == answer.status
    assert run_status(path).finished


def test_merge_refuses_overlaps_gaps_and_disagreement(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        search(tmp_path / f"{part}", part=(part, 3))
    search(tmp_path / "other", part=(2, 3), chunks=19)
    search(tmp_path / "whole")
    shares = [tmp_path / "1", tmp_path / "2", tmp_path / "3"]
    with pytest.raises(InputError, match="both have chunk 0"):
        merge_shares([*shares, tmp_path / "whole"], tmp_path / "out")
    with pytest.raises(InputError, match="both have chunk"):
        merge_shares([*shares, shares[1]], tmp_path / "out")
    with pytest.raises(InputError, match="chunks are missing, the first is 1"):
        merge_shares([shares[0], shares[2]], tmp_path / "out")
    with pytest.raises(InputError, match="split"):
        merge_shares([shares[0], tmp_path / "other", shares[2]], tmp_path / "out")
    run = open_run(shares[1])
    line = run.lines.pop(1)
    wrong = {**line.result, "solutions": line.result["solutions"] + 1}
    (shares[1] / CUBES).write_bytes(Line(1, line.where, wrong, line.seconds).written(run.identity))
    with pytest.raises(InputError, match="disagree about chunk 1"):
        merge_shares([shares[1], tmp_path / "whole"], tmp_path / "out")
    with pytest.raises(InputError, match="not empty"):
        merge_shares([tmp_path / "whole"], tmp_path / "1")
    assert not (tmp_path / "out").exists()


class FullDisk:
    """Lets so many writes through and then none, as a full disk would; counts them."""

    def __init__(self, room: int) -> None:
        self.room, self.count = room, 0

    def taken(self) -> None:
        self.count += 1
        if self.count > self.room:
            raise OSError(28, "No space left on device")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    """Every write to a run directory goes past this counter; a line that fails is cut in half."""
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 1)
    full = FullDisk(1 << 60)
    write, whole = os.write, rundir.write_whole

    def half(handle: int, text: bytes) -> int:
        try:
            full.taken()
        except OSError:
            write(handle, text[: len(text) // 2])
            raise
        return write(handle, text)

    def refuse(path: Path, fill: Any) -> None:
        full.taken()
        whole(path, fill)

    monkeypatch.setattr(rundir.os, "write", half)
    for module in (rundir, opening, listing):
        monkeypatch.setattr(module, "write_whole", refuse)
    return full


@pytest.mark.parametrize("options", [{}, {"mode": "all"}])
def test_a_full_disk_loses_nothing(tmp_path: Path, disk: FullDisk, options: dict[str, Any]) -> None:
    search(tmp_path / "free", **options)
    expected, writes = result_of(tmp_path / "free"), disk.count
    assert writes > 20
    for room in range(0, writes, 3):
        path = tmp_path / f"{room}"
        disk.room, disk.count = room, 0
        with pytest.raises((InputError, IncompleteError), match="No space left"):
            search(path, **options)
        had = len(open_run(path, repair=False).lines) if (path / MANIFEST).exists() else 0
        disk.room = 1 << 60
        search(path, **options)
        assert result_of(path) == expected
        assert len(open_run(path).lines) >= had
        shutil.rmtree(path)


def test_two_at_once_are_refused(reference: dict[str, Path], tmp_path: Path) -> None:
    path = unfinished(reference["search"], tmp_path / "run", keep=3)
    with open_run(path).locked(), pytest.raises(InputError, match="another process works"):
        resume_run(path, SERIAL)


def test_limits_end_a_run_as_incomplete(tmp_path: Path, kind: str) -> None:
    answer = KINDS[kind](tmp_path / "time", max_seconds=1e-9)
    assert (answer.status, answer.complete) == (3, False)
    assert "stopped after" in answer.reason
    answer = KINDS[kind](tmp_path / "memory", max_memory=1 << 20)
    assert answer.status == 3
    assert "holds" in answer.reason
    assert 0 < run_status(tmp_path / "memory").done < run_status(tmp_path / "memory").chunks
