"""Mechanisms in files: CSV with one row per profile, and NumPy .npz archives. Nothing is ever unpickled."""

import csv
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from collude.models.environment import Environment, from_values
from collude.models.errors import ColludeError, InputError, SizeError
from collude.models.files.archive import as_type, environment_from, mechanism_from, mechanism_parts
from collude.models.files.functions import assemble, reader
from collude.models.mechanism import Mechanism, require_room, show_type
from collude.models.numbers import exact

LARGEST_FILE = 4 << 30
COLUMNS = ("report", "bundle", "transfer")
ALTERNATIVE = "alternative"


def _open(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise SizeError(f"{path} has {size} bytes; at most {LARGEST_FILE} are read", size)


def _vector(text: str, where: str) -> Any:
    """A cell: one number, or several separated by ; or spaces, with or without parentheses."""
    parts = text.strip().strip("()").replace(";", " ").replace(",", " ").split()
    if not parts:
        raise InputError(f"{where} is empty; write a number")
    numbers = tuple(exact(part, where) for part in parts)
    return numbers[0] if len(numbers) == 1 else numbers


def _columns(header: Sequence[str], path: Path, public: bool) -> tuple[list[str], dict[str, list[int]]]:
    """(labels, columns of each sort by agent); in a public choice one column may give the alternative for all."""
    labels: list[str] = []
    places: dict[str, dict[str, int]] = {column: {} for column in COLUMNS}
    shared: int | None = None
    for position, title in enumerate(header):
        column, _, label = title.strip().partition("_")
        if public and title.strip() == ALTERNATIVE and shared is None:
            shared = position
            continue
        if column not in COLUMNS or not label:
            also = f", nor {ALTERNATIVE!r}" if public else ""
            raise InputError(
                f"{path} line 1: column {title!r} is not report_AGENT, bundle_AGENT or transfer_AGENT{also}"
            )
        if label in places[column]:
            raise InputError(f"{path} line 1: column {title!r} occurs twice")
        places[column][label] = position
        if label not in labels:
            labels.append(label)
    if shared is not None and not places["bundle"]:
        places["bundle"] = dict.fromkeys(labels, shared)
    for column in COLUMNS:
        for label in labels:
            if label not in places[column]:
                raise InputError(f"{path} line 1: the column {column}_{label} is missing")
    if not labels:
        raise InputError(f"{path} line 1: no columns; write report_0, bundle_0, transfer_0, and so on")
    return labels, {column: [places[column][label] for label in labels] for column in COLUMNS}


def _rows(path: Path) -> list[list[str]]:
    _open(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return list(csv.reader(lines, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error}") from None


def read_csv(path: Path, environment: Environment | None = None, tolerance: Any = None) -> Mechanism:
    """A mechanism from CSV: columns report_AGENT, bundle_AGENT, transfer_AGENT for every agent, one row per profile.

    Without an environment the agents' types are the reports that occur: a number is the value of each unit, a vector
    the values of the first, second, ... unit; bundles are integers. In a public choice one column `alternative` takes the
    place of the bundles; types and alternatives may be named as the environment names them. Raises InputError that names
    the line, and the profile that is missing or occurs twice.
    """
    read, allowed = reader(tolerance)
    lines = [row for row in enumerate(_rows(path), 1) if any(cell.strip() for cell in row[1])]
    if len(lines) < 2:
        raise InputError(f"{path} has no rows; write one row per profile below the header")
    labels, columns = _columns(lines[0][1], path, environment is not None and environment.public)
    if environment is not None and environment.agents != len(labels):
        raise InputError(f"{path} has {len(labels)} agents, but the environment has {environment.agents}")
    names, acts = _names(environment, len(labels))
    parsed = []
    for line, row in lines[1:]:
        if len(row) != len(lines[0][1]):
            raise InputError(f"{path} line {line}: {len(row)} cells, but the header has {len(lines[0][1])}")
        where = f"{path} line {line}"
        reports = tuple(
            names[i][row[c].strip()] if row[c].strip() in names[i] else _vector(row[c], f"{where}: report")
            for i, c in enumerate(columns["report"])
        )
        bundles = tuple(_bundle(row[c], acts, where) for c in columns["bundle"])
        transfers = tuple(read(row[c], f"{where}: transfer") for c in columns["transfer"])
        parsed.append((line, reports, bundles, transfers))
    return _table(path, environment or _inferred(labels, parsed), parsed, allowed)


def _names(environment: Environment | None, agents: int) -> tuple[list[dict[str, Any]], dict[str, tuple[int, ...]]]:
    """Per agent the types that are words, by word; and the alternatives by name."""
    if environment is None:
        return [{} for _ in range(agents)], {}
    words = [{one_type: one_type for one_type in types if isinstance(one_type, str)} for types in environment.types]
    return words, {name: (s,) for s, name in enumerate(environment.alternatives)}


def _bundle(text: str, acts: Mapping[str, tuple[int, ...]], where: str) -> tuple[int, ...]:
    if text.strip() in acts:
        return acts[text.strip()]
    if acts and not text.strip().isdigit():
        raise InputError(f"{where}: there is no alternative {text.strip()!r}; there are {', '.join(acts)}")
    where = f"{where}: bundle"
    vector = _vector(text, where)
    numbers = vector if isinstance(vector, tuple) else (vector,)
    if any(x.denominator != 1 or abs(x) > 10**6 for x in numbers):
        raise InputError(f"{where} must be whole numbers of moderate size, not {text.strip()!r}")
    return tuple(int(x) for x in numbers)


def _inferred(labels: list[str], parsed: list[tuple[int, Any, Any, Any]]) -> Environment:
    types, bundles, values = [], [], []
    for i in range(len(labels)):
        type_indices = sorted(
            {reports[i] for _, reports, _, _ in parsed}, key=lambda x: x if isinstance(x, tuple) else (x,)
        )
        held = {b[i] for _, _, b, _ in parsed}
        if any(len(b) != 1 or b[0] < 0 for b in held):
            raise InputError(
                f"agent {labels[i]}: bundles of several goods need an environment (--environment trade, ...)"
            )
        most = max(b[0] for b in held)
        if most > 1000:
            raise SizeError(f"agent {labels[i]} holds {most} units; at most 1000 without an environment", most)
        menu = tuple((q,) for q in range(most + 1))
        types.append(tuple(type_indices))
        bundles.append(menu)
        values.append([[_worth(column, q, labels[i]) for (q,) in menu] for column in type_indices])
    return from_values("table", types, bundles, values, labels=tuple(labels))


def _worth(one_type: Any, quantity: int, label: str) -> Fraction:
    if not isinstance(one_type, tuple):
        return Fraction(one_type) * quantity
    if quantity > len(one_type):
        raise InputError(
            f"agent {label} holds {quantity} units, but the type {show_type(one_type)} values {len(one_type)}"
        )
    return sum(one_type[:quantity], Fraction(0))


def _table(
    path: Path, env: Environment, parsed: list[tuple[int, Any, Any, Any]], allowed: Fraction | None
) -> Mechanism:
    places: list[Mapping[Any, int]] = [{_plain(one_type): k for k, one_type in enumerate(types)} for types in env.types]
    require_room(env)
    outcome = np.full(env.profiles, -1, np.int32)
    known: dict[Any, int] = {}
    for line, reports, bundles, transfers in parsed:
        number = 0
        for i, report in enumerate(reports):
            if report not in places[i]:
                raise InputError(f"{path} line {line}: agent {env.labels[i]} has no type {show_type(report)}")
            number = number * env.sizes[i] + places[i][report]
        for i, bundle in enumerate(bundles):
            if bundle not in env.indices[i]:
                raise InputError(f"{path} line {line}: agent {env.labels[i]} cannot hold the bundle {bundle}")
        if outcome[number] >= 0:
            raise InputError(f"{path} line {line}: the profile {show_type(tuple(reports))} occurs twice")
        held = tuple(env.indices[i][bundle] for i, bundle in enumerate(bundles))
        outcome[number] = known.setdefault((held, transfers), len(known))
    missing = np.flatnonzero(outcome < 0)
    if len(missing):
        mechanism = assemble(env, path.stem, np.maximum(outcome, 0), list(known), allowed)
        profile = mechanism.describe(mechanism.types_at(int(missing[0])))
        raise InputError(
            f"{path}: the profile {profile} is missing, and {len(missing) - 1} others; give every profile a row"
        )
    return assemble(env, path.stem, outcome, list(known), allowed)


def choice_rows(mechanism: Mechanism) -> Iterator[dict[str, Any]]:
    """Of a public choice, profile by profile: the types, the alternative and the transfers, as text."""
    env = mechanism.environment
    for number, outcome in enumerate(mechanism.outcome.tolist()):
        shown = mechanism.show_outcome(outcome)
        yield {
            "types": [show_type(env.types[i][k]) for i, k in enumerate(mechanism.types_at(number))],
            "alternative": env.alternatives[shown.bundles[0][0]],
            "transfers": [str(x) for x in shown.transfers],
        }


def write_csv(mechanism: Mechanism, lines: IO[str]) -> None:
    """Write a mechanism as CSV, one row per profile, exact numbers; `read_csv` reads it back."""
    env = mechanism.environment
    writer = csv.writer(lines, lineterminator="\n")
    if env.public and env.alternatives:
        reports = [f"report_{label}" for label in env.labels]
        writer.writerow([*reports, ALTERNATIVE, *(f"transfer_{label}" for label in env.labels)])
        for row in choice_rows(mechanism):
            writer.writerow([*map(_cell, row["types"]), row["alternative"], *row["transfers"]])
        return
    writer.writerow([f"{column}_{label}" for label in env.labels for column in COLUMNS])
    for number, outcome in enumerate(mechanism.outcome.tolist()):
        shown = mechanism.show_outcome(outcome)
        cells: list[str] = []
        for i, k in enumerate(mechanism.types_at(number)):
            bundle = ";".join(map(str, shown.bundles[i]))
            cells += [_cell(show_type(env.types[i][k])), bundle, str(shown.transfers[i])]
        writer.writerow(cells)


def _plain(one_type: Any) -> Any:
    """A vector of one number is written, and read, as that number."""
    return one_type[0] if isinstance(one_type, tuple) and len(one_type) == 1 else one_type


def _cell(text: str) -> str:
    return text.replace(",", ";").strip("()")


def write_npz(mechanism: Mechanism, path: Path) -> None:
    """Write a mechanism with its values as a .npz archive without pickles; `read_npz` reads it back."""
    about, arrays = mechanism_parts(mechanism)
    np.savez_compressed(path, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)


def read_npz(path: Path, environment: Environment | None = None, tolerance: Any = None) -> Mechanism:
    """A mechanism from .npz: outcome (K_0, ..., K_{n-1}) ints; bundle (R, n) bundle numbers; transfer (R, n), ints times
    `scale` or floats with a tolerance; values_0, values_1, ... (K_i, B_i) unless an environment is given.

    Raises InputError for a damaged archive, a missing array or a wrong shape.
    """
    _open(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(str(arrays.pop("about"))) if "about" in arrays else {}
        if not isinstance(about, dict):
            raise InputError("'about' must be a JSON object")
        return _from_archive(path, arrays, about, environment, tolerance)
    except ColludeError as error:
        error.args = (f"{path}: {error}",)
        raise
    except ValueError as error:
        reason = "it is no .npz archive" if "pickle" in str(error) else _short(error)
        raise InputError(f"{path} cannot be read as a mechanism: {reason}") from None
    except (OSError, KeyError, TypeError, AttributeError, IndexError, EOFError, OverflowError) as error:
        raise InputError(f"{path} cannot be read as a mechanism: {_short(error)}") from None
    except (zipfile.BadZipFile, zlib.error, MemoryError, NotImplementedError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {_short(error)}") from None


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def _from_archive(
    path: Path, arrays: dict[str, Any], about: dict[str, Any], environment: Environment | None, tolerance: Any
) -> Mechanism:
    for name in ("outcome", "bundle", "transfer"):
        if name not in arrays:
            raise InputError(f"the array {name!r} is missing")
    env = environment or environment_from(about, arrays)
    outcome = np.asarray(arrays["outcome"])
    if not np.issubdtype(outcome.dtype, np.integer) or not np.issubdtype(arrays["bundle"].dtype, np.integer):
        raise InputError("outcome and bundle must be integer arrays")
    if outcome.shape not in (env.sizes, (env.profiles,)):
        raise InputError(f"outcome has shape {outcome.shape}, but the environment needs {env.sizes}")
    transfer = np.asarray(arrays["transfer"])
    scale, allowed = int(about.get("transfer_scale", env.scale)), int(about.get("tolerance", 0))
    if scale <= 0 or allowed < 0:
        raise InputError("the scale must be positive and the tolerance not negative")
    if np.issubdtype(transfer.dtype, np.floating) or tolerance is not None:
        read, limit = reader(tolerance)
        rows = [tuple(read(x, "a transfer") / scale for x in row) for row in transfer.tolist()]
        bundles = [tuple(row) for row in arrays["bundle"].tolist()]
        return assemble(
            env, path.stem, as_type(outcome.ravel(), np.int32, "outcome"), list(zip(bundles, rows, strict=True)), limit
        )
    if not np.issubdtype(transfer.dtype, np.integer):
        raise InputError(f"transfer must be an array of numbers, not {transfer.dtype}")
    return mechanism_from({"name": path.stem, **about}, arrays, env)
