"""What a report brings each agent: his utility by the truth, and an arrow to what it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from collude.models.pictures.style import CATEGORIES, SMALL, axes_or_new, label_ticks, set_title, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

TRUTH, REPORT = CATEGORIES[4], CATEGORIES[1]


@dataclass(frozen=True)
class UtilityRow:
    """One agent. name: who he is and what he says; before, after: utilities, after is None if only the truth is drawn; story
    and then: the two outcomes in words."""

    name: str
    before: Fraction
    after: Fraction | None
    story: str
    then: str


def draw_gains(rows: Sequence[UtilityRow], title: str, ranks: bool, ax: "Place" = None) -> "Axes":
    """Draw one line for each agent: a disc where the truth takes him, a square where the report does.

    Parameters
    ----------
    rows : sequence of UtilityRow
        The agents, the first one on top.
    title : str
        What is drawn.
    ranks : bool
        Utilities are ranks with a minus sign, 0 for the best: the axis shows ranks.
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
    ax = axes_or_new(ax, 7.0, 1.6 + 0.55 * len(rows))
    moved = _draw_points(ax, rows)
    for y, row in enumerate(rows):
        told = f"{row.story}; then: {row.then}" if row.then and row.then != row.story else row.story
        ax.annotate(wrapped(told), (1.02, y), xycoords=("axes fraction", "data"), fontsize=SMALL, va="center")
    _name_axes(ax, [row.name for row in rows], ranks)
    if moved:
        ax.legend(fontsize=SMALL, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2)
    set_title(ax, title)
    return ax


def _draw_points(ax: "Axes", rows: Sequence[UtilityRow]) -> bool:
    """The discs, the squares and the arrows between them; True if there are squares."""
    heights = list(range(len(rows)))
    before = [float(row.before) for row in rows]
    ax.scatter(before, heights, s=46, color=TRUTH, marker="o", zorder=3, label="all tell the truth")
    moved = [(y, float(row.after)) for y, row in zip(heights, rows, strict=True) if row.after is not None]
    if moved:
        after = [utility for _, utility in moved]
        ax.scatter(
            after,
            heights,
            s=90,
            facecolors="none",
            edgecolors=REPORT,
            marker="s",
            linewidths=1.8,
            zorder=4,
            label="as reported",
        )
    for y, utility in moved:
        if utility != before[y]:
            arrow = {"arrowstyle": "-|>", "color": "0.45", "linewidth": 1.0}
            ax.annotate("", (utility, y), (before[y], y), arrowprops=arrow, zorder=2)
    return bool(moved)


def _name_axes(ax: "Axes", names: Sequence[str], ranks: bool) -> None:
    """Agents along the left side, utilities or ranks along the lower one."""
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.1)
    label_ticks(ax, "y", names, range(len(names)))
    ax.tick_params(axis="x", labelsize=SMALL)
    ax.set_xlabel("rank of the outcome, the best at the right" if ranks else "utility", fontsize=SMALL)
    if ranks:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda utility, _place: f"{0 - utility:g}"))
    ax.grid(axis="x", color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
