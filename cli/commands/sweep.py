"""`collude sweep`: how an answer moves with one or two parameters."""

from pathlib import Path
from typing import Any

import click

from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom
from collude.cli.options import json_option, split_names
from collude.cli.problems import parameters_in, problem_options
from collude.cli.progress import announce, progress_bar


@click.command("sweep")
@problem_options
@click.option("--vary", multiple=True, required=True, metavar="NAME=VALUES", help="What varies (once or twice).")
@click.option(
    "--require", multiple=True, callback=split_names, shell_complete=complete_axiom, help="Axioms of a search (a,b,c)."
)
@click.option(
    "--axiom",
    "axioms",
    multiple=True,
    callback=split_names,
    shell_complete=complete_axiom,
    help="Axioms of a check (a,b,c).",
)
@click.option("--normalise", is_flag=True, help="Search: utility 0 for all at the first profile.")
@click.option("--project", metavar="WHAT", help="Search: utility counts distinct utility functions.")
@click.option("--spread", is_flag=True, help="Search: the largest utility less the smallest.")
@click.option("--confirm", metavar="SOLVER", help="Search: second opinion by cpsat or sat.")
@click.option("--count", metavar="UNIT", help="Check: count coalitions (default), profile-pairs, triples or none.")
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Check: coalitions of at most M agents.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Workers (default: all processors).")
@click.option("--max-seconds", type=float, metavar="S", help="Bound on each point.")
@click.option("--out", metavar="FILE.csv", help="Write all points as a table.")
@click.option("--picture", metavar="FILE", help="Draw the map (.png, .svg, .pdf).")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@json_option
def command(
    spec: str, vary: tuple[str, ...], require: list[str], axioms: list[str], as_json: bool, **given: Any
) -> int:
    """Ask one question at every value of one or two parameters.

    SPEC is a search problem, as for collude search, or a mechanism by name, as for collude check. NAME is any of their
    parameters, or number (the first values or costs), gap (the largest value so far above the second largest) or step
    (the multiples of a step within the transfers). VALUES is a grid 1:6, words largest,smallest, or lists 0,1|0,2.

    Exit status: 0 possible (not violated) at every point, 1 impossible (violated) at some, 2 bad input, 3 incomplete.

    \b
    Examples:
      collude sweep top-value --agents 2 --values 0,2,5 --vary price=1:6 --axiom group-strategy-proof
      collude sweep auction --agents 2 --values 0,1,2 --transfers=-5:5 --vary gap=1:3 --normalise \\
          --require group-strategy-proof,anonymous,non-trivial --out gap.csv --picture gap.png
    """
    from collude.cli.render.pictures import require_folder, require_picture
    from collude.cli.render.sweep import draw_sweep, show_sweep, write_sweep
    from collude.enumerate.maps.sweep import sweep
    from collude.models.errors import InputError

    out, picture, quiet = given.pop("out"), given.pop("picture"), given.pop("quiet")
    if picture:
        require_picture(picture)
    if out is not None:
        if Path(out).suffix.lower() != ".csv":
            raise InputError(f"--out {out} must end in .csv")
        require_folder(out)
    spread = given.pop("spread")
    parameters, options = parameters_in(given)
    varied = _varied(vary)
    priced = "uniform_price" in {*parameters, *varied}
    name = "uniform-price" if spec == "procurement" and priced else spec
    with progress_bar(quiet) as progress:
        announce()
        made = sweep(
            name,
            parameters,
            vary=varied,
            require=require or ([] if priced and not axioms else None),
            axioms=axioms or None,
            spread=spread,
            progress=progress,
            **options,
        )
    if out is not None:
        write_sweep(made, out)
    if picture:
        draw_sweep(made, picture)
    if as_json:
        print_json(made.to_dict())
    else:
        show_sweep(made)
    return made.status


def _varied(texts: tuple[str, ...]) -> dict[str, str]:
    """The NAME=VALUES texts of --vary as a dictionary."""
    from collude.models.errors import InputError

    varied: dict[str, str] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        key = name.strip().replace("-", "_")
        if not sign or not key:
            raise InputError(f"--vary {text} is not of the form NAME=VALUES")
        if key in varied:
            raise InputError(f"--vary {key} is given twice")
        varied[key] = values
    return varied
