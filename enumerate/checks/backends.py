"""Who carries the work: joblib's back ends, a cluster, and for blocks of small checks the smallest pool of threads."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from collude.models.errors import InputError

if TYPE_CHECKING:
    from distributed import Client
    from joblib import Parallel
    from joblib.parallel import ParallelBackendBase

Item = TypeVar("Item")
Result = TypeVar("Result")
BACKENDS = {"serial": "sequential", "threads": "threading", "processes": "loky", "dask": "dask"}


@dataclass(frozen=True)
class Carrier:
    """Who carries chunks, and how many at a time.

    Attributes
    ----------
    name : str
        serial, threads, processes, dask, or joblib for another back end that is active there.
    jobs : int
        Workers.
    scheduler : str
        The address of a cluster.
    client : distributed.Client, optional
        A connection to one that is there already.
    """

    name: str
    jobs: int
    scheduler: str = ""
    client: "Client | None" = field(default=None, compare=False)

    def parallel(self, workers: int, under_way: int, **how: object) -> "Parallel":
        """joblib's Parallel that gives results as they come, of so many workers, with at most `under_way` chunks."""
        from joblib import Parallel

        backend = None if self.name == "joblib" else BACKENDS[self.name]
        how |= {"return_as": "generator_unordered", "batch_size": 1, "pre_dispatch": under_way}
        try:
            return Parallel(workers, backend=backend, **how)
        except ValueError as error:
            raise InputError(f"joblib's active back end cannot carry a run: {error}") from None


def carrier_of(backend: str = "", jobs: int | None = None, scheduler: str = "") -> Carrier:
    """Decide who carries the work.

    Parameters
    ----------
    backend : str
        serial, threads, processes or dask; "" for what `joblib.parallel_config` has made active, else threads.
    jobs : int, optional
        Workers; what is active in joblib, else all processors.
    scheduler : str
        The address of a cluster.

    Returns
    -------
    Carrier

    Raises
    ------
    InputError
        If there is no such back end, or the back end and the scheduler do not go together.
    """
    if backend not in ("", *BACKENDS):
        raise InputError(f"the back end is {', '.join(list(BACKENDS)[:-1])} or dask, not {backend!r}")
    if scheduler and backend != "dask":
        raise InputError("--scheduler goes with --backend dask")
    active, active_jobs = _active()
    client = getattr(active, "client", None)
    if not backend:
        backend = _name_of(active, client)
    elif backend == "dask" and not scheduler and client is None:
        raise InputError("--backend dask needs --scheduler ADDRESS, for instance tcp://127.0.0.1:8786")
    jobs = 1 if backend == "serial" else jobs or active_jobs or available_jobs()
    return Carrier(
        "serial" if (backend, jobs) == ("threads", 1) else backend, jobs, scheduler, None if scheduler else client
    )


def _name_of(active: "ParallelBackendBase | None", client: "Client | None") -> str:
    """Our name of a back end of joblib's; threads for None."""
    if active is None or getattr(active, "uses_threads", False):
        return "serial" if type(active).__name__ == "SequentialBackend" else "threads"
    if client is not None:
        return "dask"
    return "processes" if type(active).__name__ == "LokyBackend" else "joblib"


def _active() -> tuple["ParallelBackendBase | None", int | None]:
    """(the back end that the user made active in joblib, None if none; how many workers he asked for, None if he did not)."""
    if "joblib" not in sys.modules:  # nobody can have configured it, and importing it takes longer than a small check
        return None, None
    from joblib import effective_n_jobs
    from joblib.parallel import get_active_backend

    backend, jobs = get_active_backend(prefer="threads")
    fallback, wanted = get_active_backend()
    if type(backend) is not type(fallback):  # threads only because we prefer them
        backend, jobs = None, None if wanted == 1 else wanted
    return backend, None if jobs is None else effective_n_jobs(jobs)


@lru_cache(maxsize=4)
def _executor(jobs: int) -> ThreadPoolExecutor:
    """Threads that stay: a small check would otherwise wait longer for their start than for its answer."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="collude")


@dataclass(frozen=True)
class Threads:
    """A pool of threads, the calling one among them: one that only waits would take a processor's place whenever it wakes.

    Parameters
    ----------
    jobs : int
        How many; 1 runs everything in the calling thread.

    Raises
    ------
    InputError
        Unless there is at least one.

    Examples
    --------
    >>> list(Threads(1).map(abs, [-1, 2]))
    [1, 2]
    """

    jobs: int = 1

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {self.jobs}")

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items; a caller may stop early, and then what has not begun never begins."""
        if self.jobs == 1 or len(items) < 2:
            yield from map(function, items)
            return
        left = iter(items)
        waiting: deque[tuple[Item, Future[Result]]] = deque()
        try:
            while True:
                for item in islice(left, 2 * self.jobs - len(waiting)):
                    waiting.append((item, _executor(self.jobs - 1).submit(function, item)))
                if not waiting:
                    return
                while not waiting[0][1].done() and _lend_a_hand(function, waiting):
                    pass
                yield waiting.popleft()[1].result()
        finally:
            for _, future in waiting:
                future.cancel()


def _lend_a_hand(function: Callable[[Item], Result], waiting: deque[tuple[Item, Future[Result]]]) -> bool:
    """Run, in this thread, the first item that no other thread has begun; False if there is none."""
    for place, (item, future) in enumerate(waiting):
        if future.cancel():
            done: Future[Result] = Future()
            done.set_result(function(item))
            waiting[place] = (item, done)
            return True
    return False


def available_jobs() -> int:
    """Count the processors that this process may use.

    Returns
    -------
    int

    Examples
    --------
    >>> available_jobs() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
