"""From what the blocks of an axiom say to a verdict, with its witness re-checked from the definition and told in words."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from collude.axioms.core.base import ANY, Axiom, Witness
from collude.enumerate.checks.scans.base import BlockResult, Scan
from collude.models.errors import DisagreementError
from collude.models.mechanism import Mechanism, show_type
from collude.models.numbers import show
from collude.models.results import Bound, Member, Verdict, Violation
from collude.models.story import tell


def verdict_on(scan: Scan[Axiom], total: BlockResult, seconds: float) -> Verdict:
    """Turn what all blocks of a scan found into a verdict, its witness checked again from the definition.

    Parameters
    ----------
    scan : Scan
        Of one axiom on one mechanism.
    total : BlockResult
        Of all its blocks, merged.
    seconds : float
        How long that took.

    Returns
    -------
    Verdict

    Raises
    ------
    DisagreementError
        If the plain re-check does not confirm the witness: a bug in collude, never in the input.
    """
    axiom, mechanism, options = scan.axiom, scan.mechanism, scan.options
    violation = None
    if total.rank is not None:
        witness = scan.witness(total.rank)
        if not axiom.confirms(mechanism, witness):
            raise DisagreementError(
                f"{axiom.name}: the fast answer and the definition disagree on {mechanism.name} at profile "
                f"{witness.profile}; please report this as a bug"
            )
        violation = describe(mechanism, witness)
    examined, counting = scan.examined(), scan.counting()
    counted = not options.first and not (examined.coalitions > 0 and options.count == "none")
    return Verdict(
        axiom=axiom.label,
        holds_within_bound=total.rank is None and total.count == 0,
        exact=mechanism.exact,
        unit=counting.unit,
        violations=total.count if counted else None,
        witness=violation,
        **vars(examined),
        seconds=seconds,
        possible=counting.possible,
        bound=bound_of(scan, violation is not None),
        over_lotteries=bool(mechanism.lotteries),
    )


def bound_of(scan: Scan[Axiom], violated: bool) -> Bound:
    """Say what limits a verdict: a bound on coalitions, a tolerance, or an examination that ended at the first violation.

    Parameters
    ----------
    scan : Scan
        Of one axiom on one mechanism.
    violated : bool
        Whether a violation was found.

    Returns
    -------
    Bound
        A bound on coalitions counts only if it leaves some of the axiom's coalitions out.
    """
    mechanism, options = scan.mechanism, scan.options
    unbounded = type(scan)(scan.axiom, replace(scan.context, options=replace(options, largest=None)))
    cut = options.largest is not None and scan.examined() != unbounded.examined()
    return Bound(
        max_coalition=options.largest if cut else None,
        tolerance=None if mechanism.exact else show(mechanism.tolerance, mechanism.scale),
        first_only=options.first and violated,
    )


def describe(mechanism: Mechanism, witness: Witness) -> Violation:
    """Put a witness into words: who has which type, who reports what, what each member gets before and after.

    Parameters
    ----------
    mechanism : Mechanism
        What was checked.
    witness : Witness
        Of a violation.

    Returns
    -------
    Violation
        Money as exact text, in the units of the user.
    """
    env = mechanism.environment
    types = tuple(_word(env.types[i], k) for i, k in enumerate(witness.profile))
    reported = tuple(_word(env.types[i], k) for i, k in enumerate(witness.reported))
    return Violation(
        profile=witness.profile,
        coalition=witness.coalition,
        misreport=witness.misreport,
        gains=tuple(show(gain, mechanism.scale) for gain in witness.gains),
        types=types,
        reported=reported,
        members=_members(mechanism, witness, types, reported),
        story=_story(mechanism, witness) if ANY not in witness.profile else (),
        details=witness.details,
    )


def _word(types: Sequence[object], type_index: int) -> str:
    """A type in words."""
    return "drawn from the prior" if type_index == ANY else show_type(types[type_index])


def _members(
    mechanism: Mechanism, witness: Witness, types: Sequence[str], reported: Sequence[str]
) -> tuple[Member, ...]:
    """What each member of a coalition that misreports gets before and after, or expects."""
    if witness.misreport is None:
        return ()
    labels = mechanism.environment.labels
    stories: list[tuple[str, str]]
    gains = witness.gains
    if witness.expected:
        stories = [(f"expects {before}", f"expects {after}") for before, after in witness.expected]
    else:
        before, after = mechanism.outcome_at(witness.profile), mechanism.outcome_at(witness.reported)
        stories = [
            (tell(mechanism, i, witness.profile[i], before), tell(mechanism, i, witness.profile[i], after))
            for i in witness.coalition
        ]
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
    return tuple(
        Member(labels[i], types[i], reported[i], first, then, show(gain, mechanism.scale))
        for i, (first, then), gain in zip(witness.coalition, stories, gains, strict=True)
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
        if i in witness.coalition:
            continue
        then, now = tell(mechanism, i, k, before), tell(mechanism, i, k, after)
        if then != now:
            lines.append(f"agent {labels[i]}, not in it, {then}; now {now}")
    change = sum(int(x) for x in mechanism.transfer[after] - mechanism.transfer[before])
    if change:
        verb = "loses" if change > 0 else "gains"
        lines.append(f"the designer {verb} {show(abs(change), mechanism.scale)}")
    return tuple(lines)


def recheck(mechanism: Mechanism, axiom: Axiom, violation: Violation) -> bool:
    """Check a violation from a report again from the definition, in Python integers.

    Parameters
    ----------
    mechanism : Mechanism
        The mechanism.
    axiom : Axiom
        The axiom that it violates.
    violation : Violation
        As in a report.

    Returns
    -------
    bool
        False if it is no violation.
    """
    gains = tuple(mechanism.scale * Fraction(gain) for gain in violation.gains)
    witness = Witness(violation.profile, violation.coalition, violation.misreport, gains, violation.details)
    return axiom.confirms(mechanism, witness)
