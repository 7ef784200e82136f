"""Optimal trade of N objects: knapsack and frontier against enumeration, the literal formulas and the published numbers."""

import random
from fractions import Fraction
from itertools import pairwise, product

import pytest
from oracle import object_trade as oracle

from collude.models.errors import InputError, SizeError
from collude.models.trade.direct import direct_trade, is_symmetric, relabelled, symmetrised
from collude.models.trade.objects import ObjectTrade, ThresholdRule
from collude.programs.trade.frontier import trade_frontier
from collude.programs.trade.interim import InterimTable, interim_tables
from collude.programs.trade.knapsack import LUMP, bound_at_price, coefficients, optimal_trade

F = Fraction
HALF = (F(1, 2), F(1, 2))


def base(n: int) -> ObjectTrade:
    return ObjectTrade(n, (0, 11), (1, 12), HALF)  # type: ignore[arg-type]


def plain(problem: ObjectTrade) -> oracle.Objects:
    return oracle.Objects(problem.objects, problem.seller, problem.buyer, problem.good)


def drawn(rng: random.Random, n: int) -> ObjectTrade:
    """Random values in the required order and random probabilities."""
    marks = sorted(rng.sample(range(-12, 60), 4))
    low_s, low_b, high_s, high_b = (F(x, rng.choice((1, 2, 3))) for x in marks)
    while not high_b > high_s > low_b > low_s:
        marks = sorted(rng.sample(range(-12, 60), 4))
        low_s, low_b, high_s, high_b = (F(x) for x in marks)
    good = (F(rng.randint(1, 6), 7), F(rng.randint(1, 4), 5))
    return ObjectTrade(n, (low_s, high_s), (low_b, high_b), good)


def alphas_of(problem: ObjectTrade) -> list[Fraction]:
    """0, 1, all breakpoints and all midpoints."""
    marks = sorted({F(0), F(1), *trade_frontier(problem).alphas})
    return [*marks, *((a + b) / 2 for a, b in pairwise(marks))]


def table_of(direct) -> oracle.Table:  # type: ignore[no-untyped-def]
    profiles = product(direct.types, repeat=2)
    rows = zip(direct.probabilities, direct.transfers, strict=True)
    return dict(zip(profiles, rows, strict=True))


def texts(pairs) -> list[tuple[str, ...]]:  # type: ignore[no-untyped-def]
    return [tuple(str(x) for x in pair) for pair in pairs]


def test_published_one_object() -> None:
    best = optimal_trade(base(1))
    assert (base(1).first_best, sum(best.rule.utilities), best.rule.sigma) == (F(7, 2), F(33, 10), (F(3, 5),) * 2)
    assert best.ends[0] != best.ends[1]
    found = trade_frontier(base(1))
    assert texts(v.utilities for v in found.vertices) == [
        ("13/4", "0"), ("11/4", "11/20"), ("11/20", "11/4"), ("0", "13/4")
    ]  # fmt: skip
    assert list(map(str, found.alphas)) == ["11/21", "1/2", "10/21"]


def test_published_two_objects() -> None:
    best = optimal_trade(base(2))
    assert (sum(best.rule.utilities), best.rule.thresholds, best.rule.sigma) == (F(209, 31), (0, 0), (F(15, 31),) * 2)
    data = coefficients(base(2))
    assert [data.ratio(0, m) for m in range(2)] == [F(31, 33), F(9, 11)]


def test_published_three_objects() -> None:
    problem = base(3)
    data = coefficients(problem)
    unit = data.denominator
    assert [F(a, unit) for a in data.benefit[0]] == [F(77, 16), F(11, 4), F(11, 16)]
    assert [F(b, unit) for b in data.cost[1]] == [F(37, 8), F(19, 8), F(1, 2)]
    assert [data.ratio(1, m) for m in range(3)] == [F(74, 77), F(19, 22), F(8, 11)]
    best = optimal_trade(problem)
    assert (best.rule.sigma, sum(best.rule.utilities)) == ((F(13, 37),) * 2, F(759, 74))
    found = trade_frontier(problem)
    seller = [("39/4", "0"), ("37/4", "11/16"), ("33/4", "561/304"), ("4037/592", "55/16")]
    assert texts(v.utilities for v in found.vertices) == [*seller, *((b, a) for a, b in reversed(seller))]
    half = [F(11, 19), F(22, 41), F(148, 281)]
    assert list(found.alphas) == [*half, F(1, 2), *(1 - x for x in reversed(half))]
    banned = ThresholdRule(problem, (0, 0), (F(0), F(0)), (F(0), F(0)))
    assert sum(banned.utilities) == F(55, 8)
    surplus = sum(
        oracle.chance(plain(problem), 0, s)
        * oracle.chance(plain(problem), 1, b)
        * sum(p * problem.surplus(x, y) for p, x, y in zip(banned.probabilities(s, b), s, b, strict=True))
        for s, b in product(oracle.types(3), repeat=2)
    )
    assert surplus == F(81, 8)
    bad = sum((oracle.mass(plain(problem), 0, m) * (3 - m) * banned.mu(0, m) for m in range(4)), F(0))
    assert bad / sum(oracle.mass(plain(problem), 0, m) * (3 - m) for m in range(4)) == F(3, 4)


def test_published_larger() -> None:
    assert [base(n).bound(0) for n in (1, 8)] == [11, 11]
    assert [trade_frontier(base(n)).vertices[0].utilities[1] for n in (10, 11)] == [0, F(11, 4096)]
    assert [base(n).keeps_something(1) for n in (10, 11)] == [False, True]
    assert optimal_trade(base(11), 1).free == ((0, 10), (1, 10))
    assert (base(1).first_best_slack, ObjectTrade(1, "0,8", "4,12", "1/2,1/2").first_best_slack) == (-2, 1)  # type: ignore[arg-type]
    eight = optimal_trade(base(8)).rule
    assert eight.thresholds == (1, 1)
    assert abs(eight.sigma[0] - F("0.511837655")) < F(1, 10**9)
    assert sum(eight.utilities) == F(395417, 14192)
    for n, shown in ((15, "3.497504108896"), (25, "3.499757694064"), (50, "3.499999342945")):
        assert abs(sum(optimal_trade(base(n)).rule.utilities) / n - F(shown)) < F(1, 10**12)
    hundred = sum(optimal_trade(base(100)).rule.utilities) / 100
    assert abs(F(7, 2) - hundred - F(9, 10**12)) < F(1, 10**12)
    far = optimal_trade(base(1500)).rule
    assert abs((far.thresholds[0] + 1 - far.sigma[0]) / 1500 - F(2, 11)) < F(1, 500)


def test_figures_have_the_shapes_of_the_paper() -> None:
    first = trade_frontier(ObjectTrade(8, "0,10", "2,12", "1/2,1/2"))  # type: ignore[arg-type]
    assert (len(first.vertices), first.vertices[0].utilities[1]) == (14, F(25, 128))
    many, one = (trade_frontier(ObjectTrade(n, "0,20", "1,21", "1/2,1/2")) for n in (15, 1))  # type: ignore[arg-type]
    assert many.vertices[0].utilities == tuple(15 * u for u in one.vertices[0].utilities)
    assert many.support(F(1, 2)) > 15 * one.support(F(1, 2))
    third = trade_frontier(base(8))
    assert len(third.vertices) == 18
    assert {v.rule.thresholds[1] for v in third.vertices} == set(range(-1, 8))
    attained, alone = (trade_frontier(ObjectTrade(n, "0,8", "4,12", "1/2,1/2")) for n in (8, 1))  # type: ignore[arg-type]
    assert attained.support(F(1, 2)) == 8 * alone.support(F(1, 2)) == attained.problem.first_best / 2
    assert attained.support(F(2, 3)) > 8 * alone.support(F(2, 3))
    assert all(-1 in v.rule.thresholds for v in attained.vertices)
    assert len(trade_frontier(base(15)).vertices) == 26
    assert trade_frontier(base(15)).vertices[0].utilities[1] > 0


@pytest.mark.parametrize("problems", [24, pytest.param(60, marks=pytest.mark.slow)])
def test_knapsack_frontier_and_enumeration_agree(problems: int) -> None:
    rng = random.Random(13)
    seen = {"edge": 0, "first best": 0, "negative cost": 0, "interior": 0}
    for trial in range(problems):
        problem = drawn(rng, 1 + trial % 3) if trial >= 3 else base(trial + 1)
        x = plain(problem)
        data = coefficients(problem)
        for side, m in product((0, 1), range(problem.objects)):
            assert F(data.benefit[side][m], data.denominator) == oracle.benefit(x, side, m)
            assert F(data.cost[side][m], data.denominator) == oracle.cost(x, side, m)
        assert F(data.budget, data.denominator) == oracle.budget(x)
        seen["negative cost"] += any(b < 0 for row in data.cost for b in row)
        seen["first best"] += problem.first_best_slack >= 0
        edges = trade_frontier(problem)
        for alpha in alphas_of(problem):
            best = optimal_trade(problem, alpha)
            assert (
                best.value
                == edges.support(alpha)
                == oracle.support(x, alpha)
                == bound_at_price(problem, alpha, best.price)
            )
            seen["edge"] += best.ends[0] != best.ends[1]
            seen["interior"] += 0 < alpha < 1
    assert seen["edge"] >= problems
    assert min(seen["first best"], seen["negative cost"]) >= problems // 8
    assert seen["interior"] >= 3 * problems


def test_frontier_is_convex_and_its_rules_yield_its_utilities() -> None:
    rng = random.Random(4)
    vertices = 0
    for n in (1, 2, 5, 9, 20):
        for _ in range(4):
            problem = drawn(rng, n)
            found = trade_frontier(problem)
            assert len(found.vertices) <= 2 * n + 2
            assert all(a > b for a, b in pairwise(found.alphas))
            for one, other in pairwise(found.vertices):
                assert one.utilities[0] > other.utilities[0]
                assert one.utilities[1] < other.utilities[1]
                alpha = one.alpha
                assert alpha is not None
                ends = [alpha * v.utilities[0] + (1 - alpha) * v.utilities[1] for v in (one, other)]
                assert ends[0] == ends[1] == optimal_trade(problem, alpha).value
            for vertex in found.vertices:
                assert vertex.rule.utilities == vertex.utilities
                vertices += 1
            top = found.vertices[0].rule
            negative = sum(b for b in (oracle.cost(plain(problem), 1, m) for m in range(n)) if b <= 0)
            gain = problem.buyer[1] - problem.seller[1]
            assert top.thresholds[0] == -1
            assert top.lump[0] == n * problem.good[1] * gain - negative > 0
    assert vertices >= 100


def test_thresholds_fall_with_the_own_weight_and_ratios_with_m() -> None:
    rng = random.Random(8)
    for n in (2, 4, 7):
        problem = drawn(rng, n)
        data = coefficients(problem)
        for side in (0, 1):
            ratios = [data.ratio(side, m) for m in (LUMP, *range(n))]
            assert all(a > b for a, b in pairwise(ratios))
        rules = [optimal_trade(problem, F(k, 40)).rule for k in range(41)]
        limits = [[rule.thresholds[j] + 1 - rule.sigma[j] for rule in rules] for j in (0, 1)]
        assert all(a >= b for a, b in pairwise(limits[0]))
        assert all(a <= b for a, b in pairwise(limits[1]))


def test_direct_mechanisms_satisfy_the_definitions() -> None:
    rng = random.Random(3)
    seen = 0
    for n in (1, 1, 1, 2, 2, 2, 3):
        problem = drawn(rng, n) if seen else base(1)
        x = plain(problem)
        for alpha in (F(0), F(1, 3), F(1, 2), F(1)):
            rule = optimal_trade(problem, alpha).rule
            for version in ("own-report", "balanced"):
                direct = direct_trade(rule, version)
                table = table_of(direct)
                assert oracle.bayesian_ic(x, table)
                assert oracle.interim_ir(x, table)
                assert oracle.ex_ante(x, table) == (*rule.utilities, 0) == (*direct.utilities, direct.revenue)
                assert direct.best_lie(0) <= 0
                assert direct.best_lie(1) <= 0
                assert min(direct.worst_type(0), direct.worst_type(1)) >= 0
                if version == "balanced":
                    assert all(sum(money) == 0 for money in direct.transfers)
                assert is_symmetric(direct)
                seen += 1
    assert seen == 56


def test_published_balanced_table_of_one_object() -> None:
    direct = direct_trade(optimal_trade(base(1)).rule, "balanced")
    rows = [
        (direct.probabilities[direct.place(s, b)][0], direct.transfers[direct.place(s, b)][0],
         direct.utility(0, s, s, b), direct.utility(1, b, s, b))
        for s in (0, 1) for b in (0, 1)
    ]  # fmt: skip
    expected = [(0, 0, 0, 0), (F(3, 5), F(33, 5), 0, F(3, 5)), (F(3, 5), F(3, 5), F(3, 5), 0), (1, 6, 6, 6)]
    assert rows == expected
    assert oracle.pair_violations(plain(base(1)), table_of(direct)) == [1, 1, 0]


def test_smallest_known_joint_misreport() -> None:
    problem = ObjectTrade(1, "0,2", "1,7", "3/4,1/4")  # type: ignore[arg-type]
    direct = direct_trade(trade_frontier(problem).vertices[-1].rule, "balanced")
    assert [direct.utility(0, 0, 0, 1), direct.utility(0, 0, 1, 1)] == [F(-27, 16), F(-23, 16)]
    assert [direct.utility(1, 1, 0, 1), direct.utility(1, 1, 1, 1)] == [F(27, 16), F(103, 16)]
    assert oracle.pair_violations(plain(problem), table_of(direct))[2] == 1
    for n in (1, 2, 3):
        direct = direct_trade(optimal_trade(base(n)).rule, "balanced")
        assert oracle.pair_violations(plain(base(n)), table_of(direct))[2] == 0


def grid_tables() -> list[InterimTable]:
    thirds = [F(k, 3) for k in range(4)]
    tables = []
    for phi0, phi1, xi1, xi2, d1, d2 in product(thirds, repeat=6):
        tables.append(InterimTable(F(1), (phi0, phi1), (xi1, xi2), (F(0), d1, d1 + d2)))
    return tables


def test_proposition_3_on_the_grid() -> None:
    counts = dict.fromkeys(("slic", "slic monotone", "ic", "slic not ic", "ic not monotone"), 0)
    for table in grid_tables():
        slic, monotone = table.locally_incentive_compatible, table.monotone
        full = oracle.interim_ic(oracle.Interim(table.spread, table.bad, table.good, table.net))
        assert table.incentive_compatible == full
        assert slic or not full
        assert full or not (slic and monotone)
        counts["slic"] += slic
        counts["slic monotone"] += slic and monotone
        counts["ic"] += full
        counts["slic not ic"] += slic and not full
        counts["ic not monotone"] += full and not monotone
    expected = {"slic": 372, "slic monotone": 175, "ic": 286, "slic not ic": 86, "ic not monotone": 111}
    assert counts == expected


def test_proposition_4_tightening() -> None:
    mass = base(2).mass(0)
    seen = 0
    for table in grid_tables():
        if not table.locally_incentive_compatible:
            continue
        tight = table.tightened_alike(mass)
        assert tight.tight
        assert tight.expected(mass) == table.expected(mass)
        assert tight.net[0] >= table.net[0]
        seen += tight != table
    assert seen >= 250


def test_interim_tables_are_the_averages() -> None:
    rng = random.Random(21)
    for n in (1, 2, 3):
        problem = drawn(rng, n)
        rule = optimal_trade(problem, F(2, 5)).rule
        direct = direct_trade(rule)
        for side, table in enumerate(interim_tables(rule)):
            assert table.incentive_compatible
            assert table.tight
            assert table.monotone
            for own in range(2**n):
                w = direct.types[own]
                assert direct.interim(side, own, own) == table.net[sum(w)]
                for item, good in enumerate(w):
                    places = [(own, x) if side == 0 else (x, own) for x in range(2**n)]
                    average = sum(
                        direct.chance(1 - side, x) * direct.probabilities[direct.place(*place)][item]
                        for x, place in enumerate(places)
                    )
                    assert average == (table.xi(sum(w)) if good else table.phi(sum(w)))


def test_relabelling_composes() -> None:
    rng = random.Random(2)
    direct = direct_trade(optimal_trade(base(3)).rule)
    rows = tuple(tuple(F(rng.randint(0, 4), 4) for _ in range(3)) for _ in direct.probabilities)
    odd = type(direct)(direct.problem, rows, direct.transfers)
    one, two = (1, 2, 0), (1, 0, 2)
    joined = tuple(two[one[i]] for i in range(3))
    assert relabelled(relabelled(odd, one), two) == relabelled(odd, joined)
    assert relabelled(relabelled(odd, two), one) != relabelled(odd, joined)
    assert is_symmetric(symmetrised(odd))
    assert not is_symmetric(odd)


@pytest.mark.parametrize(
    ("given", "fragment"),
    [
        ((0, "0,11", "1,12", "1/2,1/2"), "at least 1"),
        ((True, "0,11", "1,12", "1/2,1/2"), "whole number"),
        ((1, "0,11", "12,13", "1/2,1/2"), "must satisfy"),
        ((1, "0,11,3", "1,12", "1/2,1/2"), "two numbers"),
        ((1, "0,11", "1,12", "0,1/2"), "strictly between"),
        ((1, "0,11", "1,12", "1/2,1"), "strictly between"),
        ((1, "0,x", "1,12", "1/2,1/2"), "not a number"),
        ((1, (0, 11.0), "1,12", "1/2,1/2"), "float"),
    ],
)
def test_bad_problems_are_refused(given: tuple, fragment: str) -> None:
    with pytest.raises(InputError) as error:
        ObjectTrade(*given)
    assert fragment in str(error.value)


def test_bad_calls_are_refused() -> None:
    with pytest.raises(SizeError):
        ObjectTrade(10**6, "0,11", "1,12", "1/2,1/2")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="alpha"):
        optimal_trade(base(1), 2)
    with pytest.raises(InputError, match="price"):
        bound_at_price(base(1), F(1, 2), F(1, 3))
    with pytest.raises(InputError, match="transfers are"):
        direct_trade(optimal_trade(base(1)).rule, "fair")
    with pytest.raises(SizeError):
        direct_trade(optimal_trade(base(5)).rule)
    with pytest.raises(InputError, match="threshold"):
        ThresholdRule(base(2), (2, 0), (F(0), F(0)), (F(0), F(0)))
    with pytest.raises(InputError, match="sigma"):
        ThresholdRule(base(2), (-1, 0), (F(1, 2), F(0)), (F(0), F(0)))
