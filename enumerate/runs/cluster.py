"""Chunks of a long run on the workers of a scheduler of dask.distributed, which share the run directory's file system."""

from asyncio import run
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from logging import CRITICAL, getLogger
from typing import TYPE_CHECKING

from collude.enumerate.checks.backends import Carrier
from collude.enumerate.runs.batches import DIED, Batch, ChunkReport, Send, Solve, solve_batch
from collude.models.errors import IncompleteError, InputError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 5
NO_WORKERS_SECONDS = 60.0


@contextmanager
def connected(carrier: Carrier) -> Iterator["Client"]:
    """A connection to the cluster that a carrier names.

    Parameters
    ----------
    carrier : Carrier
        With joblib's active client, which stays open, or the address of a scheduler.

    Yields
    ------
    distributed.Client
        The active one, or a new one.

    Raises
    ------
    InputError
        If no scheduler answers there within seconds, or it asks for another encryption.
    IncompleteError
        If the scheduler is gone.
    """
    client = carrier.client or _new_client(carrier.scheduler)
    try:
        yield client
    except OSError as error:
        where = carrier.scheduler or "hand"
        raise IncompleteError(
            f"the scheduler at {where} is gone ({type(error).__name__}); every chunk that is done is kept"
        ) from None
    finally:
        if carrier.client is None:
            client.close()


def _new_client(address: str) -> "Client":
    try:
        from distributed import Client, Security
        from distributed.comm import connect
    except ImportError:
        raise InputError("this needs the extra cluster: pip install '.[cluster]' in the project's folder") from None
    for name in ("distributed", "distributed.client"):  # what goes wrong is said in one line
        getLogger(name).setLevel(CRITICAL)
    security = Security()

    async def knock() -> None:
        await (await connect(address, timeout=CONNECT_SECONDS, **security.get_connection_args("client"))).close()

    try:
        with ThreadPoolExecutor(1) as pool:  # a client that fails to connect says so for ever, and in several lines
            pool.submit(run, knock()).result()
        return Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except TypeError:
        raise InputError(
            f"{address} asks for certificates; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "..__TLS__CLIENT__CERT and ..__TLS__CLIENT__KEY as docs/long-runs.md shows, or write tcp://"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"no scheduler answers at {address}: {reason}") from None


@contextmanager
def sent_to(client: "Client", solve: Solve) -> Iterator[Send]:
    """What solves a batch on a cluster, by its own client: joblib's would wait for ever for a chunk that kills every worker.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster.
    solve : callable
        Solves one chunk there.

    Yields
    ------
    callable
        Gives what `solve_batch` does; nothing if several chunks died with their workers, or the cluster is left meanwhile.

    Raises
    ------
    IncompleteError
        If no worker is there for a minute.
    """
    from distributed import KilledWorker

    executor = client.get_executor(pure=False, retries=0)

    def send(batch: Batch) -> list[ChunkReport]:
        future: Future[list[ChunkReport]] = executor.submit(solve_batch, solve, batch)
        while not wait([future], NO_WORKERS_SECONDS).done:
            try:
                client.wait_for_workers(1, NO_WORKERS_SECONDS)
            except TimeoutError:
                raise IncompleteError("no worker is left on the cluster; start some, then resume") from None
        try:
            return future.result()
        except KilledWorker:  # several, one after the other
            return [ChunkReport(chunk, failure=DIED) for chunk in batch if len(batch) == 1]
        except CancelledError:
            return []

    try:
        yield send
    finally:
        with suppress(Exception):  # a scheduler that is gone cancels nothing
            executor.shutdown(wait=False)
