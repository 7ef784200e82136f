"""All generalised posted prices: every selection among optima, and every bundle that the definition then allows."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import InputError, SizeError
from collude.models.files.functions import assemble
from collude.models.files.returned import OutcomeRow
from collude.models.mechanism import Mechanism
from collude.models.trade.objects import BUYER, SELLER
from collude.models.trade.plateaus import TradeSchedule, optima, require_trade, schedule_reasons

MOST_TABLES = 1_000_000


def schedule_mechanism(
    environment: Environment, schedule: TradeSchedule, traded: Sequence[int], name: str = "posted-price"
) -> Mechanism:
    """The mechanism that trades given positions of a schedule, at the schedule's prices.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.
    traded
        traded[p] is the position at profile p, C order.
    name
        What verdicts call it.
    """
    outcomes = [
        OutcomeRow((b, b), (received, -paid))
        for b, received, paid in zip(schedule.chain, *schedule.prices, strict=True)
    ]
    used = sorted(set(traded))
    place = {position: o for o, position in enumerate(used)}
    numbers = np.array([place[position] for position in traded], np.int32)
    return assemble(environment, name, numbers, [outcomes[position] for position in used], None)


def posted_price_tables(
    environment: Environment, schedule: TradeSchedule, *, largest: bool = False
) -> Iterator[tuple[int, ...]]:
    """The traded positions, profile by profile, of all generalised posted prices on a schedule, each once.

    A selection qs(c), qb(v) among the optima of every type, then at each profile any position between
    min(min(qs, qb), max(lo_s, lo_b)) and min(qs, qb), where lo is the smallest optimum.

    Parameters
    ----------
    environment
        Bilateral trade.
    schedule
        Bundles and prices.
    largest
        True to take the largest optima only.

    Raises
    ------
    InputError
        With the reason if this is no trade schedule.
    SizeError
        If there are more than 10^6 combinations to list.

    References
    ----------
    Thesis on collusion-proof mechanisms, chapter 1, Definition 1.10 and (1.3).
    """
    require_trade(environment)
    reasons = schedule_reasons(environment, schedule)
    if reasons:
        raise InputError(f"this is no trade schedule; {reasons[0]}")
    best = [
        [optima(environment, schedule, side, k) for k in range(environment.sizes[side])] for side in (SELLER, BUYER)
    ]
    lows = [[row[0] for row in rows] for rows in best]
    options = [[row[-1:] if largest else row for row in rows] for rows in best]
    seen: set[tuple[int, ...]] = set()
    tried = 0
    for sellers in product(*options[SELLER]):
        for buyers in product(*options[BUYER]):
            spans = []
            for c, v in product(range(len(sellers)), range(len(buyers))):
                upper = min(sellers[c], buyers[v])
                spans.append(range(min(upper, max(lows[SELLER][c], lows[BUYER][v])), upper + 1))
            for table in product(*spans):
                tried += 1
                if tried > MOST_TABLES:
                    raise SizeError(
                        f"more than {MOST_TABLES} combinations of ties; use fewer types or other prices", tried
                    )
                if table not in seen:
                    seen.add(table)
                    yield table


def all_schedules(
    environment: Environment, prices: Sequence[Sequence[tuple[Fraction, Fraction]]]
) -> Iterator[TradeSchedule]:
    """All trade schedules with prices on a grid: every chain from the empty bundle, with every choice of prices that fits.

    Parameters
    ----------
    environment
        Bilateral trade.
    prices
        For each bundle number the (seller's, buyer's) prices on offer.

    Raises
    ------
    InputError
        For another environment.

    References
    ----------
    Thesis on collusion-proof mechanisms, chapter 1, Definition 1.9.
    """
    require_trade(environment)
    bundles = environment.bundles[0]
    empty = environment.indices[0][(0,) * len(bundles[0])]
    rest = sorted((b for b in range(len(bundles)) if b != empty), key=lambda b: (sum(bundles[b]), bundles[b]))
    for length in range(len(rest) + 1):
        for more in combinations(rest, length):
            chain = (empty, *more)
            if any(x > y for low, high in pairwise(chain) for x, y in zip(bundles[low], bundles[high], strict=True)):
                continue
            for chosen in product(*(prices[b] for b in chain)):
                schedule = TradeSchedule(chain, (tuple(p for p, _ in chosen), tuple(p for _, p in chosen)))
                if not schedule_reasons(environment, schedule):
                    yield schedule
