"""Thousands of spoilt descriptions: each is read, or refused in one line; nothing else ever happens."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from spoilt import DOCUMENTS, SEARCHES, spoilt, spoilt_bytes

import collude as co
from collude.enumerate.checks.check import check
from collude.enumerate.problems.registry import from_spec
from collude.models.errors import ColludeError
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.spec import draft
from collude.models.files.tables import read_csv, write_csv

MOST_PROFILES = 400


def outcome_of(path: Path, search: bool) -> str:
    """ "read", "refused" or "large": what became of a description; any other error fails the test."""
    try:
        if search:
            from_spec(path)
            return "read"
        drafted = draft(str(path))
        if drafted.environment.profiles > MOST_PROFILES:
            return "large"
        check(drafted.build(), ["strategy-proof"])
    except ColludeError as error:
        assert "\n" not in str(error), str(error)
        assert len(str(error)) < 700 + len(str(path)), str(error)
        return "refused"
    return "read"


def fuzz(seed: int, count: int, folder: Path) -> Counter[str]:
    """What became of so many spoilt descriptions."""
    rng, seen = random.Random(seed), Counter[str]()
    (folder / "t.csv").write_text(
        "report_a,bundle_a,transfer_a,report_b,bundle_b,transfer_b\n0,1,0,0,0,0\n0,0,0,1,1,0\n1,1,0,0,0,0\n1,1,-1,1,0,0\n"
    )
    path = folder / "s.toml"
    for number in range(count):
        search = number % 5 == 4
        text = spoilt(rng, rng.choice(SEARCHES if search else DOCUMENTS))
        path.write_text(text, encoding="utf-8")
        try:
            seen[outcome_of(path, search)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}, description {number}:\n{text[:2000]}") from error
    return seen


def test_the_descriptions_are_right_before_they_are_spoilt(tmp_path: Path) -> None:
    fuzz(0, 1, tmp_path)
    for search, texts in ((False, DOCUMENTS), (True, SEARCHES)):
        for text in texts:
            (tmp_path / "s.toml").write_text(text)
            assert outcome_of(tmp_path / "s.toml", search) == "read", text


def test_some_spoilt_descriptions(tmp_path: Path) -> None:
    seen = fuzz(1, 300, tmp_path)
    assert seen["refused"] >= 150
    assert seen["read"] >= 20


@pytest.mark.slow
def test_thousands_of_spoilt_descriptions(tmp_path: Path) -> None:
    seen = fuzz(2, 20_000, tmp_path)
    assert seen["refused"] >= 10_000
    assert seen["read"] >= 1_500


@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.slow)])
def test_spoilt_tables_and_archives(count: int, tmp_path: Path) -> None:
    """An archive is never read as another mechanism; a table may be, since every text can be meant."""
    mechanism = co.second_price(co.auction(agents=2, values=["0", "1/2", "3"]))
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as lines:
        write_csv(mechanism, lines)
    write_npz(mechanism, tmp_path / "a.npz")
    tables, archives = (tmp_path / "t.csv").read_bytes(), (tmp_path / "a.npz").read_bytes()
    rng, seen = random.Random(3), Counter[str]()
    for number in range(count):
        archive = number % 2 == 1
        path = tmp_path / ("b.npz" if archive else "b.csv")
        path.write_bytes(spoilt_bytes(rng, archives if archive else tables))
        try:
            found = read_npz(path) if archive else read_csv(path)
        except ColludeError as error:
            assert "\n" not in str(error)
            seen["refused"] += 1
            continue
        seen["read"] += 1
        if archive:
            assert np.array_equal(found.outcome, mechanism.outcome)
            assert np.array_equal(found.transfer, mechanism.transfer)
    assert seen["refused"] >= count // 2
    assert seen["read"] >= 1
