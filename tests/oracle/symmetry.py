"""Symmetric mechanisms from the definition: every profile of named agents, every coalition, every joint report; lotteries.

`share(report, counts)` is a list of (probability, bundle number, transfer); `values[k][b]` what type k gets from bundle b.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product

from oracle.plain import Number, whole

Share = Callable[[int, tuple[int, ...]], Sequence[tuple[Fraction, int, Fraction]]]
Values = Sequence[Sequence[Fraction]]


def counts_of(profile: Sequence[int], kinds: int) -> tuple[int, ...]:
    return tuple(sum(1 for x in profile if x == k) for k in range(kinds))


def all_counts(n: int, kinds: int) -> Iterator[tuple[int, ...]]:
    for counts in product(range(n + 1), repeat=kinds):
        if sum(counts) == n:
            yield counts


def outcomes(
    n: int, values: Values, share: Share
) -> dict[tuple[int, ...], list[Sequence[tuple[Fraction, int, Fraction]]]]:
    kinds = len(values)
    return {
        profile: [sorted(share(report, counts_of(profile, kinds))) for report in profile]
        for profile in product(range(kinds), repeat=n)
    }


def expected(values: Values, kind: int, lottery: Sequence[tuple[Fraction, int, Fraction]]) -> Number:
    return whole(sum((p * (values[kind][b] + t) for p, b, t in lottery), Fraction(0)))


def coalition_violations(n: int, values: Values, share: Share, smallest: int, largest: int) -> dict[str, int]:
    """(profile, coalition) pairs with a joint report that is good for the members in three senses."""
    table, kinds = outcomes(n, values, share), len(values)
    found = {"strong": 0, "weak": 0, "money": 0}
    worth = {
        profile: [[expected(values, k, lottery) for k in range(kinds)] for lottery in given]
        for profile, given in table.items()
    }
    for truth in table:
        before = [worth[truth][i][truth[i]] for i in range(n)]
        for size in range(smallest, largest + 1):
            for members in combinations(range(n), size):
                ways = set()
                for lies in product(range(kinds), repeat=size):
                    report = list(truth)
                    for i, lie in zip(members, lies, strict=True):
                        report[i] = lie
                    after = worth[tuple(report)]
                    gains = [after[i][truth[i]] - before[i] for i in members]
                    if min(gains) >= 0 and max(gains) > 0:
                        ways.add("strong")
                    if min(gains) > 0:
                        ways.add("weak")
                    if sum(gains) > 0:
                        ways.add("money")
                for way in ways:
                    found[way] += 1
    return found


def profile_violations(n: int, values: Values, share: Share, supply: int | None = None) -> dict[str, int]:
    """Violations of axioms about single profiles; with a supply of one good, of which bundle b has b units, efficiency."""
    table, kinds = outcomes(n, values, share), len(values)
    found = dict.fromkeys(("rational", "balanced", "deficit", "envy", "bossy", "efficient"), 0)
    for truth, given in table.items():
        utility = [expected(values, truth[i], given[i]) for i in range(n)]
        money = sum((p * t for lottery in given for p, _, t in lottery), Fraction(0))
        found["rational"] += sum(u < 0 for u in utility)
        found["balanced"] += money != 0
        found["deficit"] += money > 0
        for i in range(n):
            found["envy"] += sum(expected(values, truth[i], given[j]) > utility[i] for j in range(n) if j != i)
            found["bossy"] += any(
                after[i] == given[i] and after != given
                for after in (table[(*truth[:i], k, *truth[i + 1 :])] for k in range(kinds))
            )
        if supply is not None:
            held = sum((p * values[truth[i]][b] for i in range(n) for p, b, _ in given[i]), Fraction(0))
            most = max(
                sum(values[truth[i]][b] for i, b in enumerate(choice))
                for choice in product(range(len(values[0])), repeat=n)
                if sum(choice) <= supply
            )
            found["efficient"] += most > held
    return found


def goods_violations(
    n: int, values: Values, share: Share, goods: Sequence[Sequence[int]], rule: str, supply: Sequence[int] | None = None
) -> dict[str, int]:
    """Violations of axioms about goods and names. goods[b] : what a receiver gets with bundle b. rule : "public" (all have
    the same alternative), "supply" (no more than there is) or "total" (the same total is divided anew)."""
    table = outcomes(n, values, share)
    found = dict.fromkeys(("positive", "lunch", "symmetric", "anonymous", "efficient"), 0)
    choices = (
        list(product(range(len(values[0])), repeat=n)) if rule != "public" else [(b,) * n for b in range(len(goods))]
    )
    totals = {choice: [sum(goods[b][g] for b in choice) for g in range(len(goods[0]))] for choice in choices}
    utilities = {
        truth: [expected(values, k, lottery) for k, lottery in zip(truth, given, strict=True)]
        for truth, given in table.items()
    }
    for truth, given in table.items():
        money = [sum((p * t for p, _, t in lottery), Fraction(0)) for lottery in given]
        found["positive"] += sum(x > 0 for x in money)
        for x, lottery in zip(money, given, strict=True):
            found["lunch"] += x >= 0 and any(p > 0 and any(g > 0 for g in goods[b]) for p, b, _ in lottery)
        for i, j in combinations(range(n), 2):
            own = utilities[truth]
            found["symmetric"] += truth[i] == truth[j] and own[i] != own[j]
            order = [j if x == i else i if x == j else x for x in range(n)]
            swapped = utilities[tuple(truth[x] for x in order)]
            found["anonymous"] += [swapped[x] for x in order] != own
        held = sum((p * values[truth[i]][b] for i in range(n) for p, b, _ in given[i]), Fraction(0))
        sure = tuple(lottery[0][1] for lottery in given)
        for choice, total in totals.items():
            if rule == "supply" and any(x > y for x, y in zip(total, supply or (), strict=True)):
                continue
            if rule == "total" and total != [sum(goods[b][g] for b in sure) for g in range(len(goods[0]))]:
                continue
            if sum(values[truth[i]][b] for i, b in enumerate(choice)) > held:
                found["efficient"] += 1
                break
    return found


def split_second_price(types: Sequence[Fraction], ties: str) -> Share:
    """Second-price auction of one good among bidders who are treated alike."""

    def share(report: int, counts: tuple[int, ...]) -> list[tuple[Fraction, int, Fraction]]:
        bids = sorted((types[k] for k, number in enumerate(counts) for _ in range(number)), reverse=True)
        rivals = bids.count(bids[0])
        nothing = [(Fraction(1), 0, Fraction(0))]
        if types[report] != bids[0] or (ties == "nobody" and rivals > 1):
            return nothing
        price = bids[1] if len(bids) > 1 else min(types)
        chance = Fraction(1, rivals)
        return [(chance, 1, -price), *([(1 - chance, 0, Fraction(0))] if rivals > 1 else [])]

    return share


def manipulable(
    n: int, orders: Sequence[Sequence[int]], winner: Callable[[list[Sequence[int]]], int]
) -> dict[str, int]:
    """Of an election with named voters and strict orders, best first: how many profiles, and how many situations, some
    coalition can manipulate; and of the situations how many by the size of the smallest coalition."""
    kinds = len(orders)
    chosen = {profile: winner([orders[k] for k in profile]) for profile in product(range(kinds), repeat=n)}
    smallest: dict[tuple[int, ...], int] = {}
    found = {"profiles": 0}
    for truth, x in chosen.items():
        for size in range(1, n + 1):
            hit = False
            for members in combinations(range(n), size):
                for lies in product(range(kinds), repeat=size):
                    report = list(truth)
                    for i, lie in zip(members, lies, strict=True):
                        report[i] = lie
                    y = chosen[tuple(report)]
                    if all(orders[truth[i]].index(y) < orders[truth[i]].index(x) for i in members):
                        hit = True
                        break
                if hit:
                    break
            if hit:
                found["profiles"] += 1
                smallest[counts_of(truth, kinds)] = size
                break
    found["situations"] = len(smallest)
    for size in smallest.values():
        found[f"size {size}"] = found.get(f"size {size}", 0) + 1
    return found
