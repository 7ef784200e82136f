"""What can be done with run directories: go on, look, join shares, verify."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from collude.enumerate.runs.drive import ChunkResults, Running, run_chunks
from collude.enumerate.runs.folder import RESULT, locked, require_empty, resume_command
from collude.enumerate.runs.jobs import ANSWERS, Answer, Job, class_of, load_job
from collude.enumerate.runs.manifest import job_at, manifest_of, reopen, require_same
from collude.enumerate.runs.opening import create, open_run, read_problem
from collude.enumerate.runs.rundir import Line, RunDirectory, digest
from collude.enumerate.runs.schema import IDENTITY, JSON, canonical
from collude.enumerate.runs.time_left import time_left
from collude.models.errors import DisagreementError, InputError

AGAIN = "import sys; from collude.enumerate.runs.commands import solve_again; solve_again(*sys.argv[1:])"


@dataclass(frozen=True)
class RunAnswer:
    """The answer of a run directory, or how far it came. notes: what was found damaged, and repaired."""

    job: Job
    answer: Answer
    notes: tuple[str, ...] = ()


def resume_run(path: Path, running: Running) -> RunAnswer:
    """Go on with a run.

    Parameters
    ----------
    path : Path
        Its directory.
    running : Running
        With which workers, and until when.

    Raises
    ------
    InputError
        If code, versions, number types or the cut are not what they were, or if files are damaged.
    IncompleteError
        If the disk takes nothing more.
    """
    started = perf_counter()
    job, run = reopen(path)
    done = run_chunks(job, running, run)
    return RunAnswer(job, _answer(job, done, started, run), tuple(run.notes))


def _answer(job: Job, done: ChunkResults, started: float, run: RunDirectory) -> Answer:
    """The answer of a run in the words of its command."""
    module, name = ANSWERS[job.command]
    answer: Answer = getattr(import_module(module), name)(job, done, started, run)
    return answer


@dataclass(frozen=True)
class RunStatus:
    """How far a run is.

    done, chunks: of this share. seconds: what the chunks took that are done, all workers together. left_seconds: what one
    worker would need for the rest if it were like what is done, None before anything is done; left_low, left_high: the
    range in which it probably lies, None before a few are done. so_far: what the chunks that are done have found, in words.
    finished: the answer is there, or the share is done. notes: what is damaged.
    """

    path: str
    command: str
    share: str
    chunks: int
    done: int
    seconds: float
    left_seconds: float | None
    left_low: float | None
    left_high: float | None
    so_far: str
    finished: bool
    spec: JSON
    notes: tuple[str, ...]

    def to_dict(self) -> JSON:
        """Plain JSON values."""
        return {**vars(self), "notes": list(self.notes)}


def run_status(path: Path) -> RunStatus:
    """Say how far a run is; reads only, also while it is running.

    Parameters
    ----------
    path : Path
        Its directory.

    Returns
    -------
    RunStatus

    Raises
    ------
    InputError
        If it is no run directory, or its manifest is damaged.
    """
    run = open_run(path)
    results = {chunk: line.result for chunk, line in run.lines.items()}
    mine = class_of(run.manifest.command).needed(run.manifest.spec, run.mine, results)
    done = [run.lines[chunk] for chunk in mine if chunk in run.lines]
    seconds = sum(line.seconds for line in done)
    notes = list(run.notes)
    try:
        known = run.read_result() is not None
    except InputError as error:
        known = False
        notes.append(str(error))
    if known and len(done) < len(mine):
        notes.append(f"there is a result, but {len(mine) - len(done)} chunks are missing; {resume_command(path)}")
    missing = len(mine) - len(done)
    left = 0.0 if not missing else seconds / len(done) * missing if done else None
    within = time_left([line.seconds for line in done], missing)
    return RunStatus(
        path=str(path),
        command=run.manifest.command,
        share=run.manifest.share,
        chunks=len(mine),
        done=len(done),
        seconds=round(seconds, 3),
        left_seconds=None if left is None else round(left, 3),
        left_low=None if within is None else round(within.low, 3),
        left_high=None if within is None else round(within.high, 3),
        so_far=class_of(run.manifest.command).so_far(results),
        finished=len(done) == len(mine) and not notes and (known or not run.whole),
        spec=run.manifest.spec,
        notes=tuple(notes),
    )


def merge_shares(paths: Sequence[Path], out: Path) -> RunAnswer:
    """Join shares of one run into a new directory.

    Parameters
    ----------
    paths : sequence of Path
        The directories of the shares, in any order.
    out : Path
        Where the whole run goes.

    Raises
    ------
    InputError
        If they are not of one run, if two have the same chunk or disagree about it, or if chunks are missing.
    """
    started = perf_counter()
    if not paths:
        raise InputError("there is nothing to join; name the directories of the shares")
    require_empty(out)
    owner = _owners([open_run(path) for path in paths])
    first = next(iter(owner.values()), None) or open_run(paths[0])
    job = load_job(first)
    now = manifest_of(job, (1, 1))
    require_same(first, {name: now[name] for name in ("code", "versions", "spec", "dtypes", "split")})
    results = {chunk: owner[chunk].lines[chunk].result for chunk in sorted(owner)}
    job.require_possible(results)
    if not job.settled(results):
        missing = [chunk for chunk in range(len(job.chunks)) if chunk not in owner]
        raise InputError(f"{len(missing)} of {len(job.chunks)} chunks are missing, the first is {missing[0]}")
    for chunk, run in owner.items():
        if not job.intact(chunk, results[chunk], run.path):
            raise InputError(
                f"what chunk {chunk} lists in {run.path} is damaged or gone; first: {resume_command(run.path)}"
            )
    with locked(out):
        joined = create(out, {**now, "shown": first.manifest.shown}, *read_problem(first))
        job.folder = joined.path
        for chunk in sorted(owner):
            job.adopt(owner[chunk].path, chunk)
        joined.append([owner[chunk].lines[chunk] for chunk in sorted(owner)])
        joined.close()
    return RunAnswer(job, _answer(job, ChunkResults(results), started, joined))


def _owners(runs: list[RunDirectory]) -> dict[int, RunDirectory]:
    """Which share has each chunk."""
    owner: dict[int, RunDirectory] = {}
    identity = runs[0].manifest.identity()
    for run in runs:
        require_same(run, {name: identity[name] for name in IDENTITY})
        if run.notes:
            raise InputError(f"{run.path}: {run.notes[0]}; first: {resume_command(run.path)}")
        for chunk, line in run.lines.items():
            if chunk in owner:
                other = owner[chunk]
                agree = "both have" if other.lines[chunk].result == line.result else "disagree about"
                raise InputError(f"{other.path} and {run.path} {agree} chunk {chunk}; name each share once")
            owner[chunk] = run
    return owner


@dataclass(frozen=True)
class Audit:
    """What was verified.

    chunks: that are done. rechecked: witnesses and mechanisms. sampled: chunks that were solved again. chance: that one
    wrong result among the chunks would have been noticed by that alone. finished: there is a result.
    """

    chunks: int
    rechecked: int
    sampled: int
    chance: float
    finished: bool

    def to_dict(self) -> JSON:
        """Plain JSON values."""
        return dict(vars(self))


def verify_run(path: Path, sample: int, seed: int | None = None, fresh: bool = True) -> Audit:
    """Check a run.

    Checksums, that the chunks tile the whole problem, every witness and mechanism by the definitions, that no chunk was cut
    short without a reason, the result from the chunks, and a random sample of chunks solved again in another process.

    Parameters
    ----------
    path : Path
        Its directory.
    sample : int
        How many chunks are solved again.
    seed : int, optional
        Which ones; others each time without it.
    fresh : bool
        Compile the kernels anew for that (some 20 s), so that nothing is taken from a cache.

    Raises
    ------
    InputError
        For what is damaged or missing.
    DisagreementError
        For what is wrong.
    """
    job, run = reopen(path)
    if run.notes:
        raise InputError(f"{path}: {run.notes[0]}; repair it: {resume_command(path)}")
    for line in run.lines.values():
        if canonical(line.where) != canonical(job.chunks[line.chunk]):
            raise DisagreementError(f"{path}: chunk {line.chunk} is not the part of the problem that it should be")
    job.check_tiling()
    results = {chunk: line.result for chunk, line in run.lines.items()}
    job.require_possible(results)
    known = run.read_result()
    if known is not None:
        if not job.settled(results):
            raise InputError(f"{path}: there is a result, but chunks are missing; repair it: {resume_command(path)}")
        job.require_published(known)
        beside = {key: value for key, value in known.items() if key not in ("listed", "proof")}
        if digest(beside) != digest(job.answer(results)):
            raise DisagreementError(f"{path / RESULT} does not follow from the chunks")
        job.require_evidence(known)
    elif run.whole and not run.left:
        raise InputError(f"{path} is done but has no result yet: {resume_command(path)}")
    for chunk, result in results.items() if known is None else ():
        if not job.intact(chunk, result):
            raise InputError(f"{path}: what chunk {chunk} lists is damaged or gone; repair it: {resume_command(path)}")
    if known is not None or not run.left:
        job.require_hints(results)
    rechecked = job.recheck(results)
    chosen = random.Random(seed).sample(list(run.lines.values()), min(sample, len(run.lines)))
    if chosen:
        _compare(run, chosen, fresh)
    chance = len(chosen) / len(run.lines) if run.lines else 0.0
    return Audit(len(run.lines), rechecked, len(chosen), chance, known is not None)


def _compare(run: RunDirectory, chosen: Sequence[Line], fresh: bool) -> None:
    """Solve some chunks again in another process; DisagreementError if one gives another result."""
    words = [f"{line.chunk}:{canonical(line.result.get('floor')).decode()}" for line in chosen]
    with TemporaryDirectory(prefix="collude-") as folder:
        env = {**os.environ, "NUMBA_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": folder} if fresh else None
        done = subprocess.run(
            [sys.executable, "-P", "-c", AGAIN, str(run.path.absolute()), run.identity, *words],
            capture_output=True,
            check=False,
            env=env,
        )
    if done.returncode:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise DisagreementError(f"{run.path}: a chunk cannot be solved again: {reason}")
    for line, found in zip(chosen, done.stdout.splitlines(), strict=True):
        if found != canonical(line.result):
            raise DisagreementError(f"{run.path}: chunk {line.chunk} gives another result when it is solved again")


def solve_again(path: str, identity: str, *words: str) -> None:
    """Solve chunks of a run in another process and print their results, one a line. Nothing is written to the run.

    Parameters
    ----------
    path : str
        The run directory.
    identity : str
        The identity that it must have.
    words : str
        The chunks, each as "chunk:hint", the hint in JSON.
    """
    job = job_at(path, identity)
    with TemporaryDirectory() as folder:
        job.folder = Path(folder)
        for word in words:
            chunk, _, hint = word.partition(":")
            sys.stdout.buffer.write(canonical(job.solve(int(chunk), json.loads(hint))) + b"\n")
