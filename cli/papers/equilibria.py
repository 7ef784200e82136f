"""`collude equilibria`: how agents play in given coalitions, or when some are offered a side contract."""

from typing import TYPE_CHECKING, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import MechanismWords, builder, json_option, mechanism_options

if TYPE_CHECKING:
    from collude.axioms.core.games import Equilibrium
    from collude.enumerate.analyses.agreements import AgreementEquilibria, AgreementSweep
    from collude.models.mechanism import Mechanism

MOST_SHOWN = 20


class PlayWords(MechanismWords):
    """What else is given to `collude equilibria`."""

    partition: str | None
    sign: str | None
    agree: tuple[str, ...]
    pay: tuple[str, ...]
    every_agreement: bool
    formed_surely: bool


@click.command("equilibria")
@mechanism_options
@click.option("--partition", metavar="0+1,2|all", help="Who plays together (default: everybody for himself), or all.")
@click.option("--sign", metavar="0+1", help="Who is offered a side contract; every member may refuse it.")
@click.option(
    "--agree", multiple=True, metavar="A,B=A,A", help="With --sign: the joint report that follows from a message."
)
@click.option("--pay", multiple=True, metavar="A,B=1/2,-1/2", help="With --sign: what members receive after a message.")
@click.option("--every-agreement", is_flag=True, help="With --sign: every side contract without payments, one by one.")
@click.option("--formed-surely", is_flag=True, help="With --sign: nobody can refuse.")
@json_option
def command(as_json: bool, **given: Unpack[PlayWords]) -> int:
    """All pure equilibria of MECHANISM if the agents of each block of the partition act as one player.

    --partition all takes every partition, one line each. --sign 0+1 has these agents act by themselves, but lets them sign a side
    contract before: messages decide a joint report (--agree; the messages themselves where nothing is said) and payments
    (--pay). If one refuses, all report on their own. The exit status is 1 if an equilibrium is inefficient.

    \b
    Examples:
      collude equilibria agv --environment airline --prior uniform --partition 0+1,2
      collude equilibria agv --environment airline --prior uniform --partition all
      collude equilibria shapley --environment airline --prior uniform --sign 0+1 --agree A,B=A,A --agree B,A=A,A
      collude equilibria shapley --environment airline --prior uniform --sign 0+1 --every-agreement
    """
    from collude.cli.progress import announce, progress_bar
    from collude.enumerate.analyses.equilibria import read_partition
    from collude.models.errors import InputError

    partition, sign = given["partition"], given["sign"]
    if sign is None and any((given["agree"], given["pay"], given["every_agreement"], given["formed_surely"])):
        raise InputError("--agree, --pay, --every-agreement and --formed-surely go with --sign")
    if sign is not None and partition is not None:
        raise InputError("those who may sign act by themselves; leave out --partition or --sign")
    if given["every_agreement"] and (given["agree"] or given["pay"]):
        raise InputError("--every-agreement takes all of them; leave out --agree and --pay")
    build = builder(**given)
    announce()
    with progress_bar() as progress:
        built = build(progress)
    if sign is not None:
        return _signed(built, as_json, given)
    if partition == "all":
        return _all_partitions(built, as_json)
    blocks = None if partition is None else read_partition(partition, built.environment.agents)
    return _of_partition(built, blocks, as_json)


def _of_partition(mechanism: "Mechanism", blocks: tuple[tuple[int, ...], ...] | None, as_json: bool) -> int:
    from collude.enumerate.analyses.equilibria import equilibria
    from collude.models.story import title

    found = equilibria(mechanism, blocks)
    if as_json:
        print_json(found.to_dict())
    else:
        click.secho(title(mechanism), bold=True)
        click.echo(
            f"{len(found.found)} pure equilibria, {found.inefficient} inefficient; the truth yields {found.truth}"
        )
        for one in found.found[:MOST_SHOWN]:
            _show_one(one, found.describe(one))
        _rest(len(found.found))
    return 1 if found.inefficient else 0


def _show_one(one: "Equilibrium", lines: list[str]) -> None:
    state = "efficient" if one.efficient else "INEFFICIENT"
    click.echo(f"  {state}, surplus {one.surplus}, payoffs {'  '.join(map(str, one.payoffs))}")
    for line in lines:
        click.echo(f"      {line}")


def _rest(count: int) -> None:
    if count > MOST_SHOWN:
        click.echo(f"  ... {count - MOST_SHOWN} more; --json lists all")


def _signed(mechanism: "Mechanism", as_json: bool, given: PlayWords) -> int:
    """Side contracts of some agents; the exit status is 1 if an equilibrium of any is inefficient."""
    from collude.cli.progress import progress_bar
    from collude.enumerate.analyses.agreements import agreement_equilibria, every_agreement
    from collude.enumerate.analyses.equilibria import read_members
    from collude.enumerate.analyses.side_contracts import read_agreement
    from collude.models.story import title

    env, surely = mechanism.environment, given["formed_surely"]
    members = read_members(given["sign"] or "", env.agents)
    if given["every_agreement"]:
        with progress_bar() as progress:
            sweep = every_agreement(mechanism, members, formed_surely=surely, progress=progress)
        if as_json:
            print_json(sweep.to_dict())
        else:
            click.secho(title(mechanism), bold=True)
            _show_sweep(sweep)
        return 1 if sweep.inefficient else 0
    agreement = read_agreement(env, members, given["agree"], given["pay"])
    found = agreement_equilibria(mechanism, agreement, formed_surely=surely)
    if as_json:
        print_json(found.to_dict())
    else:
        click.secho(title(mechanism), bold=True)
        _show_agreement(found)
    return 1 if found.inefficient else 0


def _show_agreement(found: "AgreementEquilibria") -> None:
    signed = "" if found.formed_surely else f", in {found.signed} of them the contract is signed at some types"
    click.echo(
        f"{len(found.found)} pure equilibria, {found.inefficient} inefficient; the truth yields {found.truth}{signed}"
    )
    for one in found.found[:MOST_SHOWN]:
        _show_one(one, found.describe(one))
    _rest(len(found.found))


def _show_sweep(sweep: "AgreementSweep") -> None:
    click.echo(
        f"{sweep.agreements} side contracts, {sweep.equilibria} pure equilibria, {sweep.inefficient} of them inefficient, "
        f"by {sweep.harmful} of the contracts"
    )
    if sweep.without:
        click.echo(f"{sweep.without} side contracts have no pure equilibrium")
    if sweep.worst is not None and sweep.inefficient:
        click.echo(f"the smallest surplus is {sweep.worst.worst}, where they agree that")
        for line in sweep.worst.agreed():
            click.echo(f"      {line}")


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
