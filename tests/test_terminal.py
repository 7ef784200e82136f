"""The command line as a shell and a newcomer meet it: completion, `python -m`, other names of the field."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from time import sleep

import pytest
from click.testing import CliRunner
from commands import run
from rich.console import Console
from rich.table import Table
from rich.text import Text

import collude as co
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.cli import progress
from collude.cli.main import collude
from collude.cli.render import report
from collude.cli.render.screen import print_table
from collude.kernels import compiling
from collude.models.registry import find_mechanism


def asked(*words: str) -> dict[str, str]:
    """What a shell has in the environment when it asks what may come next."""
    return {"_COLLUDE_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}


def offered(output: str) -> list[str]:
    return [line.partition(",")[2] for line in output.splitlines()]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("check", "sec"), "second-price"),
        (("check", "x", "--axiom", "group"), "group-strategy-proof"),
        (("search", "vot"), "voting"),
        (("search", "voting", "--mode", "b"), "best"),
        (("check", "x", "--draw", "g"), "gain"),
    ],
)
def test_names_are_completed(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], known: str) -> None:
    for name, value in asked("collude", *words).items():
        monkeypatch.setenv(name, value)
    found = offered(run().stdout)
    assert known in found
    assert all(name.startswith(words[-1]) for name in found)


def test_commands_are_completed() -> None:
    env = {**os.environ, **asked("collude", "")}
    done = subprocess.run([sys.executable, "-m", "collude"], env=env, capture_output=True, text=True, check=False)
    assert {"check", "search", "atlas"} <= set(offered(done.stdout))
    source = subprocess.run(
        [sys.executable, "-m", "collude"],
        env={**os.environ, "_COLLUDE_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "complete" in source.stdout
    assert "Usage" not in source.stdout


def test_brackets_in_names_are_text(tmp_path: Path) -> None:
    name = "[bold]x[/bold] [red]"
    rows = [f"report_{name},bundle_{name},transfer_{name}", "0,1,0", "1,0,2"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    done = run("check", str(tmp_path / "t.csv"), "--axiom", "strategy-proof")
    assert done.returncode == 1, done.stderr
    assert f"agent {name} says" in done.stdout
    assert name in run("explain", str(tmp_path / "t.csv"), "--profile", "0").stdout


def test_python_m_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "collude", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("collude ")


@pytest.mark.parametrize(
    ("alias", "name"), [("DSIC", "strategy-proof"), ("gsp", "group-strategy-proof"), ("pareto", "pareto-efficient")]
)
def test_axioms_have_other_names(alias: str, name: str) -> None:
    assert find_axiom(alias).name == name


def test_mechanisms_have_other_names() -> None:
    assert find_mechanism("Vickrey").name == "second-price"
    done = run("check", "vickrey", "--agents", "2", "--values", "0:2", "--axiom", "sp", "--json")
    assert done.returncode == 0
    assert '"axiom": "strategy-proof"' in done.stdout


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a command prints on a terminal of 80 columns."""
    monkeypatch.setattr(report, "console", lambda: Console(highlight=False, soft_wrap=True, markup=False, width=80))

    def shown(*words: str) -> str:
        result = CliRunner().invoke(collude, words, standalone_mode=False)
        assert result.exception is None, result.exception
        return result.stdout

    return shown


ACCOUNTS = [
    ("check", "second-price", "--agents", "3", "--values", "0:2"),
    ("check", "second-price", "--agents", "3", "--values", "0:2", "--witnesses"),
    ("worst", "vcg-procurement", "--agents", "3", "--costs", "1:3", "--units", "2", "--param", "target=2", "--by-size"),
    ("explain", "second-price", "--agents", "3", "--values", "0:4", "--profile", "4,4,0", "--misreport", "0,0,0"),
    ("list", "mechanisms"),
    ("list", "axioms"),
    ("list", "problems"),
]


@pytest.mark.parametrize("words", ACCOUNTS, ids=lambda words: f"{words[0]} {words[1]} {words[-1]}")
def test_eighty_columns_cut_no_name_and_leave_no_blanks(narrow: Callable[..., str], words: tuple[str, ...]) -> None:
    lines = narrow(*words).splitlines()
    assert len(lines) >= 5
    for line in lines:
        assert line == line.rstrip()
        assert "…" not in line
        assert len(line) <= 80 or "collude explain" in line or len(line.split()) == 1, line
    text = "\n".join(lines)
    if words[1] == "axioms":
        assert set(load_axioms()) <= set(text.split())
        flat = " ".join(text.split())
        assert "more than he loses [Hagen (2020), definition 2.9]" in flat
        assert "telling the truth [d'Aspremont and Gérard-Varet (1979)]" in flat
        assert "collude, common definitions" not in flat
    if words[0] == "check":
        assert all(f"  {v.axiom}" in text for v in co.check(co.second_price(co.auction(3, range(3)))))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_keeps_every_word_at_any_width(width: int) -> None:
    table = Table(box=None)
    for heading in ("name", "what it is", "much"):
        table.add_column(heading)
    rows = [
        ("a-name-of-more-than-forty-characters-which-is-long", "first line\nsecond line", "1"),
        ("short", Text("some words that take more than forty columns together", style="red"), ""),
    ]
    for row in rows:
        table.add_row(*row)
    out = Console(file=StringIO(), width=width, soft_wrap=True)
    print_table(out, table)
    assert isinstance(out.file, StringIO)
    text = out.file.getvalue()
    for row in rows:
        assert all(word in text.split() for cell in row for word in str(cell).split())
    assert all(line == line.rstrip() for line in text.splitlines())


def awaited(capfd: pytest.CaptureFixture[str]) -> str:
    """The first line on stderr, whenever it comes."""
    said = ""
    while not said.endswith("\n"):
        sleep(0.05)
        said += capfd.readouterr().err
    return said


def test_progress_is_told_after_a_second_and_compiling_by_its_name(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert progress.LINE_SECONDS[0] == progress.FIRST_SECONDS == 1
    monkeypatch.setattr(progress, "LINE_SECONDS", (0.05, 60.0))
    with progress.progress_bar():
        pass
    assert capfd.readouterr().err == ""
    with progress.progress_bar():
        assert re.fullmatch(r"collude: preparing, \d+ s so far\n", awaited(capfd))
    monkeypatch.setattr(compiling._CLOCK, "depth", 1)
    with progress.progress_bar() as report:
        assert re.fullmatch(r"collude: compiling kernels, \d+ s so far\n", awaited(capfd))
        assert report is not None
        report("search", 1, 2)
    assert capfd.readouterr().err == ""
    with progress.progress_bar(quiet=True):
        sleep(0.2)
    assert capfd.readouterr().err == ""


def test_one_witness_unless_all_are_asked_for(narrow: Callable[..., str]) -> None:
    words = ("check", "second-price", "--agents", "3", "--values", "0:4")
    violated = [v for v in co.check(co.second_price(co.auction(3, range(5)))) if v.holds is False]
    short, every = narrow(*words), narrow(*words, "--witnesses")
    assert short.count("fails, for instance here:") == 1
    assert every.count("fails, for instance here:") == every.count("it demands:") == len(violated)
    assert "the same deviation violates pairwise-strategy-proof" in short
    assert f"{len(violated) - 4} more axioms are violated in other ways: --witnesses" in short
    assert "--witnesses" not in every
    assert "it demands: no coalition has a joint misreport" in short
    assert "check it yourself" in short
