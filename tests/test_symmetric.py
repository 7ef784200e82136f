"""Mechanisms that treat agents alike: multisets against all profiles of named agents, and against the ordinary check."""

import random
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from oracle.symmetry import all_counts, coalition_violations, goods_violations, profile_violations, split_second_price

from collude.enumerate.checks.check import check
from collude.enumerate.symmetric.check import check_symmetric
from collude.kernels.multisets.ranking import multiset_count, multisets, rank_of, rank_table
from collude.models.environment import from_values
from collude.models.errors import InputError
from collude.models.library.auctions import second_price
from collude.models.library.environments import auction
from collude.models.symmetric.auctions import symmetric_second_price
from collude.models.symmetric.mechanism import SymmetricMechanism, lottery
from collude.models.symmetric.population import Population
from collude.models.symmetric.views import from_ordinary, to_ordinary

COALITIONAL = {
    "strategy-proof": ("strong", 1, 1),
    "pairwise-strategy-proof": ("strong", 1, 2),
    "group-strategy-proof": ("strong", 1, 9),
    "weakly-group-strategy-proof": ("weak", 1, 9),
    "side-payment-collusion-proof": ("money", 1, 9),
    "collusion-proof": ("strong", 9, 9),
}
PROFILEWISE = {
    "individually-rational": "rational",
    "budget-balanced": "balanced",
    "no-deficit": "deficit",
    "envy-free": "envy",
    "non-bossy": "bossy",
}


def drawn(seed: int) -> tuple[int, list[list[Fraction]], dict[Any, Any], SymmetricMechanism]:
    """A random symmetric mechanism, with lotteries for every other seed: (n, values, table of shares, mechanism)."""
    draw = random.Random(seed)
    n, kinds = draw.choice([(2, 2), (2, 4), (3, 2), (3, 3), (4, 2), (5, 2)])
    bundles = draw.choice([1, 2, 3])
    values = [[Fraction(draw.randint(0, 3)) for _ in range(bundles)] for _ in range(kinds)]
    few = [drawn_lottery(draw, bundles, seed % 2 == 0) for _ in range(draw.choice([2, 3, 9]))]
    table = {
        (report, counts): draw.choice(few)
        for counts in all_counts(n, kinds)
        for report in range(kinds)
        if counts[report]
    }
    member = from_values("goods", [range(kinds)], [[(b,) for b in range(bundles)]], [values])
    shares = list(dict.fromkeys(table.values()))
    ranks = rank_table(n, kinds)
    share = np.full((multiset_count(n, kinds), kinds), -1, np.int32)
    for (report, counts), parts in table.items():
        share[rank_of(np.array(counts), ranks), report] = shares.index(parts)
    return n, values, table, SymmetricMechanism(Population(n, member), f"drawn {seed}", share, tuple(shares))


def drawn_lottery(draw: random.Random, bundles: int, random_parts: bool) -> Any:
    def transfer() -> Fraction:
        return Fraction(draw.choice([-3, -2, -1, 0, 0, 1]), draw.choice([1, 2]))

    if not random_parts:
        return lottery([(Fraction(1), draw.randrange(bundles), transfer())])
    chance = Fraction(draw.randint(1, 3), 3)
    return lottery([(chance, draw.randrange(bundles), transfer()), (1 - chance, draw.randrange(bundles), transfer())])


@pytest.mark.kernel
@pytest.mark.parametrize(("members", "types"), [(0, 3), (1, 1), (4, 1), (3, 2), (5, 4), (2, 7)])
def test_ranks_are_places(members: int, types: int) -> None:
    counts, table = multisets(members, types), rank_table(members, types)
    assert sorted(map(tuple, counts.tolist())) == sorted(all_counts(members, types))
    assert [rank_of(row, table) for row in counts] == list(range(multiset_count(members, types)))
    half = len(counts) // 2
    assert (multisets(members, types, half, len(counts)) == counts[half:]).all()


@pytest.mark.kernel
def test_random_mechanisms_against_the_definition() -> None:
    seen = dict.fromkeys([*COALITIONAL, *PROFILEWISE], 0)
    for seed in range(60):
        n, values, table, mechanism = drawn(seed)
        report = check_symmetric(mechanism, [*COALITIONAL, *PROFILEWISE], jobs=1)

        def share(a: int, counts: Any, table: Any = table) -> Any:
            return table[a, counts]

        known = cache(
            lambda low, high, n=n, values=values, share=share: coalition_violations(n, values, share, low, high)
        )
        for name, (way, low, high) in COALITIONAL.items():
            expected = known(min(low, n), min(high, n))[way]
            assert report[name].violations == expected, (seed, name)
            assert report[name].holds == (expected == 0)
            seen[name] += expected > 0
        single = profile_violations(n, values, share)
        for name, way in PROFILEWISE.items():
            assert report[name].violations == single[way], (seed, name)
            seen[name] += single[way] > 0
    assert min(seen.values()) >= 15, seen


GOODS = {
    "efficient": "efficient",
    "no-positive-transfers": "positive",
    "symmetric": "symmetric",
    "anonymous": "anonymous",
}


def test_random_sales_with_lotteries_against_the_definition() -> None:
    """A few units of a good, given out with any probabilities that the supply allows: what is about goods and names."""
    seen = dict.fromkeys(["efficient", "no-positive-transfers", "lotteries"], 0)
    for seed in range(40):
        draw = random.Random(1000 + seed)
        n, kinds = draw.choice([(1, 3), (2, 3), (3, 2), (3, 3), (4, 2)])
        units = draw.randint(1, n)
        values = [[Fraction(0), Fraction(draw.randint(-1, 4), draw.choice([1, 3]))] for _ in range(kinds)]
        member = from_values("goods", [range(kinds)], [[(0,), (1,)]], [values], supply=(units,))
        table: dict[Any, Any] = {}
        for counts in all_counts(n, kinds):
            for report in (k for k in range(kinds) if counts[k]):
                chance = Fraction(units, n) * Fraction(draw.choice([0, 1, 2, 2, 2]), 2)
                money = Fraction(draw.choice([-2, -1, 0, 0, 1]), draw.choice([1, 2]))
                table[report, counts] = lottery([(chance, 1, money), (1 - chance, 0, Fraction(0))])
        shares = list(dict.fromkeys(table.values()))
        ranks = rank_table(n, kinds)
        share = np.full((multiset_count(n, kinds), kinds), -1, np.int32)
        for (report, counts), parts in table.items():
            share[rank_of(np.array(counts), ranks), report] = shares.index(parts)
        mechanism = SymmetricMechanism(Population(n, member), f"drawn {seed}", share, tuple(shares))
        names = [name for name in GOODS if n > 1 or name not in ("symmetric", "anonymous")]
        report = check_symmetric(mechanism, names, jobs=1)
        expected = goods_violations(n, values, lambda a, c, table=table: table[a, c], [(0,), (1,)], "supply", (units,))
        for name in names:
            assert report[name].violations == expected[GOODS[name]], (seed, name)
            seen[name] = seen.get(name, 0) + (expected[GOODS[name]] > 0)
        seen["lotteries"] += mechanism.lotteries
    assert min(seen[name] for name in ("efficient", "no-positive-transfers", "lotteries")) >= 15, seen
    assert seen["symmetric"] == seen["anonymous"] == 0


def test_quotient_and_ordinary_engine_tell_the_same() -> None:
    """Counts, and whole witnesses, of all axioms."""
    violated = 0
    for seed in range(100, 180):
        _, _, _, mechanism = drawn(seed)
        names = [*COALITIONAL, *PROFILEWISE]
        ours, theirs = check_symmetric(mechanism, names, jobs=1), check(to_ordinary(mechanism), names, jobs=1)
        for name in names:
            one, other = ours[name].to_dict(), theirs[name].to_dict()
            assert one.pop("classes") <= one["violations"]
            one.pop("seconds"), other.pop("seconds"), one.pop("over_lotteries", None)
            assert one == other, (seed, name)
            violated += not other["holds"]
    assert violated >= 200


@pytest.mark.parametrize("ties", ["even", "nobody"])
def test_second_price_against_the_definition(ties: str) -> None:
    for n, kinds in ((1, 3), (2, 4), (3, 3), (4, 2)):
        types = [Fraction(k) for k in range(kinds)]
        values = [[Fraction(0), x] for x in types]
        share = split_second_price(types, ties)
        mechanism = symmetric_second_price(Population(n, auction(1, types)), ties=ties)
        report = check_symmetric(mechanism, jobs=1)
        assert "asked for by name" in report.left_out["budget-balanced"]
        for name, (way, low, high) in COALITIONAL.items():
            if name in report.left_out:
                continue
            assert report[name].violations == coalition_violations(n, values, share, min(low, n), min(high, n))[way]
        single = profile_violations(n, values, share, supply=1)
        for name, way in {**PROFILEWISE, "efficient": "efficient"}.items():
            if name == "budget-balanced":
                assert check_symmetric(mechanism, name, jobs=1)[name].violations == single[way]
            elif name not in report.left_out:
                assert report[name].violations == single[way], (name, n, kinds)


KNOWN = [(2, 4, 9), (3, 3, 35), (3, 4, 96), (4, 3, 222), (6, 10, 13_789_305)]


@pytest.mark.parametrize(("n", "kinds", "pairs"), KNOWN)
def test_second_price_known_counts(n: int, kinds: int, pairs: int) -> None:
    mechanism = symmetric_second_price(Population(n, auction(1, range(kinds))))
    assert check_symmetric(mechanism, "group-strategy-proof")["group-strategy-proof"].violations == pairs


def test_even_ties_count_as_lowest_index_ties() -> None:
    for n, kinds in ((2, 5), (3, 4), (5, 3)):
        even = check_symmetric(symmetric_second_price(Population(n, auction(1, range(kinds)))), "group-strategy-proof")
        lowest = check(second_price(auction(n, range(kinds))), "group-strategy-proof")
        assert even["group-strategy-proof"].violations == lowest["group-strategy-proof"].violations


def test_recognition_and_refusal() -> None:
    for seed in range(1, 40, 2):
        _, _, _, mechanism = drawn(seed)
        again = from_ordinary(to_ordinary(mechanism))
        assert [[again.shares[r] if r >= 0 else None for r in row] for row in again.share.tolist()] == [
            [mechanism.shares[r] if r >= 0 else None for r in row] for row in mechanism.share.tolist()
        ]
    with pytest.raises(InputError, match=r"at \(0, 0\) agent 0 gets 1 for 0, at \(0, 0\), .* agent 1 .* gets 0 for 0"):
        from_ordinary(second_price(auction(2, range(3))))
    with pytest.raises(InputError, match="does not treat agents alike"):
        from_ordinary(second_price(auction(3, range(3))))
