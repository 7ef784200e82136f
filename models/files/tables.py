"""Mechanisms in CSV: one row per profile."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Protocol, TypedDict

from collude.models.environment import MOST_AGENTS, AgentType, Environment, agent_labels, from_values
from collude.models.errors import InputError, SizeError
from collude.models.files.returned import precision
from collude.models.files.rows import Row, mechanism_of_rows
from collude.models.mechanism import Mechanism, show_type
from collude.models.numbers import brief, exact
from collude.models.story import listed_types

LARGEST_FILE = 4 << 30
COLUMNS = ("report", "bundle", "transfer")
ALTERNATIVE = "alternative"
PROBABILITY = "probability"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def require_file(path: Path) -> None:
    """Refuse a path at which there is no file that can be read.

    Parameters
    ----------
    path
        What was given.

    Raises
    ------
    InputError
        If there is none.
    SizeError
        If it is larger than 4 GiB.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise SizeError(f"{path} has {size} bytes; at most {LARGEST_FILE} are read", size)


def _vector(text: str, where: str) -> Fraction | tuple[Fraction, ...]:
    """A cell: one number, or several separated by ; or spaces, with or without parentheses."""
    if "," in text:
        raise InputError(
            f"{where} is {brief(text.strip())}; write one number without commas (1500, 3/2 or 1.5), or separate the numbers "
            "of a vector by semicolons"
        )
    parts = text.strip().strip("()").replace(";", " ").split()
    if not parts:
        raise InputError(f"{where} is empty; write a number")
    numbers = tuple(exact(part, where) for part in parts)
    return numbers[0] if len(numbers) == 1 else numbers


@dataclass(frozen=True)
class Columns:
    """Where the cells of a table are. labels: of the agents; report, bundle, transfer: per agent the place in a row, no transfer
    without money; probability: the place of that of a branch of a lottery, -1 if there is none."""

    labels: tuple[str, ...]
    report: tuple[int, ...]
    bundle: tuple[int, ...]
    transfer: tuple[int, ...]
    probability: int = -1


def _columns(header: Sequence[str], path: Path, environment: Environment | None) -> Columns:
    """The columns of a header; in a public choice one column may give the alternative for all, and where there is no money
    there need be none of transfers."""
    public = environment is not None and environment.public
    moneyless = environment is not None and environment.ordinal
    if len(header) == 1:
        _require_commas(header[0], path)
    if len(header) > 3 * MOST_AGENTS + 1:
        raise InputError(
            f"{path} line 1: {len(header)} columns; {MOST_AGENTS} agents, the most that are taken, have 90"
        )
    places: dict[str, dict[str, int]] = {column: {} for column in COLUMNS}
    labels: dict[str, None] = {}
    shared: int | None = None
    chance = -1
    for position, title in enumerate(header):
        column, _, label = title.strip().partition("_")
        if title.strip() == PROBABILITY and chance < 0:
            chance = position
            continue
        if public and title.strip() == ALTERNATIVE and shared is None:
            shared = position
            continue
        if title.strip() == ALTERNATIVE and environment is None:
            raise InputError(
                f"{path} line 1: a column {ALTERNATIVE!r} needs a public choice, such as --environment voting"
            )
        if column not in COLUMNS or not label:
            also = f", nor {ALTERNATIVE!r}" if public else ""
            raise InputError(
                f"{path} line 1: column {brief(title)} is not report_AGENT, bundle_AGENT, transfer_AGENT or {PROBABILITY}{also}"
            )
        if label in places[column]:
            raise InputError(f"{path} line 1: column {brief(title)} occurs twice")
        places[column][label] = position
        labels[label] = None
    if shared is not None and not places["bundle"]:
        places["bundle"] = dict.fromkeys(labels, shared)
    needed = [column for column in COLUMNS if places[column] or column != "transfer" or not moneyless]
    for column in needed:
        for label in labels:
            if label not in places[column]:
                raise InputError(f"{path} line 1: the column {column}_{label} is missing")
    if not labels:
        raise InputError(f"{path} line 1: no columns; write report_0, bundle_0, transfer_0, and so on")
    report, bundle, transfer = (
        tuple(places[column][label] for label in labels if column in needed) for column in COLUMNS
    )
    return Columns(tuple(labels), report, bundle, transfer, chance)


def _require_commas(title: str, path: Path) -> None:
    """Say which separator a header has, if it is another one than the comma."""
    for mark, words in SEPARATORS.items():
        if mark in title:
            raise InputError(
                f"{path} line 1: the columns are separated by {words}; separate them by commas, and write fractions as 3/2 "
                "or 1.5"
            )


def reporting_agents(path: Path) -> int:
    """How many agents report in a table.

    Parameters
    ----------
    path
        Of a CSV file.

    Raises
    ------
    InputError
        If it is no CSV file, or nobody reports.
    """
    _, header = next(_rows(path), (0, []))
    agents = sum(title.strip().startswith(f"{COLUMNS[0]}_") for title in header)
    if not agents:
        raise InputError(f"{path} line 1: no columns; write report_0, bundle_0, transfer_0, and so on")
    return agents


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of a file that are not empty, with their numbers, one after another."""
    require_file(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            for number, row in enumerate(csv.reader(lines, strict=True), 1):
                if any(cell.strip() for cell in row):
                    yield number, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error}") from None


def read_csv(path: Path, environment: Environment | None = None, tolerance: object = None) -> Mechanism:
    """The mechanism of a CSV table: columns report_AGENT, bundle_AGENT, transfer_AGENT, one row per profile.

    Parameters
    ----------
    path
        A file in UTF-8. In a public choice one column `alternative` takes the place of the bundles; types and alternatives
        may be named as the environment names them. Without money, as in votes, transfers may be left out; orders are
        written best first, 1>0>2 or 1;0;2.
    environment
        Types, bundles and values. Without one the agents' types are the reports that occur: a number is the value of
        each unit, a vector the values of the first, second, ... unit; an agent can hold the numbers of units that he holds
        somewhere in the table. A column `probability` makes the rows of a profile a lottery.
    tolerance
        Accept floats; gains up to it count as none.

    Raises
    ------
    InputError
        That names the line, and the profile that is missing or occurs twice.
    """
    numbers, rows = precision(tolerance), _rows(path)
    header = next(rows, None)
    columns = None if header is None else _columns(header[1], path, environment)
    first = next(rows, None)
    if header is None or columns is None or first is None:
        raise InputError(f"{path} has no rows; write one row per profile below the header")
    if environment is not None:
        columns, environment = _same_agents(columns, environment, path)
    names, acts = _names(environment, len(columns.labels))
    nothing = (numbers.read("0", "a transfer"),) * len(columns.labels)
    lines = []
    for line, row in (first, *rows):
        where = f"{path} line {line}"
        if len(row) != len(header[1]):
            raise InputError(f"{where}: {len(row)} cells, but the header has {len(header[1])}")
        reports = tuple(
            _type(row[c].strip(), names[i], acts, environment, i, where) for i, c in enumerate(columns.report)
        )
        bundles = tuple(_bundle(row[c], acts, where) for c in columns.bundle)
        transfers = tuple(numbers.read(row[c], f"{where}: transfer") for c in columns.transfer) or nothing
        chance = None if columns.probability < 0 else exact(row[columns.probability], f"{where}: probability")
        lines.append(Row(where, reports, bundles, transfers, chance))
    env = environment or _inferred(columns.labels, lines)
    return mechanism_of_rows(str(path), path.stem, env, lines, numbers.tolerance)


def _same_agents(columns: Columns, environment: Environment, path: Path) -> tuple[Columns, Environment]:
    """Put the columns into the order of the environment's agents where these have the same labels; agents whose labels are
    but numbers are called as in the table."""
    labels = environment.labels
    if len(columns.labels) != len(labels):
        raise InputError(f"{path} has {len(columns.labels)} agents, but the environment has {len(labels)}")
    if set(columns.labels) == set(labels):
        order = [columns.labels.index(label) for label in labels]
        parts = (columns.report, columns.bundle, columns.transfer)
        report, bundle, transfer = (tuple(part[i] for i in order) if part else part for part in parts)
        return Columns(labels, report, bundle, transfer, columns.probability), environment
    if labels == agent_labels(len(labels)):
        environment = replace(environment, labels=columns.labels)
    return columns, environment


def _type(
    text: str,
    words: Mapping[str, AgentType],
    acts: Mapping[str, tuple[int, ...]],
    environment: Environment | None,
    agent: int,
    where: str,
) -> AgentType:
    """The type that a cell stands for."""
    if text in words:
        return words[text]
    try:
        return _vector(_numbered(text, acts, environment), f"{where}: report")
    except InputError as error:
        if environment is None or "," in text or not text:
            raise
        listed = listed_types(environment, agent)
        raise InputError(
            f"{where}: agent {environment.labels[agent]} has no type {brief(text)}; his types are {listed}"
        ) from error


def _numbered(text: str, acts: Mapping[str, tuple[int, ...]], environment: Environment | None) -> str:
    """A preference order in numbers: a1>a0>a2 means 1;0;2."""
    if environment is None or not environment.ordinal or ">" not in text:
        return text
    words = [word.strip() for word in text.split(">")]
    return ";".join(str(acts[word][0]) if word in acts else word for word in words)


def _names(
    environment: Environment | None, agents: int
) -> tuple[list[dict[str, AgentType]], dict[str, tuple[int, ...]]]:
    """Per agent the types that are words, by word; and the alternatives by name."""
    if environment is None:
        return [{} for _ in range(agents)], {}
    words: list[dict[str, AgentType]] = [
        {one_type: one_type for one_type in types if isinstance(one_type, str)} for types in environment.types
    ]
    return words, {name: (s,) for s, name in enumerate(environment.alternatives)}


def _bundle(text: str, acts: Mapping[str, tuple[int, ...]], where: str) -> tuple[int, ...]:
    if text.strip() in acts:
        return acts[text.strip()]
    if acts and not text.strip().isdigit():
        raise InputError(f"{where}: there is no alternative {brief(text.strip())}; there are {', '.join(acts)}")
    where = f"{where}: bundle"
    vector = _vector(text, where)
    numbers = vector if isinstance(vector, tuple) else (vector,)
    if any(x.denominator != 1 or abs(x) > 10**6 for x in numbers):
        raise InputError(f"{where} must be whole numbers of moderate size, not {brief(text.strip())}")
    return tuple(int(x) for x in numbers)


def _inferred(labels: tuple[str, ...], lines: Sequence[Row]) -> Environment:
    """The environment that a table alone describes: reports per unit, and every agent can hold what he holds somewhere."""
    types, bundles, values = [], [], []
    for i, label in enumerate(labels):
        reports = sorted({line.reports[i] for line in lines}, key=lambda x: x if isinstance(x, tuple) else (x,))
        menu = sorted({line.bundles[i] for line in lines})
        if any(len(bundle) != 1 or bundle[0] < 0 for bundle in menu):
            raise InputError(f"agent {label}: bundles of several goods need an environment (--environment trade, ...)")
        most = menu[-1][0]
        if most > 1000:
            raise SizeError(f"agent {label} holds {most} units; at most 1000 without an environment", most)
        types.append(tuple(reports))
        bundles.append(tuple(menu))
        values.append([[_worth(report, q, label) for (q,) in menu] for report in reports])
    return from_values("table", types, bundles, values, labels=labels)


def _worth(one_type: AgentType, quantity: int, label: str) -> Fraction:
    if not isinstance(one_type, tuple):
        return exact(one_type) * quantity
    if quantity > len(one_type):
        raise InputError(
            f"agent {label} holds {quantity} units, but the type {show_type(one_type)} values {len(one_type)}"
        )
    return sum((exact(x) for x in one_type[:quantity]), Fraction(0))


class ChoiceRow(TypedDict):
    """What a public choice does at one profile, as text: the agents' types, the alternative, money received."""

    types: list[str]
    alternative: str
    transfers: list[str]


def choice_rows(mechanism: Mechanism) -> Iterator[ChoiceRow]:
    """Of a public choice, profile by profile: the types, the alternative and the transfers, as text.

    Parameters
    ----------
    mechanism
        With sure outcomes and named alternatives.
    """
    env = mechanism.environment
    for number, outcome in enumerate(mechanism.outcome.tolist()):
        result = mechanism.show_outcome(outcome)
        yield ChoiceRow(
            types=[show_type(env.types[i][k]) for i, k in enumerate(mechanism.types_at(number))],
            alternative=env.alternatives[result.bundles[0][0]],
            transfers=[str(x) for x in result.transfers],
        )


class RowWriter(Protocol):
    """What `csv.writer` returns."""

    def writerow(self, row: Iterable[object], /) -> object:
        """Write one line."""


def write_csv(mechanism: Mechanism, lines: IO[str]) -> None:
    """Write a mechanism as CSV, one row per profile, exact numbers; `read_csv` reads it back.

    Parameters
    ----------
    mechanism
        One with lotteries takes a row for each branch.
    lines
        An open text file.
    """
    env = mechanism.environment
    writer = csv.writer(lines, lineterminator="\n")
    if mechanism.lotteries:
        _write_branches(mechanism, writer)
        return
    if env.public and env.alternatives:
        reports = [f"report_{label}" for label in env.labels]
        writer.writerow([*reports, ALTERNATIVE, *(f"transfer_{label}" for label in env.labels)])
        for row in choice_rows(mechanism):
            writer.writerow([*map(_cell, row["types"]), row["alternative"], *row["transfers"]])
        return
    writer.writerow([f"{column}_{label}" for label in env.labels for column in COLUMNS])
    for number, outcome in enumerate(mechanism.outcome.tolist()):
        result = mechanism.show_outcome(outcome)
        cells: list[str] = []
        for i, k in enumerate(mechanism.types_at(number)):
            bundle = ";".join(map(str, result.bundles[i]))
            cells += [_cell(show_type(env.types[i][k])), bundle, str(result.transfers[i])]
        writer.writerow(cells)


def _write_branches(mechanism: Mechanism, writer: RowWriter) -> None:
    """One row for each branch of each profile's lottery."""
    env = mechanism.environment
    writer.writerow([PROBABILITY, *(f"{column}_{label}" for label in env.labels for column in COLUMNS)])
    for number, outcome in enumerate(mechanism.outcome.tolist()):
        types = [_cell(show_type(env.types[i][k])) for i, k in enumerate(mechanism.types_at(number))]
        for branch in mechanism.branches(outcome):
            cells = [str(branch.probability)]
            for i, b in enumerate(branch.bundles):
                cells += [types[i], ";".join(map(str, env.bundles[i][b])), str(branch.transfers[i])]
            writer.writerow(cells)


def _cell(text: str) -> str:
    return text.replace(",", ";").strip("()")
