"""Procurement mechanisms: suppliers whose types are strictly increasing tuples of marginal costs.

Outcomes are (quantities, transfers). All agents have the same types, and all types the same number of units.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Literal

from oracle.plain import Number, Outcome, Plain, Profile, profiles

Marginals = tuple[Number, ...]
# L: the largest optimal quantity; S: the smallest.
Tie = Literal["L", "S"]


def cost(marginals: Marginals, quantity: int) -> Number:
    """The cost of the first ``quantity`` units."""
    return sum(marginals[:quantity])


def optimal_quantity(marginals: Marginals, price: Number, tie: Tie) -> int:
    """The largest (L) or smallest (S) quantity that maximises price times quantity minus cost."""
    profit = {q: price * q - cost(marginals, q) for q in range(len(marginals) + 1)}
    optima = [q for q in profit if profit[q] == max(profit.values())]
    return max(optima) if tie == "L" else min(optima)


def supply(
    types: Sequence[Marginals],
    n: int,
    outcome: Callable[[Profile], Outcome],
) -> Plain:
    """The mechanism of n suppliers with these types and ``outcome(reported type indices)``."""

    def utility(i: int, k: int, reached: Outcome) -> Number:
        quantities, transfers = reached
        profit: Number = transfers[i] - cost(types[k], quantities[i])
        return profit

    sizes = (len(types),) * n
    return Plain(sizes, {profile: outcome(profile) for profile in profiles(sizes)}, utility)


def at_price(reports: Sequence[Marginals], price: Number, tie: Tie) -> Outcome:
    """Everybody supplies an optimum at the price and is paid the price for each unit."""
    quantities = tuple(optimal_quantity(report, price, tie) for report in reports)
    return quantities, tuple(price * q for q in quantities)


def fixed_price(
    types: Sequence[Marginals],
    n: int,
    price: Number,
    tie: Tie,
    lumps: Sequence[Number] | None = None,
) -> Plain:
    """The price does not depend on the reports; ``lumps`` are added to the transfers (none unless given)."""

    def outcome(profile: Profile) -> Outcome:
        reports = [types[k] for k in profile]
        quantities, transfers = at_price(reports, price, tie)
        extra = lumps if lumps is not None else [0] * n
        return quantities, tuple(t + lump for t, lump in zip(transfers, extra, strict=True))

    return supply(types, n, outcome)


def uniform_price(
    types: Sequence[Marginals],
    n: int,
    price_of: Callable[[Profile], Number],
    tie: Tie,
) -> Plain:
    """The price is ``price_of`` the sorted tuple of the reported type indices."""

    def outcome(profile: Profile) -> Outcome:
        return at_price([types[k] for k in profile], price_of(tuple(sorted(profile))), tie)

    return supply(types, n, outcome)


def price_index(reports: Sequence[Marginals], prices: Sequence[Number]) -> int:
    """The largest m such that exactly m agents accept p(m); ``prices`` are p(0) = 0, p(1), ..., p(n)."""
    accepting = [sum(1 for report in reports if report[0] <= price) for price in prices]
    return max(m for m in range(len(prices)) if accepting[m] == m)


def n_price(types: Sequence[Marginals], n: int, prices: Sequence[Number], tie: Tie) -> Plain:
    """The n-price mechanism (Definition 2.8) with ``prices`` p(1) <= ... <= p(n)."""
    if len(prices) != n or list(prices) != sorted(prices):
        raise ValueError("an n-price mechanism needs n weakly increasing prices")
    with_zero = [0, *prices]

    def outcome(profile: Profile) -> Outcome:
        reports = [types[k] for k in profile]
        return at_price(reports, with_zero[price_index(reports, with_zero)], tie)

    return supply(types, n, outcome)


def cheapest_split(reports: Sequence[Marginals], units: int) -> tuple[int, ...]:
    """The split of so many units with the least total cost; among equals the lexicographically largest."""
    possible = product(*(range(len(report) + 1) for report in reports))
    splits = [split for split in possible if sum(split) == units]
    least = min(split_cost(reports, split) for split in splits)
    return max(split for split in splits if split_cost(reports, split) == least)


def split_cost(reports: Sequence[Marginals], split: Sequence[int]) -> Number:
    """The total cost of a split."""
    return sum(cost(report, q) for report, q in zip(reports, split, strict=True))


def vcg_target(types: Sequence[Marginals], n: int, units: int) -> Plain:
    """VCG for a target of so many units, which any n - 1 agents must be able to supply."""

    def outcome(profile: Profile) -> Outcome:
        reports = [types[k] for k in profile]
        quantities = cheapest_split(reports, units)
        transfers = []
        for i in range(n):
            others = [report for j, report in enumerate(reports) if j != i]
            without = split_cost(others, cheapest_split(others, units))
            transfers.append(without - (split_cost(reports, quantities) - cost(reports[i], quantities[i])))
        return quantities, tuple(transfers)

    return supply(types, n, outcome)


def second_price_reverse(costs: Sequence[Number], n: int) -> Plain:
    """The second-price reverse auction for one unit; ties to the lowest index."""
    return vcg_target([(c,) for c in costs], n, 1)


def multi_unit_second_price(types: Sequence[Marginals], n: int, tie: Tie) -> Plain:
    """The lowest first-unit cost (first index) supplies an optimum at the second-lowest first-unit cost."""

    def outcome(profile: Profile) -> Outcome:
        reports = [types[k] for k in profile]
        first_costs = [report[0] for report in reports]
        winner = first_costs.index(min(first_costs))
        price = sorted(first_costs)[1]
        quantity = optimal_quantity(reports[winner], price, tie)
        quantities = tuple(quantity if i == winner else 0 for i in range(n))
        return quantities, tuple(price * q for q in quantities)

    return supply(types, n, outcome)
