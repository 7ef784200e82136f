"""Exact numbers on entry: rationals, grids written as text, and the one common scale that turns them into int64."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from math import ceil, lcm, log10
from numbers import Integral, Rational
from typing import Any

import numpy as np

from collude.models.errors import InputError, SizeError

Number = int | Fraction | Decimal | str
LARGEST = 2**62
LONGEST_GRID = 1_000_000
LONGEST_EXPONENT = 100


def big(number: int) -> str:
    """A whole number in full; from 10^4000 on, which Python does not write out, its size."""
    return str(number) if number.bit_length() < 13_000 else f"about 10^{int(log10(number))}"


def exact(value: Any, where: str = "a number") -> Fraction:
    """The rational that an int, Fraction, Decimal or text such as "7/4" or "0.25" stands for.

    Raises InputError for anything else; floats are refused because they are not the number that was meant.
    """
    if isinstance(value, bool):
        raise InputError(f"{where} is {value}, which is not a number")
    if isinstance(value, (Integral, np.integer)):
        return Fraction(int(value))
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, (float, np.floating)):
        raise InputError(f'{where} is the float {value}; write it exactly, for instance "{value}", or give a tolerance')
    try:
        if isinstance(value, str) and len(value) <= 60:
            text = value.strip()
            value = Fraction(text) if "/" in text else Decimal(text)
        if isinstance(value, Fraction):
            return value
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= LONGEST_EXPONENT:
            return Fraction(value)
    except (ValueError, ZeroDivisionError, InvalidOperation, OverflowError):
        pass
    shown = str(value)
    raise InputError(f"{where} is {shown[:40]!r}, which is not a number; write 3, 3/2 or 1.5")


def whole(value: Any, where: str = "a number") -> int:
    """The whole number that is written; InputError names `where` if it is none.

    >>> whole("3", "the units")
    3
    """
    number = exact(value, where)
    if number.denominator != 1:
        raise InputError(f"{where} must be a whole number, not {number}")
    return int(number)


def rounded(value: Any, tolerance: Fraction, where: str = "a number") -> Fraction:
    """As `exact`, floats included: those are rounded to a 64th of the tolerance."""
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            raise InputError(f"{where} is {value}, which is not a finite number")
        unit = tolerance / 64
        return round(Fraction(float(value)) / unit) * unit
    return exact(value, where)


def grid(text: str, where: str = "the grid") -> tuple[Fraction, ...]:
    """The increasing numbers that "0:9" (inclusive), "0:9:3" or "0,1,3/2" stand for.

    Raises InputError if the grid is empty, not increasing or not made of numbers.
    """
    numbers: list[Fraction] = []
    for part in text.split(","):
        bounds = part.split(":")
        if len(bounds) == 1:
            numbers.append(exact(part, where))
            continue
        if len(bounds) > 3:
            raise InputError(f"{where}: {part!r} has too many colons; write first:last or first:last:step")
        first, last, step = (*(exact(x, where) for x in bounds), Fraction(1))[:3]
        if step <= 0:
            raise InputError(f"{where}: the step in {part!r} must be positive")
        if first > last:
            raise InputError(f"{where}: {part!r} runs down from {first} to {last}; write the smaller number first")
        count = ceil((last - first + step) / step)
        if count > LONGEST_GRID:
            raise SizeError(f"{where}: {part!r} has {count} points; at most {LONGEST_GRID} are taken", count)
        numbers.extend(first + step * x for x in range((last - first) // step + 1))
    return increasing(numbers, where)


def increasing(numbers: Iterable[Any], where: str) -> tuple[Fraction, ...]:
    """The numbers as rationals; raises InputError unless there is at least one and they increase strictly."""
    values = tuple(exact(x, where) for x in numbers)
    if not values:
        raise InputError(f"{where} is empty; give at least one number")
    for before, after in pairwise(values):
        if before >= after:
            raise InputError(f"{where} must increase, but {after} follows {before}")
    return values


def common_scale(numbers: Iterable[Fraction]) -> int:
    """The least positive integer that makes every number an integer when multiplied by it."""
    scale = 1
    for number in numbers:
        scale = lcm(scale, number.denominator)
        if scale > LARGEST:
            raise SizeError(f"the common denominator of the numbers is {scale}, which does not fit into int64", scale)
    return scale


def scaled(number: Fraction, scale: int) -> int:
    """number times scale as an int; the scale must be a multiple of the denominator. SizeError beyond int64."""
    product = number.numerator * (scale // number.denominator)
    guard(abs(product), "a number")
    return product


def scaled_array(numbers: Sequence[Fraction], scale: int, what: str) -> np.ndarray:
    """int64 array of scaled numbers; raises SizeError with the number that does not fit."""
    integers = [scaled(x, scale) for x in numbers]
    guard(max((abs(x) for x in integers), default=0), what)
    return np.array(integers, np.int64)


def guard(bound: int, what: str) -> None:
    """Raise SizeError if a sum that a kernel could form is not safely inside int64."""
    if bound >= LARGEST:
        raise SizeError(f"{what} could reach {bound}, beyond int64; use smaller numbers or fewer decimals", bound)


def show(number: int | Fraction, scale: int = 1) -> str:
    """The exact text of number / scale: "3", "-7/4"."""
    return str(Fraction(number) / scale)
