"""Every kernel of the check against the oracle: all mechanisms of tiny environments, then random ones, both paths."""

import random
from itertools import permutations, product
from math import prod

import numpy as np
import oracle
import pytest
from conversion import mechanism as random_mechanism
from conversion import plain, some_sizes
from numba import config
from oracle import axioms

from collude.axioms.core.groups import coalition_bits_of, members_of
from collude.kernels import (
    ENFORCED,
    STRONG,
    WEAK,
    OutcomeSets,
    Table,
    best_replies,
    best_report,
    best_violation,
    completions,
    count_enforced,
    count_units,
    count_violations,
    extension_counts,
    list_violations,
    make_outcome_sets,
    naive_violations,
    reachable,
    scan_options,
    violating_pairs,
)
from collude.models.mechanism import Mechanism

pytestmark = pytest.mark.kernel
SLOW_PYTHON = bool(config.DISABLE_JIT)
KINDS = {STRONG: "strong", WEAK: "weak", ENFORCED: "self-enforcing"}


def numbered(table: oracle.Plain, pairs: object) -> set[tuple[int, int]]:
    """Oracle pairs (profile, coalition) as (profile number, bit mask)."""
    order = {profile: number for number, profile in enumerate(table.profiles())}
    return {(order[profile], coalition_bits_of(members)) for profile, members in pairs}  # type: ignore[attr-defined]


def masks_for(table: Table, rule: int) -> OutcomeSets:
    masks = make_outcome_sets(table)
    return OutcomeSets(masks.strict, masks.strict) if rule == WEAK else masks


def listed(mechanism: Mechanism, rule: int, smallest: int, largest: int) -> set[tuple[int, int]]:
    table = mechanism.table
    n = mechanism.environment.agents
    reach = reachable(table.outcome, table.sizes, mechanism.outcomes)
    found = np.empty((mechanism.environment.profiles * ((1 << n) - 1) + 1, 2), np.int64)
    span = (0, mechanism.environment.profiles)
    extensions = extension_counts(n, smallest, largest)
    m = list_violations(table, masks_for(table, rule), reach, extensions, span, found)
    pairs = {tuple(row) for row in found[:m].tolist()}
    assert len(pairs) == m
    counted, _ = count_violations(table, masks_for(table, rule), reach, extensions, span, 2**62)
    assert counted == m
    return pairs  # type: ignore[return-value]


def optional(mechanism: Mechanism, rule: int) -> dict[tuple[int, int], int]:
    n, found = mechanism.environment.agents, {}
    for mask in range(1, 1 << n):
        inside = prod(mechanism.environment.sizes[i] for i in members_of(mask, n))
        rows = np.empty((mechanism.environment.profiles, 2), np.int64)
        m = scan_options(mechanism.table, mask, rule, (0, mechanism.environment.profiles // inside), rows)
        found.update({(profile, mask): gain for profile, gain in rows[:m].tolist()})
    return found


def compare(mechanism: Mechanism) -> None:
    """All kernels on one mechanism against the oracle."""
    table = plain(mechanism)
    n = mechanism.environment.agents
    for rule in (STRONG, WEAK):
        expected = numbered(table, axioms.violations(table, KINDS[rule]))
        assert listed(mechanism, rule, 1, n) == expected
        assert set(optional(mechanism, rule)) == expected
        check_best(mechanism, table, rule)
        check_units(mechanism, table, rule)
    pairwise = numbered(table, axioms.violations(table, "strong", largest=2))
    assert listed(mechanism, STRONG, 1, min(2, n)) == pairwise
    assert listed(mechanism, STRONG, n, n) == numbered(table, axioms.violations(table, "strong", grand=True))
    enforced = numbered(table, axioms.violations(table, "self-enforcing"))
    assert set(optional(mechanism, ENFORCED)) == enforced
    check_enforced(mechanism, table)


def check_best(mechanism: Mechanism, table: oracle.Plain, rule: int) -> None:
    expected = axioms.best_witness(table, KINDS[rule])
    arrays, n = mechanism.table, mechanism.environment.agents
    reach = reachable(arrays.outcome, arrays.sizes, mechanism.outcomes)
    span = (0, mechanism.environment.profiles)
    gain, mask, profile = best_violation(arrays, masks_for(arrays, rule), reach, extension_counts(n, 1, n), span, 0)
    if expected is None:
        assert profile == -1
        return
    truth, members, report, gains = expected
    assert (mechanism.types_at(profile), members_of(mask, n)) == (truth, members)
    assert gain == sum(gains) * mechanism.scale
    total, at = best_report(arrays, profile, mask, rule, False)
    assert total == gain
    assert tuple(mechanism.types_at(at)[i] for i in members) == report


def check_enforced(mechanism: Mechanism, table: oracle.Plain) -> None:
    arrays, n, sizes = mechanism.table, mechanism.environment.agents, mechanism.environment.sizes
    replies = np.zeros((n, max(sizes), mechanism.environment.profiles), np.bool_)
    for agent in range(n):
        best_replies(arrays, replies, agent)
    for largest in {n, min(n, 2)}:
        expected = [len(f(table, "self-enforcing", largest=largest)) for f in (axioms.profile_pairs, axioms.triples)]
        found, cut = [0, 0], mechanism.environment.profiles // 2
        for span in ((0, cut), (cut, mechanism.environment.profiles)):
            units = count_enforced(arrays, replies, extension_counts(n, 1, largest), span)
            found = [x + int(y) for x, y in zip(found, units, strict=True)]
        assert found == expected


def check_units(mechanism: Mechanism, table: oracle.Plain, rule: int) -> None:
    kind = KINDS[rule]
    n, arrays, span = mechanism.environment.agents, mechanism.table, (0, mechanism.environment.profiles)
    for largest in (n, 2):
        pairs = len(axioms.profile_pairs(table, kind, largest=largest))
        triples = len(axioms.triples(table, kind, largest=largest))
        ways = completions(arrays.outcome, arrays.sizes, mechanism.outcomes)
        assert count_units(arrays, ways, rule == WEAK, (1, min(n, largest)), span) == (pairs, triples)
        coalitions = len(axioms.violations(table, kind, largest=largest))
        assert naive_violations(arrays, span, largest, rule == WEAK) == (coalitions, pairs, triples)


@pytest.mark.parametrize("seed", range(20 if SLOW_PYTHON else 150))
def test_random_mechanisms(seed: int) -> None:
    rng = random.Random(seed)
    compare(random_mechanism(rng, some_sizes(rng, profiles=48), rng.randint(1, 12)))


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_several_words_of_outcomes(seed: int) -> None:
    rng = random.Random(1000 + seed)
    sizes = rng.choice([(4, 5, 5), (3, 6, 6), (12, 11), (2, 4, 3, 5), (90,)])
    mechanism = random_mechanism(rng, sizes, 200, bundles=3, spread=60 if len(sizes) == 1 else 4)
    assert mechanism.outcomes > 64
    table = plain(mechanism)
    for rule in (STRONG, WEAK):
        expected = numbered(table, axioms.violations(table, KINDS[rule]))
        assert listed(mechanism, rule, 1, len(sizes)) == expected
        assert set(optional(mechanism, rule)) == expected
        check_best(mechanism, table, rule)


def test_all_mechanisms_of_a_tiny_environment() -> None:
    """2 agents, 2 types each, 3 outcomes: every one of the 81 tables, for several utility tables."""
    for seed in range(2 if SLOW_PYTHON else 6):
        rng = random.Random(2000 + seed)
        base = random_mechanism(rng, (2, 2), 3)
        for outcome in product(range(base.outcomes), repeat=4):
            mechanism = Mechanism(
                base.environment, "tiny", np.array(outcome, np.int32), base.bundle, base.transfer, base.scale
            )
            table = plain(mechanism)
            for rule in (STRONG, WEAK):
                assert listed(mechanism, rule, 1, 2) == numbered(table, axioms.violations(table, KINDS[rule]))


def test_blocks_add_up() -> None:
    rng = random.Random(7)
    mechanism = random_mechanism(rng, (3, 4, 3), 9)
    table = mechanism.table
    reach = reachable(table.outcome, table.sizes, mechanism.outcomes)
    masks, extensions = make_outcome_sets(table), extension_counts(3, 1, 3)
    whole, _ = count_violations(table, masks, reach, extensions, (0, 36), 2**62)
    parts = [count_violations(table, masks, reach, extensions, (p, p + 1), 2**62)[0] for p in range(36)]
    assert sum(parts) == whole > 0
    first = next(p for p, part in enumerate(parts) if part)
    assert count_violations(table, masks, reach, extensions, (0, 36), 1) == (parts[first], first)
    for limit in (parts[first], 2):
        got = count_violations(table, masks, reach, extensions, (0, 36), limit)
        last = next(p for p in range(36) if sum(parts[: p + 1]) >= limit)
        assert got == (sum(parts[: last + 1]), last)


def test_reachable_is_the_set_of_outcomes_of_all_completions() -> None:
    rng = random.Random(8)
    mechanism = random_mechanism(rng, (2, 3, 2), 70, bundles=3)
    sizes = mechanism.environment.sizes
    reach = reachable(mechanism.table.outcome, mechanism.table.sizes, mechanism.outcomes)
    for row, pattern in zip(reach, product(*(range(size + 1) for size in sizes)), strict=True):
        choices = [range(size) if k == size else [k] for k, size in zip(pattern, sizes, strict=True)]
        expected = {mechanism.outcome_at(profile) for profile in product(*choices)}
        got = {64 * w + bit for w, word in enumerate(row.tolist()) for bit in range(64) if word >> bit & 1}
        assert got == expected


@pytest.mark.parametrize(
    ("agents", "values", "expected"), [(2, 3, 4), (2, 4, 9), (2, 5, 16), (3, 3, 35), (3, 4, 96), (3, 5, 202)]
)
def test_second_price_counts(agents: int, values: int, expected: int) -> None:
    from collude.models.library.auctions import second_price
    from collude.models.library.environments import auction

    mechanism = second_price(auction(agents, range(values)))
    table = mechanism.table
    utility = np.stack([table.utility[i][:, table.allocation[i]] for i in range(agents)])
    assert violating_pairs(table.outcome, table.sizes, utility) == expected


def spread(table: Table, outcomes: int, rng: random.Random) -> Table:
    """The same mechanism, its outcomes numbered otherwise among so many, the other numbers unused."""
    numbers = sorted(rng.sample(range(outcomes), table.allocation.shape[1]))
    allocation = np.zeros((len(table.sizes), outcomes), np.int32)
    allocation[:, numbers] = table.allocation
    return table._replace(outcome=np.array(numbers, np.int32)[table.outcome], allocation=allocation)


@pytest.mark.parametrize("outcomes", [128, 200])
def test_the_number_of_words_changes_nothing(outcomes: int) -> None:
    """Count and worst violation, outcomes in one word and the same ones spread over two and four."""
    violated = 0
    for seed in range(12 if SLOW_PYTHON else 60):
        rng = random.Random(5000 + seed)
        mechanism = random_mechanism(rng, some_sizes(rng, profiles=24), rng.randint(2, 12))
        table, n = mechanism.table, len(mechanism.table.sizes)
        span, extensions = (0, len(table.outcome)), extension_counts(n, 1, n)
        answers = []
        for same in (table, spread(table, outcomes, rng)):
            for rule in (STRONG, WEAK):
                sets, reach = masks_for(same, rule), reachable(same.outcome, same.sizes, same.allocation.shape[1])
                count, _ = count_violations(same, sets, reach, extensions, span, 2**62)
                answers.append((count, best_violation(same, sets, reach, extensions, span, 0)))
        assert answers[:2] == answers[2:]
        violated += answers[0][0] > 0
    assert violated >= 6


def check_bounded(mechanism: Mechanism, rule: int, sizes: tuple[int, int], tolerance: int, least: int) -> int:
    """The worst violation under bounds against a scan of every coalition; whether there is one."""
    table, n = mechanism.table._replace(tolerance=tolerance), mechanism.environment.agents
    every = []
    for mask in range(1, 1 << n):
        members = members_of(mask, n)
        if sizes[0] <= len(members) <= sizes[1]:
            rows = np.empty((len(table.outcome), 2), np.int64)
            inside = prod(mechanism.environment.sizes[i] for i in members)
            found = rows[: scan_options(table, mask, rule, (0, len(table.outcome) // inside), rows)].tolist()
            every += [(-gain, len(members), members, profile) for profile, gain in found if gain >= least]
    reach = reachable(table.outcome, table.sizes, mechanism.outcomes)
    extensions, span = extension_counts(n, *sizes), (0, len(table.outcome))
    gain, mask, profile = best_violation(table, masks_for(table, rule), reach, extensions, span, least)
    got = (-gain, len(members_of(mask, n)), members_of(mask, n), profile)
    assert got == min(every) if every else profile == -1
    return bool(every)


def test_the_worst_violation_under_bounds() -> None:
    """Bounds on the size of coalitions and on the gain, inexact utilities, few outcomes and many."""
    seen = {True: 0, False: 0}
    for seed in range(15 if SLOW_PYTHON else 120):
        rng = random.Random(6000 + seed)
        mechanism = random_mechanism(rng, some_sizes(rng, profiles=48), rng.choice([3, 12]), spread=rng.choice([2, 20]))
        n = mechanism.environment.agents
        for rule in (STRONG, WEAK):
            for sizes, tolerance in (((1, n), 0), ((1, min(2, n)), 0), ((n, n), 0), ((1, n), 2), ((1, min(2, n)), 1)):
                seen[check_bounded(mechanism, rule, sizes, tolerance, rng.choice([0, 0, 3]))] += 1
    assert min(seen.values()) >= 15, seen


def test_equal_gains_go_to_the_first_coalition() -> None:
    """Agents 0 and 3, or 1 and 2, gain as much in all: {0, 3} comes first, though its word is the larger number."""
    outcome = np.zeros(16, np.int32)
    outcome[0b1001], outcome[0b0110] = 1, 2  # profiles are numbered with agent 0 first
    utility, gains = np.zeros((4, 2, 3), np.int64), {0: 1, 3: 1, 1: 2, 2: 2}
    for agent, liked in gains.items():
        utility[agent, 0, liked] = 1
    table = Table(outcome, np.full(4, 2), np.tile(np.arange(3, dtype=np.int32), (4, 1)), utility, 0)
    reach, extensions = reachable(outcome, table.sizes, 3), extension_counts(4, 1, 4)
    assert best_violation(table, make_outcome_sets(table), reach, extensions, (0, 1), 0) == (2, 0b1001, 0)


def test_an_equal_gain_of_an_earlier_coalition_is_found_later() -> None:
    """Agent 1 gains 5 at the first profile, agent 0 at the last one: the coalition comes before the profile."""
    utility = np.zeros((2, 2, 4), np.int64)
    utility[1, 0, 1], utility[1, 0, 2], utility[0, 1, 1] = 5, 5, 5
    table = Table(
        np.arange(4, dtype=np.int32), np.full(2, 2), np.tile(np.arange(4, dtype=np.int32), (2, 1)), utility, 0
    )
    reach, extensions = reachable(table.outcome, table.sizes, 4), extension_counts(2, 1, 2)
    assert best_violation(table, make_outcome_sets(table), reach, extensions, (0, 3), 0) == (5, 0b10, 0)
    assert best_violation(table, make_outcome_sets(table), reach, extensions, (0, 4), 0) == (5, 0b01, 3)


def test_tolerance_hides_small_losses() -> None:
    """Agent 1 loses 3 where agent 0 gains 5 and needs him: he joins if losses up to 3 count as none."""
    outcome = np.array([0, 0, 0, 1], np.int32)
    utility = np.array([[[0, 5], [0, 0]], [[3, 0], [0, 0]]], np.int64)
    allocation = np.array([[0, 1], [0, 1]], np.int32)
    for tolerance, expected in ((0, 0), (2, 0), (3, 1)):
        table = Table(outcome, np.array([2, 2], np.int64), allocation, utility, tolerance)
        reach = reachable(outcome, table.sizes, 2)
        assert (
            count_violations(table, make_outcome_sets(table), reach, extension_counts(2, 1, 2), (0, 1), 99)[0]
            == expected
        )


def test_tolerance_hides_small_gains() -> None:
    outcome = np.array([0, 1], np.int32)
    utility = np.array([[[0, 5], [0, 0]]], np.int64)
    allocation = np.array([[0, 1]], np.int32)
    for tolerance, expected in ((0, 1), (4, 1), (5, 0)):
        table = Table(outcome, np.array([2], np.int64), allocation, utility, tolerance)
        reach = reachable(outcome, table.sizes, 2)
        assert (
            count_violations(table, make_outcome_sets(table), reach, extension_counts(1, 1, 1), (0, 2), 9)[0]
            == expected
        )


def test_an_outsider_who_gains_makes_no_violation() -> None:
    """One agent alone brings about two outcomes, each of which only one other agent gains from; a third one loses by the
    second: with him only coalitions with the first gainer violate. In every order of the four agents."""
    gains = {"brings": (0, 0, 0), "first": (0, 1, 0), "second": (0, 0, 1), "loses": (0, 0, -1)}
    for names in permutations(gains):
        sizes = np.array([3 if name == "brings" else 1 for name in names])
        utility = np.array([[gains[name]] * 3 for name in names], np.int64)
        expected = 0
        for truth, others in product(range(3), range(8)):
            coalition = {"brings", *(name for x, name in enumerate(("first", "second", "loses")) if others >> x & 1)}
            rises = [[gains[name][o] - gains[name][truth] for name in coalition] for o in range(3)]
            expected += any(min(each) >= 0 < max(each) for each in rises)
        assert violating_pairs(np.arange(3, dtype=np.int32), sizes, utility) == expected
