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
    """Raise InputError unless the environment is of this family."""
    if environment.family != family:
        raise InputError(f"{name} needs a {family} environment, not {environment.family!r}")


def require_ties(ties: str, where: str = "ties") -> None:
    """Raise InputError unless `ties` names a selection among the optima."""
    if ties not in TIES:
        raise InputError(f"{where} must be {' or '.join(TIES)}, the optimum that is taken, not {ties!r}")


def _listed(numbers: object, where: str) -> tuple[Fraction, ...]:
    given = tuple(numbers) if isinstance(numbers, Iterable) and not isinstance(numbers, str) else (numbers,)
    return tuple(exact(x, f"an entry of {where}") for x in given)


def exact_list(numbers: object, length: int, where: str, least: int | None = None) -> tuple[Fraction, ...]:
    """Exactly `length` rationals, none below `least`, InputError otherwise; a single number is a list of one."""
    values = _listed(numbers, where)
    if len(values) != length:
        raise InputError(f"{where} has length {len(values)}; give {length} numbers")
    if least is not None and min(values, default=least) < least:
        raise InputError(f"{where} has the entry {min(values)}; give numbers of at least {least}")
    return values


def whole_list(numbers: object, stop: int, where: str) -> tuple[int, ...]:
    """The whole numbers of a list; raises InputError unless each is in 0..stop-1."""
    values = _listed(numbers, where)
    for value in values:
        if value.denominator != 1 or not 0 <= value < stop:
            raise InputError(f"{where} has the entry {value}; give whole numbers from 0 to {stop - 1}")
    return tuple(int(value) for value in values)


def money_scale(environment: Environment, numbers: Sequence[Fraction] = (), units: int = 1) -> int:
    """The least scale at which the values and these numbers are integers.

    Raises SizeError if `units` times such a number plus a value could leave int64.
    """
    scale = common_scale([Fraction(1, environment.scale), *numbers])
    value = max(max(abs(int(table.min())), abs(int(table.max()))) for table in environment.values)
    money = max((abs(x) for x in numbers), default=Fraction(0))
    guard(int(4 * (value * (scale // environment.scale) + units * money * scale)), "a payment plus a value")
    return scale


def scaled_values(environment: Environment, scale: int) -> list[np.ndarray]:
    """Per agent, `scale` times the values, int64 (B_i, K_i): one contiguous row of types for each bundle."""
    factor = scale // environment.scale
    return [np.ascontiguousarray(table.T) * factor for table in environment.values]


def best(gains: Iterable[np.ndarray], ties: str) -> np.ndarray:
    """Position (B,) of the maximum among arrays (B,): of the last one under "largest", of the first under "smallest".

    One pass over the arrays, which may come from a generator; at least one is needed.
    """
    rows = iter(gains)
    highest = next(rows).copy()
    place = np.zeros(highest.shape, np.int64)
    for position, gain in enumerate(rows, 1):
        np.copyto(place, position, where=gain >= highest if ties == "largest" else gain > highest)
        np.maximum(highest, gain, out=highest)
    return place


def by_parts(rule: Rule) -> Rule:
    """The same rule, called on a few thousand profiles at a time: its working arrays then stay in a core's cache."""

    def joined(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bundle, transfer = np.empty_like(type_indices), np.empty_like(type_indices)
        for start in range(0, type_indices.shape[1], PART):
            part = slice(start, start + PART)
            bundle[:, part], transfer[:, part] = rule(type_indices[:, part])
        return bundle, transfer

    return joined
