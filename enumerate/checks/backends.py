"""Where blocks are run: in this thread, or in several threads that share the tables (kernels release the GIL)."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from collude.models.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


@lru_cache(maxsize=4)
def _executor(jobs: int) -> ThreadPoolExecutor:
    """Threads that stay: a small check would otherwise wait longer for their start than for its answer."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="collude")


@dataclass(frozen=True)
class Threads:
    """A pool of `jobs` threads, the calling one among them: a thread that only waits would take a processor's place
    whenever it wakes. 1 runs everything in the calling thread."""

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
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
