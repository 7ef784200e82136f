"""Audits of searches: intact cuts tile the tree and damaged ones do not; floors and objectives of the best hold up."""

import json
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from search_oracle import random_problem

import collude as co
from collude.enumerate.runs.commands import verify_run
from collude.enumerate.runs.folder import CUBES, RESULT
from collude.enumerate.runs.opening import open_run
from collude.enumerate.runs.rundir import Line, digest
from collude.enumerate.runs.schema import JSON, canonical
from collude.enumerate.searches import search_job
from collude.enumerate.searches.audit import require_best, require_tiling
from collude.enumerate.searches.cube_result import number_from_json
from collude.enumerate.searches.cubes import Tree, split
from collude.enumerate.searches.search_job import SearchJob
from collude.models.errors import ColludeError, DisagreementError

COUNT = {"mode": "count", "normalise": False, "project": "", "objective": ""}
BEST = {"mode": "best", "normalise": False, "project": "", "objective": "revenue"}


def job_of(space: Any, names: list[str], target: int) -> SearchJob | None:
    """The search; None if the problem has no meaning."""
    try:
        return SearchJob(space, names, COUNT, target)
    except ColludeError:
        return None


def refuted_inside(job: SearchJob, cubes: list[Any]) -> bool:
    """Whether splitting refuted everything below a node that lives, so that no cube lies below it."""
    tree, inner = Tree(job.compiled), {cube[:depth] for cube in cubes for depth in range(len(cube))}
    choices = {}
    for cube in cubes:
        for depth, (x, _) in enumerate(cube):
            choices[cube[:depth]] = x
    for node, x in choices.items():
        for value in range(int(job.compiled.cells.values[x])):
            child = (*node, (x, value))
            if child not in inner and child not in cubes and tree.branches(child) is not None:
                return True
    return not cubes and tree.branches(()) is not None


def test_the_smallest_runs_that_were_refused() -> None:
    """Both are proofs that splitting finishes: below some branch no cube is left."""
    space = co.outcome_space(co.voting(2, 3))
    for names in (["strategy-proof", "onto"], ["strategy-proof", "onto", "non-dictatorial"]):
        job = SearchJob(space, names, COUNT, 256)
        cubes = [job.decisions(chunk) for chunk in range(len(job.chunks))]
        assert refuted_inside(job, cubes)
        job.check_tiling()


def test_intact_cuts_tile_and_damaged_ones_do_not() -> None:
    rng = random.Random(11)
    seen = {"intact": 0, "refuted inside": 0, "dropped": 0, "twice": 0, "shortened": 0, "strange": 0}
    number = 0
    while seen["intact"] < 100 or seen["refuted inside"] < 10 or seen["dropped"] < 50:
        space, names = random_problem(rng, number)
        number += 1
        for target in rng.sample([1, 2, 3, 5, 8, 13, 40, 150], 3):
            job = job_of(space, names, target)
            if job is None:
                continue
            cubes = [job.decisions(chunk) for chunk in range(len(job.chunks))]
            require_tiling(job.compiled, cubes, target)
            seen["intact"] += 1
            seen["refuted inside"] += refuted_inside(job, cubes)
            for at in rng.sample(range(len(cubes)), min(2, len(cubes))):
                damaged = {"twice": [*cubes, cubes[at]], "strange": [*cubes, (*cubes[at][:-1], (0, 10**6))]}
                solved = job.solve(at)
                if solved is not None and solved["solutions"]:  # a cube without any is refuted sooner or later
                    damaged["dropped"] = cubes[:at] + cubes[at + 1 :]
                if cubes[at]:
                    damaged["shortened"] = [*cubes[:at], cubes[at][:-1], *cubes[at + 1 :]]
                siblings = [cube for cube in cubes if cube[:-1] == cubes[at][:-1]]
                if len(siblings) == 1:  # then the parent covers what the cube covers
                    damaged.pop("shortened", None)
                for kind, wrong in damaged.items():
                    with pytest.raises(DisagreementError):
                        require_tiling(job.compiled, wrong, target)
                    seen[kind] += 1
    assert min(seen.values()) >= 10, seen


def result(best: int | None, floor: int | None, first: list[int] | None) -> dict[str, Any]:
    return {"best": best, "floor": floor, "first": first, "solutions": int(best is not None)}


def test_a_floor_needs_a_chunk_that_reached_it() -> None:
    """Forged floors made "best 10/9" into "none exists", and a sample solved again under them agreed."""
    space = co.outcome_space(co.auction(2, [0, 1]), range(-1, 2))
    job = SearchJob(space, ["individually-rational"], BEST, 6)
    results: dict[int, Any] = {}
    for chunk in range(len(job.chunks)):
        solved = job.solve(chunk, job.hint(chunk))
        assert solved is not None
        results[chunk] = solved
        job.note(chunk, solved)
    job.require_hints(results)
    top = max(chunk for chunk in results if results[chunk]["best"] is not None)
    forged = dict(results)
    for chunk in results:
        forged[chunk] = result(None, 10**6, None)
    with pytest.raises(DisagreementError, match="passed over"):
        require_best(space, "revenue", forged)
    with pytest.raises(DisagreementError, match="passed over"):
        require_best(space, "revenue", {**results, top: result(None, results[top]["best"], None)})
    with pytest.raises(DisagreementError, match="another objective"):
        require_best(space, "revenue", {**results, top: {**results[top], "best": results[top]["best"] + 1}})
    with pytest.raises(DisagreementError, match="without"):
        require_best(space, "revenue", {**results, top: {**results[top], "solutions": 0}})


def test_a_cut_with_a_hole_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else would: the lines are those of the chunks, and the result follows from them."""
    monkeypatch.setattr(search_job, "split", lambda compiled, target: split(compiled, target)[1:])
    space = co.outcome_space(co.voting(2, 3))
    found = co.search(space, require=["strategy-proof"], chunks=9, backend="serial", out=str(tmp_path / "run"))
    assert found.complete
    with pytest.raises(DisagreementError, match="no chunk covers"):
        verify_run(tmp_path / "run", 0)


def damage(path: Path, rng: random.Random, seen: Counter[str]) -> None:
    """Change one thing in a finished run and see that `verify` rejects it, as damaged or as wrong."""
    kept = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    opened = open_run(path)
    lines = list(opened.lines.values())
    line = rng.choice(lines) if lines else None
    answer = json.loads(kept[path / RESULT])["answer"]

    def rewritten(change: JSON) -> bytes:
        """The lines under right checksums, one with another result."""
        assert line is not None
        other = [Line(one.chunk, one.where, one.result | change, one.seconds) if one is line else one for one in lines]
        return b"".join(one.written(opened.identity) for one in other)

    kind = rng.choice(["bit", "cut", "count", "digest", "dropped", "result", "mechanism", "listed"])
    if kind == "bit":
        target = rng.choice([file for file in kept if file.name not in ("lock",) and kept[file]])
        text = bytearray(kept[target])
        text[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
        target.write_bytes(bytes(text))
    elif kind == "cut":
        target = rng.choice([file for file in kept if len(kept[file]) > 1])
        target.write_bytes(kept[target][: rng.randrange(1, len(kept[target]))])
    elif kind == "result":
        forged = answer | {"exists": not answer["exists"], "digest": "0" * 32}
        (path / RESULT).write_bytes(canonical({"answer": forged, "digest": digest(forged)}) + b"\n")
    elif line is None:
        return
    elif kind == "dropped" and answer["count"] is not None:  # else later chunks may be superfluous
        (path / CUBES).write_bytes(b"".join(one.written(opened.identity) for one in lines if one is not line))
    elif kind == "mechanism" and line.result["first"]:
        table = list(line.result["first"])
        table[rng.randrange(len(table))] = 10**6
        (path / CUBES).write_bytes(rewritten({"first": table}))
    elif kind == "listed" and (path / "mechanisms.npy").exists():
        (path / "mechanisms.npy").unlink()
    elif (
        kind == "digest"
        and any(one.result["solutions"] for one in lines)
        and json.loads(kept[path / RESULT])["answer"]["digest"]
    ):
        (path / CUBES).write_bytes(rewritten({"digest": ["0" * 15 + "1", "0" * 15 + "2"]}))
    elif kind == "count" and answer["count"] is not None:
        (path / CUBES).write_bytes(rewritten({"solutions": number_from_json(line.result["solutions"]) + 1}))
    else:
        return
    with pytest.raises((co.InputError, DisagreementError)):
        verify_run(path, 0)
    seen[kind] += 1
    for file, text in kept.items():
        file.write_bytes(text)
    assert verify_run(path, 0).finished


@pytest.mark.slow
def test_every_intact_run_is_verified_and_no_damaged_one(tmp_path: Path) -> None:
    """Random searches, cuts, modes and back ends: no false alarm, and no change goes unnoticed."""
    rng = random.Random(12)
    seen: Counter[str] = Counter()
    number = 0
    while seen["runs"] < 300:
        space, names = random_problem(rng, number)
        number += 1
        how: dict[str, Any] = rng.choice([{"backend": "serial"}, {"backend": "threads", "jobs": 2}])
        if seen["runs"] % 25 == 3:
            how = {"backend": "processes", "jobs": 2}
        mode = rng.choice(["exists", "count", "all"])
        path = tmp_path / str(number)
        try:
            co.search(space, require=names, mode=mode, chunks=rng.choice([1, 2, 7, 40, 256]), out=str(path), **how)
        except (co.NotApplicableError, co.InputError, co.SizeError):
            continue
        assert verify_run(path, 0).finished
        for _ in range(2):
            damage(path, rng, seen)
        seen.update(["runs", how["backend"], mode])
        shutil.rmtree(path)
    assert min(seen[kind] for kind in ("bit", "cut", "result", "dropped", "digest", "count")) >= 10, seen
    assert min(seen[kind] for kind in ("mechanism", "listed", "processes", "exists", "all")) >= 5, seen
