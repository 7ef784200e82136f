"""Auctions of one good: second-price, first-price, sequential posted price, and the top-value mechanism."""

from collections.abc import Callable

import numpy as np

from collude.models.draft import RuleDraft
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.numbers import Number, common_scale, exact, scaled
from collude.models.registry import mechanism

TIES = ("lowest", "highest")


def _bids(environment: Environment, scale: int) -> np.ndarray:
    factor = scale // environment.scale
    return np.stack([values[:, 1] * factor for values in environment.values])


def _require_auction(environment: Environment, name: str) -> None:
    if environment.family != "auction":
        raise InputError(f"{name} needs an auction environment, not {environment.family!r}")
    if len({values.tobytes() for values in environment.values}) != 1:
        raise InputError(f"{name} needs the same values for every agent")


def _winner(bids: np.ndarray, ties: str) -> np.ndarray:
    """Index of the highest bid (n, B) per column, the lowest or the highest index among equals."""
    if ties not in TIES:
        raise InputError(
            f"ties go to the {' or '.join(TIES)} index; where agents are treated alike to even or nobody; not {ties!r}"
        )
    if ties == "lowest":
        return np.asarray(bids.argmax(axis=0))
    return np.asarray(len(bids) - 1 - bids[::-1].argmax(axis=0))


def _tie_note(ties: str) -> str:
    return f"{ties} index wins ties"


def _auction(
    environment: Environment,
    name: str,
    reserve: Number | None,
    ties: str,
    price_of: Callable[[np.ndarray, np.ndarray, int], np.ndarray],
) -> RuleDraft:
    """An auction whose highest bidder wins if he bids at least the reserve, at the price that `price_of` returns."""
    _require_auction(environment, name)
    floor = None if reserve is None else exact(reserve, "the reserve")
    scale = common_scale([*environment.numeric_types(0), *([floor] if floor is not None else [])])
    values = _bids(environment, scale)
    n = environment.agents
    least = None if floor is None else scaled(floor, scale)

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bids = values[np.arange(n)[:, None], type_indices]
        winner = _winner(bids, ties)
        wins = np.arange(n)[:, None] == winner
        price = price_of(bids, wins, least if least is not None else int(values.min()))
        if least is not None:
            wins &= bids >= least
        return wins.astype(np.int64), np.where(wins, -price, 0)

    notes = (_tie_note(ties), *([] if floor is None else [f"reserve {floor}"]))
    return RuleDraft(environment, name, rule, scale, notes=notes)


@mechanism("second-price", "auction", "the highest bidder wins and pays the second highest bid (at least the reserve)")
def second_price(environment: Environment, *, reserve: Number | None = None, ties: str = "lowest") -> RuleDraft:
    """Second-price (Vickrey) auction: the highest bidder gets the good and pays the second highest bid.

    Parameters
    ----------
    environment
        An auction whose agents all have the same values; reports are bids.
    reserve
        The good is sold iff the highest bid is at least this, and never for less.
    ties
        "lowest" or "highest": the index of the winner among equal bids.

    Returns
    -------
    Mechanism
        With one agent the price is the reserve, or the lowest value if there is none.

    Raises
    ------
    InputError
        For another environment, values that differ, or another tie rule.

    References
    ----------
    Vickrey (1961), "Counterspeculation, auctions, and competitive sealed tenders".

    Examples
    --------
    >>> import collude as co
    >>> auction = co.second_price(co.auction(agents=2, values=range(4)), reserve=1)
    >>> [str(x) for x in auction.show_outcome(auction.outcome_at((3, 2))).transfers]
    ['-2', '0']
    """

    def price(bids: np.ndarray, wins: np.ndarray, least: int) -> np.ndarray:
        others = np.where(wins, least, bids)
        return np.asarray(np.maximum(others.max(axis=0), least))

    return _auction(environment, "second-price", reserve, ties, price)


@mechanism("first-price", "auction", "the highest bidder wins and pays his bid: a direct rule, not strategy-proof")
def first_price(environment: Environment, *, reserve: Number | None = None, ties: str = "lowest") -> RuleDraft:
    """First-price auction as a direct rule: reports are bids, the highest bidder gets the good and pays his bid.

    Parameters
    ----------
    environment
        An auction whose agents all have the same values.
    reserve
        The good is sold iff the highest bid is at least this.
    ties
        "lowest" or "highest": the index of the winner among equal bids.

    Returns
    -------
    Mechanism
        Not strategy-proof: whoever wins gains by a lower bid.

    Raises
    ------
    InputError
        For another environment, values that differ, or another tie rule.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.first_price(co.auction(agents=2, values=range(4)))
    >>> [str(x) for x in auction.show_outcome(auction.outcome_at((3, 2))).transfers]
    ['-3', '0']
    """
    return _auction(environment, "first-price", reserve, ties, lambda bids, _wins, _least: bids.max(axis=0))


@mechanism(
    "posted-price", "auction", "the good is offered at one price to the agents in order; the first taker gets it"
)
def posted_price(
    environment: Environment,
    *,
    price: Number,
    reserve: Number | None = None,
    accept_equal: bool = False,
    ties: str = "lowest",
) -> RuleDraft:
    """Sequential posted price: the good is offered at one price to one agent after another until somebody takes it.

    A type equal to the price refuses unless told otherwise: an accepting one could step aside at no cost for a later agent
    with a higher value.

    Parameters
    ----------
    environment
        An auction whose agents all have the same values.
    price
        What the agents are asked, in money.
    reserve
        The least that is asked, where it is above the price.
    accept_equal
        True if a value equal to the price accepts.
    ties
        "lowest" or "highest": the index of the agent who is asked first.

    Raises
    ------
    InputError
        For another environment, values that differ, or another tie rule.

    References
    ----------
    Hagen (2020), section 3.4.

    Examples
    --------
    >>> import collude as co
    >>> offer = co.posted_price(co.auction(agents=2, values=range(4)), price=2)
    >>> [str(x) for x in offer.show_outcome(offer.outcome_at((2, 3))).transfers]
    ['0', '-2']
    """
    _require_auction(environment, "posted-price")
    asked = exact(price, "the price")
    if reserve is not None:
        asked = max(asked, exact(reserve, "the reserve"))
    scale = common_scale([*environment.numeric_types(0), asked])
    values, least = _bids(environment, scale), scaled(asked, scale)
    n = environment.agents

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bids = values[np.arange(n)[:, None], type_indices]
        takes = bids >= least if accept_equal else bids > least
        wins = takes & (np.arange(n)[:, None] == _winner(takes, ties))
        return wins.astype(np.int64), np.where(wins, -least, 0)

    notes = (f"{ties} index is asked first", f"a value equal to the price {'accepts' if accept_equal else 'refuses'}")
    return RuleDraft(environment, "posted-price", rule, scale, notes=notes)


@mechanism("top-value", "auction", "sold only if somebody reports the maximum, at price p; losers then get maximum - p")
def top_value(
    environment: Environment, *, price: Number, reserve: Number | None = None, ties: str = "lowest"
) -> RuleDraft:
    """Sell only to an agent who reports the highest value of all, at a fixed price, and pay the others for not being him.

    If nobody reports the maximum the good is kept and no money moves. Otherwise one who reports it wins and pays the price,
    and every loser receives the maximum less the price.

    Parameters
    ----------
    environment
        An auction whose agents all have the same values.
    price
        What the winner pays, in money.
    reserve
        One above the maximum keeps the good always.
    ties
        "lowest" or "highest": the index of the winner among several who report the maximum.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, values that differ, or another tie rule.

    References
    ----------
    Hagen (2020), chapter 3, proof of Theorem 3.1.

    Examples
    --------
    >>> import collude as co
    >>> gift = co.top_value(co.auction(agents=2, values=range(4)), price=1)
    >>> [str(x) for x in gift.show_outcome(gift.outcome_at((3, 0))).transfers]
    ['-1', '2']
    """
    _require_auction(environment, "top-value")
    asked = exact(price, "the price")
    floor = None if reserve is None else exact(reserve, "the reserve")
    scale = common_scale([*environment.numeric_types(0), asked])
    values, paid = _bids(environment, scale), scaled(asked, scale)
    top = int(values.max())
    sellable = floor is None or environment.numeric_types(0)[-1] >= floor
    n = environment.agents

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bids = values[np.arange(n)[:, None], type_indices]
        sold = (bids.max(axis=0) == top) & sellable
        wins = (np.arange(n)[:, None] == _winner(bids, ties)) & sold
        return wins.astype(np.int64), np.where(wins, -paid, np.where(sold, top - paid, 0))

    return RuleDraft(environment, "top-value", rule, scale, notes=(_tie_note(ties),))
