"""Chunks that go wrong on purpose, importable by workers in other processes."""

import os
import signal

from collude.enumerate.runs.batches import ChunkReport
from collude.enumerate.runs.batches import solve_at as solve_well
from collude.enumerate.runs.jobs import Hint

VICTIMS = {"kills": 3, "exits": 5, "fails": 2}


def kills(path: str, identity: str, chunk: int, hint: Hint) -> ChunkReport:
    """Chunk 3 takes its worker with it."""
    if chunk == VICTIMS["kills"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return solve_well(path, identity, chunk, hint)


def exits(path: str, identity: str, chunk: int, hint: Hint) -> ChunkReport:
    """Chunk 5 ends its worker."""
    if chunk == VICTIMS["exits"]:
        os._exit(1)
    return solve_well(path, identity, chunk, hint)


def fails(path: str, identity: str, chunk: int, hint: Hint) -> ChunkReport:
    """Chunk 2 goes wrong in an ordinary way."""
    if chunk == VICTIMS["fails"]:
        return ChunkReport(chunk, failure="RuntimeError: poisoned")
    return solve_well(path, identity, chunk, hint)
