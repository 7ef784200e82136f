"""Quantity rules with real transfers: every rule tried, inequalities written from the definition, floats decide feasibility."""

import random
from fractions import Fraction
from itertools import combinations, pairwise, product

import pytest

import collude as co
from collude.enumerate.families.quantity_rules import QuantityRules

Rule = dict[tuple[int, ...], tuple[int, ...]]


class Plain:
    """Suppliers with vectors of marginal costs, and the definition of a reallocation."""

    def __init__(self, n: int, marginals: list[tuple[Fraction, ...]]) -> None:
        self.n, self.marginals, self.units = n, marginals, len(marginals[0])
        self.profiles = list(product(range(len(marginals)), repeat=n))
        self.groups = [g for size in range(1, n + 1) for g in combinations(range(n), size)]

    def cost(self, k: int, q: int) -> Fraction:
        return sum(self.marginals[k][:q], Fraction(0))

    def least(self, types: list[int], total: int) -> Fraction:
        splits = product(range(self.units + 1), repeat=len(types))
        return min(
            sum(self.cost(k, q) for k, q in zip(types, split, strict=True)) for split in splits if sum(split) == total
        )

    def inequalities(self, rule: Rule) -> list[tuple[dict[tuple[tuple[int, ...], int], int], Fraction]]:
        """Coefficients of the transfers and a bound: their sum must not be larger."""
        found = []
        for c, group in product(self.profiles, self.groups):
            for reported in product(range(len(self.marginals)), repeat=len(group)):
                h = list(c)
                for i, k in zip(group, reported, strict=True):
                    h[i] = k
                row: dict[tuple[tuple[int, ...], int], int] = {}
                for i in group:
                    row[tuple(h), i] = row.get((tuple(h), i), 0) + 1
                    row[c, i] = row.get((c, i), 0) - 1
                true = [c[i] for i in group]
                own = sum(self.cost(c[i], rule[c][i]) for i in group)
                found.append((row, self.least(true, sum(rule[tuple(h)][i] for i in group)) - own))
        return found

    def feasible(self, rule: Rule) -> bool:
        optimize = pytest.importorskip("scipy.optimize")
        rows = self.inequalities(rule)
        if any(bound < 0 and not any(row.values()) for row, bound in rows):
            return False
        keys = [(p, i) for p in self.profiles for i in range(self.n)]
        matrix = [[row.get(key, 0) for key in keys] for row, _ in rows]
        bounds = [float(bound) for _, bound in rows]
        found = optimize.linprog([0.0] * len(keys), A_ub=matrix, b_ub=bounds, bounds=[(None, None)] * len(keys))
        return bool(found.status == 0)

    def fixed_price(self, rule: Rule) -> bool:
        marks = sorted({m for row in self.marginals for m in row} | {Fraction(0)})
        prices = {*marks, *((a + b) / 2 for a, b in pairwise(marks)), marks[-1] + 1}
        return any(
            all(
                price * q - self.cost(k, q) == max(price * x - self.cost(k, x) for x in range(self.units + 1))
                for profile, row in rule.items()
                for k, q in zip(profile, row, strict=True)
            )
            for price in prices
        )


def rules_of(plain: Plain) -> list[Rule]:
    each = list(product(range(plain.units + 1), repeat=plain.n))
    return [dict(zip(plain.profiles, rows, strict=True)) for rows in product(each, repeat=len(plain.profiles))]


@pytest.mark.parametrize("costs", [(1, 2), (2, 7), (Fraction(1, 2), 3)])
def test_every_rule_for_two_suppliers(costs: tuple[int, int]) -> None:
    """256 rules, 144 efficient at each profile, 37 feasible, 31 fixed prices, 6 extras, whatever the two costs are."""
    plain = Plain(2, [(Fraction(x),) for x in costs])
    every = rules_of(plain)
    feasible = [rule for rule in every if plain.feasible(rule)]
    fixed = sum(map(plain.fixed_price, feasible))
    found = co.quantity_rules(co.procurement(2, costs))
    assert (found.rules, found.efficient) == (len(every), 144) == (256, 144)
    assert (found.pairwise, found.feasible, found.fixed_price, len(found.extras)) == (37, 37, 31, 6)
    assert (len(feasible), fixed) == (37, 31)
    for extra in found.extras:
        assert co.check(extra, ["reallocation-proof"]).holds
        assert not {"fixed-price"} & set(co.classify(extra))
        rule = {p: tuple(b[0] for b in extra.show_outcome(extra.outcome_at(p)).bundles) for p in plain.profiles}
        assert rule in feasible


@pytest.mark.slow
def test_random_rules_of_three_types_and_two_units() -> None:
    """Efficient rules at random: the same verdict as floats give, transfers that the engine accepts."""
    rng = random.Random(9)
    seen = {True: 0, False: 0}
    environments = [
        (co.procurement(2, [1, 2, 4]), [(1,), (2,), (4,)]),
        (co.procurement(2, [(1, 3), (2, 5)]), [(1, 3), (2, 5)]),
        (co.procurement(3, [1, 3]), [(1,), (3,)]),
    ]
    for env, marginals in environments:
        made = QuantityRules(env)
        plain = Plain(env.agents, [tuple(map(Fraction, row)) for row in marginals])
        pairwise = [rule for rule, _ in zip(made.pairwise(), range(4000), strict=False)]
        for _ in range(14):
            rows = rng.choice(pairwise) if rng.random() < 0.7 else tuple(map(rng.choice, made.options))
            rule = dict(zip(plain.profiles, rows, strict=True))
            transfers = made.transfers(rows)
            assert (transfers is not None) == plain.feasible(rule)
            assert made.has_one_price(rows) == plain.fixed_price(rule)
            if transfers is not None:
                assert co.check(made.mechanism(rows, transfers, "rule"), ["reallocation-proof"]).holds
            seen[transfers is not None] += 1
    assert min(seen.values()) >= 8, seen


def test_pairs_do_not_decide_three_types() -> None:
    found = co.quantity_rules(co.procurement(2, [1, 2, 3]))
    assert found.feasible < found.pairwise < found.efficient < found.rules == 4**9
    assert found.fixed_price + len(found.extras) == found.feasible


def test_refusals() -> None:
    with pytest.raises(co.InputError, match="suppliers"):
        co.quantity_rules(co.auction(2, [0, 1]))
    with pytest.raises(co.SizeError, match="profiles"):
        co.quantity_rules(co.procurement(3, range(1, 9)))
