"""Axioms without reallocation: for each the exact collection of its violations on a plain mechanism."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, permutations
from typing import Literal

from oracle.plain import (
    Coalition,
    JointReport,
    Number,
    Outcome,
    Plain,
    Profile,
    coalitions,
    joint_reports,
    replace,
    restrict,
    transfers_of,
)

# strong: no member loses, one gains. weak: every member gains. self-enforcing: strong, and each member's
# agreed report is a best reply. indifferent: strong, and each member gets from the agreed report just what
# the truth would give him once the others lie (footnote 5 of the bilateral-trade chapter).
Kind = Literal["strong", "weak", "self-enforcing", "indifferent"]
Triple = tuple[Profile, Coalition, JointReport]
Witness = tuple[Profile, Coalition, JointReport, tuple[Number, ...]]
Members = tuple[int, int]


def member_gains(
    plain: Plain,
    profile: Profile,
    coalition: Coalition,
    report: JointReport,
) -> tuple[Number, ...]:
    """The gains of the members, in their order, from sending ``report`` at the true ``profile``."""
    reported = replace(profile, coalition, report)
    return tuple(plain.gain(i, profile, reported) for i in coalition)


def lone_switches(plain: Plain, profile: Profile, i: int, reported: Profile) -> Iterator[Number]:
    """What agent i would get from each of his reports, the others sending what they send in ``reported``."""
    return (plain.payoff(i, profile, replace(reported, (i,), (k,))) for k in range(plain.sizes[i]))


def best_replies(plain: Plain, profile: Profile, coalition: Coalition, report: JointReport) -> bool:
    """Whether no member of the coalition gains by a lone switch away from the agreed report."""
    reported = replace(profile, coalition, report)
    return all(
        plain.payoff(i, profile, reported) >= other
        for i in coalition
        for other in lone_switches(plain, profile, i, reported)
    )


def indifferent_to_truth(plain: Plain, profile: Profile, coalition: Coalition, report: JointReport) -> bool:
    """Whether each member, the others lying as agreed, is indifferent between lying and the truth."""
    reported = replace(profile, coalition, report)
    return all(
        plain.payoff(i, profile, reported) == plain.payoff(i, profile, replace(reported, (i,), (profile[i],)))
        for i in coalition
    )


def upsets(plain: Plain, kind: Kind, profile: Profile, coalition: Coalition, report: JointReport) -> bool:
    """Whether the joint report violates the axiom ``kind`` at ``profile``; only members' gains count."""
    gains = member_gains(plain, profile, coalition, report)
    if kind == "weak":
        return all(gain > 0 for gain in gains)
    if not (all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains)):
        return False
    if kind == "self-enforcing":
        return best_replies(plain, profile, coalition, report)
    if kind == "indifferent":
        return indifferent_to_truth(plain, profile, coalition, report)
    return True


def each_triple(plain: Plain, kind: Kind, largest: int | None = None, grand: bool = False) -> Iterator[Triple]:
    """All violating (profile, coalition, joint report), one by one; ``grand``: only the coalition of all agents.

    The truthful joint report gains nothing and so is never among them.
    """
    smallest = plain.n if grand else 1
    for profile in plain.profiles():
        for coalition in coalitions(plain.n, smallest, largest):
            for report in joint_reports(plain.sizes, coalition):
                if upsets(plain, kind, profile, coalition, report):
                    yield profile, coalition, report


def triples(plain: Plain, kind: Kind, largest: int | None = None, grand: bool = False) -> set[Triple]:
    """The violations of ``each_triple``, all of them."""
    return set(each_triple(plain, kind, largest, grand))


def violations(
    plain: Plain,
    kind: Kind,
    largest: int | None = None,
    grand: bool = False,
) -> set[tuple[Profile, Coalition]]:
    """All violating (profile, coalition): some joint report of the coalition upsets the mechanism there."""
    return {(profile, coalition) for profile, coalition, _ in triples(plain, kind, largest, grand)}


def strategy_proof(plain: Plain) -> set[tuple[Profile, Coalition]]:
    """(profile, (i,)) such that agent i alone gains by some misreport."""
    return violations(plain, "strong", largest=1)


def group_strategy_proof(plain: Plain, largest: int | None = None) -> set[tuple[Profile, Coalition]]:
    """(profile, coalition) such that some joint report of the coalition hurts no member and helps one."""
    return violations(plain, "strong", largest)


def weakly_group_strategy_proof(plain: Plain, largest: int | None = None) -> set[tuple[Profile, Coalition]]:
    """(profile, coalition) such that some joint report of the coalition helps every member."""
    return violations(plain, "weak", largest)


def self_enforcing_group_strategy_proof(
    plain: Plain,
    largest: int | None = None,
) -> set[tuple[Profile, Coalition]]:
    """(profile, coalition) such that a joint report hurts no member, helps one, and is a best reply."""
    return violations(plain, "self-enforcing", largest)


def collusion_proof(plain: Plain, kind: Kind = "strong") -> set[tuple[Profile, Coalition]]:
    """(profile, all agents) such that some profile of reports hurts nobody and helps somebody."""
    return violations(plain, kind, grand=True)


def profile_pairs(plain: Plain, kind: Kind, largest: int | None = None) -> set[tuple[Profile, Profile]]:
    """Ordered (truth, announced) such that the agents who differ violate, with truthful others if need be.

    For ``strong``: nobody who differs loses, and some agent, whether he differs or not, gains.
    For ``weak``: all who differ gain.
    """
    found = set()
    for profile in plain.profiles():
        for reported in plain.profiles():
            liars = {i for i in range(plain.n) if profile[i] != reported[i]}
            every = coalitions(plain.n, max(1, len(liars)), largest)
            larger = [coalition for coalition in every if liars <= set(coalition)]
            if any(upsets(plain, kind, profile, who, restrict(reported, who)) for who in larger):
                found.add((profile, reported))
    return found


def best_witness(plain: Plain, kind: Kind, largest: int | None = None, grand: bool = False) -> Witness | None:
    """The violation shown: largest total gain, then smaller coalition, agents, profile, report in order."""

    def order(triple: Triple) -> tuple[Number, int, Coalition, Profile, JointReport]:
        profile, coalition, report = triple
        return (
            -sum(member_gains(plain, profile, coalition, report)),
            len(coalition),
            coalition,
            profile,
            report,
        )

    found = triples(plain, kind, largest, grand)
    if not found:
        return None
    profile, coalition, report = min(found, key=order)
    return profile, coalition, report, member_gains(plain, profile, coalition, report)


def transfer_of(i: int, outcome: Outcome) -> Number:
    """The money received by agent i at an outcome that is a pair (bundles, transfers)."""
    return transfers_of(outcome)[i]


def allocation_of(i: int, outcome: Outcome) -> tuple[Outcome, Number]:
    """Bundle and transfer of agent i at an outcome that is a pair (bundles, transfers)."""
    return outcome[0][i], transfer_of(i, outcome)


def individually_rational(
    plain: Plain,
    outside: Callable[[int, int], Number] | None = None,
) -> set[tuple[Profile, int]]:
    """(profile, i) such that agent i gets less than ``outside(i, type)``, which is 0 unless given."""
    return {
        (profile, i)
        for profile in plain.profiles()
        for i in range(plain.n)
        if plain.truthful(i, profile) < (0 if outside is None else outside(i, profile[i]))
    }


def budget_balanced(
    plain: Plain,
    transfers: Callable[[Outcome], Iterable[Number]] = transfers_of,
) -> set[Profile]:
    """Profiles at which the transfers do not sum to zero."""
    return {profile for profile in plain.profiles() if sum(transfers(plain.table[profile])) != 0}


def no_deficit(plain: Plain, transfers: Callable[[Outcome], Iterable[Number]] = transfers_of) -> set[Profile]:
    """Profiles at which the agents together receive money."""
    return {profile for profile in plain.profiles() if sum(transfers(plain.table[profile])) > 0}


def no_free_lunch(
    plain: Plain,
    receives: Callable[[int, Outcome], bool],
    transfer: Callable[[int, Outcome], Number] = transfer_of,
) -> set[tuple[Profile, int]]:
    """(profile, i) such that agent i receives goods and does not pay."""
    return {
        (profile, i)
        for profile in plain.profiles()
        for i in range(plain.n)
        if receives(i, plain.table[profile]) and transfer(i, plain.table[profile]) >= 0
    }


def non_bossy(
    plain: Plain,
    allocation: Callable[[int, Outcome], Outcome] = allocation_of,
) -> set[tuple[Profile, int]]:
    """(profile, i) such that a misreport of i leaves his own allocation unchanged and changes another's."""
    found = set()
    for profile in plain.profiles():
        for i in range(plain.n):
            for k in range(plain.sizes[i]):
                before, after = plain.table[profile], plain.table[replace(profile, (i,), (k,))]
                own_unchanged = allocation(i, before) == allocation(i, after)
                others = (j for j in range(plain.n) if j != i)
                if own_unchanged and any(allocation(j, before) != allocation(j, after) for j in others):
                    found.add((profile, i))
    return found


def no_trade_types(plain: Plain, trades: Callable[[Outcome], bool]) -> set[int]:
    """Agents without a type at which nobody trades whatever the others report."""
    return {
        i
        for i in range(plain.n)
        if not any(
            all(not trades(plain.table[profile]) for profile in plain.profiles() if profile[i] == k)
            for k in range(plain.sizes[i])
        )
    }


def symmetric(plain: Plain, weak: bool = False) -> set[tuple[Profile, Members]]:
    """(profile, (i, j)), i < j, of equal type and unequal utility; ``weak``: only where all types agree."""
    return {
        (profile, (i, j))
        for profile in plain.profiles()
        if not weak or len(set(profile)) == 1
        for i, j in combinations(range(plain.n), 2)
        if profile[i] == profile[j] and plain.truthful(i, profile) != plain.truthful(j, profile)
    }


def permutes_utilities(plain: Plain, profile: Profile, permutation: tuple[int, ...]) -> bool:
    """Whether agent i at the permuted profile gets what agent permutation[i] gets at the profile."""
    permuted = tuple(profile[permutation[i]] for i in range(plain.n))
    return all(plain.truthful(i, permuted) == plain.truthful(permutation[i], profile) for i in range(plain.n))


def anonymous(plain: Plain) -> bool:
    """Whether every permutation of every profile permutes the truthful utilities."""
    return all(
        permutes_utilities(plain, profile, permutation)
        for profile in plain.profiles()
        for permutation in permutations(range(plain.n))
    )


def anonymous_transpositions(plain: Plain) -> set[tuple[Profile, Members]]:
    """(profile, (i, j)), i < j, such that exchanging the types of i and j does not exchange the utilities."""
    found = set()
    for profile in plain.profiles():
        for i, j in combinations(range(plain.n), 2):
            exchange = replace(tuple(range(plain.n)), (i, j), (j, i))
            if not permutes_utilities(plain, profile, exchange):
                found.add((profile, (i, j)))
    return found


def envy_free(
    plain: Plain,
    value_of: Callable[[int, int, Outcome, int], Number],
) -> set[tuple[Profile, Members]]:
    """(profile, (i, j)) such that i prefers what j gets, worth ``value_of(i, type, outcome, j)`` to him."""
    return {
        (profile, (i, j))
        for profile in plain.profiles()
        for i, j in permutations(range(plain.n), 2)
        if value_of(i, profile[i], plain.table[profile], j) > plain.truthful(i, profile)
    }


def trivial(plain: Plain) -> bool:
    """Whether one constant is the truthful utility of every agent at every profile."""
    return len({plain.truthful(i, profile) for profile in plain.profiles() for i in range(plain.n)}) == 1


def efficient(
    plain: Plain,
    welfare: Callable[[Profile, Outcome], Number],
    alternatives: Iterable[Outcome],
) -> set[Profile]:
    """Profiles at which some alternative has more ``welfare(profile, alternative)`` than the outcome."""
    feasible = list(alternatives)
    return {
        profile
        for profile in plain.profiles()
        if any(welfare(profile, other) > welfare(profile, plain.table[profile]) for other in feasible)
    }
