"""All deviations of one agent from the efficient contract of a market that lie on a grid, each evaluated exactly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from collude.models.contracts.market import MarketAction
from collude.programs.contracts.market.raids import MarketContract, Raid

QUANTITIES = (-8, -2, -1, 0, 1, 2, 8)
STEPS = (-1, 0, 1)
SHARES = (Fraction(1), Fraction(1, 2))


@dataclass(frozen=True)
class GridSearch:
    """The best of many deviations. best: the one that gains most. tried: how many there were."""

    best: Raid
    tried: int


def best_single_deviation(
    contract: MarketContract,
    agent: int,
    quantities: Sequence[int | Fraction] = QUANTITIES,
    steps: Sequence[int | Fraction] = STEPS,
    shares: Sequence[Fraction] = SHARES,
    good: int = 0,
) -> GridSearch:
    """The deviation of one agent that gains most, among those on a grid.

    Parameters
    ----------
    contract
        What everybody else does.
    agent
        Who deviates.
    quantities
        By how much he may change what he asks from each partner; paid in money to that partner at the partner's price.
    steps
        By how much he may change his own quote; quotes that are not positive are left out.
    shares
        Which parts of what he owns he may show.
    good
        Which good is traded.

    Returns
    -------
    GridSearch

    Notes
    -----
    (quotes) x (shares) x (quantities)**(n - 1) deviations, a market outcome each.
    """
    partners = [j for j in range(contract.economy.agents) if j != agent]
    best: Raid | None = None
    tried = 0
    for action, size in _deviations(contract, agent, partners, quantities, steps, shares, good):
        actions = list(contract.actions)
        actions[agent] = action
        raid = contract.raid((agent,), actions, size)
        tried += 1
        if best is None or raid.gains[0] > best.gains[0]:
            best = raid
    if best is None:
        best = contract.raid((agent,), contract.actions, Fraction(0))
    return GridSearch(best, tried)


def _deviations(
    contract: MarketContract,
    agent: int,
    partners: list[int],
    quantities: Sequence[int | Fraction],
    steps: Sequence[int | Fraction],
    shares: Sequence[Fraction],
    good: int,
) -> Iterator[tuple[MarketAction, Fraction]]:
    start = contract.actions[agent]
    for step, share in product(steps, shares):
        prices = list(start.prices)
        prices[good] += step
        if prices[good] <= 0:
            continue
        shown = tuple(share * x for x in start.endowment)
        for changes in product(quantities, repeat=len(partners)):
            demands = list(start.demands)
            for partner, change in zip(partners, changes, strict=True):
                asked = list(demands[partner])
                asked[good] += change
                asked[-1] -= change * contract.actions[partner].prices[good]
                demands[partner] = tuple(asked)
            size = max(abs(Fraction(x)) for x in changes)
            yield replace(start, prices=tuple(prices), demands=tuple(demands), endowment=shown), size
