"""Chunks of a long run on the workers of a scheduler of dask.distributed, which share the run directory's file system."""

from asyncio import run
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from logging import CRITICAL, getLogger
from time import perf_counter
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from collude.enumerate.checks.backends import Carrier
from collude.enumerate.runs.batches import (
    DIED,
    Assignment,
    Batch,
    ChunkReport,
    Handout,
    Place,
    Reports,
    SolveAt,
    solve_batch,
)
from collude.models.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from distributed import Client

BEAT = 1.0
CONNECT_SECONDS = 5
NO_WORKERS_SECONDS = 60.0


class BatchFuture(Protocol):
    """What a cluster gives at once for a batch."""

    def result(self) -> list[ChunkReport]:
        """The reports, when they are there."""


def connect(carrier: Carrier) -> "Client":
    """Connect to the cluster that a carrier names.

    Parameters
    ----------
    carrier : Carrier
        With joblib's active client, or the address of a scheduler.

    Returns
    -------
    distributed.Client
        The active one, or a new one.

    Raises
    ------
    InputError
        If no scheduler answers there within seconds, or it asks for another encryption.
    """
    if carrier.client is not None:
        return carrier.client
    try:
        from distributed import Client, Security
        from distributed.comm import connect as knock
    except ImportError:
        raise InputError("this needs the extra cluster: pip install '.[cluster]' in the project's folder") from None
    getLogger("distributed").setLevel(CRITICAL)  # what goes wrong is said in one line
    security = Security()

    async def probe() -> None:
        arguments = security.get_connection_args("client")
        await (await knock(carrier.scheduler, timeout=CONNECT_SECONDS, **arguments)).close()

    encrypted = carrier.scheduler.startswith("tls:")
    if encrypted and security.get_connection_args("client")["ssl_context"] is None:
        raise InputError(
            f"{carrier.scheduler} asks for certificates; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "..__TLS__CLIENT__CERT and ..__TLS__CLIENT__KEY as docs/long-runs.md shows, or write tcp://"
        )
    try:
        with ThreadPoolExecutor(1) as pool:  # a client that fails to connect says so for ever, and in several lines
            pool.submit(lambda: run(probe())).result()
        return Client(carrier.scheduler, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"no scheduler answers at {carrier.scheduler}: {reason}") from None


def solve_on_cluster(place: Place, assignments: Iterator[Assignment], carrier: Carrier, solve: SolveAt) -> Reports:
    """Solve chunks on a cluster, by its own client: joblib's would wait for ever for a chunk that kills every worker.

    Parameters
    ----------
    place : Place
        The run directory, as workers see it.
    assignments : iterator of Assignment
        Taken one by one, as workers become free.
    carrier : Carrier
        Names the cluster.
    solve : callable
        Solves one chunk there.

    Yields
    ------
    sequence of ChunkReport

    Raises
    ------
    IncompleteError
        If the scheduler is gone, or no worker has been there for a minute.
    """
    client = connect(carrier)
    from distributed import wait

    tasks = Handout(assignments)
    waiting: dict[BatchFuture, Batch] = {}
    seen = perf_counter()
    try:
        while True:
            room = max(1, sum(client.nthreads().values()))
            tasks.begin()
            while len(waiting) < room and (batch := next(tasks, None)):
                key = f"collude-{uuid4().hex}-{batch[0].chunk}"  # never taken for a chunk of another run
                future = client.submit(solve_batch, partial(solve, place), batch, key=key, pure=False, retries=0)
                waiting[future] = batch
            if not waiting:
                return
            done: set[BatchFuture] = set()
            with suppress(TimeoutError), client.as_current():
                done = wait(list(waiting), timeout=BEAT, return_when="FIRST_COMPLETED").done
            if done or client.nthreads():
                seen = perf_counter()
            elif perf_counter() - seen > NO_WORKERS_SECONDS:
                raise IncompleteError("no worker is left on the cluster; start some, then resume")
            if not done:
                yield ()
            for future in done:
                yield _taken(future, waiting.pop(future), tasks)
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


def _taken(future: BatchFuture, batch: Batch, tasks: Handout) -> list[ChunkReport]:
    """The reports of a batch; of a batch that took its worker with it none, and its chunks are tried one by one."""
    from distributed import KilledWorker

    try:
        reports = future.result()
    except (KilledWorker, CancelledError):
        if len(batch) > 1:
            tasks.take_dead(batch)
            return []
        reports = [ChunkReport(batch[0].chunk, failure=DIED)]
    tasks.take(reports)
    return reports
