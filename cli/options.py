"""Options that several commands share, defined once, and how they become an environment and parameters."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

from collude.cli.completion import complete_environment, complete_mechanism

if TYPE_CHECKING:
    from collude.cli.progress import Report as Progress
    from collude.models.draft import Draft
    from collude.models.mechanism import Mechanism

Command = TypeVar("Command", bound=Callable[..., object])

ENVIRONMENT = (
    "agents",
    "values",
    "costs",
    "units",
    "bundles",
    "alternatives",
    "preferences",
    "cost",
    "withhold",
    "prior",
)

_SHARED = (
    click.option(
        "--environment",
        "family",
        metavar="NAME",
        help="Environment, if the mechanism does not imply one.",
        shell_complete=complete_environment,
    ),
    click.option("--agents", metavar="N", help="Number of agents."),
    click.option("--values", metavar="GRID", help="Values: 0:9 (inclusive), 0:9:3 or 0,1,3/2."),
    click.option("--costs", metavar="GRID", help="Costs, in the same form; vectors as 1,2;1,3."),
    click.option("--cost", metavar="X", help="Cost of a public good."),
    click.option("--units", metavar="R", help="Units that an agent can supply or buy."),
    click.option("--bundles", metavar="LIST", help="Bundles of several goods: 0,0;1,0;0,1;1,1."),
    click.option("--alternatives", metavar="M", help="Number of alternatives to vote on."),
    click.option("--preferences", metavar="KIND", help="strict, weak, single-peaked or dichotomous orders."),
    click.option("--prior", metavar="P", help="uniform; 1/3,2/3 for all; 1/2,1/2;1/4,3/4 each; joint:..."),
    click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="KEY=VALUE",
        help="A parameter of the mechanism, or of your own rule (repeatable).",
    ),
    click.option("--tolerance", metavar="X", help="Accept floats; gains up to X count as none."),
    click.option("--allow-code", is_flag=True, help="Run FILE.py:FUNCTION."),
)


class MechanismWords(TypedDict):
    """What `mechanism_options` hand to a command."""

    mechanism: str
    family: str | None
    agents: str | None
    values: str | None
    costs: str | None
    cost: str | None
    units: str | None
    bundles: str | None
    alternatives: str | None
    preferences: str | None
    prior: str | None
    parameters: tuple[str, ...]
    tolerance: str | None
    allow_code: bool


def mechanism_options(command: Command) -> Command:
    """The MECHANISM argument and all options that describe it.

    Parameters
    ----------
    command : callable
        The function of a command; it is given `MechanismWords`.

    Returns
    -------
    callable
    """
    for option in reversed(_SHARED):
        command = option(command)
    return click.argument("mechanism", shell_complete=complete_mechanism)(command)


def jobs_option(command: Command) -> Command:
    """--jobs N.

    Parameters
    ----------
    command : callable
        The function of a command.

    Returns
    -------
    callable
    """
    return click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads (default: all processors).")(
        command
    )


def dry_run_option(command: Command) -> Command:
    """--dry-run.

    Parameters
    ----------
    command : callable
        The function of a command.

    Returns
    -------
    callable
    """
    return click.option("--dry-run", is_flag=True, help="Say what the run would cover and need, and stop.")(command)


def json_option(command: Command) -> Command:
    """--json.

    Parameters
    ----------
    command : callable
        The function of a command.

    Returns
    -------
    callable
    """
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


class Builder:
    """The mechanism that the options of `mechanism_options` describe, to be drafted or built."""

    def __init__(
        self,
        mechanism: str,
        environment: dict[str, object],
        parameters: dict[str, str],
        allow_code: bool,
        tolerance: str | None,
    ) -> None:
        self.mechanism, self.environment, self.parameters = mechanism, environment, parameters
        self.allow_code, self.tolerance = allow_code, tolerance

    def draft(self) -> "Draft":
        """The mechanism, not yet built."""
        from collude.enumerate.listings.addresses import target_draft

        self._share_parameters()
        return target_draft(
            self.mechanism, self.environment, self.parameters, allow_code=self.allow_code, tolerance=self.tolerance
        )

    def __call__(self, progress: "Progress | None" = None) -> "Mechanism":
        """The mechanism, built; says on stderr how a rule that took long could be faster."""
        from collude.models.files.functions import SLOW_SECONDS, FunctionDraft, slow_rule

        drafted = self.draft()
        built = drafted.build(progress)
        if isinstance(drafted, FunctionDraft) and built.build_seconds > SLOW_SECONDS:
            hint = "--param vectorised=true"
            click.echo(f"collude: {slow_rule(self.mechanism, built.build_seconds)} ({hint})", err=True)
        return built

    def _share_parameters(self) -> None:
        """Hand the environment what is its own among the parameters of a named mechanism or a table."""
        from collude.models.errors import InputError
        from collude.models.registry import find_environment, find_mechanism

        named = not any(sign in self.mechanism for sign in "./#")
        if not named and not self.mechanism.lower().endswith((".csv", ".npz")):
            return
        try:
            entry = find_mechanism(self.mechanism) if named else None
        except InputError:
            return  # whoever reads the target says what it is
        own, given = entry.parameters if entry else {}, self.environment.get("kind")
        home = given if isinstance(given, str) else entry.environment if entry else None
        known = find_environment(home).parameters if home else {}
        for key in list(self.parameters):
            if key.replace("-", "_") not in own and key.replace("-", "_") in known:
                self.environment[key] = self.parameters.pop(key)


def parameters_of(given: tuple[str, ...]) -> dict[str, str]:
    """The KEY=VALUE texts of --param as a dictionary.

    Parameters
    ----------
    given : tuple of str
        Each KEY=VALUE.

    Returns
    -------
    dict of str to str

    Raises
    ------
    InputError
        For another form, or a key given twice.
    """
    from collude.models.errors import InputError

    values: dict[str, str] = {}
    for parameter in given:
        key, sign, value = parameter.partition("=")
        if not sign or not key:
            raise InputError(f"--param {parameter} is not of the form KEY=VALUE")
        if key in values:
            raise InputError(f"--param {key} is given twice")
        values[key] = value
    return values


def builder(mechanism: str, family: str | None, parameters: tuple[str, ...], **given: object) -> Builder:
    """What builds the mechanism that the options describe.

    Parameters
    ----------
    mechanism : str
        A name, a file, FILE.py:FUNCTION or RUN#3.
    family : str, optional
        The environment by name.
    parameters : tuple of str
        Each KEY=VALUE.
    given
        The others of `MechanismWords`; further options are left alone.

    Returns
    -------
    Builder
    """
    environment = {key: value for key, value in given.items() if value is not None and key in ENVIRONMENT}
    if family is not None:
        environment["kind"] = family
    tolerance = given.get("tolerance")
    told = tolerance if isinstance(tolerance, str) else None
    return Builder(mechanism, environment, parameters_of(parameters), bool(given.get("allow_code")), told)


def split_names(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """Names from repeated or comma-separated options.

    Parameters
    ----------
    given : tuple of str
        What stands behind each of the options.

    Returns
    -------
    list of str

    Raises
    ------
    BadParameter
        For options without a single name.
    """
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if given and not names:
        raise click.BadParameter("name at least one, or leave the option out")
    return names


def reproduction(given: Mapping[str, object]) -> str:
    """The words of the command line that describe the mechanism.

    Parameters
    ----------
    given : mapping of str to object
        `MechanismWords`; further options are left alone.

    Returns
    -------
    str
    """
    import shlex

    words = [str(given["mechanism"])]
    for key in MechanismWords.__annotations__:
        value = given.get(key)
        if key == "parameters" and isinstance(value, tuple):
            words += [word for parameter in value for word in ("--param", str(parameter))]
        elif key == "allow_code":
            words += ["--allow-code"] if value else []
        elif key != "mechanism" and value is not None:
            words += ["--environment" if key == "family" else f"--{key.replace('_', '-')}", str(value)]
    return shlex.join(words)
