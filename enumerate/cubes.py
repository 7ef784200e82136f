"""A search cut into cubes: decisions at the top of the tree, each solved by itself, whose results add up to the whole."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np

from collude.enumerate.backends import Threads
from collude.enumerate.compile import Compiled
from collude.kernels.dfs import BEST, COUNT, DONE, FIRST, FOUND, FULL, LIST, list_choices, pick, search, start
from collude.kernels.propagate import (
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
MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Tally:
    """What one cube gives; tallies of disjoint cubes add up. digest: two sums mod 2^64. best: largest objective, scaled.
    listed: (m, V) values of the mechanisms that were kept. used: which values occur, packed."""

    solutions: int = 0
    nodes: int = 0
    digest: tuple[int, int] = (0, 0)
    complete: bool = True
    best: int | None = None
    listed: np.ndarray | None = field(default=None, compare=False)
    used: np.ndarray | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "solutions": self.solutions,
            "nodes": self.nodes,
            "digest": f"{self.digest[0]:016x}{self.digest[1]:016x}",
            "complete": self.complete,
            "best": self.best,
        }


def add(parts: Sequence[Tally], keep: int | None) -> Tally:
    """The whole from its parts; at most `keep` listed mechanisms. The best part keeps its own."""
    listed = [part.listed for part in parts if part.listed is not None and len(part.listed)]
    used = [part.used for part in parts if part.used is not None]
    best = [part for part in parts if part.best is not None]
    top = max(best, key=lambda part: part.best or 0, default=None) if best else None
    return Tally(
        sum(part.solutions for part in parts),
        sum(part.nodes for part in parts),
        (sum(part.digest[0] for part in parts) & MASK, sum(part.digest[1] for part in parts) & MASK),
        all(part.complete for part in parts),
        None if top is None else top.best,
        top.listed if top is not None else (np.concatenate(listed)[:keep] if listed else None),
        np.bitwise_or.reduce(used) if used else None,
    )


@dataclass(eq=False)
class Runner:
    """How cubes are solved. limit: propagate from domains of at most so many values. stop: set to stop early. deadline:
    a time by `perf_counter`. budget: nodes per cube, None for no bound. floor: an objective that must be exceeded."""

    compiled: Compiled
    mode: int
    room: int = 1
    limit: int = 1
    stop: Event = field(default_factory=Event)
    deadline: float = float("inf")
    floor: int | None = None

    def solve(self, decisions: Decisions, budget: int | None = None) -> Tally:
        """Solve one cube, in slices of about half a second."""
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
                kept.append(state.listed.copy())
                state.head[LISTED] = 0
            elif status in (DONE, FOUND):
                break
            elif took < SLICE_SECONDS / 2:
                slice_nodes *= 2
            elif took > 2 * SLICE_SECONDS:
                slice_nodes = max(16, slice_nodes // 2)
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
    """At least `target` cubes, if the tree has so many nodes near the top; together they cover it exactly once.

    The cubes depend on the problem and on `target` only.
    """
    net, state = compiled.net, compiled.state(1)
    choices = np.zeros(int(compiled.cells.values.max()) + 1, np.int64)
    layer: list[Decisions] = [()]
    leaves: list[Decisions] = []
    while layer and len(layer) + len(leaves) < target:
        following: list[Decisions] = []
        for decisions in layer:
            if not start(net, state, np.array(decisions, np.int64).reshape(-1, 2), limit, True):
                continue
            if not clauses_alive(net, state):
                continue
            x = int(pick(net.shape, state.domain, state.size, net.kin, False)) if state.head[OPEN] else -1
            if x < 0:
                leaves.append(decisions)
                continue
            count = int(list_choices(net, state, x, choices))
            following += [(*decisions, (x, value)) for value in choices[:count].tolist()]
        layer = following
    return leaves + layer


def run_cubes(
    runner: Runner,
    cubes: Sequence[Decisions],
    jobs: int,
    progress: Callable[[str, int, int], None] | None = None,
    sink: Callable[[np.ndarray], None] | None = None,
) -> list[Tally]:
    """Solve cubes, several at a time; stops early once one is found when existence is all that is asked.

    sink: takes what each cube lists, in the order of the cubes, which is then forgotten.
    """
    parts: list[Tally] = []

    def one(cube: Decisions) -> Tally:
        if runner.stop.is_set():
            return Tally(complete=False)
        return runner.solve(cube)

    try:
        for done, part in enumerate(Threads(jobs).map(one, cubes), 1):
            if sink is not None and part.listed is not None:
                sink(part.listed)
                part = replace(part, listed=None)
            parts.append(part)
            if progress is not None:
                progress("search", done, len(cubes))
            if runner.mode == FIRST and part.solutions:
                break
            if part.best is not None and (runner.floor is None or part.best > runner.floor):
                runner.floor = part.best
    finally:
        if len(parts) < len(cubes):
            runner.stop.set()
    return parts
