"""Mechanisms for one indivisible good: second price, first price, posted price, and the top-value mechanism.

Outcomes are (bundles, transfers); a bundle is 1 for the winner and 0 otherwise; payments are negative.
"""

from collections.abc import Callable, Sequence

from oracle.plain import Number, Outcome, Plain, Profile, profiles


def sale(n: int, winner: int | None, price: Number, compensation: Number = 0) -> Outcome:
    """The winner pays the price and each loser receives the compensation; no winner, no money."""
    if winner is None:
        return (0,) * n, (0,) * n
    bundles = tuple(1 if i == winner else 0 for i in range(n))
    return bundles, tuple(-price if i == winner else compensation for i in range(n))


def single_good(values: Sequence[Number], n: int, outcome: Callable[[Sequence[Number]], Outcome]) -> Plain:
    """The mechanism of n agents with a common value set who get ``outcome(reported values)``."""

    def utility(i: int, k: int, reached: Outcome) -> Number:
        bundles, transfers = reached
        worth: Number = values[k] * bundles[i] + transfers[i]
        return worth

    sizes = (len(values),) * n

    def at(profile: Profile) -> Outcome:
        return outcome([values[k] for k in profile])

    return Plain(sizes, {profile: at(profile) for profile in profiles(sizes)}, utility)


def highest_bidder(reports: Sequence[Number]) -> int:
    """The lowest index among those who report the maximum."""
    return min(i for i, report in enumerate(reports) if report == max(reports))


def second_price(values: Sequence[Number], n: int, reserve: Number | None = None) -> Plain:
    """Sold iff the highest report reaches the reserve, at the larger of second highest report and reserve."""

    def outcome(reports: Sequence[Number]) -> Outcome:
        winner = highest_bidder(reports)
        if reserve is None:
            return sale(n, winner, sorted(reports)[-2])
        if reports[winner] < reserve:
            return sale(n, None, 0)
        return sale(n, winner, max([reserve, *sorted(reports)[:-1]]))

    return single_good(values, n, outcome)


def first_price(values: Sequence[Number], n: int, reserve: Number | None = None) -> Plain:
    """Sold iff the highest report reaches the reserve; the winner pays his report."""

    def outcome(reports: Sequence[Number]) -> Outcome:
        winner = highest_bidder(reports)
        if reserve is not None and reports[winner] < reserve:
            return sale(n, None, 0)
        return sale(n, winner, reports[winner])

    return single_good(values, n, outcome)


def posted_price(values: Sequence[Number], n: int, price: Number, accept_equal: bool) -> Plain:
    """The price is offered to the agents in turn; a report equal to it accepts iff ``accept_equal``."""

    def outcome(reports: Sequence[Number]) -> Outcome:
        for i, report in enumerate(reports):
            if report > price or (accept_equal and report == price):
                return sale(n, i, price)
        return sale(n, None, 0)

    return single_good(values, n, outcome)


def top_value_mechanism(values: Sequence[Number], n: int, price: Number) -> Plain:
    """Sold iff somebody reports the top value: the first to do so pays the price, losers get top - price."""
    top = max(values)

    def outcome(reports: Sequence[Number]) -> Outcome:
        if top not in reports:
            return sale(n, None, 0)
        return sale(n, highest_bidder(reports), price, top - price)

    return single_good(values, n, outcome)
