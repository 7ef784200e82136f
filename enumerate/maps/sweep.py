"""Sweeps: how an answer moves when one or two parameters of a problem, or of a named mechanism, take several values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from collude.enumerate.checks.check import check
from collude.enumerate.maps.axes import Axis, axis_of, setting_of
from collude.enumerate.problems.registry import build_problem, load_problems
from collude.enumerate.searches.result import SearchResult
from collude.enumerate.searches.search import search
from collude.models.errors import InputError, placed
from collude.models.files.spec import build
from collude.models.mechanism import Mechanism, types_of
from collude.models.numbers import big
from collude.models.registry import ALIASES, ENVIRONMENTS, MECHANISMS, load
from collude.models.results import Verdict

MOST_POINTS, MOST_LISTED = 10_000, 200_000
SEARCH_OPTIONS = ("normalise", "project", "confirm", "saturate")
CHECK_OPTIONS = ("count", "first", "max_coalition", "path")
RUN_OPTIONS = ("jobs", "backend", "scheduler", "max_seconds", "max_memory")
Progress = Callable[[str, int, int], None]
Question = Callable[[tuple[str, ...], Mapping[str, Any]], list["SweepPoint"]]


@dataclass(frozen=True)
class SweepPoint:
    """One answer of a sweep.

    Attributes
    ----------
    setting : the value of each parameter that varies, as text
    axiom : of a check, the axiom; "" of a search
    answer : "possible" or "impossible" of a search; "holds", "violated" or "holds within the bound" of a check; "unknown"
        if time ran out before
    count : mechanisms (or utility functions) of a search, violations of a check; None if they were not counted
    gain : of a violation, the largest total gain of a coalition; of a search with `spread`, the largest utility less the
        smallest that occur in one of the mechanisms; None if there is none
    complete : whether answer, count and gain are final
    """

    setting: tuple[str, ...]
    axiom: str
    answer: str
    count: int | None
    gain: Fraction | None
    complete: bool = True


@dataclass(frozen=True)
class Sweep:
    """The answers at all settings of one or two parameters.

    Attributes
    ----------
    subject : the problem or the mechanism
    require : the axioms of a search; of a check all that were checked somewhere
    axes : the parameters that vary, with their values
    what : what is counted: "mechanisms", "utility functions" or "violations"
    measure : what `SweepPoint.gain` is: "largest gain", "largest spread", or "" if nothing is measured
    points : one per setting and axiom, the last parameter fastest
    """

    subject: str
    require: tuple[str, ...]
    axes: tuple[Axis, ...]
    what: str
    measure: str
    points: tuple[SweepPoint, ...]

    @property
    def complete(self) -> bool:
        """Whether every point has its answer."""
        return all(point.complete for point in self.points)

    @property
    def status(self) -> int:
        """Exit status: 0 possible, or not violated, at every point; 1 impossible, or violated, at some; 3 incomplete."""
        if not self.complete:
            return 3
        return int(any(point.answer in ("impossible", "violated") for point in self.points))

    def points_on(self, axiom: str = "") -> list[SweepPoint]:
        """The points of one axiom, in order; of a search, all of them."""
        return [point for point in self.points if point.axiom == axiom]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; exact numbers are text."""
        return {
            "subject": self.subject,
            "require": list(self.require),
            "vary": {axis.name: list(axis.values) for axis in self.axes},
            "counted": self.what,
            "measure": self.measure or None,
            "complete": self.complete,
            "points": [
                {
                    "setting": dict(zip([axis.name for axis in self.axes], point.setting, strict=True)),
                    **({"axiom": point.axiom} if point.axiom else {}),
                    "answer": point.answer,
                    "count": None if point.count is None else big(point.count),
                    "gain": None if point.gain is None else str(point.gain),
                    "complete": point.complete,
                }
                for point in self.points
            ],
        }

    def rows(self) -> list[list[str]]:
        """A table of text with its heading first: a column for each parameter, then axiom, answer, count, gain."""
        heading = [*(axis.name for axis in self.axes), "axiom", "answer", "count", "gain"]
        return [
            heading,
            *(
                [
                    *point.setting,
                    point.axiom,
                    point.answer,
                    "" if point.count is None else big(point.count),
                    "" if point.gain is None else str(point.gain),
                ]
                for point in self.points
            ),
        ]


def sweep(
    subject: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    vary: Mapping[str, str | Sequence[Any]],
    require: Sequence[str] | None = None,
    axioms: Sequence[str] | None = None,
    spread: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> Sweep:
    """Ask one question at every setting of one or two parameters.

    Parameters
    ----------
    subject
        A search problem, or a mechanism by name.
    parameters
        Those that stay as they are, as text or plain values: of the problem, or of the mechanism and its environment.
    vary
        One or two parameters with their values: a grid such as "1:6", words "largest,smallest", whole values parted by a
        bar "0,1|0,2|0,3", or a list. Three more names change a grid of `parameters`: "number" keeps its first values or
        costs, "gap" puts the largest so far above the second largest, "step" takes the multiples of a step within the
        transfers.
    require
        Axioms of a search. axioms: those of a check, None for all that take at most minutes.
    spread
        Of a search: measure the largest utility less the smallest, over all mechanisms found.
    progress
        Called with ("sweep", points done, points in all).
    options
        The keyword arguments of `search` or `check` (normalise, project, confirm, count, jobs, max_seconds, ...), for each
        point.

    Returns
    -------
    Sweep

    Raises
    ------
    ColludeError
        As the search or the check does, with the setting in front.

    Examples
    --------
    >>> found = sweep(
    ...     "top-value",
    ...     {"agents": 2, "values": "0,2,5"},
    ...     vary={"price": "1:6"},
    ...     axioms=["group-strategy-proof"],
    ... )
    >>> [point.count for point in found.points]
    [7, 3, 0, 0, 0, 9]
    """
    subject = ALIASES.get(subject, subject)
    searched = _is_searched(subject, require, axioms)
    _require_options(options, searched)
    if spread and (not searched or options.get("project")):
        raise InputError("a spread is measured on the mechanisms that a search finds; leave out spread or project")
    axes = _axes_of(vary)
    settings = list(product(*(range(len(axis.values)) for axis in axes)))

    def ask(texts: tuple[str, ...], given: Mapping[str, Any]) -> list[SweepPoint]:
        changed = setting_of(parameters or {}, given)
        if searched:
            return [_search_point(texts, subject, changed, require or (), spread, options)]
        return list(_check_points(texts, subject, changed, axioms, options))

    points = [point for each in _everywhere(axes, settings, ask, progress) for point in each]
    if not searched:
        checked = tuple(dict.fromkeys(point.axiom for point in points))
        return Sweep(subject, checked, axes, "violations", "largest gain", tuple(points))
    what = "utility functions" if options.get("project") else "mechanisms"
    return Sweep(subject, tuple(require or ()), axes, what, "largest spread" if spread else "", tuple(points))


def _axes_of(vary: Mapping[str, str | Sequence[Any]]) -> tuple[Axis, ...]:
    """The parameters that vary; InputError unless there are one or two with at most ten thousand points."""
    if not 1 <= len(vary) <= 2:
        raise InputError(f"a sweep varies one or two parameters, not {len(vary)}")
    axes = tuple(axis_of(name, values) for name, values in vary.items())
    points = prod(len(axis.values) for axis in axes)
    if points > MOST_POINTS:
        raise InputError(f"{points} points; at most {MOST_POINTS} are taken")
    return axes


def _everywhere(
    axes: tuple[Axis, ...], settings: list[tuple[int, ...]], ask: Question, progress: Progress | None
) -> Iterator[list[SweepPoint]]:
    """What the question has for an answer at each setting; an error says at which."""
    for done, where in enumerate(settings):
        if progress is not None:
            progress("sweep", done, len(settings))
        texts = tuple(axis.values[x] for axis, x in zip(axes, where, strict=True))
        with placed("at " + ", ".join(f"{axis.name}={text}" for axis, text in zip(axes, texts, strict=True))):
            points = ask(texts, {axis.name: axis.given[x] for axis, x in zip(axes, where, strict=True)})
        yield points
    if progress is not None:
        progress("sweep", len(settings), len(settings))


def _is_searched(subject: str, require: Sequence[str] | None, axioms: Sequence[str] | None) -> bool:
    """Whether a subject is a problem to be searched, not a mechanism to be checked."""
    load()
    if require is not None and axioms is not None:
        raise InputError("require is for a search and axioms are for a check; give one of them")
    problems = {**ENVIRONMENTS, **load_problems()}
    known = {"search": subject in problems, "check": subject in MECHANISMS}
    if not any(known.values()):
        raise InputError(
            f"{subject!r} is neither a search problem nor a mechanism by name (collude list environments, mechanisms)"
        )
    if require is not None and not known["search"]:
        raise InputError(f"{subject} is a mechanism, which is checked; give --axiom in place of --require")
    if axioms is not None and not known["check"]:
        raise InputError(f"{subject} is a search problem; give --require in place of --axiom")
    return require is not None or not known["check"]


def _require_options(options: Mapping[str, Any], searched: bool) -> None:
    known = {*(SEARCH_OPTIONS if searched else CHECK_OPTIONS), *RUN_OPTIONS}
    for name in options:
        if name not in known:
            kind = "searches" if searched else "checks"
            raise InputError(f"a sweep of {kind} takes no option {name}; it takes {', '.join(sorted(known))}")


def _search_point(
    texts: tuple[str, ...],
    subject: str,
    parameters: dict[str, Any],
    require: Sequence[str],
    spread: bool,
    options: Mapping[str, Any],
) -> SweepPoint:
    space = build_problem(subject, parameters)
    found = search(space, require=require, mode="all" if spread else "count", **options)
    answer = "unknown" if found.exists is None else "possible" if found.exists else "impossible"
    if not found.complete:
        return SweepPoint(texts, "", answer, None, None, complete=False)
    return SweepPoint(texts, "", answer, found.count, _spread(found) if spread else None)


def _check_points(
    texts: tuple[str, ...],
    subject: str,
    parameters: dict[str, Any],
    axioms: Sequence[str] | None,
    options: Mapping[str, Any],
) -> Iterator[SweepPoint]:
    own = MECHANISMS[subject].parameters
    mine = {name: value for name, value in parameters.items() if name in own}
    rest = {name: value for name, value in parameters.items() if name not in own}
    report = check(build(subject, rest, mine), axioms, **options)
    late = set() if report.complete else set(report.left_out)
    for verdict in report:
        answer = {True: "holds", False: "violated", None: "holds within the bound"}[verdict.holds]
        whole = verdict.axiom not in late
        gain = _gain(verdict) if whole and not options.get("first") else None
        yield SweepPoint(texts, verdict.axiom, answer, verdict.violations, gain, complete=whole)
    for axiom in sorted(late - {verdict.axiom for verdict in report}):
        yield SweepPoint(texts, axiom, "unknown", None, None, complete=False)


def _gain(verdict: Verdict) -> Fraction | None:
    """The total gain in the worst violation, None if there is none or nobody gains by it."""
    if verdict.witness is None or not verdict.witness.gains:
        return None
    return sum((Fraction(gain) for gain in verdict.witness.gains), Fraction(0))


def _spread(found: SearchResult) -> Fraction | None:
    """The largest truthful utility less the smallest in one mechanism, the most over all; None if there is no mechanism."""
    if (found.count or 0) > MOST_LISTED:
        raise InputError(f"a spread is measured on at most {MOST_LISTED:,} mechanisms, not {big(found.count or 0)}")
    return max((utility_spread(mechanism) for mechanism in found), default=None)


def utility_spread(mechanism: Mechanism) -> Fraction:
    """The largest truthful utility of any agent at any profile, less the smallest.

    Examples
    --------
    >>> import collude as co
    >>> utility_spread(co.top_value(co.auction(2, [0, 1, 4]), price=3))
    Fraction(1, 1)
    """
    env = mechanism.environment
    types = types_of(env.sizes, 0, env.profiles)
    factor = mechanism.scale // env.scale
    low, high = [], []
    for i in range(env.agents):
        held = mechanism.bundle[mechanism.outcome, i]
        utility = env.values[i][types[i], held] * factor + mechanism.transfer[mechanism.outcome, i]
        low.append(int(np.min(utility)))
        high.append(int(np.max(utility)))
    return Fraction(max(high) - min(low), mechanism.scale)
