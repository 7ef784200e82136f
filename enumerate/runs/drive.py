"""The driver of long runs: hands chunks to workers, keeps what they give, knows when to stop and how to go on."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from collude.enumerate.checks.backends import Carrier, carrier_of
from collude.enumerate.runs.batches import ChunkReport
from collude.enumerate.runs.cluster import connected
from collude.enumerate.runs.folder import MANIFEST, locked, not_written, require_empty, resume_command
from collude.enumerate.runs.jobs import Job
from collude.enumerate.runs.manifest import manifest_of, require_same
from collude.enumerate.runs.opening import create, open_run
from collude.enumerate.runs.rundir import Line, RunDirectory, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.enumerate.runs.time_left import spread_out, time_left
from collude.enumerate.runs.workers import solve_all
from collude.models.errors import IncompleteError, InputError
from collude.models.process.memory import used_memory

Progress = Callable[[str, int, int], None]
MOST_CHUNKS = 1_000_000
MOST_JOBS = 1024
SAY_SECONDS = 0.2


@dataclass(frozen=True)
class Running:
    """How a run is done, which changes nothing about its answer.

    Parameters
    ----------
    out : str
        A run directory, "" for none.
    part : (int, int)
        Which share of how many.
    backend : str
        "serial", "threads", "processes" or "dask"; "" for what `joblib.parallel_config` has made active, else threads.
    jobs : int, optional
        Workers; default: as active in joblib, else all processors.
    scheduler : str
        The address of dask's scheduler.
    max_seconds : float, optional
        End incomplete after that time.
    max_memory : int, optional
        End incomplete when a process holds more bytes.
    progress : callable, optional
        Called with (what, how many are done, of how many), a few times a second; "what" goes on in parentheses with what has
        been found so far and how long the rest will probably take.
    """

    out: str = ""
    part: tuple[int, int] = (1, 1)
    backend: str = ""
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
        if self.jobs is not None and (not isinstance(self.jobs, int) or not 1 <= self.jobs <= MOST_JOBS):
            raise InputError(f"--jobs must be at least 1 and at most {MOST_JOBS}, not {self.jobs}")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise InputError(f"the time limit must be positive, not {self.max_seconds} s")
        if self.max_memory is not None and self.max_memory <= 0:
            raise InputError(f"the memory limit must be positive, not {self.max_memory}")

    @property
    def carrier(self) -> Carrier:
        """Who does it."""
        return carrier_of(self.backend, self.jobs, self.scheduler)

    @property
    def needs_directory(self) -> bool:
        """True if something is kept on disk, or other processes have to read the problem."""
        return bool(self.out) or not self.carrier.here

    @property
    def needs_driver(self) -> bool:
        """True unless it is done here and at once."""
        limited = self.max_seconds is not None or self.max_memory is not None
        return self.needs_directory or limited or self.backend == "serial"


def require_chunks(chunks: int | None) -> None:
    """Refuse an absurd number of chunks.

    Parameters
    ----------
    chunks : int or None
        How many are asked for; None for as many as usual.

    Raises
    ------
    InputError
        If it is not within 1 and a million.
    """
    if chunks is not None and not 1 <= chunks <= MOST_CHUNKS:
        raise InputError(f"--chunks must be at least 1 and at most {MOST_CHUNKS}, not {chunks}")


@dataclass(frozen=True)
class ChunkResults:
    """Where a run has come to.

    results: of the chunks that are done. reason: why it ended before its answer was known, "" if it did not. failures:
    chunks that failed, each with one line.
    """

    results: Mapping[int, JSON]
    reason: str = ""
    failures: Mapping[int, str] = field(default_factory=dict)


@contextmanager
def run_directory(job: Job, running: Running, shown: JSON | None = None) -> Iterator[RunDirectory | None]:
    """The run directory of a job: a new one, or the one that is there if it is of the same run.

    Parameters
    ----------
    job : Job
        What is to be done; told where its directory is.
    running : Running
        How. Without `out` there is no directory, or a temporary one where workers in other processes need it.
    shown : dict, optional
        What is to be said about the answer beside it, kept for whoever goes on with the run.

    Raises
    ------
    InputError
        If no scheduler answers (nothing is created then), or the directory is of another run.
    """
    if running.carrier.name == "dask":
        with connected(running.carrier):
            pass
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
    if run.manifest.part != running.part:
        raise InputError(f"{path} is share {run.manifest.share} of this run, not {running.part[0]}/{running.part[1]}")
    job.folder = run.path
    return run


def finalise(job: Job, run: RunDirectory | None, done: ChunkResults) -> JSON:
    """Give the answer as far as it is known. Once every chunk of a whole run is done, it is written beside them.

    Parameters
    ----------
    job : Job
        What was asked.
    run : RunDirectory or None
        Where it is kept, if anywhere.
    done : ChunkResults
        What is known.

    Returns
    -------
    dict
        As `result.json` has it.

    Raises
    ------
    InputError
        If an answer that was written before is damaged.
    IncompleteError
        If the disk takes nothing more.
    """
    if run is not None and (known := run.read_result()) is not None:
        job.require_published(known)
        job.tidy()
        return known
    answer = job.answer(done.results)
    if run is not None and run.whole and job.settled(done.results):
        try:
            run.require_same_folder()
            answer = job.publish(answer, done.results)
        except OSError as error:
            raise IncompleteError(not_written(run.path, error)) from None
        run.write_result(answer)
        job.tidy()
    return answer


def share_of(run: RunDirectory | None, done: ChunkResults) -> str:
    """Say which share of a run is done.

    Parameters
    ----------
    run : RunDirectory or None
        The run.
    done : ChunkResults
        How far it came.

    Returns
    -------
    str
        "I/N" if the run is a share of another and is done, else "".
    """
    return "" if run is None or run.whole or done.reason else run.manifest.share


def run_chunks(job: Job, running: Running, run: RunDirectory | None = None) -> ChunkResults:
    """Solve all chunks of a job, or of this share of a run, that are not done; what is done is appended at once.

    Parameters
    ----------
    job : Job
        What is asked.
    running : Running
        With which workers, and until when.
    run : RunDirectory, optional
        Where it is kept.

    Returns
    -------
    ChunkResults
        With a reason where a limit was reached or chunks failed.

    Raises
    ------
    IncompleteError
        If the disk does not take what was done, or the run directory is gone.
    KeyboardInterrupt
        On Ctrl-C, with what to type to go on.
    """
    if run is None:
        return _Drive(job, running, None, {}).solve(list(range(len(job.chunks))))
    job.require_possible({chunk: line.result for chunk, line in run.lines.items()})
    if not run.notes and run.read_result() is not None:
        results = {chunk: line.result for chunk, line in run.lines.items()}
        if job.settled(results):  # nothing to do, nothing to write
            return ChunkResults(results)
    with run.locked():
        run.read_lines(repair=True)
        known = run.read_result() is not None
        results = {chunk: line.result for chunk, line in run.lines.items() if known or job.intact(chunk, line.result)}
        return _Drive(job, running, run, results).solve([chunk for chunk in run.mine if chunk not in results])


@dataclass(eq=False)
class _Drive:
    """One drive over the chunks of a job: what has come back so far, and whether to go on."""

    job: Job
    running: Running
    run: RunDirectory | None
    results: dict[int, JSON]
    failures: dict[int, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    worked: float = 0.0
    began: float = 0.0
    said: float = 0.0

    def solve(self, left: list[int]) -> ChunkResults:
        """Solve the chunks that are left, until nothing more is wanted or a limit is reached."""
        job, most = self.job, self.running.max_seconds
        for chunk, result in self.results.items():
            job.note(chunk, result)
        waiting = deque(left)
        if not self._wanted(waiting):
            return ChunkResults(self.results)
        if self.running.carrier.here:
            job.test_kernels()
        job.stop.clear()
        job.deadline = perf_counter() + most if most is not None else float("inf")
        count, reason = len(left) + len(self.results), ""
        if self.run is not None:
            self.seconds = [line.seconds for chunk, line in self.run.lines.items() if chunk in self.results]
        self.began = perf_counter()
        self._say(count)
        order = left if job.ordered else spread_out(left)
        reports = solve_all(job, order, self.running.carrier)
        try:
            for some in reports:
                self._take(some)
                if some and not self._wanted(waiting):
                    break
                self._say(count)
                reason = self._limit(some)
                if reason:
                    break
            self._say(count, now=True)
        except KeyboardInterrupt:
            go_on = f"stopped; go on with: {resume_command(self.run.path)}" if self.run else "stopped"
            raise KeyboardInterrupt(go_on) from None
        finally:
            reports.close()
        if self.failures and not reason:
            first = min(self.failures)
            reason = (
                f"{len(self.failures)} of {count} chunks failed, for instance chunk {first}: {self.failures[first]}"
            )
        return ChunkResults(self.results, reason, self.failures)

    def _wanted(self, waiting: deque[int]) -> bool:
        """True if a chunk is left that the answer depends on."""
        while waiting:
            chunk = waiting[0]
            if chunk not in self.results and chunk not in self.failures and self.job.useful(chunk):
                return True
            waiting.popleft()
        return False

    def _take(self, reports: Sequence[ChunkReport]) -> None:
        """Keep what became of some chunks."""
        lines = []
        for report in reports:
            if report.failure:
                self.failures[report.chunk] = report.failure
            elif report.result is not None:
                lines.append(Line(report.chunk, self.job.chunks[report.chunk], report.result, round(report.seconds, 6)))
        if self.run is not None:
            self.run.append(lines)
        for line in lines:
            self.results[line.chunk] = line.result
            self.job.note(line.chunk, line.result)
            self.seconds.append(line.seconds)
            self.worked += line.seconds

    def _limit(self, reports: Sequence[ChunkReport]) -> str:
        """Which limit has been reached, in words; "" if none."""
        if perf_counter() > self.job.deadline:
            return f"stopped after {self.running.max_seconds:g} s"
        if self.running.max_memory is None:
            return ""
        held = max((report.memory for report in reports), default=0) or used_memory()
        return f"stopped: a process holds {held / 1e9:.2f} GB" if held > self.running.max_memory else ""

    def _say(self, count: int, now: bool = False) -> None:
        if self.running.progress is None or (perf_counter() - self.said < SAY_SECONDS and not now):
            return
        self.said = perf_counter()
        within = time_left(self.seconds, count - len(self.results)) if self.worked and not self.job.ordered else None
        pace = (self.said - self.began) / max(
            self.worked, 1e-9
        )  # a second of one worker is less where there are several
        words = [self.job.so_far(self.results), str(within.scaled(pace)) if within and within.high else ""]
        told = ", ".join(filter(None, words)) if self.results else ""
        name = f"{self.job.command} ({told})" if told else self.job.command
        self.running.progress(name, len(self.results), count)
