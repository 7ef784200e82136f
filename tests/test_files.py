"""Mechanisms from files and functions: round trips, errors that name the place, and loaders under fuzz."""

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import njit

import collude as co
from collude.enumerate.checks.check import check
from collude.models.errors import ColludeError, InputError, SizeError
from collude.models.files.functions import from_function
from collude.models.files.npz import read_npz, write_npz
from collude.models.files.spec import build
from collude.models.files.tables import read_csv, write_csv
from collude.models.mechanism import Mechanism
from collude.models.numbers import exact, grid
from collude.models.symmetric.tables import has_count_columns

GSP = "group-strategy-proof"
RELAXED = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def auction() -> Mechanism:
    return co.second_price(co.auction(agents=2, values=["0", "1/2", "3"]))


def save(mechanism: Mechanism, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as lines:
        write_csv(mechanism, lines)


def same(first: Mechanism, second: Mechanism) -> bool:
    env = first.environment
    return all(
        first.utility(i, k, int(o)) * second.scale == second.utility(i, k, int(p)) * first.scale
        for o, p in zip(first.outcome, second.outcome, strict=True)
        for i in range(env.agents)
        for k in range(env.sizes[i])
    )


def test_csv_round_trip(auction: Mechanism, tmp_path: Path) -> None:
    save(auction, tmp_path / "a.csv")
    again = read_csv(tmp_path / "a.csv")
    assert same(auction, again)
    assert check(again, [GSP])[GSP].violations == check(auction, [GSP])[GSP].violations
    assert same(auction, read_csv(tmp_path / "a.csv", auction.environment))


def test_csv_of_cost_vectors(tmp_path: Path) -> None:
    env = co.procurement(agents=2, costs=[1, 2, 3], units=2)
    mechanism = build("fixed-price", {"agents": "2", "costs": "1:3", "units": "2"}, {"price": "5/2"})
    save(mechanism, tmp_path / "p.csv")
    assert same(mechanism, read_csv(tmp_path / "p.csv", env))


def test_csv_of_suppliers_of_one_unit(tmp_path: Path) -> None:
    """Their types are vectors of one number, which are written as that number."""
    mechanism = build("second-price-reverse", {"agents": "2", "costs": "1,2"})
    save(mechanism, tmp_path / "p.csv")
    assert same(mechanism, read_csv(tmp_path / "p.csv", mechanism.environment))


def test_csv_of_public_choices(tmp_path: Path) -> None:
    """Types and alternatives by their names; orders and numbers as they are shown; bundles where nothing has a name."""
    given = [
        build("shapley", {"kind": "airline", "prior": "uniform"}),
        build("vcg-choice", {"kind": "public-good", "agents": "2", "values": "0,1/2,2", "cost": "1"}),
        build("plurality", {"agents": "2", "alternatives": "3"}),
    ]
    for mechanism in given:
        save(mechanism, tmp_path / "c.csv")
        head = (tmp_path / "c.csv").read_text().splitlines()[0].split(",")
        assert ("alternative" in head) == bool(mechanism.environment.alternatives)
        assert same(mechanism, read_csv(tmp_path / "c.csv", mechanism.environment))


def test_an_unknown_alternative_is_named(tmp_path: Path) -> None:
    airline = build("agv", {"kind": "airline", "prior": "uniform"})
    save(airline, tmp_path / "c.csv")
    (tmp_path / "c.csv").write_text((tmp_path / "c.csv").read_text().replace("1 on A", "1 on C", 1))
    with pytest.raises(InputError, match=r"line 4: there is no alternative '1 on C'; there are .*1 on A"):
        read_csv(tmp_path / "c.csv", airline.environment)


def test_npz_round_trip(auction: Mechanism, tmp_path: Path) -> None:
    write_npz(auction, tmp_path / "a.npz")
    again = read_npz(tmp_path / "a.npz")
    assert same(auction, again)
    assert again.notes == auction.notes
    assert again.environment.types == auction.environment.types
    assert check(again).to_dict()["verdicts"][2]["violations"] == check(auction).to_dict()["verdicts"][2]["violations"]


def test_toml(tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(
        'mechanism = "posted-price"\n[environment]\nagents = 2\nvalues = [0, 0.5, "3/2"]\n'
        'prior = [["1/3", "1/3", "1/3"], ["1/2", "1/4", "1/4"]]\n[parameters]\nprice = 0.25\n'
    )
    mechanism = build(str(spec))
    assert mechanism.scale == 4
    assert mechanism.environment.types[0] == (0, Fraction(1, 2), Fraction(3, 2))
    assert mechanism.environment.prior is not None
    save(mechanism, tmp_path / "t.csv")
    spec.write_text('table = "t.csv"\nname = "mine"\n')
    assert build(str(spec)).name == "mine"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ('mechanism = "second-price"\ncolour = 1\n', "colour"),
        ('mechanism = "second-price"\n[environment]\nagents = "two"\nvalues = "0:2"\n', "'two'"),
        ('mechanism = "second-price"\n[environment]\nagents = 2\nvalues = "0:2"\nfoo = 1\n', "foo"),
        ("mechanism = ", "end of document"),
        ('[environment]\nagents = 2\nvalues = "0:2"\n', "either"),
        ('mechanism = "second-price"\n[environment]\nagents = 2\nvalues = [1, inf]\n', "Infinity"),
        ('mechanism = "second-price"\n[environment]\nagents = 2\nvalues = "0:1"\nprior = [[1, 1], [1]]\n', "prior"),
        ('table = "spec.toml"\n', ".csv"),
    ],
)
def test_bad_toml_is_named(text: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(text)
    with pytest.raises(ColludeError) as error:
        build(str(tmp_path / "spec.toml"))
    assert fragment in str(error.value)


HEAD = "report_a,bundle_a,transfer_a,report_b,bundle_b,transfer_b\n"
BODY = ["0,1,0,0,0,0\n", "0,0,0,1,1,0\n", "1,1,0,0,0,0\n", "1,1,-1,1,0,0\n"]


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "no rows"),
        (HEAD, "no rows"),
        ("report_a,bundle_a\n0,0\n", "transfer_a"),
        ("a,b\n0,0\n", "'a'"),
        (HEAD + "".join(BODY[:3]), "(1, 1) is missing"),
        (HEAD + "".join(BODY) + BODY[1], "line 6: the profile (0,1) occurs twice"),
        (HEAD + "".join(BODY[:3]) + "1,1,x,1,0,0\n", "line 5: transfer is 'x'"),
        (HEAD + "".join(BODY[:3]) + "1,1,-1,1,0\n", "line 5: 5 cells"),
        (HEAD + "".join(BODY[:3]) + "1,1/2,-1,1,0,0\n", "whole numbers"),
        (HEAD + "".join(BODY[:3]) + "1,-1,-1,1,0,0\n", "environment"),
        (HEAD + "".join(BODY[:3]) + "1,1,99999999999999999999,1,0,0\n", "int64"),
    ],
)
def test_bad_csv_is_named(text: str, fragment: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ColludeError) as error:
        read_csv(tmp_path / "t.csv")
    assert fragment in str(error.value)


def test_empty_lines_do_not_matter(tmp_path: Path) -> None:
    """Above the header, between rows and below, in a table of profiles and in one of multisets."""
    (tmp_path / "t.csv").write_text("\n\r\n" + HEAD + "\n" + "\n".join(BODY) + "\n\n")
    table = build(str(tmp_path / "t.csv"))
    assert table.outcome.tolist() == read_csv(tmp_path / "t.csv").outcome.tolist() == [0, 1, 0, 2]
    (tmp_path / "s.csv").write_text("\n\ncount_0,count_1,report,bundle,transfer\n\n1,0,0,0,0\n0,1,1,1,0\n\n")
    assert has_count_columns(tmp_path / "s.csv")
    assert not has_count_columns(tmp_path / "t.csv")
    (tmp_path / "nothing.csv").write_text("\n\n")
    assert not has_count_columns(tmp_path / "nothing.csv")


def test_goods_that_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(HEAD + "".join(BODY[:3]) + "1,1,0,1,1,0\n")
    with pytest.raises(InputError, match=r"\(1, 1\) give goods that do not exist"):
        read_csv(tmp_path / "t.csv", co.auction(agents=2, values=[0, 1]))


@settings(max_examples=150, deadline=None, suppress_health_check=RELAXED)
@given(st.randoms(use_true_random=False))
def test_damaged_csv_never_crashes(tmp_path: Path, rng: random.Random) -> None:
    data = bytearray((HEAD + "".join(BODY)).encode())
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(data))
        action = rng.randrange(3)
        if action == 0:
            data[place] = rng.randrange(256)
        elif action == 1:
            del data[place]
        else:
            data.insert(place, rng.choice(b',"\n;/-0x\xff'))
    (tmp_path / "t.csv").write_bytes(bytes(data))
    try:
        mechanism = read_csv(tmp_path / "t.csv")
    except ColludeError as error:
        assert str(error)
    else:
        assert mechanism.environment.agents >= 1


@settings(max_examples=150, deadline=None, suppress_health_check=RELAXED)
@given(st.randoms(use_true_random=False))
def test_damaged_npz_never_crashes(auction: Mechanism, tmp_path: Path, rng: random.Random) -> None:
    write_npz(auction, tmp_path / "a.npz")
    data = bytearray((tmp_path / "a.npz").read_bytes())
    if rng.random() < 0.3:
        data = data[: rng.randrange(len(data))]
    for _ in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    (tmp_path / "a.npz").write_bytes(bytes(data))
    try:
        mechanism = read_npz(tmp_path / "a.npz")
    except ColludeError as error:
        assert str(error)
    else:
        assert same(auction, mechanism)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": np.zeros((3, 2), np.int32)},
        {"outcome": np.zeros((3, 3), np.float64)},
        {"outcome": np.full((3, 3), 99)},
        {"outcome": np.full((3, 3), 2**32)},
        {"bundle": np.full((9, 2), 2**32)},
        {"transfer": np.full((9, 2), 2**63, np.uint64)},
        {"bundle": np.zeros((1, 5), np.int32)},
        {"transfer": np.array([["a", "b"]])},
        {"transfer": None},
        {"values_0": np.zeros((2, 2), np.int64)},
        {"values_0": np.zeros((2, 2))},
        {"about": np.array("not json")},
        {"about": np.array([{"a": 1}], dtype=object)},
    ],
)
def test_wrong_npz_is_refused(auction: Mechanism, tmp_path: Path, changes: dict[str, Any]) -> None:
    write_npz(auction, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays.update({name: array for name, array in changes.items() if array is not None})
    for name, array in changes.items():
        if array is None:
            del arrays[name]
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ColludeError):
        read_npz(tmp_path / "a.npz")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789:,./-eE x", max_size=12))
def test_grids_never_crash(text: str) -> None:
    try:
        numbers = grid(text)
    except ColludeError as error:
        assert str(error)
    else:
        assert list(numbers) == sorted(set(numbers))


def test_grids() -> None:
    assert grid("0:9") == tuple(range(10))
    assert grid("0:9:3") == (0, 3, 6, 9)
    assert grid("0,1,3/2") == (0, 1, Fraction(3, 2))
    with pytest.raises(SizeError):
        grid("0:1:1/100000000")
    with pytest.raises(InputError, match="float"):
        exact(0.5)
    with pytest.raises(ColludeError):
        exact("1e999999999")


def second_price_rule(reports: tuple[int, ...]) -> Any:
    winner = max(range(len(reports)), key=lambda i: (reports[i], -i))
    return winner, [-sorted(reports)[-2] if i == winner else 0 for i in range(len(reports))]


def test_functions_plain_vectorised_and_jitted_agree() -> None:
    env = co.auction(agents=3, values=range(4))

    def vectorised(reports: np.ndarray) -> Any:
        winner = reports.argmax(axis=0)
        return winner, np.where(np.arange(3)[:, None] == winner, -np.sort(reports, axis=0)[-2], 0)

    @njit  # type: ignore[untyped-decorator]
    def jitted(reports: Any, bundles: Any, transfers: Any) -> None:
        winner = 0
        for i in range(1, reports.shape[0]):
            if reports[i] > reports[winner]:
                winner = i
        second = 0
        for i in range(reports.shape[0]):
            if i != winner and reports[i] > second:
                second = reports[i]
        bundles[winner] = 1
        transfers[winner] = -second

    expected = co.second_price(env)
    for mechanism in (
        from_function(env, second_price_rule),
        from_function(env, vectorised, vectorised=True),
        from_function(env, jitted) if hasattr(jitted, "py_func") else expected,
    ):
        assert same(expected, mechanism)


def test_floats_need_a_tolerance() -> None:
    env = co.auction(agents=2, values=range(3))

    def rule(reports: tuple[int, ...]) -> Any:
        winner, transfers = second_price_rule(reports)
        return winner, [float(x) / 3 for x in transfers]

    with pytest.raises(InputError, match="tolerance"):
        from_function(env, rule)
    report = check(from_function(env, rule, tolerance="1/1000"), [GSP])
    assert report.accuracy == "numerical, tolerance 1/1000"
    assert not report.exact


@pytest.mark.parametrize(
    "result", [None, (5, [0, 0]), (0, [0]), (0, ["x", 0]), ([0, 0, 0], [0, 0]), ([[2], [0]], [0, 0])]
)
def test_rules_that_return_nonsense(result: Any) -> None:
    with pytest.raises(InputError):
        from_function(co.auction(agents=2, values=range(2)), lambda _reports: result)


def test_sums_beyond_int64_are_refused() -> None:
    with pytest.raises(SizeError, match="int64"):
        co.second_price(co.auction(agents=3, values=[0, 2**61]))
    with pytest.raises(SizeError, match="int64"):
        co.auction(agents=2, values=[f"1/{p}" for p in (10**9 + 9, 10**9 + 7, 998244353)])
