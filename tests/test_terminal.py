"""The command line as a shell and a newcomer meet it: completion, `python -m`, other names of the field."""

import os
import subprocess
import sys

import pytest
from commands import run

from collude.axioms.core.registry import find_axiom
from collude.models.registry import find_mechanism


def complete(*words: str) -> list[str]:
    env = {
        **os.environ,
        "_COLLUDE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run([sys.executable, "-m", "collude"], env=env, capture_output=True, text=True, check=False)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_of_commands_and_names() -> None:
    assert {"check", "search", "atlas"} <= set(complete("collude", ""))
    assert "second-price" in complete("collude", "check", "sec")
    assert "group-strategy-proof" in complete("collude", "check", "x", "--axiom", "group")
    assert complete("collude", "search", "vot") == ["voting"]
    source = subprocess.run(
        [sys.executable, "-m", "collude"],
        env={**os.environ, "_COLLUDE_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "complete" in source.stdout
    assert "Usage" not in source.stdout


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
