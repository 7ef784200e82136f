"""Run directories that are damaged, forged or somebody else's: it is noticed, named, and nothing is taken for good."""

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import AXIOMS, SERIAL, check, result_of, search, unfinished

import collude as co
from collude.enumerate.runs import manifest as describing
from collude.enumerate.runs.commands import resume_run, verify_run
from collude.enumerate.runs.folder import CUBES, MANIFEST, RESULT
from collude.enumerate.runs.opening import open_run
from collude.enumerate.runs.rundir import Line, digest
from collude.enumerate.runs.schema import canonical
from collude.models.errors import ColludeError, DisagreementError, InputError


def damage(data: bytes, rng: random.Random) -> bytes:
    """One byte flipped, the end cut off, or something appended."""
    action = rng.randrange(3)
    place = rng.randrange(len(data))
    if action == 0:
        return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]
    if action == 1:
        return data[:place]
    return data + rng.choice([b"x", b"\n", b"{}\n", data[:place], data[-40:]])


@pytest.mark.parametrize("seed", range(20))
def test_damaged_lines_are_done_again(reference: dict[str, Path], tmp_path: Path, kind: str, seed: int) -> None:
    path = unfinished(reference[kind], tmp_path / "run")
    broken = damage((path / CUBES).read_bytes(), random.Random(seed))
    (path / CUBES).write_bytes(broken)
    try:
        notes = resume_run(path, SERIAL).notes
    except ColludeError as error:
        assert CUBES in str(error)
    else:
        assert result_of(path) == result_of(reference[kind])
        kept = [file.read_bytes() for file in path.glob(f"{CUBES}.damaged-*")]
        assert kept == ([broken] if notes else [])
        assert notes or len(open_run(path).lines) == len(open_run(reference[kind]).lines)


def test_a_changed_digit_of_a_result_is_noticed(reference: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """The line is still one, of a result that might have been: only its checksum tells."""
    path = unfinished(reference[kind], tmp_path / "run")
    lines = (path / CUBES).read_bytes().splitlines(keepends=True)
    found = re.search(rb'"result":.*?(\d)', lines[2])
    assert found is not None
    digit, place = int(found[1]), found.start(1)
    other = digit + 1 if digit < 9 else 8
    lines[2] = lines[2][:place] + str(other).encode() + lines[2][place + 1 :]
    (path / CUBES).write_bytes(b"".join(lines))
    assert resume_run(path, SERIAL).notes
    assert result_of(path) == result_of(reference[kind])


@pytest.mark.parametrize("seed", range(15))
def test_a_damaged_manifest_is_named(reference: dict[str, Path], tmp_path: Path, kind: str, seed: int) -> None:
    path = unfinished(reference[kind], tmp_path / "run")
    before = (path / MANIFEST).read_bytes()
    broken = damage(before, random.Random(seed))
    (path / MANIFEST).write_bytes(broken)
    with pytest.raises(InputError, match=MANIFEST):
        resume_run(path, SERIAL)
    assert (path / MANIFEST).read_bytes() == broken


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_problem_or_result_is_named(reference: dict[str, Path], tmp_path: Path, kind: str, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "run"
    shutil.copytree(reference[kind], path)
    victim = rng.choice([RESULT, *sorted(str(file.relative_to(path)) for file in (path / "problem").iterdir())])
    data = (path / victim).read_bytes()
    place = rng.randrange(len(data) // 2, len(data))
    (path / victim).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(InputError, match=r"damaged"):
        verify_run(path, 0)


def test_each_changed_number_of_the_problem_is_named(reference: dict[str, Path], tmp_path: Path, kind: str) -> None:
    changed = 0
    for name in sorted(file.name for file in (reference[kind] / "problem").glob("*.npy")):
        path = tmp_path / name
        shutil.copytree(reference[kind], path)
        array = np.load(path / "problem" / name)
        if not array.size:
            continue
        array.reshape(-1)[-1] += 1
        np.save(path / "problem" / name, array)
        with pytest.raises(InputError, match=rf"{re.escape(name)} is damaged"):
            verify_run(path, 0)
        changed += 1
    assert changed >= 2


def test_another_run_is_refused_by_name(
    reference: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unfinished(reference["search"], tmp_path / "run", keep=3)
    with pytest.raises(InputError, match=r"spec\.mode"):
        search(path, mode="all")
    with pytest.raises(InputError, match=r"spec\.require"):
        co.search(co.auction(2, [0, 1, 2]), transfers=range(-1, 2), require=AXIOMS[:1], out=str(path), chunks=20)
    with pytest.raises(InputError, match=r"problem"):
        co.search(co.auction(2, [0, 1, 2]), transfers=range(-2, 2), require=AXIOMS, out=str(path), chunks=20)
    with pytest.raises(InputError, match=r"split\.(chunks|target|digest)"):
        search(path, chunks=21)
    with pytest.raises(InputError, match="share 1/1"):
        search(path, part=(1, 2))
    with pytest.raises(InputError, match="command is search"):
        check(path)
    monkeypatch.setattr(describing, "code_digest", lambda: "0" * 64)
    with pytest.raises(InputError, match="its code is "):
        resume_run(path, SERIAL)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("dtypes", {"domain": "<u4"}),
        ("split", {"target": 19}),
        ("code", "0" * 64),
    ],
)
def test_a_manifest_of_another_run_is_refused(
    reference: dict[str, Path], tmp_path: Path, field: str, change: Any
) -> None:
    path = unfinished(reference["search"], tmp_path / "run", keep=3)
    manifest = json.loads((path / MANIFEST).read_bytes())
    del manifest["checksum"]
    manifest[field] = {**manifest[field], **change} if isinstance(change, dict) else change
    (path / MANIFEST).write_bytes(canonical({**manifest, "checksum": digest(manifest)}) + b"\n")
    (path / CUBES).unlink()
    with pytest.raises(InputError, match=field):
        resume_run(path, SERIAL)


def test_a_wrong_chunk_is_caught_at_the_stated_rate(reference: dict[str, Path], tmp_path: Path) -> None:
    path = unfinished(reference["search"], tmp_path / "run")
    run = open_run(path)
    victim = sorted(run.lines)[len(run.lines) // 2]
    lines = []
    for chunk, line in run.lines.items():
        result = {**line.result, "nodes": line.result["nodes"] + 1} if chunk == victim else line.result
        lines.append(Line(chunk, line.where, result, line.seconds))
    (path / CUBES).write_bytes(b"".join(line.written(run.identity) for line in lines))
    resume_run(path, SERIAL)
    sample = len(lines) // 3
    chosen = [random.Random(seed).sample(lines, sample) for seed in range(20)]
    catches = [any(line.chunk == victim for line in each) for each in chosen]
    for seed in (catches.index(True), catches.index(False)):
        if catches[seed]:
            with pytest.raises(DisagreementError, match=f"chunk {victim} gives another result"):
                verify_run(path, sample, seed, fresh=False)
        else:
            assert verify_run(path, sample, seed, fresh=False).chance == sample / len(lines)


def test_verify_notices_what_does_not_follow(reference: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(reference["search"], path)
    answer = json.loads(result_of(path))["answer"]
    answer["count"] += 1
    (path / RESULT).write_bytes(canonical({"answer": answer, "digest": digest(answer)}) + b"\n")
    with pytest.raises(DisagreementError, match="does not follow"):
        verify_run(path, 0)


def test_verify_notices_a_wrong_witness(reference: dict[str, Path], tmp_path: Path) -> None:
    path = unfinished(reference["check"], tmp_path / "run")
    run = open_run(path)
    lines = []
    for line in run.lines.values():
        result = line.result
        if line.where[0] == "group-strategy-proof" and result["key"] is not None and not lines:
            result = {**result, "key": [result["key"][0] - 1, *result["key"][1:3], 0]}
        lines.append(Line(line.chunk, line.where, result, line.seconds))
    (path / CUBES).write_bytes(b"".join(line.written(run.identity) for line in lines))
    with pytest.raises(InputError, match="no result yet"):
        verify_run(path, 0)
    with pytest.raises(DisagreementError):
        resume_run(path, SERIAL)


def test_verify_checks_each_mechanism_again(reference: dict[str, Path], tmp_path: Path) -> None:
    """Lines under right checksums, with a mechanism of possible outcomes that does not satisfy the axioms."""
    path = unfinished(reference["search"], tmp_path / "run", keep=3)
    run = open_run(path)
    assert verify_run(path, 0).rechecked >= 1
    tables = [line.result["first"] for line in run.lines.values() if line.result["first"] is not None]
    forged = [max(tables[0]) if place % 2 else 0 for place in range(len(tables[0]))]
    lines = [Line(one.chunk, one.where, one.result | {"first": forged}, 0.0) for one in run.lines.values()]
    (path / CUBES).write_bytes(b"".join(line.written(run.identity) for line in lines))
    with pytest.raises(DisagreementError, match=r"does not satisfy|violates"):
        verify_run(path, 0)
