"""What a sweep asks at each of its points: a search of a problem, or a check of a mechanism by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from collude.axioms.core.registry import require as required_axioms
from collude.enumerate.checks.check import check
from collude.enumerate.families.recognisers import utility_spread
from collude.enumerate.maps.axes import Axis, place, setting_of
from collude.enumerate.maps.points import Sweep, SweepPoint
from collude.enumerate.problems.registry import build_problem, load_problems
from collude.enumerate.searches.result import SearchResult
from collude.enumerate.searches.search import search
from collude.models.errors import InputError, placed
from collude.models.files.spec import build, build_environment
from collude.models.mechanism import Mechanism
from collude.models.numbers import big, brief
from collude.models.registry import ALIASES, ENVIRONMENTS, MECHANISMS, load
from collude.models.results import Report, Verdict
from collude.programs.dominance import dominance

MOST_LISTED = 200_000
SEARCH_OPTIONS = ("normalise", "project", "confirm", "saturate")
CHECK_OPTIONS = ("count", "first", "max_coalition", "path")
NOTHING: Mapping[str, object] = MappingProxyType({})


class Measures(NamedTuple):
    """What a sweep measures: the spread of utilities, families of mechanisms, or the slack of dominance ("" for none)."""

    spread: bool
    classify: bool
    slack: str


@dataclass(frozen=True)
class SweepQuestion:
    """One question, asked at every point of a sweep.

    Parameters
    ----------
    subject : str
        A search problem, or a mechanism by name.
    parameters : mapping
        Those that stay as they are, as text or plain values.
    require : tuple of str, or None
        Axioms of a search, None for a check.
    axioms : tuple of str, or None
        Axioms of a check, None for all that take at most minutes.
    spread : bool
        Of a search: measure the largest utility less the smallest.
    classify : bool
        Of a search: sort the mechanisms into families.
    options : mapping
        Further keyword arguments of `search` or `check`.
    slack : str
        "free" or "balanced": ask instead by how much dominance fails under the best such transfers; "" otherwise.
    """

    subject: str
    parameters: Mapping[str, object]
    require: tuple[str, ...] | None
    axioms: tuple[str, ...] | None
    spread: bool = False
    classify: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    slack: str = ""

    @property
    def counted(self) -> str:
        """What is counted, "" for nothing."""
        if self.slack:
            return ""
        if self.require is None:
            return "violations"
        return "utility functions" if self.options.get("project") else "mechanisms"

    @property
    def measure(self) -> str:
        """What is measured beside the count, "" for nothing."""
        if self.slack:
            return "dominance slack"
        return "largest gain" if self.require is None else "largest spread" if self.spread else ""

    def require_sound(self, axes: Sequence[Axis]) -> None:
        """Refuse, before a long run begins, what no setting can mean, and axioms that the first one cannot have.

        Parameters
        ----------
        axes
            The parameters that vary.

        Raises
        ------
        ColludeError
            As the search or the check would, with the setting in front.
        """
        for number, where in enumerate(product(*(range(len(axis.values)) for axis in axes))):
            with placed(f"at {place(axes, where)}"):
                changed = self._parameters_at(axes, where)
                if self.slack:
                    build_environment(self.subject, changed)
                elif number == 0 and self.require is not None:
                    required_axioms(self.require, build_problem(self.subject, changed))
                elif number == 0:
                    self._mechanism(changed)

    def _parameters_at(self, axes: Sequence[Axis], where: Sequence[int]) -> dict[str, object]:
        """All parameters at one setting."""
        return setting_of(self.parameters, {axis.name: axis.given[x] for axis, x in zip(axes, where, strict=True)})

    def _mechanism(self, parameters: Mapping[str, object]) -> Mechanism:
        own = MECHANISMS[self.subject].parameters
        mine = {name: value for name, value in parameters.items() if name in own}
        rest = {name: value for name, value in parameters.items() if name not in own}
        return build(self.subject, rest, mine)

    def ask(self, axes: Sequence[Axis], where: Sequence[int], running: Mapping[str, object]) -> list[SweepPoint]:
        """The answers at one setting.

        Parameters
        ----------
        axes
            The parameters that vary.
        where
            The position of the value that each of them takes.
        running
            How the search or the check is run: fields of `Running`, which change nothing about the answer.

        Returns
        -------
        list of SweepPoint
            One of a search, one for each axiom of a check.
        """
        texts = tuple(axis.values[x] for axis, x in zip(axes, where, strict=True))
        changed = self._parameters_at(axes, where)
        how = {**self.options, **running}
        if self.slack:
            return [self._slack(texts, changed)]
        if self.require is not None:
            return [self._searched(texts, changed, self.require, how)]
        return list(self._checked(texts, changed, how))

    def summary(self, axes: tuple[Axis, ...], points: Sequence[SweepPoint], reason: str = "", share: str = "") -> Sweep:
        """All answers together.

        Parameters
        ----------
        axes
            The parameters that vary.
        points
            In the order of the settings, the last parameter fastest.
        reason, share
            Why a run ended early; which share of a run it was.

        Returns
        -------
        Sweep
        """
        required = self.require
        if required is None:
            required = tuple(dict.fromkeys(point.axiom for point in points if point.axiom))
        return Sweep(self.subject, required, axes, self.counted, self.measure, tuple(points), reason, share)

    def _slack(self, texts: tuple[str, ...], parameters: Mapping[str, object]) -> SweepPoint:
        found = dominance(build_environment(self.subject, parameters), balanced=self.slack == "balanced")
        return SweepPoint(texts, "", "possible" if found.feasible else "impossible", None, found.slack)

    def _searched(
        self, texts: tuple[str, ...], parameters: Mapping[str, object], require: tuple[str, ...], how: dict[str, object]
    ) -> SweepPoint:
        listed = self.spread or self.classify
        space = build_problem(self.subject, parameters)
        mode = "all" if listed else "count"
        found: SearchResult = search(space, require=require, mode=mode, classify=self.classify, **how)  # type: ignore[arg-type]
        answer = "unknown" if found.exists is None else "possible" if found.exists else "impossible"
        if not found.complete:
            return SweepPoint(texts, "", answer, None, None, complete=False)
        gain = _spread(found) if self.spread else None
        if found.families is None:
            return SweepPoint(texts, "", answer, found.count, gain)
        extras = len(found.families.numbers)
        return SweepPoint(texts, "", answer, found.count, gain, families=found.families.counts, extras=extras)

    def _checked(
        self, texts: tuple[str, ...], parameters: Mapping[str, object], how: dict[str, object]
    ) -> Iterator[SweepPoint]:
        report: Report = check(self._mechanism(parameters), self.axioms, **how)  # type: ignore[arg-type]
        late = set() if report.complete else set(report.left_out)
        for verdict in report:
            answer = {True: "holds", False: "violated", None: "holds within the bound"}[verdict.holds]
            whole = verdict.axiom not in late
            gain = _gain(verdict) if whole and not how.get("first") else None
            yield SweepPoint(texts, verdict.axiom, answer, verdict.violations, gain, complete=whole)
        for axiom in sorted(late - {verdict.axiom for verdict in report}):
            yield SweepPoint(texts, axiom, "unknown", None, None, complete=False)


def question_of(
    subject: str,
    parameters: Mapping[str, object],
    require: Sequence[str] | None,
    axioms: Sequence[str] | None,
    measures: Measures,
    options: Mapping[str, object],
) -> SweepQuestion:
    """The question of a sweep, once it is clear that it can be asked.

    Parameters
    ----------
    subject
        A search problem, or a mechanism by name.
    parameters
        Those that stay as they are.
    require, axioms
        Of a search, of a check; at most one of them.
    measures
        What is measured beside the count, or instead of it.
    options
        Further keyword arguments of `search` or `check`.

    Returns
    -------
    SweepQuestion

    Raises
    ------
    InputError
        If the subject is unknown or is not asked so, or for an option that there is not.
    """
    if measures.slack:
        asked = bool(options or measures.spread or measures.classify) or not (require is None and axioms is None)
        _require_slack(subject, asked, measures.slack)
        return SweepQuestion(subject, parameters, None, None, slack=measures.slack)
    subject = ALIASES.get(subject, subject)
    searched = _is_searched(subject, require, axioms)
    known = {*(SEARCH_OPTIONS if searched else CHECK_OPTIONS)}
    for name in options:
        if name not in known:
            kind = "searches" if searched else "checks"
            raise InputError(f"a sweep of {kind} takes no option {name}; it takes {', '.join(sorted(known))}")
    for name, asked in (("spread", measures.spread), ("classify", measures.classify)):
        if asked and (not searched or options.get("project")):
            what = "a spread is measured on" if name == "spread" else "families are those of"
            raise InputError(f"{what} the mechanisms that a search finds; leave out {name} or project")
    return SweepQuestion(
        subject,
        parameters,
        tuple(require or ()) if searched else None,
        None if axioms is None else tuple(axioms),
        measures.spread,
        measures.classify,
        options,
    )


def _require_slack(subject: str, asked: bool, slack: str) -> None:
    """Raise InputError unless a slack can be asked for, and nothing else is."""
    load()
    if slack not in ("free", "balanced"):
        raise InputError(f"the slack is that of free or of balanced transfers, not of {brief(slack)}")
    if asked:
        raise InputError("a slack is neither of a search nor of a check; leave out their options")
    if subject not in ENVIRONMENTS:
        raise InputError(f"the slack is that of an environment, a public choice with payoffs, not of {subject!r}")


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
