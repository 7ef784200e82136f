"""Batches of chunks: each chunk comes back once, whatever workers do; many small chunks cost little more than one."""

import random
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import cast

import pytest

import collude as co
from collude.enumerate.runs import batches, drive, rundir, workers
from collude.enumerate.runs.batches import MOST_DEATHS, Batch, ChunkReport, Handout, solve_batch
from collude.enumerate.runs.jobs import Job


class Chunks:
    """What a handout asks of a job: every tenth chunk is not useful, and each has a hint of its own."""

    def __init__(self) -> None:
        self.stop = Event()

    def useful(self, chunk: int) -> bool:
        return chunk % 10 != 9

    def hint(self, chunk: int) -> int:
        return chunk + 1


def handout(chunks: int) -> Handout:
    return Handout(cast("Job", Chunks()), range(chunks))


def test_every_chunk_comes_back_once_whatever_workers_do() -> None:
    rng = random.Random(3)
    seen = {"short": 0, "died": 0, "broke": 0, "whole": 0, "alone": 0, "failed": 0}
    for _ in range(200):
        count, fatal = rng.choice([0, 1, 2, 5, 40, 300]), rng.choice([0, 0, 3, 12])
        tasks, done, failed, suspects, deaths = handout(count), [], [], set(), Counter()
        while tasks.waiting:
            asleep: list[Batch] = []
            while True:
                if batch := tasks.batch():
                    assert batch == {chunk: chunk + 1 for chunk in batch}
                    asleep.append(batch)
                    if suspects & set(batch):
                        assert (len(batch), len(asleep)) == (1, 1)
                        seen["alone"] += 1
                if not asleep:
                    break
                batch = asleep.pop(rng.randrange(len(asleep)))
                event = rng.random()
                if fatal in batch or event < 0.1:
                    lost = [batch]
                    seen["died"] += 1
                elif event < 0.13:
                    lost, asleep = [batch, *asleep], []
                    seen["broke"] += 1
                else:
                    some = list(batch)[: rng.randint(1, len(batch))]
                    tasks.take([ChunkReport(chunk, {}, rng.choice([0.0, 0.001, 0.2])) for chunk in some])
                    done += some
                    seen["whole" if len(some) == len(batch) else "short"] += 1
                    continue
                for chunk in (chunk for batch in lost for chunk in batch):
                    suspects.add(chunk)
                    deaths[chunk] += 1
                if event < 0.13:
                    break
            failed += [report.chunk for report in tasks.lost() if report.failure]
        assert sorted([*done, *failed]) == [chunk for chunk in range(count) if chunk % 10 != 9]
        assert failed == [] or {deaths[chunk] for chunk in failed} == {MOST_DEATHS}
        assert fatal in failed or fatal >= count
        seen["failed"] += len(failed)
    assert min(seen.values()) >= 50, seen


def test_nothing_is_handed_out_after_the_end() -> None:
    tasks = handout(5)
    tasks.take([ChunkReport(chunk, {}) for chunk in tasks.batch()])
    assert list(tasks.batch()) == [1, 2]
    tasks.stop.set()
    assert tasks.batch() == {}
    assert list(tasks.waiting) == [3, 4]


def test_batches_grow_where_chunks_are_small_and_shrink_where_they_are_dear() -> None:
    tasks = handout(10_000)
    sizes = []
    for seconds in [0.0001] * 10 + [0.04] * 2 + [3.0] * 2:
        batch = tasks.batch()
        sizes.append(len(batch))
        tasks.take([ChunkReport(chunk, {}, seconds) for chunk in batch])
    assert sizes[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]
    assert sizes[10:] == [256, 2, 2, 1]


def test_a_batch_ends_after_a_tenth_of_a_second() -> None:
    def solve(chunk: int, hint: int | None) -> ChunkReport:
        time.sleep(0.03)
        assert hint is None
        return ChunkReport(chunk, {})

    reports = solve_batch(solve, dict.fromkeys(range(50)))
    assert [report.chunk for report in reports] == list(range(len(reports)))
    assert 1 <= len(reports) <= 5
    assert reports[-1].memory > 0


def test_many_small_chunks_are_few_batches_and_few_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 0.2 ms, where a batch may take its time: what is done for each batch is done seldom."""
    seen: Counter[str] = Counter()

    def counted(place: object, name: str) -> None:
        act = getattr(place, name)

        def counts(*how: object) -> object:
            seen[name] += 1
            return act(*how)

        monkeypatch.setattr(place, name, counts)

    counted(workers, "solve_batch")
    counted(rundir.os, "write")
    counted(rundir.os, "fsync")
    counted(drive, "used_memory")
    monkeypatch.setattr(batches, "BATCH_SECONDS", 60.0)
    monkeypatch.setattr(rundir, "SYNC_SECONDS", 60.0)
    space = co.outcome_space(co.auction(2, range(3)), range(-1, 2))
    require = ["strategy-proof", "individually-rational"]
    for chunks in (1, 2000):
        seen.clear()
        found = co.search(space, require=require, chunks=chunks, backend="serial", out=str(tmp_path / f"{chunks}"))
        if chunks == 1:
            alone, few = found, dict(seen)
    assert found.count == alone.count
    assert found.evidence["cubes"] >= 2000
    growing = 8  # batches of 1, 2, 4, ... 128 chunks
    assert 2 <= seen["solve_batch"] <= growing + 1 + found.evidence["cubes"] / batches.MOST_AT_ONCE
    assert seen["write"] - few["write"] == seen["solve_batch"] - few["solve_batch"]
    assert seen["fsync"] <= few["fsync"] + 1
    assert seen["used_memory"] == 0
