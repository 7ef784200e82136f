"""`collude search`: options, TOML files, exit statuses, JSON, and the problems by name."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import collude as co
from collude.cli.main import collude
from collude.enumerate.problems.registry import PROBLEMS, build_problem, load_problems

AUCTION = ["auction", "--agents", "2", "--values", "0,1,2", "--transfers=-4:4", "--normalise"]
GSP = "group-strategy-proof,symmetric,non-trivial"


def run(*words: str) -> tuple[int, str]:
    """(exit status, output) of `collude search`."""
    result = CliRunner().invoke(collude, ["search", *words], standalone_mode=False)
    if isinstance(result.exception, co.ColludeError):
        return result.exception.status, str(result.exception)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stdout


def test_dry_run(tmp_path: Path) -> None:
    """Sizes by hand: 3 outcomes, 36 profiles, 15 multisets of two orders that are apart and 6 that are not."""
    words = ("voting", "--agents", "2", "--alternatives", "3", "--require", "anonymous,strategy-proof")
    status, output = run(*words, "--dry-run", "--json", "--out", str(tmp_path / "run"))
    plan = json.loads(output)
    assert status == 0
    assert (plan["profiles"], plan["outcomes"], plan["unknowns"], plan["mechanisms"]) == (36, 3, 21, str(3**21))
    assert plan["pairs"] == 36 * 2 * 5 // 2 + 21  # one report changed; the agents swapped
    assert plan["fits"]
    assert not (tmp_path / "run").exists()
    status, output = run(
        "auction", "--agents", "3", "--values", "0:9", "--transfers=0:9", "--require", "non-bossy", "--dry-run"
    )
    assert status == 2


def test_count_as_json() -> None:
    status, output = run(*AUCTION, "--require", GSP, "--json", "--jobs", "2")
    answer = json.loads(output)
    assert status == 0
    assert (answer["exists"], answer["count"], answer["complete"]) == (True, 8, True)
    assert len(answer["digest"]) == 32
    assert answer["evidence"]["window"]["saturated"] is True
    assert len(answer["mechanism"]) == 9


def test_none_exists() -> None:
    status, output = run(*AUCTION, "--require", "group-strategy-proof,anonymous,non-trivial")
    assert status == 1
    assert "none exists" in output


def test_known_forms_and_files(tmp_path: Path) -> None:
    words = ["auction", "--agents", "2", "--values", "0,2", "--transfers=-4:4", "--normalise", "--require"]
    axioms = "group-strategy-proof,anonymous"
    status, output = run(*words, axioms, "--mode", "all", "--classify", "--out", str(tmp_path), "--json")
    answer = json.loads(output)
    assert (status, answer["count"]) == (0, 14)
    assert answer["classes"] == {"trivial": 12, "chapter 3 construction": 2, "constant": 0, "others": 0}
    tables = np.load(tmp_path / "mechanisms.npy", allow_pickle=False)
    assert tables.shape == (14, 4)
    assert len((tmp_path / "outcomes.csv").read_text().splitlines()) == 1 + 3 * 81


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text(
        'problem = "list"\nrequire = ["strategy-proof"]\nmode = "all"\n[parameters]\n'
        'environment = { kind = "auction", agents = 2, values = [0, 1] }\n'
        "outcomes = [{ bundles = [0, 0] }, { bundles = [1, 0], transfers = [-1, 0] }, "
        '{ bundles = [0, 1], transfers = [0, "-1/2"] }]\n'
    )
    status, output = run(str(path), "--json")
    assert status == 0
    assert json.loads(output)["count"] > 0
    status, output = run(str(path), "--mode", "exists", "--json")
    assert json.loads(output)["mode"] == "exists"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('problem = "auction"\nmodes = "all"\n', "line 2: .*modes"),
        ('problem = "auction"\nmode = 3\n', "line 2"),
        ('problem = "auctoin"\n', "nearest is 'auction'"),
        ('problem = "auction"\n[parameters]\nagents = 2\nvalues = [0, 1]\ntransfer = 3\n', "no parameter 'transfer'"),
        ('problem = "auction"\n[parameters]\nagents = 2\nvalues = [0, 1]\n', "needs transfers"),
        ("problem = \n", "Invalid"),
        ('problem = "auction"\n[parameters]\nvalues = ' + "[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_bad_toml_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "search.toml"
    path.write_text(text)
    with pytest.raises(co.InputError, match=words):
        CliRunner().invoke(collude, ["search", str(path)], standalone_mode=False, catch_exceptions=False)


def test_incomplete() -> None:
    words = ["auction", "--agents", "2", "--values", "0:3", "--transfers=-2:2", "--require", "strategy-proof"]
    status, output = run(*words, "--max-seconds", "0.2")
    assert status == 3
    assert "stopped" in output


def test_every_problem_builds() -> None:
    given = {
        "auction": {"agents": "2", "values": "0,1", "transfers": "-1:1"},
        "procurement": {"agents": "2", "costs": "1,2", "transfers": "0:2"},
        "uniform-price": {"agents": "2", "costs": "1,2", "uniform_price": "0:2"},
        "trade": {"costs": "1:2", "values": "1:2", "prices": "0:3"},
        "voting": {"agents": "2", "alternatives": "3", "preferences": "weak"},
        "choice": {"payoffs": [[[0, 1], [1, 0]]] * 2, "transfers": "-1:1"},
        "public-good": {"agents": "2", "values": "0,3", "cost": "4", "transfers": "-1:1"},
        "assignment": {"agents": "2", "objects": "3"},
        "separable-trade": {"marginals": "1,2", "units": "1", "prices": "0:2"},
        "list": {"environment": {"kind": "auction", "agents": 1, "values": "0,1"}, "outcomes": [{"bundles": 1}]},
    }
    assert set(PROBLEMS) == set(load_problems()) <= set(given)
    for name, parameters in given.items():
        space = build_problem(name, parameters)
        assert co.search(space, require=["strategy-proof"], mode="exists").exists


def test_human_output_names_the_answer() -> None:
    words = ["procurement", "--agents", "2", "--costs", "1,2", "--uniform-price", "0:2", "--ties", "any"]
    status, output = run(*words, "--require", "group-strategy-proof", "--mode", "all", "--classify")
    assert status == 0
    assert "32 mechanisms exist" in output
    assert "32  n-price, Hagen" in output
    assert "0  in no family" in output


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_stops_a_search(jobs: str) -> None:
    """A search that would take hours, once it says that it is at work."""
    reset = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = reset + "from collude.cli.main import main; main()"
    grid = ["auction", "--agents", "2", "--values", "0:3", "--transfers=-2:2", "--require", "strategy-proof"]
    words = [sys.executable, "-c", code, "search", *grid, "--jobs", jobs]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"so far" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(600) == 3


def test_nobody_is_told_to_keep_more_mechanisms_than_a_file_takes() -> None:
    words = ("voting", "--agents", "2", "--alternatives", "3", "--mode", "all")
    status, output = run(*words)
    assert status == 0
    assert "--out RUN" not in output
    assert "too many for a run directory" in output
    status, output = run(*words, "--require", "strategy-proof")
    assert status == 0
    assert "keep them: --out RUN" in output
