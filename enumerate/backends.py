"""Where blocks are run: in this thread, or in several threads that share the tables (kernels release the GIL)."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from joblib import Parallel, delayed

from collude.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Threads:
    """A pool of `jobs` threads; 1 runs everything in the calling thread."""

    jobs: int = 1

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {self.jobs}")

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of the items; a caller may stop early."""
        if self.jobs == 1 or len(items) < 2:
            return map(function, items)
        parallel = Parallel(n_jobs=self.jobs, backend="threading", return_as="generator", batch_size=1)
        results: Iterator[Result] = parallel(delayed(function)(item) for item in items)
        return results


def available_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
