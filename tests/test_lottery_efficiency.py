"""Efficiency and free lunches where outcomes are lotteries: from the definitions, allocation by allocation."""

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from test_lotteries import drawn_pair

import collude as co
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.check import check
from collude.enumerate.checks.verdicts import recheck
from collude.enumerate.symmetric.check import check_symmetric
from collude.kernels.multisets.ranking import rank_of
from collude.models.errors import SizeError
from collude.models.files.lotteries import lottery_mechanism
from collude.models.lottery import Branch
from collude.models.mechanism import Mechanism
from collude.models.symmetric.spec import build_symmetric_target

F = Fraction


def units(env: co.Environment, i: int, b: int) -> tuple[int, ...]:
    """What the agent receives; what he gives up counts as minus."""
    return tuple(-x if env.supplier[i] else x for x in env.bundles[i][b])


def total(env: co.Environment, row: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*(units(env, i, b) for i, b in enumerate(row)), strict=True))


def expected_loss(env: co.Environment, profile: tuple[int, ...], branches: Any) -> Fraction:
    """What the allocations of a lottery leave undone, each compared with the divisions of the same total."""
    rows = list(product(*(range(len(bundles)) for bundles in env.bundles)))

    def welfare(row: tuple[int, ...]) -> Fraction:
        return sum((env.value(i, k, b) for i, (k, b) in enumerate(zip(profile, row, strict=True))), F(0))

    lost = F(0)
    for chance, held, _ in branches:
        best = max(welfare(row) for row in rows if total(env, row) == total(env, held))
        lost += chance * (best - welfare(held))
    return lost


def suppliers(rng: random.Random) -> co.Environment:
    return rng.choice(
        [
            co.procurement(2, [1, 2], units=1),
            co.procurement(2, [1, 4], units=2),
            co.procurement(2, [1, 2, 5], units=2),
            co.procurement(3, [1, 3], units=1),
        ]
    )


def test_what_a_drawn_total_could_have_cost() -> None:
    """Where supply is unlimited every drawn allocation is compared with the divisions of its own total."""
    rng = random.Random(16)
    seen = {"mixed": 0, "several totals": 0, "holds": 0, "violated": 0}
    for _ in range(60):
        env = suppliers(rng)
        mechanism, table = drawn_pair(rng, env, rng.randint(1, 4))
        losses = {p: expected_loss(env, p, table.table[p]) for p in table.profiles()}
        verdict = check(mechanism, ["efficient"])["efficient"]
        assert verdict.violations == sum(loss > 0 for loss in losses.values())
        seen["mixed"] += bool(mechanism.lotteries)
        seen["several totals"] += any(
            len({total(env, held) for _, held, _ in branches}) > 1 for branches in table.table.values()
        )
        if verdict.witness is None:
            seen["holds"] += 1
            continue
        seen["violated"] += 1
        assert F(verdict.witness.gains[0]) == losses[verdict.witness.profile] == max(losses.values())
        assert recheck(mechanism, find_axiom("efficient"), verdict.witness)
    assert seen["mixed"] >= 35
    assert seen["several totals"] >= 25
    assert min(seen["holds"], seen["violated"]) >= 8


def test_a_loss_may_be_finer_than_the_unit_of_money() -> None:
    """Two coins: each supplier delivers with probability 1/2, so that utilities are halves; what is lost is a quarter."""
    env = co.procurement(2, [1, 2], units=1)
    nothing = (F(0), F(0))
    coins = [(F(1, 4), held, nothing) for held in ((0, 0), (0, 1), (1, 0), (1, 1))]
    draws = [tuple(Branch(*branch) for branch in coins)]
    mechanism = lottery_mechanism(env, "two coins", np.zeros(env.profiles, np.int32), draws)
    verdict = check(mechanism, ["efficient"])["efficient"]
    assert mechanism.scale == 2
    assert verdict.violations == 2
    assert verdict.witness is not None
    assert (verdict.witness.profile, verdict.witness.gains) == ((0, 1), ("1/4",))
    assert recheck(mechanism, find_axiom("efficient"), verdict.witness)


def test_a_tolerance_is_one_of_the_loss_not_of_its_multiple() -> None:
    """Probabilities of 1/7: the loss is kept times 7, and a loss of exactly the tolerance is none."""
    env = co.procurement(2, [1, 2], units=1)
    worse, better = (F(1, 7), (0, 1), (F(0), F(0))), (F(6, 7), (1, 0), (F(0), F(0)))
    draws = [tuple(Branch(*branch) for branch in (worse, better))]
    outcome = np.zeros(env.profiles, np.int32)
    for tolerance, violations in ((F(1, 8), 1), (F(1, 7), 0), (F(1, 6), 0)):
        mechanism = lottery_mechanism(env, "dear", outcome, draws, tolerance)
        lost = [expected_loss(env, p, (worse, better)) for p in product(range(2), repeat=2)]
        found = check(mechanism, ["efficient"])["efficient"]
        wanted = [loss for loss in lost if loss > tolerance]
        assert found.violations == len(wanted)
        assert max(lost) == F(6, 7)
        assert found.witness is not None
        assert found.witness.gains == ("6/7",)
        assert len([loss for loss in lost if 0 < loss <= tolerance]) == 1 - violations


def test_probabilities_that_no_word_can_hold_are_refused() -> None:
    env = co.procurement(2, [1, 2], units=1)
    large = [F(1, p) for p in (1_000_003, 1_000_033, 1_000_037)]
    draws = [
        tuple(
            Branch(*branch)
            for branch in ((p, (1, 0), (F(0), F(0))), (p, (0, 1), (F(0), F(0))), (1 - 2 * p, (0, 0), (F(0), F(0))))
        )
        for p in large
    ]
    outcome = np.array([0, 1, 2, 0], np.int32)
    with pytest.raises(SizeError):
        check(lottery_mechanism(env, "odd", outcome, draws), ["efficient"])


def named_lottery(env: co.Environment, share: Callable[[int, tuple[int, ...]], Any], places: int) -> Mechanism:
    """The mechanism in which agents of equal reports draw lots: one allocation for every point of [0, 1), so that at most
    `places` win and each wins with his own probability (systematic sampling)."""
    draws = []
    for profile in product(*(range(size) for size in env.sizes)):
        chances, prices = [], []
        for k in profile:
            parts = share(k, profile)
            chances.append(sum((p for p, b, _ in parts if b), F(0)))
            prices.append(next((money for _, b, money in parts if b), F(0)))
        ends = [sum(chances[: i + 1], F(0)) for i in range(len(profile))]
        assert ends[-1] <= places
        cuts = sorted({F(0), F(1), *(end % 1 for end in ends)})
        branches = []
        for low, high in pairwise(cuts):
            wins = []
            for i, end in enumerate(ends):
                first = end - chances[i]
                wins.append(int(any(first <= low + turn < end for turn in range(places + 1))))
            money = tuple(prices[i] if won else F(0) for i, won in enumerate(wins))
            branches.append(Branch(high - low, tuple(wins), money))
        draws.append(tuple(branches))
    return lottery_mechanism(env, "drawn by lot", np.arange(env.profiles, dtype=np.int32), draws)


CASES = [
    ("second-price", 3, {"ties": "even"}, 1),
    ("second-price", 4, {"ties": "even", "reserve": "1"}, 1),
    ("first-price", 3, {"ties": "even"}, 1),
    ("k-plus-one-price", 4, {"ties": "even", "units": "2"}, 2),
    ("k-plus-one-price", 3, {"ties": "nobody", "units": "2"}, 2),
    ("posted-price", 3, {"ties": "even", "price": "3/2"}, 1),
]


@pytest.mark.parametrize(("name", "agents", "parameters", "places"), CASES)
def test_named_agents_who_draw_lots_against_multisets(name: str, agents: int, parameters: Any, places: int) -> None:
    """The count of inefficient profiles of the check on multisets, the ordinary one and the definition."""
    symmetric = build_symmetric_target(name, {"agents": agents, "values": "0:2"}, parameters)
    types = list(range(3))

    def share(report: int, profile: tuple[int, ...]) -> Any:
        counts = np.array([profile.count(k) for k in types], np.int64)
        return symmetric.shares[symmetric.share[rank_of(counts, symmetric.ranks), report]]

    ordinary = named_lottery(symmetric.population.named, share, places)
    names = ["efficient", "individually-rational", "budget-balanced", "no-free-lunch"]
    found = check(ordinary, names)
    quotient = check_symmetric(symmetric, names[:3], jobs=1)
    for axiom in names[:3]:
        assert quotient[axiom].violations == found[axiom].violations, axiom
    lost = lunches = 0
    for profile in product(types, repeat=agents):
        won = [share(k, profile) for k in profile]
        held = sum(sum(p * k for p, b, _ in parts if b) for k, parts in zip(profile, won, strict=True))
        lost += held < sum(sorted(profile)[-places:])
        lunches += sum(any(b for _, b, _ in parts) and sum(p * t for p, _, t in parts) >= 0 for parts in won)
    assert found["efficient"].violations == lost
    assert found["no-free-lunch"].violations == lunches
