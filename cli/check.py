"""`collude check`: verdicts on a mechanism, each violation told as a story."""

import json
from typing import Any

import click

from collude.cli.options import (
    builder,
    cut_options,
    dry_run_option,
    json_option,
    mechanism_options,
    run_options,
    running_of,
)
from collude.cli.progress import progress_bar


def split_names(_context: Any, _parameter: Any, given: tuple[str, ...]) -> list[str]:
    """Names from repeated or comma-separated options."""
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if given and not names:
        raise click.BadParameter("name at least one, or leave the option out")
    return names


@click.command("check")
@mechanism_options
@click.option("--axiom", "axioms", multiple=True, callback=split_names, help="Axiom to check (repeatable, or a,b,c).")
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Only coalitions of at most M agents.")
@click.option(
    "--count",
    is_flag=False,
    flag_value="coalitions",
    default="coalitions",
    metavar="UNIT",
    help="Count violations by coalitions (default), profile-pairs, triples, or none.",
)
@click.option("--first", is_flag=True, help="Stop each axiom at its first violation: no counts, no worst witness.")
@cut_options
@run_options
@dry_run_option
@json_option
def command(
    axioms: list[str],
    max_coalition: int | None,
    count: str,
    first: bool,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Check MECHANISM against every coalition and every joint misreport.

    MECHANISM is a name (collude list mechanisms), a .toml, .csv or .npz file, or FILE.py:FUNCTION.

    \b
    Examples:
      collude check second-price --agents 3 --values 0:4
      collude check posted-price --agents 2 --values 0:9 --param price=9/2 --axiom group-strategy-proof
      collude check table.csv --count triples --json
    """
    from collude.enumerate.check import check
    from collude.enumerate.warm import warm_up

    with progress_bar(given.pop("quiet")) as progress:
        running = running_of(given, progress)
        chunks = given.pop("chunks")
        build = builder(**given)
        first_run = announce()
        if dry_run:
            from collude.cli.plan import show_plan

            return show_plan(build, given["mechanism"], max_coalition, running.jobs, as_json)
        mechanism = build()
        if first_run:
            warm_up(axioms or None)
        report = check(
            mechanism,
            axioms or None,
            count=count,
            first=first,
            max_coalition=max_coalition,
            chunks=chunks,
            **vars(running),
        )
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False))
    else:
        from collude.cli.render import show_report

        show_report(report, mechanism, reproduction(given), running.out)
    return report.status


def reproduction(given: dict[str, Any]) -> str:
    """The words of the command line that describe the mechanism."""
    import shlex

    words = [given["mechanism"]]
    for key, value in given.items():
        if key == "parameters":
            words += [word for parameter in value for word in ("--param", parameter)]
        elif key == "allow_code":
            words += ["--allow-code"] if value else []
        elif key != "mechanism" and value is not None:
            words += ["--environment" if key == "kind" else f"--{key.replace('_', '-')}", str(value)]
    return shlex.join(words)


def announce() -> bool:
    """Say that kernels are being compiled if the cache is empty, so that the first run does not look stuck; True if so."""
    from collude.enumerate.warm import nothing_compiled

    first = nothing_compiled()
    if first:
        click.echo("collude: first run, compiling kernels (once; up to half a minute)", err=True)
    return first
