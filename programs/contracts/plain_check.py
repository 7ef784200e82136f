"""A side contract in a mechanism as plain data, and its re-check from the definition, with nothing shared but arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from collude.models.contracts.extended import CommunicationContract
from collude.models.contracts.game import belief_of
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile
from collude.programs.contracts.agent_types import AgentTypeIndex


@dataclass(frozen=True)
class PlainSideContract:
    """A side contract on reports to a mechanism, as plain data.

    Attributes
    ----------
    coalition : tuple of int
    reports : mapping
        For each profile of the members' reported types the probabilities of the joint reports that they then make.
    payments : mapping
        For each profile of the members' reported types the money that each member receives; missing where nobody pays.
    """

    coalition: tuple[int, ...]
    reports: Mapping[Profile, Mapping[Profile, Fraction]]
    payments: Mapping[Profile, tuple[Fraction, ...]]

    def clauses(self) -> list[dict[str, object]]:
        """Plain JSON values, one object per profile of reported types; exact numbers are strings."""
        return [
            {
                "types": list(types),
                "reports": [[list(reports), str(chance)] for reports, chance in lottery.items()],
                "payments": [str(x) for x in self.payments.get(types, ())],
            }
            for types, lottery in self.reports.items()
        ]


class _Clause(msgspec.Struct, frozen=True):
    """One clause as it is written: the members' types, [reports, probability] pairs, payments (none: no money)."""

    types: tuple[int, ...]
    reports: list[tuple[tuple[int, ...], str]]
    payments: list[str]


def plain_side_contract(contract: CommunicationContract, sizes: Sequence[int]) -> PlainSideContract:
    """The side contract of a coalition after `mechanism_contract`, where every type was told to report itself, as plain data.

    Parameters
    ----------
    contract : CommunicationContract
    sizes : sequence of int
        Number of types of each agent.

    Returns
    -------
    PlainSideContract
    """
    members = contract.game.insiders
    own = [sizes[i] for i in members]

    def types_of_reports(reports: Profile) -> Profile:
        return tuple(k // size for k, size in zip(reports, own, strict=True))

    reports = {types_of_reports(key): dict(lottery) for key, lottery in contract.device.items()}
    payments = {types_of_reports(key): amounts for key, amounts in contract.transfers.items()}
    return PlainSideContract(members, reports, payments)


def read_side_contract(coalition: tuple[int, ...], clauses: Sequence[object]) -> PlainSideContract:
    """The side contract that `PlainSideContract.clauses` has written.

    Parameters
    ----------
    coalition : tuple of int
    clauses : sequence
        JSON objects with the keys "types", "reports" and "payments".

    Returns
    -------
    PlainSideContract

    Raises
    ------
    msgspec.ValidationError
        For anything else.
    """
    reports, payments = {}, {}
    for clause in msgspec.convert(clauses, list[_Clause]):
        reports[clause.types] = {actions: Fraction(chance) for actions, chance in clause.reports}
        if clause.payments:
            payments[clause.types] = tuple(Fraction(x) for x in clause.payments)
    return PlainSideContract(coalition, reports, payments)


def interim_gains(mechanism: Mechanism, side: PlainSideContract) -> dict[AgentTypeIndex, Fraction] | None:
    """What each type of each member gains by a side contract, weighted by the prior; None if it is no improvement.

    Everything is computed anew from the mechanism's outcomes: balance, truth against every lie, gains and losses.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior.
    side : PlainSideContract

    Returns
    -------
    dict from AgentTypeIndex to Fraction, or None
        In money; None if the lotteries or payments are none, some lie gains, some type loses, or no type gains.

    Raises
    ------
    InputError
        If the mechanism has no prior.
    """
    environment = mechanism.environment
    if environment.prior is None:
        raise InputError("expected gains need a prior")
    belief = belief_of(environment.prior, environment.sizes)
    for types, lottery in side.reports.items():
        if sum(side.payments.get(types, ())) != 0 or sum(lottery.values()) != 1 or min(lottery.values()) < 0:
            return None
    gains: dict[AgentTypeIndex, Fraction] = {}
    for position, agent in enumerate(side.coalition):
        for k in sorted({types[agent] for types in belief}):
            truth = _value(mechanism, side, belief, (position, k, k))
            for report in sorted({types[agent] for types in belief} - {k}):
                if _value(mechanism, side, belief, (position, k, report)) > truth:
                    return None
            gains[AgentTypeIndex(agent, k)] = truth - _honest(mechanism, belief, agent, k)
    return gains if min(gains.values()) >= 0 and max(gains.values()) > 0 else None


def _value(
    mechanism: Mechanism, side: PlainSideContract, belief: Mapping[Profile, Fraction], who: tuple[int, int, int]
) -> Fraction:
    """What a member of a type gets from the side contract if he reports a type to it, weighted by the prior."""
    position, type_index, report = who
    agent, total = side.coalition[position], Fraction(0)
    for types, weight in belief.items():
        if types[agent] != type_index:
            continue
        said = tuple(report if i == agent else types[i] for i in side.coalition)
        for actions, chance in side.reports[said].items():
            played = list(types)
            for i, action in zip(side.coalition, actions, strict=True):
                played[i] = action
            utility = mechanism.utility(agent, type_index, mechanism.outcome_at(tuple(played)))
            total += weight * chance * Fraction(utility, mechanism.scale)
        total += weight * (side.payments[said][position] if said in side.payments else 0)
    return total


def _honest(mechanism: Mechanism, belief: Mapping[Profile, Fraction], agent: int, type_index: int) -> Fraction:
    total = Fraction(0)
    for types, weight in belief.items():
        if types[agent] == type_index:
            utility = mechanism.utility(agent, type_index, mechanism.outcome_at(types))
            total += weight * Fraction(utility, mechanism.scale)
    return total
