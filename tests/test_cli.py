"""Every command as a user types it: output, JSON, exit status, and one line for bad input."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commands import answer, refused, run

from collude.cli.main import COMMANDS

AUCTION = ("second-price", "--agents", "3", "--values", "0:4")


def test_check_tells_the_story() -> None:
    done = run("check", *AUCTION)
    assert done.returncode == 1
    assert "202 of 875" in done.stdout
    assert "125 profiles · 7 coalitions · 26,875 joint misreports" in done.stdout
    assert "lowest index wins ties" in done.stdout
    assert "collude explain second-price --agents 3 --values 0:4" in done.stdout
    assert done.stderr.replace("collude: first run, compiling kernels (once; up to half a minute)\n", "") == ""


def test_check_json_is_one_object() -> None:
    found = answer("check", *AUCTION, "--axiom", "group-strategy-proof,symmetric", "--count", "--json", status=1)
    assert found["mechanism"] == "second-price"
    assert found["exact"] is True
    strong, symmetric = found["verdicts"]
    assert strong["violations"] == 202
    assert strong["witness"]["gains"] == ["4", "0"]
    assert strong["examined"] == {
        "profiles": 125, "coalitions": 7, "joint_misreports": 26875, "profile_pairs": 15625,
    }  # fmt: skip
    assert symmetric["holds"] is True
    assert symmetric["witness"] is None


def test_check_holds_is_status_0() -> None:
    assert answer("check", *AUCTION, "--axiom", "strategy-proof", "--json")["verdicts"][0]["violations"] == 0


def test_first_and_count_none() -> None:
    (verdict,) = answer("check", *AUCTION, "--axiom", "group-strategy-proof", "--first", "--json", status=1)["verdicts"]
    assert verdict["violations"] is None
    assert verdict["witness"] is not None
    (verdict,) = answer("check", *AUCTION, "--axiom", "group-strategy-proof", "--count", "none", "--json", status=1)[
        "verdicts"
    ]
    assert verdict["violations"] is None
    assert verdict["witness"]["gains"] == ["4", "0"]


@pytest.mark.parametrize(("unit", "expected"), [("profile-pairs", 3166), ("triples", 4082)])
def test_count_units(unit: str, expected: int) -> None:
    found = answer("check", *AUCTION, "--axiom", "group-strategy-proof", "--count", unit, "--json", status=1)
    assert found["verdicts"][0]["violations"] == expected


def test_max_coalition_and_jobs() -> None:
    words = ("check", *AUCTION, "--axiom", "group-strategy-proof", "--max-coalition", "2", "--jobs", "2", "--json")
    assert answer(*words, status=1)["verdicts"][0]["violations"] == 90


def test_axioms_about_larger_coalitions_are_left_out() -> None:
    report = answer("check", *AUCTION, "--max-coalition", "1", "--json", status=1)
    checked = {verdict["axiom"] for verdict in report["verdicts"]}
    assert "group-strategy-proof" in checked
    assert not checked & {"collusion-proof", "bribe-proof"}
    for name in ("collusion-proof", "bribe-proof"):
        done = run("check", *AUCTION, "--max-coalition", "1", "--axiom", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert "leaves out all of them" in done.stderr


def test_plan_allocates_nothing() -> None:
    done = run("plan", "second-price", "--agents", "12", "--values", "0:9")
    assert done.returncode == 2
    assert "does not fit" in done.stdout
    assert "Try" in done.stdout
    fits = answer("plan", *AUCTION, "--json")
    assert (fits["profiles"], fits["joint_misreports"], fits["fits"]) == (125, 26875, True)
    again = answer("check", *AUCTION, "--dry-run", "--json")
    assert (again["lattice_bytes"], again["mechanism"]) == (fits["lattice_bytes"], "second-price")


@pytest.mark.parametrize("what", ["mechanisms", "axioms", "environments", "problems"])
def test_list(what: str) -> None:
    names = [row["name"] for row in answer("list", what, "--json")["entries"]]
    assert len(names) == len(set(names)) > 5
    table = run("list", what).stdout
    assert all(name in table for name in names)


def test_explain_shows_both_outcomes() -> None:
    rows = answer("explain", *AUCTION, "--profile", "0,4,4", "--misreport", "0,0,1", "--json")["agents"]
    assert [row["gain"] for row in rows] == ["0", "0", "4"]
    assert "wins, pays 4, utility 0" in rows[1]["truthful"]
    alone = run("explain", *AUCTION, "--profile", "0,4,4").stdout
    assert "wins, pays 4, utility 0" in alone
    assert not {"gain", "then", "reports"} & set(alone.split())


def test_explain_takes_values_and_by_another_option_numbers() -> None:
    auction = ("explain", "second-price", "--agents", "2", "--values", "1,3/2,4")
    by_value = answer(*auction, "--profile", "1.5,4", "--misreport", "4, 1", "--json")
    assert [row["type"] for row in by_value["agents"]] == ["3/2", "4"]
    assert by_value == answer(*auction, "--profile-index", "1,2", "--misreport-index", "2,0", "--json")


@pytest.mark.parametrize(
    "words",
    [
        ("second-price", "--agents", "3", "--values", "1:3"),
        ("vcg-procurement", "--agents", "3", "--costs", "1:3", "--units", "2", "--param", "target=2"),
        ("borda", "--environment", "voting", "--agents", "3", "--alternatives", "3"),
    ],
)
def test_the_line_that_shows_a_witness_shows_that_witness(words: tuple[str, ...]) -> None:
    checked = run("check", *words)
    line = checked.stdout.partition("check it yourself: collude ")[2].splitlines()[0]
    rows = answer(*shlex.split(line), "--json")["agents"]
    witnesses = [verdict["witness"] for verdict in answer("check", *words, "--json", status=1)["verdicts"]]
    assert any(row["gain"] != "0" for row in rows)
    shown = [[row["type"] for row in rows], [row["reports"] for row in rows]]
    assert shown in [[w["types"], w["reported"]] for w in witnesses if w]


def test_every_command_has_help_with_an_example() -> None:
    for name in COMMANDS:
        done = run(name, "--help")
        assert done.returncode == 0
        assert f"\n    collude {name} " in done.stdout.replace("\n      ", "\n    "), name


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("check", "second-prize", "--agents", "2", "--values", "0:3"), "'second-price'"),
        (("chek", "x"), "'check'"),
        (("list",), "Missing argument"),
        (("check", "second-price", "--agents", "1e9", "--values", "0:2"), "at most 30"),
        (("check", "second-price", "--agents", "2", "--values", "0:2", "--tolerance", "abc"), "'abc'"),
        (("check", "second-price", "--agents", "2", "--values", "0:2", "--axiom", ""), "at least one"),
        (("check", "second-price", "--agents", "2", "--values", "0:2", "--out", ""), "--out is empty"),
        (("check", "efficient", "--environment", "choice", "--param", "payoffs=1"), "one list per agent"),
        (("resume", ""), "empty"),
        (("status", "a" * 300), "too long"),
        (("figure", "two-price", "--csv", "x.svg", "--out", "x.svg"), "two files"),
        (("search", "voting", "--agents", "2", "--alternatives", "3", "--backend", "foo"), "'foo'"),
        (("check", "second-price", "--agents", "2", "--values", "0,x"), "'x'"),
        (("check", "second-price", "--agents", "2", "--values", ""), "not a number"),
        (("check", "second-price", "--agents", "2", "--values", "3,2,1"), "must increase"),
        (("check", "second-price", "--agents", "2", "--values", "5:1"), "runs down"),
        (("check", "second-price", "--agents", "2", "--values", "0:4:0"), "positive"),
        (("check", "second-price", "--agents", "2", "--values", "0:99999999"), "100000000"),
        (("check", "second-price", "--agents", "2", "--values", "0,9223372036854775808"), "int64"),
        (("check", "second-price", "--agents", "2.5", "--values", "0:3"), "whole number"),
        (("check", "second-price", "--agents", "0", "--values", "0:3"), "at least 1"),
        (("check", "second-price", "--agents", "40", "--values", "0:3"), "30"),
        (("check", "second-price", "--agents", "20", "--values", "0:9"), "profiles need a table"),
        (("check", "second-price", "--values", "0:3"), "agents"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--param", "reserve"), "KEY=VALUE"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--param", "colour=1"), "reserve"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--param", "ties=random"), "lowest"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--axiom", "strategy-prof"), "'strategy-proof'"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--count", "sheep"), "triples"),
        (("check", "second-price", "--agents", "2", "--values", "0:3", "--jobs", "0"), "jobs"),
        (("check", "missing.csv"), "no such file"),
        (("check", "missing.toml"), "no such file"),
        (("check", "rule.py:f", "--agents", "2", "--values", "0:3"), "--allow-code"),
        (("explain", *AUCTION, "--profile", "0,9,0"), "types are 0 1 2 3 4"),
        (("explain", *AUCTION, "--profile-index", "0,9,0"), "0..4"),
        (("explain", *AUCTION, "--profile", "0,1"), "each of 3 agents"),
        (("explain", *AUCTION), "--profile-index"),
    ],
)
def test_bad_input_takes_one_line(words: tuple[str, ...], fragment: str) -> None:
    assert fragment in refused(*words)


def test_user_code(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "def plain(reports):\n    w = max(range(len(reports)), key=lambda i: (reports[i], -i))\n"
        "    return w, [-sorted(reports)[-2] if i == w else 0 for i in range(len(reports))]\n"
        "def wide(reports):\n    w = reports.argmax(axis=0)\n    p = np.sort(reports, axis=0)[-2]\n"
        "    return w, np.where(np.arange(len(reports))[:, None] == w, -p, 0)\n"
        "def broken(reports):\n    return 1 / 0\n"
    )
    shared = ("--environment", "auction", "--agents", "3", "--values", "0:4", "--allow-code", "--json")
    for words in (("mine.py:plain",), ("mine.py:wide", "--param", "vectorised=true")):
        done = run("check", *words, *shared, "--axiom", "group-strategy-proof", cwd=tmp_path)
        assert json.loads(done.stdout)["verdicts"][0]["violations"] == 202
    assert "ZeroDivisionError" in refused("check", "mine.py:broken", *shared, cwd=tmp_path)
    assert "no function" in refused("check", "mine.py:nothing", *shared, cwd=tmp_path)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
def test_an_output_that_takes_nothing_is_said() -> None:
    """Of help, for which nothing is imported; test_deliveries has verdicts."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-m", "collude.cli.main", "--help"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == b"collude: the output cannot be written: No space left on device"


def test_special_files_and_links_stay_what_they_are(tmp_path: Path) -> None:
    link, target = tmp_path / "link.csv", tmp_path / "target.csv"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    os.mkfifo(tmp_path / "pipe.csv")
    assert run("figure", "two-price", "--csv", str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_text().count("\n") > 10
    assert target.stat().st_mode & 0o777 == 0o600
    done = run("figure", "two-price", "--csv", str(tmp_path / "pipe.csv"))
    assert done.returncode == 2
    assert "not a regular file" in done.stderr
    assert (tmp_path / "pipe.csv").is_fifo()


def test_without_a_place_for_compiled_kernels(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    there = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    there.pop("NUMBA_CACHE_DIR", None)
    words = [sys.executable, "-m", "collude.cli.main", "list", "axioms"]
    done = subprocess.run(words, env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    left = {path.name for path in tmp_path.iterdir()} - {"file"}
    assert left <= {f"collude-{os.getuid()}"}
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in left)


def test_code_that_ends_the_process_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text("import sys\n\ndef rule(reports):\n    sys.exit(5)\n")
    words = (
        "check",
        str(tmp_path / "rule.py") + ":rule",
        "--environment",
        "auction",
        "--agents",
        "2",
        "--values",
        "0,1",
    )
    done = run(*words, "--allow-code")
    assert done.returncode == 2
    assert "SystemExit" in done.stderr
