"""`collude manipulability`: how often coalitions of voters can manipulate a voting rule."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import dry_run_option, json_option
from collude.cli.progress import progress_bar
from collude.cli.running import RunWords, run_options, running_of

if TYPE_CHECKING:
    from fractions import Fraction

    from collude.enumerate.symmetric.manipulability import Manipulability

COLUMNS = ("voters", "situations", "manipulable", "profiles", "manipulable_profiles")


@click.command("manipulability")
@click.argument("rule", metavar="RULE")
@click.option("--alternatives", type=click.IntRange(2), default=3, show_default=True, metavar="M", help="How many.")
@click.option("--voters", default="3:20", show_default=True, metavar="GRID", help="Electorates: 3:60, 6:60:6 or 3,5,9.")
@click.option("--param", "parameters", multiple=True, metavar="KEY=VALUE", help="A parameter of the rule (repeatable).")
@click.option("--formula", is_flag=True, help="Fit a quasi-polynomial; claimed only if it predicts the next count.")
@click.option("--period", type=click.IntRange(1), metavar="P", help="The only period that --formula tries.")
@click.option("--no-sizes", is_flag=True, help="Leave out the size of the smallest coalition: several times as fast.")
@click.option("--csv", "table", metavar="FILE", help="Write the counts as CSV.")
@click.option("--picture", metavar="FILE", help="Draw the share of manipulable situations (.png, .svg or .pdf).")
@click.option("--out", metavar="DIR", help="Run directory: killed or stopped, the run can be resumed from there.")
@click.option("--part", metavar="I/N", help="Do share I of N only; join the shares with collude merge.")
@run_options
@dry_run_option
@json_option
def command(
    rule: str,
    alternatives: int,
    voters: str,
    parameters: tuple[str, ...],
    formula: bool,
    period: int | None,
    no_sizes: bool,
    table: str | None,
    picture: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Unpack[RunWords],
) -> int:
    """Count the elections that some coalition of voters can manipulate under RULE (collude list rules).

    A situation says how many voters have each strict order, a profile who has which; both are counted exactly.

    \b
    Examples:
      collude manipulability borda --voters 3:30
      collude manipulability plurality --voters 3:60 --formula --no-sizes
      collude manipulability scoring --param weights=3,1,0 --voters 3:20 --csv counts.csv
    """
    from collude.cli.progress import announce
    from collude.cli.render.manipulability import draw, show_manipulability, show_plan_of_counts
    from collude.cli.render.pictures import require_folder, require_picture, save, write_or_refuse
    from collude.enumerate.symmetric.manipulability import manipulability

    if picture is not None:
        require_picture(picture)
    if table is not None:
        require_folder(table)
    asked = _asked(rule, alternatives, voters, parameters)
    asked["formula"], asked["period"], asked["sizes"] = formula, period, not no_sizes
    if dry_run:
        return show_plan_of_counts(dict(asked), as_json)
    with progress_bar(given["quiet"]) as progress:
        running = running_of(given, progress)
        announce()
        found = manipulability(**asked, running=running)
    if table is not None:
        write_or_refuse(table, lambda file: file.write(_as_csv(found).encode()))
    if picture is not None:
        save(draw(found), picture)
    if as_json:
        print_json(found.to_dict())
    else:
        show_manipulability(found, running.out)
    return found.status


class _Arguments(TypedDict):
    """The arguments of `manipulability` that say what is counted."""

    rule: str
    alternatives: int
    voters: tuple[Fraction, ...]
    parameters: dict[str, str]
    formula: bool
    period: int | None
    sizes: bool


def _asked(rule: str, alternatives: int, voters: str, parameters: tuple[str, ...]) -> _Arguments:
    """What the options ask for."""
    from collude.cli.options import parameters_of
    from collude.models.numbers import grid

    return {
        "rule": rule,
        "alternatives": alternatives,
        "voters": grid(voters, "--voters"),
        "parameters": parameters_of(parameters),
        "formula": False,
        "period": None,
        "sizes": True,
    }


def _as_csv(found: Manipulability) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(count, name) for name in COLUMNS] for count in found.counts)
    return text.getvalue()
