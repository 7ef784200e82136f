"""Auctions of several equal units to bidders who want one each."""

from dataclasses import replace

import numpy as np

from collude.models.draft import from_rule
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.price import require_family
from collude.models.mechanism import Mechanism
from collude.models.numbers import Number, common_scale, exact, scaled
from collude.models.registry import mechanism

TIE_WINNERS = ("lowest", "highest")


@mechanism("k-plus-one-price", "auction", "k units to the k highest bidders, who pay the next highest bid")
def k_plus_one_price(
    environment: Environment, *, units: int, reserve: Number | None = None, ties: str = "lowest"
) -> Mechanism:
    """Vickrey auction of k equal units: the k highest bids win and pay the (k+1)-th, or the reserve if that is higher.

    Parameters
    ----------
    environment
        An auction whose agents all have the same values; each wants one unit.
    units
        k, at least 1.
    reserve
        Bids below it do not count. Without one the price is the lowest value where there is no (k+1)-th bid.
    ties
        "lowest" or "highest": the index that wins among equal bids.

    Returns
    -------
    Mechanism
        In the environment with a supply of k units.

    Raises
    ------
    InputError
        For another environment, values that differ, no unit, or another tie rule.

    References
    ----------
    Vickrey (1961), "Counterspeculation, auctions, and competitive sealed tenders".

    Examples
    --------
    >>> import collude as co
    >>> auction = k_plus_one_price(co.auction(agents=3, values=range(4)), units=2)
    >>> [str(x) for x in auction.show_outcome(auction.outcome_at((3, 1, 2))).transfers]
    ['-1', '0', '-1']
    """
    require_family(environment, "auction", "k-plus-one-price")
    if units < 1:
        raise InputError(f"k-plus-one-price sells at least 1 unit, not {units}")
    if ties not in TIE_WINNERS:
        raise InputError(f"ties are broken by the {' or '.join(TIE_WINNERS)} index, not {ties!r}")
    if len(set(environment.types)) != 1:
        raise InputError("k-plus-one-price needs the same values for every agent")
    floor = None if reserve is None else exact(reserve, "the reserve")
    types = environment.numeric_types(0)
    scale = common_scale([*types, *([floor] if floor is not None else [])])
    values = np.array([scaled(x, scale) for x in types], np.int64)
    least = int(values.min()) if floor is None else scaled(floor, scale)
    n = environment.agents

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bids = values[type_indices]
        rank = np.arange(n)[:, None] if ties == "lowest" else np.arange(n)[::-1, None]
        order = np.lexsort((np.broadcast_to(rank, bids.shape), -bids), axis=0)
        place = np.empty_like(order)
        np.put_along_axis(place, order, np.broadcast_to(np.arange(n)[:, None], order.shape), axis=0)
        wins = (place < units) & (bids >= least)
        following = np.sort(bids, axis=0)[-units - 1] if units < n else np.full(bids.shape[1], least)
        return wins.astype(np.int64), np.where(wins, -np.maximum(following, least), 0)

    notes = (f"{ties} index wins ties", f"{units} units", *([] if floor is None else [f"reserve {floor}"]))
    sold = replace(environment, supply=(units,))
    return from_rule(sold, "k-plus-one-price", rule, scale, notes=notes)
