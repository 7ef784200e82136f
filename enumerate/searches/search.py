"""The driver of a search: which mechanisms satisfy given axioms, all of them, or the best, or that there is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Unpack

import numpy as np

from collude.axioms.core.registry import axiom_names
from collude.enumerate.listings.listing import MECHANISMS, OUTCOMES, rows_of
from collude.enumerate.runs.drive import (
    ChunkResults,
    Running,
    finalise,
    run_chunks,
    run_directory,
    share_of,
)
from collude.enumerate.runs.keywords import shows_keywords
from collude.enumerate.runs.opening import open_run, read_problem
from collude.enumerate.runs.rundir import RunDirectory, file_digest
from collude.enumerate.searches.cube_result import CubeResult, Totals
from collude.enumerate.searches.result import Listed, SearchResult
from collude.enumerate.searches.search_job import SearchJob
from collude.enumerate.searches.task import Mode, SearchOptions, Task, task_of
from collude.kernels.compiling import Stopwatch
from collude.models.environment import Environment, require_environment
from collude.models.errors import InputError
from collude.models.files.archive import space_from
from collude.models.mechanism import Mechanism
from collude.models.numbers import big
from collude.models.space import OutcomeSpace, outcome_space

QUICK_NODES = 4096
CHUNKS = 256
MOST_CLASSIFIED = 10_000_000


@shows_keywords(SearchOptions, Task(), Running())
def search(
    problem: Environment | OutcomeSpace,
    *,
    transfers: Iterable[object] | None = None,
    require: Sequence[str] | str = (),
    mode: Mode = "count",
    **options: Unpack[SearchOptions],
) -> SearchResult:
    """Enumerate every mechanism that satisfies the axioms, or show that there is none.

    Parameters
    ----------
    problem : Environment or OutcomeSpace
        An environment, all of whose allocations may be chosen with transfers (money received) from the grid `transfers`,
        none without a grid; or an outcome space.
    transfers : iterable of exact numbers, or None
        The grid.
    require : sequence of str, or one name
        Names of axioms, some with "=value".
    mode : str
        "count", "exists", "all" or "best".
    options
        The keys of `SearchOptions`: normalise, project, objective, confirm, prove, classify, isomorphism, saturate (see `Task`),
        chunks, and those of every run: jobs, out, part, backend, scheduler, max_seconds, max_memory, progress.

    Returns
    -------
    SearchResult
        Every mechanism that it hands out was checked again by the axioms, not by the search.

    Raises
    ------
    InputError, NotApplicableError, SizeError, DisagreementError
        For bad input, an axiom without meaning here, too large a problem, programs that disagree.

    Notes
    -----
    Profiles that no axiom connects are counted by themselves, and the counts multiply.

    Examples
    --------
    >>> import collude as co
    >>> co.search(co.voting(agents=2, alternatives=3), require=["strategy-proof"]).count
    17
    >>> co.search(co.voting(agents=2, alternatives=3)).count == 3**36
    True
    """
    if not isinstance(problem, OutcomeSpace):
        require_environment(problem)
    space = problem if isinstance(problem, OutcomeSpace) else outcome_space(problem, transfers)
    if isinstance(problem, OutcomeSpace) and transfers is not None:
        raise InputError("an outcome space has its own transfers; leave out transfers")
    return run_search(space, tuple(axiom_names(require) or ()), task_of({"mode": mode, **options}))


def run_search(space: OutcomeSpace, names: tuple[str, ...], task: Task) -> SearchResult:
    """Run a task over an outcome space.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile.
    names : tuple of str
        The axioms, some with "=value".
    task : Task
        What is asked, and how it is run.

    Returns
    -------
    SearchResult
        As of `search`, which says what may be raised.
    """
    clock = Stopwatch()
    result = _solved(space, names, task)
    return replace(result, seconds=clock.working + clock.compiling, compiling=clock.compiling)


def _solved(space: OutcomeSpace, names: tuple[str, ...], task: Task) -> SearchResult:
    """A task done at once where it is quick, else as a run."""
    started = perf_counter()
    job = SearchJob(space, names, task.asked, task.chunks or CHUNKS)
    job.test_kernels()
    if not task.running.needs_directory and task.chunks is None:
        whole = job.solve_cube((), budget=QUICK_NODES)
        if whole is not None:
            results = {0: whole}
            return _result(job, task, results, job.totals(results, complete=True), perf_counter() - started)
    with run_directory(job, task.running, task.shown) as run:
        return conclude(job, task, run_chunks(job, task.running, run), started, run)


def search_result(job: SearchJob, done: ChunkResults, started: float, run: RunDirectory) -> SearchResult:
    """Answer a run that was gone on with, saying what was asked for when it began.

    Parameters
    ----------
    job : SearchJob
        The search.
    done : ChunkResults
        Where the run has come to.
    started : float
        When it was gone on with, by `perf_counter`.
    run : RunDirectory
        Its run directory.

    Returns
    -------
    SearchResult
    """
    task = Task(**job.asked, **run.manifest.shown, running=Running(out=str(run.path)))
    return conclude(job, task, done, started, run)


def conclude(
    job: SearchJob, task: Task, done: ChunkResults, started: float, run: RunDirectory | None = None
) -> SearchResult:
    """Answer a search from the results of its cubes, or say how far it came.

    Parameters
    ----------
    job : SearchJob
        The search.
    task : Task
        What else is to be said about the answer.
    done : ChunkResults
        Where the run has come to.
    started : float
        When it began, by `perf_counter`.
    run : RunDirectory, optional
        Its run directory; the answer is written there.

    Returns
    -------
    SearchResult
    """
    if run is not None:
        finalise(job, run, done)
    results = {chunk: CubeResult.from_json(result) for chunk, result in done.results.items()}
    totals = job.totals(results, complete=job.settled(done.results))
    result = _result(job, task, results, totals, perf_counter() - started, cubes=len(job.chunks))
    if run is not None and result.evidence.get("proof"):
        from collude.enumerate.certify.proof_audit import proof_digests

        run.write_result({**finalise(job, run, done), "proof": proof_digests(run.path)})
    return replace(result, reason=done.reason, share=share_of(run, done))


def _result(
    job: SearchJob, task: Task, results: Mapping[int, CubeResult], totals: Totals, seconds: float, cubes: int = 1
) -> SearchResult:
    """The answer with all that backs it up."""
    listed = job.mode in ("all", "count")
    evidence: dict[str, object] = {"rechecked": totals.checked, "cubes": cubes}
    if job.mode == "all" and job.folder is not None and (job.folder / MECHANISMS).is_file():
        evidence["files"] = [str(job.folder / name) for name in (MECHANISMS, OUTCOMES)]
    result = SearchResult(
        title=job.space.title,
        require=tuple(axiom.label for axiom in job.axioms),
        mode=job.mode,
        exists=totals.exists,
        count=totals.solutions if listed and totals.complete else None,
        complete=totals.complete,
        nodes=totals.nodes,
        seconds=seconds,
        digest=totals.digest,
        profiles=len(job.space.type_indices),
        outcomes=job.space.outcomes,
        options=job.compiled.options,
        pairs=job.compiled.pairs,
        cubes=cubes,
        evidence=evidence,
        best=None if totals.best is None else str(totals.best),
        notes=job.space.notes,
        first=job.mechanism(totals.first),
        listed=_listed(job, results) if listed and totals.exists else None,
        met=totals.solutions,
    )
    if not totals.complete:
        return result
    more = _evidence(job, task, result, totals.edge)
    if more:
        result = replace(result, evidence=evidence | more)
    if not task.classify:
        return result
    from collude.enumerate.listings.classify import classify

    families = classify(job.space, _tables(result))
    return replace(result, classes=families.classes, families=families)


def _listed(job: SearchJob, results: Mapping[int, CubeResult]) -> Listed:
    """All mechanisms: those that were kept, else by searching again."""
    kept = job.kept_rows(results) if job.mode == "all" else None
    if kept is None:
        return Listed(job.search_again, job.space.mechanism, direct=False)
    return Listed(lambda: iter(kept), job.space.mechanism, direct=True)


def _tables(result: SearchResult) -> Iterator[np.ndarray]:
    """The outcome numbers of every mechanism, (P,) each; InputError if they are too many to be looked at."""
    if (result.count or 0) > MOST_CLASSIFIED:
        raise InputError(
            f"there are {big(result.count or 0)} mechanisms, and at most {MOST_CLASSIFIED:,} are looked at one by one; "
            "require more, or leave out classify and isomorphism"
        )
    if result.listed is not None:
        for block in result.listed.blocks():
            yield from block


def _evidence(job: SearchJob, task: Task, result: SearchResult, edge: bool) -> dict[str, object]:
    """Classes up to isomorphism, whether a wider grid gives another count, what other programs say, as asked for."""
    evidence: dict[str, object] = {}
    if task.isomorphism:
        from collude.enumerate.listings.isomorphism import orbits

        sizes = orbits(job.space, _tables(result))
        evidence["isomorphism"] = {
            "classes": sum(sizes.values()),
            "sizes": {str(size): count for size, count in sizes.items()},
        }
    if task.saturate and task.normalise and job.mode == "count" and job.space.grid is not None:
        from collude.enumerate.searches.saturation import examine_window

        assert result.count is not None
        evidence["window"] = examine_window(job.compiled, result.require, result.count, result.nodes, edge)
    if task.confirm or task.prove:
        from collude.enumerate.certify.second_opinion import Backing, second_opinion

        folder = Path(task.running.out or "collude-proof")
        evidence |= second_opinion(
            job.space, job.axioms, result, Backing(task.confirm, task.prove, bool(task.project), folder)
        )
    return evidence


def mechanism_of_run(path: Path, number: int) -> Mechanism:
    """One of the mechanisms that a finished search has listed in its run directory.

    Parameters
    ----------
    path : Path
        The run directory of a search with the mode all, or its file mechanisms.npy.
    number : int
        From 1 on, in the order of mechanisms.npy.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        If nothing is listed there, the files are not what the run wrote, or there is no such number.
    """
    folder = path.parent if path.name == MECHANISMS else path
    run = open_run(folder)
    answer = run.read_result()
    if answer is None or "listed" not in answer:
        raise InputError(f"{folder} lists no mechanisms; search with --mode all --out DIR, to the end")
    listed = answer["listed"]
    if not 1 <= number <= listed["mechanisms"]:
        raise InputError(f"{folder} lists mechanisms 1 to {listed['mechanisms']}, not {number}")
    if file_digest(folder / MECHANISMS) != listed["sha256"]:
        raise InputError(f"{folder / MECHANISMS} is not what the run wrote; begin again in a new folder")
    space = space_from(*read_problem(run))
    rows = rows_of(folder / MECHANISMS, space.environment.profiles)
    return space.mechanism(np.array(rows[number - 1], np.int32), f"{space.title} {number}")
