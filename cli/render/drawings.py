"""Which picture of a check is drawn: its axioms, the sizes of violating coalitions, or a map of the mechanism."""

from collude.cli.render.pictures import require_picture, write_picture
from collude.enumerate.analyses.coalition_sizes import SizeReport, has_sizes, violations_by_size
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.pictures.maps import MAPS
from collude.models.results import Report

MOST_COUNTED = 2_000_000
DRAWINGS = ("axioms", "sizes", *MAPS)


def require_verdict_picture(path: str, what: str, whole: bool) -> None:
    """Check, before anything is computed, that a picture of a check can be drawn.

    Parameters
    ----------
    path : str
        Where to.
    what : str
        "axioms", "sizes", "winner", "price" or "gain".
    whole : bool
        Whether all profiles are examined.

    Raises
    ------
    InputError
        If not all profiles are examined, for another picture, and as `require_picture` does.
    """
    if not whole:
        raise InputError("--picture shows a check of all profiles; leave it out, or --symmetric and --dry-run")
    if what not in DRAWINGS:
        raise InputError(f"--draw takes {', '.join(DRAWINGS)}, not {what!r}")
    require_picture(path)


def draw_verdicts(report: Report, mechanism: Mechanism, what: str, path: str, max_coalition: int | None = None) -> None:
    """Draw a picture of a check.

    Parameters
    ----------
    report : Report
        The verdicts.
    mechanism : Mechanism
        What was checked.
    what : str
        "axioms", "sizes", "winner", "price" or "gain".
    path : str
        Where to, ending in .png, .svg or .pdf.
    max_coalition : int, optional
        The bound of the check.

    Raises
    ------
    InputError, NotApplicableError
        If the system refuses to write; for sizes if no axiom is about coalitions; for maps unless there are two agents.
    """
    if what == "axioms":
        write_picture(report.plot, path)
    elif what == "sizes":
        counted = violations_by_size(mechanism, coalitional(report), max_coalition=max_coalition)
        write_picture(counted.plot, path)
    else:
        kind = next(kind for kind in MAPS if kind == what)
        write_picture(lambda sheet: mechanism.plot(kind, sheet), path)


def coalitional(report: Report) -> list[str]:
    """List the axioms of a report whose violations have sizes of coalitions.

    Parameters
    ----------
    report : Report
        The verdicts.

    Raises
    ------
    InputError
        If there is none.
    """
    names = [verdict.axiom for verdict in report if has_sizes(verdict.axiom)]
    if not names:
        raise InputError("--draw sizes is about axioms of coalitions, and none was checked; name one with --axiom")
    return names


def counted_sizes(report: Report, mechanism: Mechanism) -> SizeReport | None:
    """Count the violations of a report by the size of the coalition, where that takes a moment only.

    Parameters
    ----------
    report : Report
        The verdicts.
    mechanism : Mechanism
        What was checked.

    Returns
    -------
    SizeReport or None
        None for a large mechanism, a check that is not complete, one agent, and where no violation has a coalition.
    """
    env = mechanism.environment
    names = [verdict.axiom for verdict in report if has_sizes(verdict.axiom)]
    small = env.agents * env.profiles << env.agents <= MOST_COUNTED
    if env.agents < 2 or not small or not names or not report.complete:
        return None
    bound = max((verdict.bound.max_coalition or 0 for verdict in report), default=0) or None
    return violations_by_size(mechanism, names, max_coalition=bound)
