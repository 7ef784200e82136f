"""Nothing is bent: fractions, booleans, lotteries, unknown keys and hostile texts are refused by name."""

import pickle
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import refused
from numba import njit

import collude as co
from collude.models.environment import Environment
from collude.models.errors import ColludeError, InputError, SizeError, placed
from collude.models.files import npz
from collude.models.files.functions import from_function
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.spec import build
from collude.models.files.tables import read_csv

AUCTION = co.auction(agents=2, values=range(3))
SUPPLIERS = co.procurement(agents=2, costs=[1, 2, 3], units=2)
VOTERS = co.voting(agents=3, alternatives=3)
PAIR = co.voting(agents=2, alternatives=2)
NOTHING = (0, 0)


@pytest.mark.parametrize(
    ("environment", "result", "fragment"),
    [
        (AUCTION, ((0.9, 0.4), NOTHING), "lottery"),
        (AUCTION, (0.5, NOTHING), "lottery"),
        (AUCTION, (Fraction(1, 2), NOTHING), "lottery"),
        (AUCTION, ({0: 0.5, 1: 0.5}, NOTHING), "lottery"),
        (AUCTION, {0: 0.5, 1: 0.5}, "lottery"),
        (AUCTION, (True, NOTHING), "true"),
        (AUCTION, (np.True_, NOTHING), "true"),
        (AUCTION, ("0", NOTHING), "text"),
        (AUCTION, (1.0, NOTHING), "float 1.0"),
        (AUCTION, (0, 0), "a list"),
        (AUCTION, (0, (0, True)), "true"),
        (AUCTION, (5, NOTHING), "the winner 5"),
        (SUPPLIERS, ((1.9, 0), NOTHING), "float 1.9"),
        (SUPPLIERS, ((2, Fraction(3, 2)), NOTHING), "3/2"),
        (SUPPLIERS, ((2, False), NOTHING), "false"),
        (SUPPLIERS, (((2, 1), 0), NOTHING), "cannot hold"),
        (VOTERS, (2, 0, 1), "order of all alternatives"),
        (VOTERS, ((2, 0, 1), (0, 0, 0)), "order of all alternatives"),
        (VOTERS, ((1, 1, 0), (0, 0, 0)), "one alternative for all"),
        (VOTERS, (9, (0, 0, 0)), "no alternative 9"),
        (VOTERS, 1, "(alternative, transfers)"),
        (PAIR, (1, 0), "order of all alternatives"),
    ],
)
def test_a_plain_rule_is_never_bent(environment: Environment, result: Any, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        from_function(environment, lambda _reports: result, name="mine")
    assert fragment in str(error.value)
    assert str(error.value).startswith("mine at the reports (")


@pytest.mark.parametrize(
    ("result", "fragment"),
    [
        (lambda a: (np.full(a.shape[1], 0.5), 0 * a), "lottery"),
        (lambda a: (np.full(a.shape[1], 1.0), 0 * a), "integers, not of float64"),
        (lambda a: (a[0] > 0, 0 * a), "bool"),
        (lambda a: (0 * a + 2**32, 0 * a), "4294967296"),
        (lambda a: (0 * a, 0 * a + 0.5), "tolerance"),
        (lambda a: (0 * a, a > 0), "bool"),
        (lambda a: (0 * a, a.astype(object)), "object"),
        (lambda a: (0 * a, np.full(a.shape, 2**63, np.uint64)), "beyond int64"),
        (lambda a: 0 * a, "pair of arrays"),
    ],
)
def test_a_vectorised_rule_is_never_bent(result: Any, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        from_function(AUCTION, result, vectorised=True)
    assert fragment in str(error.value)


def test_a_jitted_rule_must_not_write_floats() -> None:
    @njit  # type: ignore[untyped-decorator]
    def half(reports: Any, bundles: Any, transfers: Any) -> None:
        bundles[0] = 1
        transfers[0] = -reports[1] / 2

    @njit  # type: ignore[untyped-decorator]
    def many(reports: Any, bundles: Any, transfers: Any) -> None:
        bundles[0], transfers[0] = reports[0] + 7, 0

    if hasattr(half, "py_func"):
        with pytest.raises(InputError, match=r"float64 into an array of integers \(line \d+\)"):
            from_function(AUCTION, half)
        with pytest.raises(InputError, match="bundle number 7"):
            from_function(AUCTION, many)


def test_bundles_of_fractions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a bundle is 3/2"):
        build("vcg-trade", {"costs": "1,2", "values": "1,2", "bundles": "0;1.5"})
    (tmp_path / "s.toml").write_text(
        'mechanism = "vcg-trade"\n[environment]\ncosts = [1, 2]\nvalues = [1, 2]\nbundles = [[0], ["3/2"]]\n'
    )
    assert "a bundle is 3/2" in refused("check", str(tmp_path / "s.toml"))


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"scale": 1.5}, "scale"),
        ({"scale": 1.0}, "scale"),
        ({"scale": True}, "scale"),
        ({"scale": 0}, "scale"),
        ({"transfer_scale": 2.7}, "transfer_scale"),
        ({"transfer_scale": -1}, "transfer_scale"),
        ({"bundles": [[[0], [1.7]], [[0], [1]]]}, "bundles[0][1][0]"),
        ({"bundles": [[[0], ["1"]], [[0], [1]]]}, "bundles[0][1][0]"),
        ({"supply": [2.9]}, "supply[0]"),
        ({"supply": [1, 1]}, "supply has 2 numbers"),
        ({"supplier": ["false", "false"]}, "supplier[0]"),
        ({"supplier": [0, 1]}, "supplier[0]"),
        ({"supplier": [False]}, "per agent"),
        ({"exactly": 1}, "exactly"),
        ({"public": "no"}, "public"),
        ({"types": [[0, 0.5, 1], [0, 1, 2]]}, "0.5"),
        ({"types": [[0, True, 1], [0, 1, 2]]}, "the type True"),
        ({"labels": [True, "b"]}, "labels[0]"),
        ({"labels": 5}, "labels"),
        ({"kind": 5}, "kind"),
        ({"prior": [[1]]}, "prior"),
        ({"prior": {"joint": [0.5, 0.5]}}, "prior.joint[0]"),
        ({"tolerance": 0.5}, "tolerance"),
        ({"colour": 1}, "colour"),
        ({"public": True, "supply": None, "alternatives": ["a", "b", "c"]}, "3 alternatives are named"),
        ({"bundles": [[[0], [1]], [[0, 0], [1, 0]]]}, "same length"),
    ],
)
def test_what_an_archive_says_is_never_bent(changes: dict[str, Any], fragment: str, tmp_path: Path) -> None:
    """The same archive without the change is read."""
    import json

    path = tmp_path / "a.npz"
    write_npz(co.second_price(co.auction(agents=2, values=range(3))), path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    about = json.loads(str(arrays["about"]))
    assert read_npz(path).outcomes == 5
    np.savez(path, **{**arrays, "about": np.array(json.dumps({**about, **changes}))})
    with pytest.raises(InputError) as error:
        read_npz(path)
    assert fragment in str(error.value)


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"colour": np.zeros(3)}, "'colour'"),
        ({"values_3": np.zeros((3, 2), np.int64)}, "follow one another"),
        ({"bundle": np.zeros((5, 2), np.bool_)}, "'bundle'"),
        ({"bundle": np.zeros((5, 2), "timedelta64[s]")}, "'bundle'"),
        ({"bundle": np.zeros((5, 2))}, "bundle must be an integer array"),
        ({"bundle": np.zeros(5, np.int32)}, "bundle has shape"),
        ({"transfer": np.zeros((4, 2), np.int64)}, "transfer has shape"),
        ({"transfer": np.full((5, 2), 0.5)}, "tolerance"),
        ({"about": np.zeros(3)}, "about"),
    ],
)
def test_other_arrays_are_refused(changes: dict[str, Any], fragment: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_npz(co.second_price(co.auction(agents=2, values=range(3))), path)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **{**arrays, **changes})
    with pytest.raises(InputError) as error:
        read_npz(path)
    assert fragment in str(error.value)


def test_a_bomb_is_measured_and_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that declare terabytes, and members that are longer than their headers say."""

    def refuse(error: type[ColludeError], match: str) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(error, match=match):
                read_npz(path)
            assert tracemalloc.get_traced_memory()[1] < 4_000_000
        finally:
            tracemalloc.stop()

    monkeypatch.setattr(npz, "LARGEST_DENSE", 1 << 24)
    path = tmp_path / "bomb.npz"
    small = np.zeros((2, 2), np.int64)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("outcome", "values_0", "values_1"):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, small)
        for name in ("bundle", "transfer"):
            with archive.open(f"{name}.npy", "w") as member:
                header = {"shape": (6_000_000, 2), "fortran_order": False, "descr": "<i8"}
                np.lib.format.write_array_header_1_0(member, header)
                for _ in range(96):
                    member.write(bytes(1_000_000))
    refuse(SizeError, "6000000 outcomes are listed, but there are 4 profiles")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, shape in (
            ("values_0", (16_384, 1)),
            ("values_1", (136, 1)),
            ("bundle", (1, 2)),
            ("transfer", (1, 2)),
        ):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.zeros(shape, np.int64))
        with archive.open("outcome.npy", "w", force_zip64=True) as member:
            header = {"shape": (16_384, 136), "fortran_order": False, "descr": "<i8"}
            np.lib.format.write_array_header_1_0(member, header)
            for _ in range(136):
                member.write(bytes(8 * 16_384))
    refuse(SizeError, r"unpack to 17\d{6}; .* without compression")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("outcome.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"shape": (10**12,), "fortran_order": False, "descr": "<i8"})
    refuse(InputError, "its length is not what its shape")


@contextmanager
def counted_calls() -> Iterator[list[int]]:
    """Counts the calls and returns of functions, which no other program on the machine can make more."""
    calls: list[int] = []
    sys.setprofile(lambda *_: calls.append(1))
    try:
        yield calls
    finally:
        sys.setprofile(None)


HEAD = "report_a,bundle_a,transfer_a,report_b,bundle_b,transfer_b\n"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (HEAD + '"1,500",1,0,0,0,0\n', "without commas"),
        (HEAD + '0,1,"-1,5",0,0,0\n', "transfer is '-1,5'"),
        (HEAD + "0,1.5,0,0,0,0\n", "whole numbers"),
        (HEAD + "0,true,0,0,0,0\n", "'true'"),
        (HEAD.replace(",", ";") + "0;1;0;0;0;0\n", "separated by semicolons"),
        (HEAD.replace(",", "\t") + "0\t1\t0\t0\t0\t0\n", "separated by tabs"),
        (HEAD + "0,1,0,0,0,0\n0,0,0,1,1,0\n1,0,0,0,1,0\n", "(1, 1) is missing; give"),
        (HEAD + "0,1,0,0,0,0\n1,0,0,1,1,0\n", "(0, 1) is missing, and 1 others"),
    ],
)
def test_cells_are_never_bent(text: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError) as error:
        read_csv(tmp_path / "t.csv")
    assert fragment in str(error.value)


def test_a_hundred_thousand_columns_are_refused_at_once(tmp_path: Path) -> None:
    columns = [f"{column}_{i}" for i in range(34_000) for column in ("report", "bundle", "transfer")]
    (tmp_path / "t.csv").write_text(",".join(columns) + "\n" + ",".join("0" for _ in columns) + "\n")
    with pytest.raises(InputError, match="102000 columns"), counted_calls() as calls:
        read_csv(tmp_path / "t.csv")
    assert sum(calls) < len(columns)  # none of them is looked at


BASE = 'mechanism = "second-price"\n[environment]\nagents = 2\n'
WITH_VALUES = BASE + 'values = "0:1"\n'


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        (BASE + f"values = [1, {'9' * 5000}]\n", "environment.values[1] is an integer of 5000 digits"),
        (BASE + f"values = [1, -{'9' * 5000}]\n", "environment.values[1]"),
        (BASE + f"values = [1, 0x{'f' * 5000}]\n", "environment.values[1]"),
        (BASE + f"values = [0.{'1' * 5000}]\n", "environment.values[0]"),
        (BASE + "values = [1, 1e99999999999999999999]\n", "environment.values[1]"),
        (BASE + "values = [1, 1e999]\n", "environment.values[1]"),
        (BASE + "values = [nan]\n", "environment.values[0]"),
        (BASE + "values = 5\n", "values"),
        (BASE + "values = true\n", "values"),
        (BASE + "values = {a = 1}\n", "values"),
        (BASE + "values = 07:32:00\n", "environment.values"),
        (BASE + "values = [1979-05-27]\n", "environment.values[0]"),
        (BASE + "values = [true, false]\n", "values[0] is true"),
        (BASE + "values = [[[[[1]]]]]\n", "values[0]"),
        (WITH_VALUES + "kind = 5\n", "kind"),
        (WITH_VALUES + "kind = ['auction']\n", "kind"),
        (WITH_VALUES + "kind = {a = 1}\n", "kind"),
        (WITH_VALUES + "kind = true\n", "kind"),
        (WITH_VALUES + "kind = 1979-05-27\n", "environment.kind"),
        (WITH_VALUES + "labels = 5\n", "labels"),
        (WITH_VALUES + "labels = 'ab'\n", "labels"),
        (WITH_VALUES + "labels = [1, 2]\n", "labels"),
        (WITH_VALUES + "prior = 5\n", "prior"),
        (WITH_VALUES + "withhold = 1\n", "withhold"),
        (WITH_VALUES + "[parameters]\nties = 5\n", "ties"),
        (WITH_VALUES + "[parameters]\nreserve = true\n", "reserve"),
        (WITH_VALUES + "[parameters]\nreserve = [1, 2]\n", "reserve"),
        (BASE.replace("= 2", "= 2.5") + 'values = "0:1"\n', "agents is 5/2"),
        (BASE.replace("= 2", "= true") + 'values = "0:1"\n', "agents is true"),
        (BASE.replace("= 2", f"= {'9' * 300}") + 'values = "0:1"\n', "at most 30"),
        ("mechanism = [1]\n", "mechanism must be a text, not a list"),
        ("mechanism = {a = 1}\n", "mechanism must be a text"),
        ("mechanism = true\n", "mechanism must be a text"),
        ("mechanism = 12:00:00\n", "mechanism is the date or time"),
        ('mechanism = "second-price"\nenvironment = [1]\n', "environment must be a table, not a list"),
        ('mechanism = "second-price"\nenvironment = "auction"\n', "environment must be a table, not a text"),
        ('mechanism = "second-price"\nenvironment = 1979-05-27\n', "environment is the date or time"),
        ('tolerance = true\nmechanism = "second-price"\n', "tolerance"),
        ("table = 5\n", "table must be a text"),
        (f"{'9' * 5000} = 1\n", "unknown field"),
    ],
)
def test_hostile_toml_is_named(text: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(ColludeError) as error:
        build(str(tmp_path / "s.toml"))
    assert fragment in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400 + len(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "a." * 40_000 + "a = 1\n",
        "[" + "a." * 40_000 + "a]\n",
        "x = {" + "a." * 40_000 + "a = 1}\n",
        '"a".' * 40_000 + "a = 1\n",
        '"="' + '."="' * 40_000 + " = 1\n",
        "x = " + "[" * 50_000 + "\n",
        "x = " + "{a=" * 50_000 + "\n",
        'x = "' + '\\"' * 40_000,
        '"""' * 30_001,
        "'''" * 30_001,
    ],
)
def test_a_text_made_to_be_slow_is_refused_fast(text: str, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(InputError), counted_calls() as calls:
        build(str(tmp_path / "s.toml"))
    assert sum(calls) <= 3 * len(text) + 10_000  # linear in the size of the file


def test_every_command_that_reads_a_description_refuses_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(BASE + f"values = [1, {'9' * 5000}]\n")
    for words in (("check",), ("plan",), ("worst",), ("explain", "--profile", "0,0"), ("equilibria",)):
        assert "environment.values[1]" in refused(words[0], str(path), *words[1:])
    path.write_text(f"problem = 'auction'\n[parameters]\nagents = {'9' * 5000}\n")
    assert "parameters.agents" in refused("search", str(path))


def test_an_error_keeps_its_place_and_its_number_on_its_way_between_processes() -> None:
    with pytest.raises(SizeError) as caught, placed("sweep.csv"), placed("at price=3"):
        raise SizeError("too large", 2**70)
    came = pickle.loads(pickle.dumps(caught.value))
    assert (str(came), came.size, type(came)) == ("sweep.csv: at price=3: too large", 2**70, SizeError)


@pytest.mark.parametrize(
    ("costs", "values", "fragment"),
    [
        ([1, 2], [[3, 2], [4, 3]], "must have 2 entries"),
        ([[1, 2]], [[3]], "must have 2 entries"),
        ([[1, 2], 3], [[3, 2]], "the costs mix numbers and vectors"),
    ],
)
def test_missing_marginals_are_not_read_as_zero(costs: list[Any], values: list[Any], fragment: str) -> None:
    with pytest.raises(InputError, match=fragment):
        co.trade(costs, values)
