"""Frozen results: verdicts and reports, as a table, as JSON, as a data frame, as HTML in a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from collude.models.documents import JsonObject
from collude.models.files.html import data_frame, html_table, shown
from collude.models.pictures.axiom_order import Implication, axiom_boxes, draw_axioms
from collude.models.registry import ALIASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

SCHEMA = 2
SINGULAR = {"equilibria": "equilibrium"}
MOST_LINES, MOST_BROKEN, MOST_NAMED = 12, 10, 30


def _first_lines(lines: list[str], most: int = MOST_LINES) -> str:
    """Lines of a representation, cut where they would fill a screen."""
    cut = [line if len(line) <= 1000 else f"{line[:1000]} ..." for line in lines[:most]]
    return "\n".join([*cut, *(["..."] if len(lines) > most else [])])


@shown
@dataclass(frozen=True)
class Member:
    """One member of a violating coalition: label, true type, reported type, what he gets before and after, his gain."""

    label: str
    true_type: str
    reported_type: str
    before: str
    after: str
    gain: str


@dataclass(frozen=True)
class Violation:
    """A witness in exact terms. profile, misreport: type indices, -1 (in JSON null) for a type that is drawn from the prior;
    coalition: agent numbers; gains: exact text.

    types and reported: the true and the reported profile as text, one entry per agent. members: the story of each member. story:
    further sentences. details: further facts by name, plain JSON values.
    """

    profile: tuple[int, ...]
    coalition: tuple[int, ...]
    misreport: tuple[int, ...] | None
    gains: tuple[str, ...]
    types: tuple[str, ...]
    reported: tuple[str, ...]
    members: tuple[Member, ...] = ()
    story: tuple[str, ...] = ()
    details: JsonObject = field(default_factory=dict)

    def deal(self) -> list[str]:
        """What the members of the coalition hand on and pay one another, as "subject: sentence"."""
        told = {key: self.details.get(key) for key in ("reallocation", "payments", "bribe")}
        said = [f"{key}: {line}" for key, lines in told.items() if isinstance(lines, (list, tuple)) for line in lines]
        return [*said, f"in the end: each gains {self.gains[0]}"] if "payments" in self.details else said

    def lines(self) -> list[str]:
        """The witness in words: the true types, who says what, and what that brings him."""
        said = []
        if any(type_index >= 0 for type_index in self.profile):
            said.append(f"true types: {', '.join(self.types)}")
        if self.misreport is not None:
            reports = ", ".join(self.reported[i] for i in self.coalition)
            said.append(f"coalition {list(self.coalition)} reports: {reports}")
        elif self.coalition:
            said.append(f"agents {list(self.coalition)}: {', '.join(self.gains)}")
        said += [f"agent {m.label}: {m.before}; then: {m.after}; gain {m.gain}" for m in self.members]
        return [*said, *self.story]

    def __repr__(self) -> str:
        return "Violation: " + _first_lines([*self.lines(), *self.deal()])

    def _repr_html_(self) -> str:
        rows = [(m.label, m.true_type, m.reported_type, m.before, m.after, m.gain) for m in self.members]
        told = [line for line in self.lines() if not rows or not line.startswith("agent ")] + self.deal()
        headings = ("agent", "true type", "reports", "truthful", "then", "gain")
        above = "".join(f"<p>{escape(line)}</p>" for line in told)
        return above + (html_table(headings, rows) if rows else "")

    def to_dict(self) -> JsonObject:
        """Plain JSON values."""
        details = {key.replace(" ", "_"): value for key, value in self.details.items()}
        return {
            "profile": [None if type_index < 0 else type_index for type_index in self.profile],
            "coalition": list(self.coalition),
            "misreport": None if self.misreport is None else list(self.misreport),
            "gains": list(self.gains),
            "types": list(self.types),
            "reported": list(self.reported),
            "details": details,
            **details,
        }


@dataclass(frozen=True)
class Bound:
    """What limits a verdict: within it everything was examined, and nothing is said about what lies beyond.

    max_coalition: only coalitions of at most so many agents were examined, though the axiom speaks of larger ones too.
    tolerance: gains up to this, exact text, count as none. first_only: the examination ended at the first violation.
    """

    max_coalition: int | None = None
    tolerance: str | None = None
    first_only: bool = False

    def __bool__(self) -> bool:
        return self != Bound()

    def __str__(self) -> str:
        parts = []
        if self.max_coalition is not None:
            parts.append(f"for coalitions of at most {self.max_coalition}")
        if self.tolerance is not None:
            parts.append(f"up to gains of {self.tolerance}")
        if self.first_only:
            parts.append("first violation only")
        return ", ".join(parts)

    def to_dict(self) -> JsonObject | None:
        """Plain JSON values, None if there is no bound."""
        given = {
            "max_coalition": self.max_coalition,
            "tolerance": self.tolerance,
            "first_only": self.first_only or None,
        }
        return {key: value for key, value in given.items() if value is not None} or None


@dataclass(frozen=True)
class Seconds:
    """Where the time went. building: calling the mechanism's rule at every profile; compiling: what Numba compiled;
    examining: the check itself."""

    building: float = 0.0
    compiling: float = 0.0
    examining: float = 0.0

    def to_dict(self) -> dict[str, float]:
        """Plain JSON values."""
        return {name: round(getattr(self, name), 6) for name in ("building", "compiling", "examining")}


@dataclass(frozen=True)
class Verdict:
    """The answer to one axiom.

    holds
        True if the axiom holds, False if it is violated, None if no violation was found within `bound` and the axiom was
        not decided beyond it: a bounded answer is never True.
    holds_within_bound
        True if no violation was found in what was examined, bounded or not.
    bound
        What limits the answer; empty (false) for a full one.
    violations
        How many `unit`s violate it within the bound, None if they were not counted.
    over_lotteries
        Outcomes are lotteries, and utilities and transfers are expectations over them.
    classes
        Of a mechanism that treats agents alike, how many violations differ by more than the agents' names.
    """

    axiom: str
    holds_within_bound: bool
    exact: bool
    unit: str
    violations: int | None
    witness: Violation | None
    profiles: int
    coalitions: int
    joint_misreports: int
    profile_pairs: int
    seconds: float
    possible: int | None = None
    bound: Bound = Bound()
    over_lotteries: bool = False
    classes: int | None = None

    @property
    def holds(self) -> bool | None:
        """True: it holds. False: it is violated. None: it is not violated within the bound, and undecided beyond it."""
        if not self.holds_within_bound:
            return False
        return None if self.bound else True

    @property
    def answer(self) -> str:
        """ "holds", "holds for coalitions of at most 2", or "VIOLATED"."""
        if not self.holds_within_bound:
            return "VIOLATED"
        return f"holds {self.bound}" if self.bound else "holds"

    @property
    def count(self) -> str:
        """How many violations there are, in words: "202 of 875 (profile, coalition) pairs"; "" if there are none."""
        if self.holds_within_bound or self.violations is None:
            return ""
        if self.violations == 1 and not self.possible and " of " not in self.unit:
            return f"1 {SINGULAR.get(self.unit, self.unit.removesuffix('s'))}"
        return f"{self.violations:,}{f' of {self.possible:,}' if self.possible else ''} {self.unit}"

    def __repr__(self) -> str:
        head = ", ".join(filter(None, (f"{self.axiom}: {self.answer}", self.count)))
        return _first_lines([head, *(self.witness.lines() + self.witness.deal() if self.witness else ())])

    def _repr_html_(self) -> str:
        head = html_table((), [(self.axiom, self.answer, self.count)])
        return head + ("" if self.witness is None else self.witness._repr_html_())

    def to_dict(self) -> JsonObject:
        """Plain JSON values; exact numbers are text."""
        return {
            **({} if self.classes is None else {"classes": self.classes}),
            "axiom": self.axiom,
            "verdict": {True: "holds", False: "violated", None: "holds_within_bound"}[self.holds],
            "holds": self.holds,
            "bound": self.bound.to_dict(),
            "violations": self.violations,
            "unit": self.unit,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "examined": {
                "profiles": self.profiles,
                "coalitions": self.coalitions,
                "joint_misreports": self.joint_misreports,
                "profile_pairs": self.profile_pairs,
            },
            "seconds": round(self.seconds, 6),
            **({"over_lotteries": True} if self.over_lotteries else {}),
        }


@dataclass(frozen=True)
class Report:
    """All verdicts on one mechanism. `report["group-strategy-proof"]` is one of them; iterating gives all.

    left_out: axioms that were not (wholly) checked, with the reason. seconds: of the whole check, compiling included.
    time: where they went, and how long the mechanism's rule took before. complete: False if the run ended early, for
    `reason`, or was `share` "I/N" of a run. implications: which of the axioms imply which, without what follows from others.
    """

    mechanism: str
    notes: tuple[str, ...]
    exact: bool
    tolerance: str | None
    verdicts: tuple[Verdict, ...]
    left_out: dict[str, str]
    seconds: float
    complete: bool = True
    reason: str = ""
    share: str = ""
    time: Seconds = Seconds()
    implications: tuple[Implication, ...] = ()

    def __getitem__(self, axiom: str) -> Verdict:
        axiom = ALIASES.get(axiom, axiom)
        for verdict in self.verdicts:
            if verdict.axiom == axiom:
                return verdict
        if axiom in self.left_out:
            raise KeyError(f"{axiom!r} was left out: {self.left_out[axiom]}")
        raise KeyError(f"{axiom!r} was not checked; the verdicts are {', '.join(v.axiom for v in self.verdicts)}")

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def holds(self) -> bool | None:
        """True if every axiom that was checked holds, False if one is violated, None if none is violated and one has an
        answer within a bound only."""
        answers = [verdict.holds for verdict in self.verdicts]
        if False in answers:
            return False
        return None if None in answers else True

    @property
    def holds_within_bound(self) -> bool:
        """True if no axiom is violated in what was examined, bounded or not."""
        return all(verdict.holds_within_bound for verdict in self.verdicts)

    @property
    def status(self) -> int:
        """Exit status: 0 every axiom holds (or the share is done), 1 some axiom is violated, 3 incomplete, which is also
        said of an axiom that holds for the smaller coalitions only, to which the user bounded the check."""
        if not self.complete:
            return 0 if self.share else 3
        if not self.holds_within_bound:
            return 1
        return 3 if any(verdict.bound.max_coalition is not None for verdict in self.verdicts) else 0

    @property
    def accuracy(self) -> str:
        """ "exact", or the tolerance of a numerical answer."""
        return "exact" if self.exact else f"numerical, tolerance {self.tolerance}"

    def to_dict(self) -> JsonObject:
        """Plain JSON values."""
        return {
            "schema": SCHEMA,
            "program": f"collude {version('collude')}",
            "mechanism": self.mechanism,
            "notes": list(self.notes),
            "exact": self.exact,
            "tolerance": self.tolerance,
            "holds": self.holds,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "left_out": self.left_out,
            "complete": self.complete,
            "reason": self.reason,
            "share": self.share,
            "seconds": round(self.seconds, 6),
            "time": self.time.to_dict(),
        }

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw the axioms as boxes coloured by verdict, the stronger above the weaker, with arrows to what they imply.

        Parameters
        ----------
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        InputError
            If matplotlib is missing.
        """
        return draw_axioms(axiom_boxes(self.verdicts), self.implications, f"{self.mechanism}: axioms", ax)

    def to_frame(self) -> Any:
        """A data frame with one row per axiom: pandas if it is installed, else polars; ImportError if neither is."""
        rows = [
            {
                "axiom": v.axiom,
                "holds": v.holds,
                "bound": str(v.bound),
                "violations": v.violations,
                "unit": v.unit,
                "seconds": v.seconds,
            }
            for v in self.verdicts
        ]
        return data_frame(rows)

    def __str__(self) -> str:
        lines = [f"{self.mechanism}: {self.accuracy}"]
        for v in self.verdicts:
            count = "" if v.violations in (None, 0) else f"  {v.violations} {v.unit}"
            lines.append(f"  {v.axiom:38} {v.answer}{count}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        broken = [
            f"  {v.axiom}: {', '.join(filter(None, (v.answer, v.count)))}" for v in self.verdicts if v.holds is False
        ]
        shown, held = broken[:MOST_BROKEN], [v for v in self.verdicts if v.holds is not False]
        if len(broken) > len(shown):
            shown.append(f"  and {len(broken) - len(shown)} more violated")
        for answer in dict.fromkeys(v.answer for v in held):
            names = [v.axiom for v in held if v.answer == answer]
            shown.append(f"  {answer}: {', '.join(names[:MOST_NAMED])}" + (" ..." if len(names) > MOST_NAMED else ""))
        left = [f"  not checked: {len(self.left_out)} axioms (report.left_out says why)"] if self.left_out else []
        ended = [] if self.complete else [f"  incomplete: {self.reason or f'share {self.share}'}"]
        return _first_lines(
            [f"Report on {self.mechanism} ({self.accuracy})", *shown, *left, *ended], most=len(shown) + 3
        )

    def _repr_html_(self) -> str:
        rows = [(v.axiom, v.answer, v.count) for v in self.verdicts]
        table = html_table(("axiom", "verdict", "violations"), rows, f"{self.mechanism} ({self.accuracy})")
        told = "".join(
            f"<details><summary>{escape(v.axiom)} fails</summary>{v.witness._repr_html_()}</details>"
            for v in self.verdicts
            if v.witness is not None
        )
        reasons = [f"{name}: {why}" for name, why in self.left_out.items()]
        left = f"<details><summary>{len(reasons)} axioms not checked</summary>{html_table((), [(x,) for x in reasons])}</details>"
        return table + told + (left if reasons else "")
