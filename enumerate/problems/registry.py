"""Search problems by name: each is one registered function that builds an outcome space from its parameters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from inspect import Parameter
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from collude.models.beliefs import read_prior
from collude.models.environment import Environment
from collude.models.errors import InputError, placed
from collude.models.files.document import invalid, read_document
from collude.models.registry import ENVIRONMENTS, Entry, arguments, find, import_rooms, sequence_of
from collude.models.registry import load as load_environments
from collude.models.space import OutcomeSpace, outcome_space

Function = TypeVar("Function", bound=Callable[..., OutcomeSpace])
PROBLEMS: dict[str, Entry] = {}


class SearchSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A search in words: a problem with its parameters, axioms, and how it is run.

    Attributes
    ----------
    problem : str
        Name of the search problem or the environment.
    parameters : dict
        Its parameters.
    require : list of str
        The axioms, some with "=value".
    mode, normalise, project, objective, classify, isomorphism, confirm, prove, chunks
        Fields of `Task`.
    jobs, out, max_seconds
        Fields of `Running`.
    """

    problem: str
    parameters: dict[str, object] = {}
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

    def options(self) -> dict[str, object]:
        """The keyword arguments of `search` but for the problem itself."""
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("problem", "parameters")}
        return {name: value for name, value in given.items() if value is not None}


def problem(name: str, summary: str) -> Callable[[Function], Function]:
    """Register a function that builds an outcome space as a search problem.

    Parameters
    ----------
    name : str
        Under which users ask for it.
    summary : str
        One line for lists.

    Returns
    -------
    callable
        A decorator that leaves the function as it is.
    """

    def register(function: Function) -> Function:
        PROBLEMS[name] = Entry(name, summary, function)
        return function

    return register


def load_problems() -> dict[str, Entry]:
    """List all problems with outcomes of their own; every environment is a problem too.

    Returns
    -------
    dict of str to Entry
        By name.

    Examples
    --------
    >>> "uniform-price" in load_problems()
    True
    """
    import_rooms("collude.enumerate.problems")
    return PROBLEMS


def build_problem(name: str, parameters: Mapping[str, object]) -> OutcomeSpace:
    """Build the outcome space of a search problem by name, from text or plain values.

    A problem is registered under its name, or it is an environment: then its outcomes are all feasible allocations times all
    vectors of transfers from the grid `transfers`.

    Parameters
    ----------
    name : str
        Of the problem or the environment.
    parameters : mapping of str to object
        Its parameters; `prior` is understood by all.

    Returns
    -------
    OutcomeSpace

    Raises
    ------
    InputError
        With the nearest name, or for a parameter that is missing, unknown or of the wrong form.

    Examples
    --------
    >>> build_problem("auction", {"agents": "2", "values": "0,1", "transfers": "-3:3"}).outcomes
    147
    """
    load_problems()
    load_environments()
    entry: Entry = find(name, {**ENVIRONMENTS, **PROBLEMS}, "search problem", "problems")
    rest = {key: value for key, value in parameters.items() if key != "prior" and value is not None}
    space: OutcomeSpace
    if name in PROBLEMS:
        space = entry.function(**arguments(entry, _listed(entry.parameters, rest)))
    else:
        space = _allocations_and_transfers(entry, rest)
    if parameters.get("prior") is None:
        return space
    environment = space.environment
    return replace(space, environment=replace(environment, prior=read_prior(parameters["prior"], environment.sizes)))


def _listed(parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """The parameters, where a list is wanted a single number as a list of one."""
    lists = {name for name, parameter in parameters.items() if "Sequence" in str(parameter.annotation)}
    return {key: (value,) if key in lists and isinstance(value, int) else value for key, value in given.items()}


def _allocations_and_transfers(entry: Entry, given: Mapping[str, object]) -> OutcomeSpace:
    """All allocations of an environment, with a grid of transfers where it has money."""
    rest = dict(given)
    transfers = rest.pop("transfers", None)
    environment: Environment = entry.function(**arguments(entry, _listed(entry.parameters, rest)))
    if transfers is None and not (environment.public or environment.ordinal):
        raise InputError(f"{entry.name} needs transfers, a grid such as -3:3 (--transfers=-3:3)")
    if transfers is not None and environment.ordinal:
        raise InputError(f"{entry.name} takes no parameter 'transfers': there is no money")
    return outcome_space(environment, None if transfers is None else sequence_of(transfers, "transfers"))


def read_search(path: Path) -> SearchSpec:
    """Read the description of a search from a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SearchSpec

    Raises
    ------
    InputError
        With the line of a key that is unknown or of the wrong kind.
    """
    document = read_document(path)
    seconds = document.get("max_seconds")
    if isinstance(seconds, Fraction):
        document["max_seconds"] = float(seconds)
    try:
        return msgspec.convert(document, SearchSpec)
    except msgspec.ValidationError as error:
        line = _line_of(str(error).splitlines()[0], path.read_text(encoding="utf-8"))
        raise InputError(f"{path}{line}: {invalid(error)}") from None


def _line_of(message: str, text: str) -> str:
    """ ", line 3" where a message of msgspec names a key in backquotes that the text has."""
    found = re.search(r"field `(\w+)`|at `\$\.(\w+)", message)
    key = (found.group(1) or found.group(2)) if found else ""
    for number, line in enumerate(text.splitlines(), 1):
        if key and re.match(rf"\s*\[?\s*\"?{re.escape(key)}\b", line):
            return f", line {number}"
    return ""


class SpecifiedSearch(NamedTuple):
    """A search that a file describes: where it takes place, and what is asked."""

    space: OutcomeSpace
    spec: SearchSpec


def from_spec(path: Path) -> SpecifiedSearch:
    """Read a search from a TOML file and build its outcome space.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SpecifiedSearch

    Raises
    ------
    InputError
        If something in the file does not fit, with its name.
    """
    spec = read_search(path)
    with placed(path):
        return SpecifiedSearch(build_problem(spec.problem, spec.parameters), spec)
