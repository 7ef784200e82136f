"""Preference orders over alternatives: strict, single-peaked, weak and dichotomous ones."""

from collections.abc import Callable
from itertools import permutations, product

from collude.models.environment import AgentType
from collude.models.errors import InputError


def strict_orders(m: int) -> tuple[tuple[int, ...], ...]:
    """All strict orders of m alternatives, best first, in lexicographic order.

    Parameters
    ----------
    m
        Number of alternatives; there are m! orders.

    Examples
    --------
    >>> len(strict_orders(4))
    24
    """
    return tuple(permutations(range(m)))


def single_peaked_orders(m: int) -> tuple[tuple[int, ...], ...]:
    """All strict orders, best first, that are single-peaked on the line 0 < 1 < ... < m-1.

    Parameters
    ----------
    m
        Number of alternatives; there are 2^(m-1) orders, found among all m! ones.

    Examples
    --------
    >>> single_peaked_orders(3)
    ((0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0))
    """
    return tuple(
        order
        for order in permutations(range(m))
        if all(max(order[:x]) - min(order[:x]) == x - 1 for x in range(1, m + 1))
    )


def weak_orders(m: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """All weak orders of m alternatives: tuples of indifference classes, best class first.

    Parameters
    ----------
    m
        Number of alternatives; there are 1, 3, 13, 75, 541, ... orders, found among m^m ranks.

    Examples
    --------
    >>> weak_orders(2)
    (((0,), (1,)), ((0, 1),), ((1,), (0,)))
    """
    orders = set()
    for ranks in product(range(m), repeat=m):
        used = sorted(set(ranks))
        orders.add(tuple(tuple(a for a in range(m) if ranks[a] == rank) for rank in used))
    return tuple(sorted(orders))


def dichotomous_orders(m: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """All ways to approve some but not all of m alternatives: weak orders of two classes, the approved one first.

    Parameters
    ----------
    m
        Number of alternatives; there are 2^m - 2 orders.

    Examples
    --------
    >>> dichotomous_orders(2)
    (((0,), (1,)), ((1,), (0,)))
    """
    approved = [tuple(a for a in range(m) if (bits >> a) & 1) for bits in range(1, 2**m - 1)]
    return tuple((yes, tuple(a for a in range(m) if a not in yes)) for yes in approved)


ORDERS: dict[str, tuple[Callable[[int], tuple[tuple[AgentType, ...], ...]], int]] = {
    "strict": (strict_orders, 7),
    "single-peaked": (single_peaked_orders, 8),
    "weak": (weak_orders, 6),
    "dichotomous": (dichotomous_orders, 10),
}


def rank_in(order: tuple[AgentType, ...], alternative: int) -> int:
    """How many alternatives, or classes of them, an order puts above an alternative.

    Parameters
    ----------
    order
        Best first; a class of equally good ones is a tuple.
    alternative
        Its number.

    Raises
    ------
    InputError
        If the order leaves it out.

    Examples
    --------
    >>> rank_in((2, (0, 1)), 1)
    1
    """
    for rank, entry in enumerate(order):
        if alternative == entry or (isinstance(entry, tuple) and alternative in entry):
            return rank
    raise InputError(f"the order {order} leaves out alternative {alternative}")
