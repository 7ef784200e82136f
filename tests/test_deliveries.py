"""Exit status 0 and 1 only with a delivered verdict: closed and full outputs, too few descriptors, absurd options, two stops."""

import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

COLLUDE = f"{shlex.quote(sys.executable)} -m collude"
HOLDS = "check second-price --agents 2 --values 0:2 --axiom strategy-proof"
FAILS = "check second-price --agents 2 --values 0:2 --axiom group-strategy-proof"
UNJITTED = {**os.environ, "NUMBA_DISABLE_JIT": "1"}  # starts quicker, and delivers in the same way
FULL = "collude: the output cannot be written: No space left on device"


def shell(line: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    line = f"set -o pipefail; {line}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=env)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"{COLLUDE} {HOLDS}", 0),
        (f"{COLLUDE} {FAILS}", 1),
        (f"{COLLUDE} {HOLDS} 2>&-", 0),
        (f"{COLLUDE} {HOLDS} > /dev/full", 3),
        (f"{COLLUDE} {FAILS} > /dev/full", 3),
        (f"{COLLUDE} list axioms > /dev/full", 3),
        (f"{COLLUDE} {FAILS} >&-", 3),
        (f"{COLLUDE} check nothing-of-this-name 2> /dev/full", 2),
        (f"{COLLUDE} check nothing-of-this-name 2>&-", 2),
        (f"{COLLUDE} {HOLDS} --jobs 1000000", 2),
    ],
)
def test_the_status_is_that_of_what_was_delivered(line: str, status: int) -> None:
    done = shell(line, UNJITTED)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stderr.splitlines()[-1:] == [FULL]) == (" > /dev/full" in line)


def test_too_few_descriptors_for_compiled_kernels() -> None:
    done = shell(f"ulimit -n 16; {COLLUDE} {HOLDS}")
    assert done.returncode == 0, done.stderr


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
    while not (tmp_path / "r" / "manifest.json").exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode in (3, -signal.SIGTERM)
    assert "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.parametrize("files", [10, 16])
def test_too_few_descriptors_for_workers_are_said_in_one_line(tmp_path: Path, files: int) -> None:
    """What it needs depends on the system: either it works, or one line says what to do."""
    words = "search voting --agents 2 --alternatives 3 --require strategy-proof --chunks 9 --backend processes --jobs 2"
    done = shell(f"ulimit -n {files}; {COLLUDE} {words} --out {shlex.quote(str(tmp_path / 'run'))}")
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert any(line.startswith("collude: ") for line in done.stderr.splitlines())
        assert shell(f"{COLLUDE} resume {shlex.quote(str(tmp_path / 'run'))}").returncode == 0


def test_a_stop_within_generated_text_ends_like_any_other(tmp_path: Path) -> None:
    """Dataclasses, for one, are made by exec; what was being tried when the stop came is not what it says."""
    lines = [
        "import collude.cli.main as cli",
        "def run():",
        "    try:",
        "        [].missing",
        "    except AttributeError:",
        "        exec('raise KeyboardInterrupt')",
        "cli.run = run",
        "cli.main()",
    ]
    (tmp_path / "stops.py").write_text("\n".join(lines))
    done = subprocess.run([sys.executable, "-m", "stops"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "collude: stopped\n")


@pytest.mark.slow
def test_a_large_check_stops_soon() -> None:
    """Nine million profiles: building and examining used to be deaf for a minute of processor time."""
    words = "check posted-price --agents 2 --values 0:3000 --param price=1"
    for wait in (3, 12):
        process = subprocess.Popen(
            [sys.executable, "-m", "collude", *words.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            used, before = psutil.Process(process.pid).cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            assert spent - used.user - used.system < 10
            assert process.returncode == 3, errors
            assert errors.splitlines()[-1] == "collude: stopped"
            assert "Traceback" not in errors
        else:
            process.communicate()
