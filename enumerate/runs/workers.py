"""Chunks of a long run solved by workers: in this thread, in threads, in processes, on several machines.

Every kind takes tasks as it has room for them and yields what becomes of each, in any order. A worker that dies takes
nothing with it: the chunks that it may have been working on are tried again one at a time, and one that kills a worker
by itself is reported as failed.
"""

import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import lru_cache
from logging import CRITICAL, getLogger
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import Any, NamedTuple

from collude.enumerate.runs.jobs import Job
from collude.enumerate.runs.manifest import job_at
from collude.enumerate.runs.rundir import not_written, read_manifest
from collude.models.errors import ColludeError, DisagreementError, IncompleteError, InputError
from collude.models.memory import used_memory

Task = tuple[int, Any]
Place = tuple[str, str]
SolveAt = Callable[[Place, int, Any], "Outcome"]
BEAT = 1.0
CONNECT_SECONDS = 20
NO_WORKERS_SECONDS = 60.0


class Outcome(NamedTuple):
    """What became of a chunk. result: None if it was stopped early. failure: one line, "" if it went well. memory: bytes
    that the worker's process holds."""

    chunk: int
    result: dict[str, Any] | None = None
    seconds: float = 0.0
    failure: str = ""
    memory: int = 0


def attempt(job: Job, task: Task) -> Outcome:
    """Solve a chunk; what goes wrong becomes part of the outcome, but for what concerns them all: a disagreement, which is
    a bug, and a disk that takes nothing more."""
    chunk, hint = task
    started = perf_counter()
    try:
        result = job.solve(chunk, hint)
    except DisagreementError:
        raise
    except OSError as error:
        raise IncompleteError(not_written(job.folder, error)) from None
    except MemoryError:
        return Outcome(chunk, failure="not enough memory")
    except Exception as error:
        text = " ".join(str(error).split())
        return Outcome(chunk, failure=text if isinstance(error, ColludeError) else f"{type(error).__name__}: {text}")
    return Outcome(chunk, result, perf_counter() - started, memory=used_memory())


@lru_cache(maxsize=2)
def _known_job(place: Place) -> Job:
    return job_at(*place)


def solve_at(place: Place, chunk: int, hint: Any) -> Outcome:
    """Solve a chunk of the run directory at `place`, a path and the identity of the run: what a worker in another process
    does. The problem is read once."""
    return attempt(_known_job(place), (chunk, hint))


class Workers(ABC):
    """Solves chunks, several at a time."""

    def __init__(self, jobs: int = 1) -> None:
        if jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {jobs}")
        self.jobs = jobs

    def ready(self) -> None:  # noqa: B027
        """Raise InputError if there are no such workers."""

    @abstractmethod
    def run(self, job: Job, tasks: Iterator[Task]) -> Iterator[Outcome | None]:
        """What becomes of each task, in any order, and None about every second in which nothing does. Closing the iterator
        stops all workers within about a second."""


class Serial(Workers):
    """One chunk after another in this thread."""

    def run(self, job: Job, tasks: Iterator[Task]) -> Iterator[Outcome | None]:
        """In order."""
        for task in tasks:
            yield attempt(job, task)


class ThreadWorkers(Workers):
    """Threads that share the problem. This thread only collects, so that what is done is on disk at once."""

    def run(self, job: Job, tasks: Iterator[Task]) -> Iterator[Outcome | None]:
        """As they come."""
        done: SimpleQueue[Outcome | BaseException | None] = SimpleQueue()
        lock = Lock()

        def work() -> None:
            try:
                while not job.stop.is_set():
                    with lock:
                        task = next(tasks, None)
                    if task is None:
                        break
                    done.put(attempt(job, task))
            except BaseException as error:
                done.put(error)
            done.put(None)

        threads = [Thread(target=work, daemon=True) for _ in range(self.jobs)]
        for thread in threads:
            thread.start()
        working = len(threads)
        try:
            while working:
                try:
                    outcome = done.get(timeout=BEAT)
                except Empty:
                    yield None
                    continue
                if isinstance(outcome, BaseException):
                    raise outcome
                if outcome is None:
                    working -= 1
                else:
                    yield outcome
        finally:
            job.stop.set()
            for thread in threads:
                thread.join()


class Remote(Workers):
    """Workers in other processes, which read the run directory. Subclasses say how a chunk is handed over.

    solve: what a worker calls, an importable function.
    """

    def __init__(self, jobs: int = 1, solve: SolveAt = solve_at) -> None:
        super().__init__(jobs)
        self.solve = solve

    @abstractmethod
    def open(self) -> None:
        """Get workers, anew after they have died."""

    @abstractmethod
    def submit(self, place: Place, task: Task) -> "Future[Outcome]":
        """Hand a task over."""

    @abstractmethod
    def wait(self, waiting: "set[Future[Outcome]]") -> "set[Future[Outcome]]":
        """Wait until some are done, but not for long; returns those."""

    @abstractmethod
    def close(self) -> None:
        """Stop all workers at once."""

    @abstractmethod
    def died(self, error: BaseException) -> bool:
        """True if the error says that a worker died."""

    def run(self, job: Job, tasks: Iterator[Task]) -> Iterator[Outcome | None]:
        """As they come; chunks whose worker died come last."""
        if job.folder is None:
            raise InputError("workers in other processes need a run directory; add --out DIR")
        place = (str(job.folder.absolute()), read_manifest(job.folder).identity)
        suspects: list[Task] = []
        self.open()
        try:
            yield from self._collect(place, tasks, self.jobs, suspects)
            while suspects:
                task = suspects.pop()
                again: list[Task] = []
                self.open()
                yield from self._collect(place, iter([task]), 1, again)
                if again:
                    yield Outcome(task[0], failure="its worker died, twice")
        finally:
            self.close()

    def _hand_over(self, place: Place, task: Task, waiting: "dict[Future[Outcome], Task]") -> bool:
        """Submit a task; False if a worker has died since anybody looked, so that nothing is taken any more."""
        try:
            waiting[self.submit(place, task)] = task
        except Exception as error:
            if not self.died(error):
                raise
            return False
        return True

    def _collect(
        self, place: Place, tasks: Iterator[Task], room: int, suspects: list[Task]
    ) -> Iterator[Outcome | None]:
        waiting: dict[Future[Outcome], Task] = {}
        more = True
        while more or waiting:
            while more and len(waiting) < room:
                task = next(tasks, None)
                more = task is not None
                if task is not None and not self._hand_over(place, task, waiting):
                    suspects += [task, *waiting.values()]
                    waiting.clear()
                    self.open()
            if not waiting:
                return
            fell = False
            done = self.wait(set(waiting))
            if not done:
                yield None
            for future in done:
                task = waiting.pop(future)
                try:
                    yield future.result()
                except ColludeError:
                    raise
                except BaseException as error:
                    if not self.died(error):
                        raise
                    suspects.append(task)
                    fell = True
            if fell:
                suspects += waiting.values()
                waiting.clear()
                self.open()


class ProcessWorkers(Remote):
    """Processes on this machine, joblib's."""

    def open(self) -> None:
        """A fresh pool: a broken one takes nothing more."""
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        self.close()
        self._pool: Any = ProcessPoolExecutor(self.jobs, initializer=_follow_parent, initargs=(os.getpid(),))

    def submit(self, place: Place, task: Task) -> "Future[Outcome]":
        """To whichever process is free."""
        future: Future[Outcome] = self._pool.submit(self.solve, place, *task)
        return future

    def wait(self, waiting: "set[Future[Outcome]]") -> "set[Future[Outcome]]":
        """Until one is done."""
        return set(wait(waiting, timeout=BEAT, return_when=FIRST_COMPLETED).done)

    def close(self) -> None:
        """Kill them: what they have not handed over is done again."""
        pool = getattr(self, "_pool", None)
        if pool is not None:
            self._pool = None
            pool.shutdown(wait=True, kill_workers=True)

    def died(self, error: BaseException) -> bool:
        """Joblib's own errors say so."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        return isinstance(error, BrokenProcessPool)


def _follow_parent(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when it ends, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


class DaskWorkers(Remote):
    """Workers of dask.distributed on several machines that share the run directory's file system.

    scheduler: its address. Chunks are handed over as a path and a number.
    """

    def __init__(self, scheduler: str, solve: SolveAt = solve_at) -> None:
        super().__init__(1, solve)
        self.scheduler = scheduler
        self._client: Any = None
        self._count = 0
        self._seen = perf_counter()
        self._done: SimpleQueue[Future[Outcome]] = SimpleQueue()

    def ready(self) -> None:
        """The scheduler must answer."""
        self.open()
        self.close()

    def run(self, job: Job, tasks: Iterator[Task]) -> Iterator[Outcome | None]:
        """As they come; IncompleteError if the scheduler is gone."""
        try:
            yield from super().run(job, tasks)
        except OSError as error:
            raise IncompleteError(
                f"the scheduler at {self.scheduler} is gone ({type(error).__name__}); every chunk that is done is kept"
            ) from None

    def open(self) -> None:
        """Connect; as many chunks under way as the workers have threads."""
        if self._client is None:
            try:
                from distributed import Client
                from distributed.comm.addressing import get_address_host_port, normalize_address
            except ImportError:
                raise InputError(
                    "this needs the extra cluster: pip install '.[cluster]' in the project's folder"
                ) from None
            getLogger("distributed.client").setLevel(CRITICAL)  # what goes wrong is said in one line
            try:
                get_address_host_port(normalize_address(self.scheduler), strict=True)
                self._client = Client(self.scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                reason = " ".join(str(error).split())
                raise InputError(f"no scheduler answers at {self.scheduler}: {reason}") from None
        self.jobs = max(1, sum(self._client.nthreads().values()))

    def submit(self, place: Place, task: Task) -> "Future[Outcome]":
        """Under a name of its own: a chunk is never taken for one of another run."""
        self._count += 1
        name = f"collude-{id(self)}-{self._count}-{task[0]}"
        future: Future[Outcome] = self._client.submit(self.solve, place, *task, key=name, pure=False, retries=0)
        future.add_done_callback(self._done.put)
        return future

    def wait(self, waiting: "set[Future[Outcome]]") -> "set[Future[Outcome]]":
        """Until one is done; IncompleteError if all workers have been gone for a minute."""
        done = set()
        with suppress(Empty):
            done.add(self._done.get(timeout=BEAT))
            while True:
                done.add(self._done.get_nowait())
        if done or self._client.nthreads():
            self._seen = perf_counter()
        elif perf_counter() - self._seen > NO_WORKERS_SECONDS:
            raise IncompleteError(f"no worker is left at {self.scheduler}; start some, then resume")
        return done & waiting

    def close(self) -> None:
        """Let go of everything."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def died(self, error: BaseException) -> bool:
        """Dask gives up a task after some of its workers died, or cancels it."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        return isinstance(error, (KilledWorker, CancelledError))


def workers_for(backend: str, jobs: int, scheduler: str = "") -> Workers:
    """The workers of a name: serial, threads, processes or dask."""
    if backend != "dask" and scheduler:
        raise InputError("--scheduler goes with --backend dask")
    if backend == "serial":
        return Serial(1)
    if backend == "threads":
        return ThreadWorkers(jobs) if jobs > 1 else Serial(1)
    if backend == "processes":
        return ProcessWorkers(jobs)
    if backend == "dask":
        if not scheduler:
            raise InputError("--backend dask needs --scheduler ADDRESS, for instance tcp://127.0.0.1:8786")
        return DaskWorkers(scheduler)
    raise InputError(f"the back end is serial, threads, processes or dask, not {backend!r}")
