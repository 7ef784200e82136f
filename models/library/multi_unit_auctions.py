"""Auctions at the price of the next best: k equal units to bidders who want one each, and purchases from suppliers."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from collude.models.draft import RuleDraft, from_rule
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.price import money_scale, require_family, require_ties, scaled_values
from collude.models.library.procurement import quantities_at, supply_note
from collude.models.mechanism import Mechanism, Rule
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
        raise InputError(
            f"ties go to the {' or '.join(TIE_WINNERS)} index; where agents are treated alike to even or nobody; not {ties!r}"
        )
    if len(set(environment.types)) != 1:
        raise InputError("k-plus-one-price needs the same values for every agent")
    floor = None if reserve is None else exact(reserve, "the reserve")
    types = environment.numeric_types(0)
    scale = common_scale([*types, *([floor] if floor is not None else [])])
    values = np.array([scaled(x, scale) for x in types], np.int64)
    least = int(values.min()) if floor is None else scaled(floor, scale)
    notes = (f"{ties} index wins ties", f"{units} units", *([] if floor is None else [f"reserve {floor}"]))
    sold = replace(environment, supply=(units,))
    return from_rule(sold, "k-plus-one-price", _highest_bids(values, units, least, ties), scale, notes=notes)


def _highest_bids(values: np.ndarray, units: int, least: int, ties: str) -> Rule:
    """The `units` highest bids of at least `least` win, and pay the next one."""

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bids = values[type_indices]
        n = len(bids)
        rank = np.arange(n)[:, None] if ties == "lowest" else np.arange(n)[::-1, None]
        order = np.lexsort((np.broadcast_to(rank, bids.shape), -bids), axis=0)
        place = np.empty_like(order)
        np.put_along_axis(place, order, np.broadcast_to(np.arange(n)[:, None], order.shape), axis=0)
        wins = (place < units) & (bids >= least)
        following = np.sort(bids, axis=0)[-units - 1] if units < n else np.full(bids.shape[1], least)
        return wins.astype(np.int64), np.where(wins, -np.maximum(following, least), 0)

    return rule


@mechanism("second-price-reverse", "procurement", "the lowest cost sells one unit at the second-lowest cost")
def second_price_reverse(environment: Environment, *, reserve: Number | None = None) -> RuleDraft:
    """Second-price reverse auction: the supplier with the lowest cost sells one unit at the second lowest cost.

    Parameters
    ----------
    environment
        Procurement of at most one unit from each.
    reserve
        The most that the buyer pays; nothing is bought if every cost is above it. Needed if there is one agent only.

    Returns
    -------
    Mechanism
        Of several lowest costs the lowest index sells.

    Raises
    ------
    InputError
        For another environment, or one agent without a reserve.

    References
    ----------
    Vickrey (1961), "Counterspeculation, auctions, and competitive sealed tenders".

    Examples
    --------
    >>> import collude as co
    >>> buying = second_price_reverse(co.procurement(2, [1, 2, 3]))
    >>> [str(x) for x in buying.show_outcome(buying.outcome_at((0, 2))).transfers]
    ['3', '0']
    """
    require_family(environment, "procurement", "second-price-reverse")
    n = environment.agents
    if any(len(bundles) != 2 for bundles in environment.bundles):
        raise InputError("second-price-reverse needs unit supply; use units=1, or vcg-procurement with a target")
    if n == 1 and reserve is None:
        raise InputError("second-price-reverse with one agent needs a reserve, the most that the buyer pays")
    ceiling = None if reserve is None else exact(reserve, "the reserve")
    scale = money_scale(environment, [] if ceiling is None else [ceiling])
    costs = [-table[1] for table in scaled_values(environment, scale)]
    most = max(int(row.max()) for row in costs) if ceiling is None else scaled(ceiling, scale)

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked = np.stack([row[reported] for row, reported in zip(costs, type_indices, strict=True)])
        wins = np.arange(n)[:, None] == asked.argmin(axis=0)
        price = np.where(wins, most, asked).min(axis=0)
        wins &= asked <= most
        return wins.astype(np.int64), np.where(wins, price, 0)

    notes = ("lowest index wins ties", *([] if ceiling is None else [f"reserve {ceiling}"]))
    return RuleDraft(environment, "second-price-reverse", rule, scale, notes=notes)


@mechanism("multi-unit-second-price", "procurement", "the lowest first-unit cost sells an optimum at the second lowest")
def multi_unit_second_price(environment: Environment, *, ties: str = "largest") -> RuleDraft:
    """The supplier with the lowest first-unit cost supplies an optimal quantity at the second lowest first-unit cost.

    The others supply nothing and get nothing, also when tied; of equal first-unit costs the lowest index supplies.

    Parameters
    ----------
    environment
        Procurement with at least two agents.
    ties
        "largest" or "smallest" of several optimal quantities.

    Returns
    -------
    Mechanism

    Raises
    ------
    InputError
        For another environment, one agent, or another tie rule.

    References
    ----------
    Hagen (2020), section 2.7.

    Examples
    --------
    >>> import collude as co
    >>> buying = multi_unit_second_price(co.procurement(2, [1, 2, 3], units=2))
    >>> buying.show_outcome(buying.outcome_at((0, 2))).bundles
    ((2,), (0,))
    """
    require_family(environment, "procurement", "multi-unit-second-price")
    require_ties(ties)
    n = environment.agents
    if n < 2:
        raise InputError("multi-unit-second-price needs at least two agents")
    dearest = Fraction(-min(int(table[:, 1].min()) for table in environment.values), environment.scale)
    scale = money_scale(environment, [dearest], max(len(bundles) for bundles in environment.bundles))
    values = scaled_values(environment, scale)

    def rule(type_indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first = np.stack([-table[1][reported] for table, reported in zip(values, type_indices, strict=True)])
        wins = np.arange(n)[:, None] == first.argmin(axis=0)
        price = np.where(wins, np.iinfo(np.int64).max, first).min(axis=0)
        quantity = np.where(wins, quantities_at(values, type_indices, price, ties), 0)
        return quantity, quantity * price

    notes = (supply_note(ties), "lowest index wins ties")
    return RuleDraft(environment, "multi-unit-second-price", rule, scale, notes=notes)
