"""Mechanisms whose outcomes are lotteries: every verdict against the oracle."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import oracle
import pytest
from oracle import axioms, reallocation
from oracle.plain import profiles
from test_trade_optimal import base

import collude as co
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.enumerate.analyses.worst import worst
from collude.enumerate.checks.check import check
from collude.enumerate.checks.verdicts import recheck
from collude.models.errors import IncompleteError, NotApplicableError
from collude.models.files.lotteries import lottery_mechanism
from collude.models.lottery import NOTE, Branch
from collude.models.mechanism import Mechanism
from collude.models.trade.direct import direct_trade
from collude.models.trade.mechanism import trade_mechanism
from collude.programs.trade.knapsack import optimal_trade

F = Fraction
Branches = tuple[tuple[Fraction, tuple[int, ...], tuple[Fraction, ...]], ...]


def allocations(env: co.Environment) -> list[tuple[int, ...]]:
    """Bundle numbers per agent that give only what exists."""
    rows = list(product(*(range(len(bundles)) for bundles in env.bundles)))
    wrong = env.infeasible(np.array(rows, np.int64))
    return [row for row, bad in zip(rows, wrong, strict=True) if not bad]


def drawn_lottery(rng: random.Random, env: co.Environment) -> Branches:
    count = rng.choice((1, 2, 2, 3))
    cuts = sorted({F(0), F(1), *(F(rng.randint(1, 5), 6) for _ in range(count - 1))})
    rows = allocations(env)
    return tuple(
        (high - low, rng.choice(rows), tuple(F(rng.randint(-2, 2), rng.choice((1, 2))) for _ in range(env.agents)))
        for low, high in pairwise(cuts)
    )


def drawn_pair(rng: random.Random, env: co.Environment, outcomes: int) -> tuple[Mechanism, oracle.Plain]:
    """A random mechanism as the engine has it, and as a table of lotteries with expected utilities."""
    lotteries = [drawn_lottery(rng, env) for _ in range(outcomes)]
    chosen = [rng.randrange(outcomes) for _ in range(env.profiles)]
    draws = [tuple(Branch(*branch) for branch in lottery) for lottery in lotteries]
    mechanism = lottery_mechanism(env, "drawn", np.array(chosen, np.int32), draws)

    def utility(i: int, k: int, lottery: Branches) -> Fraction:
        return sum((p * (env.value(i, k, bundles[i]) + money[i]) for p, bundles, money in lottery), F(0))

    table = dict(zip(profiles(env.sizes), (lotteries[o] for o in chosen), strict=True))
    return mechanism, oracle.Plain(env.sizes, table, utility)


def expected_money(lottery: Branches) -> list[Fraction]:
    return [sum((p * money[i] for p, _, money in lottery), F(0)) for i in range(len(lottery[0][2]))]


def spread_of(lottery: Branches, i: int) -> tuple[tuple[int, Fraction], ...]:
    """The chance of every bundle of an agent."""
    found: dict[int, Fraction] = {}
    for p, bundles, _ in lottery:
        found[bundles[i]] = found.get(bundles[i], F(0)) + p
    return tuple(sorted(found.items()))


def environments(rng: random.Random) -> co.Environment:
    return rng.choice(
        [
            co.auction(2, [0, 1, 3]),
            co.auction(3, [0, 2]),
            co.trade([1, 2], [1, 3]),
            co.trade([(1, 2, 4)], [(2, 3, 4), (1, 4, 5)], bundles=[(0, 0), (0, 1), (1, 0), (1, 1)]),
            co.procurement(2, [1, 2], units=1),
            co.public_good(2, [0, 1, 3], cost=2),
        ]
    )


def test_verdicts_equal_the_oracle() -> None:
    rng = random.Random(31)
    seen = {"mixed": 0, "sure": 0, "public": 0, "violated": 0, "holds": 0}
    for _ in range(60):
        env = environments(rng)
        mechanism, table = drawn_pair(rng, env, rng.randint(1, 5))
        mixed = bool(mechanism.lotteries)
        seen["mixed" if mixed else "sure"] += 1
        seen["public"] += env.public and mixed

        def receives(i: int, o: Branches, env: co.Environment = env) -> bool:
            return any(x > 0 for b, _ in spread_of(o, i) for x in env.goods[i][b].tolist())

        def trades(o: Branches, env: co.Environment = env) -> bool:
            return any(x for i in range(env.agents) for b, _ in spread_of(o, i) for x in env.bundles[i][b])

        expected: dict[str, int] = {
            "strategy-proof": len(axioms.violations(table, "strong", largest=1)),
            "group-strategy-proof": len(axioms.violations(table, "strong")),
            "weakly-group-strategy-proof": len(axioms.violations(table, "weak")),
            "self-enforcing-group-strategy-proof": len(axioms.violations(table, "self-enforcing")),
            "collusion-proof": len(axioms.violations(table, "strong", grand=True)),
            "individually-rational": len(axioms.individually_rational(table)),
            "budget-balanced": len(axioms.budget_balanced(table, expected_money)),
            "side-payment-collusion-proof": len(reallocation.side_payment_collusion_proof(table)),
            "bribe-proof": len(reallocation.bribe_proof(table)),
            "non-bossy": len(axioms.non_bossy(table, lambda i, o: (spread_of(o, i), expected_money(o)[i]))),
        }
        if not env.public:
            expected["no-trade-types"] = len(axioms.no_trade_types(table, trades))
        if not all(env.supplier):
            expected["no-deficit"] = len(axioms.no_deficit(table, expected_money))
        if not env.public and not all(env.supplier):
            expected["no-free-lunch"] = len(axioms.no_free_lunch(table, receives, lambda i, o: expected_money(o)[i]))
        report = check(mechanism, list(expected))
        for name, violations in expected.items():
            verdict = report[name]
            assert verdict.violations == violations, (name, env.family)
            assert verdict.over_lotteries == mixed
            seen["violated" if violations else "holds"] += 1
            if verdict.witness is not None:
                assert recheck(mechanism, find_axiom(name), verdict.witness)
        assert (NOTE in report.notes) == mixed
    assert seen["mixed"] >= 30
    assert seen["sure"] >= 3
    assert seen["public"] >= 4
    assert min(seen["violated"], seen["holds"]) >= 100


def test_every_axiom_answers_or_says_why_not() -> None:
    rng = random.Random(2)
    answered: dict[str, int] = {}
    for _ in range(6):
        env = environments(rng)
        env = replace(env, prior=co.uniform(env.sizes))
        mechanism, _ = drawn_pair(rng, env, 4)
        assert check(mechanism).verdicts
        for name, axiom in load_axioms().items():
            if axiom.takes:
                continue
            try:
                check(mechanism, [name])
            except (NotApplicableError, IncompleteError):  # no meaning here, or undecided, which is said
                continue
            answered[name] = answered.get(name, 0) + 1
    assert len(answered) >= 30


def test_efficiency_is_that_of_the_expected_value() -> None:
    rng = random.Random(8)
    lost = 0
    for _ in range(40):
        env = environments(rng)
        if env.family == "procurement":
            continue
        mechanism, table = drawn_pair(rng, env, 3)
        wrong = 0
        for profile in table.profiles():
            best = max(
                sum(env.value(i, k, b) for i, (k, b) in enumerate(zip(profile, row, strict=True)))
                for row in allocations(env)
            )
            held = sum(
                p * env.value(i, k, bundles[i]) for p, bundles, _ in table.table[profile] for i, k in enumerate(profile)
            )
            wrong += held < best
        assert check(mechanism, ["efficient"])["efficient"].violations == wrong
        lost += wrong > 0
    assert lost >= 15


def test_interim_verdicts_take_expectations_over_both() -> None:
    rng = random.Random(5)
    seen = {True: 0, False: 0}
    for n in (1, 1, 2):
        for alpha in (F(0), F(2, 5), F(1)):
            rule = optimal_trade(base(n), alpha).rule
            for version in ("balanced", "own-report"):
                direct = direct_trade(rule, version)
                mechanism = trade_mechanism(direct)
                names = ["bayesian-incentive-compatible", "interim-individually-rational", "ex-ante-budget-balanced"]
                assert check(mechanism, names).holds
                place = rng.randrange(len(direct.transfers))
                money = list(direct.transfers)
                money[place] = (money[place][0] + F(1, 3), money[place][1])
                odd = replace(direct, transfers=tuple(money))
                found = check(trade_mechanism(odd), ["bayesian-incentive-compatible"])
                lies = max(odd.best_lie(0), odd.best_lie(1))
                assert found.holds == (lies <= 0)
                seen[found.holds] += 1
                if version == "balanced":
                    assert check(mechanism, ["budget-balanced"]).holds
                held = check(mechanism, ["side-payment-collusion-proof"])["side-payment-collusion-proof"].violations
                assert held is not None
    assert seen[False] >= 6


def test_the_pairs_violations_in_the_optimal_mechanism() -> None:
    mechanism = trade_mechanism(direct_trade(optimal_trade(base(1)).rule))
    assert check(mechanism, ["strategy-proof"])["strategy-proof"].violations == 2
    for name in ("group-strategy-proof", "weakly-group-strategy-proof"):
        assert check(mechanism, [name])[name].violations == 2
    assert check(mechanism, ["collusion-proof"]).holds
    deals = worst(mechanism, goods=False, top=1)
    assert F(deals.deals[0].gain) == F(3, 5)
    assert deals.deals[0].lost == ()
    for axiom in ("reallocation-proof", "equal-quantities-equal-transfers"):
        with pytest.raises(NotApplicableError):
            check(mechanism, [axiom])
