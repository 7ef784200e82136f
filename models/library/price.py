"""What the named mechanisms share: checked parameters, one scale for values and money, optima with a tie rule."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Rule
from collude.models.numbers import common_scale, exact, guard

PART = 1 << 13
TIES = ("largest", "smallest")


def require_family(environment: Environment, family: str, name: str) -> None:
    """Refuse an environment of another family than a mechanism is defined for.

    Parameters
    ----------
    environment
        What was given.
    family
        What is needed, such as "auction".
    name
        The mechanism's, for the message.

    Raises
    ------
    InputError
    """
    if environment.family != family:
        raise InputError(f"{name} needs a {family} environment, not {environment.family!r}")


def require_ties(ties: str, where: str = "ties") -> None:
    """Refuse what names no selection among several optima.

    Parameters
    ----------
    ties
        "largest" or "smallest".
    where
        What the value is, for the message.

    Raises
    ------
    InputError
    """
    if ties not in TIES:
        raise InputError(f"{where} must be {' or '.join(TIES)}, the optimum that is taken, not {ties!r}")


def _listed(numbers: object, where: str) -> tuple[Fraction, ...]:
    given = tuple(numbers) if isinstance(numbers, Iterable) and not isinstance(numbers, str) else (numbers,)
    return tuple(exact(x, f"an entry of {where}") for x in given)


def exact_list(numbers: object, length: int, where: str, least: int | None = None) -> tuple[Fraction, ...]:
    """Read exactly `length` numbers.

    Parameters
    ----------
    numbers
        A list, or a single number, which is a list of one.
    length
        How many there must be.
    where
        What the list is, for the message.
    least
        None may be smaller, unless this is None.

    Returns
    -------
    tuple of Fraction

    Raises
    ------
    InputError
    """
    values = _listed(numbers, where)
    if len(values) != length:
        raise InputError(f"{where} has length {len(values)}; give {length} numbers")
    if least is not None and min(values, default=least) < least:
        raise InputError(f"{where} has the entry {min(values)}; give numbers of at least {least}")
    return values


def whole_list(numbers: object, stop: int, where: str) -> tuple[int, ...]:
    """Read a list of whole numbers, such as those of agents, bundles or alternatives.

    Parameters
    ----------
    numbers
        A list, or a single number, which is a list of one.
    stop
        Each must be in 0..stop-1.
    where
        What the list is, for the message.

    Returns
    -------
    tuple of int

    Raises
    ------
    InputError
    """
    values = _listed(numbers, where)
    for value in values:
        if value.denominator != 1 or not 0 <= value < stop:
            raise InputError(f"{where} has the entry {value}; give whole numbers from 0 to {stop - 1}")
    return tuple(int(value) for value in values)


def money_scale(environment: Environment, numbers: Sequence[Fraction] = (), units: int = 1) -> int:
    """The least scale at which an environment's values and some amounts of money are integers.

    Parameters
    ----------
    environment
        Whose values are meant.
    numbers
        Amounts of money, such as prices.
    units
        How often such an amount can be paid at one profile.

    Raises
    ------
    SizeError
        If `units` times such an amount plus a value could leave int64.
    """
    scale = common_scale([Fraction(1, environment.scale), *numbers])
    value = max(max(abs(int(table.min())), abs(int(table.max()))) for table in environment.values)
    money = max((abs(x) for x in numbers), default=Fraction(0))
    guard(int(4 * (value * (scale // environment.scale) + units * money * scale)), "a payment plus a value")
    return scale


def scaled_values(environment: Environment, scale: int) -> list[np.ndarray]:
    """The values of an environment at a larger scale, one contiguous row of types for each bundle.

    Parameters
    ----------
    environment
        Whose values are meant.
    scale
        A multiple of the environment's.

    Returns
    -------
    list of ndarray
        Per agent (B_i, K_i) int64, `scale` times the value.
    """
    factor = scale // environment.scale
    return [np.ascontiguousarray(table.T) * factor for table in environment.values]


def best(gains: Iterable[np.ndarray], ties: str) -> np.ndarray:
    """The position of the maximum among arrays, entry by entry, in one pass.

    Parameters
    ----------
    gains
        At least one array (B,); they may come from a generator.
    ties
        "largest" takes the last of several maxima, "smallest" the first.

    Returns
    -------
    ndarray
        (B,) int64.

    Examples
    --------
    >>> best(iter([np.array([1, 2]), np.array([1, 0])]), "largest").tolist()
    [1, 0]
    """
    rows = iter(gains)
    highest = next(rows).copy()
    place = np.zeros(highest.shape, np.int64)
    for position, gain in enumerate(rows, 1):
        np.copyto(place, position, where=gain >= highest if ties == "largest" else gain > highest)
        np.maximum(highest, gain, out=highest)
    return place


def by_parts(rule: Rule) -> Rule:
    """The same rule, called on a few thousand profiles at a time: its working arrays then stay in a core's cache.

    Parameters
    ----------
    rule
        As of `RuleDraft`: from type indices (n, B) to bundle numbers and transfers, both (n, B).
    """

    def joined(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bundle, transfer = np.empty_like(type_indices), np.empty_like(type_indices)
        for start in range(0, type_indices.shape[1], PART):
            part = slice(start, start + PART)
            bundle[:, part], transfer[:, part] = rule(type_indices[:, part])
        return bundle, transfer

    return joined
