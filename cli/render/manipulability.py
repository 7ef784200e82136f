"""Counts of manipulable elections as a table and as a picture."""

from typing import TYPE_CHECKING, Any

import click

from collude.cli.answer import print_json
from collude.models.process.amounts import bytes_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from collude.enumerate.symmetric.manipulability import Manipulability


def show_manipulability(found: "Manipulability", directory: str) -> None:
    """Print the counts, the formula and the limit.

    Parameters
    ----------
    found : Manipulability
        The counts.
    directory : str
        Of the run, "" if there is none.
    """
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table

    table = Table(box=None, padding=(0, 2), show_edge=False)
    for title in ("voters", "situations", "manipulable", "share", "share of profiles", "smallest coalitions"):
        table.add_column(title, justify="right" if title != "smallest coalitions" else "left", no_wrap=True)
    for count in found.counts:
        sizes = " ".join(f"{members}:{number:,}" for members, number in count.by_size[:4])
        table.add_row(
            str(count.voters),
            f"{count.situations:,}",
            f"{count.manipulable:,}",
            f"{count.manipulable / count.situations:.6f}",
            f"{count.manipulable_profiles / count.profiles:.6f}",
            sizes + (" ..." if len(count.by_size) > 4 else ""),
        )
    click.echo(f"{found.rule}, {found.alternatives} alternatives; {'; '.join(found.notes)}")
    print_table(console(), table)
    if found.formula is not None:
        formula = found.formula
        click.echo(
            f"limit {formula.limit} (about {float(formula.limit):.6f}): quasi-polynomial of period {formula.period}, for "
            f"n = {formula.residue} modulo {formula.period}; predicted {formula.predicted:,} at {formula.predicted_voters}"
            + (f", {formula.agreeing} more counts agree" if formula.agreeing else "")
        )
    elif found.formula_reason:
        click.echo(f"no formula: {found.formula_reason}")
    if not found.complete:
        click.echo(f"incomplete: {found.reason or 'other shares have the rest'}")
    if directory:
        click.echo(f"run directory: {directory}")


def draw(found: "Manipulability") -> "Figure":
    """Draw the shares of manipulable situations and profiles against the number of voters, with the limit.

    Parameters
    ----------
    found : Manipulability
        The counts.

    Raises
    ------
    InputError
        If matplotlib is missing.
    """
    from collude.cli.render.pictures import new_figure
    from collude.enumerate.symmetric.manipulability import shares

    rows = shares(found.counts)
    figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    axes.plot([n for n, _, _ in rows], [float(x) for _, x, _ in rows], marker=".", label="situations")
    axes.plot([n for n, _, _ in rows], [float(x) for _, _, x in rows], marker=".", label="profiles")
    if found.formula is not None:
        label = f"limit {found.formula.limit}"
        axes.axhline(float(found.formula.limit), color="0.6", linewidth=0.8, linestyle="--", label=label)
    axes.set_xlabel("voters")
    axes.set_ylabel("share that some coalition can manipulate")
    axes.set_title(f"{found.rule}, {found.alternatives} alternatives")
    axes.legend()
    return figure


def show_plan_of_counts(asked: dict[str, Any], as_json: bool) -> int:
    """Print what a count of manipulable elections covers and needs, and return the exit status: 2 if it does not fit.

    Parameters
    ----------
    asked : dict of str to object
        The arguments of `manipulability`.
    as_json : bool
        Print one JSON object.
    """
    from collude.enumerate.symmetric.plan import plan_counts

    found = plan_counts(**asked)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(
            f"{len(found.voters)} electorates · {found.situations:,} situations · {found.patterns:,} patterns, expected "
            f"{found.seconds:.0f} s on one core"
        )
        fits = "fits" if found.fits else "does not fit"
        click.echo(f"{fits}: needs {bytes_in_words(found.needed_bytes)}, {bytes_in_words(found.free_bytes)} are free")
    return 0 if found.fits else 2
