"""`collude transfers`: the transfers of an efficient public choice, and what is asked about all of them."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.options import ENVIRONMENT, Command, json_option

if TYPE_CHECKING:
    from collude.enumerate.analyses.transfers import Transfers
    from collude.models.environment import Environment
    from collude.models.mechanism import Mechanism

GIVEN = (
    ("agents", "N", "Number of agents."),
    ("values", "GRID", "Values: 0:9 (inclusive), 0:9:3 or 0,1,3/2."),
    ("costs", "GRID", "Costs, in the same form."),
    ("cost", "X", "Cost of a public good."),
    ("prior", "P", "uniform (default); 1/3,2/3 for all; 1/2,1/2;1/4,3/4 agent by agent; joint:..."),
)


def environment_options(command: Command) -> Command:
    """Add the ENV argument and its parameters to a command.

    Parameters
    ----------
    command : callable
        The function of the command.

    Returns
    -------
    callable
        The function, with the options.
    """
    for name, metavar, text in reversed(GIVEN):
        command = click.option(f"--{name}", name, metavar=metavar, help=text)(command)
    return click.argument("environment", metavar="ENV")(command)


@click.command("transfers")
@environment_options
@click.option("--rule", required=True, metavar="RULE", help="agv, vcg, shapley, none, or dominant.")
@click.option("--balanced", is_flag=True, help="With --rule dominant: transfers must sum to zero.")
@click.option("--out", metavar="FILE", help="Write the table to a .csv file, which collude check reads.")
@json_option
def transfers(environment: str, rule: str, balanced: bool, out: str | None, as_json: bool, **given: str | None) -> int:
    """The transfers of RULE in the public choice ENV, with their properties. ENV is airline, public-good, single-object,
    single-order, or a .toml file that describes a mechanism in the environment.

    dominant asks for transfers that make the truth dominant for every coalition, by linear programming, and returns
    either such transfers or a proof that there are none. The exit status is 1 if there are none.

    \b
    Examples:
      collude transfers airline --rule shapley
      collude transfers public-good --agents 2 --values 0:2 --cost 1 --rule dominant --balanced
    """
    from collude.enumerate.analyses.transfers import RULES
    from collude.enumerate.analyses.transfers import transfers as compute
    from collude.models.beliefs import read_prior
    from collude.models.errors import InputError
    from collude.models.files.spec import build, build_environment

    if balanced and rule != "dominant":
        raise InputError("--balanced goes with --rule dominant")
    if out is not None:
        from collude.cli.render.pictures import require_folder

        if not out.endswith(".csv"):
            raise InputError(f"{out} must end in .csv")
        require_folder(out)
    words = {key: value for key, value in given.items() if key in ENVIRONMENT and value is not None}
    if environment.endswith(".toml"):
        env = build(environment).environment
        if words.keys() - {"prior"}:
            raise InputError(f"{environment} describes the environment; leave out all options of it but --prior")
        if "prior" in words or env.prior is None:
            env = replace(env, prior=read_prior(words.get("prior", "uniform"), env.sizes))
    else:
        env = build_environment(environment, {"prior": "uniform", **words})
    if rule == "dominant":
        return _dominant(env, balanced, out, as_json)
    known = next((word for word in RULES if word == rule), None)
    if known is None:
        raise InputError(f"the rule is one of {', '.join(RULES)}, dominant, not {rule!r}")
    found = compute(env, known)
    if out is not None:
        _write(found.mechanism, out)
    if as_json:
        print_json(found.to_dict())
    else:
        _show_transfers(found)
    return 0


def _dominant(env: "Environment", balanced: bool, out: str | None, as_json: bool) -> int:
    from collude.programs.dominance import dominance

    found = dominance(env, balanced=balanced)
    if out is not None and found.mechanism is not None:
        _write(found.mechanism, out)
    if as_json:
        print_json(found.to_dict())
    else:
        for line in found.story():
            click.echo(line)
    return 0 if found.feasible else 1


def _write(mechanism: "Mechanism", path: str) -> None:
    from collude.cli.render.pictures import write_or_refuse
    from collude.models.files.tables import write_csv

    text = io.StringIO()
    write_csv(mechanism, text)
    write_or_refuse(path, lambda file: file.write(text.getvalue().encode()))


def _show_transfers(found: "Transfers") -> None:
    from rich.table import Table
    from rich.text import Text

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table
    from collude.models.story import title

    out = console()
    labels = found.mechanism.environment.labels
    out.print(Text(title(found.mechanism), style="bold"))
    rows = found.rows()
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in (*(f"type {x}" for x in labels), "alternative", *(f"transfer {x}" for x in labels)):
        table.add_column(heading)
    for row in rows[:64]:
        table.add_row(*row["types"], row["alternative"], *row["transfers"])
    print_table(out, table)
    if len(rows) > 64:
        out.print(f"... {len(rows) - 64} more profiles; --out FILE.csv writes all")
    out.print()
    out.print(f"expected values     {'  '.join(map(str, found.values))}")
    out.print(f"expected transfers  {'  '.join(map(str, found.transfers))}    revenue {found.revenue}")
    own = ["varies" if x is None else str(x) for x in found.own]
    out.print(f"each, over his own types, sure of  {'  '.join(own)}")
    out.print()
    for verdict in found.report:
        count = (
            "" if verdict.holds_within_bound or verdict.violations is None else f"  {verdict.violations} {verdict.unit}"
        )
        most = "" if verdict.witness is None else f", at most by {_total(verdict.witness.gains)}"
        style = "green" if verdict.holds_within_bound else "bold red"
        out.print(f"  {verdict.axiom:32}", Text(verdict.answer, style=style), f"{count}{most}")


def _total(gains: tuple[str, ...]) -> str:
    from fractions import Fraction

    return str(sum((Fraction(gain) for gain in gains), Fraction(0)))
