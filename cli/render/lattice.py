"""An atlas of axioms for a person: the minimal clashes, the maximal possible sets, and the lattice as a picture."""

from itertools import combinations

import click

from collude.cli.render.pictures import new_figure, save
from collude.enumerate.maps.atlas import IMPOSSIBLE, POSSIBLE, Atlas
from collude.models.errors import InputError

MOST_DRAWN = 8
COLOURS = {POSSIBLE: "#8fbf8f", IMPOSSIBLE: "#d98880"}


def show_atlas(made: Atlas) -> None:
    """Print what clashes and what goes together, in whole names, one axiom a line where there are many.

    Parameters
    ----------
    made : Atlas
        Which sets of axioms are possible.
    """
    base = f", always with {', '.join(made.base)}" if made.base else ""
    click.echo(f"{made.title}: {len(made.axioms)} axioms{base}")
    click.echo(
        f"{len(made.status)} sets decided by {made.searches} search{'es' if made.searches != 1 else ''} in "
        f"{made.seconds:.2f} s"
        + (f", {made.further} more to count and to confirm" if made.further else "")
        + ("" if made.complete else "; some were stopped")
    )
    click.echo("")
    click.echo(
        "minimal clashes (no mechanism has all of these)" if made.clashes else "no clash: all axioms go together"
    )
    for clash in made.clashes:
        evidence = f"    [confirmed by {clash.confirmed}]" if clash.confirmed else ""
        _show_set("x", clash.axioms, evidence)
    if made.possibilities:
        click.echo("")
        click.echo("maximal possible sets (a mechanism has all of these, none has one more)")
    for possibility in made.possibilities:
        count = "" if possibility.count is None else f"    {possibility.count:,} mechanism"
        _show_set("o", possibility.axioms, count + ("s" if count and possibility.count != 1 else ""))


def _show_set(mark: str, axioms: tuple[str, ...], note: str) -> None:
    text = " + ".join(axioms) or "(no axiom beside the base)"
    if len(text) + len(note) <= 76:
        click.echo(f"  {mark} {text}{note}")
        return
    click.echo(f"  {mark} {axioms[0]}{note}")
    for name in axioms[1:]:
        click.echo(f"    + {name}")


def draw_lattice(made: Atlas, target: str) -> None:
    """Draw all subsets of at most eight axioms, larger sets above, coloured by whether they are possible.

    Parameters
    ----------
    made : Atlas
        Which sets of axioms are possible.
    target : str
        The picture file.

    Raises
    ------
    InputError
        If there are more axioms, without matplotlib, and if the system refuses.
    """
    k = len(made.axioms)
    if k > MOST_DRAWN:
        raise InputError(f"a lattice of {k} axioms has {2**k} points; at most {MOST_DRAWN} axioms are drawn")
    figure = new_figure(max(6.0, 1.3 * k), 1.0 + 1.1 * (k + 1))
    axes = figure.add_subplot()
    place: dict[int, tuple[float, float]] = {}
    for size in range(k + 1):
        words = [sum(1 << i for i in group) for group in combinations(range(k), size)]
        for position, word in enumerate(words):
            place[word] = (position - (len(words) - 1) / 2, float(size))
    widest = max(abs(x) for x, _ in place.values()) or 1.0
    for word, (left, low) in place.items():
        for i in range(k):
            if not word >> i & 1:
                more_x, more_y = place[word | 1 << i]
                axes.plot([left, more_x], [low, more_y], color="#cccccc", linewidth=0.5, zorder=1)
    for word, (x, y) in place.items():
        colour = COLOURS.get(int(made.status[word]), "#dddddd")
        axes.scatter([x], [y], s=260, color=colour, edgecolors="black", linewidths=0.6, zorder=2)
        axes.annotate(
            "".join(chr(65 + i) for i in range(k) if word >> i & 1) or "-",
            (x, y),
            ha="center",
            va="center",
            fontsize=6,
            zorder=3,
        )
    legend = "\n".join(f"{chr(65 + i)}  {name}" for i, name in enumerate(made.axioms))
    axes.annotate(legend, (widest * 1.1, 0), fontsize=7, va="bottom", annotation_clip=False)
    axes.set_title(f"{made.title}: green possible, red impossible", fontsize=9)
    axes.axis("off")
    save(figure, target)
