"""The driver of a search: which mechanisms satisfy given axioms, all of them, or the best, or that there is none."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from collude.enumerate.runs.drive import Done, Running, begin, drive, require_chunks, settle, share_of
from collude.enumerate.runs.rundir import JSON, RunDirectory
from collude.enumerate.searches.cubes import MODES, Runner
from collude.enumerate.searches.listing import MECHANISMS, OUTCOMES
from collude.enumerate.searches.result import SearchResult
from collude.enumerate.searches.search_job import SearchJob
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.space import OutcomeSpace, outcome_space

QUICK_NODES = 4096
CHUNKS = 256


@dataclass(frozen=True)
class Task:
    """Everything about a search but its outcome space.

    mode: "exists", "count", "all" or "best". normalise: utility 0 for all at the first profile. project: "utility" counts
    mechanisms with the same truthful utilities as one. objective: "revenue", "welfare" or "utility" (mode "best").
    chunks: at least so many parts. confirm: "cpsat" or "sat"; prove: a checked proof if none exists; classify: name known
    forms; isomorphism: count up to the names of agents and alternatives; saturate: try a wider grid of transfers.
    running: how it is run.
    """

    mode: str = "count"
    normalise: bool = False
    project: str = ""
    objective: str = ""
    chunks: int | None = None
    confirm: str = ""
    prove: bool = False
    classify: bool = False
    isomorphism: bool = False
    saturate: bool = True
    running: Running = field(default_factory=Running)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(f"the mode is {', '.join(MODES)}, not {self.mode!r}")
        if self.project not in ("", "utility"):
            raise InputError(f"mechanisms are projected to their utility, not to {self.project!r}")
        if self.confirm not in ("", "cpsat", "sat"):
            raise InputError(f"an answer is confirmed by cpsat or sat, not {self.confirm!r}")
        if (self.mode == "best") != bool(self.objective):
            raise InputError(
                "the mode best needs an objective (revenue, welfare or utility), and only that mode takes one"
            )
        if self.project and self.mode == "best":
            raise InputError("the best mechanism is not found by projection; leave out project")
        if (self.classify or self.isomorphism) and self.mode != "all":
            what = "known forms are named" if self.classify else "mechanisms are counted up to isomorphism"
            raise InputError(f"{what} when all mechanisms are listed; use the mode all")
        require_chunks(self.chunks)

    @property
    def asked(self) -> JSON:
        """What the answer depends on."""
        return {name: getattr(self, name) for name in ("mode", "normalise", "project", "objective")}

    @property
    def shown(self) -> JSON:
        """What else is to be said about the answer."""
        return {name: getattr(self, name) for name in ("confirm", "prove", "classify", "isomorphism", "saturate")}


def task_of(options: Mapping[str, Any]) -> Task:
    """A task from the keyword arguments of `search`, those of `Running` among them; InputError for an unknown one."""
    how = {field.name for field in fields(Running)}
    what = {field.name for field in fields(Task)} - {"running"}
    unknown = sorted(set(options) - how - what)
    if unknown:
        raise InputError(f"search takes no option {unknown[0]!r}")
    running = Running(**{name: value for name, value in options.items() if name in how})
    return Task(**{name: value for name, value in options.items() if name in what}, running=running)


def search(
    problem: Environment | OutcomeSpace,
    *,
    transfers: Iterable[Any] | None = None,
    require: Sequence[str] = (),
    mode: str = "count",
    **options: Any,
) -> SearchResult:
    """Enumerate every mechanism that satisfies the axioms, or show that there is none.

    problem: an environment, all of whose allocations may be chosen with transfers (money received) from the grid
    `transfers`, none without a grid; or an outcome space. require: names of axioms, some with "=value". options: the
    fields of `Task` and of `Running` (jobs, out, part, backend, max_seconds, ...). Every mechanism handed out is checked
    again by the axioms, not by the search.

    Raises InputError, NotApplicableError (an axiom without meaning here), SizeError (too large) or DisagreementError.

    >>> import collude as co
    >>> found = co.search(co.voting(agents=2, alternatives=3), require=["strategy-proof"])
    >>> found.count
    17
    """
    space = problem if isinstance(problem, OutcomeSpace) else outcome_space(problem, transfers)
    if isinstance(problem, OutcomeSpace) and transfers is not None:
        raise InputError("an outcome space has its own transfers; leave out transfers")
    return run_search(space, tuple(require), task_of({"mode": mode, **options}))


def run_search(space: OutcomeSpace, names: tuple[str, ...], task: Task) -> SearchResult:
    """Run a task over an outcome space; see `search`."""
    started = perf_counter()
    job = SearchJob(space, names, task.asked, task.chunks or CHUNKS)
    if not task.running.needs_directory and task.chunks is None:
        whole = job.solve_cube((), 0, None, QUICK_NODES)
        if whole is not None:
            job.chunks = [[]]
            return conclude(job, task, Done({0: whole}), started)
    with begin(job, task.running, task.shown) as run:
        return conclude(job, task, drive(job, task.running, run), started, run)


def conclude(job: SearchJob, task: Task, done: Done, started: float, run: RunDirectory | None = None) -> SearchResult:
    """What a search answers, or how far it came."""
    answer = settle(job, run, done)
    results, listed = done.results, job.mode == "all"
    evidence: dict[str, Any] = {
        "rechecked": sum(result["solutions"] if listed else result["first"] is not None for result in results.values()),
        "cubes": len(job.chunks),
    }
    if run is not None and "listed" in answer:
        evidence["files"] = [str(run.path / name) for name in (MECHANISMS, OUTCOMES)]
    found = SearchResult(
        title=job.space.title,
        require=tuple(answer["spec"]["require"]),
        mode=job.mode,
        exists=answer["exists"],
        count=answer["count"],
        complete=answer["complete"],
        nodes=sum(result["nodes"] for result in results.values()),
        seconds=perf_counter() - started,
        digest=answer["digest"],
        profiles=len(job.space.type_indices),
        outcomes=job.space.outcomes,
        options=job.compiled.options,
        pairs=job.compiled.pairs,
        cubes=len(job.chunks),
        evidence=evidence,
        best=answer["best"],
        notes=job.space.notes,
        first=job.first(results),
        stream=_stream(job, results) if listed or job.mode == "count" else None,
        reason=done.reason,
        share=share_of(run, done),
    )
    if found.complete:
        found = _classified(job, task, found, results)
        _add_evidence(job, task, found, bool(answer["edge_used"]))
    return found


def _stream(job: SearchJob, results: Mapping[int, JSON]) -> Callable[[], Iterator[Mechanism]]:
    """All mechanisms one after another: those that were listed, else by searching again."""

    def listed() -> Iterator[Mechanism]:
        for table in job.tables(results):
            yield job.space.mechanism(np.asarray(table))

    def again() -> Iterator[Mechanism]:
        for batch in Runner(job.compiled, MODES["all"], 256).batches():
            for row in batch:
                outcome = job.compiled.outcomes(row)
                job.check_mechanisms([outcome])
                yield job.space.mechanism(outcome)

    return listed if job.mode == "all" else again


def _classified(job: SearchJob, task: Task, found: SearchResult, results: Mapping[int, JSON]) -> SearchResult:
    """With the names of known forms, and counts up to isomorphism, where these are asked for."""
    if task.isomorphism:
        from collude.enumerate.searches.isomorphism import orbits

        sizes = orbits(job.space, job.tables(results))
        found.evidence["isomorphism"] = {
            "classes": sum(sizes.values()),
            "sizes": {str(size): count for size, count in sizes.items()},
        }
    if not task.classify:
        return found
    from collude.enumerate.searches.classify import classify

    return replace(found, classes=classify(job.space, job.tables(results)))


def _add_evidence(job: SearchJob, task: Task, found: SearchResult, edge: bool) -> None:
    """Whether a wider grid of transfers gives another count, and what other programs say, where these are asked for."""
    if task.saturate and task.normalise and job.mode == "count" and job.space.grid is not None:
        from collude.enumerate.searches.saturation import examine

        assert found.count is not None
        found.evidence["window"] = examine(job.compiled, found.require, found.count, found.nodes, edge)
    if task.confirm or task.prove:
        from collude.enumerate.certify.second_opinion import second_opinion

        folder = Path(task.running.out or "collude-proof")
        found.evidence.update(second_opinion(job.space, job.axioms, found, task, folder))
