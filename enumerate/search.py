"""The driver of a search: which mechanisms satisfy given axioms, all of them, or the best, or that there is none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np

from collude.axioms.restrict import Restriction, require
from collude.enumerate.backends import available_jobs
from collude.enumerate.compile import Compiled, compile_search
from collude.enumerate.cubes import MODES, Runner, Tally, add, run_cubes, split
from collude.enumerate.found import Found
from collude.enumerate.listing import Listing, recheck
from collude.errors import InputError
from collude.models.environment import Environment
from collude.models.mechanism import Mechanism
from collude.models.numbers import guard
from collude.models.space import Space, outcome_space

QUICK_NODES = 4096
CUBES = 256
SAMPLE = 1
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Task:
    """Everything about a search but its outcome space.

    mode: "exists", "count", "all" or "best". normalise: utility 0 for all at the first profile. project: "utility" counts
    mechanisms with the same truthful utilities as one. objective: "revenue", "welfare" or "utility" (mode "best"). jobs:
    threads. cubes: at least so many parts. seconds: stop after that time, incomplete. out: a folder for what is listed.
    confirm: "cpsat" or "sat"; prove: a checked proof if none exists; classify: name known forms; isomorphism: count up to
    the names of agents and alternatives; saturate: try a wider grid of transfers.
    """

    mode: str = "count"
    normalise: bool = False
    project: str = ""
    objective: str = ""
    jobs: int | None = None
    cubes: int | None = None
    seconds: float | None = None
    out: str = ""
    confirm: str = ""
    prove: bool = False
    classify: bool = False
    isomorphism: bool = False
    saturate: bool = True
    progress: Progress | None = field(default=None, compare=False)

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
        if self.jobs is not None and self.jobs < 1:
            raise InputError(f"--jobs must be at least 1, not {self.jobs}")


def search(
    problem: Environment | Space,
    *,
    transfers: Iterable[Any] | None = None,
    require: Sequence[str] = (),
    mode: str = "count",
    **options: Any,
) -> Found:
    """Enumerate every mechanism that satisfies the axioms, or show that there is none.

    problem: an environment, all of whose allocations may be chosen with transfers (money received) from the grid
    `transfers`, none without a grid; or an outcome space. require: names of axioms, some with "=value". options: the
    fields of `Task`. Every mechanism handed out is checked again by the axioms, not by the search.

    Raises InputError, NotApplicableError (an axiom without meaning here), SizeError (too large) or DisagreementError.

    >>> import collude as co
    >>> found = co.search(co.voting(agents=2, alternatives=3), require=["strategy-proof"])
    >>> found.count
    17
    """
    unknown = set(options) - {name for name in Task.__dataclass_fields__ if name != "mode"}
    if unknown:
        raise InputError(f"search takes no option {sorted(unknown)[0]!r}")
    space = problem if isinstance(problem, Space) else outcome_space(problem, transfers)
    if isinstance(problem, Space) and transfers is not None:
        raise InputError("an outcome space has its own transfers; leave out transfers")
    return run_search(space, tuple(require), Task(mode=mode, **options))


def run_search(space: Space, names: tuple[str, ...], task: Task) -> Found:
    """Run a task over an outcome space; see `search`."""
    started = perf_counter()
    restrictions = require([*names, *(["normalised"] if task.normalise else [])], space)
    weights, unit = _objective(space, task)
    compiled = compile_search(space, restrictions, weights=weights, project=bool(task.project))
    listing = Listing(compiled, restrictions, task.out if task.mode == "all" else "")
    total, cubes = _run(compiled, task, started, listing)
    files = listing.close()
    exists = True if total.solutions else (False if total.complete else None)
    counted = task.mode in ("count", "all") and total.complete
    evidence: dict[str, Any] = {"rechecked": listing.count, "cubes": cubes, **({"files": files} if files else {})}
    if task.isomorphism:
        sizes = _orbits(space, listing, counted)
        evidence["isomorphism"] = {"classes": sum(sizes.values()), "sizes": {str(s): c for s, c in sizes.items()}}
    classes = _classified(space, listing, counted) if task.classify else None
    if task.saturate and task.normalise and task.mode == "count" and total.complete and space.grid is not None:
        evidence["window"] = _window(compiled, names, task, total, perf_counter() - started)
    found = Found(
        title=space.title,
        require=tuple(restriction.label for restriction in restrictions),
        mode=task.mode,
        exists=exists,
        count=total.solutions if counted else None,
        complete=total.complete or (task.mode == "exists" and bool(total.solutions)),
        nodes=total.nodes,
        seconds=perf_counter() - started,
        digest=f"{total.digest[0]:016x}{total.digest[1]:016x}" if counted else "",
        profiles=len(space.kinds),
        outcomes=space.outcomes,
        options=compiled.options,
        pairs=compiled.pairs,
        cubes=cubes,
        evidence=evidence,
        best=None if total.best is None else str(Fraction(total.best) / unit),
        classes=classes,
        notes=space.notes,
        first=next(listing.mechanisms(), None),
        stream=_again(compiled, restrictions) if task.mode == "count" else listing.mechanisms,
    )
    if task.confirm or task.prove:
        from collude.enumerate.second_opinion import second_opinion

        evidence.update(second_opinion(space, restrictions, found, task))
    return found


def _objective(space: Space, task: Task) -> tuple[np.ndarray | None, int]:
    """(weights (P, R) int64, the number they are multiples of one over); (None, 1) without an objective."""
    if not task.objective:
        return None, 1
    if task.objective not in ("revenue", "welfare", "utility"):
        raise InputError(f"the objective is revenue, welfare or utility, not {task.objective!r}")
    if space.environment.ordinal:
        raise InputError("utilities are ranks, which cannot be added")
    utility = space.truthful().sum(axis=0)
    money = space.transfer.sum(axis=1)[None, :]
    amount = {"revenue": -money + 0 * utility, "welfare": utility - money, "utility": utility}[task.objective]
    chances = _prior(space.environment)
    scale = lcm(*(chance.denominator for chance in chances))
    largest = max(int(np.abs(amount).max()), 1)
    guard(largest * scale * 4, "the expected objective")
    each = np.array([int(chance * scale) for chance in chances], np.int64)
    return np.asarray(amount * each[:, None]), scale * space.scale


def _prior(environment: Environment) -> list[Fraction]:
    """The chance of each profile; uniform without a prior."""
    prior, profiles = environment.prior, environment.profiles
    if prior is None:
        return [Fraction(1, profiles)] * profiles
    if prior.joint is not None:
        return list(prior.joint)
    chances = [Fraction(1)]
    for row in prior.independent or ():
        chances = [chance * weight for chance in chances for weight in row]
    return chances


def _run(compiled: Compiled, task: Task, started: float, listing: Listing) -> tuple[Tally, int]:
    """(tally, number of cubes): at once if that takes a moment, else in many cubes."""
    deadline = float("inf") if task.seconds is None else started + task.seconds
    mode = MODES[task.mode]
    room = 1 if task.mode in ("exists", "best") else 4096 if task.mode == "all" else SAMPLE
    if task.cubes is None:
        whole = Runner(compiled, mode, room, deadline=deadline).solve((), QUICK_NODES)
        if whole.complete:
            _take(listing, whole)
            return whole, 1
    cubes = split(compiled, task.cubes or CUBES)
    runner = Runner(compiled, mode, room, stop=Event(), deadline=deadline)
    sink = listing.take if task.mode == "all" else None
    parts = run_cubes(runner, cubes, task.jobs or available_jobs(), task.progress, sink)
    if len(parts) < len(cubes) and not (task.mode == "exists" and parts[-1].solutions):
        parts.append(Tally(complete=False))
    total = add(parts, room)
    _take(listing, total)
    return total, len(cubes)


def _take(listing: Listing, tally: Tally) -> None:
    if tally.listed is not None:
        listing.take(tally.listed)


def _again(compiled: Compiled, restrictions: Sequence[Restriction]) -> Callable[[], Iterator[Mechanism]]:
    """All mechanisms one after another, by searching again."""

    def stream() -> Iterator[Mechanism]:
        for batch in Runner(compiled, MODES["all"], 256).batches():
            for row in batch:
                outcome = compiled.outcomes(row)
                recheck(compiled.space, restrictions, [outcome])
                yield compiled.space.mechanism(outcome)

    return stream


def _classified(space: Space, listing: Listing, counted: bool) -> dict[str, int]:
    if not counted or listing.count != len(listing.rows):
        raise InputError("known forms are named when all mechanisms are listed; use the mode all with classify")
    from collude.enumerate.classify import classify

    return classify(space, listing.rows)


def _orbits(space: Space, listing: Listing, counted: bool) -> dict[int, int]:
    if not counted:
        raise InputError("mechanisms are counted up to isomorphism when all are listed; use the mode all")
    from collude.enumerate.orbits import orbits

    return orbits(space, listing.rows)


def _window(compiled: Compiled, names: tuple[str, ...], task: Task, total: Tally, seconds: float) -> dict[str, Any]:
    """Whether a grid of transfers one step wider on each side gives another count, as far as that is cheap."""
    from collude.enumerate.window import examine

    return examine(compiled, names, task, total, seconds)
