"""Calls of public functions whose arguments do not fit: an error that names the parameters there are."""

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import ParamSpec, TypeVar

from collude.models.errors import InputError

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def with_named_parameters(function: Callable[Arguments, Answer], name: str, module: str) -> Callable[Arguments, Answer]:
    """Make a public function out of one of ours: arguments that it does not take are an InputError, not a TypeError.

    Parameters
    ----------
    function : callable
        What does the work. A call that fits costs nothing more.
    name, module : str
        Where people find it; pickles of it say so.

    Returns
    -------
    callable

    Examples
    --------
    >>> import collude as co
    >>> co.uniform(colour=1)
    Traceback (most recent call last):
    ...
    collude.models.errors.InputError: uniform takes no argument 'colour'; its parameters are sizes
    """

    @wraps(function)
    def public(*given: Arguments.args, **named: Arguments.kwargs) -> Answer:
        try:
            return function(*given, **named)
        except TypeError:
            misfit = _misfit(function, name, given, named)
            if not misfit:
                raise
        raise InputError(misfit)

    public.__module__, public.__qualname__ = module, name
    public.__name__ = name
    return public


def _misfit(function: Callable[..., object], name: str, given: tuple[object, ...], named: dict[str, object]) -> str:
    """Why the arguments of a call do not fit, in one line; "" if they do."""
    signature = inspect.signature(function)
    try:
        signature.bind(*given, **named)
    except TypeError as error:
        parameters = signature.parameters
        names = [f"{each.name}=..." if each.kind == each.VAR_KEYWORD else each.name for each in parameters.values()]
        listed = f"its parameters are {', '.join(names)}" if names else "it has no parameters"
        unknown = [word for word in named if word not in parameters]
        if not unknown:
            return f"{name}: {error}; {listed}"
        near = get_close_matches(unknown[0], parameters, n=1)
        hint = f"the nearest is {near[0]!r}; " if near else ""
        return f"{name} takes no argument {unknown[0]!r}; {hint}{listed}"
    return ""
