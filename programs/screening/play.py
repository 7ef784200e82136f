"""How buyers play a sale mechanism among themselves: dominant reports, iterated elimination, what a rejection could bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from collude.models.errors import SizeError
from collude.models.screening.problem import Multiset
from collude.models.screening.sale import Sale

MOST_STRATEGIES = 20_000


@dataclass(frozen=True)
class Play:
    """Which reports are dominant in a sale that treats buyers alike.

    Attributes
    ----------
    margins : table of Fraction
        margins[k][x]: by how much type k prefers the truth to his best misreport if the others report ``problem.others[x]`` for
        sure, in money.
    strictly_dominant : tuple of bool
        Per type, whether the truth is strictly better than every misreport whatever the others report.
    survivors : tuple of tuples of int
        Per type, the reports that survive rounds of eliminating, for all types at once, reports that another one weakly
        dominates.
    rejection_gain : Fraction or None
        The most that any type could gain if he rejected a contract that changes nothing and the others then held any belief
        about him; at most 0 means that nobody rejects it. None unless there are two buyers.
    """

    margins: tuple[tuple[Fraction, ...], ...]
    strictly_dominant: tuple[bool, ...]
    survivors: tuple[tuple[int, ...], ...]
    rejection_gain: Fraction | None

    @property
    def iteratively_weakly_dominant(self) -> bool:
        """True if only the truth survives."""
        return all(row == (k,) for k, row in enumerate(self.survivors))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "margins": [[str(x) for x in row] for row in self.margins],
            "strictly_dominant": list(self.strictly_dominant),
            "survivors": [list(row) for row in self.survivors],
            "iteratively_weakly_dominant": self.iteratively_weakly_dominant,
            "rejection_gain": None if self.rejection_gain is None else str(self.rejection_gain),
        }


def play(sale: Sale) -> Play:
    """Which reports are dominant in a sale, at once or after elimination of weakly dominated ones.

    Parameters
    ----------
    sale : Sale

    Returns
    -------
    Play

    Raises
    ------
    SizeError
        If the others have more than 20,000 pure strategies.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 15 and 16.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> sale = co.dominant_strategy_sale(tiny, co.optimal_quantities(tiny).quantity)
    >>> found = play(sale)
    >>> found.strictly_dominant, found.survivors  # the high type never loses by reporting low
    ((True, False), ((0,), (0, 1)))
    """
    problem = sale.problem
    types = range(problem.types)
    payoff = {(k, r, others): _payoff(sale, k, r, others) for k in types for r in types for others in problem.others}
    margins = tuple(
        tuple(
            payoff[k, k, others] - max((payoff[k, r, others] for r in types if r != k), default=payoff[k, k, others])
            for others in problem.others
        )
        for k in types
    )
    lowest = (0,) * (problem.buyers - 1)
    gain = None
    if problem.buyers == 2:
        # The others' chance of the high report runs from 0 to the truthful one, where nobody gains; payoffs are convex in it.
        gain = max(max(payoff[k, r, lowest] for r in types) - sale.payoff(k) for k in types)
        gain = max(gain, max(-sale.incentive_slack(k, r) for k in types for r in types))
    return Play(margins, tuple(min(row) > 0 for row in margins), _survivors(sale), gain)


def _payoff(sale: Sale, truth: int, report: int, others: Multiset) -> Fraction:
    quantity, paid = sale.at(report, others)
    return sale.problem.valuations[truth] * sale.problem.utility[quantity] - paid


def _survivors(sale: Sale) -> tuple[tuple[int, ...], ...]:
    types = range(sale.problem.types)
    left: list[tuple[int, ...]] = [tuple(types)] * sale.problem.types
    while True:
        beliefs = _distributions(sale, left)
        after = [
            tuple(r for r in left[k] if not any(_dominates(sale, k, s, r, beliefs) for s in left[k] if s != r))
            for k in types
        ]
        if after == left:
            return tuple(left)
        left = after


def _distributions(sale: Sale, left: Sequence[tuple[int, ...]]) -> list[dict[Multiset, Fraction]]:
    """What a buyer can face: the distribution of the others' reports for every choice of their pure strategies."""
    problem = sale.problem
    strategies = list(product(*left))
    if len(strategies) ** (problem.buyers - 1) > MOST_STRATEGIES:
        size = len(strategies) ** (problem.buyers - 1)
        raise SizeError(f"the others have {size} pure strategies; at most {MOST_STRATEGIES} are taken", size)
    found = []
    for chosen in product(strategies, repeat=problem.buyers - 1):
        reached: dict[Multiset, Fraction] = {(): Fraction(1)}
        for strategy in chosen:
            longer: dict[Multiset, Fraction] = {}
            for reports, weight in reached.items():
                for k, p in enumerate(problem.prior):
                    key = tuple(sorted((*reports, strategy[k])))
                    longer[key] = longer.get(key, Fraction(0)) + weight * p
            reached = longer
        found.append(reached)
    return found


def _dominates(sale: Sale, truth: int, better: int, worse: int, beliefs: Sequence[dict[Multiset, Fraction]]) -> bool:
    """True if one report is never worse than another, and sometimes better."""
    gains = []
    for belief in beliefs:
        terms = (
            weight * (_payoff(sale, truth, better, others) - _payoff(sale, truth, worse, others))
            for others, weight in belief.items()
        )
        gains.append(sum(terms, Fraction(0)))
    return min(gains) >= 0 and max(gains) > 0
