"""Who carries the work: joblib's back ends, a cluster, and for blocks of small checks the smallest pool of threads."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from collude.models.errors import InputError

if TYPE_CHECKING:
    from distributed import Client
    from joblib.parallel import ParallelBackendBase

Item = TypeVar("Item")
Result = TypeVar("Result")
BACKENDS = {"serial": "sequential", "threads": "threading", "processes": "loky", "dask": "threading"}
NAMES = {"NoneType": "threads", "Threading": "threads", "Sequential": "serial", "Loky": "processes"}


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

    @property
    def here(self) -> bool:
        """True if they are done in this process."""
        return self.name in ("serial", "threads")


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
    client = None if scheduler else getattr(active, "client", None)
    backend = backend or NAMES.get(type(active).__name__.removesuffix("Backend"), "dask" if client else "joblib")
    if backend == "dask" and not scheduler and client is None:
        raise InputError("--backend dask needs --scheduler ADDRESS, for instance tcp://127.0.0.1:8786")
    jobs = 1 if backend == "serial" else jobs or active_jobs or available_jobs()
    return Carrier(backend, jobs, scheduler, client)


def _active() -> tuple["ParallelBackendBase | None", int | None]:
    """(what the user made active in joblib, else threads or None; how many workers he asked for, None if he did not)."""
    if "joblib" not in sys.modules:  # nobody can have configured it, and importing it takes longer than a small check
        return None, None
    from joblib import effective_n_jobs
    from joblib.parallel import get_active_backend

    jobs = get_active_backend()[1]
    return get_active_backend(prefer="threads")[0], None if jobs is None else effective_n_jobs(jobs)


@lru_cache(maxsize=4)
def _executor(jobs: int) -> ThreadPoolExecutor:
    """Threads that stay: a small check would otherwise wait longer for their start than for its answer."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="collude")


@dataclass(frozen=True)
class Threads:
    """A pool of threads.

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
        alone = self.jobs == 1 or len(items) < 2
        return map(function, items) if alone else _executor(self.jobs).map(function, items)


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
