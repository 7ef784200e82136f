"""Side contracts in words and as plain data: who says what, who then does what, who pays whom."""

from dataclasses import dataclass
from fractions import Fraction

from collude.models.contracts.extended import CommunicationContract
from collude.programs.contracts.improvement import member_gains


@dataclass(frozen=True)
class SideClause:
    """What a side contract says about one profile of reports, in words.

    Attributes
    ----------
    reports : tuple of str
        The members' reported types.
    lottery : tuple of (actions, probability)
        What they then do, one word per member.
    payments : tuple of Fraction
        The money that each member receives; () if it also depends on outsiders.
    occurs : bool
        Whether the reports can be true.
    """

    reports: tuple[str, ...]
    lottery: tuple[tuple[tuple[str, ...], Fraction], ...]
    payments: tuple[Fraction, ...]
    occurs: bool


def clauses(contract: CommunicationContract) -> list[SideClause]:
    """All clauses of a side contract: first the reports that can be true, then those that only a lie brings about.

    Parameters
    ----------
    contract : CommunicationContract

    Returns
    -------
    list of SideClause
    """
    game = contract.game
    possible = {game.reports_of(state) for state in game.states}
    found = []
    for reports in sorted(contract.device, key=lambda key: (key not in possible, key)):
        names = tuple(game.type_name(i, k) for i, k in zip(game.insiders, reports, strict=True))
        lottery = tuple(
            (tuple(game.root.actions[i][a] for i, a in zip(game.insiders, actions, strict=True)), chance)
            for actions, chance in sorted(contract.device[reports].items())
            if chance
        )
        paid = () if contract.everything else contract.transfers.get(reports, (Fraction(0),) * len(game.insiders))
        found.append(SideClause(names, lottery, paid, reports in possible))
    return found


def clause_line(contract: CommunicationContract, clause: SideClause) -> str:
    """One clause of a side contract as a line of text.

    Parameters
    ----------
    contract : CommunicationContract
        Whose clause it is.
    clause : SideClause

    Returns
    -------
    str
        Such as "buyer (value 2, told refuse): seller does ask 2; seller receives 1, buyer pays 1".
    """
    labels = [contract.game.root.labels[i] for i in contract.game.insiders]
    whom = ", ".join(f"{label} ({report})" for label, report in zip(labels, clause.reports, strict=True))
    plans = []
    for actions, chance in clause.lottery:
        does = ", ".join(f"{label} does {action}" for label, action in zip(labels, actions, strict=True))
        plans.append(does if chance == 1 else f"with probability {chance} {does}")
    line = f"{whom}: {'; '.join(plans)}"
    money = [
        f"{label} {'receives' if amount > 0 else 'pays'} {abs(amount)}"
        for label, amount in zip(labels, clause.payments, strict=False)
        if amount
    ]
    return f"{line}; {', '.join(money)}" if money else line


def paid_by_outsiders_types(contract: CommunicationContract) -> list[str]:
    """The payments of a side contract that also depend on outsiders' types, one line each.

    Parameters
    ----------
    contract : CommunicationContract

    Returns
    -------
    list of str
        Empty if payments depend on the members' reports only.
    """
    if not contract.everything:
        return []
    game = contract.game
    outside = [i for i in range(game.root.agents) if i not in game.insiders]
    possible = {game.reports_of(state) + game.outsiders_of(state) for state in game.states}
    lines = []
    for key, amounts in sorted(contract.transfers.items()):
        if key in possible:
            agents = (*game.insiders, *outside)
            whom = ", ".join(
                f"{game.root.labels[i]} ({game.type_name(i, k)})" for i, k in zip(agents, key, strict=True)
            )
            paid = ", ".join(
                f"{game.root.labels[i]} {'receives' if amount > 0 else 'pays'} {abs(amount)}"
                for i, amount in zip(game.insiders, amounts, strict=True)
                if amount
            )
            lines.append(f"{whom}: {paid}")
    return lines


@dataclass(frozen=True)
class TypeGain:
    """What one type of one member expects without and with the side contract, given what he knows."""

    agent: int
    type_name: str
    before: Fraction
    after: Fraction


def type_gains(contract: CommunicationContract) -> list[TypeGain]:
    """What every type of every member expects without and with a side contract.

    Parameters
    ----------
    contract : CommunicationContract
        A side contract.

    Returns
    -------
    list of TypeGain
        By agent, then type.
    """
    return [
        TypeGain(agent, contract.game.type_name(agent, k), before, after)
        for (agent, k), (before, after) in sorted(member_gains(contract).items())
    ]
