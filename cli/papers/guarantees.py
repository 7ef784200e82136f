"""`collude guarantees`: what every coalition is sure of by the truth, whatever the others report."""

from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import MechanismWords, builder, json_option, mechanism_options
from collude.cli.progress import announce, progress_bar

if TYPE_CHECKING:
    from collude.enumerate.analyses.guarantees import Guarantee, Guarantees


class GuaranteeWords(MechanismWords):
    """Everything else that is given to `collude guarantees`."""

    partition: str | None


@click.command("guarantees")
@mechanism_options
@click.option("--partition", metavar="0+1,2", help="Who plays together (default: everybody for himself).")
@json_option
def command(as_json: bool, **given: Unpack[GuaranteeWords]) -> int:
    """What every coalition expects if it tells the truth, at the worst and at the best reports of the others.

    From the worst follows a surplus that no equilibrium of the partition falls below, mixed or not. The exit status is 0 if
    every proper coalition is sure of its expected values, 1 otherwise.

    \b
    Examples:
      collude guarantees shapley --environment airline --prior uniform
      collude guarantees agv --environment airline --prior 1/3,2/3 --partition 0+1,2
    """
    from collude.enumerate.analyses.equilibria import as_partition, read_partition
    from collude.enumerate.analyses.guarantees import guarantees

    build = builder(**given)
    announce()
    with progress_bar() as progress:
        mechanism = build(progress)
    agents = mechanism.environment.agents
    text = given["partition"]
    blocks = as_partition(None, agents) if text is None else read_partition(text, agents)
    found = guarantees(mechanism)
    floor = found.surplus_at_least(blocks)
    if as_json:
        bound = {"partition": [list(block) for block in blocks], "surplus_at_least": str(floor)}
        print_json({**found.to_dict(), **bound})
    else:
        _show(found)
        labels = mechanism.environment.labels
        who = ", ".join("+".join(labels[i] for i in block) for block in blocks)
        click.echo()
        click.echo(f"the truth yields {found.surplus}; no equilibrium of {who} yields less than {floor}")
    return 0 if found.sure else 1


def _show(found: "Guarantees") -> None:
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_folded, print_table
    from collude.models.story import title

    out = console()
    print_folded(out, title(found.mechanism), "bold")
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("coalition", "expected values", "at least", "if others say", "at most", "if others say", ""):
        table.add_column(heading)
    for row in found.rows:
        table.add_row(*_cells(found, row))
    print_table(out, table)


def _cells(found: "Guarantees", row: "Guarantee") -> list[str]:
    from collude.models.mechanism import show_type

    env = found.mechanism.environment
    outside = [j for j in range(env.agents) if j not in row.coalition]

    def said(report: tuple[int, ...]) -> str:
        return " ".join(show_type(env.types[j][k]) for j, k in zip(outside, report, strict=True)) or "-"

    return [
        "{" + ", ".join(env.labels[i] for i in row.coalition) + "}",
        str(row.values),
        str(row.least),
        said(row.least_at),
        str(row.most),
        said(row.most_at),
        "sure" if row.sure else "",
    ]
