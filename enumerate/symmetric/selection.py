"""Which axioms a check on multisets of types examines, why others are left out, and which coalitions each is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from collude.axioms.core.base import Axiom
from collude.axioms.core.coalitional import CoalitionalAxiom, SizeBounds
from collude.axioms.core.deals import DealAxiom
from collude.axioms.core.groups import largest_coalition
from collude.axioms.core.registry import ON_REQUEST, find_axiom, load_axioms
from collude.axioms.feasibility.no_free_lunch import NoFreeLunch
from collude.axioms.outcomes.efficient import Efficient
from collude.enumerate.checks.context import CheckOptions
from collude.enumerate.symmetric.blocks import pair_count
from collude.enumerate.symmetric.votes import serves
from collude.kernels.coalitions.best import STRONG, WEAK
from collude.kernels.multisets.ranking import multiset_count
from collude.kernels.multisets.tastes import AGREE, ALL_GAIN, SHARE_OUT
from collude.models.errors import NotApplicableError
from collude.models.numbers import big
from collude.models.process.amounts import expected_time
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.population import Population
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
DEFAULT_BUDGET = 120e9


@dataclass(frozen=True)
class SymmetricOptions:
    """How much is asked. count : whether violations are counted. largest : bound on the size of coalitions.
    budget : nanoseconds that an axiom about coalitions may take, as far as is known beforehand."""

    count: bool = True
    largest: int | None = None
    budget: float = DEFAULT_BUDGET

    @property
    def ordinary(self) -> CheckOptions:
        """The same in the words of the ordinary check."""
        return CheckOptions("coalitions" if self.count else "none", largest=self.largest)


def first_profile(mechanism: SymmetricMechanism) -> ListedProfiles:
    """The mechanism at the profile of lowest types, for axioms that only look at its environment.

    Parameters
    ----------
    mechanism : SymmetricMechanism

    Returns
    -------
    ListedProfiles
    """
    return view_of(mechanism, [(0,) * mechanism.population.agents])


def kernel_rule(axiom: Axiom) -> int | None:
    """How the kernels take an axiom about coalitions.

    Parameters
    ----------
    axiom : Axiom

    Returns
    -------
    int or None
        AGREE, ALL_GAIN or SHARE_OUT; None for an axiom that is not about coalitions, or that they do not know.
    """
    if isinstance(axiom, CoalitionalAxiom):
        return {STRONG: AGREE, WEAK: ALL_GAIN}.get(axiom.rule)
    if isinstance(axiom, DealAxiom) and not axiom.moves:
        return SHARE_OUT
    return None


@dataclass(frozen=True)
class SymmetricSelection:
    """The axioms to check, in order. left_out : why others are not. votes : names of those that are decided situation by
    situation, since their pairs of multisets are too many to be listed."""

    axioms: tuple[Axiom, ...]
    left_out: dict[str, str]
    votes: tuple[str, ...]


def selected_on_multisets(
    mechanism: SymmetricMechanism, names: Sequence[str] | None, options: SymmetricOptions
) -> SymmetricSelection:
    """The axioms that a check on multisets examines.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    names : sequence of str, optional
        Those that were asked for; all that have a meaning by default.
    options : SymmetricOptions

    Returns
    -------
    SymmetricSelection

    Raises
    ------
    NotApplicableError
        If one that was asked for has no meaning here, is not decided on multisets, or takes too long.
    """
    chosen, left_out = [], {}
    for name in dict.fromkeys(names or CHECKED):
        axiom = find_axiom(name)
        if not names and not axiom.is_default(mechanism.environment):
            left_out[name] = ON_REQUEST
            continue
        reason = reason_left_out(axiom, mechanism, options)
        if not reason:
            chosen.append(axiom)
        elif names:
            raise NotApplicableError(f"{name} cannot be checked for {mechanism.name}: {reason}")
        else:
            left_out[name] = reason
    if not names:
        rest = [name for name in load_axioms() if name not in CHECKED]
        left_out.update(dict.fromkeys(rest, "not checked on multisets of types"))
    some, population = first_profile(mechanism), mechanism.population
    votes = tuple(axiom.name for axiom in chosen if by_situations(axiom, some, population, options))
    return SymmetricSelection(tuple(chosen), left_out, votes)


def reason_left_out(axiom: Axiom, mechanism: SymmetricMechanism, options: SymmetricOptions) -> str:
    """Why an axiom cannot be checked for a symmetric mechanism.

    Parameters
    ----------
    axiom : Axiom
    mechanism : SymmetricMechanism
    options : SymmetricOptions

    Returns
    -------
    str
        "" if it can.
    """
    if axiom.name not in CHECKED:
        return f"it is not checked on multisets of types; those are {', '.join(CHECKED)}"
    some = first_profile(mechanism)
    reason = axiom.reason_not_applicable(_like(mechanism, some, axiom))
    if reason:
        return reason
    fewest = axiom.min_coalition_size(some)
    if options.largest is not None and options.largest < fewest:
        return f"it is about coalitions of {fewest} agents, and --max-coalition leaves out all of them"
    if mechanism.lotteries and isinstance(axiom, Efficient) and not _divisible(mechanism):
        return "lotteries over goods without a given supply have no total to compare with"
    return reason_too_long(axiom, some, mechanism.population, options)


def reason_too_long(axiom: Axiom, some: ListedProfiles, population: Population, options: SymmetricOptions) -> str:
    """Why the pairs of multisets of an axiom are too many to be looked at.

    Parameters
    ----------
    axiom : Axiom
    some : ListedProfiles
        The mechanism at any profile.
    population : Population
    options : SymmetricOptions

    Returns
    -------
    str
        "" if they are not.
    """
    spent = nanoseconds_of(axiom, some, population, options)
    if spent > options.budget and not by_situations(axiom, some, population, options):
        pairs = pairs_between(population, *bounds_of(axiom, some, options))
        return (
            f"{big(pairs)} pairs of multisets would take {expected_time(spent)} on one core; "
            "use --max-coalition, or --out DIR for a long run"
        )
    return ""


def nanoseconds_of(axiom: Axiom, some: ListedProfiles, population: Population, options: SymmetricOptions) -> float:
    """Roughly what the pairs of multisets that an axiom is about take on one core, 0 for an axiom about profiles.

    Parameters
    ----------
    axiom : Axiom
    some : ListedProfiles
        The mechanism at any profile.
    population : Population
    options : SymmetricOptions

    Returns
    -------
    float
    """
    if kernel_rule(axiom) is None:
        return 0.0
    return PAIR_NANOSECONDS * pairs_between(population, *bounds_of(axiom, some, options))


def by_situations(axiom: Axiom, some: ListedProfiles, population: Population, options: SymmetricOptions) -> bool:
    """Whether an axiom has too many pairs of multisets, and is one that situations of a vote decide.

    Parameters
    ----------
    axiom : Axiom
    some : ListedProfiles
        The mechanism at any profile.
    population : Population
    options : SymmetricOptions

    Returns
    -------
    bool
    """
    many = nanoseconds_of(axiom, some, population, options) > DEFAULT_BUDGET
    return many and serves(axiom, population, options.largest)


def _like(mechanism: SymmetricMechanism, some: ListedProfiles, axiom: Axiom) -> ListedProfiles:
    """What an axiom looks at to say whether it has a meaning: the environment without lotteries for those about goods."""
    if not mechanism.lotteries or not isinstance(axiom, (Efficient, NoFreeLunch)):
        return some
    return ListedProfiles(
        mechanism.population.named, some.name, some.outcome, some.bundle, some.transfer, some.scale, notes=some.notes
    )


def _divisible(mechanism: SymmetricMechanism) -> bool:
    return mechanism.population.member.public or mechanism.population.member.supply is not None


def bounds_of(axiom: Axiom, some: ListedProfiles, options: SymmetricOptions) -> SizeBounds:
    """The sizes of coalitions that an axiom looks at.

    Parameters
    ----------
    axiom : Axiom
        One about coalitions.
    some : ListedProfiles
        The mechanism at any profile.
    options : SymmetricOptions

    Returns
    -------
    SizeBounds
    """
    if isinstance(axiom, CoalitionalAxiom):
        return axiom.bounds(some, options.largest)
    return SizeBounds(1, largest_coalition(some.environment.agents, options.largest))


def pairs_between(population: Population, smallest: int, largest: int) -> int:
    """How many pairs (outsiders, coalition) of multisets have coalitions of some sizes.

    Parameters
    ----------
    population : Population
    smallest, largest : int
        Numbers of members.

    Returns
    -------
    int
        Exact, of any size.
    """
    n, kinds = population.agents, len(population.types)
    if (smallest, largest) == (1, n):
        return pair_count(n, kinds)
    return sum(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in range(smallest, largest + 1))
