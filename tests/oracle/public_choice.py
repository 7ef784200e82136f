"""Public choice on a payoff table u[agent][type][alternative]: efficient choice, Clarke's VCG, AGV.

Outcomes are (alternative, transfers).
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import product

from oracle.plain import Number, Outcome, Plain, Profile, profiles

Payoffs = Sequence[Sequence[Sequence[Number]]]
Prior = Sequence[Sequence[Number]]
Transfers = Callable[[Profile], tuple[Number, ...]]


def sizes_of(u: Payoffs) -> tuple[int, ...]:
    """The numbers of types."""
    return tuple(len(table) for table in u)


def efficient_alternative(u: Payoffs, profile: Profile) -> int:
    """The first alternative with the greatest total payoff."""
    welfare = [sum(u[i][k][s] for i, k in enumerate(profile)) for s in range(len(u[0][0]))]
    return welfare.index(max(welfare))


def value_at_truth(u: Payoffs, i: int, profile: Profile) -> Number:
    """U_i: the payoff of agent i, without transfers, when the profile is true and reported."""
    return u[i][profile[i]][efficient_alternative(u, profile)]


def expectation(
    f: Callable[[Profile], Number],
    agents: Iterable[int],
    profile: Profile,
    prior: Prior,
) -> Fraction:
    """E_J f, J = ``agents``: the expectation of f over their types, the others being as in the profile."""
    integrated = set(agents)
    choices = [range(len(prior[i])) if i in integrated else [k] for i, k in enumerate(profile)]
    total = Fraction(0)
    for point in product(*choices):
        weight = Fraction(1)
        for i in integrated:
            weight *= prior[i][point[i]]
        total += weight * f(point)
    return total


def with_transfers(u: Payoffs, transfers: Transfers) -> Plain:
    """The mechanism that takes the efficient alternative and pays ``transfers(reports)``."""

    def utility(i: int, k: int, reached: Outcome) -> Number:
        alternative, received = reached
        payoff: Number = u[i][k][alternative] + received[i]
        return payoff

    sizes = sizes_of(u)
    table = {profile: (efficient_alternative(u, profile), transfers(profile)) for profile in profiles(sizes)}
    return Plain(sizes, table, utility)


def clarke_transfers(u: Payoffs) -> Transfers:
    """What the others get minus the most that they could get from any alternative."""

    def transfers(profile: Profile) -> tuple[Number, ...]:
        chosen = efficient_alternative(u, profile)

        def others(i: int, s: int) -> Number:
            return sum(u[j][k][s] for j, k in enumerate(profile) if j != i)

        best = [max(others(i, s) for s in range(len(u[0][0]))) for i in range(len(u))]
        return tuple(others(i, chosen) - best[i] for i in range(len(u)))

    return transfers


def agv_transfers(u: Payoffs, prior: Prior) -> Transfers:
    """Each gets what the others expect given his type, less the mean of what the others get."""
    n = len(u)

    def externality(i: int, profile: Profile) -> Fraction:
        def others(point: Profile) -> Number:
            return sum(value_at_truth(u, j, point) for j in range(n) if j != i)

        return expectation(others, [j for j in range(n) if j != i], profile, prior)

    def transfers(profile: Profile) -> tuple[Number, ...]:
        g = [externality(i, profile) for i in range(n)]
        return tuple(g[i] - Fraction(sum(g) - g[i], n - 1) for i in range(n))

    return transfers


def efficient_choice(u: Payoffs) -> Plain:
    """The efficient alternative without transfers."""
    return with_transfers(u, lambda _profile: (0,) * len(u))


def clarke(u: Payoffs) -> Plain:
    """VCG with Clarke's pivot transfers."""
    return with_transfers(u, clarke_transfers(u))


def agv(u: Payoffs, prior: Prior) -> Plain:
    """The mechanism of d'Aspremont and Gerard-Varet with equal refunds."""
    return with_transfers(u, agv_transfers(u, prior))
