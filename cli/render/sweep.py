"""A sweep for a person: a table, a CSV file, and a map as a picture."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import click

from collude.cli.render.pictures import new_figure, save, write_or_refuse
from collude.enumerate.maps.points import Sweep, SweepPoint
from collude.enumerate.runs.folder import resume_command
from collude.models.numbers import big
from collude.models.pictures.answers import panel_size

MOST_PANELS = 6


def show_sweep(made: Sweep, directory: str = "") -> None:
    """Print all points: one line each along one parameter, a small table of counts over two.

    Parameters
    ----------
    made
        The sweep.
    directory
        Of its run, "" if there is none.
    """
    what = ", ".join(made.require) if len(made.require) < 4 else f"{len(made.require)} axioms"
    along = " and ".join(axis.name for axis in made.axes)
    click.echo(f"{made.subject} along {along}: {made.what or made.measure}{f' with {what}' if what else ''}")
    names = list(dict.fromkeys(point.axiom for point in made.points))
    if len(made.axes) == 2:
        for name in names:
            click.echo("")
            _print_table(_grid_of(made, name))
    elif len(names) == 1:
        click.echo("")
        counted, measured = ([made.what] if made.what else []), ([made.measure] if made.measure else [])
        heading = [made.axes[0].name, "answer", *counted, *measured]
        rows = [
            [p.setting[0], p.answer, *(_count(p) for _ in counted), *(_gain(p) for _ in measured)] for p in made.points
        ]
        if made.classified:
            heading += [*made.families, "extras"]
            rows = [[*row, *_sorted(made, p)] for row, p in zip(rows, made.points, strict=True)]
        _print_table([heading, *rows])
    else:
        click.echo("")
        found = {(point.axiom, point.setting[0]): point for point in made.points}
        rows = [[name, *(_cell(found.get((name, value))) for value in made.axes[0].values)] for name in names]
        _print_table([[made.axes[0].name, *made.axes[0].values], *rows])
    if made.classified and len(made.axes) == 2:
        click.echo("")
        _print_table(_grid_of(made, "", extras=True))
    if made.share:
        click.echo(f"share {made.share} is done; join it with the others: collude merge DIR ... --out DIR")
    elif not made.complete:
        click.echo(f"incomplete: {made.reason or 'some points were stopped'} (?)")
        if directory:
            click.echo(f"go on with: {resume_command(Path(directory))}")


def _grid_of(made: Sweep, name: str, *, extras: bool = False) -> list[list[str]]:
    """Counts of one axiom, or of the extras of a search, over two parameters, with headings."""
    found = {point.setting: point for point in made.points_on(name)}
    cell = _extras if extras else _cell
    first, second = made.axes
    what = "extras" if extras else name
    corner = f"{first.name} \\ {second.name}" + (f", {what}" if what else "")
    return [
        [corner, *second.values],
        *([one, *(cell(found.get((one, other))) for other in second.values)] for one in first.values),
    ]


def _sorted(made: Sweep, point: SweepPoint) -> list[str]:
    """How many mechanisms are in each family, and in none."""
    if point.extras is None:
        return ["?"] * (len(made.families) + 1)
    return [*(str(point.families.get(name, 0)) for name in made.families), _extras(point)]


def _extras(point: SweepPoint | None) -> str:
    return "?" if point is None or point.extras is None else str(point.extras)


def _count(point: SweepPoint) -> str:
    return "?" if not point.complete else "-" if point.count is None else big(point.count)


def _gain(point: SweepPoint) -> str:
    return "-" if point.gain is None else str(point.gain)


def _cell(point: SweepPoint | None) -> str:
    """What a point answers; blank where the axiom has no meaning."""
    return "" if point is None else point.words


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[x]) for row in rows) for x in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        click.echo(f"  {'  '.join(cells)}".rstrip())


def write_sweep(made: Sweep, path: str) -> None:
    """Write all points to a CSV file, which is there whole or not at all.

    Parameters
    ----------
    made : Sweep
        The points.
    path : str
        Where to.

    Raises
    ------
    InputError
        If the system refuses.
    """
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(made.rows())
    write_or_refuse(path, lambda file: file.write(text.getvalue().encode()))


def draw_sweep(made: Sweep, path: str) -> None:
    """Draw the map, with counts: one panel for each axiom, of at most six axioms those that are violated most often.

    Parameters
    ----------
    made : Sweep
        The points.
    path : str
        Where to.

    Raises
    ------
    InputError
        Without matplotlib, and if the system refuses.
    """
    names = list(dict.fromkeys(point.axiom for point in made.points))
    violated = {name: sum(point.answer == "violated" for point in made.points_on(name)) for name in names}
    names = sorted(names, key=lambda name: -violated[name])[:MOST_PANELS]
    sizes = [len(axis.values) for axis in made.axes]
    panel = panel_size(sizes[0] if len(sizes) == 2 else 1, sizes[-1])
    figure = new_figure(panel.width, min(panel.height * len(names) + 0.5, 60.0))
    for axes, name in zip(figure.subplots(len(names), 1, squeeze=False)[:, 0], names, strict=True):
        made.plot(name, axes)
    save(figure, path)
