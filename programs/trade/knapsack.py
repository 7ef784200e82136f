"""The best threshold mechanism for given welfare weights, by a continuous knapsack over whole numbers."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm

from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.numbers import Number, exact
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade, ThresholdRule

LUMP = -1


@dataclass(frozen=True)
class Coefficients:
    """The data of the knapsack as whole numbers over one denominator.

    Attributes
    ----------
    denominator : int
    budget : int
        B, the gain of the objects that are good for both.
    benefit : two tuples of N ints
        benefit[j][m] is a, what mu_m = 1 adds to side j's utility, for m = 0..N-1.
    cost : two tuples of N ints
        cost[j][m] is b, the budget that it uses; negative where trading raises more than the rents that it costs. A lump sum has
        a = b = 1, in the same unit.
    """

    denominator: int
    budget: int
    benefit: tuple[tuple[int, ...], tuple[int, ...]]
    cost: tuple[tuple[int, ...], tuple[int, ...]]

    def ratio(self, side: int, m: int) -> Fraction:
        """beta = b / a of a variable; 1 for the lump sum. It decreases strictly in m."""
        return Fraction(1) if m == LUMP else Fraction(self.cost[side][m], self.benefit[side][m])


@lru_cache(maxsize=64)
def coefficients(problem: ObjectTrade) -> Coefficients:
    """The knapsack of a trade problem, in one pass over the binomial weights.

    Parameters
    ----------
    problem : ObjectTrade

    Returns
    -------
    Coefficients

    Notes
    -----
    O(N) products of numbers of O(N) digits.

    References
    ----------
    Eilat and Pauzner (2008), equations 9 to 12; a, b with (1-q)^(N-k), not (1-q)^k as in the proof of Lemma 1.

    Examples
    --------
    >>> found = coefficients(ObjectTrade(3, (0, 11), (1, 12), ("1/2", "1/2")))
    >>> [str(found.ratio(0, m)) for m in range(3)]
    ['74/77', '19/22', '8/11']
    """
    n, gain = problem.objects, problem.gain
    unit = lcm(gain.denominator, *(spread.denominator for spread in problem.spreads))
    whole = [q.denominator for q in problem.good]
    denominator = unit * lcm(whole[0] ** n * whole[1], whole[1] ** n * whole[0])
    benefit, cost = [], []
    for side, spread in enumerate(problem.spreads):
        other = problem.good[1 - side].numerator
        factor = other * denominator // (unit * whole[side] ** n * whole[1 - side])
        rent, rest = int(spread * unit) * factor, int((gain - spread) * unit) * factor
        weights = problem.weights[side]
        tail, a, b = 0, [0] * n, [0] * n
        for m in range(n - 1, -1, -1):
            tail += weights[m + 1]
            a[m] = rent * tail
            b[m] = a[m] - rest * (n - m) * weights[m]
        benefit.append(tuple(a))
        cost.append(tuple(b))
    budget = int(n * problem.good[0] * problem.good[1] * gain * denominator)
    return Coefficients(denominator, budget, (benefit[0], benefit[1]), (cost[0], cost[1]))


@shown
@dataclass(frozen=True)
class TradeOptimum:
    """The best mechanism for the weights alpha (seller) and 1 - alpha (buyer), with a price that proves it.

    Attributes
    ----------
    rule
        An optimal threshold mechanism: where all of an edge of the Pareto frontier is optimal, its middle.
    ends
        The two ends of that edge, the seller's better one first; twice `rule` if the optimum is unique.
    price
        What another unit of budget would add to alpha U_s + (1 - alpha) U_b.
    free
        Variables (side, m) with beta = 0: mu_m is 1 here, and any smaller value costs utility but no budget.
    """

    problem: ObjectTrade
    alpha: Fraction
    rule: ThresholdRule
    ends: tuple[ThresholdRule, ThresholdRule]
    price: Fraction
    free: tuple[tuple[int, int], ...]

    @property
    def value(self) -> Fraction:
        """alpha U_s + (1 - alpha) U_b."""
        seller, buyer = self.rule.utilities
        return self.alpha * seller + (1 - self.alpha) * buyer


def bound_at_price(problem: ObjectTrade, alpha: Fraction, price: Fraction) -> Fraction:
    """An upper bound on alpha U_s + (1 - alpha) U_b over all feasible mechanisms, by weak duality.

    It is price B + sum of max(0, alpha_j a - price b) over all variables; a mechanism whose value equals it is optimal.

    Parameters
    ----------
    problem : ObjectTrade
    alpha : Fraction
        The seller's weight, in [0, 1].
    price : Fraction
        What a unit of budget counts; at least both weights.

    Returns
    -------
    Fraction
        In money.

    Raises
    ------
    InputError
        If the price is below a weight.

    Examples
    --------
    >>> best = optimal_trade(ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")))
    >>> bound_at_price(best.problem, best.alpha, best.price) == best.value
    True
    """
    weights = (alpha, 1 - alpha)
    if price < max(weights):
        raise InputError(f"the price {price} is below a weight, so a lump sum would be worth any amount")
    data = coefficients(problem)
    total = price * data.budget
    for side, weight in enumerate(weights):
        for a, b in zip(data.benefit[side], data.cost[side], strict=True):
            total += max(Fraction(0), weight * a - price * b)
    return total / data.denominator


def optimal_trade(problem: ObjectTrade, alpha: Number = Fraction(1, 2)) -> TradeOptimum:
    """The alpha-optimal mechanism: it maximises alpha U_s + (1 - alpha) U_b under incentive constraints and balance.

    Variables that free budget are set to 1, the others are filled in the order of cost to weighted benefit. At a
    breakpoint of the frontier a whole edge is optimal, and its middle is taken.

    Parameters
    ----------
    problem
        What is traded.
    alpha
        The seller's weight, an exact number in [0, 1].

    Returns
    -------
    TradeOptimum

    Raises
    ------
    InputError
        If alpha is not in [0, 1].

    Notes
    -----
    O(N log N) comparisons of rationals with O(N) digits.

    References
    ----------
    Eilat and Pauzner (2008), Theorem 1.

    Examples
    --------
    >>> base = ObjectTrade(3, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> best = optimal_trade(base)
    >>> best.rule.thresholds, str(best.rule.sigma[0]), str(sum(best.rule.utilities))
    ((0, 0), '13/37', '759/74')
    """
    weight = exact(alpha, "alpha")
    if not 0 <= weight <= 1:
        raise InputError(f"alpha must lie in [0, 1], not {weight}")
    data, weights = coefficients(problem), (weight, 1 - weight)
    left = data.budget - sum(b for row in data.cost for b in row if b <= 0)
    queue: dict[Fraction, list[tuple[int, int]]] = {}
    for side in (SELLER, BUYER):
        if weights[side] == 0:
            continue
        queue.setdefault(1 / weights[side], []).append((side, LUMP))
        for m, b in enumerate(data.cost[side]):
            if b > 0:
                queue.setdefault(data.ratio(side, m) / weights[side], []).append((side, m))
    filled: dict[tuple[int, int], int] = {}
    for ratio in sorted(queue):
        group = queue[ratio]
        room = sum(data.cost[side][m] if m != LUMP else left for side, m in group)
        if room > left or any(m == LUMP for _, m in group):
            return _at_margin(problem, weight, filled, group, left, 1 / ratio)
        left -= room
        filled |= {(side, m): data.cost[side][m] for side, m in group}
    raise AssertionError("a lump sum takes any amount")


def _at_margin(
    problem: ObjectTrade,
    alpha: Fraction,
    filled: dict[tuple[int, int], int],
    group: list[tuple[int, int]],
    left: int,
    price: Fraction,
) -> TradeOptimum:
    """The optimum when `left` units of budget are for the one or two variables of the marginal group."""
    data = coefficients(problem)
    rooms = [left if m == LUMP else min(left, data.cost[side][m]) for side, m in group]
    splits: list[tuple[Fraction, ...]]
    if len(group) == 2:
        splits = [(Fraction(rooms[0]), Fraction(left - rooms[0])), (Fraction(left - rooms[1]), Fraction(rooms[1]))]
    else:
        splits = [(Fraction(left),)] * 2
    middle = tuple((one + other) / 2 for one, other in zip(*splits, strict=True))
    rules = [_rule(problem, filled | dict(zip(group, split, strict=True))) for split in (middle, *splits)]
    free = tuple((side, m) for side in (SELLER, BUYER) for m, b in enumerate(data.cost[side]) if b == 0)
    return TradeOptimum(problem, alpha, rules[0], (rules[1], rules[2]), price, free)


def _rule(problem: ObjectTrade, spent: dict[tuple[int, int], Fraction | int]) -> ThresholdRule:
    """The threshold rule that spends these amounts of budget on its variables; those with b <= 0 are 1."""
    data = coefficients(problem)
    thresholds, sigmas = [], []
    for side in (SELLER, BUYER):
        mu = [Fraction(1) if b <= 0 else Fraction(spent.get((side, m), 0)) / b for m, b in enumerate(data.cost[side])]
        threshold = max((m for m, share in enumerate(mu) if share < 1), default=-1)
        thresholds.append(threshold)
        sigmas.append(mu[threshold] if threshold >= 0 else Fraction(0))
    lump = [Fraction(spent.get((side, LUMP), 0)) / data.denominator for side in (SELLER, BUYER)]
    return ThresholdRule(problem, (thresholds[0], thresholds[1]), (sigmas[0], sigmas[1]), (lump[0], lump[1]))
