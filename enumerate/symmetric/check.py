"""The check of a symmetric mechanism: every multiset of types, every coalition, every joint misreport; ordinary verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

from collude.axioms.core.base import Axiom
from collude.enumerate.checks.backends import Threads
from collude.enumerate.checks.context import CheckOptions
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
from collude.enumerate.runs.rundir import RunDirectory
from collude.enumerate.symmetric.blocks import cut_work
from collude.enumerate.symmetric.check_job import CHUNKS, SymmetricCheckJob, rules_by_size, span_counts, total_of
from collude.enumerate.symmetric.coalitional import PairCount
from collude.enumerate.symmetric.selection import (
    CHECKED,
    DEFAULT_BUDGET,
    PAIR_NANOSECONDS,
    SymmetricOptions,
    SymmetricSelection,
    bounds_of,
    first_profile,
    kernel_rule,
    pairs_between,
    selected_on_multisets,
)
from collude.enumerate.symmetric.verdicts import SymmetricCount, count_axiom, symmetric_verdict
from collude.enumerate.symmetric.votes import count_votes
from collude.kernels.compiling import Stopwatch
from collude.models.errors import ColludeError
from collude.models.mechanism import Mechanism
from collude.models.results import Report, Seconds, Verdict
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.views import from_ordinary

WORTH_NANOSECONDS = 2e9
FASTER = 4.0


def check_symmetric(
    mechanism: SymmetricMechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    count: bool = True,
    max_coalition: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    chunks: int | None = None,
    running: Running | None = None,
) -> Report:
    """Check a mechanism that treats agents alike; every coalition and every joint misreport is covered.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axioms : sequence of str, optional
        Names (default: all that are checked on multisets and have a meaning here).
    count, max_coalition
        Whether violations are counted, and a bound on the size of coalitions.
    jobs, progress
        Threads, and what is called with (what, blocks done, blocks in all); `running` takes their place.
    chunks, running
        Into how many chunks a run is cut (default 64) and how it is run: a run directory, shares, back ends, limits. An axiom
        may then take any time.

    Returns
    -------
    Report
        As of `collude.check`; each verdict also counts the classes of violations that differ by names only.

    Raises
    ------
    InputError, NotApplicableError
        For what cannot be asked; for an axiom without meaning here.
    DisagreementError
        If the plain re-check of named agents does not confirm a witness: a bug in collude.

    Notes
    -----
    C(n + 2K - 1, 2K - 1) pairs of multisets, each in about 30 ns, in place of K^n profiles with 2^n - 1 coalitions.

    Lepelley and Mbih (1994) count elections this way.
    """
    clock = Stopwatch()
    how = running or Running(jobs=jobs, progress=progress)
    long = how.needs_driver or chunks is not None
    options = SymmetricOptions(count, max_coalition, float("inf") if long else DEFAULT_BUDGET)
    require_chunks(chunks)
    selection = selected_on_multisets(mechanism, [axioms] if isinstance(axioms, str) else axioms, options)
    if not long:
        return _report(mechanism, _verdicts(mechanism, selection, options, how), selection.left_out, clock)
    asked = {
        "count": "coalitions" if count else "none",
        "max_coalition": max_coalition,
        "votes": list(selection.votes),
    }
    job = SymmetricCheckJob(mechanism, [axiom.name for axiom in selection.axioms], asked, chunks or CHUNKS)
    with run_directory(job, how) as directory:
        return symmetric_report(job, run_chunks(job, how, directory), clock, directory, selection.left_out)


def _verdicts(
    mechanism: SymmetricMechanism, selection: SymmetricSelection, options: SymmetricOptions, how: Running
) -> list[Verdict]:
    """All verdicts, here and at once."""
    pairwise = [axiom for axiom in selection.axioms if kernel_rule(axiom) is not None]
    pairwise = [axiom for axiom in pairwise if axiom.name not in selection.votes]
    counts = _count_pairs(mechanism, pairwise, options, how)
    verdicts = []
    for axiom in selection.axioms:
        began = perf_counter()
        found: SymmetricCount
        if axiom.name in selection.votes:
            found = count_votes(mechanism)
        elif axiom in pairwise:
            found = total_of(mechanism, axiom, options, counts)
        else:
            found = count_axiom(mechanism, axiom)
        verdicts.append(symmetric_verdict(mechanism, axiom, options, found, perf_counter() - began))
    return verdicts


def _report(
    mechanism: SymmetricMechanism, verdicts: Sequence[Verdict], left_out: dict[str, str], clock: Stopwatch
) -> Report:
    time = Seconds(0.0, clock.compiling, clock.working)
    seconds = time.compiling + time.examining
    return Report(mechanism.name, mechanism.notes, True, None, tuple(verdicts), left_out, seconds, time=time)


def _count_pairs(
    mechanism: SymmetricMechanism, axioms: Sequence[Axiom], options: SymmetricOptions, how: Running
) -> dict[tuple[int, int], PairCount]:
    """(rule, coalition size) -> what all pairs of that size say, for all that some axiom needs; in one pass."""
    wanted = rules_by_size(mechanism, axioms, options)
    if not wanted:
        return {}
    _ = mechanism.utility, mechanism.states, mechanism.ranks
    work = [span for span in cut_work(mechanism, (min(wanted), max(wanted))) if span.size in wanted]
    total: dict[tuple[int, int], PairCount] = {}
    pool = Threads(how.carrier.jobs)
    for done, part in enumerate(pool.map(lambda span: span_counts(mechanism, span, wanted[span.size]), work), 1):
        for key, count in part.items():
            total[key] = total.get(key, PairCount()) + count
        if how.progress is not None:
            how.progress("coalitions", done, len(work))
    return total


def symmetric_report(
    job: SymmetricCheckJob,
    done: ChunkResults,
    started: float | Stopwatch,
    directory: RunDirectory | None = None,
    left_out: dict[str, str] | None = None,
) -> Report:
    """The report of a run on multisets, or how far it came: an axiom that is violated already is, though not yet counted.

    Parameters
    ----------
    job : SymmetricCheckJob
    done : ChunkResults
    started : float or Stopwatch
        When the run began, by `perf_counter`, or the clock that has run since.
    directory : RunDirectory, optional
    left_out : dict, optional
        Why other axioms are not checked.

    Returns
    -------
    Report
    """
    answer = finalise(job, directory, done)
    verdicts, missing = [], dict(left_out or {})
    for axiom in job.axioms:
        total, whole = job.total(axiom, done.results)
        if whole or total.classes:
            verdict = symmetric_verdict(job.mechanism, axiom, job.options, total, 0.0)
            verdicts.append(verdict if whole else replace(verdict, violations=None, classes=None))
        if not whole:
            missing[axiom.name] = f"{done.reason or 'other shares have the rest'}: not every block was looked at"
    clock = started if isinstance(started, Stopwatch) else Stopwatch(started)
    report = _report(job.mechanism, verdicts, missing, clock)
    return replace(report, complete=bool(answer["complete"]), reason=done.reason, share=share_of(directory, done))


@dataclass(frozen=True, eq=False)
class Shortcut:
    """Answers of an ordinary check that multisets of types give sooner, if the mechanism treats agents alike.

    Every profile of the mechanism's table is compared with those that differ by the agents' names, once, and only when an
    axiom is expensive: nothing is taken on trust, and the answers are those of the ordinary check.

    mechanism : what is checked. options : how much is asked. jobs : threads.
    """

    mechanism: Mechanism
    options: CheckOptions
    jobs: int

    @cached_property
    def alike(self) -> SymmetricMechanism | None:
        """The mechanism on multisets of types; None if it does not treat agents alike, or cannot be taken that way."""
        try:
            return from_ordinary(self.mechanism)
        except (ColludeError, OverflowError):
            return None

    def verdict(self, axiom: Axiom, nanoseconds: float) -> Verdict | None:
        """The verdict on an axiom about coalitions, counted on multisets.

        Parameters
        ----------
        axiom : Axiom
        nanoseconds : float
            What the ordinary check of it is expected to take on one core.

        Returns
        -------
        Verdict or None
            The same as of the ordinary check; None where that is as fast, or says more.
        """
        options = self.options
        asked = options.count in ("coalitions", "none") and not options.first and options.path == "auto"
        if nanoseconds < WORTH_NANOSECONDS or not asked or not self._takes(axiom) or self.alike is None:
            return None
        bounds = bounds_of(axiom, first_profile(self.alike), SymmetricOptions(largest=options.largest))
        needed = PAIR_NANOSECONDS * pairs_between(self.alike.population, *bounds)
        if FASTER * needed > nanoseconds or needed > DEFAULT_BUDGET:
            return None
        counted = options.count != "none"
        report = check_symmetric(self.alike, axiom.name, count=counted, max_coalition=options.largest, jobs=self.jobs)
        return replace(report[axiom.name], classes=None)

    def _takes(self, axiom: Axiom) -> bool:
        """Whether an axiom is one that multisets decide, and the mechanism one of exact, certain outcomes."""
        known = axiom.label in CHECKED and kernel_rule(axiom) is not None
        return known and self.mechanism.exact and not self.mechanism.lotteries
