"""`collude check`: verdicts on a mechanism, each violation told as a story."""

from typing import TYPE_CHECKING, NamedTuple, Unpack

import click

from collude.cli.again import command_again
from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom, complete_words
from collude.cli.options import (
    MechanismWords,
    builder,
    dry_run_option,
    json_option,
    mechanism_options,
    reproduction,
    split_names,
)
from collude.cli.progress import announce, progress_bar
from collude.cli.running import RunWords, cut_options, run_options, running_of

if TYPE_CHECKING:
    from collude.axioms.core.base import CountUnit
    from collude.cli.options import Builder
    from collude.enumerate.runs.drive import Running
    from collude.models.mechanism import Mechanism
    from collude.models.results import Report


class CheckWords(MechanismWords, RunWords):
    """Everything else that is given to `collude check`."""

    max_coalition: int | None
    count: str
    symmetric: bool
    witnesses: bool
    page: str | None
    picture: str | None
    draw: str | None
    first: bool


@click.command("check")
@mechanism_options
@click.option(
    "--axiom",
    "axioms",
    multiple=True,
    callback=split_names,
    shell_complete=complete_axiom,
    help="Axiom to check (repeatable, or a,b,c); collude list axioms has all of them.",
)
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@click.option(
    "--count",
    is_flag=False,
    flag_value="coalitions",
    default="coalitions",
    metavar="UNIT",
    help="Count violations by coalitions (default), profile-pairs, triples, or none.",
    shell_complete=complete_words("coalitions", "profile-pairs", "triples", "none"),
)
@click.option("--symmetric", is_flag=True, help="Agents are treated alike: look at each multiset of types once.")
@click.option("--witnesses", is_flag=True, help="Tell a violation of every violated axiom, not only the simplest one.")
@click.option("--report", "page", metavar="FILE.html", help="Also write one page with all verdicts and witnesses.")
@click.option("--picture", metavar="FILE", help="Also draw the answer (.png, .svg or .pdf).")
@click.option(
    "--draw",
    metavar="WHAT",
    help="With --picture: axioms by verdict (default), sizes of violating coalitions; of two agents winner, price or gain.",
    shell_complete=complete_words("axioms", "sizes", "winner", "price", "gain"),
)
@click.option("--first", is_flag=True, help="Stop each axiom at its first violation: no counts, no worst witness.")
@cut_options
@run_options
@dry_run_option
@json_option
def command(axioms: list[str], dry_run: bool, as_json: bool, **given: Unpack[CheckWords]) -> int:
    """Check MECHANISM against every coalition and every joint misreport.

    Without --axiom all axioms are checked that have a meaning for MECHANISM, are usually asked of such a mechanism and take
    at most minutes; what was left out is said below the table, and --axiom checks it all the same.

    With --max-coalition or --tolerance an axiom that is not violated "holds for coalitions of at most M" or "up to gains
    of X", never plainly; the exit status is 3 if larger coalitions, of which it speaks, were not examined.

    MECHANISM is a name (collude list mechanisms), a .toml, .csv or .npz file, FILE.py:FUNCTION, or RUN#3, the third mechanism
    that a search has listed in the folder RUN.

    \b
    Examples:
      collude check second-price --agents 3 --values 0:4
      collude check posted-price --agents 2 --values 0:9 --param price=9/2 --axiom group-strategy-proof
      collude check table.csv --count triples --json
      collude check second-price --agents 3 --values 0:4 --report verdicts.html
      collude check second-price --agents 2 --values 0:4 --picture map.svg --draw gain
      collude check second-price --agents 12 --values 0:9 --param ties=even --symmetric
    """
    from collude.axioms.core.base import unit_of_counting
    from collude.cli.commands.symmetric import Asked, check_alike

    count = unit_of_counting(given["count"])
    alike = _looks_at_multisets(given, axioms, count)
    _require_files(given, dry_run, alike)
    with progress_bar(given["quiet"]) as progress:
        running = running_of(given, progress)
        if alike:
            wanted = Asked(axioms, count, given["first"], given["max_coalition"], given["witnesses"], given["chunks"])
            return check_alike(given, wanted, running, dry_run, as_json)
        build, first_run = builder(**given), announce()
        if dry_run:
            return _plan(build, axioms, count, running, given, as_json)
        checked = _check(build, axioms, count, running, given, first_run)
    return _show(checked, running, given, as_json)


class Checked(NamedTuple):
    """A mechanism and the verdicts on it."""

    mechanism: "Mechanism"
    report: "Report"


def _looks_at_multisets(given: CheckWords, axioms: list[str], count: "CountUnit") -> bool:
    """Whether agents are treated alike, so that each multiset of types is looked at once: asked for, or much quicker."""
    from collude.cli.commands.symmetric import is_better_on_multisets, wants_symmetry

    if given["symmetric"] or wants_symmetry(given["parameters"]):
        return True
    plain = given["page"] is None and given["picture"] is None
    return plain and is_better_on_multisets(given, axioms, count, given["first"])


def _plan(
    build: "Builder", axioms: list[str], count: "CountUnit", running: "Running", given: CheckWords, as_json: bool
) -> int:
    """Show what the check would cover and need."""
    from collude.cli.render.plan import PlanWords, show_plan

    planned: PlanWords = {
        "axioms": axioms,
        "jobs": running.jobs,
        "count": count,
        "max_coalition": given["max_coalition"],
    }
    return show_plan(build.draft(), given["mechanism"], planned, as_json)


def _check(
    build: "Builder", axioms: list[str], count: "CountUnit", running: "Running", given: CheckWords, first_run: bool
) -> Checked:
    """Build the mechanism and check it; draw the picture that was asked for."""
    from collude.cli.render.drawings import draw_verdicts
    from collude.enumerate.checks.check import check
    from collude.enumerate.checks.warm import warm_up
    from collude.models.pictures.maps import MAPS, require_map

    mechanism = build(running.progress)
    if given["picture"] is not None and given["draw"] in MAPS:
        require_map(mechanism, given["draw"])
    if first_run:
        warm_up(axioms or None)
    report = check(
        mechanism,
        axioms or None,
        count=count,
        first=given["first"],
        max_coalition=given["max_coalition"],
        chunks=given["chunks"],
        **vars(running),
    )
    if given["picture"] is not None:
        draw_verdicts(report, mechanism, given["draw"] or "axioms", given["picture"], given["max_coalition"])
    return Checked(mechanism, report)


def _show(checked: Checked, running: "Running", given: CheckWords, as_json: bool) -> int:
    """Write the page that was asked for and print the verdicts; returns the exit status."""
    mechanism, report = checked
    if given["page"] is not None:
        from collude.cli.render.page import write_page

        again = command_again(click.get_current_context())
        write_page(given["page"], report, mechanism, reproduction(given), again)
    if as_json:
        print_json(report.to_dict())
    else:
        from collude.cli.render.report import show_report

        show_report(report, mechanism, reproduction(given), running.out, given["witnesses"])
    return report.status


def _require_files(given: CheckWords, dry_run: bool, alike: bool) -> None:
    """Raise InputError unless the page and the picture that are asked for can be written, before anything is computed."""
    from collude.cli.render.drawings import require_verdict_picture
    from collude.cli.render.page import require_page
    from collude.models.errors import InputError

    if given["page"] is not None:
        require_page(given["page"])
        if alike:
            raise InputError("--report is for a check of all profiles; leave it out, or --symmetric")
        if dry_run:
            raise InputError("--report needs verdicts; leave out --dry-run")
    if given["picture"] is None and given["draw"] is not None:
        raise InputError("--draw says what a picture shows; give --picture FILE too")
    if given["picture"] is not None:
        require_verdict_picture(given["picture"], given["draw"] or "axioms", whole=not (dry_run or alike))
