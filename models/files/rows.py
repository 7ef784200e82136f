"""Mechanisms from rows: one per profile, or several with probabilities where the outcome is a lottery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collude.models.documents import NamedValues
from collude.models.environment import AgentType, Environment
from collude.models.errors import InputError, placed
from collude.models.files.functions import assemble
from collude.models.files.lotteries import lottery_mechanism, sure
from collude.models.files.returned import OutcomeRow, Precision
from collude.models.lottery import Branch, Draw, draw_of
from collude.models.mechanism import Mechanism, require_room, show_type
from collude.models.numbers import exact
from collude.models.story import listed_types


@dataclass(frozen=True)
class Row:
    """What a file says about a profile. where: file and line; probability: None where no lottery is meant."""

    where: str
    reports: tuple[AgentType, ...]
    bundles: tuple[tuple[int, ...], ...]
    transfers: tuple[Fraction, ...]
    probability: Fraction | None = None


def plain_type(kind: AgentType) -> AgentType:
    """A vector of one number is written, and read, as that number.

    Parameters
    ----------
    kind
        A type as an environment has it.
    """
    return kind[0] if isinstance(kind, tuple) and len(kind) == 1 else kind


def mechanism_of_rows(
    place: str, name: str, env: Environment, rows: Sequence[Row], allowed: Fraction | None
) -> Mechanism:
    """The mechanism that rows describe, one for each profile, or several with probabilities.

    Parameters
    ----------
    place
        Where the rows stand, for messages.
    name
        What verdicts call the mechanism.
    env
        Agents, types, bundles, values.
    rows
        In any order.
    allowed
        Gains up to it count as none; None for exact numbers.

    Raises
    ------
    InputError
        That names the line, or the profile that is missing, occurs twice without probabilities, or has probabilities that do not
        sum to 1.
    """
    numbers: list[Mapping[AgentType, int]] = [
        {plain_type(kind): k for k, kind in enumerate(types)} for types in env.types
    ]
    if env.profiles > max(len(rows), 10**6):
        raise InputError(
            f"{place} has {len(rows)} rows, but there are {env.profiles} profiles; give every profile a row"
        )
    require_room(env)
    outcome = np.full(env.profiles, -1, np.int32)
    known: dict[OutcomeRow, int] = {}
    drawn: dict[int, list[Branch]] = {}
    for row in rows:
        number = _profile_number(row, env, numbers)
        for i, bundle in enumerate(row.bundles):
            if bundle not in env.indices[i]:
                raise InputError(f"{row.where}: agent {env.labels[i]} cannot hold the bundle {bundle}")
        held = tuple(env.indices[i][bundle] for i, bundle in enumerate(row.bundles))
        if row.probability is not None:
            drawn.setdefault(number, []).append(Branch(row.probability, held, row.transfers))
            continue
        if outcome[number] >= 0 or number in drawn:
            raise InputError(
                f"{row.where}: the profile {show_type(row.reports)} occurs twice; a lottery needs a probability in each row"
            )
        outcome[number] = known.setdefault(OutcomeRow(held, row.transfers), len(known))
    draws = [sure(*key) for key in known]
    _add_lotteries(place, env, drawn, draws, outcome)
    missing = np.flatnonzero(outcome < 0)
    if len(missing):
        others = f", and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise InputError(
            f"{place}: the profile {_shown(env, int(missing[0]))} is missing{others}; give every profile a row"
        )
    if drawn:
        return lottery_mechanism(env, name, outcome, draws, allowed)
    return assemble(env, name, outcome, list(known), allowed)


def _profile_number(row: Row, env: Environment, numbers: Sequence[Mapping[AgentType, int]]) -> int:
    number = 0
    for i, report in enumerate(row.reports):
        if report not in numbers[i]:
            listed = listed_types(env, i)
            raise InputError(
                f"{row.where}: agent {env.labels[i]} has no type {show_type(report)}; his types are {listed}"
            )
        number = number * env.sizes[i] + numbers[i][report]
    return number


def _add_lotteries(
    place: str, env: Environment, drawn: Mapping[int, list[Branch]], draws: list[Draw], outcome: np.ndarray
) -> None:
    """Append the lotteries of profiles to `draws`, each once, and write their numbers into `outcome`, (P,) int32."""
    places: dict[Draw, int] = {}
    for number, branches in drawn.items():
        with placed(f"{place}: profile {_shown(env, number)}"):
            draw = draw_of(branches)
        if outcome[number] >= 0:
            raise InputError(f"{place}: the profile {_shown(env, number)} has rows with and without a probability")
        if draw not in places:
            places[draw] = len(draws)
            draws.append(draw)
        outcome[number] = places[draw]


def _shown(env: Environment, number: int) -> str:
    indices = []
    for size in reversed(env.sizes):
        number, index = divmod(number, size)
        indices.append(index)
    return "(" + ", ".join(show_type(env.types[i][k]) for i, k in enumerate(reversed(indices))) + ")"


def rows_of_lists(place: str, env: Environment, given: Sequence[NamedValues], numbers: Precision) -> list[Row]:
    """Rows from plain values.

    Parameters
    ----------
    place
        Where they stand, for messages.
    env
        Agents, types, bundles.
    given
        Each has reports, bundles and transfers, one entry per agent, and perhaps a probability.
    numbers
        How transfers are read.

    Raises
    ------
    InputError
        That names the row.
    """
    rows = []
    for number, entry in enumerate(given, 1):
        where = f"{place}, row {number}"
        for key in entry:
            if key not in ("reports", "bundles", "transfers", "probability"):
                raise InputError(
                    f"{where}: a row has reports, bundles, transfers and perhaps a probability, not {key!r}"
                )
        lists = []
        for key in ("reports", "bundles", "transfers"):
            value = entry.get(key)
            if not isinstance(value, list) or len(value) != env.agents:
                raise InputError(f"{where}: {key} must be a list with one entry per agent ({env.agents})")
            lists.append(value)
        reports = tuple(_type(env, i, x, f"{where}: a report") for i, x in enumerate(lists[0]))
        bundles = tuple(_bundle(env, x, f"{where}: a bundle") for x in lists[1])
        transfers = tuple(numbers.read(x, f"{where}: a transfer") for x in lists[2])
        chance = entry.get("probability")
        rows.append(
            Row(
                where,
                reports,
                bundles,
                transfers,
                None if chance is None else exact(chance, f"{where}: the probability"),
            )
        )
    return rows


def _type(env: Environment, agent: int, given: object, where: str) -> AgentType:
    for one_type in env.types[agent]:
        if one_type == given:
            return one_type
    if isinstance(given, list):
        return plain_type(tuple(exact(x, where) for x in given))
    return exact(given, where)


def _bundle(env: Environment, given: object, where: str) -> tuple[int, ...]:
    if given in env.alternatives:
        return (env.alternatives.index(given),)
    numbers = [exact(x, where) for x in (given if isinstance(given, list) else [given])]
    if any(x.denominator != 1 for x in numbers):
        raise InputError(f"{where} must be whole numbers, not {given}; a lottery is stated as rows with a probability")
    return tuple(int(x) for x in numbers)
