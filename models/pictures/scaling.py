"""How a check grows with types and agents: joint misreports on a logarithmic scale, and what fits into memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collude.models.pictures.style import CATEGORIES, SMALL, axes_or_new, set_title, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

COLOURS = (CATEGORIES[1], CATEGORIES[4], CATEGORIES[2])


@dataclass(frozen=True)
class ScalingLine:
    """Checks with one number of agents. types: per agent; work: joint misreports; fits: whether memory is enough."""

    agents: int
    types: tuple[int, ...]
    work: tuple[int, ...]
    fits: tuple[bool, ...]


def draw_scaling(lines: Sequence[ScalingLine], planned: ScalingLine, title: str, ax: "Place" = None) -> "Axes":
    """Draw the joint misreports of a check against the number of types, one line for each number of agents.

    Parameters
    ----------
    lines : sequence of ScalingLine
        At most three. A point is full where the check fits into memory.
    planned : ScalingLine
        The check that is planned: one point.
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
    ax = axes_or_new(ax, 6.4, 4.2)
    for line, colour in zip(lines, COLOURS, strict=False):
        work = [float(x) for x in line.work]
        ax.plot(line.types, work, color=colour, linewidth=1.2, label=f"{line.agents} agent{'s' * (line.agents > 1)}")
        faces = [colour if fits else "white" for fits in line.fits]
        ax.scatter(line.types, work, s=22, c=faces, edgecolors=colour, zorder=3)
    ax.scatter(planned.types, [float(x) for x in planned.work], s=110, facecolors="none", edgecolors="black", zorder=4)
    ax.set_yscale("log")
    ax.set_xlabel("types of each agent; full points fit into memory, the ring is what is planned", fontsize=SMALL)
    ax.set_ylabel(written("joint misreports"), fontsize=SMALL)
    ax.tick_params(labelsize=SMALL)
    ax.legend(fontsize=SMALL, frameon=False)
    set_title(ax, title)
    return ax
