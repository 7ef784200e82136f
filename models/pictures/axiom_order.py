"""Axioms as boxes, the stronger above the weaker, coloured by verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, Protocol

from collude.models.files.html import shown
from collude.models.pictures.style import BOUNDED, HOLDS, SMALL, UNKNOWN, VIOLATED, axes_or_new, set_title, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

COLOURS = {"holds": HOLDS, "bounded": BOUNDED, "violated": VIOLATED, "": UNKNOWN}
WIDTH, HEIGHT, NAME_WIDTH, LOOSE_COLUMNS = 1.5, 0.95, 18, 6


@shown
@dataclass(frozen=True)
class Implication:
    """Every mechanism that satisfies the stronger axiom satisfies the weaker one; reason: why, in a few words."""

    stronger: str
    weaker: str
    reason: str


class Decision(Protocol):
    """What a verdict says of an axiom; see `collude.Verdict`."""

    @property
    def axiom(self) -> str:
        """The axiom's name."""

    @property
    def holds(self) -> bool | None:
        """None within a bound."""

    @property
    def answer(self) -> str:
        """In words."""

    @property
    def violations(self) -> int | None:
        """How many there are."""

    @property
    def possible(self) -> int | None:
        """How many there could be."""


@dataclass(frozen=True)
class AxiomBox:
    """One axiom of the picture. status: "holds", "bounded", "violated" or "" if it was not decided; note: a few words."""

    name: str
    status: str
    note: str


def axiom_boxes(verdicts: Iterable[Decision]) -> list[AxiomBox]:
    """Return one box for each verdict.

    Parameters
    ----------
    verdicts : iterable of verdicts
        In the order of a report.
    """
    boxes = []
    for verdict in verdicts:
        note = verdict.answer
        if verdict.holds is False and verdict.violations is not None:
            note = f"VIOLATED {verdict.violations:,}" + (f" of {verdict.possible:,}" if verdict.possible else "")
        boxes.append(AxiomBox(verdict.axiom, {True: "holds", False: "violated", None: "bounded"}[verdict.holds], note))
    return boxes


def draw_axioms(boxes: Sequence[AxiomBox], steps: Sequence[Implication], title: str, ax: "Place" = None) -> "Axes":
    """Draw axioms with arrows from the stronger to the weaker; those without arrows stand below the others.

    Parameters
    ----------
    boxes : sequence of AxiomBox
        The axioms.
    steps : sequence of Implication
        Without what follows from other steps.
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
    place = places_of([box.name for box in boxes], steps)
    right = max((x for x, _ in place.values()), default=0.0)
    top = max((y for _, y in place.values()), default=0.0)
    low = min((y for _, y in place.values()), default=0.0)
    ax = axes_or_new(ax, 1.2 + WIDTH * (right + 1), 0.8 + HEIGHT * (top - low + 1))
    for step in steps:
        (x, y), (to_x, to_y) = place[step.stronger], place[step.weaker]
        arrow = {"arrowstyle": "-|>", "color": "0.45", "linewidth": 0.8}
        ax.annotate("", (to_x, to_y + 0.3), (x, y - 0.3), arrowprops=arrow)
    for box in boxes:
        x, y = place[box.name]
        lines = [*_broken(box.name), *wrap(box.note, NAME_WIDTH + 4)]
        style = "--" if box.status == "bounded" else "-"
        frame = {"boxstyle": "round,pad=0.35", "facecolor": COLOURS[box.status], "edgecolor": "0.3", "linestyle": style}
        ax.text(x, y, written("\n".join(lines)), ha="center", va="center", fontsize=SMALL, bbox=frame, linespacing=1.1)
    ax.set_xlim(-0.6, right + 0.6)
    ax.set_ylim(low - 0.6, top + 0.6)
    ax.axis("off")
    set_title(ax, title)
    return ax


def _broken(name: str) -> list[str]:
    """A name on several lines, broken after hyphens only."""
    lines = [""]
    for part in name.replace("-", "-\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > NAME_WIDTH:
            lines.append("")
        lines[-1] += part
    return lines


class Spot(NamedTuple):
    """Of a box in a picture."""

    x: float
    y: float


def places_of(names: Sequence[str], steps: Sequence[Implication]) -> dict[str, Spot]:
    """Place axioms: each above all that it implies, each family side by side, those without steps below.

    Parameters
    ----------
    names : sequence of str
        The axioms.
    steps : sequence of Implication
        Without circles.

    Returns
    -------
    dict
        (x, y) of each axiom; no two have the same place.
    """
    below: dict[str, list[str]] = {name: [] for name in names}
    above: dict[str, list[str]] = {name: [] for name in names}
    for step in steps:
        below[step.stronger].append(step.weaker)
        above[step.weaker].append(step.stronger)
    height: dict[str, int] = {}

    def height_of(name: str) -> int:
        if name not in height:
            height[name] = max((height_of(other) + 1 for other in below[name]), default=0)
        return height[name]

    for name in sorted(names, key=height_of):
        if not below[name] and above[name]:
            height[name] = min(height_of(other) for other in above[name]) - 1
    place: dict[str, Spot] = {}
    left = 0.0
    loose = [name for name in names if not below[name] and not above[name]]
    for group in _families([name for name in names if name not in loose], below, above):
        rows: dict[int, list[str]] = {}
        for name in group:
            rows.setdefault(height_of(name), []).append(name)
        width = max(map(len, rows.values()))
        for y in sorted(rows, reverse=True):
            row = sorted(
                rows[y], key=lambda name: _middle([place[other][0] for other in above[name] if other in place])
            )
            for x, name in enumerate(row):
                place[name] = Spot(left + x + (width - len(row)) / 2, float(y))
        left += width
    columns = max(LOOSE_COLUMNS, int(left))
    for k, name in enumerate(loose):
        place[name] = Spot(float(k % columns), -1.0 - k // columns)
    return place


def _middle(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0


def _families(names: Sequence[str], below: Mapping[str, list[str]], above: Mapping[str, list[str]]) -> list[list[str]]:
    """The axioms that hang together, in the order given."""
    groups: list[list[str]] = []
    seen: set[str] = set()
    for name in names:
        if name in seen:
            continue
        reached, queue = {name}, [name]
        while queue:
            for other in (*below[queue[0]], *above[queue[0]]):
                if other not in reached:
                    reached.add(other)
                    queue.append(other)
            queue.pop(0)
        seen |= reached
        groups.append([other for other in names if other in reached])
    return groups
