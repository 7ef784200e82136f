"""Audits of a search: do its cubes cover the whole tree, is what is best as good as it says, was no cube cut short?"""

from collections.abc import Iterable, Mapping

from collude.enumerate.networks.exploration import Decisions
from collude.enumerate.runs.schema import JSON
from collude.enumerate.searches.compile import Compiled
from collude.enumerate.searches.cubes import Tree
from collude.enumerate.searches.objective import objective_of
from collude.models.errors import DisagreementError, InputError
from collude.models.space import OutcomeSpace


def require_tiling(compiled: Compiled, chunks: Iterable[Decisions], target: int) -> int:
    """Raise DisagreementError unless the cubes of a search cover its tree exactly once.

    The tree is walked from its root. A node that is a cube is covered. A node that propagation refutes needs no cube:
    nothing lies below it. All others must be covered by their children, one for each value that the variable can still
    take; that holds whether cubes lie below it or everything below it was refuted while the tree was being split.

    Parameters
    ----------
    compiled : Compiled
        The search.
    chunks : iterable of Decisions
        The cubes, each a path of (variable, value) from the root.
    target : int
        How many cubes were asked for. Splitting never examines more nodes in one layer of the tree, which bounds the walk
        where cubes are missing.

    Returns
    -------
    int
        How many nodes of the tree were examined.

    Notes
    -----
    Examines the nodes that splitting examined, each by one propagation.
    """
    cubes = list(chunks)
    left = set(cubes)
    inner = {cube[:depth] for cube in cubes for depth in range(len(cube))}
    if len(left) != len(cubes) or left & inner:
        raise DisagreementError("two chunks overlap")
    tree = Tree(compiled)
    most = (target + len(cubes) + 1) * (len(compiled.cells.values) + 1)
    deepest = max(map(len, cubes), default=0)
    finished = all(tree.branches(cube) == [] for cube in cubes)
    waiting: list[Decisions] = [()]
    examined = 0
    while waiting:
        node = waiting.pop()
        if node in left:
            left.remove(node)
            continue
        examined += 1
        branches = tree.branches(node)
        if branches is None:
            continue
        if not branches or examined > most or (len(node) >= deepest and not finished):
            raise DisagreementError(f"no chunk covers {node}")
        waiting += branches
    if left:
        raise DisagreementError(f"the chunk {min(left)} is no branch of the tree")
    return examined


def require_tables(space: OutcomeSpace, results: Mapping[int, JSON]) -> None:
    """Refuse cubes whose mechanism is none on the space: a run directory may come from a stranger.

    Parameters
    ----------
    space : OutcomeSpace
        Of the search.
    results : mapping of int to mapping
        `first` of each cube that is done.

    Raises
    ------
    InputError
        That names the chunk.
    """
    for chunk, result in results.items():
        table = result["first"]
        if table is not None and (len(table) != len(space.type_indices) or max(table) >= space.outcomes):
            raise InputError(f"the mechanism of chunk {chunk} is none of this problem's; begin again in a new folder")


def justified_floor(chunk: int, reached: Mapping[int, int]) -> int | None:
    """What a cube must exceed so that the first of equally good mechanisms is found in any order.

    Parameters
    ----------
    chunk : int
        The cube.
    reached : mapping of int to int
        The best objective of other cubes, scaled: what an earlier one reaches must be exceeded, what a later one reaches
        must be reached.

    Returns
    -------
    int or None
        None if nothing has been reached elsewhere.
    """
    return max((best if other < chunk else best - 1 for other, best in reached.items() if other != chunk), default=None)


def require_best(space: OutcomeSpace, objective: str, results: Mapping[int, JSON]) -> None:
    """Raise DisagreementError unless every cube of a search for the best says what it may say.

    A cube passes over mechanisms that are no better than its floor. That is right only if another cube has reached the
    floor, and the objective that a cube has reached must be that of the mechanism it shows.

    Parameters
    ----------
    space : OutcomeSpace
        Of the search.
    objective : str
        What the best is best at.
    results : mapping of int to mapping
        `best`, `floor` and `first` of each cube that is done.
    """
    weights, _ = objective_of(space, objective)
    assert weights is not None
    reached = {chunk: int(result["best"]) for chunk, result in results.items() if result["best"] is not None}
    for chunk, result in results.items():
        table, best, floor = result["first"], result["best"], result["floor"]
        if (best is None) != (not result["solutions"]):
            raise DisagreementError(
                f"chunk {chunk} has mechanisms without an objective, or an objective without mechanisms"
            )
        if table is not None:
            value = sum(int(weights[p, outcome]) for p, outcome in enumerate(table))
            if value != best:
                raise DisagreementError(f"the mechanism of chunk {chunk} has another objective than the chunk says")
        if best is not None and floor is not None and best <= floor:
            raise DisagreementError(f"chunk {chunk} shows a mechanism that it should have passed over")
        justified = justified_floor(chunk, reached)
        if floor is not None and (justified is None or floor > justified):
            raise DisagreementError(f"chunk {chunk} passed over mechanisms as good as any that another chunk has")
