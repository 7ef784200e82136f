"""Run directories from strangers: nothing outside of them is touched, nothing hangs, nothing reaches the terminal."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import collude as co
from collude.enumerate.listings.listing import MECHANISMS, OUTCOMES
from collude.enumerate.runs import batches, drive
from collude.enumerate.runs.commands import merge_shares, resume_run, run_status, verify_run
from collude.enumerate.runs.drive import Running
from collude.enumerate.runs.folder import CUBES, LISTED, MANIFEST, PROBLEM, RESULT
from collude.enumerate.runs.opening import open_run
from collude.enumerate.runs.rundir import Line, digest
from collude.enumerate.runs.schema import canonical
from collude.models.errors import DisagreementError, IncompleteError, InputError

SERIAL = Running(backend="serial")


def search(out: Path, **options: Any) -> Any:
    given: dict[str, Any] = {"chunks": 6, "backend": "serial", "mode": "all", **options}
    return co.search(
        co.auction(2, [0, 1]), transfers=range(-1, 1), require=["individually-rational"], out=str(out), **given
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "run"
    search(path)
    return path


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def refused(path: Path, words: str) -> None:
    """Every command refuses the directory with these words."""
    for act in (
        lambda: resume_run(path, SERIAL),
        lambda: verify_run(path, 0),
        lambda: run_status(path),
        lambda: merge_shares([path], path.with_name("joined")),
    ):
        with pytest.raises(InputError, match=words):
            act()


@pytest.mark.parametrize(
    "name", [CUBES, RESULT, MANIFEST, OUTCOMES, MECHANISMS, LISTED, PROBLEM, f"{PROBLEM}/about.json", "lock", "other"]
)
def test_links_are_refused(run: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thesis").write_text("all my work")
    victim = run / name
    target = outside if victim.is_dir() or name == LISTED else outside / "thesis"
    if victim.is_dir():
        shutil.rmtree(victim)
    victim.unlink(missing_ok=True)
    victim.symlink_to(target)
    refused(run, "no ordinary file|not a run directory" if name == MANIFEST else "no ordinary file")
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("thesis", "all my work")]


@pytest.mark.parametrize("name", [RESULT, "lock", f"{PROBLEM}/about.json", CUBES])
def test_special_files_are_refused(run: Path, name: str) -> None:
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    refused(run, "no ordinary file")


def test_a_second_name_elsewhere_is_refused(run: Path, tmp_path: Path) -> None:
    os.link(run / CUBES, tmp_path / "elsewhere")
    refused(run, "second name")


def rewrite(path: Path, change: dict[str, Any]) -> None:
    """A manifest that says something else, under a right checksum."""
    manifest = json.loads((path / MANIFEST).read_bytes())
    del manifest["checksum"]
    manifest.update(change)
    (path / MANIFEST).write_bytes(canonical({**manifest, "checksum": digest(manifest)}) + b"\n")


WRONG: list[dict[str, Any]] = [
    {"command": 5},
    {"command": "destroy"},
    {"spec": []},
    {"spec": {"mode": "all"}},
    {"spec": {"require": 3, "title": "", "mode": "all", "normalise": False, "project": "", "objective": ""}},
    {"problem": {}},
    {"problem": {"about": "x", "../../outside": "0" * 64}},
    {"problem": {"about": 5}},
    {"code": None},
    {"dtypes": 3},
    {"split": {"chunks": -1, "digest": "0" * 64, "target": 1}},
    {"split": {"chunks": "6", "digest": "0" * 64, "target": 1}},
    {"split": 6},
    {"part": [0, 1]},
    {"part": [2, 1]},
    {"part": "1/1"},
    {"shown": {"confirm": 7}},
    {"shown": None},
    {"versions": ["numba"]},
    {"format": "2"},
]


@pytest.mark.parametrize("change", WRONG, ids=lambda change: str(change)[:40])
def test_manifests_of_other_types_are_refused(run: Path, change: dict[str, Any]) -> None:
    rewrite(run, change)
    refused(run, "manifest")


def test_escape_sequences_are_refused(run: Path) -> None:
    spec = json.loads((run / MANIFEST).read_bytes())["spec"]
    rewrite(run, {"spec": {**spec, "title": "\x1b]0;owned\x07"}})
    with pytest.raises(InputError, match="control characters") as caught:
        run_status(run)
    assert "\x1b" not in str(caught.value)
    voters = co.voting(2, 2)
    assert co.search(voters, require=["strategy-proof"]).exists


def test_lines_of_other_types_do_not_count(run: Path) -> None:
    (run / RESULT).unlink()
    opened = open_run(run)
    lines = list(opened.lines.values())
    wrong = [Line(lines[0].chunk, lines[0].where, {**lines[0].result, "solutions": "many"}, 0.0), *lines[1:]]
    (run / CUBES).write_bytes(b"".join(line.written(opened.identity) for line in wrong))
    assert run_status(run).notes == (f"{CUBES} has 1 damaged line",)


def test_a_problem_that_is_none_is_refused(run: Path) -> None:
    about = json.loads((run / PROBLEM / "about.json").read_bytes())
    broken = dict.fromkeys(about, 5)
    (run / PROBLEM / "about.json").write_bytes(canonical(broken) + b"\n")
    problem = json.loads((run / MANIFEST).read_bytes())["problem"]
    rewrite(run, {"problem": {**problem, "about": digest(broken)}})
    for act in (lambda: resume_run(run, SERIAL), lambda: verify_run(run, 0)):
        with pytest.raises(InputError, match=r"describes no problem|must be"):
            act()


@pytest.mark.parametrize("recreate", [False, True])
def test_a_directory_that_is_removed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recreate: bool
) -> None:
    """It used to end with "share 1/2 is done" and nothing on disk, or with the result in another run's directory."""
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(drive, "SAY_SECONDS", 0.0)
    path = tmp_path / "run"

    def vanish(_what: str, done: int, _count: int) -> None:
        if done >= 3 and not (tmp_path / "old").exists():
            path.rename(tmp_path / "old")
            if recreate:
                path.mkdir()

    with pytest.raises(IncompleteError, match="removed or replaced"):
        search(path, mode="count", part=(1, 2), chunks=40, progress=vanish)
    assert not path.exists() or [entry.name for entry in path.iterdir()] == []


def test_two_results_of_a_chunk_are_done_again(run: Path) -> None:
    expected = (run / RESULT).read_bytes()
    (run / RESULT).unlink()
    opened = open_run(run)
    line = next(iter(opened.lines.values()))
    other = Line(line.chunk, line.where, {**line.result, "nodes": line.result["nodes"] + 1}, 0.0)
    with (run / CUBES).open("ab") as file:
        file.write(other.written(opened.identity))
    assert run_status(run).notes == (f"{CUBES} has 1 damaged line",)
    with pytest.raises(InputError, match="damaged"):
        verify_run(run, 0)
    shutil.rmtree(run / LISTED, ignore_errors=True)
    assert resume_run(run, SERIAL).notes
    assert (run / RESULT).read_bytes() == expected


def test_status_says_finished_only_where_verify_agrees(run: Path) -> None:
    assert run_status(run).finished
    (run / RESULT).write_bytes(b"{}\n")
    status = run_status(run)
    assert not status.finished
    assert "damaged" in status.notes[0]


def test_merge_into_a_run_says_what_is_there(run: Path) -> None:
    with pytest.raises(InputError, match="holds a run already"):
        merge_shares([run], run)


def test_forged_floors_are_caught(tmp_path: Path) -> None:
    """With every chunk under a floor that nothing reaches, a sample of all chunks solved again would agree."""
    path = tmp_path / "run"
    search(path, mode="best", objective="revenue")
    assert verify_run(path, 0).finished
    (path / RESULT).unlink()
    opened = open_run(path)
    forged = [
        Line(line.chunk, line.where, {**line.result, "best": None, "first": None, "floor": 99, "solutions": 0}, 0.0)
        for line in opened.lines.values()
    ]
    (path / CUBES).write_bytes(b"".join(line.written(opened.identity) for line in forged))
    assert resume_run(path, SERIAL).answer.status == 1
    with pytest.raises(DisagreementError, match="passed over"):
        verify_run(path, 0)


def test_a_proof_is_audited(tmp_path: Path) -> None:
    """A replaced or deleted proof, and clauses of another problem under right digests."""
    pytest.importorskip("pysat")
    path = tmp_path / "run"
    names = ["strategy-proof", "onto", "non-dictatorial"]
    assert co.search(co.voting(2, 3), require=names, out=str(path), chunks=4, prove=True).exists is False
    assert verify_run(path, 0).finished
    cnf, drat = (path / "problem.cnf").read_text(), (path / "problem.drat").read_text()
    result = (path / RESULT).read_bytes()
    for name, text in (("problem.cnf", "p cnf 1 2\n1 0\n-1 0\n"), ("problem.drat", "0\n")):
        (path / name).write_text(text)
        with pytest.raises(InputError, match="not what the run has written"):
            verify_run(path, 0)
        known = json.loads(result)["answer"]
        forged = {**known, "proof": {**known["proof"], name[8:]: digest(text.encode())}}
        (path / RESULT).write_bytes(canonical({"answer": forged, "digest": digest(forged)}) + b"\n")
        with pytest.raises(DisagreementError, match="not about the problem" if name == "problem.cnf" else "not verify"):
            verify_run(path, 0)
        (path / "problem.cnf").write_text(cnf)
        (path / "problem.drat").write_text(drat)
        (path / RESULT).write_bytes(result)
    (path / "problem.drat").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        verify_run(path, 0)
    resume_run(path, SERIAL)
    assert verify_run(path, 0).finished


@pytest.mark.parametrize("table", [[10**6] * 4, [0]])
def test_mechanisms_of_another_problem_are_refused(run: Path, table: list[int]) -> None:
    """Lines under right checksums with outcomes that there are not: an IndexError out of `verify` and `resume`, once."""
    opened = open_run(run)
    lines = [Line(one.chunk, one.where, one.result | {"first": table}, 0.0) for one in opened.lines.values()]
    (run / CUBES).write_bytes(b"".join(line.written(opened.identity) for line in lines))
    for act in (lambda: resume_run(run, SERIAL), lambda: verify_run(run, 0)):
        with pytest.raises(InputError, match="none of this problem's"):
            act()
