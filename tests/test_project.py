"""The project itself: layers, lazy imports, the kernel cache, kernels inside a user's own jitted code, the README."""

import ast
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from collude.kernels._store import KERNELS, sources_digest
from collude.models.files.spec import build
from collude.models.process.sources import digest_of

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("api", "cli", "enumerate", "axioms", "programs", "models", "kernels")
ALLOWED = {
    "kernels": {"kernels"},
    "models": {"models", "kernels"},
    "programs": {"programs", "models", "kernels"},
    "axioms": {"axioms", "programs", "models", "kernels"},
    "enumerate": {"enumerate", "axioms", "programs", "models", "kernels"},
    "cli": {"cli", "enumerate", "axioms", "programs", "models"},
}


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def test_imports_go_downwards_and_never_by_bare_folder_names() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            assert not against_the_layers(folder, path), path


def against_the_layers(folder: str, path: Path) -> list[str]:
    """What a file of a folder imports and may not."""
    wrong = []
    for name in imported(path):
        parts = name.split(".")
        beyond = folder in ALLOWED and parts[0] == "collude" and len(parts) > 1 and parts[1] not in ALLOWED[folder]
        if parts[0] in FOLDERS or (beyond and parts[1] != "errors"):
            wrong.append(name)
    return wrong


def test_the_test_of_layers_sees_nested_files(tmp_path: Path) -> None:
    nested = tmp_path / "kernels" / "room" / "wrong.py"
    nested.parent.mkdir(parents=True)
    nested.write_text(
        "def late():\n    from collude.models.space import Cells\n    import enumerate.checks\n    return Cells\n"
    )
    assert against_the_layers("kernels", nested) == ["collude.models.space", "enumerate.checks"]
    assert any(path.parent.parent.name == "kernels" for path in (ROOT / "kernels").rglob("*.py"))


@pytest.mark.parametrize("digest", [sources_digest, lambda folder: digest_of([folder])], ids=["kernels", "runs"])
def test_digests_follow_nested_files(digest: Callable[[Path], str], tmp_path: Path) -> None:
    nested = tmp_path / "room" / "inner" / "file.py"
    nested.parent.mkdir(parents=True)
    nested.write_text("x = 1\n")
    before = digest(tmp_path)
    nested.write_text("x = 2\n")
    changed = digest(tmp_path)
    nested.rename(nested.parent.parent / "file.py")
    assert len({before, changed, digest(tmp_path)}) == 3


def test_every_room_is_packaged() -> None:
    """A room that is missing in pyproject.toml is not installed."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {path.parent.relative_to(ROOT) for folder in ALLOWED for path in (ROOT / folder).rglob("*.py")}
    homes = {"collude." + ".".join(room.parts): room.as_posix() for room in rooms} | {"collude": "api"}
    assert settings["package-dir"] == homes
    assert sorted(settings["packages"]) == sorted(homes)


def test_no_folder_is_called_collude() -> None:
    assert not (ROOT / "collude").exists()


def test_help_does_not_import_numba() -> None:
    code = (
        "import sys, collude.cli.main as m\ntry:\n m.collude(['--help'])\nexcept SystemExit: pass\n"
        "print('numba' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


def test_bounds_checks_get_a_cache_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sources_digest(KERNELS)
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1" if os.environ.get("NUMBA_BOUNDSCHECK") != "1" else "0")
    assert sources_digest(KERNELS) != plain


def test_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    examples = sorted((ROOT / "examples").glob("*.py"))
    assert examples
    for example in examples:
        runpy.run_path(str(example), run_name="__main__")
        assert capsys.readouterr().out, example


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = ("tutorial.md",)  # test_tutorial runs it from top to bottom


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if "```python" in page.read_text() and page.name not in ELSEWHERE],
    ids=lambda page: page.name,
)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks), page.name, "exec"), {"__name__": "__main__"})


def test_files_of_the_page_are_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "files.md").read_text()
    texts = {f"{i}.toml": text for i, text in enumerate(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))}
    texts["table.csv"] = re.findall(r"```\n(report.*?)```", page, re.DOTALL)[0]
    assert len(texts) == 4
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        assert build(str(tmp_path / name)).environment.agents == 2


def test_every_public_name_is_documented() -> None:
    import collude

    for name in collude._NAMES:
        assert getattr(collude, name).__doc__, name
    assert set(collude._NAMES) <= set(dir(collude))


def test_public_kernels_are_documented() -> None:
    import collude.kernels as kernels

    for name in kernels.__all__:
        value = getattr(kernels, name)
        if callable(value):
            assert value.__doc__, name


DOCUMENTED = (
    "axioms",
    "programs",
    "kernels",
    "enumerate/analyses",
    "enumerate/certify",
    "enumerate/checks",
    "enumerate/networks",
    "enumerate/problems",
    "enumerate/searches",
)


def _public_functions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.If):
            yield from _public_functions([*node.body, *node.orelse])
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_docstrings_have_their_sections() -> None:
    seen = 0
    for room in DOCUMENTED:
        for path in sorted((ROOT / room).rglob("*.py")):
            for function in _public_functions(ast.parse(path.read_text()).body):
                text = ast.get_docstring(function) or ""
                where = f"{path}: {function.name}"
                given = function.args.args + function.args.kwonlyargs
                assert not given or "Parameters\n---" in text, where
                nothing = function.returns is None or ast.unparse(function.returns) == "None"
                assert nothing or re.search("(Returns|Yields)\n---", text), where
                seen += 1
    assert seen > 200


def test_every_example_is_run() -> None:
    # The examples of a room that is no package would be skipped in silence.
    folders = {path.parent for top in FOLDERS for path in (ROOT / top).rglob("*.py") if ">>>" in path.read_text()}
    assert len(folders) > 20
    assert all((folder / "__init__.py").is_file() for folder in folders)
