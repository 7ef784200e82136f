"""Sweeps: how an answer moves when one or two parameters of a problem, or of a named mechanism, take several values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import product
from math import prod

from collude.enumerate.families.recognisers import utility_spread as utility_spread
from collude.enumerate.maps.axes import Axis, axis_of, place
from collude.enumerate.maps.points import Sweep, SweepPoint
from collude.enumerate.maps.question import Measures, SweepQuestion, question_of
from collude.enumerate.maps.sweep_job import sweep_run
from collude.enumerate.runs.drive import Running
from collude.models.errors import InputError, placed

MOST_POINTS = 10_000
RUNNING = frozenset(field.name for field in fields(Running))
Progress = Callable[[str, int, int], None]


def sweep(
    subject: str,
    parameters: Mapping[str, object] | None = None,
    *,
    vary: Mapping[str, str | Sequence[object]],
    require: Sequence[str] | None = None,
    axioms: Sequence[str] | None = None,
    spread: bool = False,
    classify: bool = False,
    slack: str = "",
    **options: object,
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
        bar "0,1|0,2|0,3", or a list. "number" keeps the first values or costs, "gap" puts the largest so far above the
        second largest, "step" takes the multiples of a step within the transfers.
    require, axioms
        Axioms of a search; or those of a check, None for all that take at most minutes.
    spread, classify
        Of a search: measure the largest utility less the smallest, over all mechanisms found; count families and extras.
    slack
        "free" or "balanced", of a public choice with payoffs: by how much dominance of the truth for all coalitions must be
        relaxed under the best such transfers.
    options
        Further keyword arguments of `search` or `check`, for each point. With `out`, a run directory, the fields of
        `Running` say how the whole run is done, one point a chunk, so that it can be resumed, split and joined.

    Returns
    -------
    Sweep

    Raises
    ------
    ColludeError
        As the search or the check does, with the setting in front.

    Examples
    --------
    >>> given = {"agents": 2, "values": "0,2,5"}
    >>> found = sweep("top-value", given, vary={"price": "1:6"}, axioms=["group-strategy-proof"])
    >>> [point.count for point in found.points]
    [7, 3, 0, 0, 0, 9]
    """
    how = {name: value for name, value in options.items() if name in RUNNING and value is not None}
    rest = {name: value for name, value in options.items() if name not in RUNNING}
    question = question_of(subject, parameters or {}, require, axioms, Measures(spread, classify, slack), rest)
    axes = _axes_of(vary)
    if how.get("out"):
        return sweep_run(question, axes, Running(**how))  # type: ignore[arg-type]
    progress = how.pop("progress", None)
    points = [point for each in _everywhere(question, axes, how, progress) for point in each]  # type: ignore[arg-type]
    return question.summary(axes, points)


def _axes_of(vary: Mapping[str, str | Sequence[object]]) -> tuple[Axis, ...]:
    """The parameters that vary; InputError unless there are one or two with at most ten thousand points."""
    if not 1 <= len(vary) <= 2:
        raise InputError(f"a sweep varies one or two parameters, not {len(vary)}")
    axes = tuple(axis_of(name, values) for name, values in vary.items())
    points = prod(len(axis.values) for axis in axes)
    if points > MOST_POINTS:
        raise InputError(f"{points} points; at most {MOST_POINTS} are taken")
    return axes


def _everywhere(
    question: SweepQuestion, axes: tuple[Axis, ...], how: Mapping[str, object], progress: Progress | None
) -> Iterator[list[SweepPoint]]:
    """What the question has for an answer at each setting; an error says at which."""
    settings = list(product(*(range(len(axis.values)) for axis in axes)))
    for done, where in enumerate(settings):
        if progress is not None:
            progress("sweep", done, len(settings))
        with placed(f"at {place(axes, where)}"):
            points = question.ask(axes, where, how)
        yield points
    if progress is not None:
        progress("sweep", len(settings), len(settings))
