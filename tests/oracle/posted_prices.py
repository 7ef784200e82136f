"""Generalised posted prices from Definitions 1.9 and 1.10, and the axioms of chapter 1 on a table, all by enumeration.

A table maps (seller type, buyer type) to (bundle number, money to the seller, money from the buyer). `costs[c][b]` and
`values[v][b]` are totals; bundle 0 is nothing; `bundles[b]` is a vector.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product

Totals = Sequence[Sequence[Fraction]]
Cell = tuple[int, Fraction, Fraction]
Table = tuple[tuple[Cell, ...], ...]


def below(x: Sequence[int], y: Sequence[int]) -> bool:
    return all(a <= b for a, b in zip(x, y, strict=True)) and tuple(x) != tuple(y)


def is_schedule(chain: Sequence[Sequence[int]], seller: Sequence[Fraction], buyer: Sequence[Fraction]) -> bool:
    """Definition 1.9 with footnote 6: cross products of steps and price rises, good by good."""
    n = len(chain) - 1
    if any(chain[0]) or not all(below(chain[k], chain[k + 1]) for k in range(n)):
        return False
    for prices, sign in ((seller, 1), (buyer, -1)):
        rises = [prices[k + 1] - prices[k] for k in range(n)]
        if any(rise <= 0 for rise in rises):
            return False
        for k in range(n - 1):
            for g in range(len(chain[0])):
                step = chain[k + 1][g] - chain[k][g]
                following = chain[k + 2][g] - chain[k + 1][g]
                if sign * (following * rises[k] - step * rises[k + 1]) < 0:
                    return False
    return True


def posted_tables(
    costs: Totals,
    values: Totals,
    numbers: Sequence[int],
    seller: Sequence[Fraction],
    buyer: Sequence[Fraction],
    largest: bool = False,
) -> set[Table]:
    """All tables of Definition 1.10 on a schedule (its bundle numbers and prices): selections, then (1.3)."""
    positions = range(len(numbers))

    def argmax(payoffs: list[Fraction]) -> list[int]:
        return [k for k in positions if payoffs[k] == max(payoffs)]

    best_s = [argmax([seller[k] - cost[numbers[k]] for k in positions]) for cost in costs]
    best_b = [argmax([value[numbers[k]] - buyer[k] for k in positions]) for value in values]
    tables = set()
    for qs in product(*([[row[-1]] for row in best_s] if largest else best_s)):
        for qb in product(*([[row[-1]] for row in best_b] if largest else best_b)):
            cells = []
            for c, v in product(range(len(costs)), range(len(values))):
                top = min(qs[c], qb[v])
                low = min(top, max(min(best_s[c]), min(best_b[v])))
                cells.append([k for k in positions if low <= k <= top])
            for chosen in product(*cells):
                rows = [(numbers[k], seller[k], buyer[k]) for k in chosen]
                width = len(values)
                tables.add(tuple(tuple(rows[c * width : (c + 1) * width]) for c in range(len(costs))))
    return tables


def all_posted(
    costs: Totals,
    values: Totals,
    bundles: Sequence[Sequence[int]],
    grid: Sequence[Sequence[tuple[Fraction, Fraction]]],
    largest: bool = False,
) -> set[Table]:
    """The same over all schedules with (seller's, buyer's) prices out of grid[bundle]."""
    found: set[Table] = set()
    rest = sorted(range(1, len(bundles)), key=lambda b: (sum(bundles[b]), tuple(bundles[b])))
    for length in range(len(rest) + 1):
        for more in combinations(rest, length):
            numbers = (0, *more)
            for prices in product(*(grid[b] for b in numbers)):
                seller, buyer = [p for p, _ in prices], [p for _, p in prices]
                if is_schedule([bundles[b] for b in numbers], seller, buyer):
                    found |= posted_tables(costs, values, numbers, seller, buyer, largest)
    return found


def gains(
    costs: Totals, values: Totals, table: Table, truth: tuple[int, int], report: tuple[int, int]
) -> list[Fraction]:
    """What seller and buyer gain from a joint report."""
    c, v = truth
    found = []
    for side in (0, 1):
        payoff = []
        for x, y in (truth, report):
            bundle, received, paid = table[x][y]
            payoff.append(received - costs[c][bundle] if side == 0 else values[v][bundle] - paid)
        found.append(payoff[1] - payoff[0])
    return found


def strategy_proof(costs: Totals, values: Totals, table: Table) -> bool:
    for c, v in product(range(len(costs)), range(len(values))):
        if any(gains(costs, values, table, (c, v), (x, v))[0] > 0 for x in range(len(costs))):
            return False
        if any(gains(costs, values, table, (c, v), (c, y))[1] > 0 for y in range(len(values))):
            return False
    return True


def rational(costs: Totals, values: Totals, table: Table) -> bool:
    return all(
        table[c][v][1] >= costs[c][table[c][v][0]] and values[v][table[c][v][0]] >= table[c][v][2]
        for c, v in product(range(len(costs)), range(len(values)))
    )


def collusions(
    costs: Totals, values: Totals, table: Table, crossing: bool
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs (truth, report) against collusion-proofness; with `crossing` only those of footnote 5, where, given the
    partner's lie, each gets the same from his lie and from the truth."""
    profiles = list(product(range(len(costs)), range(len(values))))
    found = []
    for truth, report in product(profiles, repeat=2):
        change = gains(costs, values, table, truth, report)
        if min(change) < 0 or max(change) <= 0:
            continue
        if crossing:
            honest_s = gains(costs, values, table, truth, (truth[0], report[1]))[0]
            honest_b = gains(costs, values, table, truth, (report[0], truth[1]))[1]
            if honest_s != change[0] or honest_b != change[1]:
                continue
        found.append((truth, report))
    return found


def is_convex(points: Sequence[Sequence[int]], totals: Sequence[Fraction]) -> bool:
    """Along one good only: no second difference is negative. On {0,1}^G: always."""
    if all(x in (0, 1) for point in points for x in point):
        return True
    if len(points[0]) != 1:
        raise ValueError("one good, or bundles of single units")
    order = sorted(range(len(points)), key=lambda b: points[b][0])
    slopes = [(totals[y] - totals[x]) / (points[y][0] - points[x][0]) for x, y in pairwise(order)]
    return all(one <= two for one, two in pairwise(slopes))
