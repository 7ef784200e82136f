"""Symmetric mechanisms in files and from Python functions: one row (or call) a multiset and report."""

import csv
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np

from collude.kernels.multisets.ranking import rank_of, rank_table
from collude.models.errors import InputError
from collude.models.mechanism import show_type
from collude.models.numbers import exact
from collude.models.symmetric.mechanism import (
    Lottery,
    SymmetricMechanism,
    count_blocks,
    lottery,
    require_table,
    show_counts,
)
from collude.models.symmetric.population import Population

SPOILT = (zipfile.BadZipFile, zlib.error, NotImplementedError)
COUNT = "count_"
COLUMNS = ("report", "probability", "bundle", "transfer")
LARGEST_FILE = 4 << 30
Row = tuple[str, tuple[int, ...], int, tuple[Fraction, int, Fraction]]


def from_share_function(
    population: Population, function: Callable[..., object], name: str | None = None
) -> SymmetricMechanism:
    """A symmetric mechanism from a Python function of a report and the counts of all reports.

    Parameters
    ----------
    population : Population
    function : callable
        Called as function(report, counts), `report` a type and `counts` a tuple of K ints; it returns (bundle, transfer), or
        a list of (probability, bundle, transfer), or in a public choice without money the number of the alternative. Bundles
        are ints or tuples as in the environment.
    name : str, optional
        What verdicts call the mechanism; that of the function by default.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> from collude import auction
    >>> own_bid = from_share_function(Population(2, auction(1, range(2))), lambda bid, counts: (0, -bid), "fee")
    >>> [str(parts[0][2]) for parts in own_bid.shares]
    ['-1', '0']
    """
    require_table(population)
    places: dict[tuple[object, ...], int] = {bundle: b for b, bundle in enumerate(population.bundles)}
    title = name or str(getattr(function, "__name__", "mechanism"))

    def rows() -> Iterable[Row]:
        for _, counts in count_blocks(population):
            for row in map(tuple, counts.tolist()):
                for k, number in enumerate(row):
                    if number:
                        where = f"{title} at {show_counts(population, row)}, report {show_type(population.types[k])}"
                        for part in _parts(_called(function, population.types[k], row, where), places, where):
                            yield where, row, k, part

    return _assembled(population, title, rows())


def _called(function: Callable[..., object], report: object, counts: tuple[int, ...], where: str) -> object:
    """What the function returns; InputError in one line if it fails."""
    try:
        return function(report, counts)
    except (Exception, SystemExit) as error:
        raise InputError(f"{where}: the function failed: {type(error).__name__}: {error}") from None


def _parts(given: object, places: Mapping[tuple[object, ...], int], where: str) -> list[tuple[Fraction, int, Fraction]]:
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        given = (given, 0)
    if isinstance(given, tuple) and len(given) == 2:
        given = [(1, *given)]
    if not isinstance(given, list) or not all(isinstance(part, tuple) and len(part) == 3 for part in given):
        raise InputError(
            f"{where}: the function must return (bundle, transfer) or a list of (probability, bundle, transfer), not "
            f"{given!r}"
        )
    return [
        (exact(p, f"{where}: a probability"), _place(bundle, places, where), exact(t, f"{where}: a transfer"))
        for p, bundle, t in given
    ]


def _place(bundle: object, places: Mapping[tuple[object, ...], int], where: str) -> int:
    vector = tuple(bundle) if isinstance(bundle, (tuple, list)) else (bundle,)
    if vector not in places:
        raise InputError(f"{where}: an agent cannot hold the bundle {bundle!r}")
    return places[vector]


def _assembled(population: Population, name: str, rows: Iterable[Row]) -> SymmetricMechanism:
    """A mechanism from rows (place in words, counts, report, part of the lottery); every report once at every multiset."""
    n, kinds = population.agents, len(population.types)
    table = rank_table(n, kinds)
    given: dict[tuple[int, int], list[tuple[Fraction, int, Fraction]]] = {}
    words: dict[tuple[int, int], str] = {}
    for where, counts, report, part in rows:
        if sum(counts) != n:
            raise InputError(f"{where}: the counts sum to {sum(counts)}, but there are {n} agents")
        if counts[report] == 0:
            raise InputError(f"{where}: nobody reports {show_type(population.types[report])} there")
        key = (int(rank_of(np.array(counts, np.int64), table)), report)
        given.setdefault(key, []).append(part)
        words[key] = where
    share = np.full((population.situations, kinds), -1, np.int32)
    shares: dict[Lottery, int] = {}
    for (rank, report), parts in given.items():
        try:
            share[rank, report] = shares.setdefault(lottery(parts), len(shares))
        except InputError as error:
            raise InputError(f"{words[rank, report]}: {error}") from None
    for first, block in count_blocks(population):
        missing = np.argwhere((block > 0) & (share[first : first + len(block)] < 0))
        if len(missing):
            b, k = missing[0]
            raise InputError(
                f"{name}: the row of report {show_type(population.types[k])} at {show_counts(population, block[b])} is "
                "missing; give every report at every multiset a row"
            )
    return SymmetricMechanism(population, name, share, tuple(shares))


def has_count_columns(path: Path) -> bool:
    """Whether a CSV or .npz file has one row a multiset and report, and not one a profile.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
        False also for a file that cannot be read.
    """
    try:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as archive:
                return "counts.npy" in archive.namelist()
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return next((row for row in csv.reader(lines) if row), [""])[0].strip().startswith(COUNT)
    except (OSError, ValueError, csv.Error, *SPOILT):
        return False


def read_symmetric_csv(path: Path, population: Population) -> SymmetricMechanism:
    """A symmetric mechanism from CSV: columns count_TYPE for every type, report, bundle, transfer, and perhaps probability.

    One row per multiset and report, or several with probabilities that sum to 1. Types are written as the environment
    writes them.

    Parameters
    ----------
    path : Path
    population : Population

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        That names the line.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path} has more than {LARGEST_FILE} bytes; use .npz")
    names = [show_type(t) for t in population.types]
    plain = {name.replace(",", ";").strip("()"): k for k, name in enumerate(names)}
    places: dict[tuple[object, ...], int] = {bundle: b for b, bundle in enumerate(population.bundles)}
    places.update({(name,): b for b, name in enumerate(population.member.alternatives)})
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            table = [(x, row) for x, row in enumerate(csv.reader(lines, strict=True), 1) if any(c.strip() for c in row)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error}") from None
    header = [title.strip() for title in table[0][1]]
    wanted = [*(COUNT + name for name in plain), "report", "bundle", "transfer"]
    for title in wanted:
        if title not in header:
            raise InputError(f"{path} line 1: the column {title!r} is missing")
    place = {title: header.index(title) for title in (*wanted, *([COLUMNS[1]] if COLUMNS[1] in header else []))}

    def rows() -> Iterable[Row]:
        for line, row in table[1:]:
            where = f"{path} line {line}"
            if len(row) != len(header):
                raise InputError(f"{where}: {len(row)} cells, but the header has {len(header)}")
            counts = tuple(_whole(row[place[COUNT + name]], where) for name in plain)
            report = row[place["report"]].strip().replace(",", ";").strip("()")
            if report not in plain:
                raise InputError(f"{where}: there is no type {report!r}; there are {', '.join(plain)}")
            chance = exact(row[place[COLUMNS[1]]], f"{where}: probability") if COLUMNS[1] in place else Fraction(1)
            bundle = _place(_cell(row[place["bundle"]], where, population), places, where)
            yield where, counts, plain[report], (chance, bundle, exact(row[place["transfer"]], f"{where}: transfer"))

    return _assembled(population, path.stem, rows())


def _whole(text: str, where: str) -> int:
    number = exact(text, f"{where}: a count")
    if number.denominator != 1 or number < 0:
        raise InputError(f"{where}: a count must be a whole number of at least 0, not {text.strip()}")
    return int(number)


def _cell(text: str, where: str, population: Population) -> object:
    word = text.strip()
    if word in population.member.alternatives:
        return word
    return tuple(_whole(part, where) for part in word.strip("()").replace(";", " ").split())


def write_symmetric_csv(mechanism: SymmetricMechanism, lines: IO[str]) -> None:
    """Write a symmetric mechanism as CSV, exact numbers; `read_symmetric_csv` reads it back.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    lines : file
        Open for text.
    """
    population = mechanism.population
    names = [show_type(t).replace(",", ";").strip("()") for t in population.types]
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([*(COUNT + name for name in names), *COLUMNS])
    for first, counts in count_blocks(population):
        for x, row in enumerate(counts.tolist()):
            for k, number in enumerate(row):
                for p, b, t in mechanism.shares[mechanism.share[first + x, k]] if number else ():
                    writer.writerow([*row, names[k], p, ";".join(map(str, population.bundles[b])), t])


def write_symmetric_npz(mechanism: SymmetricMechanism, path: Path) -> None:
    """Write a symmetric mechanism as .npz without pickles; `read_symmetric_npz` reads it back with its population.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    path : Path

    Notes
    -----
    counts (M, K); share (M, K), the number of each report's share; parts (P, 2), share and bundle number, and, in `money`,
    the probability and the transfer of each part as text.
    """
    parts = [(r, b, f"{p};{t}") for r, share in enumerate(mechanism.shares) for p, b, t in share]
    counts = np.concatenate([counts for _, counts in count_blocks(mechanism.population)])
    about = json.dumps({"name": mechanism.name, "notes": list(mechanism.notes)})
    np.savez_compressed(
        path,
        allow_pickle=False,
        about=np.array(about),
        counts=counts,
        share=mechanism.share,
        parts=np.array([(r, b) for r, b, _ in parts], np.int64),
        money=np.array([text for _, _, text in parts]),
    )


def read_symmetric_npz(path: Path, population: Population) -> SymmetricMechanism:
    """A symmetric mechanism from .npz, see `write_symmetric_npz`.

    Parameters
    ----------
    path : Path
    population : Population

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For a damaged or unfit archive.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(str(arrays["about"])) if "about" in arrays else {}
        counts, share, parts = (np.asarray(arrays[name]) for name in ("counts", "share", "parts"))
        money = [tuple(text.split(";")) for text in arrays["money"].tolist()]
        shares: list[list[tuple[Fraction, int, Fraction]]] = [[] for _ in range(int(parts[:, 0].max(initial=-1)) + 1)]
        for (r, b), (p, t) in zip(parts.tolist(), money, strict=True):
            shares[r].append((exact(p, "a probability"), b, exact(t, "a transfer")))
        expected = np.concatenate([rows for _, rows in count_blocks(population)])
        if counts.shape != expected.shape or not np.issubdtype(counts.dtype, np.integer):
            raise InputError(f"counts have shape {counts.shape}, but {expected.shape} is needed")
        order, place = np.lexsort(counts.T), np.lexsort(expected.T)
        if not (counts[order] == expected[place]).all() or share.shape != counts.shape:
            raise InputError("counts do not list every multiset of types once, or share does not fit them")
        table = np.empty(share.shape, np.int32)
        table[place] = np.where(expected[place] > 0, share[order], -1)
        if ((table < 0) & (expected > 0)).any() or int(table.max(initial=-1)) >= len(shares):
            raise InputError("share names shares that are not there")
        notes = tuple(str(note) for note in about.get("notes", ()))
        return SymmetricMechanism(
            population, str(about.get("name", path.stem)), table, tuple(map(lottery, shares)), notes
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, *SPOILT) as error:
        raise InputError(f"{path} cannot be read as a symmetric mechanism: {type(error).__name__}: {error}") from None
