"""Chunks that go wrong on purpose, importable by workers in other processes."""

import os
import signal
from typing import Any

from collude.enumerate.runs.workers import Outcome, solve_at


def kills(place: tuple[str, str], chunk: int, hint: Any) -> Outcome:
    """Chunk 3 takes its worker with it."""
    if chunk == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return solve_at(place, chunk, hint)


def exits(place: tuple[str, str], chunk: int, hint: Any) -> Outcome:
    """Chunk 5 ends its worker."""
    if chunk == 5:
        os._exit(1)
    return solve_at(place, chunk, hint)


def fails(place: tuple[str, str], chunk: int, hint: Any) -> Outcome:
    """Chunk 2 goes wrong in an ordinary way."""
    if chunk == 2:
        return Outcome(chunk, failure="RuntimeError: poisoned")
    return solve_at(place, chunk, hint)
