"""What every agent gets at one profile, as a table for a person at a terminal."""

from rich.table import Table

from collude.cli.render import report
from collude.cli.render.screen import print_folded, print_table
from collude.enumerate.analyses.explanation import HEADINGS, Explanation


def show_explanation(explanation: Explanation) -> None:
    """Print the mechanism, a row for each agent, and with a prior what is expected.

    Parameters
    ----------
    explanation : Explanation
        What is shown.
    """
    out = report.console()
    print_folded(out, explanation.title)
    table = Table(box=None, padding=(0, 2), show_edge=False)
    shown = range(len(HEADINGS)) if explanation.misreport is not None else (0, 1, 3)
    for column in shown:
        table.add_column(HEADINGS[column])
    for row in explanation.rows():
        table.add_row(*(row[column] for column in shown))
    print_table(out, table)
    if explanation.expected is not None:
        out.print(explanation.expectation())
