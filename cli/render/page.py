"""An answer as one HTML page that needs nothing else: verdicts, witnesses that fold open, pictures, the command to run again."""

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from importlib.metadata import version
from pathlib import Path

from collude.axioms.core.registry import load_axioms
from collude.cli.render.drawings import counted_sizes
from collude.cli.render.pictures import require_folder, write_or_refuse
from collude.cli.render.report import coverage, explanation, is_certain, whole_report
from collude.models.errors import InputError, NotApplicableError
from collude.models.files.html import html_table
from collude.models.mechanism import Mechanism
from collude.models.pictures.maps import MAPS, require_map
from collude.models.pictures.style import NO_MATPLOTLIB, Sheet, drawn, inline_svg, new_figure
from collude.models.results import Report, Verdict
from collude.models.story import title

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 0.5em 0; }
th, td { text-align: left; vertical-align: top; padding: 0.2em 1.2em 0.2em 0; border-bottom: 1px solid #ddd; }
summary { cursor: pointer; padding: 0.2em 0; }
details > * { margin-left: 1.2em; }
details > summary { margin-left: 0; }
code { background: #f3f3f3; padding: 0.1em 0.3em; overflow-wrap: anywhere; }
figure { margin: 1em 0; }
svg { max-width: 100%; height: auto; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
.holds { color: #17692f; }
.violated { color: #a3162a; font-weight: bold; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
LIBRARIES = ("collude", "numpy", "numba")
PAGE_SUFFIXES = (".html", ".htm")


@dataclass(frozen=True)
class PagePicture:
    """One picture of a page: what it shows, in words, and the function that draws it on a sheet."""

    about: str
    plot: Callable[[Sheet], object]


def require_page(path: str) -> None:
    """Check, before anything is computed, that a page can be written.

    Parameters
    ----------
    path : str
        Where to.

    Raises
    ------
    InputError
        For another ending than .html or .htm, and for a folder that does not exist.
    """
    if Path(path).suffix.lower() not in PAGE_SUFFIXES:
        raise InputError(f"--report {path} is no name for a page; end it in .html")
    require_folder(path)


def write_text(path: str, text: str) -> None:
    """Write a page whole or not at all.

    Parameters
    ----------
    path : str
        Where to.
    text : str
        The page.

    Raises
    ------
    InputError
        If the system refuses.
    """
    write_or_refuse(path, lambda file: file.write(text.encode("utf-8", "replace")))


def write_page(path: str, report: Report, mechanism: Mechanism | None, words: str, command: str) -> None:
    """Write the page of a check; the parameters are those of `report_page`.

    Parameters
    ----------
    path : str
        Where to.
    report, mechanism, words, command
        As `report_page` takes them.

    Raises
    ------
    InputError
        If the system refuses.
    """
    write_text(path, report_page(report, mechanism, words, command))


def report_page(report: Report, mechanism: Mechanism | None, words: str, command: str) -> str:
    """Return the page of a check.

    Parameters
    ----------
    report : Report
        The verdicts.
    mechanism : Mechanism or None
        What was checked; without it there are no maps, and no violations by size.
    words : str
        Those that describe the mechanism on the command line, "" if a witness cannot be shown by `collude explain`.
    command : str
        The whole command line to run again, "" if there is none.
    """
    named = ", ".join((report.mechanism, *report.notes)) if mechanism is None else title(mechanism)
    parts = [
        paragraph(f"{named} ({report.accuracy})"),
        paragraph(coverage(report)) if report.verdicts else "",
        f"<p><b>{escape(whole_report(report))}</b></p>",
        "" if report.complete else paragraph(f"incomplete: {report.reason or f'share {report.share}'}"),
        "<h2>Verdicts</h2>",
        _verdicts(report),
        _violations(report, mechanism, words),
        _left_out(report),
        pictures([*_verdict_pictures(report, mechanism), *([] if mechanism is None else map_pictures(mechanism))]),
    ]
    return page(report.mechanism, f"{report.mechanism}: {len(report)} axioms", parts, command)


def page(heading: str, head: str, parts: Iterable[str], command: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    heading, head : str
        On the page, and of its window: plain text.
    parts : iterable of str
        HTML; empty ones are left out.
    command : str
        The command line that gives the same answer again, "" if there is none.
    """
    again = f"<h2>Run it again</h2><p><code>{escape(command)}</code></p>" if command else ""
    body = [f"<h1>{escape(heading)}</h1>", *parts, again, paragraph(_versions())]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(head)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(filter(None, body))}\n</body></html>\n"
    )


def paragraph(text: str) -> str:
    """Return plain text as a paragraph.

    Parameters
    ----------
    text : str
        Of whatever origin.
    """
    return f"<p>{escape(text)}</p>"


def folded_part(summary: str, content: str) -> str:
    """Return a part of a page that opens when its summary is clicked.

    Parameters
    ----------
    summary : str
        Plain text.
    content : str
        HTML.
    """
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def pictures(shown: Sequence[PagePicture], heading: str = "Pictures", prefix: str = "picture") -> str:
    """Return pictures as a part of a page, or what to install where matplotlib is missing.

    Parameters
    ----------
    shown : sequence of PagePicture
        None: there is no such part.
    heading : str
        Above them; "" for none.
    prefix : str
        Letters, another one for each part of a page that has pictures.
    """
    if not shown:
        return ""
    above = f"<h2>{escape(heading)}</h2>" if heading else ""
    try:
        new_figure(1, 1)
    except InputError:
        return above + paragraph(NO_MATPLOTLIB)
    figures = [
        f"<figure>{inline_svg(drawn(one.plot), f'{prefix}{number}', one.about)}</figure>"
        for number, one in enumerate(shown)
    ]
    return above + "\n".join(figures)


def map_pictures(mechanism: Mechanism) -> list[PagePicture]:
    """Return the maps that can be drawn of a mechanism: none unless there are two agents.

    Parameters
    ----------
    mechanism : Mechanism
        What is drawn.
    """
    found = []
    for kind in MAPS:
        try:
            require_map(mechanism, kind)
        except (InputError, NotApplicableError):
            continue
        found.append(PagePicture(f"{mechanism.name}: map of the {kind}", partial(mechanism.plot, kind)))
    return found


def _verdict_pictures(report: Report, mechanism: Mechanism | None) -> list[PagePicture]:
    if len(report) < 2:
        return []
    shown = [PagePicture(f"{report.mechanism}: axioms by verdict", report.plot)]
    counted = None if mechanism is None else counted_sizes(report, mechanism)
    if counted is not None:
        shown.append(PagePicture(f"{report.mechanism}: violations by the size of the coalition", counted.plot))
    return shown


def _verdicts(report: Report) -> str:
    rows = "".join(
        f'<tr><td>{escape(v.axiom)}</td><td class="{"holds" if v.holds_within_bound else "violated"}">{escape(v.answer)}</td>'
        f"<td>{escape(v.count)}</td><td>{escape(_demand(v.axiom))}</td></tr>"
        for v in report.verdicts
    )
    return f"<table><tr><th>axiom</th><th>verdict</th><th>violations</th><th>it demands</th></tr>{rows}</table>"


def _demand(name: str) -> str:
    axiom = load_axioms().get(name.partition("=")[0])
    return "" if axiom is None else axiom.definition


def _violations(report: Report, mechanism: Mechanism | None, words: str) -> str:
    told = [_violation(v, mechanism, words) for v in report.verdicts if v.witness is not None]
    return "<h2>Violations</h2>" + "\n".join(told) if told else ""


def _violation(verdict: Verdict, mechanism: Mechanism | None, words: str) -> str:
    witness = verdict.witness
    if witness is None:
        return ""
    line = ""
    if words and mechanism is not None and is_certain(witness):
        line = f"<p><code>{escape(explanation(words, mechanism, witness))}</code></p>"
    return folded_part(f"{verdict.axiom} fails, for instance here", witness._repr_html_() + line)


def _left_out(report: Report) -> str:
    if not report.left_out:
        return ""
    return folded_part(
        f"{len(report.left_out)} axioms not checked", html_table(("axiom", "why"), report.left_out.items())
    )


def _versions() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in LIBRARIES), f"Python {platform.python_version()}"])
