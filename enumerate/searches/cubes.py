"""A search cut into cubes: decisions at the top of the tree, each solved by itself, whose results add up to the whole."""

from dataclasses import dataclass, field
from threading import Event

from collude.enumerate.networks.exploration import Decisions, Effort, Exploration, Sink, Tally
from collude.enumerate.networks.solutions import Solutions
from collude.enumerate.searches.compile import Compiled
from collude.kernels.search.clauses import clauses_alive
from collude.kernels.search.network import BEST, COUNT, FIRST, LIST

MODES = {"exists": FIRST, "count": COUNT, "all": LIST, "best": BEST}


@dataclass(eq=False)
class Runner:
    """Solves cubes by plain search, without cutting them into independent parts.

    Parameters
    ----------
    compiled : Compiled
        The search.
    mode : int
        FIRST, COUNT, LIST or BEST of the search kernel.
    room : int
        Solutions that are kept at a time.
    limit : int
        Domains of at most so many values are propagated.
    stop : Event
        Set to stop early.
    deadline : float
        A time by `perf_counter` at which to stop early.
    """

    compiled: Compiled
    mode: int
    room: int = 1
    limit: int = 1
    stop: Event = field(default_factory=Event)
    deadline: float = float("inf")

    def solve(self, decisions: Decisions, budget: int | None = None, sink: Sink | None = None) -> Tally:
        """Solve one cube. sink: takes what is listed, a few at a time, (m, V) values; without it they are in the tally."""
        exploration = Exploration(self.compiled.net, self.mode, room=self.room, limit=self.limit, tracked=True)
        if exploration.begin(decisions):
            exploration.go_on(Effort(budget, self.stop, self.deadline), sink)
        return exploration.tally()

    def batches(self) -> Solutions:
        """All solutions, a few at a time, (m, V)."""
        return Solutions(self.compiled.net, Effort(None, self.stop, self.deadline), (), True, self.limit)


@dataclass(eq=False)
class Tree:
    """The top of the search tree, looked at node by node.

    Parameters
    ----------
    compiled : Compiled
        The search.
    limit : int
        Domains of at most so many values are propagated.
    """

    compiled: Compiled
    limit: int = 1

    def __post_init__(self) -> None:
        self._exploration = Exploration(self.compiled.net, FIRST, limit=self.limit)

    def branches(self, decisions: Decisions) -> list[Decisions] | None:
        """The children of a node, none at a leaf; None if nothing is possible at the node."""
        if not self._exploration.begin(decisions) or not clauses_alive(self.compiled.net, self._exploration.state):
            return None
        x, values = self._exploration.branches()
        return [(*decisions, (x, value)) for value in values]


def split(compiled: Compiled, target: int, limit: int = 1) -> list[Decisions]:
    """Split a search into cubes: decisions at the top of its tree, in the order in which the search meets them.

    Together they cover the search exactly once; subtrees that are refuted on the way have no cube.

    Parameters
    ----------
    compiled : Compiled
        The search.
    target : int
        At least so many cubes, if the tree has so many nodes near the top.
    limit : int
        Domains of at most so many values are propagated.

    Returns
    -------
    list of Decisions
        Each a path of (variable, value) from the root. They depend on the problem and on `target` only.

    Notes
    -----
    Cost: one propagation per node that is looked at, fewer than `target` per layer of the tree.

    Examples
    --------
    >>> from collude.axioms.core.registry import require
    >>> from collude.enumerate.searches.compile import compile_search
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> space = outcome_space(voting(2, 2))
    >>> split(compile_search(space, require(["strategy-proof"], space)), 2)
    [((0, 0),), ((0, 1),)]
    """
    tree = Tree(compiled, limit)
    layer: list[tuple[Decisions, bool]] = [((), False)]
    while len(layer) < target and not all(leaf for _, leaf in layer):
        following: list[tuple[Decisions, bool]] = []
        for place, (decisions, leaf) in enumerate(layer):
            if leaf or len(following) + len(layer) - place >= target:
                following.append((decisions, leaf))
                continue
            branches = tree.branches(decisions)
            if branches is not None:
                following += [(branch, False) for branch in branches] or [(decisions, True)]
        layer = following
    return [decisions for decisions, _ in layer]
