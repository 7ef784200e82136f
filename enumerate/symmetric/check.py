"""The check of a symmetric mechanism: every multiset of types, every coalition, every joint misreport; ordinary verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.coalitional import CoalitionalAxiom
from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.groups import largest_coalition
from collude.axioms.core.profilewise import ProfileAxiom
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.axioms.incentives.non_bossy import NonBossy
from collude.axioms.outcomes.efficient import Efficient
from collude.enumerate.checks.backends import Threads, available_jobs
from collude.enumerate.checks.context import CheckContext, CheckOptions, OneWorker
from collude.enumerate.checks.scans.find import scan_of
from collude.enumerate.checks.verdicts import bound_of, describe
from collude.enumerate.runs.drive import Progress
from collude.enumerate.symmetric.blocks import cut_work, level_of, open_blocks, pair_count
from collude.enumerate.symmetric.coalitional import PairCount, count_block
from collude.enumerate.symmetric.profilewise import (
    ProfileCount,
    count_bossy,
    count_profiles,
    holds_by_construction,
    profile_witness,
)
from collude.enumerate.symmetric.votes import UNIT, count_votes, serves
from collude.enumerate.symmetric.witnesses import coalition_witness
from collude.kernels.coalitions.best import STRONG, WEAK
from collude.kernels.compiling import Stopwatch
from collude.kernels.multisets.ranking import multiset_count
from collude.kernels.multisets.tastes import AGREE, ALL_GAIN, SHARE_OUT
from collude.models.errors import DisagreementError, InputError, NotApplicableError
from collude.models.numbers import big
from collude.models.results import Report, Seconds, Verdict, Violation
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.views import ListedProfiles, view_of

CHECKED = (
    "strategy-proof",
    "weakly-group-strategy-proof",
    "group-strategy-proof",
    "pairwise-strategy-proof",
    "collusion-proof",
    "side-payment-collusion-proof",
    "individually-rational",
    "budget-balanced",
    "no-deficit",
    "no-positive-transfers",
    "no-free-lunch",
    "non-bossy",
    "symmetric",
    "anonymous",
    "envy-free",
    "efficient",
)
PAIR_NANOSECONDS = 40.0
DEFAULT_BUDGET = 300e9
LARGEST_RECHECK = 1 << 20


@dataclass(frozen=True)
class SymmetricOptions:
    """How much is asked. count : whether violations are counted. largest : bound on the size of coalitions. jobs : threads.
    progress : called with (axiom, blocks done, blocks in all)."""

    count: bool = True
    largest: int | None = None
    jobs: int | None = None
    progress: Progress | None = None

    @property
    def ordinary(self) -> CheckOptions:
        """The same in the words of the ordinary check."""
        return CheckOptions("coalitions" if self.count else "none", largest=self.largest)


def check_symmetric(
    mechanism: SymmetricMechanism,
    axioms: Sequence[str] | str | None = None,
    *,
    count: bool = True,
    max_coalition: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check a mechanism that treats agents alike; every coalition and every joint misreport is covered.

    Parameters
    ----------
    mechanism : a symmetric mechanism. axioms : names (default: all that are checked on multisets and have a meaning here).
    count : False leaves out the numbers of violations. max_coalition : bound on the size of coalitions. jobs : threads.

    Returns
    -------
    Report, as of `collude.check`; each verdict also counts the classes of violations that differ by names only. Violations
    are (profile, coalition) pairs of named agents, exact ints.

    Raises
    ------
    InputError, NotApplicableError (an axiom without meaning here), DisagreementError (a witness that the plain re-check of
    named agents does not confirm: a bug in collude).

    Notes
    -----
    C(n + 2K - 1, 2K - 1) pairs of multisets, each in about 30 ns, in place of K^n profiles with 2^n - 1 coalitions.

    References
    ----------
    Lepelley and Mbih (1994) count elections this way; Wilson and Pritchard (2007).
    """
    clock = Stopwatch()
    options = SymmetricOptions(count, max_coalition, jobs, progress)
    names = [axioms] if isinstance(axioms, str) else axioms
    chosen, left_out = _chosen(mechanism, names, options)
    by_votes = [axiom for axiom in chosen if _too_many_pairs(axiom, mechanism, options)]
    pairwise = [axiom for axiom in chosen if kernel_rule(axiom) is not None and axiom not in by_votes]
    counts = _count_pairs(mechanism, pairwise, options)
    verdicts = []
    for axiom in chosen:
        began = perf_counter()
        if axiom in by_votes:
            verdicts.append(_verdict_on_votes(mechanism, axiom, options, began))
        else:
            verdicts.append(_verdict(mechanism, axiom, options, counts, began))
    time = Seconds(0.0, clock.compiling, clock.working)
    return Report(
        mechanism.name,
        mechanism.notes,
        True,
        None,
        tuple(verdicts),
        left_out,
        time.compiling + time.examining,
        time=time,
    )


def kernel_rule(axiom: Axiom) -> int | None:
    """How the kernels take an axiom about coalitions; None for any other, or one that they do not know."""
    if isinstance(axiom, CoalitionalAxiom):
        return {STRONG: AGREE, WEAK: ALL_GAIN}.get(axiom.rule)
    if isinstance(axiom, DealAxiom) and not axiom.moves:
        return SHARE_OUT
    return None


def _chosen(
    mechanism: SymmetricMechanism, names: Sequence[str] | None, options: SymmetricOptions
) -> tuple[list[Axiom], dict[str, str]]:
    """The axioms to check, and why others are left out; raises if one that was named cannot be checked."""
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    chosen, left_out = [], {}
    for name in dict.fromkeys(names or CHECKED):
        axiom = find_axiom(name)
        if not names and not axiom.by_default:
            continue
        reason = reason_left_out(axiom, mechanism, some, options)
        if not reason:
            chosen.append(axiom)
        elif names:
            raise NotApplicableError(f"{name} cannot be checked for {mechanism.name}: {reason}")
        else:
            left_out[name] = reason
    if not names:
        rest = [name for name in load_axioms() if name not in CHECKED]
        left_out.update(dict.fromkeys(rest, "not checked on multisets of types"))
    return chosen, left_out


def reason_left_out(
    axiom: Axiom, mechanism: SymmetricMechanism, some: ListedProfiles, options: SymmetricOptions
) -> str:
    """Why an axiom cannot be checked for a symmetric mechanism; "" if it can."""
    if axiom.name not in CHECKED:
        return f"it is not checked on multisets of types; those are {', '.join(CHECKED)}"
    reason = axiom.reason_not_applicable(_like(mechanism, some, axiom))
    if reason:
        return reason
    fewest = axiom.min_coalition_size(some)
    if options.largest is not None and options.largest < fewest:
        return f"it is about coalitions of {fewest} agents, and --max-coalition leaves out all of them"
    if mechanism.lotteries and axiom.name == "no-free-lunch":
        return "a lottery may give goods without a payment in one of its parts"
    if mechanism.lotteries and isinstance(axiom, Efficient) and not _divisible(mechanism):
        return "lotteries over goods without a given supply have no total to compare with"
    if kernel_rule(axiom) is not None:
        pairs = pairs_between(mechanism, *bounds_of(axiom, some, options))
        seconds = PAIR_NANOSECONDS * pairs / 1e9
        if _too_many_pairs(axiom, mechanism, options) and not serves(axiom, mechanism, options.largest):
            return f"{big(pairs)} pairs of multisets would take about {seconds:.0f} s; use --max-coalition"
    return ""


def _too_many_pairs(axiom: Axiom, mechanism: SymmetricMechanism, options: SymmetricOptions) -> bool:
    """Whether the pairs of multisets that an axiom is about are too many to be looked at one by one."""
    if kernel_rule(axiom) is None:
        return False
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    return PAIR_NANOSECONDS * pairs_between(mechanism, *bounds_of(axiom, some, options)) > DEFAULT_BUDGET


def _like(mechanism: SymmetricMechanism, some: ListedProfiles, axiom: Axiom) -> ListedProfiles:
    """What an axiom looks at to say whether it has a meaning: the environment without lotteries for those about goods."""
    if not mechanism.lotteries or not isinstance(axiom, Efficient):
        return some
    return ListedProfiles(
        mechanism.population.named, some.name, some.outcome, some.bundle, some.transfer, some.scale, notes=some.notes
    )


def _divisible(mechanism: SymmetricMechanism) -> bool:
    return mechanism.population.member.public or mechanism.population.member.supply is not None


def bounds_of(axiom: Axiom, some: ListedProfiles, options: SymmetricOptions) -> tuple[int, int]:
    """Smallest and largest coalition that an axiom looks at."""
    if isinstance(axiom, CoalitionalAxiom):
        return axiom.bounds(some, options.largest)
    return 1, largest_coalition(some.environment.agents, options.largest)


def pairs_between(mechanism: SymmetricMechanism, smallest: int, largest: int) -> int:
    """How many pairs (outsiders, coalition) of multisets have coalitions of these sizes, an exact int."""
    n, kinds = mechanism.population.agents, len(mechanism.population.types)
    if (smallest, largest) == (1, n):
        return pair_count(n, kinds)
    return sum(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in range(smallest, largest + 1))


def _count_pairs(
    mechanism: SymmetricMechanism, axioms: Sequence[Axiom], options: SymmetricOptions
) -> dict[tuple[int, int], PairCount]:
    """(rule, coalition size) -> what all pairs of that size say, for all that some axiom needs; in one pass."""
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    wanted: dict[int, set[int]] = {}
    for axiom in axioms:
        low, high = bounds_of(axiom, some, options)
        rule = kernel_rule(axiom)
        for size in range(low, high + 1):
            wanted.setdefault(size, set()).update({rule} if rule is not None else ())
    if not wanted:
        return {}
    pool = Threads(options.jobs or available_jobs())
    _ = mechanism.utility, mechanism.states, mechanism.ranks
    work = [span for span in cut_work(mechanism, (min(wanted), max(wanted))) if span[0] in wanted]

    def one(span: tuple[int, int, int]) -> dict[tuple[int, int], PairCount]:
        size, first, last = span
        rules = sorted(wanted[size])
        found = {(rule, size): PairCount() for rule in rules}
        for block in open_blocks(mechanism, level_of(mechanism, size), first, last):
            for rule, count in zip(rules, count_block(mechanism, block, rules), strict=True):
                found[rule, size] += count
        return found

    total: dict[tuple[int, int], PairCount] = {}
    for done, part in enumerate(pool.map(one, work), 1):
        for key, count in part.items():
            total[key] = total.get(key, PairCount()) + count
        if options.progress is not None:
            options.progress("coalitions", done, len(work))
    return total


def _verdict(
    mechanism: SymmetricMechanism,
    axiom: Axiom,
    options: SymmetricOptions,
    counts: dict[tuple[int, int], PairCount],
    began: float,
) -> Verdict:
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    rule = kernel_rule(axiom)
    found: PairCount | ProfileCount
    violation = None
    if rule is not None:
        low, high = bounds_of(axiom, some, options)
        found = sum((counts[rule, size] for size in range(low, high + 1)), PairCount())
        if found.best is not None:
            _, size, group = found.best
            violation = _confirmed(mechanism, axiom, *coalition_witness(mechanism, rule, size, group))
    elif holds_by_construction(axiom):
        found = ProfileCount(0, 0, None)
    elif isinstance(axiom, ProfileAxiom):
        found = count_bossy(mechanism) if isinstance(axiom, NonBossy) else count_profiles(mechanism, axiom)
        if found.worst is not None:
            violation = _confirmed(mechanism, axiom, *profile_witness(mechanism, axiom, found.worst))
    else:
        raise InputError(f"{axiom.name} is not checked on multisets of types")
    scan = scan_of(axiom, CheckContext(some, options.ordinary, OneWorker()))
    examined, counting = scan.examined(), scan.counting()
    return Verdict(
        axiom=axiom.name,
        holds_within_bound=found.classes == 0,
        exact=True,
        unit=counting.unit,
        violations=found.pairs if options.count or not examined.coalitions else None,
        witness=violation,
        profiles=examined.profiles,
        coalitions=examined.coalitions,
        joint_misreports=examined.joint_misreports,
        profile_pairs=examined.profile_pairs,
        seconds=perf_counter() - began,
        possible=counting.possible,
        bound=bound_of(scan, False),
        classes=found.classes if options.count else None,
    )


def _verdict_on_votes(mechanism: SymmetricMechanism, axiom: Axiom, options: SymmetricOptions, began: float) -> Verdict:
    """The verdict of a vote of many voters; violations are counted in profiles at which some coalition gains."""
    found, shown = count_votes(mechanism)
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    examined = scan_of(axiom, CheckContext(some, options.ordinary, OneWorker())).examined()
    return Verdict(
        axiom=axiom.name,
        holds_within_bound=found.classes == 0,
        exact=True,
        unit=UNIT,
        violations=found.pairs if options.count else None,
        witness=None if shown is None else _confirmed(mechanism, axiom, *shown),
        profiles=examined.profiles,
        coalitions=examined.coalitions,
        joint_misreports=examined.joint_misreports,
        profile_pairs=examined.profile_pairs,
        seconds=perf_counter() - began,
        possible=examined.profiles,
        classes=found.classes if options.count else None,
    )


def _confirmed(mechanism: SymmetricMechanism, axiom: Axiom, view: ListedProfiles, witness: Witness) -> Violation:
    """The witness in words, once the ordinary re-check of named agents accepts it."""
    if isinstance(axiom, Efficient):
        allocations = len(mechanism.population.bundles) ** mechanism.population.agents
        small = mechanism.population.member.public or allocations <= LARGEST_RECHECK
        confirmed = min(witness.gains) > 0 if mechanism.lotteries or not small else axiom.confirms(view, witness)
    else:
        confirmed = axiom.confirms(view, witness)
    if not confirmed:
        raise DisagreementError(
            f"{axiom.name}: the fast answer and the definition disagree on {mechanism.name} at profile "
            f"{witness.profile}; please report this as a bug"
        )
    return describe(view, witness)
