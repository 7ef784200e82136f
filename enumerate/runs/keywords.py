"""Keyword arguments that several drivers share, typed one by one, and how wrong ones are refused."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, ParamSpec, TypedDict, TypeVar, get_type_hints

from collude.enumerate.runs.drive import Progress, Running
from collude.models.errors import InputError
from collude.models.numbers import brief, exact, whole

Backend = Literal["", "serial", "threads", "processes", "dask"]
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class RunOptions(TypedDict, total=False):
    """How a run is done: see `Running` for what each key means."""

    out: str
    part: tuple[int, int]
    backend: Backend
    jobs: int | None
    scheduler: str
    max_seconds: float | None
    max_memory: int | None
    progress: Progress | None


def running_from(caller: str, options: Mapping[str, object], others: Sequence[str] = ()) -> Running:
    """How a run is done, from the keyword arguments of a driver.

    Parameters
    ----------
    caller : str
        The driver, for messages: "check", "search".
    options : mapping of str to object
        Keys of `RunOptions` and of `others`.
    others : sequence of str
        Further keys that the driver takes; they are left to it.

    Returns
    -------
    Running

    Raises
    ------
    InputError
        For a key that there is not, with the nearest one, and for a value of another type.
    """
    require_known(caller, options, [*_CHECKS, *others])
    return Running(**{name: _CHECKS[name](name, value) for name, value in options.items() if name in _CHECKS})  # type: ignore[arg-type]


def require_known(caller: str, options: Iterable[str], known: Sequence[str]) -> None:
    """Raise InputError, with the nearest, for a keyword that a driver does not take.

    Parameters
    ----------
    caller : str
        The driver, for the message.
    options : iterable of str
        What was given.
    known : sequence of str
        What it takes.
    """
    for name in options:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            hint = f"the nearest is {near[0]!r}" if near else f"it takes {', '.join(sorted(known))}"
            raise InputError(f"{caller} takes no option {name!r}; {hint}")


def boolean(value: object, name: str) -> bool:
    """The value itself, True or False.

    Parameters
    ----------
    value : object
        What was given.
    name : str
        The keyword, for the message.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        For anything else, also for 0 and 1.
    """
    if not isinstance(value, bool):
        raise InputError(f"{name} is True or False, not {brief(value)}")
    return value


def _text(name: str, value: object) -> str:
    from os import PathLike, fspath

    text = fspath(value) if isinstance(value, PathLike) else value
    if not isinstance(text, str):
        raise InputError(f"{name} is text, not {brief(value)}")
    return text


def _share(name: str, value: object) -> tuple[int, int]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise InputError(f"{name} is a pair (I, N) for share I of N, not {brief(value)}")
    return whole(value[0], name), whole(value[1], name)


def _whole(name: str, value: object) -> int | None:
    return None if value is None else whole(value, name)


def _seconds(name: str, value: object) -> float | None:
    if value is None or isinstance(value, float):
        return value
    return float(exact(value, name))


def _function(name: str, value: object) -> object:
    if value is not None and not callable(value):
        raise InputError(f"{name} is a function of (what, done, of how many), not {brief(value)}")
    return value


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "out": _text,
    "part": _share,
    "backend": _text,
    "jobs": _whole,
    "scheduler": _text,
    "max_seconds": _seconds,
    "max_memory": _whole,
    "progress": _function,
}


def shows_keywords(
    options: type, *defaults: object
) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """A decorator by which `help` and notebooks list the keywords of a TypedDict in place of `**`.

    Parameters
    ----------
    options : type
        A TypedDict, as the function has it in `**name: Unpack[...]`.
    defaults : object
        Objects whose attributes of the same name are the defaults.

    Returns
    -------
    callable
        The decorator; the function itself is left as it is.
    """

    def with_signature(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        signature = inspect.signature(function)
        kept = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        more = []
        for name, hint in get_type_hints(options).items():
            default = next(getattr(each, name) for each in defaults if hasattr(each, name))
            more.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint))
        vars(function)["__signature__"] = signature.replace(parameters=[*kept, *more])
        return function

    return with_signature
