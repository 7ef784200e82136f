"""`collude contract`: coalitions that share what they were told, and sign a side contract."""

import json
from typing import Any

import click

from collude.cli.options import json_option

AXIOMS = ("strong-collusion-proof-contract", "collusion-proof-contract")


@click.command("contract")
@click.argument("spec", metavar="SPEC.toml")
@click.option("--axiom", "axioms", metavar="NAMES", help=f"{AXIOMS[0]}, {AXIOMS[1]} (default: both).")
@click.option("--max-coalition", type=click.IntRange(1), metavar="M", help="Look at coalitions of at most M members.")
@click.option("--read", metavar="WHERE", help="Payments are read at the report (default) or at the truth.")
@click.option(
    "--depends", metavar="ON", help="Payments depend on the reports of the coalition (default) or on everything."
)
@click.option("--no-payments", is_flag=True, help="Members cannot pay each other.")
@click.option("--bound", metavar="X", help="No member pays or receives more than X.")
@click.option("--incentives", metavar="KIND", help="bayesian (default), or communication: also lie and then disobey.")
@click.option("--obedience", is_flag=True, help="Count only improvements that no single member would disobey.")
@click.option(
    "--candidates", type=click.IntRange(1), default=12, metavar="N", help="Side contracts tried per large coalition."
)
@click.option("--most", metavar="Q", help="Of an economy: the largest quantity that may change hands in a raid.")
@json_option
def contract(spec: str, axioms: str | None, most: str | None, as_json: bool, **given: Any) -> int:
    """Which coalitions gain by a side contract once the contract in SPEC.toml has told everybody what to do?

    SPEC.toml describes a game with a device and transfers, names a game or a mechanism with a prior, or describes an
    exchange economy (then the steps of the efficiency theorem of the market game are checked). See docs/contracts.md.

    The exit status is 0 if all axioms hold, 1 if one is violated, 3 if one is undecided.

    \b
    Examples:
      collude contract examples/side-contracts.toml
      collude contract SPEC.toml --axiom collusion-proof-contract --no-payments --json
    """
    from collude.models.contracts.spec import read_contract
    from collude.models.errors import InputError

    wanted = AXIOMS if axioms is None else tuple(name.strip() for name in axioms.split(","))
    for name in wanted:
        if name not in AXIOMS:
            raise InputError(f"no axiom on contracts is called {name!r}; there are {' and '.join(AXIOMS)}")
    case = read_contract(spec)
    if case.economy is not None:
        if axioms is not None or given["max_coalition"] is not None:
            raise InputError("an economy is checked step by step; leave out --axiom and --max-coalition")
        return _economy(case, most, as_json)
    if most is not None:
        raise InputError("--most goes with an economy")
    return _contract(case, wanted, given, as_json)


def _contract(case: Any, wanted: tuple[str, ...], given: dict[str, Any], as_json: bool) -> int:
    from collude.cli.render.contract import contract_object, show_contract
    from collude.programs.contracts.sweep import contract_verdict

    terms = _terms(case.terms, given)
    found = contract_verdict(case.contract, terms, given["max_coalition"], given["candidates"])
    verdicts = dict(zip(AXIOMS, (found.strong, found.ordinary), strict=True))
    asked = {name: verdicts[name] for name in wanted}
    if as_json:
        click.echo(json.dumps(contract_object(case.name, found, asked), ensure_ascii=False))
    else:
        show_contract(case.name, found, asked)
    if "violated" in asked.values():
        return 1
    return 3 if "undecided" in asked.values() else 0


def _terms(written: Any, given: dict[str, Any]) -> Any:
    """The switches of the file, overruled by the options."""
    from collude.models.errors import InputError
    from collude.models.numbers import exact
    from collude.programs.contracts.terms import SideContractTerms

    known = SideContractTerms.__dataclass_fields__
    values = dict(written)
    for key, value in values.items():
        if key not in known:
            raise InputError(f"terms has no switch {key!r}; there are {', '.join(known)}")
        if key in ("payments", "obedience") and not isinstance(value, bool):
            raise InputError(f"the switch {key} is true or false, not {value!r}")
    values |= {key: given[key] for key in ("read", "depends", "bound", "incentives") if given[key] is not None}
    if given["no_payments"]:
        values["payments"] = False
    if given["obedience"]:
        values["obedience"] = True
    if values.get("bound") is not None:
        values["bound"] = exact(values["bound"], "the bound")
    return SideContractTerms(**values)


def _economy(case: Any, most: str | None, as_json: bool) -> int:
    from collude.cli.render.contract import economy_object, show_economy
    from collude.models.numbers import exact
    from collude.programs.contracts.market.economy_report import economy_report

    report = economy_report(case.economy, case.rule, None if most is None else exact(most, "--most"))
    if as_json:
        click.echo(json.dumps(economy_object(case.name, report), ensure_ascii=False))
    else:
        show_economy(case.name, report)
    return 0 if report.checks.all_hold else 1
