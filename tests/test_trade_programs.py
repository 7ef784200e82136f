"""Linear programs about trade: the same optimum as the knapsack, proved; Propositions 1 and 2; the coalition side."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from oracle import object_trade as oracle
from test_trade_optimal import alphas_of, base, drawn, plain, table_of

import collude as co
from collude.enumerate.checks.check import check
from collude.models.errors import InputError, SizeError
from collude.models.library.trade import posted_price_trade
from collude.models.trade.direct import DirectTrade, direct_trade, is_symmetric, symmetrised
from collude.models.trade.mechanism import trade_mechanism
from collude.models.trade.objects import ObjectTrade
from collude.programs.exact import Optimum
from collude.programs.trade.dominant_program import dominant_trade, posted_price_for_all, posted_price_per_object
from collude.programs.trade.extraction import fairest_transfers, joint_extraction, worst_after_the_fact
from collude.programs.trade.full_program import FullProgram, ProvedOptimum, extreme_trade, full_optimum
from collude.programs.trade.knapsack import optimal_trade
from collude.programs.trade.reduced_program import reduced_optimum

F = Fraction


@pytest.mark.slow
def test_both_programs_find_the_knapsack_value() -> None:
    rng = random.Random(5)
    seen = {"full": 0, "reduced": 0, "interior": 0}
    for n in (1, 1, 2, 2, 3):
        problem = drawn(rng, n)
        for alpha in alphas_of(problem):
            value = optimal_trade(problem, alpha).value
            full, reduced = full_optimum(problem, alpha), reduced_optimum(problem, alpha)
            assert value == full.value == reduced.value
            assert full.holds
            assert reduced.holds
            assert full.mechanism is not None
            x, table = plain(problem), table_of(full.mechanism)
            assert oracle.bayesian_ic(x, table)
            assert oracle.interim_ir(x, table)
            seller, buyer, revenue = oracle.ex_ante(x, table)
            assert alpha * seller + (1 - alpha) * buyer == value
            assert revenue <= 0
            seen["full"] += 1
            seen["interior"] += 0 < alpha < 1
    for n in (4, 6):
        problem = drawn(rng, n)
        for alpha in alphas_of(problem)[::3]:
            assert reduced_optimum(problem, alpha).value == optimal_trade(problem, alpha).value
            seen["reduced"] += 1
    assert seen["full"] >= 30
    assert seen["interior"] >= 20
    assert seen["reduced"] >= 6


def test_published_optima_are_proved() -> None:
    for n, surplus in ((1, F(33, 10)), (2, F(209, 31)), (3, F(759, 74))):
        assert 2 * full_optimum(base(n)).value == surplus
    assert 2 * reduced_optimum(base(8)).value == F(395417, 14192)


def damaged(optimum: Optimum) -> list[Optimum]:
    """The certificate with one entry of each of its parts changed, or its value."""
    step = F(1, 1000)
    found = [replace(optimum, value=optimum.value - step)]
    for part in ("x", "y", "z"):
        row = getattr(optimum, part)
        for place in range(len(row)):
            for by in (step, -step):
                changed = (*row[:place], row[place] + by, *row[place + 1 :])
                found.append(replace(optimum, **{part: changed}))
        if row:
            found.append(replace(optimum, **{part: row[:-1]}))
    return found


@pytest.mark.parametrize("make", [full_optimum, reduced_optimum, dominant_trade], ids=["full", "reduced", "dominant"])
def test_every_damaged_certificate_is_rejected(make) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(1)
    rejected = 0
    for problem in (base(1), base(2), drawn(rng, 2)):
        proof = make(problem, F(2, 5))
        assert proof.holds
        for optimum in damaged(proof.optimum):
            other = ProvedOptimum(-optimum.value, proof.program, optimum)
            if other.holds:  # a slack constraint with weight 0 and a variable that is free to move: another optimum
                assert other.value == proof.value
                continue
            rejected += 1
        assert not ProvedOptimum(proof.value + 1, proof.program, proof.optimum).holds
        lowered = replace(proof.optimum, y=tuple(weight / 2 for weight in proof.optimum.y))
        assert not ProvedOptimum(proof.value, proof.program, lowered).holds
    assert rejected >= 150


def test_proposition_1_averaging_keeps_what_matters() -> None:
    rng = random.Random(6)
    lopsided = 0
    for problem in (base(2), drawn(rng, 2), drawn(rng, 2)):
        full = FullProgram(problem)
        objective = {j: F(rng.randint(-9, 9)) for j in range(full.first)}
        found = full.maximise(objective).mechanism
        assert found is not None
        even = symmetrised(found)
        x, before, after = plain(problem), table_of(found), table_of(even)
        assert oracle.bayesian_ic(x, before)
        assert oracle.bayesian_ic(x, after)
        assert oracle.ex_ante(x, before) == oracle.ex_ante(x, after)
        assert is_symmetric(even)
        lopsided += not is_symmetric(found)
    assert lopsided >= 2


def test_symmetry_has_more_orbits_than_counts_say() -> None:
    """Relabellings also keep the overlap of the two sides' good objects, which the numbers of good objects do not tell."""
    for n, orbits, claimed in ((1, 4, 4), (2, 10, 9), (3, 20, 16)):
        profiles = list(product(oracle.types(n), repeat=2))
        keys = {(tuple(sorted(zip(s, b, strict=True)))) for s, b in profiles}
        assert len(keys) == orbits
        assert len({(sum(s), sum(b)) for s, b in profiles}) == claimed
    for n, orbits, claimed in ((1, 4, 4), (2, 16, 16), (3, 40, 36)):
        places = [(s, b, i) for s, b in product(oracle.types(n), repeat=2) for i in range(n)]
        exact = {(s[i], b[i], tuple(sorted(zip(s, b, strict=True)))) for s, b, i in places}
        assert len(exact) == orbits
        assert len({(s[i], b[i], sum(s), sum(b)) for s, b, i in places}) == claimed


def test_proposition_2_in_every_optimum() -> None:
    rng = random.Random(17)
    for problem in (base(1), base(2), drawn(rng, 2)):
        n = problem.objects
        for alpha in (F(0), F(2, 7), F(1, 2), F(1)):
            assert extreme_trade(problem, alpha, 1).value == -n * 4 ** (n - 1)
            assert extreme_trade(problem, alpha, 0).value == 0


def test_proposition_5_at_the_extremes() -> None:
    rng = random.Random(9)
    seen = {True: 0, False: 0}
    for n in (1, 2, 3, 5, 8):
        for _ in range(6):
            problem = drawn(rng, n)
            for side in (0, 1):
                kept = optimal_trade(problem, F(side)).rule.utilities[side]
                assert (kept > 0) == problem.keeps_something(side)
                seen[kept > 0] += 1
    assert min(seen.values()) >= 8


def test_joint_extraction_is_first_best_less_second_best() -> None:
    for n, expected, largest in ((1, F(1, 5), F(2, 5)), (2, F(8, 31), None), (3, F(9, 37), None)):
        direct = direct_trade(optimal_trade(base(n)).rule, "balanced")
        found = joint_extraction(direct)
        assert found.expected == expected == base(n).first_best - sum(direct.utilities)
        assert largest is None or found.largest == largest
        for s, b in product(range(2**n), repeat=2):
            pairs = zip(direct.types[s], direct.types[b], strict=True)
            best = sum(max(F(0), base(n).surplus(x, y)) for x, y in pairs)
            assert found.gains[direct.place(s, b)] == best - direct.surplus(s, b, direct.place(s, b))
    rng = random.Random(11)
    seen = 0
    for n in (1, 1, 2):
        problem = drawn(rng, n)
        for version in ("balanced", "own-report"):
            direct = direct_trade(optimal_trade(problem, F(1, 3)).rule, version)
            plainly = oracle.extraction(plain(problem), table_of(direct))
            assert list(plainly.values()) == list(joint_extraction(direct).gains)
            seen += sum(gain > 0 for gain in plainly.values())
    assert seen >= 6


def test_the_pair_takes_the_designers_money_in_the_version_balanced_ex_ante() -> None:
    found = joint_extraction(direct_trade(optimal_trade(base(1)).rule, "own-report"))
    assert (found.expected, found.largest) == (F(33, 40), F(33, 10))
    assert found.gains[3] == F(33, 10)
    assert found.reports[3] in (1, 2)


def test_transfers_that_leave_nobody_below_0() -> None:
    for n, printed in ((1, F(0)), (2, F(-48, 31)), (3, F(-225, 74))):
        rule = optimal_trade(base(n)).rule
        assert worst_after_the_fact(direct_trade(rule, "balanced")) == printed
        fair = fairest_transfers(rule)
        assert fair.holds
        assert fair.value == 0
        assert fair.mechanism is not None
        assert worst_after_the_fact(fair.mechanism) == 0
        x, table = plain(base(n)), table_of(fair.mechanism)
        assert oracle.bayesian_ic(x, table)
        assert all(sum(money) == 0 for _, money in table.values())
        assert oracle.ex_ante(x, table)[:2] == rule.utilities


def test_dominant_strategies_published() -> None:
    assert 2 * dominant_trade(base(1), balance="ex-ante").value == F(33, 10)
    assert 2 * dominant_trade(base(2), balance="ex-ante", participation="interim").value < F(209, 31)
    for balance in ("exact", "no-deficit"):
        assert 2 * dominant_trade(base(1), balance=balance).value == F(36, 11)
    prices = {(0, 0): 0, (0, 1): 11 * F(6, 11), (1, 0): F(6, 11), (1, 1): 6}
    chances = ((F(0),), (F(6, 11),), (F(6, 11),), (F(1),))
    money = tuple((F(prices[s, b]), -F(prices[s, b])) for s, b in product((0, 1), repeat=2))
    known = DirectTrade(base(1), chances, money)
    assert oracle.dominant(plain(base(1)), table_of(known))
    assert worst_after_the_fact(known) >= 0
    assert sum(known.utilities) == F(36, 11)
    posted = [sum(posted_price_per_object(base(1), p).utilities) for p in range(13)]
    assert [p for p, surplus in enumerate(posted) if surplus == F(13, 4)] == [0, 1, 11, 12]
    assert max(posted) == F(13, 4) < F(36, 11)
    assert max(sum(posted_price_per_object(base(2), p).utilities) for p in range(13)) == F(13, 2)
    assert max(sum(posted_price_for_all(base(2), F(p, 2)).utilities) for p in range(60)) < F(13, 2)


@pytest.mark.parametrize("balance", ["ex-ante", "no-deficit", "exact"])
@pytest.mark.parametrize("participation", ["interim", "ex-post"])
def test_dominant_mechanisms_satisfy_the_definitions(participation: str, balance: str) -> None:
    rng = random.Random(12)
    for problem in (base(1), base(2), drawn(rng, 1), drawn(rng, 2)):
        proof = dominant_trade(problem, F(3, 7), participation=participation, balance=balance)
        assert proof.holds
        assert proof.mechanism is not None
        x, table = plain(problem), table_of(proof.mechanism)
        assert oracle.dominant(x, table)
        seller, buyer, revenue = oracle.ex_ante(x, table)
        assert F(3, 7) * seller + F(4, 7) * buyer == proof.value <= optimal_trade(problem, F(3, 7)).value
        totals = [sum(money) for _, money in table.values()]
        assert revenue <= 0
        assert balance == "ex-ante" or max(totals) <= 0
        assert balance != "exact" or not any(totals)
        assert oracle.interim_ir(x, table)
        assert participation == "interim" or worst_after_the_fact(proof.mechanism) >= 0


def test_programs_refuse_what_is_too_large_or_wrong() -> None:
    with pytest.raises(SizeError):
        full_optimum(base(4))
    with pytest.raises(SizeError):
        reduced_optimum(base(9))
    with pytest.raises(SizeError):
        dominant_trade(base(4))
    for make in (full_optimum, reduced_optimum, dominant_trade):
        with pytest.raises(InputError, match="alpha"):
            make(ObjectTrade(1, "0,11", "1,12", "1/2,1/2"), F(-1, 2))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="balance is"):
        dominant_trade(base(1), balance="weak")
    with pytest.raises(InputError, match="participation is"):
        dominant_trade(base(1), participation="never")


def test_deterministic_mechanisms_with_one_payment_per_profile() -> None:
    """Base case with one object: a payment 0..12 from buyer to seller at each profile, trade or not."""
    env = co.object_trade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    rows = [((b, b), (x, -x)) for b in (0, 1) for x in range(13)]
    space = co.listed_space(env, "trade", rows)
    assert space.outcomes**4 == 456976
    assert co.search(space, require=["strategy-proof"]).count == 348
    rational = ["strategy-proof", "individually-rational"]
    assert co.search(space, require=rational).count == 16
    assert co.search(space, require=[*rational, "weakly-group-strategy-proof"]).count == 16
    assert co.search(space, require=[*rational, "group-strategy-proof"]).count == 14
    best = co.search(space, require=rational, mode="best", objective="utility").best
    assert best is not None
    assert F(best) == F(13, 4)
    surplus = []
    for mechanism in co.search(space, require=rational, mode="all"):
        utilities = [
            mechanism.utility(i, p[i], mechanism.outcome_at(p)) for p in product((0, 1), repeat=2) for i in (0, 1)
        ]
        surplus.append(F(sum(utilities), 4 * mechanism.scale))
    assert max(surplus) == F(13, 4)
    assert surplus.count(F(13, 4)) == 4


def test_posted_prices_that_break_ties_toward_trade_are_group_strategy_proof() -> None:
    env = co.object_trade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    tally = {True: 0, False: 0}
    for price in range(13):
        for accepts in product((True, False), repeat=2):
            given = {"accept_equal_seller": accepts[0], "accept_equal_buyer": accepts[1]}
            mechanism = posted_price_trade(env, price=price, **given)
            assert check(mechanism, ["strategy-proof", "individually-rational", "budget-balanced"]).holds
            strong = check(mechanism, ["group-strategy-proof"]).holds
            assert strong or accepts != (True, True)
            tally[strong] += 1
    assert tally[False] >= 4
    direct = trade_mechanism(posted_price_per_object(base(2), 11))
    assert check(direct, ["group-strategy-proof", "budget-balanced", "individually-rational"]).holds


def test_the_pair_extracts_what_a_check_with_side_payments_finds() -> None:
    """The largest gain of a deal in the direct mechanism, where goods stay, is the program's joint extraction."""
    for n, version in ((1, "balanced"), (1, "own-report"), (2, "balanced")):
        direct = direct_trade(optimal_trade(base(n)).rule, version)
        found = joint_extraction(direct)
        verdict = check(trade_mechanism(direct), ["side-payment-collusion-proof"])["side-payment-collusion-proof"]
        assert verdict.witness is not None
        lone = max(
            direct.utility(side, (s, b)[side], *report) - direct.utility(side, (s, b)[side], s, b)
            for s, b in product(range(2**n), repeat=2)
            for side in (0, 1)
            for report in (((r, b) if side == 0 else (s, r)) for r in range(2**n))
        )
        assert sum(map(F, verdict.witness.gains)) == max(found.largest, lone)
