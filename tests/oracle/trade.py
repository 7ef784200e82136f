"""Bilateral trade: agent 0 sells, agent 1 buys; a type is a tuple of the total cost or value of every bundle.

Outcomes are ((bundle, bundle), transfers); bundles are indices into one list; index 0 is no trade.
"""

from collections.abc import Callable, Sequence

from oracle.plain import Number, Outcome, Plain, Profile, profiles
from oracle.procurement import Tie

Totals = tuple[Number, ...]


def bilateral(
    costs: Sequence[Totals],
    values: Sequence[Totals],
    trade: Callable[[int, int], tuple[int, Number, Number]],
) -> Plain:
    """The mechanism in which ``trade(seller's type, buyer's type)`` is (bundle, money to seller, payment)."""
    sizes = (len(costs), len(values))

    def utility(i: int, k: int, reached: Outcome) -> Number:
        bundles, transfers = reached
        gain: Number = transfers[0] - costs[k][bundles[0]] if i == 0 else transfers[1] + values[k][bundles[1]]
        return gain

    table: dict[Profile, Outcome] = {}
    for c, v in profiles(sizes):
        bundle, received, paid = trade(c, v)
        table[c, v] = ((bundle, bundle), (received, -paid))
    return Plain(sizes, table, utility)


def posted_price_trade(
    costs: Sequence[Totals],
    values: Sequence[Totals],
    bundle: int,
    price: Number,
    seller_accepts_equal: bool = True,
    buyer_accepts_equal: bool = True,
) -> Plain:
    """The bundle changes hands at the price iff both accept it."""

    def trade(c: int, v: int) -> tuple[int, Number, Number]:
        cost, value = costs[c][bundle], values[v][bundle]
        seller = cost < price or (seller_accepts_equal and cost == price)
        buyer = value > price or (buyer_accepts_equal and value == price)
        return (bundle, price, price) if seller and buyer else (0, 0, 0)

    return bilateral(costs, values, trade)


def select(payoffs: Sequence[Number], tie: Tie) -> int:
    """The largest (L) or smallest (S) position of the maximum."""
    optima = [position for position, payoff in enumerate(payoffs) if payoff == max(payoffs)]
    return max(optima) if tie == "L" else min(optima)


def generalised_posted_price(
    costs: Sequence[Totals],
    values: Sequence[Totals],
    schedule: Sequence[int],
    prices: tuple[Sequence[Number], Sequence[Number]],
    selections: tuple[Sequence[Tie], Sequence[Tie]],
) -> Plain:
    """Each side picks an optimum on the schedule at its own prices; the smaller of the two is traded.

    ``schedule`` lists bundle indices in increasing order of the bundles and starts with 0; ``prices`` are the
    seller's and the buyer's, one per bundle of the schedule; ``selections`` are L or S for each seller type
    and for each buyer type.
    """
    seller_prices, buyer_prices = prices
    seller_selections, buyer_selections = selections

    def trade(c: int, v: int) -> tuple[int, Number, Number]:
        seller_gain = [p - costs[c][q] for p, q in zip(seller_prices, schedule, strict=True)]
        buyer_gain = [values[v][q] - p for p, q in zip(buyer_prices, schedule, strict=True)]
        traded = min(select(seller_gain, seller_selections[c]), select(buyer_gain, buyer_selections[v]))
        return schedule[traded], seller_prices[traded], buyer_prices[traded]

    return bilateral(costs, values, trade)


def vcg_trade(costs: Sequence[Totals], values: Sequence[Totals], tie: Tie) -> Plain:
    """The last (L) or first (S) efficient bundle; the buyer pays its cost, the seller gets its value."""

    def trade(c: int, v: int) -> tuple[int, Number, Number]:
        bundle = select([value - cost for cost, value in zip(costs[c], values[v], strict=True)], tie)
        return bundle, values[v][bundle], costs[c][bundle]

    return bilateral(costs, values, trade)
