"""Search problems by name: each is one registered function that builds an outcome space from its parameters."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from collude.models.beliefs import read_prior
from collude.models.errors import ColludeError, InputError
from collude.models.files.spec import LARGEST_SPEC
from collude.models.registry import Entry, arguments, find, import_rooms
from collude.models.space import OutcomeSpace

Function = TypeVar("Function", bound=Callable[..., OutcomeSpace])
PROBLEMS: dict[str, Entry] = {}


class SearchSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A search in words: a problem with its parameters, axioms, and how it is run (fields of `Task` and `Running`)."""

    problem: str
    parameters: dict[str, Any] = {}
    require: list[str] = []
    mode: str = "count"
    normalise: bool = False
    project: str = ""
    objective: str = ""
    classify: bool = False
    isomorphism: bool = False
    confirm: str = ""
    prove: bool = False
    chunks: int | None = None
    jobs: int | None = None
    out: str | None = None
    max_seconds: float | None = None

    def options(self) -> dict[str, Any]:
        """The keyword arguments of `search` but for the problem itself."""
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("problem", "parameters")}
        return {name: value for name, value in given.items() if value is not None}


def problem(name: str, summary: str) -> Callable[[Function], Function]:
    """Register a function that builds an outcome space."""

    def register(function: Function) -> Function:
        PROBLEMS[name] = Entry(name, summary, function)
        return function

    return register


def load() -> dict[str, Entry]:
    """All problems by name."""
    import_rooms("collude.enumerate.problems")
    return PROBLEMS


def build_problem(name: str, parameters: Mapping[str, Any]) -> OutcomeSpace:
    """The outcome space of a problem by name, from text or plain values; `prior` is understood by most.

    Raises InputError with the nearest name, or for a parameter that is missing, unknown or of the wrong kind.

    >>> build_problem("auction", {"agents": "2", "values": "0,1", "transfers": "-3:3"}).outcomes
    147
    """
    load()
    entry: Entry = find(name, PROBLEMS, "search problem", "environments")
    rest = {key: value for key, value in parameters.items() if key != "prior" and value is not None}
    for key, parameter in entry.parameters.items():
        if "Sequence" in str(parameter.annotation) and isinstance(rest.get(key), int):
            rest[key] = (rest[key],)
    space: OutcomeSpace = entry.function(**arguments(entry, rest))
    if parameters.get("prior") is None:
        return space
    environment = space.environment
    return replace(space, environment=replace(environment, prior=read_prior(parameters["prior"], environment.sizes)))


def read_search(path: Path) -> SearchSpec:
    """Read a TOML file; InputError names the line of a key that is unknown or of the wrong kind."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if path.stat().st_size > LARGEST_SPEC:
        raise InputError(f"{path} has more than {LARGEST_SPEC} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text, parse_float=str), SearchSpec)
    except msgspec.ValidationError as error:
        message = str(error).splitlines()[0]
        raise InputError(f"{path}{_line_of(message, text)}: {message}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply; write it flat") from None


def _line_of(message: str, text: str) -> str:
    """ ", line 3" where a message of msgspec names a key in backquotes that the text has."""
    found = re.search(r"field `(\w+)`|at `\$\.(\w+)", message)
    key = (found.group(1) or found.group(2)) if found else ""
    for number, line in enumerate(text.splitlines(), 1):
        if key and re.match(rf"\s*\[?\s*\"?{re.escape(key)}\b", line):
            return f", line {number}"
    return ""


def from_spec(path: Path) -> tuple[OutcomeSpace, SearchSpec]:
    """The outcome space and the search that a TOML file describes."""
    spec = read_search(path)
    try:
        return build_problem(spec.problem, spec.parameters), spec
    except ColludeError as error:
        error.args = (f"{path}: {error}",)
        raise
