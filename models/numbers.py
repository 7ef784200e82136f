"""Exact numbers on entry: rationals, grids written as text, and the one common scale that turns them into int64."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from math import ceil, lcm, log10
from numbers import Integral, Rational
from typing import TypeAlias

import numpy as np

from collude.models.errors import InputError, SizeError

Number: TypeAlias = int | Fraction | Decimal | str  # an exact number as people write it; see `exact`
LARGEST = 2**62
LONGEST_GRID = 1_000_000
LONGEST_EXPONENT = 100


def big(number: int) -> str:
    """A whole number in full; from about 10^4000 on, which Python does not write out, its size.

    Parameters
    ----------
    number
        An int of any size.

    Examples
    --------
    >>> big(12), big(10**5000)
    ('12', 'about 10^5000')
    """
    return str(number) if number.bit_length() < 13_000 else f"about 10^{int(log10(abs(number)))}"


def brief(value: object) -> str:
    """A value as it is shown in a message: on one line, at most 40 characters, never too large to be written out.

    Parameters
    ----------
    value
        Anything that came from outside.

    Examples
    --------
    >>> brief("a" * 50)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..."
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return big(value) if value.bit_length() >= 13_000 else _short(str(value))
    if isinstance(value, Fraction):
        large = max(value.numerator.bit_length(), value.denominator.bit_length()) >= 13_000
        return "a fraction with thousands of digits" if large else _short(str(value))
    if isinstance(value, (list, tuple)) and any(isinstance(entry, (Fraction, list, tuple)) for entry in value[:40]):
        return _short("[" + ", ".join(brief(entry) for entry in value[:40]) + "]")
    try:
        return _short(repr(value))
    except (ValueError, RecursionError):
        return f"a value of type {type(value).__name__}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:37]}..."


def exact(value: object, where: str = "a number") -> Fraction:
    """The rational number that a value stands for, without any rounding.

    Parameters
    ----------
    value
        An int, a Fraction, a Decimal, a NumPy integer, or text such as "3", "7/4", "0.25".
    where
        What the value is, for the message of an error.

    Returns
    -------
    Fraction
        The same number.

    Raises
    ------
    InputError
        For anything else. Floats are refused because they are not the number that was meant; booleans, lists and dates
        because they are no numbers.

    Examples
    --------
    >>> exact("1.75")
    Fraction(7, 4)
    """
    if type(value) is int:  # by far the most frequent; a rule is called at every profile
        return Fraction(value)
    if isinstance(value, (bool, np.bool_)):
        raise InputError(f"{where} is {str(value).lower()}, which is not a number")
    if isinstance(value, (Integral, np.integer)):
        return Fraction(int(value))
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, (float, np.floating)):
        written = _written(float(value))
        raise InputError(f"{where} is the float {value}; write it exactly, {written}, or give a tolerance")
    try:
        if isinstance(value, str) and len(value) <= 60:
            text = value.strip()
            if "/" in text:
                return Fraction(text)
            value = Decimal(text)
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= LONGEST_EXPONENT:
            return Fraction(value)
    except (ValueError, ZeroDivisionError, InvalidOperation, OverflowError):
        pass
    given = brief(str(value) if isinstance(value, Decimal) else value)
    raise InputError(f"{where} is {given}, which is {_not_a_number(value)}")


def _written(value: float) -> str:
    """How a float should have been written: as the short fraction that it is next to, else as a decimal."""
    if np.isfinite(value):
        near = Fraction(value).limit_denominator(1000)
        if near.denominator > 1 and float(near) == value:
            return f'for instance "{near}"'
        if near.denominator == 1 and near == value:
            return f"for instance {near}"
    return f'for instance "{value}"'


def _not_a_number(value: object) -> str:
    if isinstance(value, (list, tuple, dict, set, np.ndarray)):
        return "not one number but several; write 3, 3/2 or 1.5"
    if isinstance(value, str) and len(value) > 60 and value.strip().lstrip("+-").replace(".", "", 1).isdigit():
        return f"a number of {len(value.strip())} digits; at most 60 are read"
    return "not a number; write 3, 3/2 or 1.5"


def whole(value: object, where: str = "a number") -> int:
    """The int that a value stands for; a fraction, a float, a boolean or anything else is refused, never cut.

    Parameters
    ----------
    value
        As in `exact`.
    where
        What the value is, for the message of an error.

    Raises
    ------
    InputError
        Unless the value is a whole number.

    Examples
    --------
    >>> whole("12")
    12
    """
    number = exact(value, where)
    if number.denominator != 1:
        raise InputError(f"{where} is {brief(number)}; it must be a whole number")
    return int(number)


def rounded(value: object, tolerance: Fraction, where: str = "a number") -> Fraction:
    """As `exact`, but floats are accepted too: they are rounded to a 64th of the tolerance.

    Parameters
    ----------
    value
        As in `exact`, or a finite float.
    tolerance
        Positive.
    where
        What the value is, for the message of an error.

    Raises
    ------
    InputError
        For a float that is not finite, and for what `exact` refuses.

    Examples
    --------
    >>> rounded(0.3333, Fraction(1, 10))
    Fraction(213, 640)
    """
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            raise InputError(f"{where} is {value}, which is not a finite number")
        unit = tolerance / 64
        return round(Fraction(float(value)) / unit) * unit
    return exact(value, where)


def grid(text: str, where: str = "the grid") -> tuple[Fraction, ...]:
    """The increasing numbers that a grid in words stands for.

    Parameters
    ----------
    text
        "0:9" (inclusive), "0:9:3" (with a step) or "0,1,3/2", also joined by commas.
    where
        What the grid is, for the message of an error.

    Raises
    ------
    InputError
        If the grid is empty, not increasing or not made of numbers.
    SizeError
        If it has more than 10^6 points.

    Examples
    --------
    >>> [str(x) for x in grid("0:1:1/2,3")]
    ['0', '1/2', '1', '3']
    """
    require_grid(text, where)
    numbers: list[Fraction] = []
    for part in text.split(","):
        bounds = part.split(":")
        if len(bounds) == 1:
            numbers.append(exact(part, where))
            continue
        if len(bounds) > 3:
            raise InputError(f"{where}: {brief(part)} has too many colons; write first:last or first:last:step")
        first, last, step = (*(exact(x, where) for x in bounds), Fraction(1))[:3]
        if step <= 0:
            raise InputError(f"{where}: the step in {brief(part)} must be positive")
        if first > last:
            raise InputError(f"{where}: {brief(part)} runs down from {first} to {last}; write the smaller number first")
        count = ceil((last - first + step) / step)
        if count > LONGEST_GRID:
            raise SizeError(f"{where}: {brief(part)} has {count} points; at most {LONGEST_GRID} are taken", count)
        numbers.extend(first + step * x for x in range((last - first) // step + 1))
    return increasing(numbers, where)


def require_grid(text: str, where: str) -> None:
    """Refuse what looks like a grid in another notation, and say how to write it.

    Parameters
    ----------
    text
        Such as "0-9", "0..9" or "[0,9]".
    where
        What the grid is, for the message of the InputError.
    """
    notation = text.strip()
    span = re.fullmatch(r"([\d./]+)\s*(?:-|\.\.+|to|…|–)\s*([\d./]+)", notation)
    if span is not None:
        first, last = span[1].rstrip("."), span[2].lstrip(".")
        every = f"{first}:{last} for all whole numbers from one to the other"
        raise InputError(f"{where} is {brief(text)}; write {every}, or list the numbers, 0,1,3/2")
    if re.fullmatch(r"[-+\d./]+(\s+[-+\d./]+)+", notation):
        listed = _short(",".join(notation.split()))
        raise InputError(f"{where} is {brief(text)}; separate the numbers by commas: {listed}")
    if notation[:1] in "[({" and notation:
        inside = notation.strip("[](){} ").replace(" ", "")
        raise InputError(f"{where} is {brief(text)}; leave out the brackets and write {_short(inside) or '0,1,3/2'}")


def increasing(numbers: object, where: str) -> tuple[Fraction, ...]:
    """The numbers of a list as rationals, which must increase strictly.

    Parameters
    ----------
    numbers
        A list with at least one entry that `exact` reads, or a grid in words.
    where
        What the list is, for the message of an error.

    Raises
    ------
    InputError
        If it is no list, empty, or does not increase.

    Examples
    --------
    >>> increasing([1, "3/2"], "the values")
    (Fraction(1, 1), Fraction(3, 2))
    """
    if isinstance(numbers, str):
        return grid(numbers, where)
    if not isinstance(numbers, Iterable) or isinstance(numbers, Mapping):
        raise InputError(f"{where} must be a list of numbers, not {brief(numbers)}")
    values = tuple(exact(x, where.replace("the ", "one of the ", 1)) for x in numbers)
    if not values:
        raise InputError(f"{where} is empty; give at least one number")
    for before, after in pairwise(values):
        if before >= after:
            raise InputError(f"{where} must increase, but {brief(after)} follows {brief(before)}")
    return values


def common_scale(numbers: Iterable[Fraction]) -> int:
    """The least positive integer that makes every number an integer when multiplied by it.

    Parameters
    ----------
    numbers
        May be empty; then it is 1.

    Raises
    ------
    SizeError
        If it does not fit into int64.

    Examples
    --------
    >>> common_scale([Fraction(1, 2), Fraction(2, 3)])
    6
    """
    scale = 1
    for number in numbers:
        scale = lcm(scale, number.denominator)
        if scale > LARGEST:
            raise SizeError(
                f"the common denominator of the numbers is {big(scale)}, which does not fit into int64", scale
            )
    return scale


def scaled(number: Fraction, scale: int) -> int:
    """A number at a scale, as an int.

    Parameters
    ----------
    number
        Exact.
    scale
        A multiple of its denominator.

    Raises
    ------
    SizeError
        If the product does not fit into int64.

    Examples
    --------
    >>> scaled(Fraction(3, 2), 4)
    6
    """
    product = number.numerator * (scale // number.denominator)
    guard(abs(product), "a number")
    return product


def scaled_array(numbers: Sequence[Fraction], scale: int, what: str) -> np.ndarray:
    """Numbers at a scale, as an int64 array.

    Parameters
    ----------
    numbers
        Exact.
    scale
        A multiple of their denominators.
    what
        What they are, for the message of an error.

    Raises
    ------
    SizeError
        With the number that does not fit into int64.
    """
    integers = [scaled(x, scale) for x in numbers]
    guard(max((abs(x) for x in integers), default=0), what)
    return np.array(integers, np.int64)


def guard(bound: int, what: str) -> None:
    """Raise SizeError, from 2^62 on, if a sum that a kernel forms might not be safely inside int64.

    Parameters
    ----------
    bound
        The largest absolute value that could occur.
    what
        What could reach it, for the message.
    """
    if bound >= LARGEST:
        raise SizeError(f"{what} could reach {big(bound)}, beyond int64; use smaller numbers or fewer decimals", bound)


def show(number: int | Fraction, scale: int = 1) -> str:
    """The exact text of a number at a scale: "3", "-7/4".

    Parameters
    ----------
    number
        `scale` times what is shown.
    scale
        Positive.

    Examples
    --------
    >>> show(-7, 4)
    '-7/4'
    """
    return str(number) if scale == 1 else str(Fraction(number) / scale)
