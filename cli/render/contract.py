"""Contracts, side contracts and market checks for a person at a terminal, and as one JSON object."""

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collude.cli.render.report import console
from collude.cli.render.screen import print_table
from collude.models.contracts.extended import CommunicationContract
from collude.programs.contracts.incentives import Temptation, double_deviations, lies
from collude.programs.contracts.market.economy_report import DominanceGain, EconomyReport
from collude.programs.contracts.sweep import CoalitionVerdict, ContractVerdict
from collude.programs.contracts.words import clause_line, clauses, paid_by_outsiders_types, type_gains

MOST_LINES = 16


def _members(contract: CommunicationContract, coalition: tuple[int, ...]) -> str:
    return "{" + ", ".join(contract.game.root.labels[i] for i in coalition) + "}"


def _best(found: list[Temptation]) -> Temptation | None:
    return max(found, key=lambda one: one.gain, default=None)


def _temptation(contract: CommunicationContract, found: Temptation | None) -> dict[str, object] | None:
    if found is None:
        return None
    root = contract.game.root
    return {
        "agent": found.agent,
        "type": root.types[found.agent][found.type_index],
        "report": root.types[found.agent][found.report],
        "after": [
            {"told": root.actions[found.agent][told], "does": root.actions[found.agent][done]}
            for told, done in found.actions
        ],
        "gain": str(found.gain),
    }


def contract_object(name: str, found: ContractVerdict, verdicts: Mapping[str, str]) -> dict[str, object]:
    """Return a contract's verdicts as plain JSON values; exact numbers are strings.

    Parameters
    ----------
    name : str
        Of the contract.
    found : ContractVerdict
        What each coalition can do.
    verdicts : mapping of str to str
        The answer to each axiom.
    """
    contract = found.contract
    terms = {key: str(value) if isinstance(value, Fraction) else value for key, value in asdict(found.terms).items()}
    return {
        "name": name,
        "agents": list(contract.game.root.labels),
        "terms": terms,
        "verdicts": dict(verdicts),
        "incentive_compatible": found.incentive_compatible,
        "communication_equilibrium": found.communication_equilibrium,
        "best_lie": _temptation(contract, _best(lies(contract, found.terms.read))),
        "best_double_deviation": _temptation(contract, _best(double_deviations(contract, found.terms.read))),
        "coalitions": [_coalition_object(one) for one in found.coalitions],
    }


def _coalition_object(one: CoalitionVerdict) -> dict[str, object]:
    improvement, consistent = one.improvement, one.consistent
    return {
        "members": list(one.coalition),
        "improvement": improvement.exists,
        "gain": None if improvement.gain is None else str(improvement.gain),
        "unbounded": improvement.unbounded,
        "method": improvement.method,
        "program": None if improvement.size is None else asdict(improvement.size),
        "side_contract": None if improvement.contract is None else _contract_object(improvement.contract),
        "consistent": consistent.verdict,
        "reason": consistent.reason,
        "blocker": list(consistent.blocker),
        "consistent_side_contract": None if consistent.contract is None else _contract_object(consistent.contract),
    }


def _contract_object(contract: CommunicationContract) -> dict[str, object]:
    return {
        "clauses": [
            {
                "reports": list(clause.reports),
                "occurs": clause.occurs,
                "lottery": [
                    {"actions": list(actions), "probability": str(chance)} for actions, chance in clause.lottery
                ],
                "payments": [str(amount) for amount in clause.payments],
            }
            for clause in clauses(contract)
        ],
        "payments_by_outsiders": paid_by_outsiders_types(contract),
        "gains": [
            {"agent": one.agent, "type": one.type_name, "before": str(one.before), "after": str(one.after)}
            for one in type_gains(contract)
        ],
    }


def show_contract(name: str, found: ContractVerdict, verdicts: Mapping[str, str]) -> None:
    """Print the verdicts, what each coalition can do, and the side contracts.

    Parameters
    ----------
    name : str
        Of the contract.
    found : ContractVerdict
        What each coalition can do.
    verdicts : mapping of str to str
        The answer to each axiom.
    """
    out, contract = console(), found.contract
    root = contract.game.root
    out.print(Text(f"{name}, {root.agents} agents, {len(found.coalitions)} coalitions    [exact]", style="bold"))
    if not found.incentive_compatible:
        _show_temptation(out, contract, _best(lies(contract, found.terms.read)), "lies, and gains")
    elif not found.communication_equilibrium:
        double = _best(double_deviations(contract, found.terms.read))
        _show_temptation(out, contract, double, "lies and then disobeys, which these axioms do not examine: he gains")
    table = Table(box=None, pad_edge=False)
    for column in ("coalition", "improvement", "gain", "stable improvement"):
        table.add_column(column, overflow="fold")
    for one in found.coalitions:
        gain = "unbounded" if one.improvement.gain is None else str(one.improvement.gain)
        who = _members(contract, one.coalition)
        consistent = one.consistent.verdict if one.improvement.exists else "none"
        table.add_row(Text(who), "exists" if one.improvement.exists else "none", gain, consistent)
    print_table(out, table)
    for one in found.coalitions:
        if one.improvement.contract is not None:
            _show_side_contract(out, one, contract)
    for axiom, verdict in verdicts.items():
        out.print(Text(f"{axiom}: {verdict if verdict == 'holds' else verdict.upper()}", style="bold"))


def _show_temptation(out: Console, contract: CommunicationContract, found: Temptation | None, words: str) -> None:
    if found is None:
        return
    root = contract.game.root
    types = root.types[found.agent]
    line = f"{root.labels[found.agent]} of type {types[found.type_index]} says {types[found.report]}"
    out.print(Text(f"{line}: {words} {found.gain}"))


def _show_side_contract(out: Console, one: CoalitionVerdict, contract: CommunicationContract) -> None:
    side = one.consistent.contract or one.improvement.contract
    assert side is not None
    out.print()
    gain = "gains without limit" if one.improvement.gain is None else f"gains {one.improvement.gain} in all"
    out.print(Text(f"{_members(contract, one.coalition)} {gain}; {one.consistent.reason}", style="bold"))
    if one.consistent.blocker:
        out.print(Text(f"  undermined by {_members(contract, one.consistent.blocker)}"))
    lines = [clause_line(side, clause) for clause in clauses(side) if clause.occurs]
    lines += paid_by_outsiders_types(side)
    for line in lines[:MOST_LINES]:
        out.print(Text(f"  {line}"))
    if len(lines) > MOST_LINES:
        out.print(f"  ... {len(lines) - MOST_LINES} more lines; --json has all")
    for found in type_gains(side)[:MOST_LINES]:
        label = side.game.root.labels[found.agent]
        out.print(Text(f"  {label} ({found.type_name}) expects {found.before}   now: {found.after}"))


def economy_object(name: str, report: EconomyReport) -> dict[str, object]:
    """Return the checks of an exchange economy as plain JSON values; exact numbers are strings.

    Parameters
    ----------
    name : str
        Of the economy.
    report : EconomyReport
        The checks.
    """
    economy, checks = report.economy, report.checks
    return {
        "name": name,
        "agents": list(economy.labels),
        "rule": checks.rule,
        "profiles": [
            {
                "types": list(types),
                "prices": [str(price) for price in economy.prices(types)],
                "goods": [[str(x) for x in row] for row in economy.allocation(types)],
                "payments": [str(x) for x in report.payments[types]],
            }
            for types in economy.profiles
        ],
        "payments_from": report.source,
        "compatible_beliefs": report.compatible,
        "strict_types": [list(pair) for pair in report.strict_types],
        "interim_dominance": {
            "autarky": _dominance_object(report.autarky),
            "contract": _dominance_object(report.contract),
        },
        "equal_prices": checks.equal_prices,
        "lies": [
            {
                "agent": one.agent,
                "type": one.type_index,
                "report": one.report,
                "slack": str(one.slack),
                "double_deviation_gain": str(one.double_gain),
            }
            for one in checks.slacks
        ],
        "efficient_outcomes": asdict(checks.outcome),
        "short_sales": asdict(checks.short_sales),
        "pair_gain": str(checks.pair_gain),
        "total_gain": str(checks.total_gain),
        "money_pumps": asdict(checks.pumps),
        "arbitrages": asdict(checks.arbitrages),
        "steps_hold": checks.all_hold,
    }


def _dominance_object(found: DominanceGain) -> dict[str, str | None]:
    rows = {"free": found.free, "incentive_compatible": found.incentive_compatible}
    return {key: None if gain is None else str(gain) for key, gain in rows.items()}


def _dominance_words(found: DominanceGain) -> str:
    return (
        "not computed" if found.free is None else f"{found.free} ({found.incentive_compatible} if incentive compatible)"
    )


def show_economy(name: str, report: EconomyReport) -> None:
    """Print prices and allocations of an exchange economy, then the steps of the theorem's proof.

    Parameters
    ----------
    name : str
        Of the economy.
    report : EconomyReport
        The checks.
    """
    economy, payments, checks = report.economy, report.payments, report.checks
    out = console()
    out.print(Text(f"{name}, {economy.agents} agents, market rule {checks.rule}    [exact]", style="bold"))
    table = Table(box=None, pad_edge=False)
    for column in ("types", "prices", "goods", f"payments ({report.source})"):
        table.add_column(column, overflow="fold")
    for types in economy.profiles[:MOST_LINES]:
        goods = "  ".join(",".join(map(str, row)) for row in economy.allocation(types))
        prices, money = ",".join(map(str, economy.prices(types))), "  ".join(map(str, payments[types]))
        table.add_row(",".join(map(str, types)), prices, goods, money)
    print_table(out, table)
    if len(economy.profiles) > MOST_LINES:
        out.print(f"... {len(economy.profiles) - MOST_LINES} more profiles; --json has all")
    slack = min((one.slack for one in checks.slacks), default=None)
    double = max((one.double_gain for one in checks.slacks), default=None)
    lines = [
        f"beliefs are compatible with balanced transfers for every rule: {'yes' if report.compatible else 'no'}",
        f"types could gain over no trade: {_dominance_words(report.autarky)}",
        f"types could gain over the contract: {_dominance_words(report.contract)}",
        f"pairs of profiles with equal prices: {checks.equal_prices}",
        f"the contract brings about the efficient bundles: {checks.outcome} profiles",
        f"types that lose strictly by every lie: {len(report.strict_types)} of {sum(economy.sizes)}",
        f"smallest loss from a lie: {slack};  largest gain from a lie followed by another purchase: {double}",
        f"short sales that pay: {checks.short_sales}",
        f"most that a pair gains without changing a price: {checks.pair_gain};  all agents: {checks.total_gain}",
        f"money pumps that pay for both members: {checks.pumps}",
        f"of these, broken by one member's arbitrage: {checks.arbitrages}",
        f"all steps of collusion-proofness hold: {'yes' if checks.all_hold else 'NO'}",
    ]
    for line in lines:
        out.print(Text(line))
    if checks.pumps.yes:
        out.print(Text("strong collusion-proofness fails: a money pump is an improvement of its pair"))
