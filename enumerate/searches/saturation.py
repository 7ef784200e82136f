"""Saturation: does a wider grid of transfers give another count?

A grid that ends short of what types can differ by may miss mechanisms and yet look complete one step further out. So the
wider grid goes on, in steps like the outermost ones, at least one step and until it spans plus and minus the largest
difference between two values of an agent.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from collude.axioms.core.registry import require
from collude.enumerate.networks.exploration import Effort
from collude.enumerate.networks.product import Solver
from collude.enumerate.searches.compile import Compiled, compile_search
from collude.kernels.search.network import COUNT
from collude.models.environment import Environment
from collude.models.errors import SizeError
from collude.models.space import OutcomeSpace, outcome_space

CHEAP_NODES = 1 << 15  # not seconds: the answer must not depend on the machine
MOST_STEPS = 60


def wider(space: OutcomeSpace, reach: Fraction | None = None) -> OutcomeSpace | None:
    """Widen the grid of transfers of an outcome space.

    Parameters
    ----------
    space : OutcomeSpace
        All allocations times a grid of transfers.
    reach : Fraction, optional
        Go on until the grid spans from -reach to reach, in money; by default one more step at each end.

    Returns
    -------
    OutcomeSpace or None
        None if the space is not all allocations times a grid, or the wider one cannot be held.

    Examples
    --------
    >>> import collude as co
    >>> from collude.models.space import outcome_space
    >>> found = wider(outcome_space(co.auction(agents=2, values=[0, 1]), [-1, 0]))
    >>> found is not None and [str(x) for x in found.grid or ()]
    ['-2', '-1', '0', '1']
    """
    grid = space.grid
    if grid is None or len(grid) < 2 or space.cells is not None:
        return None
    low, high = grid[1] - grid[0], grid[-1] - grid[-2]
    below = 1 if reach is None else max(1, ceil((grid[0] + reach) / low))
    above = 1 if reach is None else max(1, ceil((reach - grid[-1]) / high))
    if below + above > MOST_STEPS:
        return None
    levels = [
        *(grid[0] - low * k for k in range(below, 0, -1)),
        *grid,
        *(grid[-1] + high * (k + 1) for k in range(above)),
    ]
    try:
        found = outcome_space(space.environment, levels)
        base = outcome_space(space.environment, grid)
    except SizeError:
        return None
    same = base.outcomes == space.outcomes and np.array_equal(base.transfer, space.transfer)
    return found if same and np.array_equal(base.bundle, space.bundle) else None


def reach_of(environment: Environment) -> Fraction:
    """The largest difference between two values of one agent, beyond which no transfer changes what he wants.

    Parameters
    ----------
    environment : Environment
        With the values.

    Returns
    -------
    Fraction
        In money.

    Examples
    --------
    >>> import collude as co
    >>> reach_of(co.auction(agents=2, values=[0, 3]))
    Fraction(3, 1)
    """
    return max(Fraction(int(values.max()) - int(values.min()), environment.scale) for values in environment.values)


def touches_edge(compiled: Compiled, used: np.ndarray | None) -> bool:
    """Tell whether some mechanism that was found pays somebody a transfer at an end of the grid.

    Parameters
    ----------
    compiled : Compiled
        The search.
    used : ndarray (D,) uint64, or None
        The values that occur in mechanisms, as domains; None if that was not noted.

    Returns
    -------
    bool
        False where nothing was noted, or there is no grid.
    """
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


def examine_window(compiled: Compiled, names: Sequence[str], count: int, nodes: int, edge: bool) -> dict[str, object]:
    """Find out whether a count depends on where the grid of transfers ends.

    Parameters
    ----------
    compiled : Compiled
        The search, on all allocations times a grid.
    names : sequence of str
        The axioms that were required.
    count, nodes : int
        What the search found, and how many nodes it took.
    edge : bool
        Whether some mechanism pays a transfer at an end of the grid.

    Returns
    -------
    dict
        `saturated` is true, false or None (unknown): by a recount over a wider grid where the first one was cheap, else from the
        edge of the grid. Only a grid that spans the differences of values makes it true.
    """
    grid = compiled.space.grid or ()
    about: dict[str, object] = {"transfers": [str(grid[0]), str(grid[-1])], "edge_used": edge, "saturated": None}
    for reach in (reach_of(compiled.space.environment), None) if nodes <= CHEAP_NODES else ():
        space = wider(compiled.space, reach)
        recount = None if space is None else _recount(compiled, space, names, nodes)
        if space is not None and space.grid is not None and recount is not None:
            about |= {"wider_transfers": [str(space.grid[0]), str(space.grid[-1])], "wider_count": recount}
            if recount != count or reach is not None:
                about["saturated"] = recount == count
            return about
    if edge:
        about["saturated"] = False
    return about


def _recount(compiled: Compiled, space: OutcomeSpace, names: Sequence[str], nodes: int) -> int | None:
    """How many mechanisms there are on a wider space; None if that takes too long."""
    try:
        wide = compile_search(space, require(names, space), project=compiled.projected, memory=1 << 28)
    except SizeError:
        return None
    tally = Solver(COUNT).solve(wide.net, Effort(max(1 << 14, 40 * nodes)))
    return tally.solutions if tally.complete else None
