"""A search cut into cubes: decisions at the top of the tree, each solved by itself, whose results add up to the whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter

import numpy as np

from collude.enumerate.searches.compile import Compiled
from collude.kernels.search.dfs import BEST, COUNT, DONE, FIRST, FOUND, FULL, LIST, list_choices, pick, search, start
from collude.kernels.search.propagate import (
    BEST_VALUE,
    HAS_BEST,
    LISTED,
    NODES,
    OPEN,
    SOLUTIONS,
    State,
    clauses_alive,
)

MODES = {"exists": FIRST, "count": COUNT, "all": LIST, "best": BEST}
SLICE_SECONDS = 0.5
Decisions = tuple[tuple[int, int], ...]
Sink = Callable[[np.ndarray], None]


@dataclass(frozen=True)
class Tally:
    """What one cube gives. digest: two sums mod 2^64. complete: the cube was searched to its end. best: largest objective,
    scaled. listed: (m, V) values of the mechanisms that were kept. used: which values occur, packed."""

    solutions: int = 0
    nodes: int = 0
    digest: tuple[int, int] = (0, 0)
    complete: bool = True
    best: int | None = None
    listed: np.ndarray | None = field(default=None, compare=False)
    used: np.ndarray | None = field(default=None, compare=False)


@dataclass(eq=False)
class Runner:
    """How cubes are solved. room: solutions that are kept at a time. limit: propagate from domains of at most so many
    values. stop: set to stop early; deadline: a time by `perf_counter`. floor: an objective that must be exceeded."""

    compiled: Compiled
    mode: int
    room: int = 1
    limit: int = 1
    stop: Event = field(default_factory=Event)
    deadline: float = float("inf")
    floor: int | None = None

    def solve(self, decisions: Decisions, budget: int | None = None, sink: Sink | None = None) -> Tally:
        """Solve one cube, in slices of about half a second. sink: takes what is listed, a few at a time, (m, V) values;
        without it they are in the tally."""
        state = self.compiled.state(self.room)
        given = np.array(decisions, np.int64).reshape(-1, 2)
        if not start(self.compiled.net, state, given, self.limit, True):
            return self._tally(state, [], True)
        if self.floor is not None:
            state.head[HAS_BEST], state.head[BEST_VALUE] = 1, self.floor
        kept: list[np.ndarray] = []
        slice_nodes, status = 64, -1
        while True:
            room = slice_nodes if budget is None else min(slice_nodes, budget - int(state.head[NODES]))
            if room <= 0 or self.stop.is_set() or perf_counter() > self.deadline:
                break
            began = perf_counter()
            status = search(self.compiled.net, state, self.mode, self.limit, room)
            took = perf_counter() - began
            if status == FULL:
                (kept.append if sink is None else sink)(state.listed.copy())
                state.head[LISTED] = 0
            elif status in (DONE, FOUND):
                break
            elif took < SLICE_SECONDS / 2:
                slice_nodes *= 2
            elif took > 2 * SLICE_SECONDS:
                slice_nodes = max(16, slice_nodes // 2)
        if sink is not None and state.head[LISTED]:
            sink(state.listed[: int(state.head[LISTED])].copy())
            state.head[LISTED] = 0
        return self._tally(state, kept, status in (DONE, FOUND))

    def _tally(self, state: State, kept: list[np.ndarray], complete: bool) -> Tally:
        head = state.head
        listed = np.concatenate([*kept, state.listed[: int(head[LISTED])]])
        found = self.mode == BEST and int(head[SOLUTIONS]) > 0
        return Tally(
            int(head[SOLUTIONS]),
            int(head[NODES]) + 1,
            (int(state.sums[2]), int(state.sums[3])),
            complete,
            int(head[BEST_VALUE]) if found else None,
            listed,
            state.used.copy(),
        )

    def batches(self) -> Iterator[np.ndarray]:
        """All solutions, a few at a time, (m, V)."""
        state = self.compiled.state(self.room)
        if not start(self.compiled.net, state, np.empty((0, 2), np.int64), self.limit, True):
            return
        while True:
            status = search(self.compiled.net, state, LIST, self.limit, 1 << 14)
            if state.head[LISTED]:
                yield state.listed[: int(state.head[LISTED])].copy()
                state.head[LISTED] = 0
            if status == DONE:
                return


def split(compiled: Compiled, target: int, limit: int = 1) -> list[Decisions]:
    """At least `target` cubes, if the tree has so many nodes near the top, in the order in which the search meets them;
    together they cover it exactly once.

    The cubes depend on the problem and on `target` only.
    """
    net, state = compiled.net, compiled.state(1)
    choices = np.zeros(int(compiled.cells.values.max()) + 1, np.int64)
    layer: list[tuple[Decisions, bool]] = [((), False)]
    while len(layer) < target and not all(leaf for _, leaf in layer):
        following: list[tuple[Decisions, bool]] = []
        for place, (decisions, leaf) in enumerate(layer):
            if leaf or len(following) + len(layer) - place >= target:
                following.append((decisions, leaf))
                continue
            x = branch(compiled, state, decisions, limit)
            if x is None:
                continue
            if x < 0:
                following.append((decisions, True))
                continue
            count = int(list_choices(net, state, x, choices))
            following += [((*decisions, (x, value)), False) for value in choices[:count].tolist()]
        layer = following
    return [decisions for decisions, _ in layer]


def branch(compiled: Compiled, state: State, decisions: Decisions, limit: int = 1) -> int | None:
    """The variable on which the search branches after some decisions; -1 at a leaf, None if nothing is possible there."""
    net = compiled.net
    if not start(net, state, np.array(decisions, np.int64).reshape(-1, 2), limit, True):
        return None
    if not clauses_alive(net, state):
        return None
    return int(pick(net.shape, state.domain, state.size, net.kin, False)) if state.head[OPEN] else -1
