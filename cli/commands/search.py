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

MOST_TESTED = 100_000
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
            click.option("--classify", is_flag=True, help="Count known families, list the rest (mode all)."),
            click.option(
                "--extras", metavar="DIR", help="With --classify: write what is in no family, for collude check."
            ),
            click.option(
                "--breaking", metavar="TYPES", help="With --classify: which of these types (or auto) break it."
            ),
            click.option("--check-lemmas", is_flag=True, help="Test lemmas on each auction found (mode all)."),
            click.option("--isomorphism", is_flag=True, help="Count up to names of agents, alternatives (mode all)."),
            click.option("--confirm", metavar="SOLVER", help="Second opinion: cpsat or sat."),
            click.option(
                "--export",
                nargs=2,
                type=(click.IntRange(1), str),
                metavar="K FILE",
                help="Write mechanism number K to FILE.csv or FILE.npz.",
            ),
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
      collude search voting --agents 2 --alternatives 3 --require strategy-proof --mode all --out RUN
      collude check RUN#3
    """
    from collude.enumerate.searches.search import run_search
    from collude.enumerate.searches.task import task_of
    from collude.models.errors import InputError

    export = _export_of(given.pop("export"))
    with progress_bar(given.pop("quiet")) as progress:
        parameters, options = parameters_in(given)
        given_parameters = dict(parameters)
        space, names, options, problem = _described(spec, parameters, options)
        running = running_of(options, progress)
        asked: dict[str, str] = {name: options.pop(name) for name in ("extras", "breaking") if name in options}
        if asked and not options.get("classify"):
            raise InputError(f"--{next(iter(asked))} is about what --classify finds in no family; give --classify too")
        lemmas = options.pop("check_lemmas", False)
        if lemmas and options.get("mode") != "all":
            raise InputError("--check-lemmas looks at every mechanism; give --mode all")
        if dry_run:
            from collude.cli.render.plan import show_search_plan

            return show_search_plan(space, (*names, *(["normalised"] if options.get("normalise") else [])), as_json)
        task = task_of(options, running)
        announce()
        found = run_search(space, names, task)
        more = _about_extras(found, problem, names, asked)
        tested = _lemmas_on(found, names) if lemmas else None
    if as_json:
        answer = found.to_dict()
        if more:
            answer["extras"] |= more
        if tested is not None:
            answer["lemmas"] = [each.to_dict() for each in tested]
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        from collude.cli.render.search import show_breaking, show_found, show_lemmas

        show_found(found, running.out)
        show_lemmas(tested)
        show_breaking(more.get("breaking", []))
        for path in more.get("files", [])[:1]:
            click.echo(f"  {len(more['files'])} written; look at one: collude check {path}")
    if export is not None and found.exists:
        words = _write(found, *export, given_parameters)
        if not as_json:
            click.echo(f"  written: {export[1]}; check it: collude check {words}")
    return found.status


def _lemmas_on(found: Any, require: tuple[str, ...]) -> Any:
    """The lemmas on all mechanisms that were found; InputError if the search did not list them all."""
    from collude.enumerate.families.lemmas import check_lemmas
    from collude.models.errors import InputError

    if (found.count or 0) > MOST_TESTED:
        raise InputError(f"lemmas are tested on at most {MOST_TESTED:,} mechanisms, not {found.count:,}; require more")
    return check_lemmas(found, require) if found.complete else None


def _export_of(given: tuple[int, str] | None) -> tuple[int, Path] | None:
    """(number, path) of --export, refused before the search where it cannot be written."""
    if given is None:
        return None
    from collude.cli.render.pictures import require_folder
    from collude.enumerate.listings.addresses import require_table_name

    require_table_name(Path(given[1]))
    require_folder(given[1])
    return given[0], Path(given[1])


def _write(found: Any, number: int, path: Path, asked: dict[str, Any]) -> str:
    """Write one mechanism of an answer, numbered from 1; returns the words that describe it to `collude check`."""
    import shlex

    from collude.cli.options import ENVIRONMENT
    from collude.enumerate.listings.addresses import export
    from collude.models.errors import InputError
    from collude.models.registry import ENVIRONMENTS

    try:
        mechanism = found[number - 1]
    except IndexError:
        there = "there is only one; --mode all lists more" if found.count is None else f"there are {found.count}"
        raise InputError(f"--export {number}: {there}") from None
    export(mechanism, path)
    words, family = [str(path)], mechanism.environment.family
    if path.suffix.lower() == ".csv" and family in ENVIRONMENTS:
        words += ["--environment", family]
        for key in ENVIRONMENTS[family].parameters:
            if key in asked:
                value = str(asked[key]).lower() if isinstance(asked[key], bool) else str(asked[key])
                option = key in ENVIRONMENT and key != "withhold"
                words += [f"--{key}", value] if option else ["--param", f"{key}={value}"]
    return shlex.join(words)


def _described(
    spec: str, parameters: dict[str, Any], options: dict[str, Any]
) -> tuple[Any, tuple[str, ...], dict[str, Any], tuple[str, dict[str, Any]]]:
    """(space, axioms, options, problem by name with its parameters): from a TOML file, whose options the command line
    overrides, or from the command line."""
    from collude.enumerate.problems.registry import build_problem, from_spec
    from collude.models.errors import InputError

    if Path(spec).suffix.lower() == ".toml":
        if parameters:
            raise InputError(
                f"{spec} describes its own problem; leave out --{next(iter(parameters)).replace('_', '-')}"
            )
        space, described = from_spec(Path(spec))
        options = {**described.options(), **options}
        name, parameters = described.problem, described.parameters
    else:
        name = "uniform-price" if spec == "procurement" and "uniform_price" in parameters else spec
        space = build_problem(name, parameters)
    return space, tuple(options.pop("require", ())), options, (name, parameters)


def _about_extras(
    found: Any, problem: tuple[str, dict[str, Any]], require: tuple[str, ...], asked: dict[str, str]
) -> dict[str, Any]:
    """What was asked about the mechanisms in no family: the files they are in, the types that break them."""
    if found.families is None:
        return {}
    more: dict[str, Any] = {}
    if "extras" in asked:
        from collude.enumerate.listings.export import write_extras

        more["files"] = write_extras(found.families, asked["extras"], problem[1])
    if "breaking" in asked:
        from itertools import islice

        from collude.enumerate.listings.breaking import MOST_TRIED, breaking_types

        extras = dict(islice(zip(found.families.numbers, found.families.extras(), strict=True), MOST_TRIED))
        more["breaking"] = [each.to_dict() for each in breaking_types(*problem, require, extras, asked["breaking"])]
    return more
