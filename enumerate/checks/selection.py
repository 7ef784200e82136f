"""Which axioms a check examines, and why others are left out: one answer for the check and for its plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from collude.axioms.core.base import Axiom
from collude.axioms.core.registry import select
from collude.enumerate.checks.context import CheckContext
from collude.enumerate.checks.scans.base import Scan
from collude.enumerate.checks.scans.find import scan_of
from collude.models.errors import NotApplicableError, SizeError
from collude.models.process.amounts import bytes_in_words, expected_time

DEFAULT_BUDGET = 120e9
LONGEST = 30 * 86400e9
MOST_NANOSECONDS = 1e300


@dataclass(frozen=True)
class Selection:
    """Which axioms a check examines.

    Attributes
    ----------
    scans : tuple of Scan
        Of these axioms, in order.
    left_out : dict of str to str
        By name, why others are left out.
    """

    scans: tuple[Scan[Axiom], ...]
    left_out: dict[str, str]


def selected(context: CheckContext, names: Sequence[str] | None) -> Selection:
    """The axioms that a check examines.

    Parameters
    ----------
    context
        The mechanism (for a plan a stand-in with its environment and outcomes) and how much is asked.
    names
        The axioms that were asked for by name; None or empty for all that have a meaning and take at most minutes.

    Returns
    -------
    Selection

    Raises
    ------
    InputError
        For an unknown name.
    NotApplicableError, SizeError
        If an axiom that was asked for by name has no meaning here or is too large; without names it is left out.
    """
    candidates, left_out = select(context.mechanism, names)
    scans = []
    for axiom in candidates:
        scan = scan_of(axiom, context)
        reason = _reason_left_out(scan, named=bool(names))
        if reason:
            left_out[axiom.name] = reason
        else:
            scans.append(scan)
    return Selection(tuple(scans), left_out)


def expected_cost(scan: Scan[Axiom]) -> float:
    """Estimate how long a scan takes on one core.

    Parameters
    ----------
    scan : Scan
        Of one axiom on one mechanism.

    Returns
    -------
    float
        Nanoseconds, roughly; at most 1e300, however many they are.
    """
    try:
        return min(float(scan.cost()), MOST_NANOSECONDS)
    except OverflowError:
        return MOST_NANOSECONDS


def too_large(axiom: Axiom, error: SizeError) -> SizeError:
    """Name the axiom that is too large in the error that says so.

    Parameters
    ----------
    axiom : Axiom
        The axiom.
    error : SizeError
        What its scan raised.

    Returns
    -------
    SizeError
        To be raised instead.
    """
    return SizeError(f"{axiom.name} is too large for this mechanism: {error}", error.size)


def _reason_left_out(scan: Scan[Axiom], named: bool) -> str:
    """Why an axiom is left out; raises instead if the user asked for it by name."""
    axiom, mechanism, options = scan.axiom, scan.mechanism, scan.options
    reason = str(axiom.reason_not_applicable(mechanism))
    if reason and named:
        raise NotApplicableError(f"{axiom.name} has no meaning for {mechanism.name}: {reason}")
    smallest = axiom.min_coalition_size(mechanism)
    if options.largest is not None and options.largest < smallest:
        bounded = f"it is about coalitions of {smallest} agents, and --max-coalition leaves out all of them"
        if named:
            raise NotApplicableError(f"{axiom.name} cannot be checked: {bounded}")
        return reason or bounded
    if options.count not in axiom.units:
        if named:
            raise NotApplicableError(f"{axiom.name} is counted by coalitions only; use --count coalitions")
        return reason or "counted by coalitions only"
    return reason or _reason_too_large(scan, named)


def _reason_too_large(scan: Scan[Axiom], named: bool) -> str:
    """Why an axiom that has a meaning is left out: memory, int64 or time; raises instead if it was asked for by name."""
    axiom, needed = scan.axiom, scan.bytes_needed()
    if needed > scan.options.memory:
        if named:
            raise SizeError(f"{axiom.name} needs {needed} bytes; use fewer agents or types", needed)
        return f"needs {bytes_in_words(needed)}"
    try:
        scan.require_size()
    except SizeError as error:
        if named:
            raise too_large(axiom, error) from None
        return f"too large for this mechanism: {error}"
    cost = expected_cost(scan)
    if not named and cost > DEFAULT_BUDGET:
        return f"would take {expected_time(cost)} on one core; ask for it with --axiom {axiom.name}"
    if cost > LONGEST:
        raise SizeError(
            f"{axiom.name} would take {expected_time(cost)} on one core; use a smaller grid", int(cost / 1e9)
        )
    return ""
