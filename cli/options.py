"""Options that several commands share, defined once, and how they become an environment and parameters."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from collude.cli.completion import complete_environment, complete_mechanism

Command = TypeVar("Command", bound=Callable[..., Any])

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


def mechanism_options(command: Command) -> Command:
    """The MECHANISM argument and all options that describe it."""
    for option in reversed(_SHARED):
        command = option(command)
    return click.argument("mechanism", shell_complete=complete_mechanism)(command)


_CUT = (
    click.option("--out", metavar="DIR", help="Run directory: killed or stopped, the run can be resumed from there."),
    click.option(
        "--chunks", type=click.IntRange(1), metavar="N", help="Cut the run into at least about N chunks (default 256)."
    ),
    click.option("--part", metavar="I/N", help="Do share I of N only; join the shares with collude merge."),
)
_RUN = (
    click.option("--backend", metavar="NAME", help="serial, threads (default), processes or dask."),
    click.option("--scheduler", metavar="ADDRESS", help="Of dask, for instance tcp://127.0.0.1:8786."),
    click.option("--jobs", type=click.IntRange(1), metavar="N", help="Workers (default: all processors)."),
    click.option("--max-seconds", type=float, metavar="S", help="End incomplete after that time (exit status 3)."),
    click.option("--max-memory", metavar="SIZE", help="End incomplete when a process holds more: 500MB, 8GB."),
    click.option("--quiet", is_flag=True, help="No progress on stderr."),
)


def cut_options(command: Command) -> Command:
    """Where a long run is kept and how it is cut."""
    for option in reversed(_CUT):
        command = option(command)
    return command


def run_options(command: Command) -> Command:
    """How a long run is done."""
    for option in reversed(_RUN):
        command = option(command)
    return command


def running_of(given: dict[str, Any], progress: Any) -> Any:
    """Take the options of `cut_options` and `run_options`, but for chunks and quiet, out of `given`."""
    from collude.enumerate.runs.drive import Running
    from collude.models.errors import InputError

    values = {key: given.pop(key, None) for key in ("out", "backend", "scheduler", "jobs", "max_seconds")}
    part, memory = given.pop("part", None), given.pop("max_memory", None)
    if values["out"] == "":
        raise InputError("--out is empty; name a folder")
    if part is not None:
        values["part"] = _share(part)
    if memory is not None:
        values["max_memory"] = _size(memory)
    return Running(**{key: value for key, value in values.items() if value is not None}, progress=progress)


def _share(text: str) -> tuple[int, int]:
    from collude.models.errors import InputError

    part, sign, parts = text.partition("/")
    if not sign or not part.isdecimal() or not parts.isdecimal():
        raise InputError(f"--part {text!r} is not of the form I/N; write for instance 3/64")
    return int(part), int(parts)


def _size(text: str) -> int:
    from collude.models.errors import InputError
    from collude.models.numbers import exact

    upper = text.strip().upper()
    for unit, factor in (("KB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12), ("B", 1), ("", 1)):
        if upper.endswith(unit):
            try:
                return int(exact(upper.removesuffix(unit).strip(), "the size") * factor)
            except InputError:
                break
    raise InputError(f"--max-memory {text!r} is no size; write for instance 500MB or 8GB")


def jobs_option(command: Command) -> Command:
    """--jobs N."""
    return click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads (default: all processors).")(
        command
    )


def dry_run_option(command: Command) -> Command:
    """--dry-run."""
    return click.option("--dry-run", is_flag=True, help="Say what the run would cover and need, and stop.")(command)


def json_option(command: Command) -> Command:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


class Builder:
    """The mechanism that the options of `mechanism_options` describe, to be drafted or built."""

    def __init__(
        self,
        mechanism: str,
        environment: dict[str, Any],
        parameters: dict[str, str],
        allow_code: bool,
        tolerance: str | None,
    ) -> None:
        self.mechanism, self.environment, self.parameters = mechanism, environment, parameters
        self.allow_code, self.tolerance = allow_code, tolerance

    def draft(self) -> Any:
        """The mechanism, not yet built."""
        from collude.enumerate.listings.addresses import target_draft

        self._share_parameters()
        return target_draft(
            self.mechanism, self.environment, self.parameters, allow_code=self.allow_code, tolerance=self.tolerance
        )

    def __call__(self, progress: Any = None) -> Any:
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
        from collude.models.registry import find_environment, find_mechanism

        named = not any(sign in self.mechanism for sign in "./#")
        if not named and not self.mechanism.lower().endswith((".csv", ".npz")):
            return
        own = find_mechanism(self.mechanism).parameters if named else {}
        home = self.environment.get("kind") or (find_mechanism(self.mechanism).environment if named else None)
        known = find_environment(home).parameters if home else {}
        for key in list(self.parameters):
            if key.replace("-", "_") not in own and key.replace("-", "_") in known:
                self.environment[key] = self.parameters.pop(key)


def parameters_of(given: tuple[str, ...]) -> dict[str, str]:
    """The KEY=VALUE texts of --param as a dictionary; InputError for another form, or a key given twice."""
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


def builder(mechanism: str, family: str | None, parameters: tuple[str, ...], **given: Any) -> Builder:
    """What builds the mechanism that the options describe."""
    environment = {key: value for key, value in given.items() if value is not None and key in ENVIRONMENT}
    if family is not None:
        environment["kind"] = family
    values = parameters_of(parameters)
    return Builder(mechanism, environment, values, given["allow_code"], given["tolerance"])


def split_names(_context: Any, _parameter: Any, given: tuple[str, ...]) -> list[str]:
    """Names from repeated or comma-separated options."""
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if given and not names:
        raise click.BadParameter("name at least one, or leave the option out")
    return names


def reproduction(given: dict[str, Any]) -> str:
    """The words of the command line that describe the mechanism."""
    import shlex

    words = [given["mechanism"]]
    for key, value in given.items():
        if key == "parameters":
            words += [word for parameter in value for word in ("--param", parameter)]
        elif key == "allow_code":
            words += ["--allow-code"] if value else []
        elif key != "mechanism" and value is not None:
            words += ["--environment" if key == "family" else f"--{key.replace('_', '-')}", str(value)]
    return shlex.join(words)
