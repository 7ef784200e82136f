"""Results in notebooks and reports: plain HTML in which everything is escaped, and representations that fit on a screen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from html import escape
from typing import Any, NamedTuple, TypeVar

Shown = TypeVar("Shown")
MOST_ENTRIES, MOST_SIGNS, MOST_LINES, LONG = 18, 120, 18, 1500


def html_table(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table.

    Parameters
    ----------
    headings : sequence of str
        Of the columns, none if empty.
    rows : iterable of sequences
        What is in the cells, shown as `str` does.
    caption : str
        A paragraph above it.

    Examples
    --------
    >>> html_table((), [("a", "<b>")])
    '<table><tr><td>a</td><td>&lt;b&gt;</td></tr></table>'
    """
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    above = f"<p>{escape(caption)}</p>" if caption else ""
    return f"{above}<table>{f'<tr>{head}</tr>' if head else ''}{body}</table>"


def data_frame(rows: Sequence[Mapping[str, object]]) -> Any:
    """Return rows as a data frame: of pandas if it is installed, else of polars.

    Parameters
    ----------
    rows : sequence of dict
        By the names of the columns.

    Raises
    ------
    ImportError
        If neither is installed.
    """
    try:
        import pandas as frames
    except ImportError:
        try:
            import polars as frames
        except ImportError:
            raise ImportError("to_frame needs pandas or polars; install one of them") from None
    return frames.DataFrame(rows)


def shown(cls: type[Shown]) -> type[Shown]:
    """Give a dataclass a representation of less than 20 lines, and a table of its fields in a notebook.

    Parameters
    ----------
    cls : dataclass
        A `_repr_html_` of its own is kept, and so is a representation where it is short.
    """
    plain = cls.__repr__

    def short(self: object) -> str:
        text = plain(self)
        if len(text) <= LONG and text.count("\n") <= MOST_LINES:
            return text
        lines = [f"{name}: {value}" for name, value in entries(self)]
        rest = [f"and {len(lines) - MOST_LINES + 1} more fields"] if len(lines) > MOST_LINES else []
        return "\n".join([type(self).__name__, *lines[: MOST_LINES - len(rest)], *rest])

    def as_table(self: object) -> str:
        return html_table((), entries(self), type(self).__name__)

    short.__qualname__ = f"{cls.__qualname__}.__repr__"
    type.__setattr__(cls, "__repr__", short)
    if not hasattr(cls, "_repr_html_"):
        type.__setattr__(cls, "_repr_html_", as_table)
    return cls


class NamedText(NamedTuple):
    """A field of a result, with a short text of one line."""

    name: str
    text: str


def entries(one: object) -> list[NamedText]:
    """Return the fields of a dataclass that are shown, each with a short text of one line.

    Parameters
    ----------
    one : instance of a dataclass
        What is shown.
    """
    return [NamedText(each.name, _brief(getattr(one, each.name))) for each in fields(one) if each.repr]  # type: ignore[arg-type]


def _brief(value: object) -> str:
    """A value in one line: of arrays the shape, of long texts the beginning."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{getattr(value, 'dtype', '')} array {' x '.join(map(str, shape))}".strip()
    if isinstance(value, (list, tuple)) and len(value) > MOST_ENTRIES:
        return f"{_brief(value[:MOST_ENTRIES])[:MOST_SIGNS]} ... ({len(value)} entries)"
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= MOST_SIGNS else f"{text[:MOST_SIGNS]} ..."
