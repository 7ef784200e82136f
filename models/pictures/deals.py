"""The largest gains from deals: coalition by coalition over all profiles, or as a map of two agents' types."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from collude.models.pictures.style import (
    AMOUNTS,
    MOST_VECTOR,
    SMALL,
    add_scale,
    axes_or_new,
    label_ticks,
    map_size,
    name_pairs,
    paint,
    set_title,
    wrapped,
    write_cells,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MOST_ROWS, MOST_COLUMNS_NAMED = 40, 30


def coalition_name(members: Sequence[int], labels: Sequence[str]) -> str:
    """Return a coalition as people read it.

    Parameters
    ----------
    members : sequence of int
        Numbers of agents.
    labels : sequence of str
        What all agents are called.

    Examples
    --------
    >>> coalition_name((0, 2), ["A", "B", "C"])
    '{A, C}'
    """
    return "{" + ", ".join(labels[i] for i in members) + "}"


def draw_deals(
    heat: np.ndarray,
    coalitions: Sequence[Sequence[int]],
    labels: Sequence[str],
    types: Sequence[Sequence[str]],
    title: str,
    ax: "Place" = None,
) -> "Axes":
    """Draw the largest gain of each coalition from a deal, with the true types on the axes.

    Parameters
    ----------
    heat : (coalitions, columns) float64
        Gains; a column is a profile, in C order, or some profiles that follow one another.
    coalitions : sequence of tuples
        Members of the coalition of each row, by size.
    labels : sequence of str
        What the agents are called.
    types : sequence of sequences of str
        What the types of each agent are called.
    title : str
        What is drawn.
    ax : matplotlib axes or Sheet, optional
        Where to draw.

    Returns
    -------
    matplotlib axes
        With two agents and a column for each profile, one cell for each pair of types: the largest gain of any coalition.
        Else one row for each coalition.

    Raises
    ------
    InputError
        If matplotlib is missing.
    """
    sizes = [len(names) for names in types]
    if len(sizes) == 2 and heat.shape[1] == prod(sizes):
        return _draw_pairs(heat.max(axis=0).reshape(sizes), labels, types, title, ax)
    rows, profiles = len(coalitions), prod(sizes)
    ax = axes_or_new(ax, 9, min(12, 2.4 + 0.28 * rows))
    edges = np.linspace(0, profiles, heat.shape[1] + 1)
    mesh = ax.pcolormesh(edges, np.arange(rows + 1), heat, cmap=AMOUNTS, vmin=0, rasterized=heat.size > MOST_VECTOR)
    ax.invert_yaxis()
    step = -(-rows // MOST_ROWS)
    names = [coalition_name(members, labels) for members in coalitions[::step]]
    ax.set_yticks([x + 0.5 for x in range(0, rows, step)], [wrapped(name) for name in names], fontsize=SMALL)
    for x in range(1, rows):
        if len(coalitions[x]) != len(coalitions[x - 1]):
            ax.axhline(x, color="white", linewidth=1.2)
    _name_profiles(ax, labels, types)
    add_scale(ax, mesh, "gain of the coalition")
    set_title(ax, f"{title}: largest gain from a deal")
    return ax


def _name_profiles(ax: "Axes", labels: Sequence[str], types: Sequence[Sequence[str]]) -> None:
    """The types of the first agent along the axis; where there is room, those of the second one within each."""
    profiles, first = prod(map(len, types)), len(types[0])
    each = profiles / first
    middles = [(k + 0.5) * each for k in range(first)]
    for k in range(1, first):
        ax.axvline(k * each, color="white", linewidth=0.6)
    if len(types) == 1:
        label_ticks(ax, "x", types[0], middles)
        ax.set_xlabel(wrapped(f"true type of agent {labels[0]}"), fontsize=SMALL)
        return
    others = ", ".join(labels[1:]) if len(labels) <= 6 else "the others"
    second = len(types[1])
    if first * second <= MOST_COLUMNS_NAMED:
        within = [(k + (x + 0.5) / second) * each for k in range(first) for x in range(second)]
        label_ticks(ax, "x", list(types[1]) * first, within)
        ax.set_xlabel(wrapped(f"true type of agent {labels[1]}"), fontsize=SMALL)
        outer = ax.secondary_xaxis("top")
    else:
        outer = ax.secondary_xaxis("bottom")
        ax.set_xticks([])
    label_ticks(outer, "x", types[0], middles)  # type: ignore[arg-type]
    outer.set_xlabel(
        wrapped(f"true type of agent {labels[0]}; within each those of {others}, in the order of the grid"),
        fontsize=SMALL,
    )


def _draw_pairs(
    gains: np.ndarray, labels: Sequence[str], types: Sequence[Sequence[str]], title: str, ax: "Place"
) -> "Axes":
    ax = axes_or_new(ax, *map_size(*gains.shape))
    mesh = paint(ax, gains, AMOUNTS, 0)
    write_cells(ax, [[f"{gain:g}" for gain in row] for row in gains], mesh)
    name_pairs(ax, labels, types)
    add_scale(ax, mesh)
    set_title(ax, f"{title}: largest gain of any coalition from a deal")
    return ax
