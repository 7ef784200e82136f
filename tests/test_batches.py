"""Batches of chunks: each chunk comes back once, whatever workers do; many small chunks cost little more than one."""

import random
import time
from pathlib import Path

import pytest

import collude as co
from collude.enumerate.runs.batches import Assignment, Batch, ChunkReport, Handout, solve_batch


def test_every_chunk_comes_back_once_whatever_workers_do() -> None:
    rng = random.Random(3)
    seen = {"short": 0, "died": 0, "broke": 0, "whole": 0}
    for _ in range(200):
        count = rng.choice([0, 1, 2, 5, 40, 300])
        tasks, waiting, done = Handout(map(Assignment, range(count)), rng.choice([1, 4, 256])), [], []
        while tasks.begin():
            asleep: list[Batch] = []
            while True:
                if (batch := next(tasks, None)) is not None:
                    asleep.append(batch)
                if not asleep:
                    break
                batch = asleep.pop(rng.randrange(len(asleep)))
                event = rng.random()
                if event < 0.1 and len(batch) > 1:
                    tasks.take_dead(batch)
                    seen["died"] += 1
                elif event < 0.13:
                    tasks.stop()
                    waiting += tasks.lost()
                    seen["broke"] += 1
                    break
                else:
                    some = batch[: rng.randint(1, len(batch))]
                    tasks.take([ChunkReport(one.chunk, {}, rng.choice([0.0, 0.001, 0.2])) for one in some])
                    done += [one.chunk for one in some]
                    seen["whole" if len(some) == len(batch) else "short"] += 1
        assert sorted([*done, *(one.chunk for one in waiting)]) == list(range(count))
    assert min(seen.values()) >= 50, seen


def test_batches_grow_where_chunks_are_small_and_shrink_where_they_are_dear() -> None:
    tasks = Handout(map(Assignment, range(10_000)))
    assert tasks.begin()
    sizes = []
    for seconds in [0.0001] * 10 + [0.04] * 2 + [3.0] * 2:
        batch = next(tasks)
        sizes.append(len(batch))
        tasks.take([ChunkReport(one.chunk, {}, seconds) for one in batch])
    assert sizes[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]
    assert sizes[10:] == [256, 2, 2, 1]


def test_a_batch_ends_after_a_tenth_of_a_second() -> None:
    def solve(assignment: Assignment) -> ChunkReport:
        time.sleep(0.03)
        return ChunkReport(assignment.chunk, {})

    reports = solve_batch(solve, [Assignment(chunk) for chunk in range(50)])
    assert [report.chunk for report in reports] == list(range(len(reports)))
    assert 1 <= len(reports) <= 5
    assert reports[-1].memory > 0


@pytest.mark.slow
def test_ten_thousand_chunks_cost_little_more_than_one(tmp_path: Path) -> None:
    """In processor time; a chunk of this search takes 0.2 ms, and is written, checked and added up for 0.15 ms."""
    space = co.outcome_space(co.auction(2, range(3)), range(-2, 3))
    took = {}
    for chunks in (1, 1, 10_000):
        began = time.process_time()
        found = co.search(
            space,
            require=["strategy-proof", "individually-rational"],
            chunks=chunks,
            backend="serial",
            out=str(tmp_path / f"{chunks}-{began}"),
        )
        took[chunks] = time.process_time() - began
        assert found.count == 3688011
    assert took[10_000] <= 2.2 * took[1], took
