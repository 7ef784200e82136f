"""Voting on strict orders: dictatorship, plurality, Borda and generalised medians.

Types are orders (tuples of alternatives 0..m-1, best first), the same for all voters; an outcome is an
alternative; its utility is the number of alternatives that the voter ranks below it.
"""

from collections.abc import Callable, Sequence
from itertools import permutations

from oracle.plain import Outcome, Plain, Profile, profiles

Order = tuple[int, ...]


def all_orders(m: int) -> list[Order]:
    """All strict orders of m alternatives, lexicographically."""
    return list(permutations(range(m)))


def is_single_peaked(order: Order) -> bool:
    """Whether, for every r, the r best alternatives are neighbours on the line 0, 1, ..., m-1."""
    return all(max(order[:r]) - min(order[:r]) == r - 1 for r in range(1, len(order) + 1))


def single_peaked_orders(m: int) -> list[Order]:
    """All single-peaked orders on the line 0, 1, ..., m-1, lexicographically."""
    return [order for order in all_orders(m) if is_single_peaked(order)]


def score(order: Order, alternative: int) -> int:
    """The number of alternatives ranked below this one."""
    return len(order) - 1 - order.index(alternative)


def vote(orders: Sequence[Order], n: int, choice: Callable[[Sequence[Order]], int]) -> Plain:
    """The rule by which n voters who report orders get ``choice(reports)``."""

    def utility(_i: int, k: int, alternative: Outcome) -> int:
        return score(orders[k], alternative)

    sizes = (len(orders),) * n

    def at(profile: Profile) -> Outcome:
        return choice([orders[k] for k in profile])

    return Plain(sizes, {profile: at(profile) for profile in profiles(sizes)}, utility)


def dictatorship(orders: Sequence[Order], n: int, dictator: int) -> Plain:
    """The dictator's best alternative."""
    return vote(orders, n, lambda reports: reports[dictator][0])


def plurality(orders: Sequence[Order], n: int) -> Plain:
    """The alternative that is best for most voters; ties to the lowest index."""

    def choice(reports: Sequence[Order]) -> int:
        tops = [sum(1 for report in reports if report[0] == a) for a in range(len(orders[0]))]
        return tops.index(max(tops))

    return vote(orders, n, choice)


def borda(orders: Sequence[Order], n: int) -> Plain:
    """The alternative with the greatest total score; ties to the lowest index."""

    def choice(reports: Sequence[Order]) -> int:
        totals = [sum(score(report, a) for report in reports) for a in range(len(orders[0]))]
        return totals.index(max(totals))

    return vote(orders, n, choice)


def generalised_median(orders: Sequence[Order], n: int, phantoms: Sequence[int]) -> Plain:
    """The median of the voters' peaks and the phantoms, which together must be odd in number."""
    if (n + len(phantoms)) % 2 == 0:
        raise ValueError("peaks and phantoms together must be odd in number")

    def choice(reports: Sequence[Order]) -> int:
        points = sorted([*(report[0] for report in reports), *phantoms])
        return points[len(points) // 2]

    return vote(orders, n, choice)
