"""Files as a newcomer writes them: tables that name their agents, and what is said of what cannot be read."""

from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from commands import refused, run

import collude as co
from collude.enumerate.listings.addresses import export
from collude.models.errors import InputError
from collude.models.files.spec import build
from collude.models.numbers import exact, grid, whole

VOTE = "report_Ann,report_Bob,alternative\n" + "".join(
    f"{'>'.join(a)},{'>'.join(b)},{a[0]}\n" for a in permutations("01") for b in permutations("01")
)
VOTING = ("--environment", "voting", "--alternatives", "2")


def test_a_table_says_who_its_agents_are(tmp_path: Path) -> None:
    (tmp_path / "vote.csv").write_text(VOTE)
    words = ("check", str(tmp_path / "vote.csv"), *VOTING)
    done = run(*words, "--axiom", "non-dictatorial")
    assert done.returncode == 1, done.stderr
    assert "Ann" in done.stdout
    assert "2 agents" in done.stdout
    assert "has 2 agents, but the environment has 3" in refused(*words, "--agents", "3")
    loaded = co.load(tmp_path / "vote.csv", co.voting(2, 2))
    assert loaded.environment.labels == ("Ann", "Bob")


def test_columns_belong_to_the_agents_they_name(tmp_path: Path) -> None:
    trade = co.trade([1, 3], [2, 4])
    mechanism = co.mechanism("posted-price-trade", trade, price=2)
    export(mechanism, tmp_path / "a.csv")
    lines = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()]
    (tmp_path / "b.csv").write_text("".join(",".join(line[3:] + line[:3]) + "\n" for line in lines))
    assert lines[0][0] == "report_seller"
    expected = [mechanism.show_outcome(o) for o in mechanism.outcome.tolist()]
    assert len(set(expected)) > 1
    for name in ("a", "b"):
        again = co.load(tmp_path / f"{name}.csv", trade)
        assert again.environment.labels == ("seller", "buyer")
        assert [again.show_outcome(o) for o in again.outcome.tolist()] == expected


@pytest.mark.parametrize(
    ("name", "text", "more", "said"),
    [
        ("t.csv", VOTE, (), "needs a public choice, such as --environment voting"),
        ("t.csv", VOTE.replace("0>1,", "yes,"), VOTING, "no type 'yes'; his types are 0,1 1,0"),
        ("t.csv", VOTE.replace("0>1,", "0>0,"), VOTING, "no type (0,0); his types are 0,1 1,0"),
        ("t.csv", "a,b\n", VOTING, "write report_0"),
        ("t.xlsx", "", (), "save the table as .csv"),
        ("t.py", "def rule(reports): pass\n", ("--allow-code",), "t.py:FUNCTION"),
    ],
)
def test_files_that_cannot_be_read_say_what_to_do(
    tmp_path: Path, name: str, text: str, more: tuple[str, ...], said: str
) -> None:
    (tmp_path / name).write_text(text)
    assert said in refused("check", name, *more, cwd=tmp_path)


def test_rules_that_cannot_be_called_say_what_to_write(tmp_path: Path) -> None:
    words = ("--allow-code", "--environment", "auction", "--agents", "2", "--values", "0:1")
    (tmp_path / "r.py").write_text(
        "def rule(reports):\n    return {}\n\n\ndef two(one, other):\n    return 0, [0, 0]\n"
    )
    assert "it has rule, two" in refused("check", "r.py:rul", *words, cwd=tmp_path)
    assert "who gets what" in refused("check", "r.py:rule", *words, cwd=tmp_path)
    with pytest.raises(co.InputError, match="one argument, the reports of all agents"):
        co.from_function(co.auction(2, [0, 1]), lambda _one, _other: (0, [0, 0]))


def test_a_run_is_no_mechanism(tmp_path: Path) -> None:
    words = ("second-price", "--agents", "2", "--values", "0:2", "--axiom", "sp")
    assert run("check", *words, "--out", str(tmp_path / "RUN")).returncode == 0
    assert "RUN is a run, not a mechanism" in refused("check", "RUN", cwd=tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "second-price", "--agents", "2", "--values", "0 1 2"), "separate the numbers by commas: 0,1,2"),
        (("check", "second-price", "--agents", "2", "--values", "0:2", "--draw", "gain"), "give --picture FILE too"),
        (
            ("check", "second-price", "--agents", "30", "--values", "0:99"),
            "10^60 profiles need a table of 4.0 x 10^51 GB",
        ),
        (("check", "second-price", "--agents", "2", "--values", "0:2", "--param", "ties=x"), "even or nobody"),
        (("check", "median", "--agents", "3", "--alternatives", "3"), "the nearest is 'generalised-median'"),
        (("axioms",), "write collude list axioms"),
    ],
)
def test_slips_are_understood(words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words)


def test_a_deal_without_money_is_not_sent_to_side_payments() -> None:
    said = refused("worst", "plurality", "--agents", "3", "--alternatives", "3")
    assert "there is no money" in said
    assert "--money-only" not in said


def test_python_reads_grids_in_words_and_shows_environments_in_short() -> None:
    auction = co.auction(2, "0:2")
    assert auction.types == co.auction(2, range(3)).types
    assert repr(auction) == "Environment(auction, 2 agents, types 0 1 2)"
    assert (
        co.search(auction, transfers="-1:0", require="sp").count
        == co.search(auction, transfers=[-1, 0], require="sp").count
    )
    assert co.atlas(co.voting(2, 3), ["sp", "onto"], count=False).possible
    report = co.check(co.second_price(auction), "gsp")
    assert report["gsp"] is report["group-strategy-proof"]
    sizes = co.violations_by_size(co.second_price(auction), "gsp")
    assert sizes["gsp"] is sizes["group-strategy-proof"]
    with pytest.raises(co.InputError, match="one of the values is the float"):
        co.auction(2, [0, 0.5])
    with pytest.raises(co.InputError, match="list of numbers"):
        co.auction(2, {0: 1, 1: 2})  # type: ignore[arg-type]


def test_a_mechanism_is_told_once() -> None:
    words = (
        "auction",
        "--agents",
        "2",
        "--values",
        "0,1,2",
        "--transfers=-2:2",
        "--require",
        "gsp,symmetric,non-trivial",
    )
    done = run("search", *words, "--normalise", "--mode", "all", "--classify")
    assert done.returncode == 0, done.stderr
    told = [line.strip().split(" ")[0] for line in done.stdout.splitlines() if line.strip()[:2] in ("1.", "2.")]
    assert told == ["1.", "2."]
    many = run("search", "voting", "--agents", "2", "--alternatives", "3", "--require", "sp,onto").stdout
    assert "see the first ones: --mode all" in many


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("0-4", "write 0:4"),
        ("0..4", "write 0:4"),
        ("0 to 4", "write 0:4"),
        ("[0,1,2]", "write 0,1,2"),
        ("(0, 1)", "write 0,1"),
        ("{0}", "brackets"),
    ],
)
def test_grids_in_other_notations_are_told_the_right_one(text: str, fragment: str) -> None:
    with pytest.raises(InputError, match="the values") as error:
        grid(text, "the values")
    assert fragment in str(error.value)
    with pytest.raises(InputError, match="values") as error:
        build("second-price", {"agents": "2", "values": text})
    assert fragment in str(error.value)


def test_a_float_is_told_its_fraction() -> None:
    with pytest.raises(InputError, match='for instance "1/3"'):
        exact(1 / 3)
    with pytest.raises(InputError, match='for instance "1/10"'):
        exact(0.1)
    with pytest.raises(InputError, match="it must be a whole number"):
        whole("7/2")
    assert (whole("12"), whole(Fraction(4, 2)), exact("0.1")) == (12, 2, Fraction(1, 10))
