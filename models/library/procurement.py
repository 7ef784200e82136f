"""Multi-unit procurement: fixed-price, n-price and uniform-price mechanisms, VCG for a target, second-price auctions.

Source: Hagen (2020), chapter 2. Transfers are money received; bundle q is q units supplied.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.price import (
    best,
    by_parts,
    exact_list,
    money_scale,
    require_family,
    require_ties,
    scaled_values,
)
from collude.models.numbers import Number, exact, scaled_array
from collude.models.registry import mechanism


def quantities_at(values: Sequence[np.ndarray], type_indices: np.ndarray, price: np.ndarray, ties: str) -> np.ndarray:
    """Quantities that suppliers of given types like best at given prices per unit.

    Parameters
    ----------
    values
        Per agent (units + 1, K_i) int64: minus total costs.
    type_indices
        (n, B) ints.
    price
        (B,) int64, at the scale of the values.
    ties
        "largest" or "smallest" of several optimal quantities.

    Returns
    -------
    ndarray
        (n, B) int64.
    """
    return np.stack(
        [
            best((row[reported] + price * q for q, row in enumerate(table)), ties)
            for table, reported in zip(values, type_indices, strict=True)
        ]
    )


def supply_note(ties: str) -> str:
    """What a reader of a verdict has to know of suppliers who are indifferent.

    Parameters
    ----------
    ties
        "largest" or "smallest".
    """
    return f"a supplier with two optimal quantities supplies the {ties}"


def _at_price(
    environment: Environment,
    name: str,
    prices: Sequence[Fraction],
    index_of: Callable[[np.ndarray], np.ndarray],
    ties: str,
    lumps: Sequence[Fraction] | None = None,
) -> RuleDraft:
    """Everybody supplies an optimum at the price number `index_of(type_indices)`, (B,), and gets the price per unit."""
    require_ties(ties)
    extra = lumps if lumps is not None else (Fraction(0),) * environment.agents
    scale = money_scale(environment, [*prices, *extra], max(len(bundles) for bundles in environment.bundles))
    values = scaled_values(environment, scale)
    price_list = scaled_array(prices, scale, "a price")
    lump = scaled_array(extra, scale, "a lump sum")[:, None]

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        price = price_list[index_of(type_indices)]
        quantity = quantities_at(values, type_indices, price, ties)
        return quantity, price * quantity + lump

    return RuleDraft(environment, name, by_parts(rule), scale, notes=(supply_note(ties),))


@mechanism("fixed-price", "procurement", "every supplier sells what he likes at one price that no report can change")
def fixed_price(
    environment: Environment, *, price: Number, lumps: Sequence[Number] | None = None, ties: str = "largest"
) -> RuleDraft:
    """Every supplier sells what he likes at one price that no report can change, and may get a lump sum.

    With q_i an optimal quantity at the price for the report, agent i receives price * q_i + lumps[i].

    Parameters
    ----------
    environment
        Procurement.
    price
        Per unit, at least 0.
    lumps
        One amount of money per agent; none unless given.
    ties
        "largest" or "smallest" of several optimal quantities.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, a negative price, a list of another length, or another tie rule.

    References
    ----------
    Hagen (2020), Definition 2.6.

    Examples
    --------
    >>> import collude as co
    >>> market = fixed_price(co.procurement(2, [1, 2, 3], units=2), price="5/2")
    >>> market.show_outcome(market.outcome_at((0, 2))).bundles
    ((2,), (1,))
    """
    require_family(environment, "procurement", "fixed-price")
    asked = exact(price, "the price")
    if asked < 0:
        raise InputError(f"fixed-price needs a price of at least 0, not {asked}")
    extra = None if lumps is None else exact_list(lumps, environment.agents, "the list of lumps")

    def always(type_indices: np.ndarray) -> np.ndarray:
        return np.zeros(type_indices.shape[1], np.int64)

    return _at_price(environment, "fixed-price", [asked], always, ties, extra)


def _n_prices(environment: Environment, prices: Sequence[Number]) -> tuple[Fraction, ...]:
    values = exact_list(prices, environment.agents, "the list of prices", least=0)
    for m, (before, after) in enumerate(pairwise(values), 1):
        if after < before:
            raise InputError(f"n-price needs p(1) <= ... <= p(n), but p({m}) = {before} and p({m + 1}) = {after}")
    return values


def eta(environment: Environment, prices: Sequence[Number], type_indices: np.ndarray) -> np.ndarray:
    """How many suppliers the n-price mechanism counts at each profile: the index of the price that it takes.

    It is the largest m with a(m) = m, where a(m) counts the suppliers whose first unit costs at most p(m), p(0) = 0,
    and prices are p(1) <= ... <= p(n). As a is monotone it is also the largest m with a(m) >= m: with the suppliers
    sorted by the first m that they accept, the largest m such that the m-th of them accepts m.

    Parameters
    ----------
    environment
        Procurement.
    prices
        p(1) <= ... <= p(n), at least 0, per unit.
    type_indices
        (n, B) ints.

    Returns
    -------
    ndarray
        (B,) int64 in 0..n.

    Raises
    ------
    InputError
        Unless the prices increase weakly, are at least 0 and n in number.

    References
    ----------
    Hagen (2020), Definition 2.8.
    """
    values = (Fraction(0), *_n_prices(environment, prices))
    scale = money_scale(environment, values)
    price = scaled_array(values, scale, "a price")
    first = [np.searchsorted(price, -table[1]) for table in scaled_values(environment, scale)]
    accepted = np.sort(np.stack([row[reported] for row, reported in zip(first, type_indices, strict=True)]), axis=0)
    found = np.zeros(type_indices.shape[1], np.int64)
    for m, row in enumerate(accepted, 1):
        found[row <= m] = m
    return found


@mechanism("n-price", "procurement", "one price for all, p(m) with m the largest number of suppliers that accept p(m)")
def n_price(environment: Environment, *, prices: Sequence[Number], ties: str = "largest") -> RuleDraft:
    """One price for all suppliers, p(m), where m is the largest number of suppliers that accept p(m).

    Everybody supplies an optimal quantity at p(eta) and is paid p(eta) per unit; see `eta`. With "smallest" it need not be
    group strategy-proof if a price is a first-unit cost.

    Parameters
    ----------
    environment
        Procurement.
    prices
        p(1) <= ... <= p(n), at least 0, one per agent.
    ties
        "largest" or "smallest" of several optimal quantities.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, other prices, or another tie rule.

    References
    ----------
    Hagen (2020), Definition 2.8.

    Examples
    --------
    >>> import collude as co
    >>> market = n_price(co.procurement(2, [1, 2, 3]), prices=[1, 2])
    >>> [str(x) for x in market.show_outcome(market.outcome_at((0, 1))).transfers]
    ['2', '2']
    """
    require_family(environment, "procurement", "n-price")
    values = (Fraction(0), *_n_prices(environment, prices))
    return _at_price(
        environment, "n-price", values, lambda type_indices: eta(environment, values[1:], type_indices), ties
    )


def _multiset(type_indices: np.ndarray, types: int) -> np.ndarray:
    """Position (B,) of each multiset of type numbers (n, B) among itertools.combinations_with_replacement(types, n).

    With the numbers sorted, s_1 <= ... <= s_n, the multisets before it branch off at some j with a number v in
    s_(j-1)..s_j - 1, and C(types - v + n - j - 1, n - j) multisets of n - j numbers from v on complete each branch.
    """
    n = len(type_indices)
    rank = np.zeros(type_indices.shape[1], np.int64)
    before = np.zeros(type_indices.shape[1], np.int64)
    for j, number in enumerate(np.sort(type_indices, axis=0), 1):
        branches = [comb(types - v + n - j - 1, n - j) for v in range(types)]
        total = np.concatenate([[0], np.cumsum(branches)])
        rank += total[number] - total[before]
        before = number
    return rank


@mechanism("uniform-price", "procurement", "one price for all, from a table with a price for each multiset of types")
def uniform_price(environment: Environment, *, prices: Sequence[Number], ties: str = "largest") -> RuleDraft:
    """One price for all suppliers that depends on which types are reported, not on who reports them.

    Parameters
    ----------
    environment
        Procurement, all agents with the same K types.
    prices
        At least 0, one per multiset of n type indices, in the order of
        `itertools.combinations_with_replacement(range(K), n)`; there are C(K + n - 1, n).
    ties
        "largest" or "smallest" of several optimal quantities.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, types that differ, other prices, or another tie rule.

    References
    ----------
    Hagen (2020), Definition 2.7.

    Examples
    --------
    >>> import collude as co
    >>> market = uniform_price(co.procurement(2, [1, 2]), prices=[1, 2, 0])
    >>> [str(x) for x in market.show_outcome(market.outcome_at((0, 1))).transfers]
    ['2', '2']
    """
    require_family(environment, "procurement", "uniform-price")
    if len(set(environment.types)) != 1:
        raise InputError("uniform-price needs the same types for every agent")
    n, types = environment.agents, environment.sizes[0]
    table = exact_list(prices, comb(types + n - 1, n), "the list of prices, one per multiset of types,", least=0)
    return _at_price(environment, "uniform-price", table, lambda type_indices: _multiset(type_indices, types), ties)


def _added(left: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Least cost (Q + 1, B) of 0..Q units from `left` (Q + 1, B) and one more supplier with costs (units + 1, B)."""
    total = left.copy()
    for q in range(1, min(len(costs), len(left))):
        np.minimum(total[q:], left[:-q] + costs[q], out=total[q:])
    return total


def _cheapest(costs: np.ndarray, target: int, never: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Splits of `target` units among suppliers with costs (n, units + 1, B), all at once.

    Returns (quantities (n, B), the lexicographically largest cheapest split; its cost (B,); cost (n, B) without each
    supplier). `never`: more than any split costs. Dynamic programme over suppliers, n * units * target passes over B.
    """
    n, choices, width = costs.shape
    nobody = np.full((target + 1, width), never, np.int64)
    nobody[0] = 0
    after = [nobody]
    for i in range(n - 1, -1, -1):
        after.append(_added(after[-1], costs[i]))
    after.reverse()
    quantity = np.zeros((n, width), np.int64)
    without = np.empty((n, width), np.int64)
    before, left, column = nobody, np.full(width, target), np.arange(width)
    for i in range(n):
        without[i] = (before + after[i + 1][::-1]).min(axis=0)
        least = after[i][left, column]
        for q in range(1, min(choices, target + 1)):
            rest = after[i + 1][left - q, column]
            np.copyto(quantity[i], q, where=(left >= q) & (costs[i, q] + rest == least))
        left = left - quantity[i]
        before = _added(before, costs[i])
    return quantity, after[0][target], without


@mechanism("vcg-procurement", "procurement", "the cheapest split of a target quantity, paid by the harm to the others")
def vcg_procurement(environment: Environment, *, target: int) -> RuleDraft:
    """VCG for a target quantity: the cheapest split by reported costs, each supplier paid by the harm that his absence does.

    With C(S, Q) the least cost of Q units from the suppliers S, agent i receives C(-i, Q) - (C(N, Q) - c_i(q_i)). Among
    cheapest splits the lexicographically largest quantity vector is taken: the lowest index supplies first.

    Parameters
    ----------
    environment
        Procurement.
    target
        Units in all: at least 1, and at most what any n - 1 suppliers can deliver.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment or target.

    References
    ----------
    Hagen (2020), section 2.5.2; Vickrey (1961), Clarke (1971), Groves (1973).

    Examples
    --------
    >>> import collude as co
    >>> buying = vcg_procurement(co.procurement(2, [1, 2, 3], units=2), target=2)
    >>> [str(x) for x in buying.show_outcome(buying.outcome_at((0, 0))).transfers]
    ['2', '2']
    """
    require_family(environment, "procurement", "vcg-procurement")
    n, units = environment.agents, [len(bundles) - 1 for bundles in environment.bundles]
    most = sum(units) - max(units)
    if not 1 <= target <= most:
        raise InputError(
            f"vcg-procurement needs a target that {n - 1} of the {n} agents can supply, 1 to {most}, not {target}"
        )
    scale = money_scale(environment)
    values = scaled_values(environment, scale)
    never = 1 + sum(int(np.abs(table).max()) for table in values)
    costs = np.full((n, max(units) + 1, max(environment.sizes)), never, np.int64)
    for i, table in enumerate(values):
        costs[i, : table.shape[0], : table.shape[1]] = -table

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        reported = np.stack([table[:, type_index] for table, type_index in zip(costs, type_indices, strict=True)])
        quantity, total, without = _cheapest(reported, target, never)
        own = np.take_along_axis(reported, quantity[:, None], axis=1)[:, 0]
        return quantity, without - total + own

    notes = (f"target {target}", "among cheapest splits the lexicographically largest: the lowest index supplies first")
    return RuleDraft(environment, "vcg-procurement", by_parts(rule), scale, notes=notes)
