"""A report as one HTML page that needs nothing else: verdicts, witnesses that fold open, the command to run again."""

import platform
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from collude.axioms.core.registry import load_axioms
from collude.cli.render.pictures import require_folder, write_or_refuse
from collude.cli.render.report import coverage, explanation, is_certain, whole_report
from collude.models.errors import InputError
from collude.models.files.html import html_table
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
.holds { color: #17692f; }
.violated { color: #a3162a; font-weight: bold; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
LIBRARIES = ("collude", "numpy", "numba")


def require_page(path: str) -> None:
    """InputError unless a page can be written there."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--report {path} is no name for a page; end it in .html")
    require_folder(path)


def write_page(path: str, report: Report, mechanism: Any, words: str, command: str) -> None:
    """Write the page of a report.

    words: those that describe the mechanism on the command line, "" if a witness cannot be shown by `collude explain`.
    command: the whole command line to run again.
    """
    text = report_page(report, mechanism, words, command)
    write_or_refuse(path, lambda file: file.write(text.encode()))


def report_page(report: Report, mechanism: Any, words: str, command: str) -> str:
    """The page of a report; the parameters are those of `write_page`."""
    head = f"{report.mechanism}: {len(report)} axioms"
    parts = [
        f"<h1>{escape(report.mechanism)}</h1>",
        f"<p>{escape(title(mechanism))} ({escape(report.accuracy)})</p>",
        f"<p>{escape(coverage(report))}</p>" if report.verdicts else "",
        f"<p><b>{escape(whole_report(report))}</b></p>",
        "<h2>Verdicts</h2>",
        _verdicts(report),
        _violations(report, mechanism, words),
        _left_out(report),
        f"<h2>Run it again</h2><p><code>{escape(command)}</code></p>",
        f"<p>{escape(_versions())}</p>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(head)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(filter(None, parts))}\n</body></html>\n"
    )


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


def _violations(report: Report, mechanism: Any, words: str) -> str:
    told = [_violation(v, mechanism, words) for v in report.verdicts if v.witness is not None]
    return "<h2>Violations</h2>" + "\n".join(told) if told else ""


def _violation(verdict: Verdict, mechanism: Any, words: str) -> str:
    witness = verdict.witness
    if witness is None:
        return ""
    line = ""
    if words and is_certain(witness):
        line = f"<p><code>{escape(explanation(words, mechanism, witness))}</code></p>"
    summary = escape(f"{verdict.axiom} fails, for instance here")
    return f"<details><summary>{summary}</summary>{witness._repr_html_()}{line}</details>"


def _left_out(report: Report) -> str:
    if not report.left_out:
        return ""
    rows = html_table(("axiom", "why"), report.left_out.items())
    return f"<details><summary>{len(report.left_out)} axioms not checked</summary>{rows}</details>"


def _versions() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in LIBRARIES), f"Python {platform.python_version()}"])
