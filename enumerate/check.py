"""The driver of a check: every axiom in blocks, one verdict each, every witness re-checked from the definition."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from time import perf_counter

from collude.axioms.base import Axiom, Block, Partial, Question, Witness, merge
from collude.axioms.registry import select
from collude.axioms.work import Work
from collude.enumerate.backends import Threads, available_jobs
from collude.errors import DisagreementError, NotApplicableError, SizeError
from collude.models.mechanism import Mechanism, show_type
from collude.models.memory import available_memory
from collude.models.numbers import show
from collude.models.story import tell
from collude.results import Member, Report, Verdict, Violation

Progress = Callable[[str, int, int], None]
DEFAULT_BUDGET = 120e9
LONGEST = 30 * 86400e9


def check(
    mechanism: Mechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    count: str = "coalitions",
    first: bool = False,
    max_coalition: int | None = None,
    jobs: int | None = None,
    path: str = "auto",
    progress: Progress | None = None,
) -> Report:
    """Check a mechanism against axioms; every coalition and every joint misreport is covered.

    axioms: names (default: all that have a meaning for the mechanism and take at most minutes). count: "coalitions",
    "profile-pairs", "triples" or "none": the unit in which violations of coalitional axioms are counted. first: stop each
    axiom at its first violation, uncounted, and show that one. max_coalition: bound on the size of coalitions. jobs:
    threads (default: all processors). path: "bitsets", "options" or "auto". progress: called with (axiom, blocks done,
    blocks in all).

    Returns a Report. Raises InputError, NotApplicableError (an axiom without meaning here), SizeError (too large) or
    DisagreementError (a witness that the plain re-check does not confirm: a bug in collude).

    >>> import collude as co
    >>> auction = co.auction(agents=3, values=range(5))
    >>> co.check(co.second_price(auction), ["group-strategy-proof"])["group-strategy-proof"].violations
    202
    """
    started = perf_counter()
    names = [axioms] if isinstance(axioms, str) else axioms
    question = Question("none" if first else count, True, first, max_coalition, int(0.85 * available_memory()), path)
    chosen, left_out = select(mechanism, names)
    work = Work(mechanism, question, Threads(jobs or available_jobs()))
    verdicts = []
    for axiom in chosen:
        reason = _objection(axiom, work, named=bool(names))
        if reason:
            left_out[axiom.name] = reason
        else:
            verdicts.append(_verdict(axiom, work, progress))
    tolerance = None if mechanism.exact else show(mechanism.tolerance, mechanism.scale)
    return Report(
        mechanism.name, mechanism.notes, mechanism.exact, tolerance, tuple(verdicts), left_out, perf_counter() - started
    )


def holds(mechanism: Mechanism, axiom: str, *, jobs: int | None = None) -> bool:
    """True if the mechanism satisfies the axiom; stops at the first violation."""
    return check(mechanism, [axiom], first=True, jobs=jobs).holds


def _objection(axiom: Axiom, work: Work, named: bool) -> str:
    """Why the axiom is left out; raises instead if the user asked for it by name."""
    reason = axiom.objection(work.mechanism)
    if reason and named:
        raise NotApplicableError(f"{axiom.name} has no meaning for {work.mechanism.name}: {reason}")
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


def run(axiom: Axiom, work: Work, progress: Progress | None = None) -> Partial:
    """All blocks of one axiom, merged; with `first`, up to the first block that has a violation."""
    axiom.prepare(work)
    blocks = axiom.blocks(work)

    def one(block: Block) -> Partial:
        return axiom.run(work, block)

    parts = []
    for done, part in enumerate(work.pool.map(one, blocks), 1):
        parts.append(part)
        if progress is not None:
            progress(axiom.name, done, len(blocks))
        if work.question.first and part.key is not None:
            break
    return merge(parts)


def _verdict(axiom: Axiom, work: Work, progress: Progress | None) -> Verdict:
    started = perf_counter()
    mechanism, question = work.mechanism, work.question
    total = run(axiom, work, progress)
    violation = None
    if total.key is not None:
        witness = axiom.witness(work, total.key)
        if not axiom.confirms(mechanism, witness):
            raise DisagreementError(
                f"{axiom.name}: the fast answer and the definition disagree on {mechanism.name} at profile "
                f"{witness.profile}; please report this as a bug"
            )
        violation = describe(mechanism, witness)
    examined = axiom.examined(mechanism, question)
    coalitional = examined.coalitions > 0
    unit = axiom.unit
    counted = not question.first and not (coalitional and question.count == "none")
    possible = None
    if coalitional and question.count == "coalitions":
        possible = examined.profiles * examined.coalitions
    elif coalitional and question.count == "profile-pairs":
        unit, possible = "ordered pairs of profiles", examined.profile_pairs
    elif coalitional and question.count == "triples":
        unit, possible = "(profile, coalition, joint report) triples", examined.joint_misreports
    return Verdict(
        axiom=axiom.name,
        holds=total.key is None and total.count == 0,
        exact=mechanism.exact,
        unit=unit,
        violations=total.count if counted else None,
        witness=violation,
        profiles=examined.profiles,
        coalitions=examined.coalitions,
        joint_misreports=examined.joint_misreports,
        profile_pairs=examined.profile_pairs,
        seconds=perf_counter() - started,
        possible=possible,
    )


def describe(mechanism: Mechanism, witness: Witness) -> Violation:
    """A witness in words: who has which type, who reports what, what each member gets before and after."""
    env = mechanism.environment
    types = tuple(show_type(env.types[i][k]) for i, k in enumerate(witness.profile))
    reported = tuple(show_type(env.types[i][k]) for i, k in enumerate(witness.reported))
    members: list[Member] = []
    if witness.misreport is not None:
        before, after = mechanism.outcome_at(witness.profile), mechanism.outcome_at(witness.reported)
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        for i, gain in zip(witness.coalition, gains, strict=True):
            kind = witness.profile[i]
            members.append(
                Member(
                    env.labels[i],
                    types[i],
                    reported[i],
                    tell(mechanism, i, kind, before),
                    tell(mechanism, i, kind, after),
                    show(gain, mechanism.scale),
                )
            )
    return Violation(
        profile=witness.profile,
        coalition=witness.coalition,
        misreport=witness.misreport,
        gains=tuple(show(gain, mechanism.scale) for gain in witness.gains),
        types=types,
        reported=reported,
        members=tuple(members),
        story=_story(mechanism, witness),
        details=witness.details,
    )


def _story(mechanism: Mechanism, witness: Witness) -> tuple[str, ...]:
    """What everybody gets; after a misreport, what it does to those outside the coalition and to the designer."""
    labels = mechanism.environment.labels
    before = mechanism.outcome_at(witness.profile)
    if witness.misreport is None:
        return tuple(f"agent {labels[i]} {tell(mechanism, i, k, before)}" for i, k in enumerate(witness.profile))
    after = mechanism.outcome_at(witness.reported)
    lines = []
    for i, k in enumerate(witness.profile):
        told, now = tell(mechanism, i, k, before), tell(mechanism, i, k, after)
        if i not in witness.coalition and told != now:
            lines.append(f"agent {labels[i]}, not in it, {told}; now {now}")
    change = sum(int(x) for x in mechanism.transfer[after] - mechanism.transfer[before])
    if change:
        verb = "loses" if change > 0 else "gains"
        lines.append(f"the designer {verb} {show(abs(change), mechanism.scale)}")
    return tuple(lines)


def recheck(mechanism: Mechanism, axiom: Axiom, violation: Violation) -> bool:
    """True if a violation from a report re-checks from the definition, in Python integers."""
    gains = tuple(mechanism.scale * Fraction(gain) for gain in violation.gains)
    witness = Witness(violation.profile, violation.coalition, violation.misreport, gains, violation.details)
    return axiom.confirms(mechanism, witness)
