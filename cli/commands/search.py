"""`collude search`: enumerate every mechanism that satisfies axioms, or prove that there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from collude.cli.again import command_again
from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom, complete_words
from collude.cli.options import Command, dry_run_option, json_option, split_names
from collude.cli.problems import parameters_in, problem_options
from collude.cli.progress import announce, progress_bar
from collude.cli.running import beside_the_run, cut_options, run_options, running_of

if TYPE_CHECKING:
    from collude.enumerate.families.lemmas import LemmaReport
    from collude.enumerate.listings.breaking import BreakingTypes
    from collude.enumerate.searches.result import SearchResult
    from collude.models.documents import JsonObject
    from collude.models.space import OutcomeSpace

MOST_TESTED = 100_000


class Export(NamedTuple):
    """Which mechanism, numbered from 1, is to be written where."""

    number: int
    path: Path


@dataclass(frozen=True)
class Described:
    """What is searched for.

    Attributes
    ----------
    problem : str
        Its name.
    parameters : mapping of str to object
        Of the problem.
    space : OutcomeSpace
        The problem itself.
    require : tuple of str
        Axioms.
    options : dict of str to object
        What else is asked, and how it is run.
    """

    problem: str
    parameters: Mapping[str, object]
    space: "OutcomeSpace"
    require: tuple[str, ...]
    options: dict[str, object]


_TASK = (
    click.option(
        "--require",
        multiple=True,
        callback=split_names,
        shell_complete=complete_axiom,
        help="Axioms (a,b,c; repeatable).",
    ),
    click.option(
        "--mode",
        default=None,
        metavar="MODE",
        help="exists, count (default), all or best.",
        shell_complete=complete_words("exists", "count", "all", "best"),
    ),
    click.option("--normalise", is_flag=True, help="Utility 0 for all at the first profile."),
    click.option("--project", metavar="WHAT", help="utility: count distinct utility functions."),
    click.option("--objective", metavar="WHAT", help="revenue, welfare or utility, expected (mode best)."),
    click.option("--classify", is_flag=True, help="Count known families, list the rest (mode all)."),
    click.option(
        "--extras", metavar="DIR", help="With --classify: write the mechanisms in no family, for collude check."
    ),
    click.option("--extras-as", metavar="FORM", default=None, help="csv (default, with the types in a .toml) or npz."),
    click.option(
        "--breaking",
        metavar="TYPES",
        help="With --classify: which of these types (or auto), added to the grid, rule each of them out.",
    ),
    click.option("--check-lemmas", is_flag=True, help="Test lemmas on each mechanism found (mode all)."),
    click.option("--isomorphism", is_flag=True, help="Count up to names of agents, alternatives (mode all)."),
    click.option("--confirm", metavar="SOLVER", help="Second opinion: cpsat or sat."),
    click.option(
        "--export",
        nargs=2,
        type=(click.IntRange(1), str),
        metavar="K FILE",
        help="Write mechanism number K to FILE.csv or FILE.npz.",
    ),
    click.option("--report", "page", metavar="FILE.html", help="Also write one page with the first mechanisms."),
    click.option("--prove", is_flag=True, help="If none exists: a DRAT proof, checked."),
)


def task_options(command: Command) -> Command:
    """What is asked, and how it is run.

    Parameters
    ----------
    command : callable
        The function of a command.

    Returns
    -------
    callable
    """
    for option in reversed(_TASK):
        command = option(command)
    return command


@click.command("search")
@problem_options
@task_options
@cut_options
@run_options
@dry_run_option
@json_option
def command(
    spec: str,
    export: tuple[int, str] | None,
    extras: str | None,
    extras_as: str | None,
    breaking: str | None,
    check_lemmas: bool,
    quiet: bool,
    dry_run: bool,
    as_json: bool,
    **given: object,
) -> int:
    """Which mechanisms satisfy axioms? All of them are found, or it is proved that there is none.

    SPEC is a .toml file or the name of a problem (collude list problems).

    Exit status: 0 a mechanism exists, 1 none does, 2 bad input, 3 incomplete, 4 internal disagreement.

    \b
    Examples:
      collude search voting --agents 2 --alternatives 3 --require strategy-proof
      collude search auction --agents 2 --values 0,1,2 --transfers=-4:4 --require \\
          group-strategy-proof,symmetric,non-trivial --normalise --mode all --classify
      collude search voting --agents 2 --alternatives 3 --require strategy-proof,onto,non-dictatorial --prove
      collude search voting --agents 2 --alternatives 3 --require strategy-proof --mode all --out RUN
      collude search voting --agents 2 --alternatives 2 --require sp --mode all --report rules.html
    """
    from collude.enumerate.searches.search import run_search
    from collude.enumerate.searches.task import task_of

    wanted, page = _export_of(export), _page_of(given.pop("page"), dry_run)
    with progress_bar(quiet) as progress:
        parameters, options = parameters_in(given)
        asked = _described(spec, parameters, options)
        running = running_of(asked.options, progress)
        _require_together(asked.options, extras, extras_as, breaking, check_lemmas)
        if dry_run:
            from collude.cli.render.plan import show_search_plan

            more = ["normalised"] if asked.options.get("normalise") else []
            return show_search_plan(asked.space, (*asked.require, *more), as_json)
        task = task_of(beside_the_run(asked.options), running)
        announce()
        found = run_search(asked.space, asked.require, task)
        about = Details(
            _written(found, asked, extras, extras_as or "csv"),
            _broken(found, asked, breaking),
            _lemmas_on(found, asked) if check_lemmas else None,
        )
    if page:
        _write_page(page, found, running.out)
    if as_json:
        print_json(_answer(found, about))
    else:
        _show(found, running.out, about)
    if wanted is not None and found.exists:
        words = _write(found, wanted, parameters)
        if not as_json:
            click.echo(f"  written: {wanted.path}; check it: collude check {words}")
    return found.status


class Tested(NamedTuple):
    """Lemmas on all mechanisms that were found, and the largest spread of their utilities."""

    reports: "list[LemmaReport]"
    spread: Fraction | None


class Details(NamedTuple):
    """What was asked about the mechanisms that were found, each None if it was not: the files of those in no family, which
    types break them, and the lemmas."""

    files: list[str] | None
    broken: "list[BreakingTypes] | None"
    tested: Tested | None


def _answer(found: "SearchResult", about: Details) -> "JsonObject":
    """The answer as plain JSON values."""
    answer = found.to_dict()
    if about.files is not None:
        answer["extras"]["files"] = about.files
    if about.broken is not None:
        answer["extras"]["breaking"] = [each.to_dict() for each in about.broken]
    if about.tested is not None:
        answer["lemmas"] = [each.to_dict() for each in about.tested.reports]
        answer["spread"] = None if about.tested.spread is None else str(about.tested.spread)
    return answer


def _show(found: "SearchResult", out: str, about: Details) -> None:
    from collude.cli.render.search import show_breaking, show_found, show_lemmas

    show_found(found, out)
    if about.tested is not None:
        show_lemmas(about.tested.reports, about.tested.spread)
    show_breaking(about.broken or [])
    for path in (about.files or [])[:1]:
        click.echo(f"  {len(about.files or [])} written; look at one: collude check {path}")


def _require_together(
    options: Mapping[str, object], extras: str | None, extras_as: str | None, breaking: str | None, check_lemmas: bool
) -> None:
    """Raise InputError for what needs another option too."""
    from collude.models.errors import InputError

    for name, value in (("extras", extras), ("extras-as", extras_as), ("breaking", breaking)):
        if value and not options.get("classify"):
            raise InputError(f"--{name} is about what --classify finds in no family; give --classify too")
    if extras_as and not extras:
        raise InputError("--extras-as says how --extras DIR is written; give --extras too")
    if check_lemmas and options.get("mode") != "all":
        raise InputError("--check-lemmas looks at every mechanism; give --mode all")


def _lemmas_on(found: "SearchResult", asked: Described) -> Tested | None:
    """The lemmas on all mechanisms that were found, None if the search is incomplete."""
    from collude.enumerate.families.lemmas import check_lemmas, largest_spread
    from collude.models.errors import InputError

    if (found.count or 0) > MOST_TESTED:
        raise InputError(f"lemmas are tested on at most {MOST_TESTED:,} mechanisms, not {found.count:,}; require more")
    if not found.complete:
        return None
    return Tested(check_lemmas(found, asked.require, asked.space.environment), largest_spread(found))


def _page_of(page: object, dry_run: bool) -> str:
    """Where --report goes, "" without it; refused before the search where it cannot be written."""
    from collude.cli.render.page import require_page
    from collude.models.errors import InputError

    if not isinstance(page, str):
        return ""
    require_page(page)
    if dry_run:
        raise InputError("--report needs an answer; leave out --dry-run")
    return page


def _write_page(page: str, found: "SearchResult", out: str) -> None:
    """Write the page of an answer, with the command line that was given."""
    from collude.cli.render.page import write_text
    from collude.cli.render.result_pages import search_page

    write_text(page, search_page(found, command_again(click.get_current_context()), out))


def _export_of(given: tuple[int, str] | None) -> Export | None:
    """What --export says, refused before the search where it cannot be written."""
    if given is None:
        return None
    from collude.cli.render.pictures import require_folder
    from collude.enumerate.listings.addresses import require_table_name

    require_table_name(Path(given[1]))
    require_folder(given[1])
    return Export(given[0], Path(given[1]))


def _write(found: "SearchResult", wanted: Export, asked: Mapping[str, object]) -> str:
    """Write one mechanism of an answer, numbered from 1; returns the words that describe it to `collude check`."""
    import shlex

    from collude.cli.options import ENVIRONMENT
    from collude.enumerate.listings.addresses import export
    from collude.models.errors import InputError
    from collude.models.registry import ENVIRONMENTS

    number, path = wanted
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


def _described(spec: str, parameters: dict[str, object], options: dict[str, object]) -> Described:
    """What is searched for: from a TOML file, whose options the command line overrides, or from the command line."""
    from collude.enumerate.problems.registry import build_problem, from_spec
    from collude.models.errors import InputError

    if Path(spec).suffix.lower() == ".toml":
        if parameters:
            raise InputError(
                f"{spec} describes its own problem; leave out --{next(iter(parameters)).replace('_', '-')}"
            )
        space, described = from_spec(Path(spec))
        options = {**described.options(), **options}
        name, parameters = described.problem, dict(described.parameters)
    else:
        name = "uniform-price" if spec == "procurement" and "uniform_price" in parameters else spec
        space = build_problem(name, parameters)
    require = options.pop("require", ())
    assert isinstance(require, list | tuple)
    return Described(name, parameters, space, tuple(require), options)


def _written(found: "SearchResult", asked: Described, folder: str | None, table: str) -> list[str] | None:
    """The files that the mechanisms in no family are written to, if that was asked for."""
    if found.families is None or not folder:
        return None
    from collude.enumerate.listings.export import write_extras

    return write_extras(found.families, folder, asked.parameters, table=table)


def _broken(found: "SearchResult", asked: Described, types: str | None) -> "list[BreakingTypes] | None":
    """Which types break the mechanisms in no family, if that was asked for."""
    if found.families is None or not types:
        return None
    from itertools import islice

    from collude.enumerate.listings.breaking import MOST_TRIED, breaking_types

    extras = dict(islice(zip(found.families.numbers, found.families.extras(), strict=True), MOST_TRIED))
    return breaking_types(asked.problem, asked.parameters, asked.require, extras, types)
