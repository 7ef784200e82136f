"""Auctions of one or several units that treat bidders alike: ties are split evenly, or nobody among equals wins."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from collude.models.errors import InputError
from collude.models.numbers import Number, exact
from collude.models.symmetric.mechanism import Lottery, SymmetricMechanism, from_count_rule
from collude.models.symmetric.population import Population
from collude.models.symmetric.registry import symmetric_mechanism

TIE_NOTES = {"even": "ties are split evenly by lottery", "nobody": "of equal bidders who cannot all win nobody does"}
Price = Callable[[np.ndarray, np.ndarray], np.ndarray]
NOTHING: Lottery = ((Fraction(1), 0, Fraction(0)),)


def require_ties_alike(ties: str, name: str) -> None:
    """Refuse a tie rule that does not treat agents alike.

    Parameters
    ----------
    ties : str
        The rule.
    name : str
        Of the mechanism, for errors.

    Raises
    ------
    InputError
        For any rule but even and nobody.
    """
    if ties not in TIE_NOTES:
        raise InputError(f"{name} treats agents alike with ties=even or ties=nobody, not with ties={ties}")


def win_share(places: int, rivals: int, transfer: Fraction) -> Lottery:
    """The share of one of several equal agents who draw lots for some places: bundle 1 and a transfer, or nothing.

    Parameters
    ----------
    places : int
        How many of them win.
    rivals : int
        How many they are.
    transfer : Fraction
        Money that a winner receives.

    Returns
    -------
    Lottery

    Examples
    --------
    >>> [str(x) for x in win_share(1, 2, Fraction(-3))[0]]
    ['1/2', '1', '-3']
    """
    if places <= 0:
        return NOTHING
    chance = Fraction(min(places, rivals), rivals)
    return ((chance, 1, transfer), *(((1 - chance, 0, Fraction(0)),) if chance < 1 else ()))


def require_members_of(population: Population, family: str, name: str) -> None:
    """Refuse agents of another environment.

    Parameters
    ----------
    population : Population
    family : str
        The environment that is needed.
    name : str
        Of the mechanism, for errors.

    Raises
    ------
    InputError
        If the agents are of another one.
    """
    if population.member.family != family:
        raise InputError(f"{name} needs a {family} environment, not {population.member.family!r}")


def above(counts: np.ndarray) -> np.ndarray:
    """How many agents report a higher type.

    Parameters
    ----------
    counts : ndarray
        (B, K) int64, multisets of reports.

    Returns
    -------
    ndarray
        (B, K) int64.
    """
    higher = np.zeros_like(counts)
    for t in range(counts.shape[1] - 2, -1, -1):  # far faster than cumsum along short rows
        np.add(higher[:, t + 1], counts[:, t + 1], out=higher[:, t])
    return higher


def highest_but(counts: np.ndarray, places: int) -> np.ndarray:
    """The type that the agent in some place from above reports.

    Parameters
    ----------
    counts : ndarray
        (B, K) int64, multisets of reports.
    places : int
        How many agents are above that place.

    Returns
    -------
    ndarray
        (B,) int64, -1 if there are not so many agents.
    """
    reached = above(counts) + counts > places
    return np.asarray(np.where(reached.any(axis=1), counts.shape[1] - 1 - reached[:, ::-1].argmax(axis=1), -1))


def _auction(
    population: Population, name: str, units: int, reserve: Number | None, ties: str, price: Price, *notes: str
) -> SymmetricMechanism:
    """Sale of `units` to the highest bids of at least the reserve; `price` gives the type (B, K) whose value winners pay,
    -1 for the reserve or, without one, the lowest value."""
    require_members_of(population, "auction", name)
    require_ties_alike(ties, name)
    if units < 1:
        raise InputError(f"{name} sells at least 1 unit, not {units}")
    floor = None if reserve is None else exact(reserve, "the reserve")
    values = [exact(x) for x in population.types]
    least = floor if floor is not None else values[0]
    open_to = np.array([floor is None or value >= floor for value in values])

    def rule(counts: np.ndarray) -> np.ndarray:
        bids = np.where(open_to, counts, 0)
        places = np.clip(units - above(bids), 0, None)
        if ties == "nobody":
            places = np.where(places >= bids, bids, 0)
        paid = np.broadcast_to(price(bids, places), counts.shape)
        won = np.minimum(places, bids)
        keys = np.empty((*counts.shape, 3), np.int64)
        keys[..., 0] = won
        np.multiply(bids, won > 0, out=keys[..., 1])
        np.multiply(paid, won > 0, out=keys[..., 2])
        return keys

    def share_of(key: tuple[int, ...]) -> Lottery:
        won, rivals, paid = key
        return win_share(won, rivals, -max(values[paid], least) if paid >= 0 else -least) if won else NOTHING

    told = (TIE_NOTES[ties], *notes, *([] if floor is None else [f"reserve {floor}"]))
    return from_count_rule(population.with_supply(units), name, rule, share_of, told)


@symmetric_mechanism("second-price", "auction", "the highest bidder wins and pays the second highest bid")
def symmetric_second_price(
    population: Population, *, reserve: Number | None = None, ties: str = "even"
) -> SymmetricMechanism:
    """Second-price (Vickrey) auction.

    Parameters
    ----------
    population : Population
        Of an auction.
    reserve : number, optional
        Bids below it do not count.
    ties : str
        even: equal highest bidders draw lots and the winner pays his bid; nobody: the good is then kept.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule.
    """
    return _auction(population, "second-price", 1, reserve, ties, lambda bids, _places: highest_but(bids, 1)[:, None])


@symmetric_mechanism("first-price", "auction", "the highest bidder wins and pays his bid: a direct rule")
def symmetric_first_price(
    population: Population, *, reserve: Number | None = None, ties: str = "even"
) -> SymmetricMechanism:
    """First-price auction as a direct rule: reports are bids.

    Parameters
    ----------
    population : Population
        Of an auction.
    reserve : number, optional
        Bids below it do not count.
    ties : str
        even or nobody.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule.
    """
    own = np.arange(len(population.types))
    return _auction(population, "first-price", 1, reserve, ties, lambda _bids, _places: own[None, :])


@symmetric_mechanism("k-plus-one-price", "auction", "k units to the k highest bidders, who pay the next highest bid")
def symmetric_k_plus_one_price(
    population: Population, *, units: int, reserve: Number | None = None, ties: str = "even"
) -> SymmetricMechanism:
    """Vickrey auction of k equal units to bidders who want one each: the k highest bids win and pay the (k+1)-th.

    Parameters
    ----------
    population : Population
        Of an auction.
    units : int
        Number k.
    reserve : number, optional
        Bids below it do not count.
    ties : str
        even or nobody.

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or no unit.

    References
    ----------
    Vickrey (1961), "Counterspeculation, auctions, and competitive sealed tenders".
    """

    def price(bids: np.ndarray, _places: np.ndarray) -> np.ndarray:
        return highest_but(bids, units)[:, None]

    return _auction(population, "k-plus-one-price", units, reserve, ties, price, f"{units} units")


@symmetric_mechanism(
    "posted-price", "auction", "units are offered at one price; those who accept draw lots if too many"
)
def symmetric_posted_price(
    population: Population, *, price: Number, units: int = 1, accept_equal: bool = False, ties: str = "even"
) -> SymmetricMechanism:
    """Posted price: all agents whose value exceeds the price accept.

    Parameters
    ----------
    population : Population
        Of an auction.
    price : number
        What a unit costs.
    units : int
        How many there are.
    accept_equal : bool
        Whether a value equal to the price accepts too.
    ties : str
        If more accept than there are units, they draw lots (even) or nobody gets one (nobody).

    Returns
    -------
    SymmetricMechanism

    Raises
    ------
    InputError
        For another environment or tie rule, or no unit.
    """
    require_members_of(population, "auction", "posted-price")
    require_ties_alike(ties, "posted-price")
    if units < 1:
        raise InputError(f"posted-price sells at least 1 unit, not {units}")
    asked = exact(price, "the price")
    takes = np.array([x >= asked if accept_equal else x > asked for x in (exact(t) for t in population.types)])

    def rule(counts: np.ndarray) -> np.ndarray:
        takers = np.where(takes, counts, 0).sum(axis=1, keepdims=True)
        won = np.minimum(units, takers) if ties == "even" else np.where(takers <= units, takers, 0)
        served = np.broadcast_to(np.where(takes, won, 0), counts.shape)
        return np.stack([served, np.where(served > 0, takers, 0)], axis=2)

    def share_of(key: tuple[int, ...]) -> Lottery:
        return win_share(key[0], key[1], -asked) if key[0] else NOTHING

    equal = f"a value equal to the price {'accepts' if accept_equal else 'refuses'}"
    return from_count_rule(
        population.with_supply(units), "posted-price", rule, share_of, (TIE_NOTES[ties], equal, f"{units} units")
    )
