"""`collude check`: verdicts on a mechanism, each violation told as a story."""

from typing import Unpack

import click

from collude.cli.again import command_again
from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom
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


class CheckWords(MechanismWords, RunWords):
    """Everything else that is given to `collude check`."""

    max_coalition: int | None
    count: str
    symmetric: bool
    witnesses: bool
    page: str | None
    picture: str | None
    draw: str
    first: bool


@click.command("check")
@mechanism_options
@click.option(
    "--axiom",
    "axioms",
    multiple=True,
    callback=split_names,
    shell_complete=complete_axiom,
    help="Axiom to check (repeatable, or a,b,c).",
)
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@click.option(
    "--count",
    is_flag=False,
    flag_value="coalitions",
    default="coalitions",
    metavar="UNIT",
    help="Count violations by coalitions (default), profile-pairs, triples, or none.",
)
@click.option("--symmetric", is_flag=True, help="Agents are treated alike: look at each multiset of types once.")
@click.option("--witnesses", is_flag=True, help="Tell a violation of every violated axiom, not only the simplest one.")
@click.option("--report", "page", metavar="FILE.html", help="Also write one page with all verdicts and witnesses.")
@click.option("--picture", metavar="FILE", help="Also draw the answer (.png, .svg or .pdf).")
@click.option(
    "--draw",
    default="axioms",
    show_default=True,
    metavar="WHAT",
    help="With --picture: axioms by verdict, sizes of violating coalitions; of two agents winner, price or gain.",
)
@click.option("--first", is_flag=True, help="Stop each axiom at its first violation: no counts, no worst witness.")
@cut_options
@run_options
@dry_run_option
@json_option
def command(axioms: list[str], dry_run: bool, as_json: bool, **given: Unpack[CheckWords]) -> int:
    """Check MECHANISM against every coalition and every joint misreport.

    With --max-coalition or --tolerance an axiom that is not violated "holds for coalitions of at most M" or "up to gains
    of X", never plainly; the exit status is 3 if larger coalitions, of which it speaks, were not examined.

    MECHANISM is a name (collude list mechanisms), a .toml, .csv or .npz file, or FILE.py:FUNCTION.

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
    from collude.cli.commands.symmetric import Asked, check_alike, is_better_on_multisets, wants_symmetry
    from collude.cli.render.drawings import draw_verdicts, require_verdict_picture
    from collude.enumerate.checks.check import check
    from collude.enumerate.checks.warm import warm_up
    from collude.models.pictures.maps import MAPS, require_map

    count = unit_of_counting(given["count"])
    page, witnesses, chunks = given["page"], given["witnesses"], given["chunks"]
    picture, what = given["picture"], given["draw"]
    alike = given["symmetric"] or wants_symmetry(given["parameters"])
    plain = page is None and picture is None
    alike = alike or (plain and is_better_on_multisets(given, axioms, count, given["first"]))
    _require_page(page, dry_run, alike)
    if picture is not None:
        require_verdict_picture(picture, what, whole=not (dry_run or alike))
    with progress_bar(given["quiet"]) as progress:
        running = running_of(given, progress)
        if alike:
            wanted = Asked(axioms, count, given["first"], given["max_coalition"], witnesses, chunks)
            return check_alike(given, wanted, running, dry_run, as_json)
        build, first_run = builder(**given), announce()
        if dry_run:
            from collude.cli.render.plan import PlanWords, show_plan

            planned: PlanWords = {
                "axioms": axioms,
                "jobs": running.jobs,
                "count": count,
                "max_coalition": given["max_coalition"],
            }
            return show_plan(build.draft(), given["mechanism"], planned, as_json)
        mechanism = build(progress)
        if picture is not None and what in MAPS:
            require_map(mechanism, what)
        if first_run:
            warm_up(axioms or None)
        report = check(
            mechanism,
            axioms or None,
            count=count,
            first=given["first"],
            max_coalition=given["max_coalition"],
            chunks=chunks,
            **vars(running),
        )
        if picture is not None:
            draw_verdicts(report, mechanism, what, picture, given["max_coalition"])
    if page is not None:
        from collude.cli.render.page import write_page

        write_page(page, report, mechanism, reproduction(given), command_again(click.get_current_context()))
    if as_json:
        print_json(report.to_dict())
    else:
        from collude.cli.render.report import show_report

        show_report(report, mechanism, reproduction(given), running.out, witnesses)
    return report.status


def _require_page(page: str | None, dry_run: bool, alike: bool) -> None:
    """Raise InputError unless a page can be written, or none is asked for."""
    if page is None:
        return
    from collude.cli.render.page import require_page
    from collude.models.errors import InputError

    require_page(page)
    if alike:
        raise InputError("--report is for a check of all profiles; leave it out, or --symmetric")
    if dry_run:
        raise InputError("--report needs verdicts; leave out --dry-run")
