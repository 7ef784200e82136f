"""Runs that cannot be: options that make no sense, folders that hold something else, chunks that do not tile."""

from pathlib import Path
from typing import Any

import pytest

import collude as co
from collude.enumerate.checks.check_job import CheckJob
from collude.enumerate.runs.commands import resume_run
from collude.enumerate.runs.drive import Running
from collude.enumerate.searches.search_job import SearchJob
from collude.models.errors import DisagreementError, InputError


def search(out: Path, **options: Any) -> Any:
    return co.search(co.auction(2, [0, 1]), transfers=range(-1, 2), require=["strategy-proof"], out=str(out), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"part": (3, 2)}, "from 1 to N"),
        ({"backend": "cloud"}, "serial, threads, processes or dask"),
        ({"backend": "dask"}, "--scheduler ADDRESS"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "goes with"),
        ({"max_seconds": 0}, "must be positive"),
        ({"max_memory": -1}, "must be positive"),
        ({"jobs": 0}, "at least 1"),
        ({"chunks": 0}, "at least 1"),
    ],
)
def test_bad_options_are_named(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        search(tmp_path / "run", **options)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("all my work")
    with pytest.raises(InputError, match=r"it has thesis\.tex"):
        search(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(InputError, match="not a run directory"):
        resume_run(tmp_path, Running(backend="serial"))


def test_chunks_must_tile_the_problem() -> None:
    asked = {"mode": "count", "normalise": False, "project": "", "objective": ""}
    job = SearchJob(co.outcome_space(co.voting(2, 3)), ["strategy-proof"], asked, 12)
    job.check_tiling()
    whole = list(job.chunks)
    for wrong in (whole[1:], [*whole, whole[0]], [*whole, whole[0][:-1]], [*whole[1:], [[0, 99]]]):
        job.chunks = wrong
        with pytest.raises(DisagreementError):
            job.check_tiling()
    mechanism = co.second_price(co.auction(4, range(9)))
    question = {"count": "coalitions", "max_coalition": None, "path": "auto"}
    other = CheckJob(mechanism, ["group-strategy-proof", "reallocation-proof", "no-trade-types"], question, 8)
    other.check_tiling()
    blocks = list(other.chunks)
    for place in range(len(blocks)):
        other.chunks = blocks[:place] + blocks[place + 1 :]
        with pytest.raises(DisagreementError):
            other.check_tiling()
    other.chunks = [*blocks, blocks[3]]
    with pytest.raises(DisagreementError):
        other.check_tiling()
