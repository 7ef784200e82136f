"""Chunks on their way to workers and back: handed out in batches that take about a tenth of a second, so that many small
chunks cost little more than a few large ones."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from threading import Lock
from time import perf_counter

from collude.enumerate.runs.folder import not_written
from collude.enumerate.runs.jobs import Hint, Job
from collude.enumerate.runs.manifest import job_at
from collude.enumerate.runs.schema import JSON
from collude.models.errors import ColludeError, DisagreementError, IncompleteError
from collude.models.process.memory import used_memory

BATCH_SECONDS = 0.1
MOST_AT_ONCE = 256
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


Batch = Sequence[Assignment]
Reports = Generator[Sequence[ChunkReport], None, None]
Solve = Callable[[Assignment], ChunkReport]
SolveAt = Callable[[Place, Assignment], ChunkReport]


def solve_here(job: Job, assignment: Assignment) -> ChunkReport:
    """Solve a chunk; what goes wrong becomes part of the report, but for what concerns them all.

    Parameters
    ----------
    job : Job
        What it is a chunk of.
    assignment : Assignment
        Which chunk.

    Returns
    -------
    ChunkReport

    Raises
    ------
    DisagreementError
        If the chunk found a bug.
    IncompleteError
        If the disk takes nothing more.
    """
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
    return ChunkReport(chunk, result, perf_counter() - started)


@lru_cache(maxsize=2)
def _job_at(place: Place) -> Job:
    job = job_at(place.path, place.identity)
    job.test_kernels()
    return job


def solve_at(place: Place, assignment: Assignment) -> ChunkReport:
    """Solve a chunk of a run directory: what a worker in another process does. The problem is read once.

    Parameters
    ----------
    place : Place
        The run directory.
    assignment : Assignment
        Which chunk.

    Returns
    -------
    ChunkReport

    Raises
    ------
    InputError
        If it is no longer the run that it was, or code, number types or cut are not the same here.
    """
    return solve_here(_job_at(place), assignment)


def solve_batch(solve: Solve, batch: Batch) -> list[ChunkReport]:
    """Solve chunks one after the other until about a tenth of a second has passed.

    Parameters
    ----------
    solve : callable
        Solves one chunk.
    batch : sequence of Assignment
        At least one.

    Returns
    -------
    list of ChunkReport
        Of the first chunks of the batch, at least one; the others are to be handed out again.
    """
    started = perf_counter()
    reports = [solve(batch[0])]
    for assignment in batch[1:]:
        if perf_counter() - started > BATCH_SECONDS:
            break
        reports.append(solve(assignment))
    reports[-1] = replace(reports[-1], memory=used_memory())
    return reports


class Handout:
    """Cuts assignments into batches for workers, who ask from several threads, and remembers which have not come back.

    Parameters
    ----------
    source : iterator of Assignment
        Asked as late as possible: what is known by then may spare work.
    most : int, optional
        Chunks at most in a batch; 256 if it is not given.
    """

    def __init__(self, source: Iterator[Assignment], most: int | None = None) -> None:
        self._source, self._most, self._size, self._open = source, most or MOST_AT_ONCE, 1, False
        self._out: dict[int, Batch] = {}
        self._again: deque[Assignment] = deque()
        self._alone: deque[Assignment] = deque()
        self._lock = Lock()

    def begin(self) -> bool:
        """Hand out from now on; False if nothing is left."""
        with self._lock:
            if not self._again and not self._alone:
                self._again.extend(islice(self._source, 1))
            self._open = bool(self._again or self._alone)
            return self._open

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        with self._lock:
            if self._open and self._alone:
                batch = [self._alone.popleft()]
            elif self._open:
                batch = [self._again.popleft() for _ in range(min(self._size, len(self._again)))]
                batch += islice(self._source, self._size - len(batch))
            else:
                batch = []
            if not batch:
                raise StopIteration
            self._out[batch[0].chunk] = batch
            return batch

    def take(self, reports: Sequence[ChunkReport]) -> None:
        """Note that a batch has come back: what is left of it waits, and batches are made longer or shorter."""
        with self._lock:
            batch = self._out.pop(reports[0].chunk)
            self._again.extend(batch[len(reports) :])
            each = sum(report.seconds for report in reports) / len(reports)
            fitting = int(BATCH_SECONDS / max(each, BATCH_SECONDS / self._most))
            self._size = max(1, min(fitting, 2 * self._size))

    def take_dead(self, batch: Batch) -> None:
        """Note that a batch took its worker with it: its chunks wait, and each is handed out by itself."""
        with self._lock:
            del self._out[batch[0].chunk]
            self._alone.extend(batch)

    def stop(self) -> None:
        """Hand out nothing more until `begin`."""
        with self._lock:
            self._open = False

    def lost(self) -> list[Assignment]:
        """The assignments that have not come back, which are forgotten here."""
        with self._lock:
            lost = [assignment for batch in self._out.values() for assignment in batch]
            self._out.clear()
            return lost
