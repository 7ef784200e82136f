"""Chunks that go wrong on purpose, importable by workers in other processes."""

import os
import signal

from collude.enumerate.runs.batches import Assignment, ChunkReport, Place
from collude.enumerate.runs.batches import solve_at as solve_well

VICTIMS = {"kills": 3, "exits": 5, "fails": 2}


def kills(place: Place, assignment: Assignment) -> ChunkReport:
    """Chunk 3 takes its worker with it."""
    if assignment.chunk == VICTIMS["kills"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return solve_well(place, assignment)


def exits(place: Place, assignment: Assignment) -> ChunkReport:
    """Chunk 5 ends its worker."""
    if assignment.chunk == VICTIMS["exits"]:
        os._exit(1)
    return solve_well(place, assignment)


def fails(place: Place, assignment: Assignment) -> ChunkReport:
    """Chunk 2 goes wrong in an ordinary way."""
    if assignment.chunk == VICTIMS["fails"]:
        return ChunkReport(assignment.chunk, failure="RuntimeError: poisoned")
    return solve_well(place, assignment)
