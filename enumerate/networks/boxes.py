"""Conditions that something holds somewhere, as a sum of boxes: domains, each counted with a sign.

A *box* allows each variable a set of values by itself. What a clause excludes (all its literals fail), or what one of its
groups asks for (all its literals hold), is a box; boxes meet in boxes. So the number of solutions that satisfy all
clauses is a sum, with signs, of numbers of solutions in boxes, and those multiply over independent parts.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from collude.kernels.search.network import FIRST_WORD, WORDS, Net

MOST_BOXES = 512
MOST_GROUPS = 6


@dataclass(frozen=True, eq=False)
class Box:
    """Domains whose solutions count with a sign.

    Attributes
    ----------
    sign : int
        1 or -1.
    domain : ndarray (D,) uint64
        A set of values of each variable, laid out as the domains of a network.
    """

    sign: int
    domain: np.ndarray


def boxes_of(net: Net) -> list[Box] | None:
    """Write the clauses of a network as a signed sum of boxes, which can be counted one by one.

    Parameters
    ----------
    net : Net
        The network.

    Returns
    -------
    list of Box, or None
        Boxes whose signed sum is the indicator of all clauses; None if they are too many.

    Notes
    -----
    Cost: boxes times literals. A box that leaves some variable without a value is dropped as soon as it arises.

    Examples
    --------
    >>> from collude.kernels.search.example import example_net
    >>> [box.sign for box in boxes_of(example_net()) or ()]  # no clause: everything counts once
    [1]
    """
    boxes = [Box(1, net.domain)]
    for c in range(len(net.clauses) - 1):
        terms = _terms(net, c)
        if terms is None:
            return None
        boxes = [box for term in terms for one in boxes if (box := _meet(net, one, term)) is not None]
        if len(boxes) > MOST_BOXES:
            return None
    return boxes


def _terms(net: Net, clause: int) -> list[Box] | None:
    """One clause as a signed sum of boxes: everything minus what it excludes, or its groups by inclusion and exclusion."""
    low, high = int(net.clauses[clause]), int(net.clauses[clause + 1])
    sizes = np.diff(net.groups[low : high + 1])
    if (sizes == 1).all():
        excluded = net.domain.copy()
        for literal in range(int(net.groups[low]), int(net.groups[high])):
            _restrict(net, excluded, literal, holds=False)
        return [Box(1, net.domain), Box(-1, excluded)]
    if high - low > MOST_GROUPS:
        return None
    return [
        Box(1 if len(chosen) % 2 else -1, _held(net, chosen))
        for count in range(1, high - low + 1)
        for chosen in combinations(range(low, high), count)
    ]


def _held(net: Net, groups: tuple[int, ...]) -> np.ndarray:
    """The domains in which all literals of some groups hold."""
    domain = net.domain.copy()
    for group in groups:
        for literal in range(int(net.groups[group]), int(net.groups[group + 1])):
            _restrict(net, domain, literal, holds=True)
    return domain


def _restrict(net: Net, domain: np.ndarray, literal: int, *, holds: bool) -> None:
    """Leave, in place, the values with which a literal holds, or fails."""
    x, place = net.literals[literal].tolist()
    first, words = int(net.shape[x, FIRST_WORD]), int(net.shape[x, WORDS])
    wanted = net.sets[place : place + words]
    domain[first : first + words] &= wanted if holds else ~wanted


def _meet(net: Net, one: Box, other: Box) -> Box | None:
    """Where two boxes meet, with the product of their signs; None if nowhere."""
    domain = one.domain & other.domain
    left = np.bitwise_or.reduceat(domain, net.shape[:, FIRST_WORD])
    return Box(one.sign * other.sign, domain) if left.all() else None
