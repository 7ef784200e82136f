"""Verdicts from counts on multisets: in the words of the ordinary check, every witness re-checked by the definition."""

from collude.axioms.core.base import Axiom
from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.incentives.non_bossy import NonBossy
from collude.axioms.outcomes.efficient import Efficient
from collude.enumerate.checks.context import CheckContext, OneWorker
from collude.enumerate.checks.scans.base import Counting
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import bound_of, describe
from collude.enumerate.symmetric.coalitional import PairCount
from collude.enumerate.symmetric.profilewise import (
    ProfileCount,
    count_bossy,
    count_profiles,
    holds_by_construction,
    profile_witness,
)
from collude.enumerate.symmetric.selection import SymmetricOptions, first_profile, kernel_rule
from collude.enumerate.symmetric.votes import UNIT, VoteCount, vote_witness
from collude.enumerate.symmetric.witnesses import SymmetricWitness, coalition_witness
from collude.models.errors import DisagreementError, InputError
from collude.models.results import Verdict, Violation
from collude.models.symmetric.mechanism import SymmetricMechanism

LARGEST_RECHECK = 1 << 20
SymmetricCount = PairCount | ProfileCount | VoteCount


def count_axiom(mechanism: SymmetricMechanism, axiom: Axiom) -> ProfileCount:
    """Count the violations of an axiom that is about profiles and not about coalitions.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : Axiom

    Returns
    -------
    ProfileCount

    Raises
    ------
    InputError
        For an axiom that multisets do not decide.
    """
    if holds_by_construction(axiom):
        return ProfileCount(0, 0, None)
    if not isinstance(axiom, ProfileAxiom):
        raise InputError(f"{axiom.name} is not checked on multisets of types")
    return count_bossy(mechanism) if isinstance(axiom, NonBossy) else count_profiles(mechanism, axiom)


def witness_of(mechanism: SymmetricMechanism, axiom: Axiom, found: SymmetricCount) -> SymmetricWitness | None:
    """The worst violation that a count kept, among named agents; None if there is none.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : Axiom
    found : PairCount, ProfileCount or VoteCount

    Returns
    -------
    SymmetricWitness or None
    """
    if isinstance(found, VoteCount):
        return vote_witness(mechanism, found.first) if found.classes else None
    if isinstance(found, PairCount):
        rule = kernel_rule(axiom)
        if found.best is None or rule is None:
            return None
        return coalition_witness(mechanism, rule, found.best[1], found.best[2])
    if found.worst is None or not isinstance(axiom, ProfileAxiom):
        return None
    return profile_witness(mechanism, axiom, found.worst)


def symmetric_verdict(
    mechanism: SymmetricMechanism, axiom: Axiom, options: SymmetricOptions, found: SymmetricCount, seconds: float
) -> Verdict:
    """The verdict that a count on multisets amounts to.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : Axiom
    options : SymmetricOptions
        How much was asked.
    found : PairCount, ProfileCount or VoteCount
        Of all multisets.
    seconds : float
        What it took.

    Returns
    -------
    Verdict
        Violations of a VoteCount are profiles at which some coalition gains.

    Raises
    ------
    DisagreementError
        If the plain re-check of named agents does not confirm the witness: a bug in collude.
    """
    shown = witness_of(mechanism, axiom, found)
    scan = scan_of(axiom, CheckContext(first_profile(mechanism), options.ordinary, OneWorker()))
    examined = scan.examined()
    counting = Counting(UNIT, examined.profiles) if isinstance(found, VoteCount) else scan.counting()
    return Verdict(
        axiom=axiom.name,
        holds_within_bound=found.classes == 0,
        exact=True,
        unit=counting.unit,
        violations=found.pairs if options.count or not examined.coalitions else None,
        witness=None if shown is None else confirmed(mechanism, axiom, shown),
        **vars(examined),
        seconds=seconds,
        possible=counting.possible,
        bound=bound_of(scan, False),
        over_lotteries=mechanism.lotteries,
        classes=found.classes if options.count else None,
    )


def confirmed(mechanism: SymmetricMechanism, axiom: Axiom, shown: SymmetricWitness) -> Violation:
    """A witness in words, once the ordinary re-check of named agents accepts it.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    axiom : Axiom
    shown : SymmetricWitness

    Returns
    -------
    Violation

    Raises
    ------
    DisagreementError
        If it does not: a bug in collude.
    """
    view, witness = shown.view, shown.witness
    if isinstance(axiom, Efficient):
        allocations = len(mechanism.population.bundles) ** mechanism.population.agents
        small = mechanism.population.member.public or allocations <= LARGEST_RECHECK
        accepted = min(witness.gains) > 0 if mechanism.lotteries or not small else axiom.confirms(view, witness)
    else:
        accepted = axiom.confirms(view, witness)
    if not accepted:
        raise DisagreementError(
            f"{axiom.name}: the fast answer and the definition disagree on {mechanism.name} at profile "
            f"{witness.profile}; please report this as a bug"
        )
    return describe(view, witness)
