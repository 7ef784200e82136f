"""Commands run as a user types them, each in a process of its own; what is only refused is run in this one, which is quicker."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collude.cli.main", *words], capture_output=True, text=True, cwd=cwd, check=False
    )


def answer(*words: str, status: int = 0) -> Any:
    done = run(*words)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def run_inside(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    from collude.cli.main import main

    output, errors, status = io.StringIO(), io.StringIO(), 0
    before, handler = Path.cwd(), signal.getsignal(signal.SIGTERM)
    arguments, sys.argv = sys.argv, ["collude", *words]
    try:
        os.chdir(cwd or before)
        with redirect_stdout(output), redirect_stderr(errors):
            main()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    finally:
        os.chdir(before)
        sys.argv = arguments
        signal.signal(signal.SIGTERM, handler)
    return subprocess.CompletedProcess(words, status, output.getvalue(), errors.getvalue())


def refused(*words: str, cwd: Path | None = None) -> str:
    done = run_inside(*words, cwd=cwd)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if "first run" not in line and not line.endswith("s so far")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("collude: ")
    return lines[0]
