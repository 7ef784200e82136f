"""Coalition-proof Bayesian implementation (Safronov): transfers, coalition tests, conditions and equilibria.

The first efficient alternative is taken. A coalition is one player: it pools its types and maximises the sum
of its utilities.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import factorial

from oracle.plain import (
    Coalition,
    JointReport,
    Number,
    Profile,
    coalitions,
    joint_reports,
    profiles,
    replace,
    restrict,
)
from oracle.public_choice import (
    Payoffs,
    Prior,
    Transfers,
    agv_transfers,
    clarke_transfers,
    efficient_alternative,
    expectation,
    sizes_of,
    value_at_truth,
)

# (coalition, its true types, its joint report, its expected gain).
Deviation = tuple[Coalition, JointReport, JointReport, Fraction]
TransferTable = dict[Profile, tuple[Number, ...]]
Partition = Sequence[Coalition]
# For each joint type of a block, in lexicographic order, the joint report.
Strategy = dict[JointReport, JointReport]


@dataclass(frozen=True)
class Environment:
    """Payoffs u[agent][type][alternative] and independent priors prior[agent][type]."""

    u: Payoffs
    prior: Prior

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of types."""
        return sizes_of(self.u)

    @property
    def n(self) -> int:
        """The number of agents."""
        return len(self.u)

    def others(self, coalition: Coalition) -> Coalition:
        """The agents outside the coalition."""
        return tuple(i for i in range(self.n) if i not in coalition)

    def value(self, i: int, profile: Profile) -> Number:
        """U_i: the payoff of agent i, without transfers, when the profile is true and reported."""
        return value_at_truth(self.u, i, profile)

    def welfare(self, profile: Profile, alternative: int) -> Number:
        """W(theta; s): the total payoff of the alternative at the true profile."""
        return sum(self.u[i][k][alternative] for i, k in enumerate(profile))

    def ex_ante(self, i: int) -> Fraction:
        """E U_i."""
        everybody = range(self.n)
        return expectation(lambda point: self.value(i, point), everybody, (0,) * self.n, self.prior)

    def probability(self, coalition: Coalition, types: JointReport) -> Fraction:
        """The probability that the members have these types."""
        weight = Fraction(1)
        for i, k in zip(coalition, types, strict=True):
            weight *= self.prior[i][k]
        return weight


def tabulate(environment: Environment, transfers: Transfers) -> TransferTable:
    """The transfers at every profile."""
    return {profile: transfers(profile) for profile in profiles(environment.sizes)}


def vcg(environment: Environment) -> TransferTable:
    """Clarke's transfers."""
    return tabulate(environment, clarke_transfers(environment.u))


def agv(environment: Environment) -> TransferTable:
    """The transfers of d'Aspremont and Gerard-Varet."""
    return tabulate(environment, agv_transfers(environment.u, environment.prior))


def shapley(environment: Environment) -> TransferTable:
    """Formula (6): x_i = E U_i - E_i U_i + Sh_i, Sh_i a weighted sum over J of (E_J a - E_{J+i} a).

    J are the agents whose types are integrated out.
    """
    n, prior = environment.n, environment.prior

    def own_type_out(i: int, profile: Profile) -> Fraction:
        return expectation(lambda point: environment.value(i, point), [i], profile, prior)

    a = {
        profile: sum((own_type_out(i, profile) for i in range(n)), Fraction(0))
        for profile in profiles(environment.sizes)
    }

    def share(i: int, profile: Profile) -> Fraction:
        total = Fraction(0)
        others = [j for j in range(n) if j != i]
        for size in range(n):
            weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
            for out in combinations(others, size):
                without = expectation(a.__getitem__, out, profile, prior)
                total += weight * (without - expectation(a.__getitem__, (*out, i), profile, prior))
        return total

    ex_ante = [environment.ex_ante(i) for i in range(n)]
    return {
        profile: tuple(ex_ante[i] - own_type_out(i, profile) + share(i, profile) for i in range(n))
        for profile in profiles(environment.sizes)
    }


def utility(environment: Environment, x: TransferTable, i: int, k: int, reported: Profile) -> Number:
    """What type k of agent i gets, transfer included, when the agents report ``reported``."""
    return environment.u[i][k][efficient_alternative(environment.u, reported)] + x[reported][i]


def coalition_value(
    environment: Environment,
    x: TransferTable,
    coalition: Coalition,
    types: JointReport,
    report: JointReport,
) -> Fraction:
    """Val(C, t_C, r_C): the expected sum of utilities of the coalition, the others being truthful."""

    def value(reported: Profile) -> Number:
        return sum(utility(environment, x, i, k, reported) for i, k in zip(coalition, types, strict=True))

    start = replace((0,) * environment.n, coalition, report)
    return expectation(value, environment.others(coalition), start, environment.prior)


def deviations(environment: Environment, x: TransferTable) -> Iterator[Deviation]:
    """Every (coalition, types, report, expected gain), in that order, the truthful report included."""
    for coalition in coalitions(environment.n):
        for types in joint_reports(environment.sizes, coalition):
            truth = coalition_value(environment, x, coalition, types, types)
            for report in joint_reports(environment.sizes, coalition):
                yield (
                    coalition,
                    types,
                    report,
                    coalition_value(environment, x, coalition, types, report) - truth,
                )


def coalition_proof(environment: Environment, x: TransferTable) -> list[Deviation]:
    """Definition 1: the profitable deviations, in order."""
    return [deviation for deviation in deviations(environment, x) if deviation[3] > 0]


def largest_gain(environment: Environment, x: TransferTable, size: int | None = None) -> Fraction:
    """The largest expected gain of a coalition (of this size, if given); truth makes it at least 0."""
    gains = [(len(coalition), gain) for coalition, _, _, gain in deviations(environment, x)]
    return max(gain for members, gain in gains if size is None or members == size)


def first_best_deviation(environment: Environment, x: TransferTable) -> Deviation | None:
    """The first deviation with the largest gain: coalitions by size, then types, then report."""
    found = coalition_proof(environment, x)
    best = max((gain for _, _, _, gain in found), default=Fraction(0))
    return next((deviation for deviation in found if deviation[3] == best), None)


def dominance_violations(
    environment: Environment,
    x: TransferTable,
) -> set[tuple[Profile, Coalition, JointReport]]:
    """(profile, coalition, report) by which the coalition gains in all, the others reporting the profile."""
    found = set()
    for profile in profiles(environment.sizes):
        for coalition in coalitions(environment.n):
            for report in joint_reports(environment.sizes, coalition):
                reported = replace(profile, coalition, report)
                lie = sum(utility(environment, x, i, profile[i], reported) for i in coalition)
                if lie > sum(utility(environment, x, i, profile[i], profile) for i in coalition):
                    found.add((profile, coalition, report))
    return found


def condition_1(environment: Environment, x: TransferTable) -> set[Profile]:
    """Profiles at which the transfers do not sum to zero."""
    return {profile for profile in profiles(environment.sizes) if sum(x[profile]) != 0}


def condition_2(environment: Environment, x: TransferTable) -> dict[Coalition, set[Fraction]]:
    """For each proper coalition C, over its reports, the values of E_-C [sum_C x_i - sum_{j not in C} U_j].

    The condition holds iff there is one value for each coalition.
    """
    values: dict[Coalition, set[Fraction]] = {}
    for coalition in coalitions(environment.n, 1, environment.n - 1):
        outside = environment.others(coalition)

        def difference(
            point: Profile,
            coalition: Coalition = coalition,
            outside: Coalition = outside,
        ) -> Number:
            return sum(x[point][i] for i in coalition) - sum(environment.value(j, point) for j in outside)

        reports = joint_reports(environment.sizes, coalition)
        starts = [replace((0,) * environment.n, coalition, report) for report in reports]
        values[coalition] = {expectation(difference, outside, start, environment.prior) for start in starts}
    return values


def condition_3(environment: Environment, x: TransferTable) -> list[set[Fraction]]:
    """For each i, the values over the others' types of E_i [x_i + U_i]; the condition: one value each."""

    def own(i: int, profile: Profile) -> Fraction:
        def utility_at_truth(point: Profile) -> Number:
            return x[point][i] + environment.value(i, point)

        return expectation(utility_at_truth, [i], profile, environment.prior)

    return [{own(i, profile) for profile in profiles(environment.sizes)} for i in range(environment.n)]


def guarantees(environment: Environment, x: TransferTable) -> dict[Coalition, set[Fraction]]:
    """For each proper coalition C, over fixed reports of the others, the values of E_C sum_C (U_i + x_i).

    Proposition 3 says that the only value is the sum of the ex ante payoffs of the coalition.
    """
    values: dict[Coalition, set[Fraction]] = {}
    for coalition in coalitions(environment.n, 1, environment.n - 1):

        def total(point: Profile, coalition: Coalition = coalition) -> Number:
            return sum(environment.value(i, point) + x[point][i] for i in coalition)

        fixed = profiles(environment.sizes)
        values[coalition] = {expectation(total, coalition, start, environment.prior) for start in fixed}
    return values


def strategies(environment: Environment, block: Coalition) -> Iterator[Strategy]:
    """All maps from joint types of the block to its joint reports."""
    points = list(joint_reports(environment.sizes, block))
    for choice in product(points, repeat=len(points)):
        yield dict(zip(points, choice, strict=True))


def reports_of(partition: Partition, play: Sequence[Strategy], profile: Profile) -> Profile:
    """What the blocks report at the true profile."""
    reported = profile
    for block, strategy in zip(partition, play, strict=True):
        reported = replace(reported, block, strategy[restrict(profile, block)])
    return reported


def block_payoff(
    environment: Environment,
    x: TransferTable,
    block: Coalition,
    types: JointReport,
    report: JointReport,
    outside: dict[Profile, Fraction],
) -> Fraction:
    """Expected sum of utilities of the block with these types and this report.

    ``outside`` is the distribution of the profiles that the others report (entries of the block are ignored).
    """
    total = Fraction(0)
    for others, weight in outside.items():
        reported = replace(others, block, report)
        together = [utility(environment, x, i, k, reported) for i, k in zip(block, types, strict=True)]
        total += weight * sum(together)
    return total


def is_equilibrium(
    environment: Environment,
    x: TransferTable,
    partition: Partition,
    play: Sequence[Strategy],
) -> bool:
    """Whether each joint type of positive probability of each block best-responds to the other blocks."""
    for block, strategy in zip(partition, play, strict=True):
        outside: dict[Profile, Fraction] = {}
        others = environment.others(block)
        for types in joint_reports(environment.sizes, others):
            profile = replace((0,) * environment.n, others, types)
            reported = replace(reports_of(partition, play, profile), block, (0,) * len(block))
            outside[reported] = outside.get(reported, Fraction(0)) + environment.probability(others, types)
        for types in joint_reports(environment.sizes, block):
            if environment.probability(block, types) == 0:
                continue
            own = block_payoff(environment, x, block, types, strategy[types], outside)
            for report in joint_reports(environment.sizes, block):
                if block_payoff(environment, x, block, types, report, outside) > own:
                    return False
    return True


def equilibria(
    environment: Environment,
    x: TransferTable,
    partition: Partition,
) -> list[tuple[Strategy, ...]]:
    """All pure Bayesian equilibria of the game whose players are the blocks of the partition."""
    return [
        play
        for play in product(*(list(strategies(environment, block)) for block in partition))
        if is_equilibrium(environment, x, partition, play)
    ]


def is_efficient(environment: Environment, partition: Partition, play: Sequence[Strategy]) -> bool:
    """Whether the reports lead to the greatest welfare at every profile of positive probability."""
    for profile in profiles(environment.sizes):
        chosen = efficient_alternative(environment.u, reports_of(partition, play, profile))
        best = environment.welfare(profile, efficient_alternative(environment.u, profile))
        positive = environment.probability(tuple(range(environment.n)), profile) > 0
        if positive and environment.welfare(profile, chosen) != best:
            return False
    return True


def expected_surplus(environment: Environment, partition: Partition, play: Sequence[Strategy]) -> Fraction:
    """The expected welfare of a strategy profile."""

    def surplus(profile: Profile) -> Number:
        reported = reports_of(partition, play, profile)
        return environment.welfare(profile, efficient_alternative(environment.u, reported))

    return expectation(surplus, range(environment.n), (0,) * environment.n, environment.prior)


def block_surplus(
    environment: Environment,
    x: TransferTable,
    partition: Partition,
    play: Sequence[Strategy],
) -> list[Fraction]:
    """The expected sum of utilities of each block."""

    def payoff(i: int, profile: Profile) -> Number:
        return utility(environment, x, i, profile[i], reports_of(partition, play, profile))

    def expected(i: int) -> Fraction:
        everybody = range(environment.n)
        return expectation(lambda point: payoff(i, point), everybody, (0,) * environment.n, environment.prior)

    return [sum((expected(i) for i in block), Fraction(0)) for block in partition]
