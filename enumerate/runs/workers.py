"""Chunks of a long run carried by joblib: here, in threads, in processes, on whatever back end is active there.

A worker that dies takes nothing with it: the chunks that it may have been working on are tried again one at a time, and one
that kills a worker by itself is reported as failed.
"""

import os
import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep
from typing import Protocol

from collude.enumerate.checks.backends import Carrier
from collude.enumerate.runs.batches import (
    DIED,
    Assignment,
    ChunkReport,
    Handout,
    Place,
    Reports,
    Solve,
    SolveAt,
    solve_at,
    solve_batch,
    solve_here,
)
from collude.enumerate.runs.cluster import solve_on_cluster
from collude.enumerate.runs.jobs import Job
from collude.enumerate.runs.opening import read_manifest
from collude.models.errors import IncompleteError, InputError

BEAT = 1.0


class Parallel(Protocol):
    """What joblib.Parallel does here."""

    def __enter__(self) -> object: ...

    def __exit__(self, *error: object) -> object: ...

    def __call__(self, tasks: Iterable[object]) -> Iterator[list[ChunkReport]]: ...


def _stream(parallel: Parallel, tasks: Handout, solve: Solve) -> Reports:
    """What joblib's generator gives, and nothing about every second in which it gives nothing. A thread waits for it, so
    that this one can look at limits and be interrupted; closing this iterator stops the workers."""
    from joblib import delayed

    ready: SimpleQueue[list[ChunkReport] | BaseException | None] = SimpleQueue()

    def collect() -> None:
        try:
            for reports in parallel(delayed(solve_batch)(solve, batch) for batch in tasks):
                ready.put(reports)
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    thread = Thread(target=collect, daemon=True)
    try:
        with parallel:
            thread.start()
            while True:
                try:
                    item = ready.get(timeout=BEAT)
                except Empty:
                    yield ()
                    continue
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    return
                tasks.take(item)
                yield item
    finally:
        tasks.stop()
        if thread.ident is not None:  # else no worker could be started
            thread.join(BEAT)


def solve_locally(job: Job, assignments: Iterator[Assignment], carrier: Carrier) -> Reports:
    """Solve chunks in this process, in joblib's threads, which share the problem.

    Parameters
    ----------
    job : Job
        What they are chunks of.
    assignments : iterator of Assignment
        Taken as workers become free.
    carrier : Carrier
        How many threads.

    Yields
    ------
    sequence of ChunkReport
        As `solve_all` does; ends when no chunk is being solved any more.
    """
    busy: set[int] = set()

    def solve(assignment: Assignment) -> ChunkReport:
        busy.add(assignment.chunk)
        try:
            return ChunkReport(assignment.chunk) if job.stop.is_set() else solve_here(job, assignment)
        finally:
            busy.discard(assignment.chunk)

    tasks = Handout(assignments)
    try:
        while tasks.begin():
            yield from _stream(carrier.parallel(carrier.jobs, carrier.jobs), tasks, solve)
    finally:
        job.stop.set()
        while busy:
            sleep(0.005)


def solve_remotely(place: Place, assignments: Iterator[Assignment], carrier: Carrier, solve: SolveAt) -> Reports:
    """Solve chunks in other processes, which read the run directory. One process more than needed stands by where there is
    but one worker, since joblib would take this process for it.

    Parameters
    ----------
    place : Place
        The run directory.
    assignments : iterator of Assignment
        Taken as workers become free.
    carrier : Carrier
        joblib's back end, and how many processes.
    solve : callable
        Solves one chunk there.

    Yields
    ------
    sequence of ChunkReport
        As `solve_all` does.

    Raises
    ------
    IncompleteError
        If no process can be started.
    """
    how = {"initializer": follow_parent, "initargs": (os.getpid(),)} if carrier.name == "processes" else {}
    solve_there = partial(solve, place)

    def handed(tasks: Handout, under_way: int) -> Generator[Sequence[ChunkReport], None, list[Assignment]]:
        lost: list[Assignment] = []
        while tasks.begin():
            try:
                yield from _stream(carrier.parallel(max(2, carrier.jobs), under_way, **how), tasks, solve_there)
            except BrokenExecutor:
                lost += tasks.lost()
            except OSError as error:
                raise IncompleteError(f"no worker can be started: {error.strerror}; use fewer --jobs") from None
        return lost

    with _safe_children():
        suspects = yield from handed(Handout(assignments), carrier.jobs)
        suspects = yield from handed(Handout(iter(suspects), most=1), 1)
        for suspect in suspects:
            if (yield from handed(Handout(iter([suspect])), 1)):
                yield [ChunkReport(suspect.chunk, failure=DIED)]


def follow_parent(parent: int) -> None:
    """Leave Ctrl-C to the parent of this worker, and end when it ends, even if it is killed.

    Parameters
    ----------
    parent : int
        Its process number.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            sleep(BEAT / 2)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _safe_children() -> Iterator[None]:
    """Processes that are started meanwhile do not import what lies in the current directory."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def solve_all(job: Job, assignments: Iterator[Assignment], carrier: Carrier) -> Reports:
    """Solve chunks with the workers of a carrier.

    Parameters
    ----------
    job : Job
        What they are chunks of.
    assignments : iterator of Assignment
        Taken as workers become free.
    carrier : Carrier
        Who solves them.

    Yields
    ------
    sequence of ChunkReport
        What became of some chunks, in any order, and none about every second in which nothing does. Closing the iterator
        stops all workers within about a second.

    Raises
    ------
    InputError
        If workers in other processes find no run directory, or no scheduler answers.
    IncompleteError
        If the disk or the cluster takes nothing more.
    DisagreementError
        If a chunk found a bug.
    """
    if carrier.name in ("serial", "threads"):
        return solve_locally(job, assignments, carrier)
    if job.folder is None:
        raise InputError("workers in other processes need a run directory; add --out DIR")
    place = Place(str(job.folder.absolute()), read_manifest(job.folder).identity)
    way = solve_on_cluster if carrier.name == "dask" else solve_remotely
    return way(place, assignments, carrier, solve_at)
