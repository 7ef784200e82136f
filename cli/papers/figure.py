"""`collude figure`: figures of the literature, and the numbers behind them."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = {"two-price": "optimal p(1) and p(2) of the two-price mechanism against -mu_1 (Hagen, Figure 2.1)"}
COLUMNS = ("minus_mu_1", "buyer_value", "p_1", "p_2", "profit", "profit_of_fixed_price_1")


@click.command("figure")
@click.argument("name", metavar="NAME")
@click.option(
    "--points", type=click.IntRange(2, 10_000), default=61, show_default=True, metavar="N", help="Points drawn."
)
@click.option("--last", type=float, default=6.0, show_default=True, metavar="X", help="Largest -mu_1.")
@click.option("--out", metavar="FILE", help="Draw it (.png, .svg or .pdf).")
@click.option("--csv", "table", metavar="FILE", help="Write the numbers.")
@json_option
def command(name: str, points: int, last: float, out: str | None, table: str | None, as_json: bool) -> int:
    """Draw figure NAME of the literature: two-price.

    Without --out, --csv or --json the numbers are printed.

    \b
    Example:
      collude figure two-price --out two-price.png --csv two-price.csv
    """
    from collude.models.errors import InputError

    if name not in FIGURES:
        raise InputError(f"no figure is called {name!r}; the figures are: {', '.join(FIGURES)}")
    from collude.cli.render.pictures import require_folder, require_picture, save, write_or_refuse
    from collude.programs.two_price import two_price_curve

    if out is not None:
        require_picture(out)
    if table is not None:
        require_folder(table)
    if out is not None and table is not None and Path(out).absolute() == Path(table).absolute():
        raise InputError(f"{out} cannot be both the picture and the table; give two files")
    curve = two_price_curve(points, last)
    rows: list[tuple[float, ...]] = [(0.0 - x.mean, x.value, x.one, x.two, x.profit, x.fixed_profit) for x in curve]
    if table is not None:
        text = _as_csv(rows).encode()
        write_or_refuse(table, lambda file: file.write(text))
    if out is not None:
        save(_draw(rows), out)
    if as_json:
        print_json({"figure": "two-price", "points": [dict(zip(COLUMNS, row, strict=True)) for row in rows]})
    elif out is None and table is None:
        click.echo(_as_csv(rows), nl=False)
    else:
        click.echo(f"{len(rows)} points: {', '.join(path for path in (out, table) if path)}")
    return 0


def _as_csv(rows: list[tuple[float, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([f"{x:.10g}" for x in row] for row in rows)
    return text.getvalue()


def _draw(rows: list[tuple[float, ...]]) -> "Figure":
    from collude.cli.render.pictures import new_figure

    figure: Figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    means = [row[0] for row in rows]
    axes.plot(means, [row[3] for row in rows], label="p(2), if both accept")
    axes.plot(means, [row[2] for row in rows], label="p(1), if one accepts")
    axes.axhline(1, color="0.6", linewidth=0.8, linestyle="--")
    axes.set_xlabel(r"$-\mu_1$")
    axes.set_ylabel("optimal price")
    axes.set_title("The optimal two-price mechanism")
    axes.legend()
    return figure
