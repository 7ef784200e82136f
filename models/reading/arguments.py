"""Arguments that people write, read as the annotation of a parameter says: numbers, lists, words, truth values."""

import inspect
from collections.abc import Iterable, Sequence
from fractions import Fraction
from types import NoneType, UnionType
from typing import TypeAlias, Union, get_args, get_origin

import numpy as np

from collude.models.environment import MOST_AGENTS, Prior
from collude.models.errors import InputError
from collude.models.numbers import brief, exact, grid, require_grid, whole

Plain: TypeAlias = "Fraction | str | tuple[Plain, ...]"  # a number, a word, or a list of them
FLAGS = {"true": True, "yes": True, "false": False, "no": False}
DEEPEST = 3
LONGEST_WORD = 200
MOST = 10_000


def plain_argument(name: str, parameter: inspect.Parameter, value: object) -> object:
    """An argument of a Python call that an environment can handle.

    Parameters
    ----------
    name
        Of the environment, for the message of an error.
    parameter
        Its name and annotation decide.
    value
        What was given; lists stay as they are, and are read by the environment.

    Raises
    ------
    InputError
        For a number that is none, a word that is none, no list, or no prior.
    """
    where = f"{name}: {parameter.name}"
    if parameter.name == "prior":
        if value is not None and not isinstance(value, Prior):
            raise InputError(f"{where} must be made by co.uniform(sizes) or co.Prior, not {brief(value)}")
        return value
    if parameter.annotation is int:
        return _count(value, parameter.name, where)
    if parameter.annotation is str:
        return require_word(value, where)
    if parameter.name == "labels" and value is not None:
        return _words(value, where)
    entries = _entries_of(parameter.annotation)
    missing = value is None and parameter.default is not None
    if (
        entries is not None
        and get_origin(entries) is not Sequence
        and (missing or not isinstance(value, Iterable | None))
    ):
        return _words(value, where) if entries is str else sequence_of(value, where)
    return value


def convert(value: object, parameter: inspect.Parameter, where: str) -> object:
    """A value as a parameter's annotation wants it; anything else is refused, never bent.

    Parameters
    ----------
    value
        Text, or a plain value.
    parameter
        Its annotation decides: int, bool, str, a list, a number. What is annotated `object` is left to the function.
    where
        What the value is, for the message of an error.

    Raises
    ------
    InputError
    """
    if parameter.annotation is int:
        return _count(value, parameter.name, where)
    if parameter.annotation is bool:
        return as_flag(value, where)
    if parameter.annotation is str:
        if not isinstance(value, str) or len(value) > LONGEST_WORD:
            raise InputError(f"{where} must be a word, not {brief(value)}")
        return value
    entries = _entries_of(parameter.annotation)
    if entries is not None:
        return _words(value, where) if entries is str else sequence_of(value, where)
    if parameter.annotation is object:
        return value
    if isinstance(value, (list, tuple)):
        return _plain_list(value, where)
    return exact(value, where)


def _count(value: object, name: str, where: str) -> int:
    try:
        number = whole(value, where)
    except InputError:
        if not isinstance(value, str | list | tuple):
            raise
        raise InputError(f"{where} must be a whole number, such as 3, not {brief(value)}") from None
    if name == "agents" and number > MOST_AGENTS:
        raise InputError(
            f"{brief(number)} agents have more than 10^9 coalitions; at most {MOST_AGENTS} agents are taken"
        )
    if number > MOST:
        raise InputError(f"{where} is {brief(number)}; at most {MOST:,} can be examined")
    return number


def _entries_of(annotation: object) -> object:
    """What a parameter takes a list of; None if it takes something else than a list too."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    kinds = [member for member in members if member is not NoneType]
    return get_args(kinds[0])[0] if len(kinds) == 1 and get_origin(kinds[0]) is Sequence else None


def require_word(value: object, where: str) -> str:
    """The value itself, a text.

    Parameters
    ----------
    value : object
        What was given.
    where : str
        What it is, for the message.

    Returns
    -------
    str

    Raises
    ------
    InputError
        For anything else.
    """
    if not isinstance(value, str):
        raise InputError(f"{where} must be a word, not {brief(value)}")
    return value


def sequence_of(value: object, where: str) -> tuple[Plain, ...]:
    """The numbers, or vectors of numbers, that a text or a list means.

    Parameters
    ----------
    value
        "0:4", "0,1,3/2", "1,2;1,3", [0, 1], or an array of ints.
    where
        What the list is, for the message of an error.

    Raises
    ------
    InputError
        With the place in the list, for booleans, floats, tables and dates, and for what is no list.

    Examples
    --------
    >>> sequence_of("0,3/2", "the prices")
    (Fraction(0, 1), Fraction(3, 2))
    """
    if isinstance(value, str):
        return _sequence(value, where)
    if isinstance(value, (list, tuple, range, np.ndarray)):
        return _plain_list(value, where)
    raise InputError(f"{where} must be a list of numbers or a grid such as 0:9, not {brief(value)}")


def _words(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise InputError(f"{where} must be a list of names, not {brief(value)}")


def as_flag(value: object, where: str) -> bool:
    """The truth value that a word or a bool stands for; InputError for anything else.

    Parameters
    ----------
    value
        True, False, or "true", "yes", "false", "no" in any case.
    where
        What the value is, for the message of an error.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in FLAGS:
        return FLAGS[value.strip().lower()]
    raise InputError(f"{where} must be true or false, not {brief(value)}")


def _plain_list(values: Iterable[object], where: str) -> tuple[Plain, ...]:
    """A list of numbers and words, perhaps in lists: whatever else is in it (booleans, dates, tables, floats) is refused."""
    return tuple(_entry(value, f"{where}[{place}]", 1) for place, value in enumerate(values))


def _entry(value: object, where: str, depth: int) -> Plain:
    if isinstance(value, (list, tuple, np.ndarray)):
        if depth > DEEPEST:
            raise InputError(f"{where} has lists in lists in lists; write it flat")
        return tuple(_entry(entry, f"{where}[{place}]", depth + 1) for place, entry in enumerate(value))
    return value if isinstance(value, str) else exact(value, where)


def _sequence(value: str, where: str) -> tuple[Plain, ...]:
    """A list from text: rows of numbers separated by semicolons, a grid with colons, or numbers."""
    if ";" in value:
        rows = [row for row in value.split(";") if row.strip()]
        return tuple(tuple(exact(x, where) for x in row.split(",")) for row in rows)
    if ":" in value:
        return grid(value, where)
    require_grid(value, where)
    return tuple(exact(x, where) for x in value.split(","))
