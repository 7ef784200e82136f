"""The tutorial from top to bottom in an empty folder: every block runs, every command ends well and says what the page shows."""

import os
import re
import shlex
from pathlib import Path

import pytest
from commands import run

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"


def test_the_tutorial_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    commands = shown = 0
    for language, text in re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        if language == "python" and text.startswith("# rule.py\n"):
            (tmp_path / "rule.py").write_text(text)
        elif language == "python":
            (tmp_path / "block.py").write_text(text)  # Numba reads the source of what it compiles
            exec(compile(text, os.fspath(tmp_path / "block.py"), "exec"), known)
        else:
            output = ""
            for line in text.splitlines():
                if line.startswith("$ collude "):
                    done = run(*shlex.split(line)[2:])
                    output, commands = done.stdout, commands + 1
                    wanted = {3} if "--max-seconds" in line else {0, 1}
                    assert done.returncode in wanted, (line, done.stderr)
                else:
                    assert line in output.splitlines(), (line, output)
                    shown += 1
    assert commands == 13
    assert shown >= 14


def test_every_task_takes_less_than_ten_commands() -> None:
    tasks = PAGE.read_text().split("\n## ")[1:]
    assert len(tasks) == 6
    assert all(0 < task.count("\n$ collude ") + task.count("```python") < 10 for task in tasks)
