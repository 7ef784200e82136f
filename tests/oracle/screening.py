"""Screening buyers who form a coalition: side contracts by an exact simplex, epsilon conditions line by line.

A sale to n buyers is given by values[i][k][b], what type k of buyer i gets from b steps, prior[i][k], and outcome[profile] =
(steps of every buyer, payment of every buyer). Only itertools, ints and Fractions.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

from oracle.plain import whole

Profile = tuple[int, ...]
Values = Sequence[Sequence[Sequence[Fraction]]]
Priors = Sequence[Sequence[Fraction]]
Outcomes = dict[Profile, tuple[tuple[int, ...], tuple[Fraction, ...]]]


def simplex(objective: Sequence[Fraction], rows: Sequence[Sequence[Fraction]], bounds: Sequence[Fraction]) -> Fraction:
    """The largest objective x with rows x <= bounds, x >= 0, all bounds >= 0: a tableau in fractions.

    The most promising column enters; after a stall always the first one (Bland's rule), so that it ends.
    """
    width = len(objective)
    table = [list(map(Fraction, row)) + [Fraction(int(r == x)) for x in range(len(rows))] for r, row in enumerate(rows)]
    for row, bound in zip(table, bounds, strict=True):
        row.append(Fraction(bound))
    last = [-Fraction(c) for c in objective] + [Fraction(0)] * (len(rows) + 1)
    basis = [width + r for r in range(len(rows))]
    stalled = 0
    while True:
        negative = [j for j in range(len(last) - 1) if last[j] < 0]
        if not negative:
            return last[-1]
        enter = negative[0] if stalled > 20 else min(negative, key=lambda j: last[j])
        ratios = [(row[-1] / row[enter], basis[r], r) for r, row in enumerate(table) if row[enter] > 0]
        if not ratios:
            raise ArithmeticError("unbounded")
        ratio, _, leave = min(ratios)
        stalled = stalled + 1 if ratio == 0 else 0
        pivot = table[leave][enter]
        table[leave] = [x / pivot for x in table[leave]]
        used = [(j, x) for j, x in enumerate(table[leave]) if x]
        for row in [*(table[r] for r in range(len(table)) if r != leave), last]:
            factor = row[enter]
            if factor:
                for j, x in used:
                    row[j] -= factor * x
        basis[leave] = enter


def splits(total: int, most: Sequence[int]) -> list[tuple[int, ...]]:
    """All ways to share a total, buyer i getting at most most[i]."""
    return _splits(total, tuple(most))


@cache
def _splits(total: int, most: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [a for a in product(*(range(x + 1) for x in most)) if sum(a) == total]


def interim(values: Values, prior: Priors, outcome: Outcomes, i: int, truth: int, report: int) -> Fraction:
    """What a type expects when he reports something and the others tell the truth."""
    found = Fraction(0)
    for profile, (held, paid) in outcome.items():
        if profile[i] == report:
            chance = prod((prior[j][k] for j, k in enumerate(profile) if j != i), start=Fraction(1))
            found += chance * (values[i][truth][held[i]] - paid[i])
    return found


def side_contract_gain(
    values: Values, prior: Priors, outcome: Outcomes, allocations: Callable[[tuple[int, ...]], list[tuple[int, ...]]]
) -> Fraction:
    """The largest gain of a third party's side contract, rows as differences from the contract that changes nothing.

    Columns: (profile reported to the third party, option, allocation), an option being a profile of the sale, the truthful
    choice of each profile left out (its probability is the rest); then side payments of all but the last, split into
    two parts. allocations(held): what the coalition can make of what an option gives.
    """
    n = len(values)
    profiles = list(outcome)
    columns = []
    for theta in profiles:
        for option in profiles:
            for a in allocations(outcome[option][0]):
                if (option, a) != (theta, outcome[theta][0]):
                    columns.append((theta, option, a))
    paying = [(theta, i, sign) for theta in profiles for i in range(n - 1) for sign in (1, -1)]

    def chance(theta: Profile, but: int | None = None) -> Fraction:
        return prod((prior[j][k] for j, k in enumerate(theta) if j != but), start=Fraction(1))

    def change(i: int, truth: int, report: int) -> list[Fraction]:
        """Row: by how much the expected payoff of a type who reports so to the third party changes."""
        row = []
        for theta, option, a in columns:
            if theta[i] != report:
                row.append(Fraction(0))
                continue
            before, after = outcome[theta], outcome[option]
            worth = values[i][truth][a[i]] - values[i][truth][before[0][i]] - after[1][i] + before[1][i]
            row.append(chance(theta, i) * worth)
        for theta, payer, sign in paying:
            inside = theta[i] == report
            own = -sign if payer == i else sign if i == n - 1 else 0
            row.append(chance(theta, i) * own if inside else Fraction(0))
        return row

    rows, bounds = [], []
    for theta in profiles:
        rows.append([Fraction(int(c[0] == theta)) for c in columns] + [Fraction(0)] * len(paying))
        bounds.append(Fraction(1))
    objective = [Fraction(0)] * (len(columns) + len(paying))
    for i, table in enumerate(values):
        for k in range(len(table)):
            own = change(i, k, k)
            objective = [c + prior[i][k] * x for c, x in zip(objective, own, strict=True)]
            rows.append([-x for x in own])
            bounds.append(Fraction(0))
            for r in range(len(table)):
                if r != k:
                    rows.append([x - y for x, y in zip(change(i, k, r), own, strict=True)])
                    bounds.append(interim(values, prior, outcome, i, k, k) - interim(values, prior, outcome, i, k, r))
    if min(bounds) < 0:
        raise ValueError("the truth is no equilibrium")
    return simplex(objective, rows, bounds)


def epsilon_conditions(
    theta: Sequence[Fraction], prior: Sequence[Fraction], utility: Sequence[Fraction], outcome: Outcomes
) -> list[tuple[Fraction, tuple[Fraction, ...]]]:
    """(level, slopes) of every condition level + slopes . epsilons >= 0, for identical buyers: all options, all allocations."""
    most = len(utility) - 1
    rates = [prior[k + 1] / prior[k] * (theta[k + 1] - theta[k]) for k in range(len(theta) - 1)]
    theta, utility = [whole(x) for x in theta], [whole(x) for x in utility]
    found = []
    for truth, (held, paid) in outcome.items():
        for given, asked in outcome.values():
            more = whole(sum(asked) - sum(paid))
            for a in splits(sum(given), [most] * len(truth)):
                loss = [utility[q] - utility[x] for q, x in zip(held, a, strict=True)]
                level = sum(theta[k] * x for k, x in zip(truth, loss, strict=True)) + more
                slopes = tuple(
                    -rate * sum(x for k, x in zip(truth, loss, strict=True) if k == low)
                    for low, rate in enumerate(rates)
                )
                found.append((level, slopes))
    return found


def epsilon_interval(conditions: Sequence[tuple[Fraction, tuple[Fraction, ...]]]) -> tuple[Fraction, Fraction] | None:
    """The epsilons in [0, 1] that meet all conditions of two types."""
    low, high = Fraction(0), Fraction(1)
    for level, (slope,) in conditions:
        if slope > 0:
            low = max(low, -level / slope)
        elif slope < 0:
            high = min(high, level / -slope)
        elif level < 0:
            return None
    return (low, high) if low <= high else None


def closed_form(
    theta: tuple[Fraction, Fraction], p: Fraction, utility: Sequence[Fraction], low: int, high: int
) -> dict[str, Fraction]:
    """Transfers t* of two buyers of two types, from the formulas; (low + high) must be even."""
    t0, t1 = theta
    ul, uh, um = utility[low], utility[high], utility[(low + high) // 2]
    v = t0 - (1 - p) / p * (t1 - t0)
    most = len(utility) - 1
    w = max(v * utility[a] + t1 * utility[2 * low - a] for a in range(2 * low + 1) if a <= most and 2 * low - a <= most)
    return {
        "HL": ((1 + p) * t0 - (3 - p * p) * t1) / 2 * ul
        + p * (3 - p) / 2 * t1 * uh
        + (1 - p) * (2 - p) * t1 * um
        + p * (1 - p) / 2 * w,
        "LH": ((3 + p) * t0 + (p * p + 2 * p - 1) * t1) / 2 * ul
        + p * (1 - p) / 2 * t1 * uh
        - p * (1 - p) * t1 * um
        - p * (1 + p) / 2 * w,
        "HH": ((2 + p) * t0 - (1 - p) * (2 + p) * t1) / 2 * ul
        + (2 + 2 * p - p * p) / 2 * t1 * uh
        - p * (2 - p) * t1 * um
        - p * p / 2 * w,
        "LL": (p * p + 2 * p - 1) / 2 * v * ul
        - (1 - p) ** 2 / 2 * t1 * uh
        + (1 - p) ** 2 * t1 * um
        + (1 - p * p) / 2 * w,
    }


def best_four_tuples(
    theta: tuple[Fraction, Fraction], p: Fraction, utility: Sequence[Fraction], cost: Callable[[int], Fraction]
) -> tuple[Fraction, list[tuple[int, int, int, int]]]:
    """The largest profit over all quantities (LL, LH, HL, HH), BIC of H and BIR of L binding, both BIC checked."""
    t0, t1 = theta
    best, found = Fraction(-1), []
    for q in product(range(len(utility)), repeat=4):
        low = p * utility[q[0]] + (1 - p) * utility[q[1]]
        high = p * utility[q[2]] + (1 - p) * utility[q[3]]
        pay_low = t0 * low
        pay_high = t1 * high - t1 * low + pay_low
        if t0 * low - pay_low < t0 * high - pay_high:
            continue
        costs = p * p * cost(2 * q[0]) + 2 * p * (1 - p) * cost(q[1] + q[2]) + (1 - p) ** 2 * cost(2 * q[3])
        profit = 2 * (p * pay_low + (1 - p) * pay_high) - costs
        if profit > best:
            best, found = profit, []
        if profit == best:
            found.append(q)
    return best, found


def pure_equilibria(values: Values, prior: Priors, outcome: Outcomes) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All pairs of maps from types to reports of two buyers that are Bayesian equilibria."""
    sizes = [len(table) for table in values]
    maps = [list(product(range(size), repeat=size)) for size in sizes]

    def payoff(i: int, truth: int, report: int, other: tuple[int, ...]) -> Fraction:
        found = Fraction(0)
        for k, chance in enumerate(prior[1 - i]):
            profile = (report, other[k]) if i == 0 else (other[k], report)
            held, paid = outcome[profile]
            found += chance * (values[i][truth][held[i]] - paid[i])
        return found

    def best(i: int, own: tuple[int, ...], other: tuple[int, ...]) -> bool:
        return all(
            payoff(i, k, own[k], other) == max(payoff(i, k, r, other) for r in range(sizes[i])) for k in range(sizes[i])
        )

    return [(s, t) for s in maps[0] for t in maps[1] if best(0, s, t) and best(1, t, s)]


def payments_exist(
    weights: Sequence[Fraction], utility: Sequence[Fraction], q: tuple[int, int, int, int], most: int
) -> bool:
    """Whether two buyers of two types can be asked coalition payments at which the truth is best at these weights.

    q: quantities (LL, LH, HL, HH). The truthful splits must be best ones, and no chain of misreports that returns to where it
    began may gain: chains of two and of three profiles are all there are.
    """
    held = {(0, 0): (q[0], q[0]), (0, 1): (q[1], q[2]), (1, 1): (q[3], q[3])}

    def best(types: Profile, total: int) -> Fraction:
        return max(
            sum((weights[k] * utility[x] for k, x in zip(types, a, strict=True)), Fraction(0))
            for a in splits(total, [most, most])
        )

    own = {t: sum((weights[k] * utility[x] for k, x in zip(t, a, strict=True)), Fraction(0)) for t, a in held.items()}
    if any(own[t] < best(t, sum(a)) for t, a in held.items()):
        return False
    room = {(t, r): own[t] - best(t, sum(held[r])) for t in held for r in held}
    chains = [(t, r) for t in held for r in held if t != r] + [((0, 0), (0, 1), (1, 1)), ((0, 0), (1, 1), (0, 1))]
    return all(sum(room[c[x], c[(x + 1) % len(c)]] for x in range(len(c))) >= 0 for c in chains)  # type: ignore[index]


def surviving_reports(values: Values, prior: Priors, outcome: Outcomes) -> list[set[int]]:
    """Reports of each type of two identical buyers that survive: in each round all weakly dominated ones go at once."""
    types = range(len(values[0]))
    left = [set(types) for _ in types]

    def payoff(truth: int, report: int, other: tuple[int, ...]) -> Fraction:
        found = Fraction(0)
        for k, chance in enumerate(prior[1]):
            held, paid = outcome[report, other[k]]
            found += chance * (values[0][truth][held[0]] - paid[0])
        return found

    while True:
        others = list(product(*left))
        after = []
        for k in types:
            gone = set()
            for worse in left[k]:
                for better in left[k] - {worse}:
                    gains = [payoff(k, better, other) - payoff(k, worse, other) for other in others]
                    if min(gains) >= 0 and max(gains) > 0:
                        gone.add(worse)
            after.append(left[k] - gone)
        if after == left:
            return left
        left = after
