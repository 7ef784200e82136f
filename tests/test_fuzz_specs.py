"""Thousands of spoilt descriptions: each is read, or refused in one line; nothing else ever happens."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import collude as co
from collude.enumerate.checks.check import check
from collude.enumerate.problems.registry import from_spec
from collude.models.errors import ColludeError
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.spec import draft
from collude.models.files.tables import read_csv, write_csv

MOST_PROFILES = 400

DOCUMENTS = (
    'mechanism = "second-price"\nname = "mine"\n[environment]\nagents = 2\nvalues = [0, 0.5, "3/2"]\n'
    'labels = ["a", "b"]\nwithhold = true\nprior = [["1/3", "1/3", "1/3"], ["1/2", "1/4", "1/4"]]\n'
    "[parameters]\nreserve = 0.25\n",
    'mechanism = "posted-price"\ntolerance = "1/100"\n[environment]\nkind = "auction"\nagents = 2\nvalues = "0:3"\n'
    "prior = 'uniform'\n[parameters]\nprice = 1.5\naccept_equal = false\n",
    'mechanism = "vcg-choice"\n[environment]\nkind = "choice"\nalternatives = ["north", "south"]\n'
    "payoffs = [[[0, 1], [2, 0]], [[0, 1], [1, 0]]]\n",
    'mechanism = "vcg-trade"\n[environment]\nkind = "trade"\ncosts = [[1, 3], [2, 2]]\nvalues = [[2, 4]]\n'
    "bundles = [[0, 0], [1, 0], [1, 1]]\n",
    'mechanism = "vcg-procurement"\n[environment]\nagents = 2\ncosts = "1:3"\nunits = 2\n[parameters]\ntarget = 2\n',
    'mechanism = "plurality"\n[environment]\nagents = 2\nalternatives = 3\npreferences = "single-peaked"\n',
    'table = "t.csv"\n[environment]\nkind = "auction"\nagents = 2\nvalues = "0:1"\n',
    'mechanism = "agv"\n[environment]\nkind = "public-good"\nagents = 2\nvalues = [0, 3]\ncost = 2\nprior = "uniform"\n',
)
SEARCHES = (
    'problem = "auction"\nrequire = ["strategy-proof", "symmetric"]\nmode = "count"\n[parameters]\nagents = 2\n'
    'values = [0, 1]\ntransfers = "-1:0"\n',
    'problem = "list"\n[parameters]\nenvironment = { kind = "auction", agents = 2, values = [0, 1] }\n'
    "outcomes = [{ bundles = [0, 0] }, { bundles = [1, 0], transfers = [-1, 0] }]\n",
    'problem = "voting"\nchunks = 4\nmax_seconds = 1.5\n[parameters]\nagents = 2\nalternatives = 2\n',
)
HOSTILE = (
    "true", "false", "5", "-1", "0", "2.5", "-0.0", "1e3", "1e99999999999999999999", "-1e400", "inf", "-nan", "''", '""',
    '"x"', '"auction"', '"0:2"', '"0-4"', '"1/0"', '"1,500"', '"uniform"', '"joint:1"', "[]", "[[]]", "[1, [2]]", "{}",
    "{a = 1}", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "9" * 500, "-" + "9" * 5000, "0x" + "f" * 600, "0o7", "0b1",
    "0." + "3" * 500, '"' + "9" * 5000 + '"', '"\\u0000"', '"' + "a" * 5000 + '"', "[" * 50 + "]" * 50, "'''\nx'''", "[true]",
    '["a", 1]', "[inf]", "2_000", "+1", "[1e-200]", "9223372036854775807", "[9223372036854775807]", "4611686018427387904",
    "[[0, 1], [1, 0]]", '[["1/2", "1/2"]]', '{independent = 1}',
)  # fmt: skip
KEYS = (
    "mechanism", "table", "name", "environment", "parameters", "tolerance", "kind", "agents", "values", "labels", "prior",
    "costs", "units", "bundles", "payoffs", "alternatives", "problem", "require", "a.b", '"x y"', "a" * 300, "9" * 500,
)  # fmt: skip


def spoilt(rng: random.Random, text: str) -> str:
    """The text with one to three changes: a value, a key, a line, some characters."""
    for _ in range(rng.randint(1, 3)):
        lines = text.split("\n")
        place = rng.randrange(len(lines))
        action = rng.randrange(6)
        key, sign, _ = lines[place].partition(" = ")
        if action <= 1 and sign:
            lines[place] = f"{key} = {rng.choice(HOSTILE)}"
        elif action == 2:
            lines.insert(place, f"{rng.choice(KEYS)} = {rng.choice(HOSTILE)}")
        elif action == 3 and sign:
            lines[place] = lines[place].replace(key, rng.choice(KEYS), 1)
        elif action == 4:
            lines.pop(place)
        text = "\n".join(lines)
        if action == 5 and text:
            at = rng.randrange(len(text))
            change = rng.choice(
                ["", "[", "]", '"', "'", "=", ".", ",", "{", "}", "#", "\n", "0", "9", "-", "e", "\\", "\x00", "é"]
            )
            text = text[:at] + change + text[at + rng.randint(0, 2) :]
    return text


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


def spoilt_bytes(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some changed, taken out or put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed))
        action = rng.randrange(4)
        if action == 0:
            changed[place] = rng.randrange(256)
        elif action == 1:
            del changed[place : place + rng.randint(1, 8)]
        elif action == 2:
            changed[place:place] = rng.choice(
                [b",", b";", b'"', b"\n", b"9" * 70, b"1/2", b"\x00", b"\xff", b"()", b"e9"]
            )
        else:
            changed = changed[: max(1, place)] if rng.random() < 0.1 else changed
    return bytes(changed)


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
