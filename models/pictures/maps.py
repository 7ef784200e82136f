"""Maps of a mechanism with two agents: what happens at each pair of true types, as a coloured K x K field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from collude.models.environment import show_type
from collude.models.errors import InputError, NotApplicableError
from collude.models.menu import OutcomeTable
from collude.models.numbers import show
from collude.models.pictures.style import (
    AMOUNTS,
    CATEGORIES,
    SMALL,
    add_scale,
    axes_or_new,
    map_size,
    name_pairs,
    paint,
    set_title,
    wrapped,
    write_cells,
)
from collude.models.story import holding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MapKind = Literal["winner", "price", "gain"]
MAPS: tuple[MapKind, ...] = ("winner", "price", "gain")
MOST_TYPES = 200
NOBODY = "nobody gets anything"


@dataclass(frozen=True)
class Field:
    """What a map shows: amounts (K_0, K_1) float64, NaN where there is none; what they mean; a text for each cell."""

    amounts: np.ndarray
    meaning: str
    words: list[list[str]]


def require_map(table: OutcomeTable, kind: str) -> None:
    """Check that a mechanism can be drawn as a map; cheap.

    Parameters
    ----------
    table : OutcomeTable
        The mechanism.
    kind : str
        "winner", "price" or "gain".

    Raises
    ------
    InputError
        For another kind, and for more than 200 types of an agent.
    NotApplicableError
        Unless there are two agents; for a price without money.
    """
    env = table.environment
    if kind not in MAPS:
        raise InputError(f"no map is called {kind!r}; the maps are {', '.join(MAPS)}")
    if env.agents != 2:
        raise NotApplicableError(f"a map of the {kind} takes two agents, and there are {env.agents}")
    if max(env.sizes) > MOST_TYPES:
        raise InputError(f"a map of {max(env.sizes)} types cannot be read; use at most {MOST_TYPES}")
    if kind == "price" and env.ordinal:
        raise NotApplicableError("there is no money here, so there are no prices; a map of the winner can be drawn")


def draw_map(table: OutcomeTable, outcome: np.ndarray, kind: MapKind, title: str, ax: "Place" = None) -> "Axes":
    """Draw a map of a mechanism with two agents.

    Parameters
    ----------
    table : OutcomeTable
        Its outcomes.
    outcome : (K_0 * K_1,) integers
        The outcome number at each profile, in C order.
    kind : {"winner", "price", "gain"}
        Who gets what; what is paid for it; the largest total gain of a coalition by a joint misreport.
    title : str
        What is drawn.
    ax : matplotlib axes or Sheet, optional
        Where to draw.

    Returns
    -------
    matplotlib axes
        The first agent's types go upwards, the second one's to the right.

    Raises
    ------
    InputError, NotApplicableError
        As `require_map` does; InputError without matplotlib.

    Notes
    -----
    A map of gains costs O(K_0 K_1 R) for R outcomes.
    """
    require_map(table, kind)
    env, (rows, columns) = table.environment, table.environment.sizes
    grid = np.asarray(outcome).reshape(rows, columns)
    ax = axes_or_new(ax, *map_size(rows, columns))
    if kind == "winner":
        meaning = _draw_winners(ax, table, grid)
    else:
        field = price_field(table, grid) if kind == "price" else gain_field(table, grid)
        _draw_amounts(ax, field)
        meaning = field.meaning
    name_pairs(ax, env.labels, [[show_type(one_type) for one_type in types] for types in env.types])
    set_title(ax, f"{title}: {meaning}")
    return ax


def allocation_words(table: OutcomeTable, outcome: int) -> str:
    """Say who gets what in an outcome, without the money.

    Parameters
    ----------
    table : OutcomeTable
        The mechanism.
    outcome : int
        Number of the outcome.
    """
    env = table.environment
    if env.public:
        return holding(table, 0, outcome).removeprefix("sees ")
    held = [(env.labels[i], holding(table, i, outcome)) for i in range(env.agents) if _holds(table, i, outcome)]
    return ", ".join(f"{label} {what}" for label, what in held) or NOBODY


def _holds(table: OutcomeTable, agent: int, outcome: int) -> bool:
    return any(any(bundle) for bundle, _ in table.spread_of(outcome, agent))


def _draw_winners(ax: "Axes", table: OutcomeTable, grid: np.ndarray) -> str:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    words = {int(o): allocation_words(table, int(o)) for o in np.unique(grid)}
    names = list(dict.fromkeys(words[int(o)] for o in grid.ravel()))
    if len(names) > len(CATEGORIES):
        names = sorted(names, key=lambda name: -sum(words[int(o)] == name for o in grid.ravel()))
        names = [*names[: len(CATEGORIES) - 1], "something else"]
    number = {name: k for k, name in enumerate(names)}
    cells = np.array([[number.get(words[int(o)], len(names) - 1) for o in row] for row in grid], np.float64)
    colours = CATEGORIES[: len(names)]
    mesh = paint(ax, cells, ListedColormap(colours))
    mesh.set_clim(-0.5, len(names) - 0.5)
    write_cells(ax, [[chr(65 + int(k)) for k in row] for row in cells], mesh)
    patches = [
        Patch(facecolor=colours[k], edgecolor="0.5", label=wrapped(f"{chr(65 + k)}  {name}"))
        for k, name in enumerate(names)
    ]
    ax.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=SMALL, frameon=False)
    return "the alternative chosen" if table.environment.public else "who gets what"


def price_field(table: OutcomeTable, grid: np.ndarray) -> Field:
    """Return what is paid at each pair of types.

    Parameters
    ----------
    table : OutcomeTable
        The mechanism.
    grid : (K_0, K_1) integers
        Outcome numbers.

    Returns
    -------
    Field
        Amounts are what those who receive goods pay together; what suppliers are paid, where all agents supply; what all
        agents pay, for a public choice. NaN where nobody gets anything.
    """
    env = table.environment
    agents = range(env.agents)
    buying = all(env.supplier) and not env.public
    meaning = "what the suppliers are paid" if buying else "what all agents pay together"
    if not env.public and not buying:
        meaning = "what those who receive goods pay"
    scaled: dict[int, int | None] = {}
    for o in np.unique(grid).tolist():
        payers = [i for i in agents if env.public or (_holds(table, i, o) and (buying or not env.supplier[i]))]
        total = sum(int(table.transfer[o, i]) for i in payers)
        scaled[o] = (total if buying else -total) if payers else None
    cells = [[scaled[int(o)] for o in row] for row in grid]
    return _field(cells, table.scale, meaning)


def gain_field(table: OutcomeTable, grid: np.ndarray) -> Field:
    """Return the largest total gain of a coalition by a joint misreport, at each pair of true types.

    Parameters
    ----------
    table : OutcomeTable
        The mechanism.
    grid : (K_0, K_1) integers
        Outcome numbers.

    Returns
    -------
    Field
        Amounts are at least 0. Without money only single agents are looked at, and gains are in ranks.
    """
    env = table.environment
    factor = table.scale // env.scale
    first, second = (env.values[i][:, table.bundle[:, i]] * factor + table.transfer[:, i] for i in (0, 1))
    rows, columns = grid.shape
    truth = [first[np.arange(rows)[:, None], grid], second[np.arange(columns)[None, :], grid]]
    best = np.zeros(grid.shape, np.int64)
    for k in range(rows):
        best[k] = np.maximum(best[k], first[k][grid].max(axis=0) - truth[0][k])
    for k in range(columns):
        best[:, k] = np.maximum(best[:, k], second[k][grid].max(axis=1) - truth[1][:, k])
    pairs = f"agent {env.labels[0]} or {env.labels[1]} alone, in ranks"
    if not env.ordinal:
        pairs = f"{{{env.labels[0]}}}, {{{env.labels[1]}}} or both together"
        reached = np.unique(grid)
        for k in range(rows):
            joint = (first[k, reached] + second[:, reached]).max(axis=1)
            best[k] = np.maximum(best[k], joint - truth[0][k] - truth[1][k])
    cells = [[int(each) for each in row] for row in best]
    return _field(cells, table.scale, f"largest gain of {pairs} by a misreport")


def _field(cells: Sequence[Sequence[int | None]], scale: int, meaning: str) -> Field:
    amounts = np.array([[np.nan if x is None else x / scale for x in row] for row in cells], np.float64)
    return Field(amounts, meaning, [["" if x is None else show(x, scale) for x in row] for row in cells])


def _draw_amounts(ax: "Axes", field: Field) -> None:
    mesh = paint(ax, field.amounts, AMOUNTS)
    write_cells(ax, field.words, mesh)
    add_scale(ax, mesh)
