"""Options that several commands share, defined once, and how they become an environment and parameters."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

ENVIRONMENT = ("agents", "values", "costs", "units", "bundles", "alternatives", "preferences", "cost", "withhold")

_SHARED = (
    click.option("--environment", "kind", metavar="NAME", help="Environment, if the mechanism does not imply one."),
    click.option("--agents", metavar="N", help="Number of agents."),
    click.option("--values", metavar="GRID", help="Values: 0:9 (inclusive), 0:9:3 or 0,1,3/2."),
    click.option("--costs", metavar="GRID", help="Costs, in the same form; vectors as 1,2;1,3."),
    click.option("--units", metavar="R", help="Units that an agent can supply or buy."),
    click.option("--bundles", metavar="LIST", help="Bundles of several goods: 0,0;1,0;0,1;1,1."),
    click.option("--alternatives", metavar="M", help="Number of alternatives to vote on."),
    click.option("--preferences", metavar="KIND", help="strict, weak or single-peaked orders."),
    click.option("--param", "parameters", multiple=True, metavar="KEY=VALUE", help="A parameter (repeatable)."),
    click.option("--tolerance", metavar="X", help="Accept floats; gains up to X count as none."),
    click.option("--allow-code", is_flag=True, help="Run FILE.py:FUNCTION."),
)


def mechanism_options(command: Command) -> Command:
    """The MECHANISM argument and all options that describe it."""
    for option in reversed(_SHARED):
        command = option(command)
    return click.argument("mechanism")(command)


def jobs_option(command: Command) -> Command:
    """--jobs N."""
    return click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads (default: all processors).")(
        command
    )


def json_option(command: Command) -> Command:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


def builder(mechanism: str, kind: str | None, parameters: tuple[str, ...], **given: Any) -> Callable[[], Any]:
    """A function that builds the mechanism the options describe."""
    from collude.errors import InputError

    environment = {key: value for key, value in given.items() if value is not None and key in ENVIRONMENT}
    if kind is not None:
        environment["kind"] = kind
    values: dict[str, str] = {}
    for parameter in parameters:
        key, sign, value = parameter.partition("=")
        if not sign or not key:
            raise InputError(f"--param {parameter} is not of the form KEY=VALUE")
        if key in values:
            raise InputError(f"--param {key} is given twice")
        values[key] = value

    def build() -> Any:
        from collude.models.registry import find_environment, find_mechanism
        from collude.models.spec import build as build_mechanism

        for key in list(values):
            if "." in mechanism or "/" in mechanism:
                break
            entry = find_mechanism(mechanism)
            home = find_environment(kind or entry.environment)
            if key.replace("-", "_") not in entry.parameters and key.replace("-", "_") in home.parameters:
                environment[key] = values.pop(key)
        return build_mechanism(
            mechanism, environment, values, allow_code=given["allow_code"], tolerance=given["tolerance"]
        )

    return build
