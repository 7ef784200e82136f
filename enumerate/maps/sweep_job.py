"""A sweep as a long run: one chunk for each setting, kept in a run directory, so that it is resumed, split and joined."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from time import perf_counter

import numpy as np

from collude.enumerate.maps.axes import Axis, in_text, place
from collude.enumerate.maps.points import Sweep, SweepPoint
from collude.enumerate.maps.question import SweepQuestion
from collude.enumerate.runs.drive import ChunkResults, Running, finalise, run_chunks, run_directory, share_of
from collude.enumerate.runs.jobs import Hint, Job, Results
from collude.enumerate.runs.rundir import RunDirectory, digest, problem_digests
from collude.enumerate.runs.schema import JSON
from collude.models.errors import DisagreementError, InputError, placed
from collude.models.files.archive import ArchiveParts


class SweepJob(Job):
    """One question at every setting of one or two parameters. One chunk for each setting.

    asked : subject, parameters and vary (as text), require, axioms, spread, classify, options; what `sweep` was asked.
    """

    command = "sweep"

    def __init__(self, asked: JSON) -> None:
        super().__init__()
        self.asked = asked
        self.question = _question_from(asked)
        self.axes = tuple(Axis(name, tuple(values), tuple(values)) for name, values in asked["vary"])

    @property
    def spec(self) -> JSON:
        """All that was asked."""
        return dict(self.asked)

    @property
    def target(self) -> int:
        """One chunk for each setting."""
        return prod(len(axis.values) for axis in self.axes)

    def parts(self) -> ArchiveParts:
        """What was asked is all there is."""
        return ArchiveParts({"subject": self.question.subject}, {})

    @classmethod
    def load(cls, about: JSON, arrays: dict[str, np.ndarray], spec: JSON, target: int) -> "SweepJob":
        """From what was asked."""
        del about, arrays, target
        return cls(spec)

    @property
    def dtypes(self) -> JSON:
        """Those of the searches and checks, which choose them at each point."""
        return {}

    @cached_property
    def chunks(self) -> list[list[int]]:
        """The position of the value of each parameter that varies, the last one fastest."""
        return [list(where) for where in product(*(range(len(axis.values)) for axis in self.axes))]

    def solve(self, chunk: int, hint: Hint = None) -> JSON | None:
        """The answers at one setting; None if time ran out before."""
        left = self.deadline - perf_counter()
        if self.stop.is_set() or left <= 0:
            return None
        running: dict[str, object] = {"jobs": 1}
        if left != float("inf"):
            running["max_seconds"] = left
        where = self.chunks[chunk]
        with placed(f"at {place(self.axes, where)}"):
            points = self.question.ask(self.axes, where, running)
        if not all(point.complete for point in points):
            return None
        return {"points": [_to_json(point) for point in points]}

    def points(self, results: Results) -> list[SweepPoint]:
        """The answers that are there, in order; a setting without one is unknown."""
        found = []
        for chunk, where in enumerate(self.chunks):
            setting = tuple(axis.values[x] for axis, x in zip(self.axes, where, strict=True))
            if chunk in results:
                found += [_from_json(setting, given) for given in results[chunk]["points"]]
            else:
                found.append(SweepPoint(setting, "", "unknown", None, None, complete=False))
        return found

    def answer(self, results: Results) -> JSON:
        """The whole table."""
        return {
            "complete": self.settled(results),
            "points": [results[chunk]["points"] for chunk in sorted(results)],
            "problem": digest(problem_digests(*self.parts())),
            "spec": self.spec,
        }

    def check_tiling(self) -> None:
        """Every setting once."""
        if len({tuple(where) for where in self.chunks}) != self.target:
            raise DisagreementError("the chunks are not the settings that were asked for")

    def recheck(self, results: Results) -> int:
        """Answers and counts say the same."""
        points = [point for point in self.points(results) if point.complete]
        for point in points:
            good = point.answer in ("possible", "violated")
            if point.count is not None and (point.count > 0) != good:
                raise DisagreementError(f"{point.answer} with a count of {point.count}; please report this as a bug")
            if point.extras is not None and point.extras > (point.count or 0):
                raise DisagreementError("there are more extras than mechanisms; please report this as a bug")
        return len(points)


def _to_json(point: SweepPoint) -> JSON:
    return {
        "axiom": point.axiom,
        "answer": point.answer,
        "count": None if point.count is None else hex(point.count),
        "gain": None if point.gain is None else str(point.gain),
        "families": None if point.extras is None else dict(point.families),
        "extras": point.extras,
    }


def _from_json(setting: tuple[str, ...], given: JSON) -> SweepPoint:
    return SweepPoint(
        setting,
        given["axiom"],
        given["answer"],
        None if given["count"] is None else int(given["count"], 16),
        None if given["gain"] is None else Fraction(given["gain"]),
        families=given["families"] or {},
        extras=given["extras"],
    )


def _question_from(asked: JSON) -> SweepQuestion:
    """The question that a run directory holds."""
    return SweepQuestion(
        asked["subject"],
        asked["parameters"],
        None if asked["require"] is None else tuple(asked["require"]),
        None if asked["axioms"] is None else tuple(asked["axioms"]),
        asked["spread"],
        asked["classify"],
        asked["options"],
        asked["slack"],
    )


def sweep_run(question: SweepQuestion, axes: Sequence[Axis], running: Running) -> Sweep:
    """Run a sweep with a run directory.

    Parameters
    ----------
    question
        What is asked at each setting.
    axes
        The parameters that vary.
    running
        How the run is done: `out` is its directory, the time limit is that of the whole run.

    Returns
    -------
    Sweep

    Raises
    ------
    InputError
        If a parameter cannot be written as text, or the directory is of another run.
    """
    started = perf_counter()
    question.require_sound(axes)
    job = SweepJob(
        {
            "subject": question.subject,
            "parameters": _as_text(question.parameters),
            "vary": [[axis.name, list(axis.values)] for axis in axes],
            "require": None if question.require is None else list(question.require),
            "axioms": None if question.axioms is None else list(question.axioms),
            "spread": question.spread,
            "classify": question.classify,
            "options": dict(question.options),
            "slack": question.slack,
        }
    )
    with run_directory(job, running) as directory:
        return sweep_table(job, run_chunks(job, running, directory), started, directory)


def sweep_table(job: SweepJob, done: ChunkResults, started: float, directory: RunDirectory | None = None) -> Sweep:
    """What a run has answered so far.

    Parameters
    ----------
    job
        The sweep.
    done
        The results of its chunks.
    started
        Not used; the answer says no time, so that it is the same whenever and wherever it was found.
    directory
        Of the run.

    Returns
    -------
    Sweep
    """
    del started
    finalise(job, directory, done)
    return job.question.summary(job.axes, job.points(done.results), done.reason, share_of(directory, done))


def _as_text(parameters: Mapping[str, object]) -> dict[str, object]:
    """Parameters as they are written on the command line, which says the same on any machine."""
    kept: dict[str, object] = {}
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, (bool, int, str)):
            kept[name] = value
        elif isinstance(value, (Fraction, list, tuple, range)):
            kept[name] = in_text(value)
        else:
            raise InputError(f"{name} cannot be kept in a run directory; write it as text")
    return kept
