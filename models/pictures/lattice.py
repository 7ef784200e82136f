"""All subsets of a list of axioms as points, larger sets above, marked by whether some mechanism satisfies them."""

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from collude.models.errors import InputError
from collude.models.pictures.style import HOLDS, SMALL, UNKNOWN, VIOLATED, axes_or_new, set_title, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MOST_DRAWN = 8
MARKS = {
    True: ("o", HOLDS, "possible: some mechanism has all of these axioms"),
    False: ("s", VIOLATED, "impossible: no mechanism has all of them"),
    None: ("D", UNKNOWN, "not decided"),
}
NAMED, EMPTY = "ABCDEFGH", "-"
LETTER = 4  # the width of one of them, in points


def require_lattice(axioms: int) -> None:
    """Check that a lattice of so many axioms can be drawn.

    Parameters
    ----------
    axioms : int
        How many.

    Raises
    ------
    InputError
        For more than eight.
    """
    if axioms > MOST_DRAWN:
        raise InputError(
            f"a lattice of {axioms} axioms has {2**axioms:,} points; at most {MOST_DRAWN} axioms are drawn"
        )


def draw_lattice(axioms: Sequence[str], possible: Sequence[bool | None], title: str, ax: "Place" = None) -> "Axes":
    """Draw the subsets of at most eight axioms: discs are possible, squares impossible, diamonds undecided.

    Parameters
    ----------
    axioms : sequence of str
        Names; in the picture they are called A, B, C, ...
    possible : sequence of bool or None
        For each subset (bit i of its place is axiom i) whether some mechanism satisfies it; None if that is not known.
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
        For more than eight axioms, and if matplotlib is missing.
    """
    k = len(axioms)
    require_lattice(k)
    ax = axes_or_new(ax, max(6.0, LETTER * k * comb(k, k // 2) / 60), 1.0 + 1.1 * (k + 1))
    place: dict[int, tuple[float, float]] = {}
    for size in range(k + 1):
        words = [sum(1 << i for i in group) for group in combinations(range(k), size)]
        for position, word in enumerate(words):
            place[word] = (position - (len(words) - 1) / 2, float(size))
    for word, (left, low) in place.items():
        for i in range(k):
            if not word >> i & 1:
                right, high = place[word | 1 << i]
                ax.plot([left, right], [low, high], color="#cccccc", linewidth=0.5, zorder=1)
        name = "".join(NAMED[i] for i in range(k) if word >> i & 1) or EMPTY
        ax.annotate(name, (left, low), ha="center", va="center", fontsize=6, zorder=3)
    for answer, (sign, colour, meaning) in MARKS.items():
        points = [place[word] for word in place if possible[word] is answer]
        if points:
            across, up = zip(*points, strict=True)
            ax.scatter(
                across,
                up,
                s=max(260, (LETTER * k) ** 2),
                c=colour,
                marker=sign,
                edgecolors="black",
                linewidths=0.6,
                zorder=2,
                label=meaning,
            )
    legend = "\n".join(f"{NAMED[i]}  {written(name)}" for i, name in enumerate(axioms))
    widest = max(abs(across) for across, _ in place.values()) or 1.0
    ax.annotate(legend, (widest * 1.1, 0), fontsize=SMALL, va="bottom", annotation_clip=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), fontsize=SMALL, frameon=False, markerscale=0.5, ncols=3)
    set_title(ax, title)
    ax.axis("off")
    return ax
