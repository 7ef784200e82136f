"""`collude sweep`: how an answer moves with one or two parameters."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom
from collude.cli.options import Command, json_option, split_names
from collude.cli.problems import parameters_in, problem_options
from collude.cli.progress import announce, progress_bar
from collude.cli.running import beside_the_run, run_options, running_of

if TYPE_CHECKING:
    from collude.enumerate.runs.drive import Running

FILES = (".txt", ".json", ".tsv", ".xlsx", ".html", ".png", ".svg", ".pdf", ".npz", ".toml", ".md")


def question_options(command: Command) -> Command:
    """What is asked at each setting, and what is made of the answers."""
    names = {"multiple": True, "callback": split_names, "shell_complete": complete_axiom}
    for option in reversed(
        (
            click.option("--vary", multiple=True, metavar="NAME=VALUES", help="What varies (once or twice)."),
            click.option("--require", help="Axioms of a search (a,b,c).", **names),  # type: ignore[arg-type]
            click.option("--axiom", "axioms", help="Axioms of a check (a,b,c).", **names),  # type: ignore[arg-type]
            click.option("--normalise", is_flag=True, help="Search: utility 0 for all at the first profile."),
            click.option("--project", metavar="WHAT", help="Search: utility counts distinct utility functions."),
            click.option("--spread", is_flag=True, help="Search: the largest utility less the smallest."),
            click.option("--classify", is_flag=True, help="Search: count known families, and extras in none."),
            click.option(
                "--slack", metavar="WHAT", help="Public choice: free or balanced transfers, how far from dominance."
            ),
            click.option("--confirm", metavar="SOLVER", help="Search: second opinion by cpsat or sat."),
            click.option("--count", metavar="UNIT", help="Check: coalitions (default), profile-pairs, triples, none."),
            click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Check: at most M agents."),
            click.option(
                "--out",
                metavar="DIR",
                help="Run directory: killed or stopped, the run can be resumed (FILE.csv: --csv).",
            ),
            click.option("--part", metavar="I/N", help="Do share I of N only; join the shares with collude merge."),
            click.option("--csv", metavar="FILE", help="Write all points as a table."),
            click.option("--picture", metavar="FILE", help="Draw the map (.png, .svg, .pdf)."),
        )
    ):
        command = option(command)
    return command


@click.command("sweep")
@problem_options
@question_options
@run_options
@json_option
def command(
    spec: str,
    vary: tuple[str, ...],
    require: list[str],
    axioms: list[str],
    spread: bool,
    classify: bool,
    slack: str | None,
    quiet: bool,
    as_json: bool,
    **given: object,
) -> int:
    """Ask one question at every value of one or two parameters.

    SPEC is a search problem, as for collude search, or a mechanism by name, as for collude check. NAME is any of their
    parameters, or number (the first values or costs), gap (the largest value so far above the second largest) or step
    (the multiples of a step within the transfers). VALUES is a grid 1:6, words largest,smallest, or lists 0,1|0,2.
    Without --vary, what --param gives several values varies. --max-seconds bounds each point, with --out the whole run.

    Exit status: 0 possible (not violated) at every point, 1 impossible (violated) at some, 2 bad input, 3 incomplete.

    \b
    Examples:
      collude sweep top-value --agents 2 --values 0,2,5 --param price=0:9 --axiom group-strategy-proof
      collude sweep auction --agents 2 --values 0,1,2 --transfers=-5:5 --vary gap=1:3 --normalise \\
          --require group-strategy-proof,anonymous,non-trivial --csv gap.csv --picture gap.png
      collude sweep uniform-price --agents 2 --uniform-price 0,4,8 --vary "costs=2,10|2,6,10" --classify \\
          --require group-strategy-proof --out run
    """
    from collude.cli.render.sweep import draw_sweep, show_sweep, write_sweep
    from collude.enumerate.maps.sweep import sweep

    table, picture = _targets(given)
    varied, left = _varied(vary, given.pop("more"))
    parameters, options = parameters_in({**given, "more": left})
    priced = "uniform_price" in {*parameters, *varied}
    with progress_bar(quiet) as progress:
        running = running_of(options, progress)
        announce()
        made = sweep(
            "uniform-price" if spec == "procurement" and priced else spec,
            parameters,
            vary=varied,
            require=require or ([] if priced and not axioms else None),
            axioms=axioms or None,
            spread=spread,
            classify=classify,
            slack=slack or "",
            **beside_the_run(options),
            **_said(running),
        )
    if table is not None:
        write_sweep(made, table)
    if picture:
        draw_sweep(made, picture)
    if as_json:
        print_json(made.to_dict())
    else:
        show_sweep(made, running.out)
    return made.status


def _said(running: "Running") -> dict[str, object]:
    """How the run is done, as far as something was said about it."""
    from collude.enumerate.runs.drive import Running

    default = vars(Running())
    return {name: value for name, value in vars(running).items() if value != default[name]}


def _targets(given: dict[str, object]) -> tuple[str | None, str | None]:
    """Take the files that are to be written out of the options: the table, also where --out names one, and the picture."""
    from collude.cli.render.pictures import require_folder, require_picture
    from collude.models.errors import InputError

    table, picture, out = given.pop("csv"), given.pop("picture"), given.get("out")
    suffix = Path(str(out)).suffix.lower() if out and not Path(str(out)).is_dir() else ""
    if suffix == ".csv":
        if table is not None:
            raise InputError("--out FILE.csv and --csv both name a table; give --out a folder")
        table, given["out"] = out, None
    elif suffix in FILES:
        raise InputError(f"--out {out} is neither a folder nor a table, which must end in .csv")
    if picture:
        require_picture(str(picture))
    if table is None:
        return None, None if picture is None else str(picture)
    if Path(str(table)).suffix.lower() != ".csv":
        raise InputError(f"--csv {table} must end in .csv")
    require_folder(str(table))
    return str(table), None if picture is None else str(picture)


def _varied(texts: tuple[str, ...], more: object) -> tuple[dict[str, str], tuple[str, ...]]:
    """What varies, from the NAME=VALUES texts of --vary, or else from those of --param that have several values; and what
    else --param says."""
    from collude.models.errors import InputError

    given = tuple(str(text) for text in more) if isinstance(more, tuple) else ()
    if not texts:
        texts = tuple(text for text in given if any(sign in text for sign in ":|"))
        given = tuple(text for text in given if text not in texts)
        if not texts:
            raise InputError("nothing varies; say what with --vary NAME=VALUES, for instance --vary price=1:6")
    varied: dict[str, str] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        key = name.strip().replace("-", "_")
        if not sign or not key:
            raise InputError(f"--vary {text} is not of the form NAME=VALUES")
        if key in varied:
            raise InputError(f"--vary {key} is given twice")
        varied[key] = values
    return varied, given
