"""What the two sources print and what is right: each printed version fails a computation that the right one passes."""

import random
from fractions import Fraction
from itertools import pairwise, permutations, product
from math import comb

import pytest
from oracle import object_trade as oracle
from test_trade_optimal import base, drawn, plain, table_of

import collude as co
from collude.enumerate.checks.check import check
from collude.models.errors import InputError
from collude.models.library.trade import trade_schedule
from collude.models.trade.direct import direct_trade, relabelled
from collude.models.trade.objects import ObjectTrade, ThresholdRule
from collude.models.trade.plateaus import schedule_of
from collude.models.trade.posted_forms import linear_price_form
from collude.models.trade.selections import posted_price_tables, schedule_mechanism
from collude.models.trade.type_grids import separable_trade
from collude.programs.trade.frontier import trade_frontier
from collude.programs.trade.full_program import full_optimum
from collude.programs.trade.interim import InterimTable
from collude.programs.trade.knapsack import coefficients, optimal_trade

F = Fraction


# Eilat and Pauzner, "Optimal bilateral trade of multiple objects"


def test_rents_add_up_the_probabilities_below() -> None:
    """(9) and (10): the sum over k < m is of mu_k, not of mu_m."""
    rule = optimal_trade(base(3)).rule
    x = plain(base(3))
    half = F(11, 2)
    for m in range(4):
        right = rule.lump[0] + half * sum((rule.mu(0, k) for k in range(m)), F(0))
        assert rule.net(0, m) == right
    printed = [rule.lump[0] + half * m * rule.mu(0, m) for m in range(3)]
    assert printed != [rule.net(0, m) for m in range(3)]
    utility = sum(oracle.mass(x, 0, m) * rule.net(0, m) for m in range(4))
    outer = sum(oracle.mass(x, 0, w) * oracle.mass(x, 0, m) * rule.net(0, m) for w in range(4) for m in range(4))
    assert utility == outer == rule.utilities[0]  # the outer expectation of (10) changes nothing
    density = [comb(3, m) * F(1, 2) ** 3 for m in range(4)]
    assert density == [oracle.mass(x, 0, m) for m in range(4)]


def test_tight_begins_at_no_good_object() -> None:
    """Definition 4 from m = 1 leaves the first rent open, so that (9) does not follow."""
    loose = InterimTable(F(1), (F(0), F(1, 2)), (F(1), F(1)), (F(0), F(1, 2), F(1)))
    assert loose.locally_incentive_compatible
    assert loose.net[2] - loose.net[1] == loose.spread * loose.phi(1)  # all that the printed range asks for
    assert not loose.tight
    assert loose.net[1] != loose.net[0] + loose.spread * loose.phi(0)


def test_the_second_branch_of_20_runs_to_all_objects() -> None:
    """If types with N good objects are left out, the ex ante utility is not kept."""
    mass = base(2).mass(0)
    table = InterimTable(F(1), (F(0), F(0)), (F(1), F(1)), (F(0), F(1, 2), F(1, 2)))
    k, d = 0, F(1, 2)
    share = sum(mass[k + 1 :])
    right = [x + d * share - (d if m > k else 0) for m, x in enumerate(table.net)]
    printed = [x + (d * share - (d if m > k else 0) if m < 2 else 0) for m, x in enumerate(table.net)]

    def expected(net: list[Fraction]) -> Fraction:
        return sum((p * x for p, x in zip(mass, net, strict=True)), F(0))

    assert expected(right) == table.expected(mass) != expected(printed)


def test_the_ratio_is_cost_to_benefit() -> None:
    """The main text's r(z) has the opposite sign: filling in its order, from the lowest up, loses welfare."""
    problem = base(3)
    data = coefficients(problem)

    def filled(order: list[tuple[int, int]]) -> Fraction:
        left, value = F(data.budget), F(0)
        for side, m in order:
            share = max(F(0), min(F(1), left / data.cost[side][m]))
            left -= share * data.cost[side][m]
            value += share * data.benefit[side][m]
        return (value + left) / data.denominator

    variables = list(product((0, 1), range(3)))
    right = sorted(variables, key=lambda z: data.ratio(*z))
    printed = sorted(variables, key=lambda z: -data.ratio(*z))
    assert filled(right) == sum(optimal_trade(problem).rule.utilities) == F(759, 74)
    assert filled(printed) < filled(right)


def test_benefits_have_the_binomial_weight() -> None:
    """Proof of Lemma 1: (1-q)^(N-k), not (1-q)^k."""
    literal = F(1, 2) * 11 * sum(comb(3, k) * F(1, 2) ** k * F(1, 2) ** k for k in range(1, 4))
    assert literal == F(671, 128)
    data = coefficients(base(3))
    assert F(data.benefit[0][0], data.denominator) == oracle.benefit(plain(base(3)), 0, 0) == F(77, 16)


def test_thresholds_decrease_in_the_own_weight() -> None:
    """Theorem 1 says that they increase; and that all mu fall as the weight rises."""
    low, high = (optimal_trade(base(3), alpha).rule for alpha in (F(45, 100), F(55, 100)))
    assert high.thresholds[0] < low.thresholds[0]
    assert high.thresholds[1] > low.thresholds[1]
    assert all(high.mu(0, m) >= low.mu(0, m) for m in range(3))
    assert any(high.mu(0, m) > low.mu(0, m) for m in range(3))


def test_a_threshold_below_0_is_needed() -> None:
    """The printed ranges M in 0..N-1, sigma in [0, 1) leave mu_0 < 1, which no optimum at these weights has."""
    problem, alpha = base(3), F(6, 10)
    best = optimal_trade(problem, alpha)
    assert best.rule.thresholds[0] == -1
    assert full_optimum(problem, alpha).value == best.value
    data = coefficients(problem)
    for sigma in (F(0), F(1, 2), F(999, 1000)):
        spent = sigma * data.cost[0][0] + sum(data.cost[0][1:])
        lump = F(data.budget - spent) / data.denominator
        rule = ThresholdRule(problem, (0, 2), (sigma, F(0)), (lump, F(0)))
        assert alpha * rule.utilities[0] + (1 - alpha) * rule.utilities[1] < best.value


def test_rents_include_the_lump_sum() -> None:
    """The printed tau = max(0, (m - M - 1 + sigma) D q) forgets c: budget is left over and the seller gets too little."""
    rule = trade_frontier(base(3)).vertices[0].rule
    assert rule.lump[0] > 0
    mass = base(3).mass(0)
    printed = sum(p * F(11, 2) * max(F(0), m - rule.thresholds[0] - 1 + rule.sigma[0]) for m, p in enumerate(mass))
    assert printed == rule.utilities[0] - rule.lump[0] < full_optimum(base(3), 1).value == rule.utilities[0]


def test_the_type_at_the_threshold_has_one_more_good_object() -> None:
    """A rent of sigma D q goes to the type with M + 1 good objects; the one with M gets nothing but c."""
    rule = optimal_trade(base(3)).rule
    assert rule.thresholds[0] == 0
    assert rule.net(0, 0) == rule.lump[0]
    assert rule.net(0, 1) == rule.lump[0] + rule.sigma[0] * F(11, 2)


def test_proposition_5_has_the_own_probability() -> None:
    """The appendix has the buyer's q for both sides."""
    rng = random.Random(77)
    wrong = 0
    for _ in range(60):
        problem = drawn(rng, rng.randint(1, 6))
        kept = optimal_trade(problem, 0).rule.utilities[0] > 0
        assert kept == problem.keeps_something(0)
        q, spread = problem.good[1], problem.spreads[0]
        wrong += kept != (problem.objects >= q / (1 - q) * spread / (problem.gain - spread))
    assert wrong >= 5


def hazard(n: int, q: Fraction, m: int, total: Fraction) -> Fraction:
    return (n - m) * comb(n, m) * q**m * (1 - q) ** (n - m) / total


def test_claim_1_needs_an_interior_probability() -> None:
    """At q = 0 the tail is 0 and the ratio undefined; such problems are refused."""
    with pytest.raises(ZeroDivisionError):
        hazard(3, F(0), 1, F(0))
    for good in ("0,1/2", "1/2,1"):
        with pytest.raises(InputError, match="strictly between"):
            ObjectTrade(3, "0,11", "1,12", good)  # type: ignore[arg-type]
    for q in (F(1, 9), F(1, 2), F(8, 9)):
        tails = [sum(comb(6, k) * q**k * (1 - q) ** (6 - k) for k in range(m + 1, 7)) for m in range(6)]
        ratios = [hazard(6, q, m, tail) for m, tail in enumerate(tails)]
        assert all(x < y for x, y in pairwise(ratios))


def test_sums_in_the_proof_of_claim_1() -> None:
    """The lower sum starts at k_hat + 1, and F is a sum, not 1 less it: both printed versions break the inequality."""
    n, q = 4, F(1, 2)
    p = [comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(n + 1)]
    broken = {"start": 0, "complement": 0}
    for k, k_hat in product(range(n), repeat=2):
        if k_hat <= k:
            continue
        left = sum(p[k + 1 :]) / p[k] / (n - k)
        assert left > sum(p[k_hat + 1 :]) / p[k_hat] / (n - k_hat)
        broken["start"] += not left > sum(p[k + 1 :]) / p[k_hat] / (n - k_hat)
    distribution = [sum(p[: k + 1]) for k in range(n)]
    right = [(n - k) * p[k] / (1 - distribution[k]) for k in range(n)]
    printed = [(n - k) * p[k] / (1 - (1 - distribution[k])) for k in range(n)]
    assert all(x < y for x, y in pairwise(right))
    broken["complement"] += not all(x < y for x, y in pairwise(printed))
    assert broken["start"] >= 1
    assert broken["complement"] == 1


def moved(vector: tuple[int, ...], order: tuple[int, ...], inverse: bool) -> tuple[int, ...]:
    """(M w)_i = w at the inverse place (footnote 7), or at the place itself (the wording of the body)."""
    places = [order.index(i) for i in range(len(order))] if inverse else list(order)
    return tuple(vector[j] for j in places)


def test_relabelling_uses_the_inverse_permutation() -> None:
    """Definition 1 holds for the optimal mechanism with the footnote's M, and fails with the body's for a 3-cycle."""
    direct = direct_trade(optimal_trade(base(3)).rule)
    number = {vector: k for k, vector in enumerate(direct.types)}
    failures = {True: 0, False: 0}
    for order in permutations(range(3)):
        for inverse in (True, False):
            for s, b in product(direct.types, repeat=2):
                place = direct.place(number[s], number[b])
                other = direct.place(number[moved(s, order, inverse)], number[moved(b, order, inverse)])
                failures[inverse] += any(
                    direct.probabilities[place][i] != direct.probabilities[other][order[i]] for i in range(3)
                )
    assert failures[True] == 0
    assert failures[False] > 0
    assert relabelled(direct, (1, 2, 0)) == direct


def test_incentives_of_the_seller_have_the_other_sign() -> None:
    """Lemma 3 writes the incentive constraint with the buyer's sign for both sides."""
    direct = direct_trade(optimal_trade(base(2)).rule)
    x, table = plain(base(2)), table_of(direct)
    violated = {1: 0, -1: 0}
    for w, r in product(direct.types, repeat=2):
        for sign in (1, -1):
            total = F(0)
            for other in direct.types:
                p, _ = table[r, other]
                net = oracle.utility(x, table, 0, r, (r, other))
                differences = (x.value(0, a) - x.value(0, b) for a, b in zip(w, r, strict=True))
                lied = net + sign * sum((share * d for share, d in zip(p, differences, strict=True)), F(0))
                total += oracle.chance(x, 1, other) * lied
            violated[sign] += total > oracle.interim(x, table, 0, w, w)
    assert violated[-1] == 0
    assert violated[1] > 0


def test_revenue_is_a_difference_not_a_fraction() -> None:
    """Lemma 5: the line under the bar is the rest of one long expression, minus both tau."""
    direct = direct_trade(optimal_trade(base(1)).rule, "own-report")
    x, table = plain(base(1)), table_of(direct)
    revenue, undefined = F(0), 0
    for s, b in product(direct.types, repeat=2):
        surplus = sum((p * (x.value(1, y) - x.value(0, z)) for p, z, y in zip(table[s, b][0], s, b, strict=True)), F(0))
        nets = [oracle.utility(x, table, 0, s, (s, b)), oracle.utility(x, table, 1, b, (s, b))]
        weight = oracle.chance(x, 0, s) * oracle.chance(x, 1, b)
        revenue += weight * (surplus - sum(nets))
        undefined += nets[1] == nets[0]
    assert revenue == -direct.revenue == 0
    assert undefined == 2  # where both types are alike, the printed fraction divides by zero


def test_printed_decimals_are_cut_or_rounded() -> None:
    surplus = sum(optimal_trade(base(3)).rule.utilities)
    assert surplus == F(759, 74)
    assert int(surplus * 100) == 1025 != round(surplus * 100)
    vertices = [vertex.utilities for vertex in trade_frontier(base(3)).vertices]
    assert (F(33, 4), F(561, 304)) in vertices
    assert int(F(561, 304) * 100) == 184 != round(F(561, 304) * 100)
    assert (F(4037, 592), F(55, 16)) in vertices
    assert (round(F(4037, 592) * 100), round(F(55, 16) * 100)) == (682, 344)
    assert int(F(4037, 592) * 100) == 681


def test_figures_1_and_2_have_other_parameters() -> None:
    """In Figure 1 (8 objects) the frontiers part at the extremes, in Figure 2 (15) they meet; with the section's values
    they meet up to 10 objects and part from 11 on."""
    parts = {n: trade_frontier(base(n)).vertices[0].utilities[1] > 0 for n in (8, 15)}
    assert parts == {8: False, 15: True}
    assert base(8).bound(1) == base(15).bound(1) == 11


# Thesis on collusion-proof mechanisms, chapter 1


def test_each_bundle_has_a_multiple_of_its_own() -> None:
    """Theorem 1.1 (iii) prints mu without its index: with one mu for all, a schedule of three steps would be none."""
    env = separable_trade((3,), ["1/2", "3/2"], ["1/2", "3/2"])
    schedule = schedule_of(env, [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3])
    mechanism = schedule_mechanism(env, schedule, next(iter(posted_price_tables(env, schedule))))
    form = linear_price_form(mechanism)
    assert form.fits
    assert form.schedule is not None
    assert len(set(form.schedule.prices[0][1:])) == 3
    assert check(mechanism, ["strategy-proof", "individually-rational", "budget-balanced"]).holds


def test_the_sellers_menu_at_a_buyer_is_an_initial_part_of_the_chain() -> None:
    """Claim 1.A.1 is about Q_s(v), what the seller can bring about against v: {q_0, ..., q_k} if v wants q_k. The printed
    Q_b is the buyer's menu, against a seller of that number, and differs."""
    env = separable_trade((2,), ["1/2", "3/2", "5/2"], ["1/4", "3/4", "7/2"])
    schedule = schedule_of(env, [0, 1, 2], [0, 2, 4], [0, 1, 2])
    (traded,) = posted_price_tables(env, schedule)
    width = env.sizes[1]
    table = [traded[c * width : (c + 1) * width] for c in range(env.sizes[0])]
    differ = 0
    for v in range(width):
        menu = {row[v] for row in table}
        assert menu == set(range(max(menu) + 1))
        differ += menu != set(table[v])
    assert differ >= 2


def test_the_penalty_of_claim_1_a_5_is_outside_the_union_of_the_boxes() -> None:
    """c(q) is much larger than c(q_hat) for q outside the hull of the union; outside the intersection, as printed, q_(l+1)
    itself is a bundle whose cost is not."""
    small = F(1, 1000)
    upper, hat = (2, 0), (0, 1)

    def inside(q: tuple[int, int], boxes: str) -> bool:
        if boxes == "union":  # the hull of the two boxes: x / 2 + y <= 1
            return F(q[0], 2) + q[1] <= 1
        return q == (0, 0)

    def cost(q: tuple[int, int]) -> Fraction:
        over = sum(max(x - y, 0) for x, y in zip(q, hat, strict=True))
        penalty = 0 if inside(q, "union") else sum(q) / small
        return small * sum(q) + small * sum(hat) * over + penalty

    grid = [q for q in product(range(3), repeat=2) if q not in ((0, 0), hat)]
    outside_union = [q for q in grid if not inside(q, "union")]
    outside_both = [q for q in grid if not inside(q, "intersection")]
    assert all(cost(q) > 100 * cost(hat) for q in outside_union)
    assert upper in outside_both
    assert not all(cost(q) > 100 * cost(hat) for q in outside_both)


def test_posted_prices_need_a_downward_closed_set_of_bundles() -> None:
    """Lemma 1.1 and "generalised posted price implies incentive compatible" fail for these five bundles."""
    bundles = [(0, 0), (2, 2), (5, 3), (3, 1), (1, 4)]
    costs = [("10", "14.91", "3.5", "22.6"), ("99", "100", "98", "101")]
    values = [tuple(F(9, 10) * sum(bundle) for bundle in bundles[1:])]
    env = co.trade(costs, values, bundles=bundles)
    given = {"schedule": [0, 1, 2], "seller_prices": [0, "9.98", "14.97"], "buyer_prices": [0, 2, 6]}
    mechanism = trade_schedule(env, **given)  # type: ignore[arg-type]
    assert any("downward closed" in note for note in mechanism.notes)
    report = check(mechanism, ["strategy-proof", "individually-rational"])
    assert not report["strategy-proof"].holds
    assert not report["individually-rational"].holds
    box = co.trade(
        [tuple(F(x) for x in range(1, 9))],
        [tuple(F(x) for x in range(1, 9))],
        bundles=list(product(range(3), repeat=2)),
    )
    plain_note = trade_schedule(box, schedule=[0, 4, 8], seller_prices=[0, 5, 9], buyer_prices=[0, 2, 5]).notes
    assert not any("downward closed" in note for note in plain_note)
