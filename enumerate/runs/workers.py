"""Chunks of a long run carried by joblib (here, in threads, in processes, on whatever back end is active) or by a cluster.

A worker that dies takes nothing with it: the chunks that it may have been working on are tried again one at a time, and one
that kills a worker by itself is reported as failed.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from logging import CRITICAL, getLogger
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from collude.enumerate.checks.backends import Carrier
from collude.enumerate.runs.folder import not_written
from collude.enumerate.runs.jobs import Hint, Job
from collude.enumerate.runs.manifest import job_at
from collude.enumerate.runs.rundir import read_manifest
from collude.enumerate.runs.schema import JSON
from collude.models.errors import ColludeError, DisagreementError, IncompleteError, InputError
from collude.models.process.memory import used_memory

BEAT = 1.0
CONNECT_SECONDS = 20
NO_WORKERS_SECONDS = 60.0
DIED = "its worker died, more than once"


@dataclass(frozen=True)
class Assignment:
    """A chunk to be solved, and what may spare it work."""

    chunk: int
    hint: Hint = None


@dataclass(frozen=True)
class ChunkReport:
    """What became of a chunk.

    result: None if it was stopped early. failure: one line, "" if it went well. memory: bytes that the worker's process
    holds.
    """

    chunk: int
    result: JSON | None = None
    seconds: float = 0.0
    failure: str = ""
    memory: int = 0


@dataclass(frozen=True)
class Place:
    """Where a worker in another process finds a run: its directory, and the identity that it must have there."""

    path: str
    identity: str


Reports = Iterator[ChunkReport | None]
SolveAt = Callable[[Place, Assignment], ChunkReport]


def solve_here(job: Job, assignment: Assignment) -> ChunkReport:
    """Solve a chunk; what goes wrong becomes part of the report, but for what concerns them all: a disagreement, which is a
    bug, and a disk that takes nothing more."""
    chunk = assignment.chunk
    started = perf_counter()
    try:
        result = job.solve(chunk, assignment.hint)
    except DisagreementError:
        raise
    except OSError as error:
        raise IncompleteError(not_written(job.folder, error)) from None
    except MemoryError:
        return ChunkReport(chunk, failure="not enough memory")
    except Exception as error:
        text = " ".join(str(error).split())
        return ChunkReport(
            chunk, failure=text if isinstance(error, ColludeError) else f"{type(error).__name__}: {text}"
        )
    return ChunkReport(chunk, result, perf_counter() - started, memory=used_memory())


@lru_cache(maxsize=2)
def _job_at(place: Place) -> Job:
    job = job_at(place.path, place.identity)
    job.test_kernels()
    return job


def solve_at(place: Place, assignment: Assignment) -> ChunkReport:
    """Solve a chunk of the run directory at `place`: what a worker in another process does. The problem is read once."""
    return solve_here(_job_at(place), assignment)


class _Handout:
    """Hands assignments to joblib, which asks from several threads, and remembers which have not come back."""

    def __init__(self, source: Iterator[Assignment], solve: Callable[[Assignment], ChunkReport]) -> None:
        self._source, self._solve, self._lock, self._closed = source, solve, Lock(), False
        self._out: dict[int, Assignment] = {}

    def __iter__(self) -> "_Handout":
        return self

    def __next__(self) -> Any:
        from joblib import delayed

        with self._lock:
            assignment = None if self._closed else next(self._source, None)
            if assignment is None:
                raise StopIteration
            self._out[assignment.chunk] = assignment
        return delayed(self._solve)(assignment)

    def returned(self, chunk: int) -> None:
        """One has come back."""
        self._out.pop(chunk, None)

    def close(self) -> list[Assignment]:
        """Hand out nothing more; returns what has not come back."""
        with self._lock:
            self._closed = True
            return list(self._out.values())


def _stream(parallel: Any, tasks: _Handout) -> Reports:
    """What joblib's generator gives, and None about every second in which it gives nothing. A thread waits for it, so that
    this one can look at limits and be interrupted; closing this iterator stops the workers."""
    over = object()
    ready: SimpleQueue[Any] = SimpleQueue()

    def collect() -> None:
        try:
            for report in parallel(tasks):
                ready.put(report)
            ready.put(over)
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
                    yield None
                    continue
                if isinstance(item, BaseException):
                    raise item
                if item is over:
                    return
                tasks.returned(item.chunk)
                yield item
    finally:
        tasks.close()
        thread.join(BEAT)


def solve_locally(job: Job, assignments: Iterator[Assignment], carrier: Carrier) -> Reports:
    """In this process, in joblib's threads, which share the problem. Ends when no chunk is being solved any more."""
    busy: set[int] = set()

    def solve(assignment: Assignment) -> ChunkReport:
        busy.add(assignment.chunk)
        try:
            return ChunkReport(assignment.chunk) if job.stop.is_set() else solve_here(job, assignment)
        finally:
            busy.discard(assignment.chunk)

    try:
        yield from _stream(carrier.parallel(carrier.jobs, carrier.jobs), _Handout(assignments, solve))
    finally:
        job.stop.set()
        while busy:
            sleep(0.005)


def solve_remotely(place: Place, assignments: Iterator[Assignment], carrier: Carrier, solve: SolveAt) -> Reports:
    """In other processes, which read the run directory. One process more than needed stands by where there is but one
    worker, since joblib would take this process for it."""
    how = {"initializer": follow_parent, "initargs": (os.getpid(),)} if carrier.name == "processes" else {}
    suspects: list[Assignment] = []

    def handed(source: Iterator[Assignment], under_way: int) -> Reports:
        tasks = _Handout(source, partial(solve, place))
        try:
            yield from _stream(carrier.parallel(max(2, carrier.jobs), under_way, **how), tasks)
        except BrokenExecutor:
            suspects.extend(tasks.close())
        except OSError as error:
            raise IncompleteError(f"no worker can be started: {error.strerror}; use fewer --jobs") from None

    with _safe_children():
        more = True
        while more:
            known = len(suspects)
            yield from handed(assignments, carrier.jobs)
            more = len(suspects) > known
        for suspect in suspects.copy():
            known = len(suspects)
            yield from handed(iter([suspect]), 1)
            if len(suspects) > known:
                yield ChunkReport(suspect.chunk, failure=DIED)


def follow_parent(parent: int) -> None:
    """In a worker: leave Ctrl-C to the parent, and end when it ends, even if it is killed."""
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


def connect(carrier: Carrier) -> Any:
    """The client of the cluster that a carrier names: joblib's active one, or a new one. Raises InputError if no scheduler
    answers."""
    if carrier.client is not None:
        return carrier.client
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port, normalize_address
    except ImportError:
        raise InputError("this needs the extra cluster: pip install '.[cluster]' in the project's folder") from None
    getLogger("distributed").setLevel(CRITICAL)  # what goes wrong is said in one line
    try:
        get_address_host_port(normalize_address(carrier.scheduler), strict=True)
        return Client(carrier.scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"no scheduler answers at {carrier.scheduler}: {reason}") from None


def solve_on_cluster(place: Place, assignments: Iterator[Assignment], carrier: Carrier, solve: SolveAt) -> Reports:
    """On the workers of a scheduler of dask.distributed, which share the run directory's file system. Its own client is
    used, which tries a chunk elsewhere if its worker dies: joblib's would wait for ever for one that kills them all."""
    from concurrent.futures import CancelledError

    client = connect(carrier)
    from distributed import KilledWorker, wait

    waiting: dict[Any, int] = {}
    seen = perf_counter()
    try:
        while True:
            room = max(1, sum(client.nthreads().values()))
            for assignment in islice(assignments, max(0, room - len(waiting))):
                key = f"collude-{uuid4().hex}-{assignment.chunk}"  # never taken for a chunk of another run
                waiting[client.submit(solve, place, assignment, key=key, pure=False, retries=0)] = assignment.chunk
            if not waiting:
                return
            done: set[Any] = set()
            with suppress(TimeoutError), client.as_current():
                done = wait(list(waiting), timeout=BEAT, return_when="FIRST_COMPLETED").done
            if done or client.nthreads():
                seen = perf_counter()
            elif perf_counter() - seen > NO_WORKERS_SECONDS:
                raise IncompleteError("no worker is left on the cluster; start some, then resume")
            if not done:
                yield None
            for future in done:
                chunk = waiting.pop(future)
                try:
                    yield future.result()
                except (KilledWorker, CancelledError):
                    yield ChunkReport(chunk, failure=DIED)
    except OSError as error:
        raise IncompleteError(
            f"the scheduler at {carrier.scheduler or 'hand'} is gone ({type(error).__name__}); "
            "every chunk that is done is kept"
        ) from None
    finally:
        with suppress(Exception):  # a scheduler that is gone cancels nothing
            client.cancel(list(waiting))
        if carrier.client is None:
            client.close()


def solve_all(job: Job, assignments: Iterator[Assignment], carrier: Carrier) -> Reports:
    """Solve chunks with the workers of a carrier.

    Parameters
    ----------
    job : Job
        What they are chunks of.
    assignments : iterator of Assignment
        Taken one by one, as workers become free.
    carrier : Carrier
        Who solves them.

    Yields
    ------
    ChunkReport or None
        What became of each chunk, in any order, and None about every second in which nothing does. Closing the iterator
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
