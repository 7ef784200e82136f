"""The driver of a check: every axiom in blocks, one verdict each, every witness re-checked from the definition."""

from collections.abc import Sequence
from dataclasses import fields, replace
from time import perf_counter
from typing import Any

from collude.axioms.core.base import Axiom, Block, BlockResult, CheckOptions, merge
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import select
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.check_job import CheckJob
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
    question = CheckOptions(
        "none" if first else count, True, first, max_coalition, int(0.85 * available_memory()), path
    )
    work = CheckContext(mechanism, question, Threads(running.jobs or available_jobs()))
    chosen, left_out = _chosen(work, names)
    if running.needs_driver or chunks is not None:
        if first:
            raise InputError("a long run counts; leave out first, or run it without a run directory, chunks and limits")
        asked = {"count": count, "max_coalition": max_coalition, "path": path}
        job = CheckJob(mechanism, [axiom.name for axiom in chosen], asked, chunks or CHUNKS, work.pool.jobs)
        with begin(job, running) as directory:
            return conclude(job, drive(job, running, directory), started, directory, left_out)
    verdicts = []
    for axiom in chosen:
        began = perf_counter()
        total = run(axiom, work, running.progress)
        verdicts.append(verdict_on(axiom, work, total, perf_counter() - began))
    return _report(mechanism, verdicts, left_out, started)


def _chosen(work: CheckContext, names: Sequence[str] | None) -> tuple[list[Axiom], dict[str, str]]:
    """The axioms to check, and why others are left out."""
    candidates, left_out = select(work.mechanism, names)
    chosen = []
    for axiom in candidates:
        reason = _objection(axiom, work, named=bool(names))
        if reason:
            left_out[axiom.name] = reason
        else:
            chosen.append(axiom)
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
    for axiom in job.axioms:
        total, whole = job.total(axiom, done.results)
        if whole:
            verdicts.append(verdict_on(axiom, job.work, total, 0.0))
        elif total.key is not None:
            verdicts.append(replace(verdict_on(axiom, job.work, total, 0.0), violations=None))
        if not whole:
            missing[axiom.name] = f"{done.reason or 'other shares have the rest'}: not every block was looked at"
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


def _objection(axiom: Axiom, work: CheckContext, named: bool) -> str:
    """Why the axiom is left out; raises instead if the user asked for it by name."""
    reason = axiom.reason_not_applicable(work.mechanism)
    if reason and named:
        raise NotApplicableError(f"{axiom.name} has no meaning for {work.mechanism.name}: {reason}")
    min_coalition_size = axiom.min_coalition_size(work.mechanism)
    if work.question.largest is not None and work.question.largest < min_coalition_size:
        bounded = f"it is about coalitions of {min_coalition_size} agents, and --max-coalition leaves out all of them"
        if named:
            raise NotApplicableError(f"{axiom.name} cannot be checked: {bounded}")
        return reason or bounded
    if work.question.count not in axiom.units:
        if named:
            raise NotApplicableError(f"{axiom.name} is counted by coalitions only; use --count coalitions")
        return reason or "counted by coalitions only"
    needed = axiom.bytes_needed(work.mechanism)
    if needed > work.question.memory:
        if named:
            raise SizeError(f"{axiom.name} needs {needed} bytes; use fewer agents or types", needed)
        return reason or f"needs {needed / 1e9:.1f} GB"
    cost = axiom.cost(work.mechanism, work.question)
    if not named and cost > DEFAULT_BUDGET:
        return f"would take about {cost / 1e9:.0f} s on one core; ask for it with --axiom {axiom.name}"
    if cost > LONGEST:
        seconds = int(cost / 1e9)
        raise SizeError(f"{axiom.name} would take about {seconds} s on one core; use a smaller grid", seconds)
    return reason


def run(axiom: Axiom, work: CheckContext, progress: Progress | None = None) -> BlockResult:
    """All blocks of one axiom, merged; with `first`, up to the first block that has a violation."""
    axiom.prepare(work)
    blocks = axiom.blocks(work)

    def one(block: Block) -> BlockResult:
        return axiom.run(work, block)

    parts = []
    for done, part in enumerate(work.pool.map(one, blocks), 1):
        parts.append(part)
        if progress is not None:
            progress(axiom.name, done, len(blocks))
        if work.question.first and part.key is not None:
            break
    return merge(parts)
