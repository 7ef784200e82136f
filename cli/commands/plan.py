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
@jobs_option
@json_option
def command(
    axioms: list[str],
    max_coalition: int | None,
    symmetric: bool,
    jobs: int | None,
    as_json: bool,
    **given: Unpack[MechanismWords],
) -> int:
    """Sizes, memory and expected time of checking MECHANISM against every coalition.

    A rule is tried at some thousands of random profiles for at most about a second; the times are estimates from that.

    \b
    Example:
      collude plan second-price --agents 9 --values 0:9
    """
    from collude.cli.commands.symmetric import is_better_on_multisets, plan_alike, wants_symmetry

    if symmetric or wants_symmetry(given["parameters"]) or is_better_on_multisets(given, axioms):
        return plan_alike(given, axioms, max_coalition, jobs, as_json)
    build = builder(**given)
    announce()
    asked: PlanWords = {"axioms": axioms, "max_coalition": max_coalition, "jobs": jobs}
    return show_plan(build.draft(), given["mechanism"], asked, as_json)
