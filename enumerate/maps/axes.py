"""The parameters that a sweep varies: their values in words, and what each does to the parameters that stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from collude.models.errors import InputError
from collude.models.numbers import brief, exact, grid, increasing, whole
from collude.models.registry import sequence_of

DERIVED = ("number", "gap", "step")


@dataclass(frozen=True)
class Axis:
    """A parameter with the values that it takes: as text, and as they were given."""

    name: str
    values: tuple[str, ...]
    given: tuple[object, ...]


def axis_of(name: str, values: str | Sequence[object]) -> Axis:
    """Read a parameter and its values from text or a list.

    Parameters
    ----------
    name
        Of the parameter.
    values
        A list, or text: a grid of numbers, else words parted by commas; whole values that contain commas are parted by bars.

    Returns
    -------
    Axis

    Raises
    ------
    InputError
        If there is no value, or one is given twice.

    Examples
    --------
    >>> axis_of("price", "1:3").values
    ('1', '2', '3')
    >>> axis_of("values", "0,1|0,2").values
    ('0,1', '0,2')
    """
    key = name.replace("-", "_").strip()
    if not key:
        raise InputError("a parameter that varies needs a name: price=1:6")
    given = tuple(_parted(key, values) if isinstance(values, str) else values)
    texts = tuple(in_text(value) for value in given)
    if not texts or "" in texts:
        raise InputError(f"{key} has no value to take; write for instance {key}=1:6")
    if len(set(texts)) < len(texts):
        raise InputError(f"{key} takes a value twice; where each value is a list, part the lists by bars: 0,1|0,2")
    return Axis(key, texts, given)


def _parted(name: str, text: str) -> list[str]:
    if "|" in text:
        return [part.strip() for part in text.split("|")]
    parts = [part.strip() for part in text.split(",")]
    if any(part[:1].isalpha() for part in parts):
        return parts
    return [str(x) for part in parts if part for x in grid(part, name)]


def in_text(value: object) -> str:
    """Write a value of a parameter as on the command line.

    Parameters
    ----------
    value
        A number, a word, a flag, a list of these or a list of such lists.

    Returns
    -------
    str
        "0,1", "1,2;1,3", "true".
    """
    if isinstance(value, (list, tuple, range)):
        inner = [in_text(each) for each in value]
        vectors = any(isinstance(each, (list, tuple, range)) for each in value)
        return (";" if vectors else ",").join(inner)
    return str(value).lower() if isinstance(value, bool) else str(value)


def place(axes: Sequence[Axis], where: Sequence[int]) -> str:
    """A setting in words, for a message.

    Parameters
    ----------
    axes
        The parameters that vary.
    where
        The position of the value that each of them takes.

    Returns
    -------
    str
        "price=3, gap=1".
    """
    return ", ".join(f"{axis.name}={axis.values[x]}" for axis, x in zip(axes, where, strict=True))


def setting_of(parameters: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Put the parameters of one point together: those that vary replace or change those that stay.

    Parameters
    ----------
    parameters
        Those that stay.
    given
        The value of each parameter that varies; "number", "gap" and "step" change a grid among those that stay.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If what "number", "gap" or "step" should change is not there or is no grid of numbers.

    Examples
    --------
    >>> [str(x) for x in setting_of({"values": "0:2"}, {"gap": 4})["values"]]
    ['0', '1', '5']
    """
    changed = {**parameters, **{name: value for name, value in given.items() if name not in DERIVED}}
    if "number" in given:
        key, numbers = _types(changed, "number")
        kept = whole(given["number"], "number")
        if not 1 <= kept <= len(numbers):
            raise InputError(f"number is {brief(kept)}, but there are {len(numbers)} {key}; give more {key}")
        changed[key] = numbers[:kept]
    if "gap" in given:
        key, numbers = _types(changed, "gap")
        gap, sizes = exact(given["gap"], "gap"), increasing(numbers, key)
        if gap <= 0 or len(sizes) < 2:
            raise InputError(f"a gap is positive and needs two {key} at least")
        changed[key] = (*sizes[:-1], sizes[-2] + gap)
    if "step" in given:
        if changed.get("transfers") is None:
            raise InputError("a step needs transfers, whose multiples of it are taken (--transfers=-4:4)")
        money = increasing(sequence_of(changed["transfers"], "transfers"), "transfers")
        changed["transfers"] = _multiples(exact(given["step"], "step"), money[0], money[-1])
    return changed


def _types(parameters: Mapping[str, object], name: str) -> tuple[str, tuple[object, ...]]:
    """The values or costs among the parameters, and how they are called."""
    for key in ("values", "costs"):
        if parameters.get(key) is not None:
            return key, sequence_of(parameters[key], key)
    raise InputError(f"{name} needs values or costs that it changes (--values 0:3)")


def _multiples(step: Fraction, low: Fraction, high: Fraction) -> tuple[Fraction, ...]:
    if step <= 0:
        raise InputError(f"step is {brief(step)}; it must be positive")
    found = tuple(step * m for m in range(ceil(low / step), floor(high / step) + 1))
    if not found:
        raise InputError(f"no multiple of {brief(step)} lies within the transfers")
    return found
