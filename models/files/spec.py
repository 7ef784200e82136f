"""What the user names: a registered mechanism, a TOML, CSV or .npz file, or FILE.py:FUNCTION; and its environment."""

import importlib.util
import inspect
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from collude.models.beliefs import read_prior
from collude.models.environment import Environment
from collude.models.errors import ColludeError, InputError
from collude.models.files.functions import from_function, reader
from collude.models.files.tables import read_csv, read_npz
from collude.models.mechanism import Mechanism
from collude.models.numbers import exact
from collude.models.registry import arguments, find_environment, find_mechanism

LARGEST_SPEC = 1 << 24


class Spec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A mechanism in words: a name or a table file, an environment, parameters."""

    mechanism: str | None = None
    table: str | None = None
    name: str | None = None
    environment: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    tolerance: str | int | None = None


def build_environment(family: str, given: Mapping[str, Any]) -> Environment:
    """An environment by name from text or plain values; `prior` and `labels` are understood by all."""
    entry = find_environment(family)
    rest = {key: value for key, value in given.items() if key not in ("prior", "labels")}
    more: dict[str, Any] = {}
    if given.get("labels") is not None:
        if "labels" not in inspect.signature(entry.function).parameters:
            raise InputError(f"the agents of {family} have fixed labels")
        more["labels"] = tuple(str(label) for label in given["labels"])
    result: Environment = entry.function(**arguments(entry, rest), **more)
    if given.get("prior") is not None:
        return replace(result, prior=read_prior(given["prior"], result.sizes))
    return result


def build(
    target: str,
    environment: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    *,
    allow_code: bool = False,
    tolerance: Any = None,
) -> Mechanism:
    """The mechanism that `target` stands for: a name, a path to .toml, .csv or .npz, or FILE.py:FUNCTION.

    environment: its description, its family under "kind"; parameters: of the mechanism; both may hold text. FILE.py:FUNCTION
    runs the user's code and needs `allow_code`. Raises ColludeError with one line for anything that cannot be used.
    """
    given, values = dict(environment or {}), dict(parameters or {})
    reader(tolerance)  # a tolerance that is none is refused, also where there is nothing to tolerate
    if ".py:" in target:
        return _from_code(target, given, values, allow_code, tolerance)
    suffix = Path(target).suffix.lower()
    if suffix == ".toml":
        if given or values:
            raise InputError(f"{target} describes its own environment and parameters; leave out the options")
        return _from_toml(Path(target), tolerance)
    if suffix in (".csv", ".npz"):
        if values:
            raise InputError(f"{target} is a table and takes no parameter {next(iter(values))!r}")
        prior = None if "kind" in given else given.pop("prior", None)
        env = build_environment(given.pop("kind"), given) if "kind" in given else None
        if env is None and given:
            raise InputError(f"{target}: say which environment has {', '.join(given)} (--environment NAME)")
        read = read_csv if suffix == ".csv" else read_npz
        return _with_prior(read(Path(target), env, tolerance), prior)
    if "/" in target or suffix in (".json", ".txt", ".py"):
        raise InputError(f"{target} is not a .toml, .csv or .npz file, nor FILE.py:FUNCTION")
    entry = find_mechanism(target)
    env = build_environment(given.pop("kind", entry.environment), given)
    mechanism: Mechanism = entry.function(env, **arguments(entry, values))
    return mechanism


def _with_prior(mechanism: Mechanism, prior: Any) -> Mechanism:
    """The same mechanism under another prior, if one is given."""
    if prior is None:
        return mechanism
    environment = mechanism.environment
    return replace(mechanism, environment=replace(environment, prior=read_prior(prior, environment.sizes)))


def _from_toml(path: Path, tolerance: Any) -> Mechanism:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if path.stat().st_size > LARGEST_SPEC:
        raise InputError(f"{path} has more than {LARGEST_SPEC} bytes; put tables into CSV or .npz")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=_plain_number)
        spec = msgspec.convert(document, Spec)
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text in UTF-8") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply; write it flat") from None
    except ColludeError as error:
        raise InputError(f"{path}: {error}") from None
    try:
        return _from_spec(path, spec, tolerance if tolerance is not None else spec.tolerance)
    except ColludeError as error:
        error.args = (f"{path}: {error}",)
        raise


def _plain_number(text: str) -> Any:
    """Decimals in TOML are exact: they never become floats."""
    return exact(Decimal(text.replace("_", "")), "a decimal")


def _from_spec(path: Path, spec: Spec, tolerance: Any) -> Mechanism:
    if (spec.mechanism is None) == (spec.table is None):
        raise InputError('give either mechanism = "NAME" or table = "FILE"')
    if spec.table is not None:
        target = str(path.parent / spec.table)
        if Path(target).suffix.lower() not in (".csv", ".npz"):
            raise InputError(f"the table {spec.table!r} must be a .csv or .npz file")
    else:
        target = str(spec.mechanism)
        find_mechanism(target)
    mechanism = build(target, spec.environment, spec.parameters, tolerance=tolerance)
    return mechanism.named(spec.name) if spec.name else mechanism


def _from_code(
    target: str, given: dict[str, Any], values: dict[str, Any], allow_code: bool, tolerance: Any
) -> Mechanism:
    file, _, name = target.rpartition(":")
    if not allow_code:
        raise InputError(f"{target} is code; add --allow-code to run it")
    if not Path(file).is_file():
        raise InputError(f"{file}: there is no such file")
    module_spec = importlib.util.spec_from_file_location("collude_user_code", file)
    if module_spec is None or module_spec.loader is None:
        raise InputError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
        function = getattr(module, name)
    except AttributeError:
        raise InputError(f"{file} has no function {name!r}") from None
    except (Exception, SystemExit) as error:
        raise InputError(f"{file} cannot be run: {type(error).__name__}: {error}") from None
    if not callable(function):
        raise InputError(f"{target} is not a function")
    return _call_code(target, function, given, values, tolerance)


def _call_code(target: str, function: Any, given: dict[str, Any], values: dict[str, Any], tolerance: Any) -> Mechanism:
    try:
        if not hasattr(function, "py_func") and not inspect.signature(function).parameters:
            mechanism = function()
            if not isinstance(mechanism, Mechanism):
                raise InputError(f"{target}() takes no reports, so it must return a Mechanism")
            return mechanism
        if "kind" not in given:
            raise InputError(f"{target} is a rule: say for which environment (--environment NAME --agents N ...)")
        env = build_environment(given.pop("kind"), given)
        for key in values:
            if key not in ("vectorised", "reports"):
                raise InputError(f"a rule takes the parameters vectorised and reports, not {key!r}")
        return from_function(
            env,
            function,
            vectorised=str(values.get("vectorised", "")).lower() in ("true", "yes"),
            reports=str(values.get("reports", "values")),
            tolerance=tolerance,
        )
    except ColludeError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{target} failed: {type(error).__name__}: {error}") from None
