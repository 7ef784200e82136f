"""Search problem: one price for all suppliers, symmetric in the reports, everybody supplying an optimum."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

from collude.enumerate.problems.registry import problem
from collude.models.environment import Environment, Prior
from collude.models.errors import InputError, SizeError
from collude.models.library.environments import procurement as procurement_environment
from collude.models.mechanism import all_profiles
from collude.models.numbers import Number, exact, increasing
from collude.models.space import Cells, OutcomeSpace, listed_space

MOST_VALUES = 1 << 16
TIES = ("largest", "smallest", "any")
Row = tuple[tuple[int, ...], tuple[Fraction, ...]]


@problem("uniform-price", "one price from a grid for each multiset of types; everybody supplies an optimum at it")
def uniform_price_problem(
    agents: int,
    costs: Sequence[Number | Sequence[Number]],
    *,
    uniform_price: Sequence[Number],
    units: int = 1,
    ties: str = "largest",
    prices_apart: bool = False,
    prior: Prior | None = None,
) -> OutcomeSpace:
    """Lay out the search for a uniform price: one price for all suppliers, symmetric in the reports, a variable per multiset.

    Parameters
    ----------
    agents : int
        Number of suppliers.
    costs : sequence of exact numbers, or of vectors
        The cost types of a supplier, in money.
    uniform_price : sequence of exact numbers
        The grid of prices, at least 0.
    units : int
        Most units that a supplier can supply.
    ties : str
        "largest" or "smallest" optimal quantity, or "any" selection for each agent at each ordered profile.
    prices_apart : bool
        Count price functions; by default prices with the same outcomes count once.
    prior : Prior, optional
        Beliefs about types.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        For another tie rule, or a negative price.
    SizeError
        If there are too many selections at one price.

    References
    ----------
    Hagen (2020), chapter 2, Definition 2.7.

    Examples
    --------
    >>> uniform_price_problem(2, [1, 2], uniform_price=[0, 1, 2]).outcomes
    5
    """
    if ties not in TIES:
        raise InputError(f"ties must be {', '.join(TIES)}, not {ties!r}")
    prices = increasing(uniform_price, "the prices")
    if prices[0] < 0:
        raise InputError(f"prices must be at least 0, but {prices[0]} is given")
    env = procurement_environment(agents, costs, units=units, prior=prior)
    profiles = list(all_profiles(env))
    classes: dict[tuple[int, ...], list[int]] = {}
    for p, profile in enumerate(profiles):
        classes.setdefault(tuple(sorted(profile)), []).append(p)
    numbers: dict[Row, int] = {}
    options = []
    for members in classes.values():
        rows: list[tuple[int, ...]] = []
        for price in prices:
            each = [[_row(q, price) for q in _optima(env, profiles[p], price, ties)] for p in members]
            if prod(map(len, each)) > MOST_VALUES:
                raise SizeError(f"more than {MOST_VALUES} selections at one price; use fewer types", MOST_VALUES)
            rows += [tuple(numbers.setdefault(row, len(numbers)) for row in choice) for choice in product(*each)]
        options.append(rows if prices_apart else list(dict.fromkeys(rows)))
    note = f"ties: {ties} optimal quantity; {'price functions' if prices_apart else 'outcome functions'} are counted"
    space = listed_space(env, "uniform-price procurement", list(numbers))
    return replace(space, cells=_cells(classes, options, len(profiles)), notes=(note,))


def _cells(classes: dict[tuple[int, ...], list[int]], options: list[list[tuple[int, ...]]], profiles: int) -> Cells:
    most = max(map(len, options))
    variable, option = np.zeros(profiles, np.int64), np.zeros((profiles, most), np.int32)
    for x, (members, rows) in enumerate(zip(classes.values(), options, strict=True)):
        variable[members] = x
        option[members, : len(rows)] = np.array(rows, np.int32).T
    return Cells(variable, option, np.array([len(rows) for rows in options], np.int64))


def _optima(env: Environment, profile: tuple[int, ...], price: Fraction, ties: str) -> list[tuple[int, ...]]:
    """The quantity vectors that the tie rule admits at a price."""
    each = []
    for i, type_index in enumerate(profile):
        gains = [env.value(i, type_index, q) + price * q for q in range(len(env.bundles[i]))]
        best = [q for q, gain in enumerate(gains) if gain == max(gains)]
        each.append(best if ties == "any" else [best[-1] if ties == "largest" else best[0]])
    return list(product(*each))


def _row(quantities: Iterable[int], price: Fraction) -> Row:
    held = tuple(quantities)
    return held, tuple(exact(price * q) for q in held)
