"""`collude search`: enumerate every mechanism that satisfies axioms, or prove that there is none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from collude.cli.completion import complete_axiom
from collude.cli.options import cut_options, dry_run_option, json_option, run_options, running_of, split_names
from collude.cli.problems import parameters_in, problem_options
from collude.cli.progress import announce, progress_bar

Command = TypeVar("Command", bound=Callable[..., Any])


def task_options(command: Command) -> Command:
    """What is asked, and how it is run."""
    for option in reversed(
        (
            click.option(
                "--require",
                multiple=True,
                callback=split_names,
                shell_complete=complete_axiom,
                help="Axioms (a,b,c; repeatable).",
            ),
            click.option("--mode", default=None, metavar="MODE", help="exists, count (default), all or best."),
            click.option("--normalise", is_flag=True, help="Utility 0 for all at the first profile."),
            click.option("--project", metavar="WHAT", help="utility: count distinct utility functions."),
            click.option("--objective", metavar="WHAT", help="revenue, welfare or utility, expected (mode best)."),
            click.option("--classify", is_flag=True, help="Name known forms (mode all)."),
            click.option("--isomorphism", is_flag=True, help="Count up to names of agents, alternatives (mode all)."),
            click.option("--confirm", metavar="SOLVER", help="Second opinion: cpsat or sat."),
            click.option("--prove", is_flag=True, help="If none exists: a DRAT proof, checked."),
        )
    ):
        command = option(command)
    return command


@click.command("search")
@problem_options
@task_options
@cut_options
@run_options
@dry_run_option
@json_option
def command(spec: str, dry_run: bool, as_json: bool, **given: Any) -> int:
    """Which mechanisms satisfy axioms? SPEC is a .toml file, or auction, procurement, uniform-price, trade, voting, choice,
    public-good, assignment or list.

    Exit status: 0 a mechanism exists, 1 none does, 2 bad input, 3 incomplete, 4 internal disagreement.

    \b
    Examples:
      collude search voting --agents 2 --alternatives 3 --require strategy-proof
      collude search auction --agents 2 --values 0,1,2 --transfers=-4:4 --require \\
          group-strategy-proof,symmetric,non-trivial --normalise --mode all --classify
      collude search voting --agents 2 --alternatives 3 --require strategy-proof,onto,non-dictatorial --prove
    """
    from collude.enumerate.searches.search import run_search, task_of

    with progress_bar(given.pop("quiet")) as progress:
        parameters, options = parameters_in(given)
        space, names, options = _described(spec, parameters, options)
        running = running_of(options, progress)
        if dry_run:
            from collude.cli.render.plan import show_search_plan

            return show_search_plan(space, (*names, *(["normalised"] if options.get("normalise") else [])), as_json)
        task = task_of(options, running)
        announce()
        found = run_search(space, names, task)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        from collude.cli.render.search import show_found

        show_found(found, running.out)
    return found.status


def _described(
    spec: str, parameters: dict[str, Any], options: dict[str, Any]
) -> tuple[Any, tuple[str, ...], dict[str, Any]]:
    """(space, axioms, options): from a TOML file, whose options the command line overrides, or from the command line."""
    from collude.enumerate.problems.registry import build_problem, from_spec
    from collude.models.errors import InputError

    if Path(spec).suffix.lower() == ".toml":
        if parameters:
            raise InputError(
                f"{spec} describes its own problem; leave out --{next(iter(parameters)).replace('_', '-')}"
            )
        space, described = from_spec(Path(spec))
        options = {**described.options(), **options}
    else:
        name = "uniform-price" if spec == "procurement" and "uniform_price" in parameters else spec
        space = build_problem(name, parameters)
    return space, tuple(options.pop("require", ())), options
