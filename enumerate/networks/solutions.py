"""The solutions of a network one after another, made as they are asked for."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from collude.enumerate.networks.exploration import Decisions, Effort, Exploration
from collude.enumerate.networks.reduction import Reduction, reduce_net, worthwhile
from collude.kernels.search.network import FIRST_VALUE, LIST, VALUES, Net

BLOCK_ROWS = 4096
POOL_ROWS = 1 << 16


class Solutions:
    """The solutions of a network, made as they are asked for.

    Iterating gives batches (m, V) int32 of values; `complete` says afterwards whether these were all of them. Memory
    stays flat but for parts with few solutions, which are kept.
    """

    def __init__(self, net: Net, effort: Effort, decisions: Decisions, settled: bool, limit: int) -> None:
        self._net, self._effort, self._decisions = net, effort, decisions
        self._settled, self._limit = settled, limit
        self.complete = True

    def __iter__(self) -> Iterator[np.ndarray]:
        self.complete = True
        exploration = Exploration(self._net, LIST, room=BLOCK_ROWS, limit=self._limit)
        if not exploration.begin(self._decisions, settled=self._settled):
            return
        reduction = reduce_net(self._net, exploration.state.domain)
        if reduction is None:
            return
        if not worthwhile(reduction, self._net):
            yield from exploration.batches(self._effort)
            self.complete &= exploration.complete
            return
        for rows in self._joint(reduction) if not reduction.conditional else self._together(reduction.net):
            yield reduction.slots.expand(rows)

    def _together(self, net: Net) -> Iterator[np.ndarray]:
        exploration = Exploration(net, LIST, room=BLOCK_ROWS, limit=self._limit)
        if exploration.begin(settled=False):
            yield from exploration.batches(self._effort)
            self.complete &= exploration.complete

    def _of_part(self, net: Net) -> Iterator[np.ndarray]:
        part = Solutions(net, self._effort, (), False, self._limit)
        yield from part
        self.complete &= part.complete

    def _joint(self, reduction: Reduction) -> Iterator[np.ndarray]:
        """Every combination of solutions of the parts."""
        pools = [single_values(reduction.net, x) for x in range(reduction.singles)]
        large: list[Net] = []
        order = [np.arange(reduction.singles)]
        for number in range(reduction.parts):
            net, low, high = reduction.part(number), int(reduction.bounds[number]), int(reduction.bounds[number + 1])
            rows = self._pool(net)
            if rows is None:
                large.append(net)
                order.insert(len(large) - 1, np.arange(low, high))
            else:
                pools.append(rows)
                order.append(np.arange(low, high))
        place = np.argsort(np.concatenate(order))
        for outer in self._nested(large):
            for inner in combined(pools):
                yield np.concatenate([np.repeat(outer, len(inner), axis=0), inner], axis=1)[:, place]

    def _pool(self, net: Net) -> np.ndarray | None:
        """All solutions of a part, None if they are many."""
        batches, count = [np.empty((0, len(net.shape)), np.int32)], 0
        for batch in self._of_part(net):
            count += len(batch)
            if count > POOL_ROWS:
                return None
            batches.append(batch)
        return np.concatenate(batches)

    def _nested(self, nets: Sequence[Net]) -> Iterator[np.ndarray]:
        """Rows (1, ...) of every combination of solutions of parts with many solutions."""
        if not nets:
            yield np.empty((1, 0), np.int32)
            return
        for batch in self._of_part(nets[0]):
            for row in batch:
                for rest in self._nested(nets[1:]):
                    yield np.concatenate([row[None, :], rest], axis=1)


def single_values(net: Net, x: int) -> np.ndarray:
    """List the values of a variable without constraints, one of those that count as the same.

    Parameters
    ----------
    net : Net
        The network.
    x : int
        The variable.

    Returns
    -------
    ndarray (m, 1) int32
        Increasing.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> single_values(example_net(), 1).tolist()
    [[0], [1]]
    """
    count, first = int(net.shape[x, VALUES]), int(net.shape[x, FIRST_VALUE])
    if not net.kin.size:
        return np.arange(count, dtype=np.int32)[:, None]
    _, values = np.unique(net.keys[first : first + count], axis=0, return_index=True)
    return np.sort(values).astype(np.int32)[:, None]


def combined(pools: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Go through every combination of one row from each of some pools, the last pool fastest.

    Parameters
    ----------
    pools : sequence of ndarray (m, c) int32
        Rows of values; m and c may differ from pool to pool.

    Yields
    ------
    ndarray (rows, sum of c) int32
        The rows side by side, a few thousand combinations at a time.

    Examples
    --------
    >>> pools = [np.array([[0], [1]], np.int32), np.array([[5], [6]], np.int32)]
    >>> [row for block in combined(pools) for row in block.tolist()]
    [[0, 5], [0, 6], [1, 5], [1, 6]]
    """
    block, split = np.empty((1, 0), np.int32), len(pools)
    while split and (split == len(pools) or len(block) * len(pools[split - 1]) <= BLOCK_ROWS):
        split -= 1
        rows = pools[split]
        block = np.concatenate([np.repeat(rows, len(block), axis=0), np.tile(block, (len(rows), 1))], axis=1)
    for chosen in product(*pools[:split]):
        head = np.concatenate([np.empty(0, np.int32), *chosen])
        yield np.concatenate([np.tile(head, (len(block), 1)), block], axis=1)
