"""`collude transfers`: the transfers of an efficient public choice, and what is asked about all of them."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from collude.cli.answer import print_json
from collude.cli.options import ENVIRONMENT, Command, json_option

if TYPE_CHECKING:
    from collude.enumerate.analyses.transfers import Transfers
    from collude.models.environment import Environment
    from collude.models.mechanism import Mechanism
    from collude.programs.dominance import Dominance
    from collude.programs.inequalities import Descent

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


QUESTIONS = ("dominant", "least-squares", "pairs", "descent")


class TransferWords(TypedDict):
    """What else is given to `collude transfers`."""

    agents: str | None
    values: str | None
    costs: str | None
    cost: str | None
    prior: str | None
    balanced: bool
    coalitions: str | None
    max_coalition: int | None
    may_gain: str | None
    sure: str | None
    out: str | None


@click.command("transfers")
@environment_options
@click.option(
    "--rule", required=True, metavar="RULE", help="agv, vcg, shapley, none; least-squares, dominant, pairs, descent."
)
@click.option("--balanced", is_flag=True, help="With --rule dominant: transfers must sum to zero.")
@click.option("--coalitions", metavar="0,1,0+1", help="With --rule dominant: for these coalitions only.")
@click.option(
    "--max-coalition",
    type=click.IntRange(1),
    metavar="M",
    help="With --rule dominant: for coalitions of at most M agents.",
)
@click.option(
    "--may-gain", metavar="SIZES", help="With --rule descent: sizes of coalitions that may gain (default: 1)."
)
@click.option("--sure", metavar="X,Y,...", help="With --rule least-squares: what each agent expects for sure.")
@click.option("--out", metavar="FILE", help="Write the table to a .csv file, which collude check reads.")
@json_option
def command(environment: str, rule: str, as_json: bool, **given: Unpack[TransferWords]) -> int:
    """The transfers of RULE in the public choice ENV, with their properties. ENV is airline, public-good, single-object,
    single-order, or a .toml file that describes a mechanism in the environment.

    \b
    Four rules ask about all transfers (pip install "collude[programs]"):
      least-squares  the smallest in expected squares among those that sum to zero and by which each agent, over
                     his own types, expects the same whatever the others' types are
      dominant       transfers that make the truth dominant for every coalition, or a proof that there are none
      pairs          the same for two agents and the pair of them, for each pair and each joint type of the others
      descent        the most that coalitions of some sizes can gain while no other coalition does

    The exit status is 1 if dominant or pairs finds none, and if descent finds a gain.

    \b
    Examples:
      collude transfers airline --rule shapley
      collude transfers airline --rule least-squares --sure 1/2,1/4,0
      collude transfers airline --rule descent --may-gain 1
      collude transfers single-object --agents 3 --values 0:3 --rule pairs
      collude transfers single-object --agents 2 --values 0:3 --rule dominant --coalitions 0,1
      collude transfers public-good --agents 2 --values 0:2 --cost 1 --rule dominant --balanced
    """
    from collude.enumerate.analyses.transfers import RULES
    from collude.enumerate.analyses.transfers import transfers as compute
    from collude.models.errors import InputError

    _require_fitting(rule, given)
    known = next((word for word in RULES if word == rule), None)
    if known is None and rule not in QUESTIONS:
        raise InputError(f"the rule is one of {', '.join((*RULES, *QUESTIONS))}, not {rule!r}")
    out = given["out"]
    if out is not None:
        from collude.cli.render.pictures import require_folder

        if not out.endswith(".csv"):
            raise InputError(f"{out} must end in .csv")
        require_folder(out)
    env = _environment(environment, given)
    if known is None:
        return _ask(env, rule, as_json, given)
    found = compute(env, known)
    if out is not None:
        _write(found.mechanism, out)
    if as_json:
        print_json(found.to_dict())
    else:
        _show_transfers(found)
    return 0


def _require_fitting(rule: str, given: TransferWords) -> None:
    """Refuse options that belong to another rule."""
    from collude.models.errors import InputError

    homes: tuple[tuple[str, object, str], ...] = (
        ("--balanced", given["balanced"] or None, "dominant"),
        ("--coalitions", given["coalitions"], "dominant"),
        ("--max-coalition", given["max_coalition"], "dominant"),
        ("--may-gain", given["may_gain"], "descent"),
        ("--sure", given["sure"], "least-squares"),
    )
    for option, value, home in homes:
        if value is not None and rule != home:
            raise InputError(f"{option} goes with --rule {home}")
    if given["coalitions"] is not None and given["max_coalition"] is not None:
        raise InputError("name the coalitions or bound their size: leave out --coalitions or --max-coalition")
    if given["out"] is not None and rule == "pairs":
        raise InputError("pairs have a table for each joint type of the others; leave out --out")


def _environment(environment: str, given: TransferWords) -> "Environment":
    """The public choice that the words describe, with a prior."""
    from collude.models.beliefs import read_prior
    from collude.models.errors import InputError
    from collude.models.files.spec import build, build_environment

    words = {key: value for key, value in given.items() if key in ENVIRONMENT and value is not None}
    if not environment.endswith(".toml"):
        return build_environment(environment, {"prior": "uniform", **words})
    env = build(environment).environment
    if words.keys() - {"prior"}:
        raise InputError(f"{environment} describes the environment; leave out all options of it but --prior")
    if "prior" in words or env.prior is None:
        env = replace(env, prior=read_prior(words.get("prior", "uniform"), env.sizes))
    return env


def _ask(env: "Environment", rule: str, as_json: bool, given: TransferWords) -> int:
    """Answer what is asked about all transfers."""
    if rule == "least-squares":
        return _smallest(env, given["sure"], given["out"], as_json)
    if rule == "pairs":
        return _pairs(env, as_json)
    found: Dominance | Descent
    if rule == "dominant":
        from collude.programs.dominance import dominance

        found = dominance(env, _family(env, given), balanced=given["balanced"])
        mechanism, status = found.mechanism, 0 if found.feasible else 1
    else:
        from collude.programs.inequalities import descent

        found = descent(env, _sizes(given["may_gain"]))
        mechanism, status = found.mechanism, 0 if found.gain == 0 else 1
    if given["out"] is not None and mechanism is not None:
        _write(mechanism, given["out"])
    if as_json:
        print_json(found.to_dict())
    else:
        for line in found.story():
            click.echo(line)
    return status


def _family(env: "Environment", given: TransferWords) -> "list[tuple[int, ...]] | None":
    """The coalitions that are asked for; None for all."""
    from collude.enumerate.analyses.equilibria import read_members
    from collude.programs.dominance import all_coalitions

    if given["coalitions"] is not None:
        return list(dict.fromkeys(read_members(text, env.agents) for text in given["coalitions"].split(",")))
    most = given["max_coalition"]
    return None if most is None else [members for members in all_coalitions(env.agents) if len(members) <= most]


def _sizes(text: str | None) -> list[int]:
    from collude.models.errors import InputError

    parts = ["1"] if text is None else [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and len(part) < 4 for part in parts):
        raise InputError(f"--may-gain {text!r} must be numbers of members; write for instance 1,2")
    return [int(part) for part in parts]


def _smallest(env: "Environment", sure: str | None, out: str | None, as_json: bool) -> int:
    from collude.enumerate.analyses.transfers import examine
    from collude.programs.least_squares import least_squares

    found = least_squares(env, None if sure is None else [part.strip() for part in sure.split(",")])
    if out is not None:
        _write(found.mechanism, out)
    examined = examine(found.mechanism)
    if as_json:
        print_json({**examined.to_dict(), "least_squares": found.to_dict()})
        return 0
    _show_transfers(examined)
    click.echo()
    click.echo(f"the smallest expected squares, {found.square}, among transfers of {found.dimensions} dimensions")
    same = "are" if found.shapley else "are not"
    click.echo(f"they {same} the Shapley transfers up to a constant for each agent")
    return 0


def _pairs(env: "Environment", as_json: bool) -> int:
    from rich.table import Table

    from collude.cli.render.report import console
    from collude.cli.render.screen import print_table
    from collude.programs.pairs import all_pairs

    found = all_pairs(env)
    if as_json:
        print_json({"pairs": [one.to_dict() for one in found]})
    else:
        table = Table(box=None, padding=(0, 2), show_edge=False)
        for heading in (
            "pair",
            "types of the others",
            "possible",
            "separable",
            "possible though not separable",
            "slack",
        ):
            table.add_column(heading)
        for one in found:
            possible = sum(case.dominance.feasible for case in one.cases)
            separable = sum(case.separable for case in one.cases)
            spared = sum(case.dominance.feasible and not case.separable for case in one.cases)
            who = "{" + ", ".join(env.labels[i] for i in one.pair) + "}"
            table.add_row(who, *(str(x) for x in (len(one.cases), possible, separable, spared, one.slack)))
        print_table(console(), table)
    return 0 if all(one.feasible for one in found) else 1


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
    out.print(f"expected squares    {found.squares}")
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
