"""Names: environments and mechanisms register themselves here, with the parameters that their signatures declare."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ParamSpec, TypeVar, cast

from collude.models.documents import JsonObject, NamedValues, UserFunction
from collude.models.draft import DeferredDraft, Draft, RuleDraft, finished
from collude.models.environment import Environment, require_environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief
from collude.models.reading.arguments import convert, plain_argument, require_word
from collude.models.reading.arguments import sequence_of as sequence_of

Function = TypeVar("Function", bound=UserFunction)
Found = TypeVar("Found")
Parameters = ParamSpec("Parameters")


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
                taken.arguments[key] = plain_argument(name, signature.parameters[key], value)
            return function(*taken.args, **taken.kwargs)

        ENVIRONMENTS[name] = Entry(name, summary, checked)
        return cast(Function, checked)

    return register


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
    """The name most like a misspelt or shortened one, "" if none is.

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
    >>> nearest("median", ["kemeny", "generalised-median"])
    'generalised-median'
    """
    known, text = list(names), name[:60]
    longer = [each for each in known if len(text) > 2 and text.lower() in each]
    close = (
        difflib.get_close_matches(text, known, n=1, cutoff=0.7)
        or longer
        or difflib.get_close_matches(text, known, n=1, cutoff=0.4)
    )
    return next(iter(close), "")


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
    missing = [name for name, p in declared.items() if p.default is p.empty and name not in values]
    if missing:
        one = missing[0]
        option = f"--param {one}=..." if entry.environment else f"--{one} or --param {one}=..."
        written = f"{one}=... in Python, {option} on the command line"
        raise InputError(f"{entry.name} needs {', '.join(missing)} ({written})")
    return values
