"""Where blocks are run: in this thread, or in several threads that share the tables (kernels release the GIL)."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from collude.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


@lru_cache(maxsize=4)
def _executor(jobs: int) -> ThreadPoolExecutor:
    """Threads that stay: a small check would otherwise wait longer for their start than for its answer."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="collude")


@dataclass(frozen=True)
class Threads:
    """A pool of `jobs` threads; 1 runs everything in the calling thread."""

    jobs: int = 1

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {self.jobs}")

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items; a caller may stop early, and then what has not begun never begins."""
        if self.jobs == 1 or len(items) < 2:
            yield from map(function, items)
            return
        waiting: deque[Future[Result]] = deque()
        left = iter(items)
        try:
            for item in left:
                waiting.append(_executor(self.jobs).submit(function, item))
                if len(waiting) > 2 * self.jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def available_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
