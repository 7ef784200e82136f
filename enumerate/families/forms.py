"""Families of mechanisms that the literature names, each with a recogniser that asks only what the outcomes show.

Recognition is set-valued: where a tie leaves a choice, any choice fits, at each profile anew; one mechanism can be in several
families. A recogniser is made for an environment first, so that what depends on it alone is worked out once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations
from math import comb, factorial
from typing import NamedTuple

import numpy as np

from collude.enumerate.families.recognisers import (
    is_auction_posted_price,
    is_constant,
    is_dictatorial,
    is_top_value,
    is_trivial,
    is_uniform_price,
)
from collude.models.environment import Environment
from collude.models.errors import SizeError
from collude.models.library.assignment import serial_dictatorship
from collude.models.library.recognise import fixed_price_form, n_price_form
from collude.models.mechanism import Mechanism, types_of
from collude.models.trade.posted_forms import linear_price_form, posted_price_form

Recogniser = Callable[[Mechanism], bool]
MOST_TABLES = 20_000


@dataclass(frozen=True)
class Family:
    """Mechanisms of one form.

    name: a word for it. title: what a reader is told, with the source. suits: whether an environment has such mechanisms.
    recogniser: makes the test of a mechanism for an environment. explains: whether the form says what happens, so that a
    mechanism that has it is no extra.
    """

    name: str
    title: str
    suits: Callable[[Environment], bool]
    recogniser: Callable[[Environment], Recogniser]
    explains: bool = True


class FamilyTest(NamedTuple):
    """A family, and what tells whether a mechanism of one environment is in it."""

    family: Family
    recognises: Recogniser


def families_of(environment: Environment) -> Iterator[FamilyTest]:
    """Look up the families that an environment can have.

    Parameters
    ----------
    environment
        Of the mechanisms that are to be sorted; with lotteries it has none.

    Yields
    ------
    FamilyTest
        Always in the same order.

    Raises
    ------
    SizeError
        If a family has too many members to compare with.
    """
    if environment.has_lotteries:
        return
    for family in FAMILIES:
        if family.suits(environment):
            yield FamilyTest(family, family.recogniser(environment))


def mechanism_families(mechanism: Mechanism) -> tuple[str, ...]:
    """The families that a mechanism is in, which overlap.

    Parameters
    ----------
    mechanism
        Any; with lotteries it is in none.

    Returns
    -------
    tuple of str
        Names such as "n-price" or "dictatorial", always in the same order.

    Examples
    --------
    >>> import collude as co
    >>> co.classify(co.top_value(co.auction(2, [0, 2, 5]), price=3))
    ('top-value',)
    """
    return tuple(family.name for family, recognises in families_of(mechanism.environment) if recognises(mechanism))


def _medians(environment: Environment) -> Recogniser:
    """All medians of the peaks and n + 1 phantoms (Moulin, 1980); the outer two are idle if every alternative is chosen."""
    n, m = environment.agents, len(environment.alternatives)
    if comb(m + n, n + 1) > MOST_TABLES:
        raise SizeError(f"{comb(m + n, n + 1)} medians with phantoms are too many to compare with", comb(m + n, n + 1))
    types = types_of(environment.sizes, 0, environment.profiles)
    peaks = np.stack([environment.values[i].argmax(axis=1)[types[i]] for i in range(n)])
    tables = set()
    for phantoms in combinations_with_replacement(range(m), n + 1):
        points = np.concatenate([peaks, np.tile(np.array(phantoms)[:, None], environment.profiles)])
        tables.add(np.sort(points, axis=0)[n].astype(np.int32).tobytes())
    return lambda mechanism: mechanism.bundle[mechanism.outcome, 0].astype(np.int32).tobytes() in tables


def _single_peaked(environment: Environment) -> bool:
    """A vote over alternatives on a line, every peak unique."""
    if environment.family != "voting":
        return False
    for values in environment.values:
        rise = np.diff(values, axis=1)
        if (rise == 0).any() or ((rise[:, :-1] < 0) & (rise[:, 1:] > 0)).any():
            return False
    return len(environment.alternatives) > 2


def _serial(environment: Environment) -> Recogniser:
    """All serial dictatorships, one for each order of the agents."""
    if factorial(environment.agents) > MOST_TABLES:
        raise SizeError("too many orders of the agents to compare with", factorial(environment.agents))
    tables = set()
    for order in permutations(range(environment.agents)):
        built = serial_dictatorship(environment, order=order)
        tables.add(built.bundle[built.outcome].astype(np.int32).tobytes())
    return lambda mechanism: mechanism.bundle[mechanism.outcome].astype(np.int32).tobytes() in tables


def _always(test: Recogniser) -> Callable[[Environment], Recogniser]:
    return lambda _environment: test


def _of(*names: str) -> Callable[[Environment], bool]:
    return lambda environment: environment.family in names


def _one_good(environment: Environment) -> bool:
    return environment.family == "procurement" and len(environment.bundles[0][0]) == 1


FAMILIES = (
    Family("trivial", "trivial: one utility for all, everywhere", _of("auction"), _always(is_trivial)),
    Family(
        "top-value",
        "top-value construction, Hagen (2020), Theorem 3.1",
        _of("auction"),
        _always(is_top_value),
    ),
    Family(
        "posted-price",
        "posted price, offered to the agents in some order",
        _of("auction"),
        _always(is_auction_posted_price),
    ),
    Family(
        "fixed-price",
        "fixed price with lump sums, Hagen (2020), Definition 2.6",
        _one_good,
        _always(lambda mechanism: fixed_price_form(mechanism)[0] is not None),
    ),
    Family(
        "n-price",
        "n-price, Hagen (2020), Definition 2.8",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism)[0] is not None),
    ),
    Family(
        "n-price-largest",
        "n-price, the largest optimum always",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism, ties="largest")[0] is not None),
    ),
    Family(
        "n-price-smallest",
        "n-price, the smallest optimum always",
        _one_good,
        _always(lambda mechanism: n_price_form(mechanism, ties="smallest")[0] is not None),
    ),
    Family(
        "uniform-price",
        "uniform price, Hagen (2020), Definition 2.7",
        _one_good,
        _always(is_uniform_price),
        explains=False,
    ),
    Family(
        "linear-posted-price",
        "posted price of a trade, linear, Theorem 1.1",
        _of("trade"),
        _always(lambda mechanism: linear_price_form(mechanism).fits),
    ),
    Family(
        "generalised-posted-price",
        "generalised posted price of a trade, Definition 1.10",
        _of("trade"),
        _always(lambda mechanism: posted_price_form(mechanism).fits),
    ),
    Family(
        "largest-posted-price",
        "generalised posted price of a trade, the largest optima, Theorem 1.2",
        _of("trade"),
        _always(lambda mechanism: posted_price_form(mechanism, largest=True).fits),
    ),
    Family("median", "median of the peaks and phantoms, Moulin (1980)", _single_peaked, _medians),
    Family("serial-dictatorship", "serial dictatorship", _of("assignment"), _serial),
    Family("constant", "constant", lambda _environment: True, _always(is_constant)),
    Family("dictatorial", "dictatorial", lambda environment: environment.public, _always(is_dictatorial)),
)
