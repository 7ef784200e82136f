"""Commands run as a user types them: in this process, which is quicker, or in one of their own."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any


def run_apart(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as its users run it."""
    return subprocess.run(
        [sys.executable, "-m", "collude.cli.main", *words], capture_output=True, text=True, cwd=cwd, check=False
    )


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in this process."""
    from collude.cli.main import main

    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    before, arguments, status = Path.cwd(), sys.argv, 0
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        sys.argv = ["collude", *words]
        os.chdir(cwd or before)
        with redirect_stdout(output), redirect_stderr(errors):
            main()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    finally:
        os.chdir(before)
        sys.argv = arguments
        for number, handler in handlers.items():
            signal.signal(number, handler)
    said, complained = (stream.buffer.getvalue().decode() for stream in (output, errors))
    return subprocess.CompletedProcess(words, status, said, complained)


def answer(*words: str, status: int = 0) -> Any:
    done = run(*words)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def refused(*words: str, cwd: Path | None = None) -> str:
    done = run(*words, cwd=cwd)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if "first run" not in line and not line.endswith("s so far")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("collude: ")
    return lines[0]
