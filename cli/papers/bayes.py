"""`collude transfers` and `collude equilibria`: expected externalities, and how agents play in coalitions."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.options import ENVIRONMENT, Command, builder, json_option, mechanism_options

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


@click.command("equilibria")
@mechanism_options
@click.option("--partition", metavar="0+1,2|all", help="Who plays together (default: everybody for himself), or all.")
@json_option
def equilibria(
    mechanism: str,
    family: str | None,
    parameters: tuple[str, ...],
    partition: str | None,
    as_json: bool,
    **given: str | bool | None,
) -> int:
    """All pure Bayesian equilibria of MECHANISM if the agents of each block of the partition act as one player.

    --partition all takes every partition, one line each. The exit status is 1 if an equilibrium is inefficient.

    \b
    Examples:
      collude equilibria agv --environment airline --prior uniform --partition 0+1,2
      collude equilibria agv --environment airline --prior uniform --partition all
    """
    from collude.cli.progress import announce, progress_bar
    from collude.enumerate.analyses.equilibria import equilibria as compute
    from collude.enumerate.analyses.equilibria import read_partition

    build = builder(mechanism, family, parameters, **given)
    announce()
    with progress_bar() as progress:
        built = build(progress)
    if partition == "all":
        return _all_partitions(built, as_json)
    blocks = None if partition is None else read_partition(partition, built.environment.agents)
    found = compute(built, blocks)
    if as_json:
        print_json(found.to_dict())
        return 1 if found.inefficient else 0
    from collude.cli.render.report import console
    from collude.models.story import title

    out = console()
    out.print(title(built), style="bold")
    out.print(f"{len(found.found)} pure equilibria, {found.inefficient} inefficient; the truth yields {found.truth}")
    for one in found.found[:20]:
        state = "efficient" if one.efficient else "INEFFICIENT"
        out.print(f"  {state}, surplus {one.surplus}, payoffs {'  '.join(map(str, one.payoffs))}")
        for line in found.describe(one):
            out.print(f"      {line}")
    if len(found.found) > 20:
        out.print(f"  ... {len(found.found) - 20} more; --json lists all")
    return 1 if found.inefficient else 0


def _all_partitions(mechanism: "Mechanism", as_json: bool) -> int:
    """One line for each partition; the exit status is 1 if an equilibrium of any is inefficient."""
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table
    from collude.enumerate.analyses.equilibria import all_equilibria
    from collude.models.story import title

    found = all_equilibria(mechanism)
    inefficient = sum(one.inefficient for one in found)
    if as_json:
        words = {
            "mechanism": mechanism.name,
            "inefficient": inefficient,
            "partitions": [one.to_dict() for one in found],
        }
        print_json(words)
        return 1 if inefficient else 0
    out, labels = console(), mechanism.environment.labels
    out.print(title(mechanism), style="bold")
    table = Table(box=None, padding=(0, 2), show_edge=False)
    for heading in ("who plays together", "equilibria", "inefficient", "smallest surplus"):
        table.add_column(heading, justify="left" if heading.startswith("who") else "right")
    for one in found:
        blocks = ", ".join("+".join(labels[i] for i in block) for block in one.partition)
        table.add_row(blocks, str(len(one.found)), str(one.inefficient), "-" if one.worst is None else str(one.worst))
    print_table(out, table)
    out.print(f"the truth yields {found[0].truth}")
    return 1 if inefficient else 0
