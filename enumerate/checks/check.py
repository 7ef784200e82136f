"""The driver of a check: every axiom in blocks, one verdict each, every witness re-checked from the definition."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Unpack

from collude.axioms.core.base import Axiom, CountUnit
from collude.axioms.core.registry import axiom_names
from collude.axioms.implications import implications_among
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.check_job import CheckJob
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions
from collude.enumerate.checks.known_answers import require_known_answer
from collude.enumerate.checks.scans.base import BlockResult, Scan, merge_results
from collude.enumerate.checks.selection import expected_cost, selected, too_large
from collude.enumerate.checks.verdicts import verdict_on
from collude.enumerate.runs.drive import (
    ChunkResults,
    Progress,
    Running,
    finalise,
    require_chunks,
    run_chunks,
    run_directory,
    share_of,
)
from collude.enumerate.runs.keywords import RunOptions, boolean, running_from, shows_keywords
from collude.enumerate.runs.rundir import RunDirectory
from collude.enumerate.symmetric.check import Shortcut
from collude.kernels.compiling import Stopwatch
from collude.models.errors import InputError, SizeError
from collude.models.mechanism import Mechanism, require_mechanism
from collude.models.numbers import show, whole
from collude.models.process.memory import available_memory
from collude.models.results import Report, Seconds, Verdict

CHUNKS = 256
OPTIONS = ("count", "first", "max_coalition", "path", "chunks")


@shows_keywords(RunOptions, Running())
def check(
    mechanism: Mechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    count: CountUnit = "coalitions",
    first: bool = False,
    max_coalition: int | None = None,
    path: Literal["auto", "bitsets", "options"] = "auto",
    chunks: int | None = None,
    **how: Unpack[RunOptions],
) -> Report:
    """Check a mechanism against axioms; every coalition and every joint misreport is covered.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    axioms : sequence of str, or one name, optional
        Names of axioms, some with "=value"; by default all that have a meaning for the mechanism and take at most minutes.
    count : str
        "coalitions", "profile-pairs", "triples" or "none": the unit in which violations of coalitional axioms are counted.
    first : bool
        Stop each axiom at its first violation, uncounted, and show that one instead of the worst.
    max_coalition : int, optional
        Most members of a coalition that is looked at.
    path : str
        "bitsets", "options" or "auto": two ways to the same answer.
    chunks : int, optional
        Cut a run into about so many.
    how
        The fields of `Running`: jobs, progress, out, part, backend, max_seconds, ... `progress` is called with (axiom, blocks
        done, blocks in all).

    Returns
    -------
    Report
        A verdict for each axiom, with the worst violation in full.

    Raises
    ------
    InputError
        For bad input.
    NotApplicableError
        If an axiom that was named has no meaning here.
    SizeError
        If one is too large.
    DisagreementError
        If the plain re-check does not confirm a witness: a bug in collude.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(agents=3, values=range(5))
    >>> co.check(co.second_price(auction), ["group-strategy-proof"])["group-strategy-proof"].violations
    202
    """
    clock = Stopwatch()
    require_mechanism(mechanism)
    running = running_from("check", how, OPTIONS)
    chunks = None if chunks is None else whole(chunks, "chunks")
    require_chunks(chunks)
    first = boolean(first, "first")
    max_coalition = None if max_coalition is None else whole(max_coalition, "max_coalition")
    names = axiom_names(axioms)
    options = CheckOptions("none" if first else count, True, first, max_coalition, int(0.85 * available_memory()), path)
    context = CheckContext(mechanism, options, Threads(running.carrier.jobs))
    if not running.needs_driver and chunks is None:
        return _check_at_once(context, names, running.progress, clock)
    if first:
        raise InputError("a long run counts; leave out first, or run it without a run directory, chunks and limits")
    selection = selected(context, names)
    asked = {"count": count, "max_coalition": max_coalition, "path": path}
    labels = [scan.axiom.label for scan in selection.scans]
    job = CheckJob(mechanism, labels, asked, chunks or CHUNKS, context.pool.jobs)
    with run_directory(job, running) as directory:
        return check_report(job, run_chunks(job, running, directory), clock, directory, selection.left_out)


def _check_at_once(
    context: CheckContext, names: list[str] | None, progress: Progress | None, clock: Stopwatch
) -> Report:
    """Check axiom by axiom, without a run directory; what is found to be too large is left out unless it was named."""
    mechanism, selection = context.mechanism, selected(context, names)
    verdicts, left_out = [], dict(selection.left_out)
    shortcut = Shortcut(mechanism, context.options, context.pool.jobs)
    for scan in selection.scans:
        require_known_answer(scan.axiom.label)
        own = Stopwatch()
        known = shortcut.verdict(scan.axiom, expected_cost(scan))
        if known is not None:
            verdicts.append(replace(known, seconds=own.working))
            continue
        try:
            total = run_scan(scan, progress)
        except SizeError as error:
            if names:
                raise too_large(scan.axiom, error) from None
            left_out[scan.axiom.label] = f"too large for this mechanism: {error}"
            continue
        verdicts.append(verdict_on(scan, total, own.working))
    return _report(mechanism, verdicts, left_out, clock)


def _report(
    mechanism: Mechanism,
    verdicts: Sequence[Verdict],
    left_out: dict[str, str],
    clock: Stopwatch,
    *,
    complete: bool = True,
    reason: str = "",
    share: str = "",
) -> Report:
    return Report(
        mechanism.name,
        mechanism.notes,
        mechanism.exact,
        None if mechanism.exact else show(mechanism.tolerance, mechanism.scale),
        tuple(verdicts),
        left_out,
        clock.working + clock.compiling,
        complete,
        reason,
        share,
        Seconds(mechanism.build_seconds, clock.compiling, clock.working),
        implications_among(v.axiom for v in verdicts) if mechanism.exact else (),
    )


def check_report(
    job: CheckJob,
    done: ChunkResults,
    started: float | Stopwatch,
    directory: RunDirectory | None = None,
    left_out: dict[str, str] | None = None,
) -> Report:
    """Report on a long run, or how far it came: an axiom that is violated already is, though not yet counted.

    Parameters
    ----------
    job : CheckJob
        What was asked.
    done : ChunkResults
        Where the run has come to.
    started : float or Stopwatch
        When the run began, by `perf_counter`, or the clock that has run since.
    directory : RunDirectory, optional
        The run directory; the answer is written there.
    left_out : dict of str to str, optional
        By name, why axioms were not checked.

    Returns
    -------
    Report
    """
    answer = finalise(job, directory, done)
    verdicts, missing = [], dict(left_out or {})
    for scan in job.scans:
        total, whole = job.total(scan, done.results)
        if whole:
            verdicts.append(verdict_on(scan, total, 0.0))
        elif total.rank is not None:
            verdicts.append(replace(verdict_on(scan, total, 0.0), violations=None))
        if not whole:
            missing[scan.axiom.label] = f"{done.reason or 'other shares have the rest'}: not every block was looked at"
    complete = bool(answer["complete"])
    return _report(
        job.mechanism,
        verdicts,
        missing,
        started if isinstance(started, Stopwatch) else Stopwatch(started),
        complete=complete,
        reason=done.reason,
        share=share_of(directory, done),
    )


def holds(mechanism: Mechanism, axiom: str, *, jobs: int | None = None) -> bool:
    """Tell whether a mechanism satisfies an axiom, up to its tolerance if it has one; stops at the first violation.

    Parameters
    ----------
    mechanism : Mechanism
        What is checked.
    axiom : str
        Name of the axiom.
    jobs : int, optional
        Threads; by default all processors.

    Returns
    -------
    bool

    Raises
    ------
    ColludeError
        As `check`.

    Examples
    --------
    >>> import collude as co
    >>> co.holds(co.second_price(co.auction(agents=3, values=range(3))), "strategy-proof")
    True
    """
    return check(mechanism, [axiom], first=True, jobs=jobs).holds_within_bound


def run_scan(scan: Scan[Axiom], progress: Progress | None = None) -> BlockResult:
    """Run all blocks of one scan and merge what they find; where only the first violation is asked for, up to that.

    Parameters
    ----------
    scan : Scan
        Of one axiom on one mechanism.
    progress : callable, optional
        Called with (axiom, blocks done, blocks in all).

    Returns
    -------
    BlockResult
    """
    scan.prepare()
    blocks = scan.blocks()

    def one(block: Block) -> BlockResult:
        return scan.run(block)

    parts = []
    for done, part in enumerate(scan.context.pool.map(one, blocks), 1):
        parts.append(part)
        if progress is not None:
            progress(scan.axiom.label, done, len(blocks))
        if scan.options.first and part.rank is not None:
            break
    return merge_results(parts)
