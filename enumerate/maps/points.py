"""What a sweep answers: one point for each setting, frozen, as JSON and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from collude.enumerate.families.forms import FAMILIES
from collude.enumerate.maps.axes import Axis
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.numbers import big, brief
from collude.models.pictures.answers import AnswerCell, draw_answers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place
NO_FAMILIES: Mapping[str, int] = MappingProxyType({})


@shown
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
    families : of a search with `classify`, how many of the mechanisms are in each family, by name; families overlap
    extras : how many are in no family that says what they do; None without `classify`
    """

    setting: tuple[str, ...]
    axiom: str
    answer: str
    count: int | None
    gain: Fraction | None
    complete: bool = True
    families: Mapping[str, int] = field(default_factory=lambda: NO_FAMILIES)
    extras: int | None = None

    @property
    def words(self) -> str:
        """The count, else what was measured, else the answer; "?" if time ran out before."""
        if not self.complete:
            return "?"
        if self.count is not None:
            return big(self.count)
        return str(self.gain) if not self.axiom and self.gain is not None else self.answer

    def to_dict(self, names: tuple[str, ...]) -> dict[str, object]:
        """Plain JSON values; exact numbers are text.

        Parameters
        ----------
        names
            Of the parameters that vary.
        """
        sorted_ = {} if self.extras is None else {"families": dict(self.families), "extras": self.extras}
        return {
            "setting": dict(zip(names, self.setting, strict=True)),
            **({"axiom": self.axiom} if self.axiom else {}),
            "answer": self.answer,
            "count": None if self.count is None else big(self.count),
            "gain": None if self.gain is None else str(self.gain),
            "complete": self.complete,
            **sorted_,
        }


@shown
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
    reason : why a run ended before its last point
    share : "I/N" if this was a share of a run, and is done
    """

    subject: str
    require: tuple[str, ...]
    axes: tuple[Axis, ...]
    what: str
    measure: str
    points: tuple[SweepPoint, ...]
    reason: str = ""
    share: str = ""

    @property
    def complete(self) -> bool:
        """Whether every point has its answer."""
        return all(point.complete for point in self.points)

    @property
    def status(self) -> int:
        """Exit status: 0 possible, or not violated, at every point; 1 impossible, or violated, at some; 3 incomplete."""
        if self.share:
            return 0
        if not self.complete:
            return 3
        return int(any(point.answer in ("impossible", "violated") for point in self.points))

    @property
    def families(self) -> tuple[str, ...]:
        """The families that some mechanism at some point is in, where that was asked for, always in the same order."""
        return tuple(
            family.name for family in FAMILIES if any(point.families.get(family.name) for point in self.points)
        )

    @property
    def classified(self) -> bool:
        """Whether the mechanisms were sorted into families."""
        return any(point.extras is not None for point in self.points)

    def points_on(self, axiom: str = "") -> list[SweepPoint]:
        """The points of one axiom, in order; of a search, all of them."""
        return [point for point in self.points if point.axiom == axiom]

    def plot(self, axiom: str = "", ax: "Place" = None) -> "Axes":
        """Draw the answers of one axiom, or of the search, as a field of cells.

        Parameters
        ----------
        axiom : str
            Of a check of several axioms, which one; the first one without.
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes

        Raises
        ------
        InputError
            For an axiom that was not checked, and if matplotlib is missing.
        """
        known = tuple(dict.fromkeys(point.axiom for point in self.points))
        name = axiom or known[0]
        if name not in known:
            raise InputError(
                f"{brief(axiom)} is not in this sweep: {', '.join(filter(None, known)) or 'it is a search'}"
            )
        cells = {}
        for point in self.points_on(name):
            below = f"\n{point.gain}" if self.what and point.gain is not None else ""
            cells[point.setting] = AnswerCell(point.answer, point.words + below)
        measured = self.what or self.measure
        if self.what and self.measure:
            measured = f"{self.what}, below them the {self.measure}"
        subject = f"{self.subject}: {name}" if name else self.subject
        title = f"{subject}: {measured} (blue: {'not violated' if name else 'possible'})"
        return draw_answers(cells, [axis.name for axis in self.axes], [axis.values for axis in self.axes], title, ax)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; exact numbers are text."""
        names = tuple(axis.name for axis in self.axes)
        return {
            "subject": self.subject,
            "require": list(self.require),
            "vary": {axis.name: list(axis.values) for axis in self.axes},
            "counted": self.what,
            "measure": self.measure or None,
            "complete": self.complete,
            "reason": self.reason,
            "share": self.share,
            "points": [point.to_dict(names) for point in self.points],
        }

    def rows(self) -> list[list[str]]:
        """A table of text with its heading first: a column for each parameter, then axiom, answer, count, gain, and where
        mechanisms were sorted one for each family and one for the extras."""
        sorted_ = [*self.families, "extras"] if self.classified else []
        table = [[*(axis.name for axis in self.axes), "axiom", "answer", "count", "gain", *sorted_]]
        for point in self.points:
            count = "" if point.count is None else big(point.count)
            gain = "" if point.gain is None else str(point.gain)
            row = [*point.setting, point.axiom, point.answer, count, gain]
            if sorted_:
                known = point.extras is not None
                row += [str(point.families.get(name, 0)) if known else "" for name in self.families]
                row.append("" if point.extras is None else str(point.extras))
            table.append(row)
        return table
