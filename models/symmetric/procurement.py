"""Procurement that treats suppliers alike: prices per unit that depend on the multiset of costs, reverse auctions."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np

from collude.models.errors import InputError
from collude.models.library.price import exact_list, require_ties
from collude.models.library.procurement import eta
from collude.models.numbers import Number, exact
from collude.models.symmetric.auctions import (
    TIE_NOTES,
    above,
    highest_but,
    require_members_of,
    require_ties_alike,
    win_share,
)
from collude.models.symmetric.mechanism import Lottery, SymmetricMechanism, from_count_rule
from collude.models.symmetric.population import Population
from collude.models.symmetric.registry import symmetric_mechanism


def _quantity(population: Population, kind: int, price: Fraction, ties: str) -> int:
    """The number of the optimal bundle of a type at a price per unit, the largest or the smallest of several."""
    scale = population.member.scale
    gains = [Fraction(int(x), scale) + price * q for q, x in enumerate(population.values[kind])]
    places = [q for q, gain in enumerate(gains) if gain == max(gains)]
    return places[-1] if ties == "largest" else places[0]


def _at_prices(
    population: Population, name: str, prices: Sequence[Fraction], number: Callable[[np.ndarray], np.ndarray], ties: str
) -> SymmetricMechanism:
    """Everybody supplies an optimum at the price number `number(counts)`, (B,), and is paid the price per unit."""
    require_members_of(population, "procurement", name)
    require_ties(ties)
    if min(prices) < 0:
        raise InputError(f"{name} has the price {min(prices)}; give prices of at least 0")
    kinds = len(population.types)
    sold = np.array([[_quantity(population, k, price, ties) for k in range(kinds)] for price in prices])

    def rule(counts: np.ndarray) -> np.ndarray:
        chosen = number(counts)
        quantity = sold[chosen]
        return np.stack([quantity, np.where(quantity > 0, chosen[:, None], 0)], axis=2)

    def share_of(key: tuple[int, ...]) -> Lottery:
        return ((Fraction(1), key[0], prices[key[1]] * key[0]),)

    note = f"a supplier with two optimal quantities supplies the {ties}"
    return from_count_rule(population, name, rule, share_of, (note,))


@symmetric_mechanism("fixed-price", "procurement", "every supplier sells what he likes at one price")
def symmetric_fixed_price(population: Population, *, price: Number, ties: str = "largest") -> SymmetricMechanism:
    """Fixed price, see `fixed_price`, without lump sums.

    Parameters
    ----------
    population : Population
        Of a procurement.
    price : number
        Paid per unit.
    ties : str
        Which of two optimal quantities is supplied, largest or smallest.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or a negative price.
    """
    asked = exact(price, "the price")
    return _at_prices(population, "fixed-price", [asked], lambda counts: np.zeros(len(counts), np.int64), ties)


def lined_up(counts: np.ndarray) -> np.ndarray:
    """The types of the agents of each multiset in increasing order.

    Parameters
    ----------
    counts : ndarray
        (B, K) int64.

    Returns
    -------
    ndarray
        (n, B) int64.
    """
    ends = counts.cumsum(axis=1)
    agents = np.arange(int(ends[0, -1]))
    return np.asarray((agents[:, None, None] >= ends[None]).sum(axis=2))


@symmetric_mechanism(
    "n-price", "procurement", "one price for all, p(m) with m the largest number of suppliers that accept it"
)
def symmetric_n_price(population: Population, *, prices: Sequence[Number], ties: str = "largest") -> SymmetricMechanism:
    """n-price mechanism, see `n_price`.

    Parameters
    ----------
    population : Population
        Of a procurement.
    prices : sequence of numbers
        p(1) <= ... <= p(n).
    ties : str
        Which of two optimal quantities is supplied, largest or smallest.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or prices that decrease.
    """
    values = (Fraction(0), *exact_list(prices, population.agents, "the list of prices", least=0))
    named = population.named
    return _at_prices(population, "n-price", values, lambda counts: eta(named, values[1:], lined_up(counts)), ties)


@symmetric_mechanism(
    "uniform-price", "procurement", "one price for all, from a table with a price for each multiset of types"
)
def symmetric_uniform_price(
    population: Population, *, prices: Sequence[Number], ties: str = "largest"
) -> SymmetricMechanism:
    """Uniform price, see `uniform_price`.

    Parameters
    ----------
    population : Population
        Of a procurement.
    prices : sequence of numbers
        One per multiset of types, in the order of combinations with replacement of the type indices.
    ties : str
        Which of two optimal quantities is supplied, largest or smallest.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or another number of prices.
    """
    values = exact_list(prices, population.situations, "the list of prices, one per multiset of types,", least=0)
    order = combinations_with_replacement(range(len(population.types)), population.agents)
    place = {profile: x for x, profile in enumerate(order)}

    def number(counts: np.ndarray) -> np.ndarray:
        return np.array([place[tuple(row)] for row in lined_up(counts).T.tolist()], np.int64)

    return _at_prices(population, "uniform-price", values, number, ties)


@symmetric_mechanism("second-price-reverse", "procurement", "the lowest cost sells one unit at the second-lowest cost")
def symmetric_second_price_reverse(
    population: Population, *, reserve: Number | None = None, ties: str = "even"
) -> SymmetricMechanism:
    """Second-price reverse auction for one unit.

    Parameters
    ----------
    population : Population
        Of a procurement of one unit.
    reserve : number, optional
        Nothing is bought above it; without one, a single supplier cannot be paid.
    ties : str
        Equal lowest costs draw lots (even) or nobody sells (nobody).

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or one supplier without a reserve.
    """
    require_members_of(population, "procurement", "second-price-reverse")
    require_ties_alike(ties, "second-price-reverse")
    if len(population.bundles) != 2:
        raise InputError("second-price-reverse needs unit supply; use units=1")
    if population.agents == 1 and reserve is None:
        raise InputError("second-price-reverse with one agent needs a reserve, the most that the buyer pays")
    ceiling = None if reserve is None else exact(reserve, "the reserve")
    costs = [Fraction(-int(x), population.member.scale) for x in population.values[:, 1]]
    order = np.argsort(population.values[:, 1], kind="stable")
    sells = np.array([ceiling is None or costs[k] <= ceiling for k in order])

    def rule(counts: np.ndarray) -> np.ndarray:
        offers = np.where(sells, counts[:, order], 0)
        places = np.clip(1 - above(offers), 0, None)
        if ties == "nobody":
            places = np.where(places >= offers, offers, 0)
        won = np.minimum(places, offers)
        paid = np.where(won > 0, highest_but(offers, 1)[:, None], 0)
        keys = np.stack([won, np.where(won > 0, offers, 0), paid], axis=2)
        found = np.empty_like(keys)
        found[:, order] = keys
        return found

    def share_of(key: tuple[int, ...]) -> Lottery:
        won, rivals, place = key
        money = costs[order[place]] if place >= 0 else ceiling
        return win_share(won, rivals, money if money is not None else Fraction(0))

    notes = (TIE_NOTES[ties], *([] if ceiling is None else [f"reserve {ceiling}"]))
    return from_count_rule(population, "second-price-reverse", rule, share_of, notes)
