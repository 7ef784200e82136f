"""Run directories under attack: other questions under the same name, damaged files beside the lines, races, full disks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import collude as co
from collude.enumerate.listings.listing import MECHANISMS, OUTCOMES, listed_at
from collude.enumerate.runs import batches, manifest, rundir
from collude.enumerate.runs.commands import merge_shares, resume_run, run_status, verify_run
from collude.enumerate.runs.drive import Running
from collude.enumerate.runs.folder import CUBES, MANIFEST, RESULT
from collude.enumerate.runs.opening import open_run
from collude.enumerate.searches.result import SearchResult
from collude.models.errors import IncompleteError, InputError

SERIAL = Running(backend="serial")


def search(out: Path, most: int = 1, **options: Any) -> Any:
    given: dict[str, Any] = {"chunks": 12, "backend": "serial", **options}
    return co.search(
        co.auction(2, [0, 1]), transfers=range(-most, 1), require=["individually-rational"], out=str(out), **given
    )


def test_a_worker_that_stays_is_not_taken_in_by_an_old_name(tmp_path: Path) -> None:
    """The directory is the same, the question is not: a worker that has the old one in mind must notice."""
    path = tmp_path / "run"
    search(path, 1)
    first = str(path), open_run(path).identity
    assert batches.solve_at(*first, 0).failure == ""
    shutil.rmtree(path)
    search(path, 2)
    second = str(path), open_run(path).identity
    line = open_run(path).lines[0]
    assert batches.solve_at(*second, 0).result == line.result
    batches._job_at.cache_clear()
    with pytest.raises(InputError, match="become another run"):
        batches.solve_at(*first, 0)


def test_a_worker_with_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search(tmp_path / "run")
    identity = open_run(tmp_path / "run").identity
    batches._job_at.cache_clear()
    monkeypatch.setattr(manifest, "code_digest", lambda: "0" * 64)
    with pytest.raises(InputError, match="code is"):
        batches.solve_at(str(tmp_path / "run"), identity, 0)


def test_the_result_of_another_run_is_refused(tmp_path: Path) -> None:
    search(tmp_path / "one", 1)
    search(tmp_path / "two", 2)
    shutil.copy(tmp_path / "two" / RESULT, tmp_path / "one" / RESULT)
    for act in (lambda: resume_run(tmp_path / "one", SERIAL), lambda: verify_run(tmp_path / "one", 0)):
        with pytest.raises(InputError, match="result of another run"):
            act()


@pytest.mark.slow
def test_two_that_begin_at_once_do_not_mix(tmp_path: Path) -> None:
    """One of two questions gets the directory, the other is refused; what is there answers the first."""
    code = (
        "import sys, collude as co\n"
        "most = int(sys.argv[2])\n"
        "co.search(co.auction(2, [0, 1]), transfers=range(-most, 1), require=['individually-rational'], out=sys.argv[1])"
    )
    answers = {str(most): search(tmp_path / f"alone-{most}", most).count for most in (1, 2)}
    for attempt in range(2):
        path = tmp_path / f"{attempt}"
        words = [sys.executable, "-c", code, str(path)]
        both = {most: subprocess.Popen([*words, most], stderr=subprocess.PIPE) for most in answers}
        for process in both.values():
            process.communicate()
        won = [most for most, process in both.items() if process.returncode == 0]
        assert len(won) == 1
        assert resume_run(path, SERIAL).answer.count == answers[won[0]]  # type: ignore[union-attr]


def test_merge_refuses_damaged_listings(tmp_path: Path) -> None:
    shares = [tmp_path / str(part) for part in (1, 2)]
    for part, path in enumerate(shares, 1):
        search(path, mode="all", part=(part, 2))
    chunk = next(chunk for chunk, line in open_run(shares[1]).lines.items() if line.result["solutions"])
    file = listed_at(shares[1], chunk)
    whole = file.read_bytes()
    for damage in (lambda: file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])), file.unlink):
        damage()
        with pytest.raises(InputError, match=f"chunk {chunk} lists .* damaged or gone; first: collude resume"):
            merge_shares(shares, tmp_path / "whole")
        with pytest.raises(InputError, match="damaged or gone; repair it"):
            verify_run(shares[1], 0)
        assert not (tmp_path / "whole").exists()
    resume_run(shares[1], SERIAL)
    merge_shares(shares, tmp_path / "whole")
    search(tmp_path / "alone", mode="all")
    assert (tmp_path / "whole" / RESULT).read_bytes() == (tmp_path / "alone" / RESULT).read_bytes()


@pytest.mark.parametrize("name", [MECHANISMS, OUTCOMES])
@pytest.mark.parametrize("how", ["flip", "cut", "remove"])
def test_damage_to_what_was_listed_is_named(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / "run"
    search(path, mode="all")
    before, file = (path / RESULT).read_bytes(), path / name
    data = file.read_bytes()
    if how == "remove":
        file.unlink()
    else:
        file.write_bytes(data[:-3] if how == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    for act in (lambda: resume_run(path, SERIAL), lambda: verify_run(path, 0)):
        with pytest.raises(InputError, match=f"{name} is damaged or gone"):
            act()
    (path / RESULT).unlink()
    resume_run(path, SERIAL)
    assert (path / RESULT).read_bytes() == before
    assert file.read_bytes() == data
    assert not (path / "listed").exists()


def test_a_stray_listing_blocks_nothing(tmp_path: Path) -> None:
    search(tmp_path / "alone", mode="all")
    path = tmp_path / "run"
    search(path, mode="all", max_seconds=1e-9)
    np.save(path / MECHANISMS, np.zeros((3, 4), np.int32))
    resume_run(path, SERIAL)
    assert (path / RESULT).read_bytes() == (tmp_path / "alone" / RESULT).read_bytes()


@pytest.mark.parametrize("step", ["link", "write"])
def test_a_repair_that_fails_keeps_every_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "run"
    search(path)
    (path / RESULT).unlink()
    lines = (path / CUBES).read_bytes()
    (path / CUBES).write_bytes(b"x" + lines[1:])
    had = len(open_run(path).lines)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rundir, "_keep" if step == "link" else "write_whole", full)
        with pytest.raises(IncompleteError, match="No space left"):
            resume_run(path, SERIAL)
    assert len(open_run(path).lines) == had
    assert not list(path.glob("*damaged*"))
    resume_run(path, SERIAL)
    assert len(open_run(path).lines) == had + 1


def test_a_finished_run_is_read_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    expected = search(path)

    def refuse(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    assert resume_run(path, SERIAL).answer.count == expected.count  # type: ignore[union-attr]
    assert search(path).count == expected.count
    (path / RESULT).unlink()
    with pytest.raises(InputError, match="Read-only file system"):
        resume_run(path, SERIAL)


def test_a_share_that_needs_nothing_more_is_finished(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        search(tmp_path / str(part), mode="exists", part=(part, 3))
    first = run_status(tmp_path / "1")
    assert first.finished
    assert first.done == first.chunks


def test_what_a_kill_left_of_a_manifest_blocks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    (path / "problem").mkdir(parents=True)
    (path / f".{MANIFEST}.abcd1234").write_text("{")
    assert search(path).complete


def test_headers_that_are_no_headers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "run"
    search(path)
    (path / RESULT).unlink()
    file = path / "problem" / "bundle.npy"
    whole = file.read_bytes()
    for place in range(0, 128, 3):
        file.write_bytes(whole[:place] + b"\0\0\0" + whole[place + 3 :])
        with pytest.raises(InputError, match="damaged"):
            resume_run(path, SERIAL)


def test_bytes_around_the_numbers_of_an_array_are_watched(tmp_path: Path) -> None:
    """Behind the last number, and in the blanks of the header, a byte changes no number: it is noticed nevertheless."""
    search(tmp_path)
    seen = 0
    for path in sorted((tmp_path / "problem").glob("*.npy")):
        whole = path.read_bytes()
        blank = whole.index(b"  ")
        for spoilt in (whole + b"\0", whole + whole, whole[:blank] + b"\t" + whole[blank + 1 :]):
            path.write_bytes(spoilt)
            with pytest.raises(InputError, match=f"{path.name} is damaged: it is not as np.save writes"):
                verify_run(tmp_path, 0)
            seen += 1
        path.write_bytes(whole)
    assert seen >= 9
    verify_run(tmp_path, 0)


def test_more_mechanisms_than_python_writes_out() -> None:
    found = co.search(co.voting(3, 4), require=["strategy-proof"], mode="exists")
    assert found.exists
    assert found.to_dict()["examined"]["mechanisms"] == f"about 10^{int(24**3 * np.log10(4))}"


def test_what_was_asked_about_the_answer_is_remembered(tmp_path: Path) -> None:
    """Known forms, isomorphism: by resume as by the command itself, and after joining shares."""
    options = {"mode": "all", "classify": True, "isomorphism": True}
    whole = search(tmp_path / "whole", **options)
    found = resume_run(tmp_path / "whole", SERIAL).answer
    for part in (1, 2):
        search(tmp_path / str(part), **options, part=(part, 2))
    joined = merge_shares([tmp_path / "1", tmp_path / "2"], tmp_path / "joined").answer
    for other in (found, joined):
        assert isinstance(other, SearchResult)
        assert other.classes == whole.classes
        assert other.evidence["isomorphism"] == whole.evidence["isomorphism"]
