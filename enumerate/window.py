"""Saturation: does a grid of transfers one step wider on each side give another count?"""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from collude.axioms.restrict import require
from collude.enumerate.compile import Compiled, compile_search
from collude.enumerate.cubes import MODES, Runner
from collude.errors import SizeError
from collude.models.space import Space, outcome_space

CHEAP_SECONDS = 2.0


def wider(space: Space) -> Space | None:
    """The same space over a grid with one more step at each end; None if it is not all allocations times a grid."""
    if space.grid is None or len(space.grid) < 2 or space.cells is not None:
        return None
    low, high = space.grid[1] - space.grid[0], space.grid[-1] - space.grid[-2]
    try:
        found = outcome_space(space.environment, (space.grid[0] - low, *space.grid, space.grid[-1] + high))
        base = outcome_space(space.environment, space.grid)
    except SizeError:
        return None
    same = base.outcomes == space.outcomes and np.array_equal(base.transfer, space.transfer)
    return found if same and np.array_equal(base.bundle, space.bundle) else None


def touches_edge(compiled: Compiled, used: np.ndarray | None) -> bool:
    """True if some mechanism that was found pays somebody a transfer at an end of the grid."""
    space = compiled.space
    if used is None or space.grid is None:
        return False
    ends = [int(space.grid[0] * space.scale), int(space.grid[-1] * space.scale)]
    at_end = np.asarray(np.isin(space.transfer, ends).any(axis=1))
    words, first = compiled.net.shape[:, 1], compiled.net.shape[:, 2]
    for p, x in enumerate(compiled.cells.variable.tolist()):
        bits = np.unpackbits(used[first[x] : first[x] + words[x]].view(np.uint8), bitorder="little")
        values = np.flatnonzero(bits[: int(compiled.cells.values[x])])
        if bool(np.any(np.asarray(at_end)[compiled.cells.option[p, values]])):
            return True
    return False


def examine(
    compiled: Compiled, names: Sequence[str], count: int, nodes: int, edge: bool, seconds: float
) -> dict[str, Any]:
    """{"saturated": true, false or null, ...}: by a recount where the first one was cheap, else from the edge of the grid.

    names: the axioms; count, nodes, seconds: what the search found and took; edge: a transfer at an end of the grid occurs.
    """
    grid = compiled.space.grid or ()
    about: dict[str, Any] = {"transfers": [str(grid[0]), str(grid[-1])], "edge_used": edge, "saturated": None}
    space = wider(compiled.space) if seconds < CHEAP_SECONDS else None
    if space is not None:
        try:
            wide = compile_search(space, require(names, space), project=compiled.projected, memory=1 << 30)
        except SizeError:
            return about
        runner = Runner(wide, MODES["count"], deadline=perf_counter() + 5 * CHEAP_SECONDS)
        recount = runner.solve((), max(1 << 14, 40 * nodes))
        if recount.complete:
            about |= {"wider_count": recount.solutions, "saturated": recount.solutions == count}
            return about
    if edge:
        about["saturated"] = False
    return about
