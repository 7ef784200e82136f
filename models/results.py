"""Frozen results: verdicts and reports, as a table, as JSON, as a data frame, as HTML in a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any


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
    """A witness in exact terms. profile, misreport: type numbers from 0, -1 (in JSON null) for a type that is drawn from the
    prior; coalition: agent numbers; gains: exact text.

    types and reported: the true and the reported profile as text, one entry per agent. members: the story of each
    member. details: further facts by name.
    """

    profile: tuple[int, ...]
    coalition: tuple[int, ...]
    misreport: tuple[int, ...] | None
    gains: tuple[str, ...]
    types: tuple[str, ...]
    reported: tuple[str, ...]
    members: tuple[Member, ...] = ()
    story: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "profile": [None if type_index < 0 else type_index for type_index in self.profile],
            "coalition": list(self.coalition),
            "misreport": None if self.misreport is None else list(self.misreport),
            "gains": list(self.gains),
            "types": list(self.types),
            "reported": list(self.reported),
            **{key.replace(" ", "_"): value for key, value in self.details.items()},
        }


@dataclass(frozen=True)
class Verdict:
    """The answer to one axiom. violations: how many `unit`s violate it, None if they were not counted."""

    axiom: str
    holds: bool
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

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; exact numbers are text."""
        return {
            "axiom": self.axiom,
            "holds": self.holds,
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
        }


@dataclass(frozen=True)
class Report:
    """All verdicts on one mechanism. `report["group-strategy-proof"]` is one of them; iterating gives all.

    left_out: axioms that were not (wholly) checked, with the reason. complete: False if the run ended early, for `reason`,
    or was `share` "I/N" of a run.
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

    def __getitem__(self, axiom: str) -> Verdict:
        for verdict in self.verdicts:
            if verdict.axiom == axiom:
                return verdict
        raise KeyError(f"{axiom!r} was not checked; the verdicts are {', '.join(v.axiom for v in self.verdicts)}")

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def holds(self) -> bool:
        """True if every axiom that was checked holds."""
        return all(verdict.holds for verdict in self.verdicts)

    @property
    def status(self) -> int:
        """Exit status: 0 every axiom holds (or the share is done), 1 some axiom is violated, 3 incomplete."""
        if not self.complete:
            return 0 if self.share else 3
        return 0 if self.holds else 1

    @property
    def accuracy(self) -> str:
        """ "exact", or the tolerance of a numerical answer."""
        return "exact" if self.exact else f"numerical, tolerance {self.tolerance}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "mechanism": self.mechanism,
            "notes": list(self.notes),
            "exact": self.exact,
            "tolerance": self.tolerance,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "left_out": self.left_out,
            "complete": self.complete,
            "reason": self.reason,
            "share": self.share,
            "seconds": round(self.seconds, 6),
        }

    def to_frame(self) -> Any:
        """A data frame with one row per axiom: pandas if it is installed, else polars; ImportError if neither is."""
        rows = [
            {"axiom": v.axiom, "holds": v.holds, "violations": v.violations, "unit": v.unit, "seconds": v.seconds}
            for v in self.verdicts
        ]
        try:
            import pandas as frames
        except ImportError:
            try:
                import polars as frames
            except ImportError:
                raise ImportError("to_frame needs pandas or polars; install one of them") from None
        return frames.DataFrame(rows)

    def __str__(self) -> str:
        lines = [f"{self.mechanism}: {self.accuracy}"]
        for v in self.verdicts:
            count = "" if v.violations in (None, 0) else f"  {v.violations} {v.unit}"
            lines.append(f"  {v.axiom:38} {'holds' if v.holds else 'VIOLATED'}{count}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(v.axiom)}</td><td>{'holds' if v.holds else '<b>violated</b>'}</td>"
            f"<td>{'' if v.violations is None else v.violations}</td><td>{escape(v.unit)}</td></tr>"
            for v in self.verdicts
        )
        head = "<tr><th>axiom</th><th>verdict</th><th>violations</th><th>unit</th></tr>"
        return f"<p>{escape(self.mechanism)} ({escape(self.accuracy)})</p><table>{head}{rows}</table>"
