"""The command line that gives the same answer again, made from what was understood of the one that was typed."""

import shlex
from collections.abc import Sequence

import click
from click.core import ParameterSource

ABOUT_FILES = ("picture", "draw", "page", "as_json", "quiet", "export", "out", "part", "witnesses")


def command_again(context: click.Context) -> str:
    """Return the command line that asks the same question, without what only says where and how the answer is shown.

    Parameters
    ----------
    context : click context
        Of the command that runs.
    """
    words = ["collude", context.command.name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        if name in ABOUT_FILES or context.get_parameter_source(name) != ParameterSource.COMMANDLINE:
            continue
        if isinstance(parameter, click.Argument):
            words += [str(each) for each in _each(value)]
            continue
        option = max(parameter.opts, key=len)
        if isinstance(value, bool):
            words += [option] if value else []
            continue
        for each in _each(value):
            words += [f"{option}={each}"] if str(each).startswith("-") else [option, str(each)]
    return shlex.join(words)


def _each(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else [value]
