"""Commands run as a user types them, each in a process of its own."""

import json
import subprocess
import sys
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


def refused(*words: str, cwd: Path | None = None) -> str:
    done = run(*words, cwd=cwd)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if "first run" not in line and not line.endswith("s so far")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("collude: ")
    return lines[0]
