"""Names: environments and mechanisms register themselves here, with the parameters that their signatures declare."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from collude.models.environment import MOST_AGENTS
from collude.models.errors import InputError
from collude.models.numbers import exact, grid

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """A registered function: its name on the command line, one line about it, and, for a mechanism, its environment."""

    name: str
    summary: str
    function: Callable[..., Any]
    environment: str = ""

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters a user can set: those of the function but for a mechanism's environment."""
        found = dict(inspect.signature(self.function).parameters)
        if self.environment:
            found.pop(next(iter(found)))
        return {name: parameter for name, parameter in found.items() if name not in ("labels", "prior")}


ENVIRONMENTS: dict[str, Entry] = {}
MECHANISMS: dict[str, Entry] = {}


def environment(name: str, summary: str) -> Callable[[Function], Function]:
    """Register a function that builds an environment."""

    def register(function: Function) -> Function:
        ENVIRONMENTS[name] = Entry(name, summary, function)
        return function

    return register


def mechanism(name: str, environment: str, summary: str) -> Callable[[Function], Function]:
    """Register a function (environment, **parameters) -> Mechanism."""

    def register(function: Function) -> Function:
        MECHANISMS[name] = Entry(name, summary, function, environment)
        return function

    return register


def import_rooms(*packages: str) -> None:
    """Import every module of these packages, so that what registers itself on import is there: a new file is enough."""
    for package in packages:
        for module in iter_modules(import_module(package).__path__):
            import_module(f"{package}.{module.name}")


def load() -> None:
    """Import every file of the library, so that the registries are full."""
    import_rooms("collude.models.library")


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like `name`, or ""."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.4)), "")


def find(name: str, table: Mapping[str, Any], what: str, listing: str) -> Any:
    """table[name], or an InputError that suggests the nearest name and says where to see them all."""
    if name in table:
        return table[name]
    close = nearest(name, table)
    hint = f"; the nearest is {close!r}" if close else ""
    raise InputError(f"no {what} is called {name!r}{hint} (collude list {listing})")


def find_mechanism(name: str) -> Entry:
    """The registered mechanism of this name; InputError with the nearest name otherwise."""
    load()
    entry: Entry = find(name, MECHANISMS, "mechanism", "mechanisms")
    return entry


def find_environment(name: str) -> Entry:
    """The registered environment of this name; InputError with the nearest name otherwise."""
    load()
    entry: Entry = find(name, ENVIRONMENTS, "environment", "environments")
    return entry


def arguments(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """Turn text or plain values into the arguments of a registered function; InputError names what is wrong or missing."""
    known = entry.parameters
    values = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in known:
            listing = ", ".join(known) or "none"
            raise InputError(f"{entry.name} takes no parameter {key!r}; it takes {listing}")
        values[name] = _convert(value, known[name], f"{entry.name}: {key}")
    if isinstance(values.get("agents"), int) and values["agents"] > MOST_AGENTS:
        raise InputError(f"{entry.name}: {values['agents']} agents; at most {MOST_AGENTS} are taken")
    missing = [name for name, p in known.items() if p.default is p.empty and name not in values]
    if missing:
        raise InputError(f"{entry.name} needs {', '.join(missing)} (collude list, or --param {missing[0]}=...)")
    return values


def _convert(value: Any, parameter: inspect.Parameter, where: str) -> Any:
    annotation = str(parameter.annotation)
    if parameter.annotation is int:
        number = exact(value, where)
        if number.denominator != 1:
            raise InputError(f"{where} must be a whole number, not {number}")
        return int(number)
    if parameter.annotation is bool:
        if isinstance(value, bool) or str(value).lower() in ("true", "false", "yes", "no"):
            return value if isinstance(value, bool) else str(value).lower() in ("true", "yes")
        raise InputError(f"{where} must be true or false, not {value!r}")
    if parameter.annotation is str:
        return str(value)
    if "Sequence" in annotation:
        return sequence_of(value, where)
    return exact(value, where) if isinstance(value, (str, int, float, Fraction)) else value


def sequence_of(value: Any, where: str) -> Any:
    """The numbers, or vectors of numbers, that a text means: `0:4`, `0,1,3/2` or `1,2;1,3`; other values as they are."""
    if isinstance(value, int):
        return (value,)
    if not isinstance(value, str):
        return value
    if ";" in value:
        return tuple(tuple(exact(x, where) for x in row.split(",")) for row in value.split(";") if row.strip())
    if ":" in value:
        return grid(value, where)
    return tuple(exact(x, where) for x in value.split(","))
