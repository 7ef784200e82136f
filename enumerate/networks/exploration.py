"""One exploration of a network of constraints by the search kernel, in slices, which can be stopped and go on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter
from typing import NamedTuple

import numpy as np

from collude.kernels.search.choice import branch_values, choose_variable
from collude.kernels.search.dfs import explore, restart
from collude.kernels.search.network import (
    BEST,
    BEST_VALUE,
    DONE,
    FOUND,
    FULL,
    HAS_BEST,
    LISTED,
    NODES,
    OPEN,
    SOLUTIONS,
    VALUES,
    Net,
    fresh_state,
)

SLICE_SECONDS = 0.5
Decisions = tuple[tuple[int, int], ...]
Residues = tuple[int, int]
Sink = Callable[[np.ndarray], None]
NOTHING: Residues = (0, 0)


@dataclass(frozen=True)
class Effort:
    """How long an exploration may go on.

    Parameters
    ----------
    budget : int or None
        Nodes of the search tree in all, no bound if None.
    stop : Event
        Set by somebody else to end it early.
    deadline : float
        A time by `perf_counter` at which it ends early.
    """

    budget: int | None = None
    stop: Event = field(default_factory=Event)
    deadline: float = float("inf")

    def with_budget(self, budget: int) -> "Effort":
        """The same with another budget."""
        return Effort(budget, self.stop, self.deadline)

    @property
    def over(self) -> bool:
        """True if it has to end now."""
        return self.stop.is_set() or perf_counter() > self.deadline


@dataclass(frozen=True)
class Tally:
    """What the solutions of a network add up to.

    Parameters
    ----------
    solutions : int
        Their number, exact; with the mode best, how often a better one was met; with the mode exists, 0 or 1.
    nodes : int
        Nodes of the search tree.
    digest : pair of int
        Two residues modulo 2^61 - 1: sums over the solutions of the product of the keys of their values.
    complete : bool
        False if it was stopped early, so that nothing else here is final.
    best : int or None
        The largest sum of weights, if that was asked for and there is a solution.
    listed : ndarray (m, V) int32 or None
        The solutions that were kept, one value for each variable.
    used : ndarray (D,) uint64 or None
        The values that occur in solutions, as domains; None unless that was asked for.
    """

    solutions: int = 0
    nodes: int = 0
    digest: Residues = NOTHING
    complete: bool = True
    best: int | None = None
    listed: np.ndarray | None = field(default=None, compare=False)
    used: np.ndarray | None = field(default=None, compare=False)

    @property
    def first(self) -> np.ndarray | None:
        """The first solution that was kept, (V,)."""
        return self.listed[0] if self.listed is not None and len(self.listed) else None


class Branching(NamedTuple):
    """Where a search branches: a variable, and the values that it can take, one of those that count as the same."""

    variable: int
    values: list[int]


class Exploration:
    """A depth-first search of one network.

    Parameters
    ----------
    net : Net
        What is searched.
    mode : int
        FIRST, COUNT, LIST or BEST of the search kernel.
    room : int
        Solutions that are kept at a time.
    limit : int
        Domains of at most so many values are propagated.
    tracked : bool
        Whether the values that occur in solutions are noted.
    """

    def __init__(self, net: Net, mode: int, *, room: int = 1, limit: int = 1, tracked: bool = False) -> None:
        self.net, self.mode, self.limit = net, mode, limit
        self.state = fresh_state(net, room, tracked)
        self.tracked = tracked
        self.complete = False
        self.kept: list[np.ndarray] = []
        self._slice = 512

    def begin(self, decisions: Decisions = (), *, settled: bool = True, floor: int | None = None) -> bool:
        """Make the decisions and propagate them; False if nothing is possible then.

        settled: the domains of the network are a fixed point of propagation. floor: a sum of weights to be exceeded.
        """
        given = np.array(decisions, np.int64).reshape(-1, 2) if decisions else np.empty((0, 2), np.int64)
        alive = bool(restart(self.net, self.state, given, self.limit, settled))
        self.complete = not alive
        if alive and floor is not None:
            self.state.head[HAS_BEST], self.state.head[BEST_VALUE] = 1, floor
        return alive

    def go_on(self, effort: Effort, sink: Sink | None = None) -> bool:
        """Search on, in slices of about half a second, until the end or as far as the effort goes; True at the end.

        sink: takes what is listed, (m, V) values, a few at a time; without it they are kept in memory.
        """
        head = self.state.head
        while not self.complete and not effort.over:
            room = self._slice if effort.budget is None else min(self._slice, effort.budget - int(head[NODES]))
            if room <= 0:
                break
            began = perf_counter()
            status = explore(self.net, self.state, self.mode, self.limit, room)
            seconds = perf_counter() - began
            if status == FULL:
                self._hand_over(sink)
            elif status in (DONE, FOUND):
                self.complete = True
            elif seconds < SLICE_SECONDS / 2:
                self._slice *= 2
            elif seconds > 2 * SLICE_SECONDS:
                self._slice = max(16, self._slice // 2)
        if sink is not None:
            self._hand_over(sink)
        return self.complete

    def _hand_over(self, sink: Sink | None) -> None:
        rows = self.state.listed[: int(self.state.head[LISTED])].copy()
        self.state.head[LISTED] = 0
        if len(rows):
            (self.kept.append if sink is None else sink)(rows)

    def tally(self) -> Tally:
        """What was found so far."""
        head, sums = self.state.head, self.state.sums
        solutions = int(head[SOLUTIONS])
        return Tally(
            solutions,
            int(head[NODES]) + 1,
            (int(sums[2]), int(sums[3])),
            self.complete,
            int(head[BEST_VALUE]) if self.mode == BEST and solutions else None,
            self._listed(),
            self.state.used.copy() if self.tracked else None,
        )

    def _listed(self) -> np.ndarray:
        listed = self.state.listed[: int(self.state.head[LISTED])].copy()
        return np.concatenate([*self.kept, listed]) if self.kept else listed

    def branches(self) -> Branching:
        """The variable on which the search branches next and its values, one of each kind; -1 and none at a solution."""
        state = self.state
        if not state.head[OPEN]:
            return Branching(-1, [])
        x = int(choose_variable(self.net.shape, state.domain, state.size, self.net.kin, False))
        if x < 0:
            return Branching(-1, [])
        choices = np.zeros(int(self.net.shape[x, VALUES]) + 1, np.int64)
        count = int(branch_values(self.net, state, x, choices))
        return Branching(x, choices[:count].tolist())

    def batches(self, effort: Effort) -> Iterator[np.ndarray]:
        """The solutions, (m, V) values at a time, as they are met; `complete` says afterwards whether these are all."""
        batch: list[np.ndarray] = []
        while not self.complete and not effort.over:
            self.go_on(Effort(int(self.state.head[NODES]) + self._slice, effort.stop, effort.deadline), batch.append)
            yield from batch
            batch.clear()
