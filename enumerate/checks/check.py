"""The driver of a check: every axiom in blocks, one verdict each, every witness re-checked from the definition."""

from collections.abc import Sequence
from dataclasses import fields, replace
from time import perf_counter
from typing import Any

from collude.axioms.core.registry import select
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.check_job import CheckJob
from collude.enumerate.checks.context import Block, CheckContext, CheckOptions
from collude.enumerate.checks.scans.base import BlockResult, Scan, merge
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import verdict_on
from collude.enumerate.runs.drive import Done, Progress, Running, begin, drive, require_chunks, settle, share_of
from collude.enumerate.runs.rundir import RunDirectory
from collude.models.errors import InputError, NotApplicableError, SizeError
from collude.models.mechanism import Mechanism
from collude.models.memory import available_memory
from collude.models.numbers import show
from collude.models.results import Report, Verdict

DEFAULT_BUDGET = 120e9
LONGEST = 30 * 86400e9
CHUNKS = 256


def check(
    mechanism: Mechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    count: str = "coalitions",
    first: bool = False,
    max_coalition: int | None = None,
    path: str = "auto",
    chunks: int | None = None,
    **how: Any,
) -> Report:
    """Check a mechanism against axioms; every coalition and every joint misreport is covered.

    axioms: names (default: all that have a meaning for the mechanism and take at most minutes). count: "coalitions",
    "profile-pairs", "triples" or "none": the unit in which violations of coalitional axioms are counted. first: stop each
    axiom at its first violation, uncounted, and show that one. max_coalition: bound on the size of coalitions. path:
    "bitsets", "options" or "auto". chunks: cut a run into about so many. how: the fields of `Running` (jobs, progress,
    out, part, backend, max_seconds, ...); progress is called with (axiom, blocks done, blocks in all).

    Returns a Report. Raises InputError, NotApplicableError (an axiom without meaning here), SizeError (too large) or
    DisagreementError (a witness that the plain re-check does not confirm: a bug in collude).

    >>> import collude as co
    >>> auction = co.auction(agents=3, values=range(5))
    >>> co.check(co.second_price(auction), ["group-strategy-proof"])["group-strategy-proof"].violations
    202
    """
    started = perf_counter()
    unknown = sorted(set(how) - {field.name for field in fields(Running)})
    if unknown:
        raise InputError(f"check takes no option {unknown[0]!r}")
    running = Running(**how)
    require_chunks(chunks)
    names = [axioms] if isinstance(axioms, str) else axioms
    options = CheckOptions("none" if first else count, True, first, max_coalition, int(0.85 * available_memory()), path)
    context = CheckContext(mechanism, options, Threads(running.jobs or available_jobs()))
    chosen, left_out = _chosen(context, names)
    if running.needs_driver or chunks is not None:
        if first:
            raise InputError("a long run counts; leave out first, or run it without a run directory, chunks and limits")
        asked = {"count": count, "max_coalition": max_coalition, "path": path}
        job = CheckJob(mechanism, [scan.axiom.label for scan in chosen], asked, chunks or CHUNKS, context.pool.jobs)
        with begin(job, running) as directory:
            return conclude(job, drive(job, running, directory), started, directory, left_out)
    verdicts = []
    for scan in chosen:
        began = perf_counter()
        total = run(scan, running.progress)
        verdicts.append(verdict_on(scan, total, perf_counter() - began))
    return _report(mechanism, verdicts, left_out, started)


def _chosen(context: CheckContext, names: Sequence[str] | None) -> tuple[list[Scan[Any]], dict[str, str]]:
    """The scans of the axioms to check, and why others are left out."""
    candidates, left_out = select(context.mechanism, names)
    chosen = []
    for axiom in candidates:
        scan = scan_of(axiom, context)
        reason = _reason_left_out(scan, named=bool(names))
        if reason:
            left_out[axiom.name] = reason
        else:
            chosen.append(scan)
    return chosen, left_out


def _report(
    mechanism: Mechanism, verdicts: Sequence[Verdict], left_out: dict[str, str], started: float, **more: Any
) -> Report:
    return Report(
        mechanism.name,
        mechanism.notes,
        mechanism.exact,
        None if mechanism.exact else show(mechanism.tolerance, mechanism.scale),
        tuple(verdicts),
        left_out,
        perf_counter() - started,
        **more,
    )


def conclude(
    job: CheckJob,
    done: Done,
    started: float,
    directory: RunDirectory | None = None,
    left_out: dict[str, str] | None = None,
) -> Report:
    """The report of a long run, or how far it came: an axiom that is violated already is, though not yet counted."""
    answer = settle(job, directory, done)
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
        started,
        complete=complete,
        reason=done.reason,
        share=share_of(directory, done),
    )


def holds(mechanism: Mechanism, axiom: str, *, jobs: int | None = None) -> bool:
    """True if the mechanism satisfies the axiom; stops at the first violation."""
    return check(mechanism, [axiom], first=True, jobs=jobs).holds


def _reason_left_out(scan: Scan[Any], named: bool) -> str:
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
    if reason:
        return reason
    needed = scan.bytes_needed()
    if needed > options.memory:
        if named:
            raise SizeError(f"{axiom.name} needs {needed} bytes; use fewer agents or types", needed)
        return f"needs {needed / 1e9:.1f} GB"
    cost = scan.cost()
    if not named and cost > DEFAULT_BUDGET:
        return f"would take about {cost / 1e9:.0f} s on one core; ask for it with --axiom {axiom.name}"
    if cost > LONGEST:
        seconds = int(cost / 1e9)
        raise SizeError(f"{axiom.name} would take about {seconds} s on one core; use a smaller grid", seconds)
    return ""


def run(scan: Scan[Any], progress: Progress | None = None) -> BlockResult:
    """All blocks of one scan, merged; with `first`, up to the first block that has a violation."""
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
    return merge(parts)
