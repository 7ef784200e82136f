"""`collude list`: what there is, with parameters."""

import inspect

import click

from collude.cli.answer import print_json
from collude.cli.main import LISTED
from collude.cli.options import json_option

# Which environments have no use for transfers as search problems, and which can do without; all others need a grid.
TRANSFERS: dict[str, list[str]] = {name: [] for name in ("voting", "assignment", "marriage")} | {
    name: ["transfers="] for name in ("choice", "public-good", "airline", "single-object", "single-order")
}


@click.command("list")
@click.argument("what", type=click.Choice(LISTED))
@json_option
def command(what: str, as_json: bool) -> int:
    """List mechanisms, axioms, environments, search problems or voting rules, each with what it takes.

    An axiom that is not of everybody's textbook is followed by its source in square brackets (docs/references.md).

    \b
    Example:
      collude list mechanisms
    """
    if what == "axioms":
        rows = _axioms()
        shown = [{**row, "summary": _with_source(row)} for row in rows]
    else:
        shown = rows = _entries(what)
    if as_json:
        print_json({"what": what, "entries": rows})
        return 0
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table

    table = Table(box=None, padding=(0, 2), show_edge=False, show_header=False)
    for row in shown:
        table.add_row(*(str(row.get(key, "")) for key in ("name", "environment", "parameters", "summary")))
    print_table(console(), table)
    return 0


def _with_source(row: dict[str, str | bool]) -> str:
    """What an axiom demands, and in square brackets where that comes from unless everybody says so."""
    from collude.axioms.core.base import COMMON

    return str(row["summary"]) if row["source"] == COMMON else f"{row['summary']} [{row['source']}]"


def _axioms() -> list[dict[str, str | bool]]:
    from collude.axioms.core.registry import load_axioms

    return [
        {
            "name": name,
            "summary": axiom.definition,
            "source": axiom.source,
            "argument": axiom.takes,
            "checked": True,
            "searchable": axiom.searchable,
            "parameters": f"{name}=..., {axiom.takes}" if axiom.takes else "",
        }
        for name, axiom in load_axioms().items()
    ]


def _entries(what: str) -> list[dict[str, str | bool]]:
    from collude.enumerate.problems.registry import load_problems
    from collude.models.library.voting_rules.registry import VOTING_RULES
    from collude.models.registry import ENVIRONMENTS, MECHANISMS, load

    load()
    table = {
        "mechanisms": MECHANISMS,
        "environments": ENVIRONMENTS,
        "problems": {**ENVIRONMENTS, **load_problems()},
        "rules": VOTING_RULES,
    }[what]
    rows: list[dict[str, str | bool]] = []
    for entry in table.values():
        words = [
            name if parameter.default is inspect.Parameter.empty else f"{name}={_default(parameter.default)}"
            for name, parameter in entry.parameters.items()
        ]
        if what == "problems" and ENVIRONMENTS.get(entry.name) is entry:
            words += TRANSFERS.get(entry.name, ["transfers"])
        row: dict[str, str | bool] = {"name": entry.name, "summary": entry.summary, "parameters": " ".join(words)}
        rows.append({**row, "environment": entry.environment} if entry.environment else row)
    return rows


def _default(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
