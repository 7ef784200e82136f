"""Violations by the size of the coalition: one row for each axiom, one column for each size."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from collude.models.pictures.style import SMALL, add_scale, axes_or_new, label_ticks, paint, set_title, write_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place


def draw_sizes(
    axioms: Sequence[str],
    violations: Sequence[Sequence[int | None]],
    possible: Sequence[Sequence[int | None]],
    title: str,
    ax: "Place" = None,
) -> "Axes":
    """Draw how many pairs of a profile and a coalition violate each axiom, by the number of members.

    Parameters
    ----------
    axioms : sequence of str
        Names, one for each row, the first one on top.
    violations, possible : sequence of rows
        How many coalitions of 1, 2, ... members violate the axiom at some profile, and how many there are; None where the
        axiom does not look at coalitions of that size. The colour is their ratio.
    title : str
        What is drawn.
    ax : matplotlib axes or Sheet, optional
        Where to draw.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    InputError
        If matplotlib is missing.
    """
    rows, columns = len(axioms), max(map(len, violations), default=0)
    ax = axes_or_new(ax, 3.5 + 1.1 * columns, 1.4 + 0.35 * rows)
    shares = np.full((rows, columns), np.nan)
    words = [[""] * columns for _ in range(rows)]
    for y, (counts, sizes) in enumerate(zip(violations, possible, strict=True)):
        for x, (count, size) in enumerate(zip(counts, sizes, strict=True)):
            if count is None:
                continue
            shares[y, x] = count / size if size else 0.0
            text = f"{count:,}\nof {size:,}" if size else f"{count:,}"
            words[y][x] = text
    mesh = paint(ax, shares, "cividis_r", 0)
    mesh.set_clim(0, 1)
    write_cells(ax, words, mesh)
    ax.invert_yaxis()
    label_ticks(ax, "x", [str(m + 1) for m in range(columns)], [m + 0.5 for m in range(columns)])
    label_ticks(ax, "y", axioms, [k + 0.5 for k in range(rows)])
    ax.set_xlabel("members of the coalition", fontsize=SMALL)
    add_scale(ax, mesh, "share that violates the axiom")
    set_title(ax, title)
    return ax
