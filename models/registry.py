"""Names: environments and mechanisms register themselves here, with the parameters that their signatures declare."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, wraps
from importlib import import_module
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, ParamSpec, TypeAlias, TypeVar, Union, cast, get_args, get_origin

import numpy as np

from collude.models.documents import JsonObject, NamedValues, UserFunction
from collude.models.draft import DeferredDraft, Draft, RuleDraft, finished
from collude.models.environment import MOST_AGENTS, Environment, Prior, require_environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import big, brief, exact, grid, require_grid, whole

Function = TypeVar("Function", bound=UserFunction)
Found = TypeVar("Found")
Parameters = ParamSpec("Parameters")
Plain: TypeAlias = "Fraction | str | tuple[Plain, ...]"  # a number, a word, or a list of them
FLAGS = {"true": True, "yes": True, "false": False, "no": False}
DEEPEST = 3
LONGEST_WORD = 200
MOST = 10_000


@dataclass(frozen=True)
class Entry:
    """A registered function: its name on the command line, one line about it, and, for a mechanism, its environment.

    describe: for a mechanism by a rule, the function that returns its `RuleDraft`.
    """

    name: str
    summary: str
    function: Callable[..., Any]  # what it builds depends on the registry
    environment: str = ""
    describe: Callable[..., RuleDraft | Mechanism] | None = None

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters a user can set: those of the function but for a mechanism's environment."""
        declared = dict(inspect.signature(self.function).parameters)
        if self.environment:
            declared.pop(next(iter(declared)))
        return {name: parameter for name, parameter in declared.items() if name not in ("labels", "prior")}

    def draft(self, environment: Environment, values: NamedValues) -> Draft:
        """The mechanism of these parameters in an environment, not yet built."""
        if self.describe is None:
            return DeferredDraft(environment, self.name, partial(self.function, environment, **values))
        described = self.describe(environment, **values)
        return finished(described) if isinstance(described, Mechanism) else described


ENVIRONMENTS: dict[str, Entry] = {}
MECHANISMS: dict[str, Entry] = {}


def environment(name: str, summary: str) -> Callable[[Function], Function]:
    """Decorate a function that builds an environment: it is registered, and its arguments are checked from now on.

    Parameters
    ----------
    name
        What users write.
    summary
        One line about it.
    """

    def register(function: Function) -> Function:
        signature = inspect.signature(function)

        @wraps(function)
        def checked(*args: object, **given: object) -> object:
            taken = signature.bind(*args, **given)
            for key, value in taken.arguments.items():
                taken.arguments[key] = _plain_argument(name, signature.parameters[key], value)
            return function(*taken.args, **taken.kwargs)

        ENVIRONMENTS[name] = Entry(name, summary, checked)
        return cast(Function, checked)

    return register


def _plain_argument(name: str, parameter: inspect.Parameter, value: object) -> object:
    """An argument that the environment `name` can handle; InputError for a number that is none, or no list."""
    where = f"{name}: {parameter.name}"
    if parameter.name == "prior":
        if value is not None and not isinstance(value, Prior):
            raise InputError(f"{where} must be made by co.uniform(sizes) or co.Prior, not {brief(value)}")
        return value
    if parameter.annotation is int:
        number = whole(value, where)
        if parameter.name == "agents" and number > MOST_AGENTS:
            raise InputError(
                f"{brief(number)} agents have more than 10^9 coalitions; at most {MOST_AGENTS} agents are taken"
            )
        if number > MOST:
            raise InputError(f"{where} is {brief(number)}; at most {MOST:,} can be examined")
        return number
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


def mechanism(
    name: str, environment: str, summary: str
) -> Callable[[Callable[Parameters, RuleDraft | Mechanism]], Callable[Parameters, Mechanism]]:
    """Decorate a function (environment, **parameters) that describes a mechanism by its rule, or builds one.

    The function that takes its place builds what is described; `Entry.draft` leaves it a description.

    Parameters
    ----------
    name
        What users write.
    environment
        The family for which it is defined.
    summary
        One line about it.
    """

    def register(function: Callable[Parameters, RuleDraft | Mechanism]) -> Callable[Parameters, Mechanism]:
        signature = inspect.signature(function)
        words = [key for key, parameter in signature.parameters.items() if parameter.annotation is str]

        @wraps(function)
        def built(*args: Parameters.args, **given: Parameters.kwargs) -> Mechanism:
            if args or "environment" in given:
                require_environment(args[0] if args else given["environment"])
            for key in words:
                require_word(given.get(key, ""), f"{name}: {key}")
            result = function(*args, **given)
            return result if isinstance(result, Mechanism) else result.build()

        built.__annotations__ = {**built.__annotations__, "return": Mechanism}
        built.__signature__ = signature.replace(return_annotation=Mechanism)  # type: ignore[attr-defined]
        describe = function if signature.return_annotation is RuleDraft else None
        MECHANISMS[name] = Entry(name, summary, built, environment, describe)
        return built

    return register


def import_rooms(*packages: str) -> None:
    """Import every module of these packages, so that what registers itself on import is there: a new file is enough."""
    for package in packages:
        for module in iter_modules(import_module(package).__path__):
            import_module(f"{package}.{module.name}")


def load() -> None:
    """Import every file of the library, so that the registries are full."""
    import_rooms("collude.models.library", "collude.models.library.voting_rules", "collude.models.trade")


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like a misspelt one, "" if none is.

    Parameters
    ----------
    name
        As it was written.
    names
        Those that exist.

    Examples
    --------
    >>> nearest("secnd-price", ["first-price", "second-price"])
    'second-price'
    """
    return next(iter(difflib.get_close_matches(name[:60], list(names), n=1, cutoff=0.4)), "")


ALIASES = {
    "vickrey": "second-price",
    "dsic": "strategy-proof",
    "sp": "strategy-proof",
    "gsp": "group-strategy-proof",
    "weak-gsp": "weakly-group-strategy-proof",
    "bic": "bayesian-incentive-compatible",
    "ir": "individually-rational",
    "bb": "budget-balanced",
    "ef": "envy-free",
    "pareto": "pareto-efficient",
    "ttc": "top-trading-cycles",
    "da": "deferred-acceptance",
}
"""Other names of the field, accepted wherever a name is."""


def find(name: object, table: Mapping[str, Found], what: str, listing: str) -> Found:
    """What a table of names has under a name, in any case, or under an alias of it.

    Parameters
    ----------
    name
        As it was written.
    table
        By name.
    what
        What is looked for, such as "mechanism", for the message.
    listing
        What `collude list` calls all of them.

    Raises
    ------
    InputError
        With the nearest name if there is none.
    """
    if not isinstance(name, str):
        raise InputError(f"no {what} is called {brief(name)}; names are text")
    known = ALIASES.get(name.lower(), name.lower())
    for spelling in (name, known):
        if spelling in table:
            return table[spelling]
    close = nearest(name, table)
    hint = f"; the nearest is {close!r}" if close else ""
    raise InputError(f"no {what} is called {brief(name)}{hint} (collude list {listing})")


def find_mechanism(name: object) -> Entry:
    """The registered mechanism of a name; InputError with the nearest name if there is none.

    Parameters
    ----------
    name
        Or an alias, such as "vickrey".
    """
    load()
    return find(name, MECHANISMS, "mechanism", "mechanisms")


def find_environment(name: object) -> Entry:
    """The registered environment of a name; InputError with the nearest name if there is none.

    Parameters
    ----------
    name
        Such as "auction".
    """
    load()
    return find(name, ENVIRONMENTS, "environment", "environments")


def arguments(entry: Entry, given: NamedValues) -> JsonObject:
    """Turn text or plain values into the arguments of a registered function, as its annotations say.

    Parameters
    ----------
    entry
        The function.
    given
        By name; hyphens count as underscores.

    Raises
    ------
    InputError
        That names the parameter which is unknown, missing, or has a value of another kind.

    Examples
    --------
    >>> arguments(find_environment("auction"), {"agents": "2", "values": "0:1"})
    {'agents': 2, 'values': (Fraction(0, 1), Fraction(1, 1))}
    """
    declared = entry.parameters
    values: dict[str, object] = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in declared:
            listing = ", ".join(declared) or "none"
            raise InputError(f"{entry.name} takes no parameter {brief(key)}; it takes {listing}")
        values[name] = convert(value, declared[name], f"{entry.name}: {key}")
    agents = values.get("agents")
    if isinstance(agents, int) and agents > MOST_AGENTS:
        raise InputError(f"{entry.name}: {big(agents)} agents; at most {MOST_AGENTS} are taken")
    missing = [name for name, p in declared.items() if p.default is p.empty and name not in values]
    if missing:
        one = missing[0]
        written = f"{one}=... in Python, --{one} or --param {one}=... on the command line"
        raise InputError(f"{entry.name} needs {', '.join(missing)} ({written})")
    return values


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
        number = whole(value, where)
        if parameter.name == "agents" and number > MOST_AGENTS:
            raise InputError(
                f"{brief(number)} agents have more than 10^9 coalitions; at most {MOST_AGENTS} agents are taken"
            )
        if number > MOST:
            raise InputError(f"{where} is {brief(number)}; at most {MOST:,} can be examined")
        return number
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


def _entries_of(annotation: object) -> object:
    """What a parameter takes a list of; None if it takes something else than a list too."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    kinds = [member for member in members if member is not NoneType]
    return get_args(kinds[0])[0] if len(kinds) == 1 and get_origin(kinds[0]) is Sequence else None


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
