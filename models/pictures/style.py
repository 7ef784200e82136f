"""What all pictures share: matplotlib on demand, colours that colour-blind readers tell apart, text that is never cut."""

import re
import warnings
from collections.abc import Callable, Sequence
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from collude.models.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    Place: TypeAlias = "Axes | Sheet | None"

HOLDS, BOUNDED, VIOLATED, UNKNOWN = "#8cc8ef", "#d7ecf8", "#f0a35e", "#eeeeee"
CATEGORIES = ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#bbbbbb")
AMOUNTS = "cividis"
SMALL, LARGE = 7, 9
TITLE_WIDTH, LABEL_WIDTH = 70, 48
MOST_TICKS = 24
LONG_TICK = 4
MOST_WRITTEN, MOST_SIGNS, MOST_LINED, MOST_VECTOR = 12, 9, 40, 2500
DARK = 0.5
NO_MATPLOTLIB = "pictures need matplotlib, which the extra [figures] brings; install it with: pip install matplotlib"


def new_figure(width: float, height: float) -> "Figure":
    """Make an empty figure.

    Parameters
    ----------
    width, height : float
        In inches.

    Raises
    ------
    InputError
        If matplotlib is missing; it names the extra.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(NO_MATPLOTLIB) from None
    return Figure(figsize=(width, height), layout="constrained")


class Sheet:
    """A figure for a file: the picture that is drawn on it chooses its size, and no notebook shows it.

    Examples
    --------
    >>> import collude as co
    >>> sheet = Sheet()
    >>> axes = co.second_price(co.auction(2, range(3))).plot("price", sheet)
    >>> sheet.figure is axes.figure
    True
    """

    figure: "Figure"

    def axes(self, width: float, height: float) -> "Axes":
        """Make the figure, `width` x `height` inches, and axes that fill it; InputError if matplotlib is missing."""
        self.figure = new_figure(width, height)
        return self.figure.add_subplot()


def drawn(plot: Callable[[Sheet], object]) -> "Figure":
    """Return the figure of a picture, for a file.

    Parameters
    ----------
    plot : function of a sheet
        Draws it, for instance the method `plot` of a result.
    """
    sheet = Sheet()
    plot(sheet)
    return sheet.figure


def axes_or_new(ax: "Place", width: float, height: float) -> "Axes":
    """Return the axes to draw on: those that are given, or new ones, which a notebook shows.

    Parameters
    ----------
    ax : matplotlib axes, Sheet or None
        Where to draw.
    width, height : float
        Of a new figure, in inches.

    Raises
    ------
    InputError
        If matplotlib is missing; it names the extra.
    """
    if isinstance(ax, Sheet):
        return ax.axes(width, height)
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise InputError(NO_MATPLOTLIB) from None
    return pyplot.figure(figsize=(width, height), layout="constrained").add_subplot()


def written(text: str) -> str:
    r"""Return a text as matplotlib shall show it: dollars are no formulas, what cannot be printed is a question mark.

    Parameters
    ----------
    text : str
        A label or a title, of whatever origin.

    Examples
    --------
    >>> written("5 $ and 6 $\x00")
    '5 \\$ and 6 \\$?'
    """
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)
    return shown.replace("$", r"\$")


def wrapped(text: str) -> str:
    """Return a label as matplotlib shall show it, on several lines where it is long.

    Parameters
    ----------
    text : str
        A label, of whatever origin.

    Examples
    --------
    >>> wrapped("word " * 12).count("\\n")
    1
    """
    return "\n".join(wrap(written(text), LABEL_WIDTH, break_on_hyphens=False))


def set_title(axes: "Axes", text: str) -> None:
    """Put a title above a picture, on several lines where it is long.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture.
    text : str
        The title.
    """
    axes.set_title("\n".join(wrap(written(text), TITLE_WIDTH, break_on_hyphens=False)), fontsize=LARGE)


def label_ticks(axes: "Axes", side: str, names: Sequence[str], places: Sequence[float]) -> None:
    """Name places along one side of a picture; of many names every second, third, ... is shown, each of them whole.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture.
    side : str
        "x" or "y".
    names : sequence of str
        One for each place.
    places : sequence of float
        In the units of the axes.
    """
    step = -(-len(names) // MOST_TICKS) or 1
    shown = [wrapped(name) for name in names[::step]]
    if side == "y":
        axes.set_yticks(places[::step], shown, fontsize=SMALL)
        return
    turned = 90 if max(map(len, shown), default=0) > LONG_TICK else 0
    axes.set_xticks(places[::step], shown, fontsize=SMALL, rotation=turned)


class SheetSize(NamedTuple):
    """Of a figure, in inches."""

    width: float
    height: float


def map_size(rows: int, columns: int) -> SheetSize:
    """Return width and height, in inches, of a field that can be read.

    Parameters
    ----------
    rows, columns : int
        Of its cells.
    """
    return SheetSize(2.6 + 0.32 * min(max(columns, 5), 24), 1.6 + 0.32 * min(max(rows, 5), 24))


def name_pairs(axes: "Axes", labels: Sequence[str], types: Sequence[Sequence[str]]) -> None:
    """Put the types of two agents along a K_0 x K_1 field: the first one's upwards, the second one's to the right.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture; cell (k, l) is the unit square from (l, k).
    labels : sequence of str
        What the two agents are called.
    types : sequence of sequences of str
        What their types are called.
    """
    for side, agent in (("y", 0), ("x", 1)):
        label_ticks(axes, side, types[agent], [k + 0.5 for k in range(len(types[agent]))])
    axes.set_ylabel(wrapped(f"true type of agent {labels[0]}"), fontsize=SMALL)
    axes.set_xlabel(wrapped(f"true type of agent {labels[1]}"), fontsize=SMALL)


def paint(axes: "Axes", cells: np.ndarray, colours: "str | Colormap", lowest: float | None = None) -> "QuadMesh":
    """Paint a field of cells of one unit each, with white lines between them where there are few.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture.
    cells : (rows, columns) float64
        Amounts; NaN stays blank.
    colours : name of a colour map, or a colour map
        For the amounts.
    lowest : float, optional
        The amount of the first colour; the smallest one without.
    """
    rows, columns = cells.shape
    mesh = axes.pcolormesh(
        np.arange(columns + 1),
        np.arange(rows + 1),
        np.ma.masked_invalid(cells),
        cmap=colours,
        vmin=lowest,
        rasterized=cells.size > MOST_VECTOR,
    )
    if max(rows, columns) <= MOST_LINED:
        mesh.set(edgecolor="white", linewidth=0.5)
    return mesh


def write_cells(axes: "Axes", words: Sequence[Sequence[str]], mesh: "QuadMesh") -> None:
    """Write a word into each cell, black or white as its colour asks for, where there is room for all of them.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture.
    words : (rows, columns) of str
        What to write.
    mesh : matplotlib mesh
        The cells.
    """
    longest = max(len(line) for row in words for word in row for line in word.split("\n"))
    if max(len(words), len(words[0])) > MOST_WRITTEN or longest > MOST_SIGNS:
        return
    shades = mesh.to_rgba(np.ma.asarray(mesh.get_array()))
    for y, row in enumerate(words):
        for x, word in enumerate(row):
            red, green, blue = np.asarray(shades).reshape(len(words), len(row), 4)[y, x, :3]
            colour = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < DARK else "black"
            axes.text(x + 0.5, y + 0.5, written(word), ha="center", va="center", fontsize=SMALL, color=colour)


def add_scale(axes: "Axes", mesh: object, meaning: str = "") -> None:
    """Say beside a picture which colour is which amount.

    Parameters
    ----------
    axes : matplotlib axes
        Of the picture.
    mesh : matplotlib mesh
        What is coloured.
    meaning : str
        What the amounts are.
    """
    bar = axes.get_figure(root=True).colorbar(mesh, ax=axes)  # type: ignore[union-attr, arg-type]
    bar.set_label(wrapped(meaning), fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)


def picture_bytes(figure: "Figure", form: str) -> bytes:
    """Return a figure as a file that is the same whenever it is drawn; everything written on it is inside.

    Parameters
    ----------
    figure : matplotlib figure
        What to write.
    form : str
        "png", "svg" or "pdf".
    """
    from matplotlib import rc_context

    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form, {})
    file = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "collude"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        figure.savefig(file, format=form, dpi=150, bbox_inches="tight", pad_inches=0.1, metadata=dated)
    return file.getvalue()


def inline_svg(figure: "Figure", name: str, about: str) -> str:
    """Return a figure as an element of an HTML page that needs nothing else.

    Parameters
    ----------
    figure : matplotlib figure
        What to show.
    name : str
        Letters and digits, different for each picture of a page: what the parts of the picture are called begins with it.
    about : str
        What the picture shows, for readers who do not see it.
    """
    from html import escape

    text = picture_bytes(figure, "svg").decode()
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(about)}"', 1)
