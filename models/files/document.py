"""TOML texts from strangers: exact numbers, nothing too large to be handled, and every refusal names the key."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import msgspec

from collude.models.documents import JsonObject
from collude.models.errors import InputError
from collude.models.numbers import brief, exact

LARGEST_DOCUMENT = 1 << 24
MOST_PARTS = 32
MOST_DIGITS = 400
WORDS = {"str": "a text", "int": "a whole number", "bool": "true or false", "array": "a list", "object": "a table"}
Described = TypeVar("Described", bound=msgspec.Struct)
# Unterminated strings match too, up to where they should have ended, so that the scan never starts twice at one place.
_PIECES = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\\?\Z)' + r"|\'\'\'(?:[^']|'(?!''))*(?:\'\'\'|\Z)"
    r'|"(?:[^"\\\n]|\\.)*"?' + r"|'[^'\n]*'?|#[^\n]*"
    rf"|(?P<long>(?<![\w.])[+-]?[0-9][0-9_]{{{MOST_DIGITS},}}(?![\w.]))",
    re.DOTALL,
)


@dataclass(frozen=True)
class Refused:
    """A number that cannot be read, in the place where it stood."""

    reason: str


def read_document(path: Path) -> JsonObject:
    """The content of a TOML file: dictionaries, lists, text, booleans, ints and Fractions.

    Parameters
    ----------
    path
        A file of at most 16 MiB.

    Raises
    ------
    InputError
        In one line that names the key or the line: for what is no TOML in UTF-8, for dates, for numbers that are infinite or have
        more than a few hundred digits, and for keys of more than 32 parts.

    Notes
    -----
    The work is linear in the size of the file.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise InputError(f"{path} has more than {LARGEST_DOCUMENT} bytes; put tables into CSV or .npz")
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        text = _PIECES.sub(_without_long_numbers, text)
        _require_short_keys(text)
        document = tomllib.loads(text, parse_float=_decimal)
        _require_plain(document)
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text in UTF-8") from None
    except ValueError as error:
        raise InputError(f"{path}: {' '.join(str(error).split())[:200]}") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply; write it flat") from None
    except InputError as error:
        raise error.at(path) from None
    return document


def _without_long_numbers(match: re.Match[str]) -> str:
    """Python refuses to read a number of thousands of digits: mark it, so that the key that has it can be named."""
    if match["long"] is None:
        return match[0]
    digits = sum(x.isdigit() for x in match[0])
    return f"1e{10**9 + digits}"


def _require_short_keys(text: str) -> None:
    """Refuse dotted keys of very many parts, which take the parser time and memory in the square of their length."""
    bare = _PIECES.sub(lambda match: match[0] if match["long"] else '""' + "\n" * match[0].count("\n"), text)
    for number, line in enumerate(bare.split("\n"), 1):
        if line.count(".") <= MOST_PARTS:
            continue
        if any(part.count(".") >= MOST_PARTS for part in re.split(r"[=,\[\]{}]", line)):
            raise InputError(f"line {number} has a key of more than {MOST_PARTS} parts; write fewer dots")


def _decimal(text: str) -> Fraction | Refused:
    """Decimals in TOML are exact: they never become floats."""
    mark = re.fullmatch(r"1e1(\d{9})", text)
    if mark is not None:
        return Refused(f"an integer of {int(mark[1])} digits; at most {MOST_DIGITS} are read")
    if len(text) > MOST_DIGITS:
        return Refused(f"a decimal of {len(text)} characters; at most {MOST_DIGITS} are read")
    try:
        return exact(Decimal(text.replace("_", "")), "it")
    except (InputError, ArithmeticError):
        shown = {"inf": "Infinity", "+inf": "Infinity", "-inf": "-Infinity"}.get(text, text)
        return Refused(f"{brief(shown)}, which is not a number that can be handled; write 3, 3/2 or 1.5")


def _require_plain(document: JsonObject) -> None:
    """Refuse, by the name of its key, what no description of a mechanism can need."""
    for key, value in _entries(document, ""):
        if isinstance(value, Refused):
            raise InputError(f"{key} is {value.reason}")
        if isinstance(value, (datetime, date, time)):
            raise InputError(f"{key} is the date or time {value}; write a number or a text")
        if isinstance(value, int) and value.bit_length() > 3 * MOST_DIGITS:
            raise InputError(f"{key} is an integer of about {value.bit_length() * 3 // 10} digits; use smaller numbers")


def _entries(value: object, key: str) -> Iterator[tuple[str, object]]:
    """Every value that is no table or list, with its key: "environment.values[3]"."""
    waiting = [(key, value)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{key}.{_shown(name)}" if key else _shown(name), entry) for name, entry in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{key}[{place}]", entry) for place, entry in enumerate(value)]
        else:
            yield key, value


def _shown(name: str) -> str:
    return name if re.fullmatch(r"[\w-]{1,40}", name) else brief(name)


def read_described(path: Path, wanted: type[Described]) -> Described:
    """The content of a TOML file as a typed description.

    Parameters
    ----------
    path
        As of `read_document`.
    wanted
        Its fields are the keys that the file may have, with the types of their values.

    Raises
    ------
    InputError
        As of `read_document`; for keys that are unknown or missing and for values of another type, with the key.
    """
    document = read_document(path)
    try:
        return msgspec.convert(document, wanted)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {invalid(error)}") from None


def _in_words(kinds: str) -> str:
    """Types of values as a person says them."""
    names = [kind for kind in kinds.replace("`", "").split(" | ") if kind != "null"]
    return " or ".join(WORDS.get(name, f"a {name}") for name in names)


def invalid(error: msgspec.ValidationError) -> str:
    """What is wrong in a document, the key first: "mechanism must be a text, not a list".

    Parameters
    ----------
    error
        Of msgspec, whose own words are for programmers.
    """
    text, _, place = str(error).splitlines()[0].partition(" - at `$")
    key = place.rstrip("`").lstrip(".")
    if text.startswith("Expected ") and ", got " in text:
        wanted, _, given = text.removeprefix("Expected ").partition(", got ")
        text = f"must be {_in_words(wanted)}, not {_in_words(given)}"
    else:
        text = text.replace("Expected", "must be").replace("`", "")
    return f"{key} {text}" if key else text
