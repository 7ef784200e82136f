"""`collude plan`: what a check covers and costs, before anything is allocated."""

from typing import Any

import click

from collude.cli.options import builder, jobs_option, json_option, mechanism_options
from collude.cli.progress import announce
from collude.cli.render.plan import show_plan


@click.command("plan")
@mechanism_options
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@jobs_option
@json_option
def command(max_coalition: int | None, jobs: int | None, as_json: bool, **given: Any) -> int:
    """Sizes, memory and expected time of checking MECHANISM against every coalition.

    \b
    Example:
      collude plan second-price --agents 9 --values 0:9
    """
    build = builder(**given)
    announce()
    return show_plan(build, given["mechanism"], max_coalition, jobs, as_json)
