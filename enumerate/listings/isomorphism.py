"""Counting up to isomorphism: mechanisms that differ only in the names of agents or of alternatives."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import permutations
from math import factorial

import numpy as np

from collude.axioms.core.groups import comparable_pairs
from collude.models.environment import AgentType
from collude.models.errors import SizeError
from collude.models.space import OutcomeSpace

MOST_RELABELLINGS = 50_000
Relabelling = tuple[np.ndarray, np.ndarray]


def orbits(space: OutcomeSpace, listed: Iterable[np.ndarray]) -> dict[int, int]:
    """Count the orbits of mechanisms that differ only in names, by their size.

    Agents with the same types and values may swap names; in a vote so may the alternatives, as far as every renamed order
    is a type.

    Parameters
    ----------
    space
        The problem.
    listed
        Outcome numbers (P,) of each mechanism.

    Returns
    -------
    dict of int to int
        {size of an orbit: how many have it}; the sizes add up to the number of mechanisms.

    Raises
    ------
    SizeError
        If there are too many relabellings.
    """
    group = list(relabellings(space))
    tally = Counter(min(target[outcome[source]].tobytes() for source, target in group) for outcome in listed)
    return dict(sorted(Counter(tally.values()).items()))


def relabellings(space: OutcomeSpace) -> Iterator[Relabelling]:
    """Make all relabellings of agents, and of alternatives in a vote.

    Position i is taken by agent order[i], who reports his order with renamed alternatives; what position i then gets,
    named back, is his.

    Parameters
    ----------
    space
        The problem.

    Yields
    ------
    pair of arrays (P,) and (R,)
        source and target: under other names a mechanism has outcome target[outcome[source[p]]] at profile p.

    Raises
    ------
    SizeError
        If there are too many.
    """
    env = space.environment
    n, count = env.agents, len(env.bundles[0])
    size = factorial(n) * (factorial(count) if env.family == "voting" else 1)
    if size > MOST_RELABELLINGS:
        raise SizeError(f"there are {size} relabellings; at most {MOST_RELABELLINGS} are tried", size)
    orders = [order for order in permutations(range(n)) if _comparable(space, order)]
    names = list(permutations(range(count))) if env.family == "voting" else [tuple(range(count))]
    strides = np.array([int(np.prod(env.sizes[i + 1 :], dtype=np.int64)) for i in range(n)])
    rows = [tuple(row) for row in np.concatenate([space.bundle, space.transfer], axis=1).tolist()]
    index = {row: o for o, row in enumerate(rows)}
    for name in names:
        renamed = _renamed(space, name) if env.family == "voting" else np.arange(max(env.sizes))
        if renamed is None:
            continue
        for order in orders:
            images = []
            for row in rows:
                place = [order.index(i) for i in range(n)]
                held = [name.index(row[j]) if env.family == "voting" else row[j] for j in place]
                images.append((*held, *(row[n + j] for j in place)))
            if all(image in index for image in images):
                target = np.array([index[image] for image in images], np.int32)
                yield renamed[space.type_indices[:, list(order)]] @ strides, target


def _comparable(space: OutcomeSpace, order: tuple[int, ...]) -> bool:
    """True if only agents with the same types and values change places."""
    same = set(comparable_pairs(space.environment))
    return all(i == j or (min(i, j), max(i, j)) in same for i, j in enumerate(order))


def _renamed_order(order: AgentType, name: tuple[int, ...]) -> AgentType:
    """An order with its alternatives renamed, those of an indifference class sorted."""
    if isinstance(order, int):
        return name[order]
    if not isinstance(order, tuple):
        return order
    entries: list[AgentType] = []
    for entry in order:
        one = _renamed_order(entry, name)
        entries.append(tuple(sorted(a for a in one if isinstance(a, int))) if isinstance(one, tuple) else one)
    return tuple(entries)


def _renamed(space: OutcomeSpace, name: tuple[int, ...]) -> np.ndarray | None:
    """The number of each order after its alternatives are renamed; None if some order is then no type."""
    types = space.environment.types[0]
    index = {order: k for k, order in enumerate(types)}
    found = []
    for order in types:
        image = _renamed_order(order, name)
        if image not in index:
            return None
        found.append(index[image])
    return np.array(found, np.int64)
