"""Tables that never cut a word: side by side where they fit, else one block a row; no blanks at the ends of lines."""

from collections.abc import Sequence
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP, NARROW, INDENT = 4, 2, 6
HANGING = 24


def print_table(out: Console, table: Table) -> None:
    """Print a table, whatever the width of the screen.

    Parameters
    ----------
    out : Console
        The screen.
    table : Table
        It is printed as such where the screen is wide enough; else with the last cell of each row below the others; else
        each row as a block, its first cell on top.
    """
    headings = [Text(str(column.header), style="bold") if table.show_header else Text() for column in table.columns]
    columns = [[_text(cell) for cell in column.cells] for column in table.columns]
    rows = list(zip(*columns, strict=True))
    every = [tuple(headings), *rows] if table.show_header else rows
    widths = [
        max((len(line) for row in every for line in row[c].plain.split("\n")), default=0) for c in range(len(headings))
    ]
    gap = next((gap for gap in (GAP, NARROW) if _width(widths, gap) <= out.width), 0)
    if gap:
        for row in every:
            _print_row(out, row, widths, gap)
    elif len(widths) > 2 and widths[-1] >= HANGING and _width(widths[:-1], GAP) <= out.width:
        for row in every:
            _print_row(out, row[:-1], widths[:-1], GAP)
            _print_entry(out, "", row[-1])
    else:
        for row in rows:
            _print_block(out, row, [heading.plain for heading in headings])


def _width(widths: Sequence[int], gap: int) -> int:
    return 2 + sum(widths) + gap * (len(widths) - 1)


def _text(cell: object) -> Text:
    return cell.copy() if isinstance(cell, Text) else Text(str(cell))


def _print_row(out: Console, row: Sequence[Text], widths: Sequence[int], gap: int) -> None:
    """One row, as many lines as its highest cell."""
    cells = [cell.split("\n", allow_blank=True) for cell in row]
    for number in range(max(len(lines) for lines in cells)):
        line, filled = Text("  "), 2
        for lines, width in zip(cells, widths, strict=True):
            part = lines[number] if number < len(lines) else Text()
            if part.plain.strip():
                line.append(" " * (filled - len(line))).append_text(part)
            filled += width + gap
        out.print(line)


def _print_block(out: Console, row: Sequence[Text], headings: Sequence[str]) -> None:
    """One row: its first cell, and below it the others under their headings, as many on a line as fit."""
    out.print(Text("  ").append_text(row[0]))
    line = Text()
    for heading, cell in zip(headings[1:], row[1:], strict=True):
        entry = Text(f"{heading}: " if heading else "").append_text(cell)
        if not cell.plain.strip():
            continue
        if line and ("\n" in entry.plain or INDENT + len(line) + GAP + len(entry) > out.width):
            _print_entry(out, "", line)
            line = Text()
        if "\n" in entry.plain:
            _print_entry(out, heading, cell)
        else:
            line = line.append(" " * GAP).append_text(entry) if line else entry
    _print_entry(out, "", line)


def _print_entry(out: Console, heading: str, cell: Text) -> None:
    """One cell below the first of its row; a cell of several lines under its heading."""
    space = " " * INDENT
    if not cell.plain.strip():
        return
    if heading:
        out.print(f"{space}{heading}:")
        space += "  "
    if "\n" not in cell.plain and len(space) + len(cell) <= out.width:
        out.print(Text(space).append_text(cell))
        return
    for line in cell.plain.split("\n"):
        out.print("\n".join(folded(line, out.width, space)), style=cell.style)


def print_folded(out: Console, text: str, style: str = "") -> None:
    """Print a line of words, folded between words where the screen is narrower.

    Parameters
    ----------
    out : Console
        The screen.
    text : str
        One line.
    style : str
        As rich names it, for instance "bold".
    """
    for line in folded(text, out.width, "  ", ""):
        out.print(Text(line, style=style))


def print_facts(out: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Print lines of words, each behind its key.

    Parameters
    ----------
    out : Console
        The screen.
    rows : sequence of (key, line)
        A key that is empty is that of the line before.
    """
    key_width = max((len(key) for key, _ in rows), default=0)
    for key, line in rows:
        first, rest = f"  {key:{key_width}}{' ' * GAP}", " " * (2 + key_width + GAP)
        parts = [line] if len(first) + len(line) <= out.width else line.split("   ")
        for part in parts:
            out.print("\n".join(folded(part, out.width, rest, first)))
            first = rest


def folded(line: str, width: int, indent: str, first: str | None = None) -> list[str]:
    """Fold a line between words: never within one, even if it is wider than the screen.

    Parameters
    ----------
    line : str
        Words.
    width : int
        Of the screen.
    indent : str
        Before each line but the first.
    first : str, optional
        Before the first line; `indent` without.

    Examples
    --------
    >>> folded("one two three four five six", 22, "  ", "")
    ['one two three four', '  five six']
    """
    head = indent if first is None else first
    if len(head) + len(line) <= width:
        return [(head + line).rstrip()]
    return wrap(
        line,
        max(width, len(indent) + 20),
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
