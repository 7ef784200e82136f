"""Chunks on their way to workers and back: handed out in batches that take about a tenth of a second, so that many small
chunks cost little more than a few large ones."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
MOST_DEATHS = 3
DIED = "its worker died, more than once"


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


Batch = Mapping[int, Hint]
Reports = Generator[Sequence[ChunkReport], None, None]
Solve = Callable[[int, Hint], ChunkReport]
Send = Callable[[Batch], list[ChunkReport]]


def solve_here(job: Job, chunk: int, hint: Hint = None) -> ChunkReport:
    """Solve a chunk; what goes wrong becomes part of the report, but for what concerns them all.

    Parameters
    ----------
    job : Job
        What it is a chunk of.
    chunk : int
        Which chunk.
    hint : int, optional
        What is known so far that may spare it work.

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
    started = perf_counter()
    try:
        result = job.solve(chunk, hint)
    except DisagreementError:
        raise
    except OSError as error:
        raise IncompleteError(not_written(job.folder, error)) from None
    except MemoryError:
        return ChunkReport(chunk, failure="not enough memory")
    except Exception as error:
        kind = "" if isinstance(error, ColludeError) else f"{type(error).__name__}: "
        return ChunkReport(chunk, failure=kind + " ".join(str(error).split()))
    return ChunkReport(chunk, result, perf_counter() - started)


@lru_cache(maxsize=2)
def _job_at(path: str, identity: str) -> Job:
    job = job_at(path, identity)
    job.test_kernels()
    return job


def solve_at(path: str, identity: str, chunk: int, hint: Hint = None) -> ChunkReport:
    """Solve a chunk of a run directory: what a worker in another process does. The problem is read once.

    Parameters
    ----------
    path : str
        The run directory.
    identity : str
        That of the run that must be there.
    chunk : int
        Which chunk.
    hint : int, optional
        What is known so far that may spare it work.

    Returns
    -------
    ChunkReport

    Raises
    ------
    InputError
        If it is no longer the run that it was, or code, number types or cut are not the same here.
    """
    return solve_here(_job_at(path, identity), chunk, hint)


def solve_batch(solve: Solve, batch: Batch) -> list[ChunkReport]:
    """Solve chunks one after the other until about a tenth of a second has passed.

    Parameters
    ----------
    solve : callable
        Solves one chunk.
    batch : mapping of int to int or None
        The chunks, at least one, and what may spare each of them work.

    Returns
    -------
    list of ChunkReport
        Of the first chunks of the batch, at least one; the others are to be handed out again.
    """
    started, reports = perf_counter(), []
    for chunk, hint in batch.items():
        reports.append(solve(chunk, hint))
        if perf_counter() - started > BATCH_SECONDS:
            break
    reports[-1] = replace(reports[-1], memory=used_memory())
    return reports


class Handout:
    """The chunks that are not done: those that wait, and those that are out with workers. What is still out when a round ends
    died with its worker: it waits again, and goes out when nothing else does, each chunk by itself.

    Parameters
    ----------
    job : Job
        What they are chunks of. Asked as late as possible which are useful: what is known by then may spare work.
    chunks : iterable of int
        In the order in which they are handed out.
    """

    def __init__(self, job: Job, chunks: Iterable[int]) -> None:
        self.waiting, self.stop, self._job, self._size = deque(chunks), job.stop, job, 1
        self._out: dict[int, Batch] = {}
        self._deaths: Counter[int] = Counter()
        self._lock = Lock()

    def batch(self) -> Batch:
        """The next chunks for a worker, who may be any thread; none if nothing waits, or a suspect while others are out."""
        batch: dict[int, Hint] = {}
        with self._lock:
            while self.waiting and len(batch) < self._size and not self.stop.is_set():
                if self._deaths[self.waiting[0]] and (batch or self._out):
                    break
                chunk = self.waiting.popleft()
                if self._job.useful(chunk):
                    batch[chunk] = self._job.hint(chunk)
            if batch:
                self._out[next(iter(batch))] = batch
        return batch

    def take(self, reports: Sequence[ChunkReport]) -> None:
        """Note that a batch has come back: what is left of it waits, and batches are made longer or shorter."""
        with self._lock:
            batch = list(self._out.pop(reports[0].chunk))
            self.waiting.extendleft(reversed(batch[len(reports) :]))
            each = sum(report.seconds for report in reports) / len(reports)
            self._size = max(1, min(2 * self._size, MOST_AT_ONCE, int(BATCH_SECONDS / max(each, 1e-6))))

    def lost(self) -> list[ChunkReport]:
        """Note that a round has ended: what is still out waits again, but for chunks that died by themselves more than once,
        which have failed and are returned."""
        with self._lock:
            lost = [chunk for batch in self._out.values() for chunk in batch]
            self._out.clear()
            self._deaths.update(lost)
            self.waiting.extend(chunk for chunk in lost if self._deaths[chunk] < MOST_DEATHS)
            failed = [chunk for chunk in lost if self._deaths[chunk] == MOST_DEATHS]
        return [ChunkReport(chunk, failure=DIED) for chunk in failed]
