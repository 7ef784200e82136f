"""What the user names: a registered mechanism, a TOML, CSV or .npz file, or FILE.py:FUNCTION; and its environment."""

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from collude.models.beliefs import read_prior
from collude.models.documents import JsonObject, NamedValues
from collude.models.draft import SAMPLE, SAMPLE_SECONDS, DeferredDraft, Draft, Progress, Sample
from collude.models.environment import Environment
from collude.models.errors import InputError, placed
from collude.models.files.code import code_draft
from collude.models.files.document import read_described
from collude.models.files.npz import read_npz
from collude.models.files.returned import precision
from collude.models.files.rows import mechanism_of_rows, rows_of_lists
from collude.models.files.tables import read_csv, reporting_agents
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief
from collude.models.registry import arguments, find_environment, find_mechanism

Result = TypeVar("Result")
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".tsv", ".parquet")
NO_TABLES = (*SPREADSHEETS, ".json", ".txt", ".npy", ".yaml", ".html")


class Spec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A mechanism in words: a name, a table file or rows, an environment, parameters."""

    mechanism: str | None = None
    table: str | None = None
    rows: list[JsonObject] | None = None
    name: str | None = None
    environment: JsonObject = {}
    parameters: JsonObject = {}
    tolerance: object = None


def build_environment(family: object, given: NamedValues) -> Environment:
    """An environment by name from text or plain values.

    Parameters
    ----------
    family
        Its name.
    given
        Its parameters; `prior` and `labels` are understood by all.

    Raises
    ------
    InputError
        That names the key for anything that the environment does not take.

    Examples
    --------
    >>> build_environment("auction", {"agents": "2", "values": "0:4"}).profiles
    25
    """
    if not isinstance(family, str):
        raise InputError(f"kind must be the name of an environment, not {brief(family)} (collude list environments)")
    entry = find_environment(family)
    rest = {key: value for key, value in given.items() if key not in ("prior", "labels")}
    more: JsonObject = {}
    if given.get("labels") is not None:
        if "labels" not in inspect.signature(entry.function).parameters:
            raise InputError(f"the agents of {family} have fixed labels")
        more["labels"] = _labels(given["labels"])
    result: Environment = entry.function(**arguments(entry, rest), **more)
    if given.get("prior") is not None:
        return replace(result, prior=read_prior(given["prior"], result.sizes))
    return result


def _labels(given: object) -> tuple[str, ...]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(label, str) for label in given):
        raise InputError(f"labels must be a list of names, one per agent, not {brief(given)}")
    return tuple(given)


def build(
    target: str,
    environment: NamedValues | None = None,
    parameters: NamedValues | None = None,
    *,
    allow_code: bool = False,
    tolerance: object = None,
    progress: Progress | None = None,
) -> Mechanism:
    """The mechanism that a name, a path to .toml, .csv or .npz, or FILE.py:FUNCTION stands for.

    Parameters
    ----------
    target, environment, parameters, allow_code, tolerance
        As of `draft`.
    progress
        Called with (what is done, steps done, steps in all).

    Raises
    ------
    ColludeError
        With one line, for anything that cannot be used.

    Examples
    --------
    >>> build("second-price", {"agents": 3, "values": "0:4"}).outcomes
    14
    """
    return draft(target, environment, parameters, allow_code=allow_code, tolerance=tolerance).build(progress)


def draft(
    target: str,
    environment: NamedValues | None = None,
    parameters: NamedValues | None = None,
    *,
    allow_code: bool = False,
    tolerance: object = None,
) -> Draft:
    """The mechanism that `target` stands for, not yet built.

    Parameters
    ----------
    target
        A name, a path to .toml, .csv or .npz, or FILE.py:FUNCTION.
    environment
        Its description, its family under "kind"; may hold text.
    parameters
        Of the mechanism; may hold text.
    allow_code
        FILE.py:FUNCTION runs the user's code and needs this.
    tolerance
        Accept floats; gains up to it count as none.

    Raises
    ------
    ColludeError
        With one line, for anything that cannot be used.
    """
    given, values = dict(environment or {}), dict(parameters or {})
    precision(tolerance)  # a tolerance that is none is refused, also where there is nothing to tolerate
    if ".py:" in target:
        return code_draft(target, given, values, build_environment, allow_code=allow_code, tolerance=tolerance)
    suffix = Path(target).suffix.lower()
    if suffix == ".toml":
        if given or values:
            raise InputError(f"{target} describes its own environment and parameters; leave out the options")
        return _toml_draft(Path(target), tolerance)
    if suffix in (".csv", ".npz"):
        return _table_draft(target, suffix, given, values, tolerance)
    if suffix == ".py":
        raise InputError(f"{target} may have many functions; say which one: {target}:FUNCTION")
    if "/" in target or suffix in NO_TABLES:
        hint = "; save the table as .csv" if suffix in SPREADSHEETS else ""
        raise InputError(f"{target} is not a .toml, .csv or .npz file, nor FILE.py:FUNCTION{hint}")
    entry = find_mechanism(target)
    return entry.draft(build_environment(given.pop("kind", entry.environment), given), arguments(entry, values))


def _table_draft(target: str, suffix: str, given: JsonObject, values: JsonObject, tolerance: object) -> Draft:
    if values:
        raise InputError(f"{target} is a table and takes no parameter {brief(next(iter(values)))}")
    prior = None if "kind" in given else given.pop("prior", None)
    if suffix == ".csv" and "agents" not in given and "agents" in _parameters_of(given.get("kind")):
        given["agents"] = reporting_agents(Path(target))
    env = build_environment(given.pop("kind"), given) if "kind" in given else None
    if env is None and given:
        raise InputError(f"{target}: say which environment has {', '.join(given)} (--environment NAME)")
    read = read_csv if suffix == ".csv" else read_npz
    mechanism = _with_prior(read(Path(target), env, tolerance), prior)
    return DeferredDraft(mechanism.environment, mechanism.name, lambda: mechanism)


def _parameters_of(family: object) -> Collection[str]:
    """What an environment takes; nothing without one."""
    return () if family is None else find_environment(family).parameters


def _with_prior(mechanism: Mechanism, prior: object) -> Mechanism:
    """The same mechanism under another prior, if one is given."""
    if prior is None:
        return mechanism
    environment = mechanism.environment
    return replace(mechanism, environment=replace(environment, prior=read_prior(prior, environment.sizes)))


@dataclass(frozen=True, eq=False)
class NamedDraft(Draft):
    """A mechanism that a file describes: another draft under the file's name for it. place: the file, for errors."""

    environment: Environment
    name: str
    described: Draft
    place: Path

    def build(self, progress: Progress | None = None) -> Mechanism:
        """Build what is described; see `Draft.build`."""
        return _naming(self.place, partial(self.described.build, progress)).named(self.name)

    def sample(self, profiles: int = SAMPLE, seconds: float = SAMPLE_SECONDS) -> Sample:
        """Try what is described on some profiles; see `Draft.sample`."""
        return _naming(self.place, partial(self.described.sample, profiles, seconds))


def _toml_draft(path: Path, tolerance: object) -> Draft:
    spec = read_described(path, Spec)
    described = _naming(path, partial(_spec_draft, path, spec, spec.tolerance if tolerance is None else tolerance))
    return NamedDraft(described.environment, spec.name or described.name, described, path)


def _naming(path: Path, make: Callable[[], Result]) -> Result:
    """What `make` returns; an error says which file it comes from."""
    with placed(path):
        return make()


def _spec_draft(path: Path, spec: Spec, tolerance: object) -> Draft:
    if [spec.mechanism, spec.table, spec.rows].count(None) != 2:
        raise InputError('give either mechanism = "NAME", or table = "FILE", or [[rows]]')
    if spec.rows is not None:
        return _rows_draft(path, spec, tolerance)
    if spec.table is not None:
        target = str(path.parent / spec.table)
        if Path(target).suffix.lower() not in (".csv", ".npz"):
            raise InputError(f"the table {brief(spec.table)} must be a .csv or .npz file")
    else:
        target = str(spec.mechanism)
        find_mechanism(target)
    return draft(target, spec.environment, spec.parameters, tolerance=tolerance)


def _rows_draft(path: Path, spec: Spec, tolerance: object) -> Draft:
    """The mechanism of a list of rows in the file itself."""
    if "kind" not in spec.environment or spec.parameters:
        raise InputError("rows need [environment] with a kind, and take no parameters")
    given, numbers = dict(spec.environment), precision(tolerance)
    env = build_environment(given.pop("kind"), given)
    rows = rows_of_lists("rows", env, spec.rows or [], numbers)
    mechanism = mechanism_of_rows("rows", spec.name or path.stem, env, rows, numbers.tolerance)
    return DeferredDraft(mechanism.environment, mechanism.name, lambda: mechanism)
