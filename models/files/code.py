"""FILE.py:FUNCTION: a user's rule, or a function that returns a mechanism, run only where running code is allowed."""

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path

from collude.models.documents import JsonObject, NamedValues, UserFunction
from collude.models.draft import DeferredDraft, Draft
from collude.models.environment import Environment
from collude.models.errors import ColludeError, InputError
from collude.models.files.functions import failure, function_draft
from collude.models.mechanism import Mechanism
from collude.models.numbers import brief, exact
from collude.models.reading.arguments import FLAGS, as_flag, convert
from collude.models.registry import find_environment

OWN = ("vectorised", "reports")
MOST_NAMED = 8


def code_draft(
    target: str,
    given: NamedValues,
    values: NamedValues,
    build_environment: Callable[[object, NamedValues], Environment],
    *,
    allow_code: bool,
    tolerance: object,
) -> Draft:
    """The mechanism of FILE.py:FUNCTION.

    Parameters
    ----------
    target
        A rule of the reports, or a function that can be called without them and returns a Mechanism.
    given
        The description of an environment, its family under "kind".
    values
        Parameters: `vectorised` and `reports` say how the rule is called, the others go to the rule if it takes them, else to
        the environment.
    build_environment
        Builds the environment of a family and a description.
    allow_code
        Must be true.
    tolerance
        Accept floats; gains up to it count as none.

    Raises
    ------
    InputError
        That names the line of the user's file if it fails.
    """
    function = load_function(target, allow_code)
    if _is_factory(function):
        return _made(target, function, _own_parameters(target, function, values, 0))
    if "kind" not in given:
        raise InputError(f"{target} is a rule: say for which environment (--environment NAME --agents N ...)")
    described = {key: value for key, value in given.items() if key != "kind"}
    own = dict(values)
    environment_parameters = find_environment(given["kind"]).parameters
    taken = _taken(function, 1)
    for key in list(own):
        if key not in OWN and key not in taken and key.replace("-", "_") in environment_parameters:
            described[key] = own.pop(key)
    rest = {key: value for key, value in own.items() if key not in OWN}
    return function_draft(
        build_environment(given["kind"], described),
        function,
        vectorised=as_flag(own.get("vectorised", False), "vectorised"),
        reports=str(own.get("reports", "values")),
        tolerance=tolerance,
        parameters=_own_parameters(target, function, rest, 1),
    )


def load_function(target: str, allow_code: bool) -> UserFunction:
    """The function that FILE.py:FUNCTION names.

    Parameters
    ----------
    target
        A path and a name.
    allow_code
        Must be true: the file is run.

    Raises
    ------
    InputError
        Unless running it is allowed and the function is there.
    """
    file, _, name = target.rpartition(":")
    if not allow_code:
        raise InputError(f"{target} is code; add --allow-code to run it (in Python: allow_code=True)")
    return _function(Path(file), name, target)


def _function(file: Path, name: str, target: str) -> UserFunction:
    if not file.is_file():
        raise InputError(f"{file}: there is no such file")
    module_spec = importlib.util.spec_from_file_location("collude_user_code", file)
    if module_spec is None or module_spec.loader is None:
        raise InputError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except SyntaxError as error:
        raise InputError(f"{file} cannot be run: {error.msg} (line {error.lineno})") from None
    except (Exception, SystemExit) as error:
        raise InputError(f"{file} cannot be run: {_located(error, file)}") from None
    function = getattr(module, name, None)
    if function is None:
        own = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise InputError(f"{file} has no function {brief(name)}; it has {', '.join(own[:MOST_NAMED]) or 'none'}")
    if not callable(function):
        raise InputError(f"{target} is not a function")
    checked: UserFunction = function
    return checked


def _located(error: BaseException, file: Path) -> str:
    """What went wrong while a file was run, and at which of its lines."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{type(error).__name__}: {' '.join(str(error).split())}" + (f" (line {line})" if line else "")


def _signature(function: UserFunction) -> list[inspect.Parameter]:
    body = getattr(function, "py_func", function)
    try:
        return list(inspect.signature(body).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("reports", inspect.Parameter.POSITIONAL_ONLY)]


def _is_factory(function: UserFunction) -> bool:
    """True if the function takes no reports: it has no parameter that must be given by position."""
    if hasattr(function, "py_func"):
        return False
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = _signature(function)
    return not any(p.kind == p.VAR_POSITIONAL or (p.kind in by_position and p.default is p.empty) for p in parameters)


def _taken(function: UserFunction, skipped: int) -> dict[str, inspect.Parameter]:
    """The parameters that a user can set by name: all but the first `skipped`."""
    if hasattr(function, "py_func") and len(_signature(function)) == 3:
        return {}
    unnamed = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name: p for p in _signature(function)[skipped:] if p.kind not in unnamed}


def _own_parameters(target: str, function: UserFunction, values: NamedValues, skipped: int) -> JsonObject:
    """The arguments for the user's function, converted as its annotations say; InputError for what it does not take."""
    taken = _taken(function, skipped)
    arguments: JsonObject = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in taken:
            listing = ", ".join([*taken, *(OWN if skipped else ())]) or "none"
            raise InputError(f"{target} takes no parameter {brief(key)}; it takes {listing}")
        arguments[name] = _converted(value, taken[name], f"{target}: {key}")
    missing = [name for name, p in taken.items() if p.default is p.empty and name not in arguments]
    if missing:
        raise InputError(f"{target} needs {', '.join(missing)} (--param {missing[0]}=...)")
    return arguments


def _converted(value: object, parameter: inspect.Parameter, where: str) -> object:
    if parameter.annotation in (int, bool, str):
        return convert(value, parameter, where)
    if isinstance(value, str) and value.strip().lower() in FLAGS:
        return FLAGS[value.strip().lower()]
    try:
        number = exact(value, where)
    except InputError:
        return value
    return int(number) if number.denominator == 1 else number


def _made(target: str, function: UserFunction, values: NamedValues) -> Draft:
    """The mechanism that a user's function returns."""
    try:
        mechanism = function(**values)
    except ColludeError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{target} failed: {failure(error)}") from None
    if not isinstance(mechanism, Mechanism):
        raise InputError(f"{target}() takes no reports, so it must return a Mechanism, not {brief(mechanism)}")
    return DeferredDraft(mechanism.environment, mechanism.name, lambda: mechanism)
