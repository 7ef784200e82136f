"""What can be done with run directories: go on, look, join shares, verify."""

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from collude.enumerate.checks.check import conclude as conclude_check
from collude.enumerate.checks.check_job import CheckJob
from collude.enumerate.runs.drive import Done, Running, drive
from collude.enumerate.searches.result import SearchResult
from collude.enumerate.runs.jobs import Job, class_of, load_job
from collude.enumerate.runs.manifest import code_digest, reopen, require_same
from collude.enumerate.runs.rundir import (
    IDENTITY,
    JSON,
    RESULT,
    Line,
    RunDirectory,
    canonical,
    create,
    digest,
    locked,
    open_run,
    read_manifest,
    read_problem,
    require_empty,
    resume_command,
)
from collude.enumerate.searches.search import Task
from collude.enumerate.searches.search import conclude as conclude_search
from collude.enumerate.searches.search_job import SearchJob
from collude.models.errors import DisagreementError, InputError
from collude.models.results import Report


def resume(path: Path, running: Running) -> tuple[Job, Report | SearchResult, list[str]]:
    """Go on with a run: (the job, its answer or how far it came, what was found damaged).

    Raises InputError if code, number types or the cut are not what they were.
    """
    started = perf_counter()
    job, run = reopen(path)
    done = drive(job, running, run)
    return job, conclude(job, done, started, run), run.notes


def conclude(job: Job, done: Done, started: float, run: RunDirectory) -> Report | SearchResult:
    """The answer of a run in the words of its command."""
    if isinstance(job, SearchJob):
        shown = run.manifest.get("shown", {})
        task = Task(**job.asked, **shown, running=Running(out=str(run.path)))
        return conclude_search(job, task, done, started, run)
    if isinstance(job, CheckJob):
        return conclude_check(job, done, started, run)
    raise InputError(f"a run of {job.command!r} is unknown to this version")


@dataclass(frozen=True)
class Status:
    """How far a run is. done, chunks: of this share. seconds: what the chunks took that are done, all workers together;
    left_seconds: what one worker would need for the rest, None before anything is done. notes: what is damaged."""

    path: str
    command: str
    share: str
    chunks: int
    done: int
    seconds: float
    left_seconds: float | None
    finished: bool
    spec: JSON
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**vars(self), "notes": list(self.notes)}


def status(path: Path) -> Status:
    """How far a run is; reads only, also while it is running."""
    run = open_run(path)
    results = {chunk: line.result for chunk, line in run.lines.items()}
    mine = class_of(run.manifest["command"]).needed(run.manifest["spec"], run.mine, results)
    done = [run.lines[chunk] for chunk in mine if chunk in run.lines]
    seconds = sum(line.seconds for line in done)
    left = seconds / len(done) * (len(mine) - len(done)) if done else None
    finished = (path / RESULT).exists() or (not run.whole and len(done) == len(mine))
    share = "/".join(map(str, run.manifest["part"]))
    return Status(
        str(path),
        run.manifest["command"],
        share,
        len(mine),
        len(done),
        round(seconds, 3),
        None if left is None else round(left, 3),
        finished,
        run.manifest["spec"],
        tuple(run.notes),
    )


def merge(paths: Sequence[Path], out: Path) -> tuple[Job, Report | SearchResult]:
    """Join shares of one run into a new directory: (the job, its answer).

    Raises InputError if they are not of one run, if two have the same chunk, disagree about it, or if chunks are missing.
    """
    started = perf_counter()
    if not paths:
        raise InputError("there is nothing to join; name the directories of the shares")
    runs = [open_run(path) for path in paths]
    first = runs[0]
    require_same(first, {"code": code_digest()})
    for run in runs[1:]:
        require_same(run, {name: first.manifest[name] for name in IDENTITY})
    owner: dict[int, RunDirectory] = {}
    for run in runs:
        if run.notes:
            raise InputError(f"{run.path}: {run.notes[0]}; first: {resume_command(run.path)}")
        for chunk, line in run.lines.items():
            if chunk in owner:
                other = owner[chunk]
                agree = "both have" if other.lines[chunk].result == line.result else "disagree about"
                raise InputError(f"{other.path} and {run.path} {agree} chunk {chunk}; name each share once")
            owner[chunk] = run
    job = load_job(first)
    results = {chunk: owner[chunk].lines[chunk].result for chunk in sorted(owner)}
    if not job.settled(results):
        missing = [chunk for chunk in range(len(job.chunks)) if chunk not in owner]
        raise InputError(f"{len(missing)} of {len(job.chunks)} chunks are missing, the first is {missing[0]}")
    for chunk in sorted(owner):
        if not job.intact(chunk, results[chunk], owner[chunk].path):
            path = owner[chunk].path
            raise InputError(f"what chunk {chunk} lists in {path} is damaged or gone; first: {resume_command(path)}")
    manifest = {key: value for key, value in first.manifest.items() if key not in ("problem", "format", "checksum")}
    require_empty(out)
    with locked(out):
        joined = create(out, {**manifest, "part": [1, 1]}, *read_problem(first))
        job.folder = joined.path
        for chunk in sorted(owner):
            job.adopt(owner[chunk].path, chunk)
            joined.append(owner[chunk].lines[chunk])
        joined.close()
    return job, conclude(job, Done(results), started, joined)


@dataclass(frozen=True)
class Verified:
    """What was verified. chance: that one wrong result among the chunks would have been noticed by the re-runs alone."""

    chunks: int
    rechecked: int
    sampled: int
    chance: float
    finished: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dict(vars(self))


def verify(path: Path, sample: int, seed: int | None = None) -> Verified:
    """Check a run: checksums, that the chunks tile the whole problem, every witness and mechanism by the definitions, the
    result from the chunks, and a random sample of chunks solved again in another process.

    Raises InputError for what is damaged or missing, DisagreementError for what is wrong.
    """
    job, run = reopen(path)
    if run.notes:
        raise InputError(f"{path}: {run.notes[0]}; repair it: {resume_command(path)}")
    for line in run.lines.values():
        if canonical(line.where) != canonical(job.chunks[line.chunk]):
            raise DisagreementError(f"{path}: chunk {line.chunk} is not the part of the problem that it should be")
    job.check_tiling()
    results = {chunk: line.result for chunk, line in run.lines.items()}
    known = run.read_result()
    if known is not None:
        if not job.settled(results):
            raise InputError(f"{path}: there is a result, but chunks are missing; repair it: {resume_command(path)}")
        job.require_published(known)
        _same_answer(job, known, results, path)
    elif run.whole and not run.left:
        raise InputError(f"{path} is done but has no result yet: {resume_command(path)}")
    for chunk, result in results.items() if known is None else ():
        if not job.intact(chunk, result):
            raise InputError(f"{path}: what chunk {chunk} lists is damaged or gone; repair it: {resume_command(path)}")
    rechecked = job.recheck(results)
    chosen = _again(path, list(run.lines.values()), sample, seed)
    chance = chosen / len(run.lines) if run.lines else 0.0
    return Verified(len(run.lines), rechecked, chosen, chance, known is not None)


def _same_answer(job: Job, known: JSON, results: dict[int, JSON], path: Path) -> None:
    """The result must follow from the chunks."""
    told = {key: value for key, value in known.items() if key != "listed"}
    if digest(told) != digest(job.answer(results)):
        raise DisagreementError(f"{path / RESULT} does not follow from the chunks")


def _again(path: Path, lines: list[Line], sample: int, seed: int | None) -> int:
    """Solve some chunks again in another process and compare; returns how many."""
    chosen = random.Random(seed).sample(lines, min(sample, len(lines)))
    if not chosen:
        return 0
    code = "import sys; from collude.enumerate.runs.commands import solve_again; solve_again(*sys.argv[1:])"
    words = [f"{line.chunk}:{canonical(job_hint(line)).decode()}" for line in chosen]
    done = subprocess.run([sys.executable, "-c", code, str(path.absolute()), *words], capture_output=True, check=False)
    if done.returncode:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise DisagreementError(f"{path}: a chunk cannot be solved again: {reason}")
    for line, found in zip(chosen, done.stdout.splitlines(), strict=True):
        if found != canonical(line.result):
            raise DisagreementError(f"{path}: chunk {line.chunk} gives another result when it is solved again")
    return len(chosen)


def job_hint(line: Line) -> Any:
    """What the chunk was told when it was solved."""
    return line.result.get("floor")


def solve_again(path: str, *words: str) -> None:
    """In another process: solve chunks of a run and print their results, one a line. Nothing is written to the run."""
    import json
    from tempfile import TemporaryDirectory

    job = load_job(read_manifest(Path(path)))
    with TemporaryDirectory() as folder:
        job.folder = Path(folder)
        for word in words:
            chunk, _, hint = word.partition(":")
            result = job.solve(int(chunk), json.loads(hint))
            sys.stdout.buffer.write(canonical(result) + b"\n")
