"""Tables for notebooks and reports: plain HTML, everything in it escaped."""

from collections.abc import Iterable, Sequence
from html import escape


def html_table(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """A table; headings: of the columns, none if empty. caption: a paragraph above it."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    above = f"<p>{escape(caption)}</p>" if caption else ""
    return f"{above}<table>{f'<tr>{head}</tr>' if head else ''}{body}</table>"
