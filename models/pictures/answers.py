"""Answers at many values of one or two parameters, as coloured cells with their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collude.models.pictures.style import (
    HOLDS,
    SMALL,
    UNKNOWN,
    VIOLATED,
    SheetSize,
    axes_or_new,
    label_ticks,
    set_title,
    written,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

COLOURS = {"possible": HOLDS, "holds": HOLDS, "impossible": VIOLATED, "violated": VIOLATED}


@dataclass(frozen=True)
class AnswerCell:
    """One cell. answer: "possible", "holds", "impossible", "violated", or another word for grey; text: what is written."""

    answer: str
    text: str


def panel_size(rows: int, columns: int) -> SheetSize:
    """Return width and height of a panel, in inches.

    Parameters
    ----------
    rows, columns : int
        Of its cells.
    """
    return SheetSize(min(max(4.0, 1.5 + 0.7 * columns), 40.0), 1.2 + 0.5 * rows)


def draw_answers(
    cells: Mapping[tuple[str, ...], AnswerCell],
    names: Sequence[str],
    values: Sequence[Sequence[str]],
    title: str,
    ax: "Place" = None,
) -> "Axes":
    """Draw a field of answers: blue where something is possible or nothing violated, orange where not, grey undecided.

    Parameters
    ----------
    cells : mapping of tuple of str to AnswerCell
        By the value of each parameter; settings without a cell stay blank.
    names : sequence of str
        Of one parameter, which goes to the right, or of two, the first of which goes up.
    values : sequence of sequences of str
        Of each parameter, in order.
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
    columns = values[-1]
    rows: Sequence[str] = values[0] if len(names) == 2 else ("",)
    ax = axes_or_new(ax, *panel_size(len(rows), len(columns)))
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            cell = cells.get((row, column) if len(names) == 2 else (column,))
            if cell is None:
                continue
            colour = COLOURS.get(cell.answer, UNKNOWN)
            ax.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], color=colour, edgecolor="white", linewidth=1)
            ax.annotate(written(cell.text), (x + 0.5, y + 0.5), ha="center", va="center", fontsize=SMALL)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(0, len(rows))
    label_ticks(ax, "x", columns, [x + 0.5 for x in range(len(columns))])
    ax.set_xlabel(written(names[-1]), fontsize=SMALL)
    if len(names) == 2:
        label_ticks(ax, "y", rows, [y + 0.5 for y in range(len(rows))])
        ax.set_ylabel(written(names[0]), fontsize=SMALL)
    else:
        ax.set_yticks([])
    set_title(ax, title)
    return ax
