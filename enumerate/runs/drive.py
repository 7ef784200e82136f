"""The driver of long runs: hands chunks to workers, keeps what they give, knows when to stop and how to go on."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from collude.enumerate.checks.backends import available_jobs
from collude.enumerate.runs.jobs import Job
from collude.enumerate.runs.manifest import manifest_of, require_same
from collude.enumerate.runs.rundir import (
    JSON,
    MANIFEST,
    Line,
    RunDirectory,
    create,
    locked,
    not_written,
    open_run,
    problem_digests,
    require_empty,
    resume_command,
)
from collude.enumerate.runs.workers import Outcome, Task, Workers, workers_for
from collude.models.errors import IncompleteError, InputError
from collude.models.memory import used_memory

Progress = Callable[[str, int, int], None]
MOST_CHUNKS = 1_000_000


@dataclass(frozen=True)
class Running:
    """How a run is done, which changes nothing about its answer.

    out: a run directory, "" for none. part: (share, number of shares). backend: "serial", "threads", "processes" or
    "dask" (with the address of its scheduler). jobs: workers (default: all processors). max_seconds, max_memory (bytes
    of one process): end incomplete beyond that.
    """

    out: str = ""
    part: tuple[int, int] = (1, 1)
    backend: str = "threads"
    jobs: int | None = None
    scheduler: str = ""
    max_seconds: float | None = None
    max_memory: int | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        part, parts = self.part
        if not 1 <= part <= parts:
            raise InputError(f"a share is I/N with I from 1 to N, not {part}/{parts}")
        if parts > 1 and not self.out:
            raise InputError("a share of a run needs a run directory; add --out DIR")
        if self.jobs is not None and self.jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {self.jobs}")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise InputError(f"the time limit must be positive, not {self.max_seconds} s")
        if self.max_memory is not None and self.max_memory <= 0:
            raise InputError(f"the memory limit must be positive, not {self.max_memory}")

    @property
    def needs_directory(self) -> bool:
        """True if something is kept on disk, or other processes have to read the problem."""
        return bool(self.out) or self.backend in ("processes", "dask")

    @property
    def needs_driver(self) -> bool:
        """True unless it is done here and at once."""
        limited = self.max_seconds is not None or self.max_memory is not None
        return self.needs_directory or limited or self.backend != "threads"

    def workers(self) -> Workers:
        """The workers that do it."""
        return workers_for(self.backend, self.jobs or available_jobs(), self.scheduler)


def require_chunks(chunks: int | None) -> None:
    """Raise InputError unless a run can be cut into so many chunks."""
    if chunks is not None and not 1 <= chunks <= MOST_CHUNKS:
        raise InputError(f"--chunks must be at least 1 and at most {MOST_CHUNKS}, not {chunks}")


@dataclass(frozen=True)
class Done:
    """Where a run has come to. results: of the chunks that are done. reason: why it ended before its answer was known, ""
    if it did not. failures: chunks that failed, each with one line."""

    results: Mapping[int, JSON]
    reason: str = ""
    failures: Mapping[int, str] | None = None


@contextmanager
def begin(job: Job, running: Running, shown: JSON | None = None) -> Iterator[RunDirectory | None]:
    """The run directory of a job: a new one, or the one that is there if it is of the same run. Without `out` None, or a
    temporary one where workers in other processes need it. Nothing is created if there are no such workers.

    shown: what is to be said about the answer beside it, kept for whoever goes on with the run.
    """
    running.workers().ready()
    if not running.needs_directory:
        yield None
    elif running.out:
        yield _directory(job, running, Path(running.out), shown or {})
    else:
        with TemporaryDirectory(prefix="collude-") as folder:
            yield _directory(job, running, Path(folder), {})


def _directory(job: Job, running: Running, path: Path, shown: JSON) -> RunDirectory:
    manifest = manifest_of(job, running.part)
    if not (path / MANIFEST).exists():
        require_empty(path)
        with locked(path):  # two runs that begin here at once: one creates it, the other finds it
            if not (path / MANIFEST).exists():
                run = create(path, {**manifest, "shown": shown}, *job.parts())
                job.folder = run.path
                return run
    run = open_run(path)
    require_same(run, {**manifest, "problem": problem_digests(*job.parts())})
    if run.manifest["part"] != manifest["part"]:
        raise InputError(f"{path} is share {_share(run)} of this run, not {running.part[0]}/{running.part[1]}")
    job.folder = run.path
    return run


def _share(run: RunDirectory) -> str:
    return "/".join(map(str, run.manifest["part"]))


def settle(job: Job, run: RunDirectory | None, done: Done) -> JSON:
    """The answer as far as it is known. Once every chunk of a whole run is done, it is written beside them."""
    if run is not None and (known := run.read_result()) is not None:
        job.require_published(known)
        job.tidy()
        return known
    answer = job.answer(done.results)
    if run is not None and run.whole and job.settled(done.results):
        try:
            answer = job.publish(answer, done.results)
        except OSError as error:
            raise IncompleteError(not_written(run.path, error)) from None
        run.write_result(answer)
        job.tidy()
    return answer


def share_of(run: RunDirectory | None, done: Done) -> str:
    """ "I/N" if the run is a share of another and is done, else ""."""
    if run is None or run.whole or done.reason:
        return ""
    return _share(run)


def drive(job: Job, running: Running, run: RunDirectory | None = None) -> Done:
    """Solve all chunks of a job, or of this share of a run, that are not done; what is done is appended at once.

    Ends early, with a reason, where a limit is reached or chunks fail, and on Ctrl-C (then it raises KeyboardInterrupt).
    Raises IncompleteError if the disk does not take what was done.
    """
    if run is None:
        return _drive(job, running, None, {}, list(range(len(job.chunks))))
    if not run.notes and run.read_result() is not None:
        results = {chunk: line.result for chunk, line in run.lines.items()}
        if job.settled(results):  # nothing to do, nothing to write
            return Done(results)
    with run.locked():
        run.read_lines(repair=True)
        known = run.read_result() is not None
        results = {chunk: line.result for chunk, line in run.lines.items() if known or job.intact(chunk, line.result)}
        return _drive(job, running, run, results, [chunk for chunk in run.mine if chunk not in results])


def _drive(job: Job, running: Running, run: RunDirectory | None, results: dict[int, JSON], left: list[int]) -> Done:
    started = perf_counter()
    count = len(left) + len(results)
    failures: dict[int, str] = {}
    reason = ""

    waiting = deque(left)

    def wanted() -> bool:
        while waiting and (waiting[0] in results or waiting[0] in failures or not job.useful(waiting[0])):
            waiting.popleft()
        return bool(waiting)

    def tasks() -> Iterator[Task]:
        for chunk in left:
            if job.useful(chunk):
                yield chunk, job.hint(chunk)

    for chunk, result in results.items():
        job.note(chunk, result)
    if not wanted():
        return Done(results)
    job.stop.clear()
    job.deadline = started + running.max_seconds if running.max_seconds is not None else float("inf")
    outcomes = running.workers().run(job, tasks())
    try:
        for outcome in outcomes:
            if outcome is not None:
                _take(job, run, outcome, results, failures)
                if running.progress is not None:
                    running.progress(job.command, len(results), count)
                if not wanted():
                    break
            if perf_counter() > job.deadline:
                reason = f"stopped after {running.max_seconds:g} s"
                break
            held = used_memory() if outcome is None else outcome.memory
            if running.max_memory is not None and held > running.max_memory:
                reason = f"stopped: a process holds {held / 1e9:.2f} GB"
                break
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; go on with: {resume_command(run.path)}" if run else "stopped") from None
    finally:
        outcomes.close()  # type: ignore[attr-defined]
    if failures and not reason:
        first = min(failures)
        reason = f"{len(failures)} of {count} chunks failed, for instance chunk {first}: {failures[first]}"
    return Done(results, reason, failures)


def _take(
    job: Job, run: RunDirectory | None, outcome: Outcome, results: dict[int, JSON], failures: dict[int, str]
) -> None:
    """Keep what became of a chunk."""
    chunk = outcome.chunk
    if outcome.failure:
        failures[chunk] = outcome.failure
    elif outcome.result is not None:
        if run is not None:
            run.append(Line(chunk, job.chunks[chunk], outcome.result, round(outcome.seconds, 3)))
        results[chunk] = outcome.result
        job.note(chunk, outcome.result)
