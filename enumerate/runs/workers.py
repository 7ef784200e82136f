"""Chunks of a long run carried by joblib: here, in threads, in processes, on whatever back end is active there.

A worker that dies takes nothing with it: the chunks that it may have been working on are tried again one at a time, and one
that kills a worker by itself is reported as failed.
"""

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from threading import Thread
from time import sleep

from collude.enumerate.checks.backends import BACKENDS, Carrier
from collude.enumerate.runs.batches import Handout, Reports, Send, Solve, solve_at, solve_batch, solve_here
from collude.enumerate.runs.cluster import connected, sent_to
from collude.enumerate.runs.jobs import Job
from collude.enumerate.runs.opening import read_manifest
from collude.models.errors import IncompleteError, InputError

BEAT = 1.0
SAFE = "PYTHONSAFEPATH"


def solve_all(job: Job, chunks: Iterable[int], carrier: Carrier) -> Reports:
    """Solve chunks with the workers of a carrier.

    Parameters
    ----------
    job : Job
        What they are chunks of.
    chunks : iterable of int
        Taken in this order as workers become free, those that are useful by then.
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
        If no worker can be started, or the disk or the cluster takes nothing more.
    DisagreementError
        If a chunk found a bug.
    """
    tasks = Handout(job, chunks)
    solve: Solve = partial(solve_here, job)
    if not carrier.here:
        if job.folder is None:
            raise InputError("workers in other processes need a run directory; add --out DIR")
        solve = partial(solve_at, str(job.folder.absolute()), read_manifest(job.folder).identity)
    send: Send = partial(solve_batch, solve)
    with ExitStack() as stack:
        if carrier.name == "dask":
            client = stack.enter_context(connected(carrier))
            send = stack.enter_context(sent_to(client, solve))
            carrier = replace(carrier, jobs=2 * max(1, sum(client.nthreads().values())))
        else:
            stack.enter_context(_safe_children())
        while tasks.waiting and not tasks.stop.is_set():
            yield from _reports(carrier, send, tasks)
            yield tasks.lost()


@contextmanager
def _safe_children() -> Iterator[None]:
    """Processes that are started meanwhile do not import what lies in the current directory."""
    before = os.environ.get(SAFE)
    os.environ[SAFE] = "1"
    try:
        yield
    except OSError as error:
        raise IncompleteError(f"no worker can be started: {error.strerror}; use fewer --jobs") from None
    finally:
        del os.environ[SAFE]
        os.environ |= {SAFE: before} if before else {}


def _reports(carrier: Carrier, send: Send, tasks: Handout) -> Reports:
    """What joblib's generator gives, and nothing about every second in which it gives nothing. A thread waits for it, so
    that this one can look at limits and be interrupted. Closing this iterator stops the workers; those in this process are
    waited for. Where there is but one worker elsewhere another stands by: joblib would take this process for it."""
    from joblib import Parallel, delayed

    workers = carrier.jobs if carrier.here else max(2, carrier.jobs)
    how = {"return_as": "generator_unordered", "batch_size": 1, "pre_dispatch": carrier.jobs}
    if carrier.name == "processes":
        how |= {"initializer": follow_parent, "initargs": (os.getpid(),)}
    try:
        parallel = Parallel(workers, backend=BACKENDS.get(carrier.name), **how)
    except ValueError as error:
        raise InputError(f"joblib's active back end cannot carry a run: {error}") from None
    with ThreadPoolExecutor(1) as reader, nullcontext() if carrier.here else parallel:
        stream = parallel(delayed(send)(batch) for batch in iter(tasks.batch, {}))
        try:
            while True:
                coming = reader.submit(next, stream, None)
                while not wait([coming], BEAT).done:
                    yield ()
                if (reports := coming.result()) is None:
                    return
                if reports:
                    tasks.take(reports)
                yield reports
        except BrokenExecutor:
            return
        except BaseException:
            tasks.stop.set()
            reader.submit(deque, stream, 0)  # joblib would warn of results that nobody takes
            raise


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
