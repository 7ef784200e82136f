"""`collude atlas`: which sets of axioms go together on one problem, which clash."""

from typing import Any

import click

from collude.cli.answer import print_json
from collude.cli.completion import complete_axiom
from collude.cli.options import json_option, split_names
from collude.cli.problems import parameters_in, problem_options
from collude.cli.progress import announce, progress_bar


@click.command("atlas")
@problem_options
@click.option(
    "--axioms",
    multiple=True,
    required=True,
    callback=split_names,
    shell_complete=complete_axiom,
    help="The axioms (a,b,c; at most 20).",
)
@click.option(
    "--base", multiple=True, callback=split_names, shell_complete=complete_axiom, help="Axioms that every set contains."
)
@click.option("--no-count", is_flag=True, help="Do not count the mechanisms of the maximal possible sets.")
@click.option("--confirm", type=click.Choice(["sat", "cpsat"]), help="Have a solver confirm each minimal clash.")
@click.option("--max-seconds", type=float, metavar="S", help="Bound on each search.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Threads (default: all processors).")
@click.option("--picture", metavar="FILE", help="Draw the lattice of axioms (.png, .svg, .pdf).")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@json_option
def command(spec: str, axioms: list[str], base: list[str], as_json: bool, **given: Any) -> int:
    """Decide every subset of a list of axioms on one problem: the minimal clashes and the maximal possible sets.

    SPEC is a search problem, as for collude search. Exit status: 0 all axioms go together, 1 they clash, 2 bad input,
    3 incomplete.

    \b
    Example:
      collude atlas voting --agents 2 --alternatives 3 --axioms strategy-proof,onto,non-dictatorial,anonymous
    """
    from collude.cli.render.pictures import require_picture, write_picture
    from collude.enumerate.maps.atlas import atlas
    from collude.enumerate.problems.registry import build_problem
    from collude.models.errors import InputError
    from collude.models.pictures.lattice import require_lattice

    if spec.lower().endswith(".toml"):
        raise InputError("an atlas takes a problem by name; write its parameters as options")
    options = {name: given.pop(name) for name in ("confirm", "max_seconds", "jobs", "picture", "no_count", "quiet")}
    parameters, _ = parameters_in(given)
    if options["picture"]:
        require_lattice(len(axioms))
        require_picture(options["picture"])
    with progress_bar(options["quiet"]) as progress:
        space = build_problem(spec, parameters)
        announce()
        made = atlas(
            space,
            axioms,
            base=base,
            count=not options["no_count"],
            confirm=options["confirm"] or "",
            max_seconds=options["max_seconds"],
            jobs=options["jobs"],
            progress=progress,
        )
    if options["picture"]:
        write_picture(made.plot, options["picture"])
    if as_json:
        print_json(made.to_dict())
    else:
        from collude.cli.render.lattice import show_atlas

        show_atlas(made)
    return 3 if not made.complete else 0 if made.possible else 1
