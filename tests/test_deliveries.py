"""Exit status 0 and 1 only with a delivered verdict: closed and full outputs, too few descriptors, absurd options, two stops."""

import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COLLUDE = f"{shlex.quote(sys.executable)} -m collude"
HOLDS = "check second-price --agents 2 --values 0:2 --axiom strategy-proof"
FAILS = "check second-price --agents 2 --values 0:2 --axiom group-strategy-proof"


def shell(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"{COLLUDE} {HOLDS}", 0),
        (f"{COLLUDE} {FAILS}", 1),
        (f"{COLLUDE} {HOLDS} 2>&-", 0),
        (f"{COLLUDE} {HOLDS} > /dev/full", 3),
        (f"{COLLUDE} {FAILS} > /dev/full", 3),
        (f"{COLLUDE} {FAILS} >&-", 3),
        (f"{COLLUDE} check nothing-of-this-name 2> /dev/full", 2),
        (f"{COLLUDE} check nothing-of-this-name 2>&-", 2),
        (f"{COLLUDE} {HOLDS} --jobs 1000000", 2),
        (f"ulimit -n 16; {COLLUDE} {HOLDS}", 0),
    ],
)
def test_the_status_is_that_of_what_was_delivered(line: str, status: int) -> None:
    done = shell(line)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_who_leaves_early_gets_no_verdict() -> None:
    done = shell(f"{{ {COLLUDE} list axioms; echo status $? >&2; }} | true")
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1] in ("status 3", "status 0")


def test_two_stops_end_cleanly(tmp_path: Path) -> None:
    words = [
        "search",
        "auction",
        "--agents",
        "2",
        "--values",
        "0:3",
        "--transfers=-3:3",
        "--require",
        "strategy-proof",
        "--out",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "collude", *words, str(tmp_path / "r")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "r" / "manifest.json").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode in (3, -signal.SIGTERM)
    assert "Traceback" not in errors
