"""`collude plan`: what a check covers and costs, before anything is allocated."""

from typing import Unpack

import click

from collude.cli.options import MechanismWords, builder, jobs_option, json_option, mechanism_options, split_names
from collude.cli.progress import announce
from collude.cli.render.plan import PlanWords, show_plan


@click.command("plan")
@mechanism_options
@click.option("--axiom", "axioms", multiple=True, callback=split_names, help="Axiom to plan (repeatable, or a,b,c).")
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@click.option("--symmetric", is_flag=True, help="Agents are treated alike: look at each multiset of types once.")
@click.option("--picture", default="", metavar="FILE", help="Draw how the check grows (.png, .svg or .pdf).")
@jobs_option
@json_option
def command(
    axioms: list[str],
    max_coalition: int | None,
    symmetric: bool,
    picture: str,
    jobs: int | None,
    as_json: bool,
    **given: Unpack[MechanismWords],
) -> int:
    """Sizes, memory and expected time of checking MECHANISM against every coalition.

    A rule is tried at some thousands of random profiles for at most about a second; the times are estimates from that.

    \b
    Examples:
      collude plan second-price --agents 9 --values 0:9
      collude plan second-price --agents 5 --values 0:9 --picture growth.svg
    """
    from collude.cli.commands.symmetric import is_better_on_multisets, plan_alike, wants_symmetry

    alike = symmetric or wants_symmetry(given["parameters"])
    if picture:
        from collude.cli.render.pictures import require_picture
        from collude.models.errors import InputError

        require_picture(picture)
        if alike:
            raise InputError("--picture shows a check of all profiles; leave it out, or --symmetric")
    if alike or (not picture and is_better_on_multisets(given, axioms)):
        return plan_alike(given, axioms, max_coalition, jobs, as_json)
    build = builder(**given)
    announce()
    asked: PlanWords = {"axioms": axioms, "max_coalition": max_coalition, "jobs": jobs}
    return show_plan(build.draft(), given["mechanism"], asked, as_json, picture)
