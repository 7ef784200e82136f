"""Environments for the Bayesian tests: airlines, public good, single object, and seeded random ones."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from oracle.bayes import Environment
from oracle.plain import Number
from oracle.public_choice import Payoffs


def uniform(n: int, types: int) -> list[list[Fraction]]:
    """The uniform prior of n agents with this many types."""
    return [[Fraction(1, types)] * types for _ in range(n)]


def airline(overbooked_a: Fraction) -> Environment:
    """Three airlines, overbooked on route 0 with this probability, else on route 1; one may carry the others.

    The alternatives are: nobody; then for each airline and route, that airline carries others on that route.
    """

    def payoff(i: int, k: int, alternative: int) -> int:
        if alternative == 0:
            return 0
        helper, route = divmod(alternative - 1, 2)
        if helper == i:
            return -100 if route == k else -3
        return 2 if route == k else 0

    u = [[[payoff(i, k, s) for s in range(7)] for k in range(2)] for i in range(3)]
    return Environment(u, [[overbooked_a, 1 - overbooked_a]] * 3)


def public_good(values: Sequence[Number], n: int, cost: Number) -> Environment:
    """Not built or built; built is worth the value less an equal share of the cost; uniform prior."""
    share = Fraction(cost, n)
    u: Payoffs = [[[0, value - share] for value in values] for _ in range(n)]
    return Environment(u, uniform(n, len(values)))


def single_object(values: Sequence[Number], n: int) -> Environment:
    """Alternative s: agent s gets the object, which is always allotted; uniform prior."""
    u: Payoffs = [[[value if s == i else 0 for s in range(n)] for value in values] for i in range(n)]
    return Environment(u, uniform(n, len(values)))


def draws(seed: int) -> Iterator[int]:
    """The linear congruential generator z <- (1103515245 z + 12345) mod 2^31, without its 16 lowest bits."""
    z = seed
    while True:
        z = (1103515245 * z + 12345) % 2**31
        yield z >> 16


def random_environment(seed: int, n: int, types: int, m: int) -> Environment:
    """Random(seed, n, K, m) with K = ``types``: payoffs in -5..10, then prior weights in 1..4."""
    stream = draws(seed)
    u = [[[next(stream) % 16 - 5 for _ in range(m)] for _ in range(types)] for _ in range(n)]
    prior = []
    for _ in range(n):
        weights = [1 + next(stream) % 4 for _ in range(types)]
        prior.append([Fraction(weight, sum(weights)) for weight in weights])
    return Environment(u, prior)
