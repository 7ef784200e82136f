"""The pages for people: every command on them can be typed, every file that they name is there."""

import re
import shlex
from pathlib import Path

import click
import pytest

import collude as co
from collude.cli.main import COMMANDS, collude

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = "kernels|models|axioms|enumerate|programs|cli|api|tests|examples|benchmarks|docs"


def commands_of(page: str) -> list[list[str]]:
    """The command lines of a page, in blocks or in backticks, in words; those with dots in place of words are left out."""
    joined = page.replace("\\\n", " ")
    blocks = re.findall(r"^(?:    |)(?:\$ )?(collude .*)$", joined, re.MULTILINE)
    inline = re.findall(r"`(collude [^`]*)`", joined)
    lines = [shlex.split(line, comments=True) for line in [*blocks, *inline] if "..." not in line and "'s" not in line]
    return [words[1:] for words in lines if len(words) > 1 and words[1] in COMMANDS and "|" not in words]


def wanted(words: list[str]) -> str:
    """Why the words are no command line, "" if they are one."""
    context = click.Context(collude, info_name="collude")
    command = collude.get_command(context, words[0])
    assert command is not None
    try:
        command.make_context(words[0], list(words[1:]), parent=context)
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_pages_can_be_typed(page: Path) -> None:
    lines = commands_of(page.read_text())
    wrong = {shlex.join(line): wanted(line) for line in lines if len(line) > 2 and wanted(line)}
    assert wrong == {}


def test_the_pages_have_commands() -> None:
    assert sum(len(commands_of(page.read_text())) for page in PAGES) >= 120
    assert "No such option" in wanted(["check", "second-price", "--agent-s", "3"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_the_pages_name_is_there(page: Path) -> None:
    text = page.read_text()
    paths = re.findall(rf"`((?:{ROOMS})/[\w/.-]*)`", text) + re.findall(r"`(docs/\w+\.md)`", text)
    pages = [name for name in re.findall(r"`(\w[\w-]*\.md)`", text) if not (ROOT / "docs" / name).exists()]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [name for name in pages if not (ROOT / name).exists()] == []
    assert [name for name in re.findall(r"\bco\.([A-Za-z_]\w*)", text) if not hasattr(co, name)] == []
