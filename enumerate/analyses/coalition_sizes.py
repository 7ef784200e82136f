"""Violations by the size of the coalition: how many pairs of a profile and a coalition of 1, 2, ... members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collude.axioms.core.base import Axiom
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.registry import axiom_names, find_axiom
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.check import run_scan
from collude.enumerate.checks.context import CheckContext, CheckOptions
from collude.enumerate.checks.scans.base import Scan
from collude.enumerate.checks.scans.coalitions import CoalitionScan
from collude.enumerate.checks.scans.deals import DealScan
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.selection import selected
from collude.enumerate.runs.drive import Progress
from collude.models.errors import InputError, NotApplicableError
from collude.models.files.html import html_table, shown
from collude.models.mechanism import Mechanism, require_mechanism
from collude.models.numbers import whole
from collude.models.pictures.sizes import draw_sizes
from collude.models.process.memory import available_memory
from collude.models.registry import ALIASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

Counts = tuple[int | None, ...]


@shown
@dataclass(frozen=True)
class SizeCounts:
    """Violations of one axiom by the size of the coalition.

    Parameters
    ----------
    axiom : str
        Its name.
    violations : tuple of int or None
        Entry m - 1: how many pairs of a profile and a coalition of m members violate it; None where the axiom does not
        look at coalitions of that size.
    possible : tuple of int or None
        How many such pairs there are.
    """

    axiom: str
    violations: Counts
    possible: Counts


@dataclass(frozen=True)
class SizeReport:
    """Violations by the size of the coalition, axiom by axiom.

    Parameters
    ----------
    mechanism : str
        Its name.
    rows : tuple of SizeCounts
        One for each axiom.
    max_coalition : int or None
        Larger coalitions were not examined; None if all were.
    """

    mechanism: str
    rows: tuple[SizeCounts, ...]
    max_coalition: int | None = None

    def __getitem__(self, axiom: str) -> SizeCounts:
        name = ALIASES.get(axiom, axiom)
        for row in self.rows:
            if row.axiom == name:
                return row
        raise KeyError(f"{axiom!r} was not counted; the axioms are {', '.join(row.axiom for row in self.rows)}")

    def __repr__(self) -> str:
        lines = [
            f"{row.axiom}: {', '.join('-' if x is None else f'{x:,}' for x in row.violations)}" for row in self.rows
        ]
        return "\n".join([f"{self.mechanism}: {self._caption}", *lines[:16], *(["..."] if len(lines) > 16 else [])])

    def _repr_html_(self) -> str:
        sizes = max((len(row.violations) for row in self.rows), default=0)
        headings = ["axiom", *(f"{m + 1}" for m in range(sizes))]
        rows = [[row.axiom, *("" if x is None else f"{x:,}" for x in row.violations)] for row in self.rows]
        return html_table(headings, rows, f"{self.mechanism}: {self._caption}")

    @property
    def _caption(self) -> str:
        bound = "" if self.max_coalition is None else f", at most {self.max_coalition}"
        return f"violations by the number of members of the coalition{bound}"

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        rows = [
            {"axiom": row.axiom, "violations": list(row.violations), "possible": list(row.possible)}
            for row in self.rows
        ]
        return {"mechanism": self.mechanism, "max_coalition": self.max_coalition, "axioms": rows}

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw a table of counts, coloured by the share of coalitions that violate.

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
        return draw_sizes(
            [row.axiom for row in self.rows],
            [row.violations for row in self.rows],
            [row.possible for row in self.rows],
            f"{self.mechanism}: {self._caption}",
            ax,
        )


def violations_by_size(
    mechanism: Mechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    max_coalition: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> SizeReport:
    """Count how many coalitions of each size violate an axiom, over all profiles.

    Parameters
    ----------
    mechanism : Mechanism
        What is examined.
    axioms : sequence of str, optional
        Axioms about joint misreports or deals; without, all that a check examines by itself.
    max_coalition : int, optional
        Only coalitions of at most so many members.
    jobs : int, optional
        Threads; all processors without.
    progress : function, optional
        Called with (axiom, sizes done, sizes in all).

    Returns
    -------
    SizeReport
        The counts of an axiom add up to the violations that a check counts.

    Raises
    ------
    InputError
        For an unknown axiom.
    NotApplicableError
        For an axiom that is not about coalitions, or has no meaning for the mechanism.
    SizeError
        If the mechanism is too large.

    Notes
    -----
    Each axiom is counted once for each bound on the size: at most as many times the cost of a check as there are agents.

    Examples
    --------
    >>> import collude as co
    >>> found = co.violations_by_size(co.second_price(co.auction(agents=3, values=range(5))), "group-strategy-proof")
    >>> found["group-strategy-proof"].violations
    (0, 90, 112)
    """
    require_mechanism(mechanism)
    agents, names = mechanism.environment.agents, axiom_names(axioms)
    most = agents if max_coalition is None else min(agents, whole(max_coalition, "max_coalition"))
    pool = Threads(jobs or available_jobs())
    if most < 1:
        raise InputError(f"max_coalition is at least 1, not {max_coalition}")
    memory = int(0.85 * available_memory())

    def context_of(members: int) -> CheckContext:
        return CheckContext(mechanism, CheckOptions(witness=False, largest=members, memory=memory), pool)

    chosen = [scan.axiom for scan in selected(context_of(most), names).scans]
    for axiom in chosen:
        if names and not _is_about_coalitions(axiom):
            raise NotApplicableError(f"{axiom.name} is not about coalitions; its violations have no sizes")
    about = [axiom for axiom in chosen if _is_about_coalitions(axiom)]
    counts: dict[str, list[int | None]] = {axiom.label: [] for axiom in about}
    possible: dict[str, list[int | None]] = {axiom.label: [] for axiom in about}
    for m in range(1, most + 1):
        context = context_of(m)
        for axiom in about:
            _add(scan_of(axiom, context), m, counts[axiom.label], possible[axiom.label])
            if progress is not None:
                progress(axiom.label, m, most)
    rows = tuple(SizeCounts(label, tuple(counts[label]), tuple(possible[label])) for label in counts)
    return SizeReport(mechanism.name, rows, max_coalition)


def has_sizes(name: str) -> bool:
    """Say whether the violations of an axiom have coalitions that can be counted by size.

    Parameters
    ----------
    name : str
        The axiom, with its argument.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        For an unknown axiom.
    """
    return _is_about_coalitions(find_axiom(name))


def _is_about_coalitions(axiom: Axiom) -> bool:
    return isinstance(axiom, (CoalitionalAxiom, DealAxiom))


def _add(scan: Scan[Axiom], members: int, counts: list[int | None], possible: list[int | None]) -> None:
    """Append what coalitions of so many members add to what smaller ones violate."""
    assert isinstance(scan, (CoalitionScan, DealScan))
    low, high = scan.bounds
    if not low <= members <= high or (scan.axiom.min_coalition_size(scan.mechanism) > members):
        counts.append(None)
        possible.append(None)
        return
    total, most = run_scan(scan).count, scan.counting().possible
    counts.append(total - sum(filter(None, counts)))
    possible.append(None if most is None else most - sum(filter(None, possible)))
