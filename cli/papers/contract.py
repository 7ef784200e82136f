"""`collude contract`: coalitions that share what they were told, and sign a side contract."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from collude.cli.answer import print_json
from collude.cli.options import json_option

if TYPE_CHECKING:
    from collude.models.contracts.spec import ContractCase
    from collude.programs.contracts.sweep import ContractVerdict
    from collude.programs.contracts.terms import SideContractTerms

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
def contract(
    spec: str,
    axioms: str | None,
    max_coalition: int | None,
    read: str | None,
    depends: str | None,
    no_payments: bool,
    bound: str | None,
    incentives: str | None,
    obedience: bool,
    candidates: int,
    most: str | None,
    as_json: bool,
) -> int:
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
    from collude.programs.contracts.sweep import contract_verdict

    wanted = AXIOMS if axioms is None else tuple(name.strip() for name in axioms.split(","))
    for name in wanted:
        if name not in AXIOMS:
            raise InputError(f"no axiom on contracts is called {name!r}; there are {' and '.join(AXIOMS)}")
    case = read_contract(spec)
    if case.economy is not None:
        if axioms is not None or max_coalition is not None:
            raise InputError("an economy is checked step by step; leave out --axiom and --max-coalition")
        return _economy(case, most, as_json)
    if most is not None:
        raise InputError("--most goes with an economy")
    asked: dict[str, object] = {"read": read, "depends": depends, "bound": bound, "incentives": incentives}
    asked |= {"payments": False if no_payments else None, "obedience": True if obedience else None}
    terms = _terms(case.terms, {name: value for name, value in asked.items() if value is not None})
    assert case.contract is not None
    found = contract_verdict(case.contract, terms, max_coalition, candidates)
    return _answer(case.name, found, wanted, as_json)


def _answer(name: str, found: "ContractVerdict", wanted: tuple[str, ...], as_json: bool) -> int:
    """Show the verdicts; returns the exit status."""
    from collude.cli.render.contract import contract_object, show_contract

    verdicts = dict(zip(AXIOMS, (found.strong, found.ordinary), strict=True))
    asked = {axiom: verdicts[axiom] for axiom in wanted}
    if as_json:
        print_json(contract_object(name, found, asked))
    else:
        show_contract(name, found, asked)
    if "violated" in asked.values():
        return 1
    return 3 if "undecided" in asked.values() else 0


def _terms(written: Mapping[str, object], asked: Mapping[str, object]) -> "SideContractTerms":
    """The switches of the file, overruled by the options."""
    from collude.models.errors import InputError
    from collude.models.numbers import exact
    from collude.programs.contracts.terms import SideContractTerms

    known = SideContractTerms()
    switches = SideContractTerms.__dataclass_fields__
    for key in written:
        if key not in switches:
            raise InputError(f"terms has no switch {key!r}; there are {', '.join(switches)}")
    values = {**written, **asked}

    def flag(key: str, usual: bool) -> bool:
        value = values.get(key, usual)
        if not isinstance(value, bool):
            raise InputError(f"the switch {key} is true or false, not {value!r}")
        return value

    def word(key: str, usual: str) -> str:
        value = values.get(key, usual)
        if not isinstance(value, str):
            raise InputError(f"the switch {key} is a word, not {value!r}")
        return value

    bound = values.get("bound")
    return SideContractTerms(
        word("read", known.read),
        word("depends", known.depends),
        flag("payments", known.payments),
        None if bound is None else exact(bound, "the bound"),
        flag("obedience", known.obedience),
        word("incentives", known.incentives),
        word("reports", known.reports),
    )


def _economy(case: "ContractCase", most: str | None, as_json: bool) -> int:
    from collude.cli.render.contract import economy_object, show_economy
    from collude.models.numbers import exact
    from collude.programs.contracts.market.economy_report import economy_report

    assert case.economy is not None
    report = economy_report(case.economy, case.rule, None if most is None else exact(most, "--most"))
    if as_json:
        print_json(economy_object(case.name, report))
    else:
        show_economy(case.name, report)
    return 0 if report.checks.all_hold else 1
