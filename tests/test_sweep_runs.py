"""Sweeps with a run directory: killed, resumed, split and joined, the table is the same."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import answer, refused, run

from collude.enumerate.maps.sweep import sweep
from collude.enumerate.runs.commands import verify_run
from collude.models.errors import InputError

GSP = "group-strategy-proof"
AUCTION = {"agents": 2, "values": "0,1", "transfers": "-1:1"}
PRICES = {"price": "1:80"}
ENVIRONMENT = {"agents": 2, "values": "0,20,50,90"}
WORDS = ["sweep", "top-value", "--agents", "2", "--values", "0,20,50,90", "--vary", "price=1:80", "--axiom", GSP]


def lines(folder: Path) -> int:
    path = folder / "cubes.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


@pytest.mark.usefixtures("same_process")
def test_killed_and_resumed(tmp_path: Path) -> None:
    """kill -9 in the middle, twice: what is resumed prints the table of a sweep that was never stopped."""
    plain = sweep("top-value", ENVIRONMENT, vary=PRICES, axioms=[GSP])
    folder, kills = tmp_path / "run", 0
    words = [sys.executable, "-m", "collude.cli.main", *WORDS, "--out", str(folder), "--jobs", "1", "--quiet"]
    for already in (0, 30):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and lines(folder) < already + 2:
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 1
    assert lines(folder) < 80
    status = answer("status", str(folder), "--json")
    assert (status["command"], status["finished"]) == ("sweep", False)
    resumed = answer("resume", str(folder), "--json", "--quiet", status=1)
    assert resumed == answer(*WORDS, "--json", "--quiet", status=1)
    assert {name: resumed[name] for name in plain.to_dict()} == plain.to_dict()
    assert run(*WORDS, "--out", str(folder), "--quiet").stdout == run("resume", str(folder), "--quiet").stdout
    assert verify_run(folder, 3, fresh=False).finished


@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_families_survive_the_disk(tmp_path: Path, backend: str) -> None:
    given = {"agents": 2, "uniform_price": [0, 4, 8]}
    asked = {"vary": {"costs": ["2,10", "2,6,10"], "ties": "largest,any"}, "require": [GSP], "classify": True}
    plain = sweep("uniform-price", given, **asked)  # type: ignore[arg-type]
    made = sweep("uniform-price", given, **asked, out=str(tmp_path / "run"), backend=backend, jobs=2)  # type: ignore[arg-type]
    assert made == plain
    assert made.rows() == plain.rows()
    assert sum(point.extras or 0 for point in made.points) > 0
    assert all(point.families["n-price"] + (point.extras or 0) == point.count for point in made.points)


def test_shares_are_joined(tmp_path: Path) -> None:
    whole = sweep("top-value", ENVIRONMENT, vary={"price": "10:60:10"}, axioms=[GSP, "symmetric"])
    shares = []
    for part in (1, 2):
        folder = tmp_path / str(part)
        made = sweep(
            "top-value", ENVIRONMENT, vary={"price": "10:60:10"}, axioms=[GSP, "symmetric"], out=str(folder),
            part=(part, 2),
        )  # fmt: skip
        assert (made.share, made.status, made.complete) == (f"{part}/2", 0, False)
        shares.append(str(folder))
    joined = answer("merge", *shares, "--out", str(tmp_path / "all"), "--json", status=1)
    assert {name: joined[name] for name in whole.to_dict()} == whole.to_dict()
    assert "both have" in refused("merge", shares[0], shares[0], "--out", str(tmp_path / "no"))


def test_time_limit_of_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    made = sweep(
        "voting", {"alternatives": 3}, vary={"agents": [2, 5]}, require=["strategy-proof"], out=str(folder), jobs=1,
        max_seconds=0.2,
    )  # fmt: skip
    assert (made.status, made.complete) == (3, False)
    assert "stopped" in made.reason
    assert made.points[1].answer == "unknown"
    shown = run("resume", str(folder), "--max-seconds", "0.1", "--quiet")
    assert shown.returncode == 3
    assert "go on with: collude resume" in shown.stdout


def test_refusals(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(InputError, match="at gap=0"):
        sweep("auction", AUCTION, vary={"gap": "1,0"}, require=[GSP], out=str(folder))
    with pytest.raises(InputError, match="no parameter"):
        sweep("top-value", {**ENVIRONMENT, "colour": 1}, vary=PRICES, out=str(folder))
    assert not folder.exists()
    sweep("top-value", ENVIRONMENT, vary={"price": "1:2"}, axioms=[GSP], out=str(folder))
    with pytest.raises(InputError, match="another run"):
        sweep("top-value", ENVIRONMENT, vary={"price": "1:3"}, axioms=[GSP], out=str(folder))
    manifest = folder / "manifest.json"
    broken = json.loads(manifest.read_text())
    broken["spec"]["subject"] = 3
    manifest.write_text(json.dumps(broken, sort_keys=True, separators=(",", ":")) + "\n")
    assert "manifest" in refused("resume", str(folder), "--quiet")
    assert "nothing varies" in refused("sweep", "top-value", "--agents", "2", "--values", "0,1", "--quiet")
