"""The kernels of deals: table algorithm, concave path and naive enumeration against the oracle."""

from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from conversion import plain
from drawn_goods import KINDS, draw, gain_of, goods, truth
from numba import config
from oracle import plain as plain_oracle
from oracle import reallocation as oracle

from collude.axioms.core.groups import coalition_bits_of
from collude.kernels.deals import splits
from collude.kernels.deals.bribes import count_bribes
from collude.kernels.deals.deal_units import count_deal_triples, mark_deal_pairs
from collude.kernels.deals.deals import count_deals, scan_deals
from collude.kernels.deals.equal import count_unequal_transfers
from collude.kernels.deals.naive_deals import naive_deals
from collude.kernels.deals.splits import open_deals, split_values
from collude.kernels.members import agents_of
from collude.models.environment import from_values
from collude.models.goods import goods_of, is_concave
from collude.models.library.environments import procurement
from collude.models.library.procurement import fixed_price
from collude.models.mechanism import Mechanism

pytestmark = pytest.mark.kernel
TRIALS = 6 if config.DISABLE_JIT else 25


@pytest.fixture(autouse=True, params=["one tail", "a head for all but one"] if config.DISABLE_JIT else ["one tail"])
def _cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unjitted, every test also runs with coalitions cut before the last member; jitted, the limit is compiled in."""
    if request.param != "one tail":
        monkeypatch.setattr(splits, "SHORT_TAIL", 1)


cases = pytest.mark.parametrize(("kind", "moves"), [(kind, moves) for kind in KINDS for moves in (True, False)])


@cases
def test_violating_pairs_and_the_largest_gain_agree_with_the_oracle(kind: str, moves: bool) -> None:
    """Exactly the (profile, coalition) pairs and the gain of the most profitable deal at each."""
    for seed in range(TRIALS):
        mechanism = draw(seed, kind)
        env = mechanism.environment
        expected: dict[tuple[int, int], Fraction] = {}
        for profile, members, _, total in oracle.deals(plain(mechanism), gain_of(mechanism, moves)):
            key = (mechanism.number(profile), coalition_bits_of(members))
            expected[key] = max(expected.get(key, Fraction(0)), Fraction(total))
        expected = {key: total for key, total in expected.items() if total > 0}
        found: dict[tuple[int, int], Fraction] = {}
        packed = goods_of(mechanism, moves)
        for mask in range(1, 1 << env.agents):
            inside = prod(env.sizes[i] for i in agents_of(mask, env.agents, True))
            rows = np.full((env.profiles, 2), -1, np.int64)
            bins = np.full(env.profiles, -1, np.int64)
            span = (0, env.profiles // inside)
            count, lowest = scan_deals(mechanism.table, truth(mechanism), packed, mask, span, (rows, bins))
            rows = rows[rows[:, 1] >= 0]
            assert len(rows) == count
            assert lowest == min(rows[:, 1].tolist(), default=env.profiles)
            assert rows.tolist() == sorted(rows.tolist(), key=lambda row: (-row[0], row[1]))
            assert {(p, x) for p, x in enumerate(bins.tolist()) if x >= 0} == {(p, g) for g, p in rows.tolist()}
            found |= {(p, mask): Fraction(g, mechanism.scale) for g, p in rows.tolist()}
        assert found == expected, (kind, moves, seed)
        most = max(expected.values(), default=None)
        largest = -1 if most is None else int(most * mechanism.scale)
        assert count_deals(mechanism.table, packed, truth(mechanism)) == (len(expected), largest)


@cases
def test_the_naive_kernel_agrees_with_the_oracle(kind: str, moves: bool) -> None:
    """Pairs, triples and the largest gain, also with a bound on the size of coalitions."""
    for seed in range(TRIALS):
        mechanism = draw(seed, kind)
        n, profiles = mechanism.environment.agents, mechanism.environment.profiles
        for largest in {1, n}:
            every = list(oracle.deals(plain(mechanism), gain_of(mechanism, moves), largest))
            triples = [(p, d) for p, d, _, total in every if total > 0]
            most = max(total for _, _, _, total in every)
            expected = (len(set(triples)), len(triples), int(most * mechanism.scale) if most > 0 else -1)
            assert naive_deals(mechanism.table, goods_of(mechanism, moves), (0, profiles), largest) == expected


@cases
def test_triples_and_profile_pairs_agree_with_the_oracle(kind: str, moves: bool) -> None:
    """The other two units of counting."""
    for seed in range(TRIALS):
        mechanism = draw(seed, kind)
        env, table = mechanism.environment, plain(mechanism)
        gain = gain_of(mechanism, moves)
        packed = goods_of(mechanism, moves)
        marks = np.zeros((env.profiles, env.profiles), np.bool_)
        triples = pairs = 0
        for mask in range(1, 1 << env.agents):
            contexts = env.profiles // prod(env.sizes[i] for i in agents_of(mask, env.agents, True))
            triples += count_deal_triples(mechanism.table, truth(mechanism), packed, mask, (0, contexts))
            pairs += mark_deal_pairs(mechanism.table, truth(mechanism), packed, mask, marks)
        assert triples == len(oracle.gainful(table, gain))
        expected = oracle.gainful_pairs(table, gain)
        assert pairs == len(expected) == marks.sum()
        assert all(marks[mechanism.number(one), mechanism.number(other)] for one, other in expected)


@pytest.mark.parametrize("sizes", [(3, 9, 8, 3), (12, 3, 13, 12)])
def test_long_tails_and_many_contexts_change_nothing(sizes: tuple[int, ...]) -> None:
    """Many groups of contexts, and a head of up to two agents before the tail: against the naive kernel."""
    rng = np.random.default_rng(5)
    sizes = sizes if not config.DISABLE_JIT else tuple(min(3, size) for size in sizes)
    n, profiles = len(sizes), prod(sizes)
    values = [[[Fraction(int(x)) for x in row] for row in rng.integers(-6, 7, (size, 3))] for size in sizes]
    env = from_values("goods", [tuple(range(k)) for k in sizes], [[(0,), (1,), (2,)]] * n, values)
    for count in (4, 300):
        outcome = rng.integers(0, count, profiles).astype(np.int32)
        bundle = rng.integers(0, 3, (count, n)).astype(np.int32)
        mechanism = Mechanism(env, "random", outcome, bundle, rng.integers(-2, 3, (count, n)), 1)
        span = (0, min(9, profiles))
        for moves in (True, False):
            packed = goods_of(mechanism, moves)
            pairs, most = 0, -1
            for mask in range(1, 1 << n):
                contexts = profiles // prod(sizes[i] for i in agents_of(mask, n, True))
                rows = np.full((profiles, 2), -1, np.int64)
                found = scan_deals(
                    mechanism.table, truth(mechanism), packed, mask, (0, contexts), (rows, np.empty(0, np.int64))
                )
                assert found[0] == (rows[:, 1] >= 0).sum()
                inside = rows[(rows[:, 1] >= 0) & (rows[:, 1] < span[1])]
                pairs += len(inside)
                most = max([most, *inside[:, 0].tolist()])
            naive = naive_deals(mechanism.table, packed, span, n)
            assert (pairs, most) == (naive[0], naive[2])


def test_large_numbers_need_64_bits() -> None:
    """Values and transfers a billion times as large give a billion times the gain, and the same pairs."""
    for seed in range(5):
        small = draw(seed)
        env = small.environment
        values = tuple(10**9 * table for table in env.values)
        large = replace(small, environment=replace(env, values=values), transfer=10**9 * small.transfer)
        assert truth(small).dtype == np.int32
        assert truth(large).dtype == np.int64
        count, gain = count_deals(small.table, goods_of(small, True), truth(small))
        assert count_deals(large.table, goods_of(large, True), truth(large)) == (count, gain * 10**9 if count else -1)


def test_parts_of_the_outsiders_add_up() -> None:
    """Whatever the spans, the counts add up and the best is the same."""
    mechanism = draw(9, "two goods")
    env = mechanism.environment
    packed, utilities = goods_of(mechanism, True), truth(mechanism)
    none = np.empty(0, np.int64)
    for mask in range(1, 1 << env.agents):
        contexts = env.profiles // prod(env.sizes[i] for i in agents_of(mask, env.agents, True))
        whole = np.full((1, 2), -1, np.int64)
        count, lowest = scan_deals(mechanism.table, utilities, packed, mask, (0, contexts), (whole, none))
        parts, kept = [], np.full((1, 2), -1, np.int64)
        for c in range(contexts):
            parts.append(scan_deals(mechanism.table, utilities, packed, mask, (c, c + 1), (kept, none)))
        assert sum(part[0] for part in parts) == count
        assert min(part[1] for part in parts) == lowest
        assert kept.tolist() == whole.tolist()


def test_concave_values_take_either_path() -> None:
    """Merged marginals and the full convolution give the same best splits, suppliers and demanders mixed."""
    for seed in range(TRIALS):
        mechanism = draw(seed, "concave")
        env = mechanism.environment
        assert is_concave(env)
        sizes = np.array(env.sizes, np.int64)
        members = np.arange(env.agents)
        fast, slow = goods_of(mechanism, True), goods_of(mechanism, True, concave=False)
        assert fast.concave
        assert not slow.concave
        for one, other in zip(
            split_values(sizes, fast, members, True), split_values(sizes, slow, members, False), strict=True
        ):
            assert one.tolist() == other.tolist()
        assert count_deals(mechanism.table, fast, truth(mechanism)) == count_deals(
            mechanism.table, slow, truth(mechanism)
        )
    assert not is_concave(draw(3, "two goods").environment)


def test_best_splits_are_those_of_the_oracle() -> None:
    """Every total that a coalition can hold, at every joint type, against all splits."""
    for seed in range(TRIALS):
        mechanism = draw(seed, "two goods")
        env = mechanism.environment
        packed = goods_of(mechanism, True)
        members = tuple(range(env.agents))
        totals, best = split_values(np.array(env.sizes, np.int64), packed, np.array(members), False)
        view = goods(mechanism)
        for number, profile in enumerate(plain_oracle.profiles(env.sizes)):
            expected: dict[int, Fraction] = {}
            for split in plain_oracle.profiles([len(menu) for menu in env.bundles]):
                code = sum(int(packed.code[i, b]) for i, b in enumerate(split))
                worth = sum(view.value(i, profile[i], env.bundles[i][b]) for i, b in enumerate(split))
                expected[code] = max(expected.get(code, worth), worth)
            assert dict(zip(totals.tolist(), best[number].tolist(), strict=True)) == {
                code: int(worth * mechanism.scale) for code, worth in expected.items()
            }


def test_bribes_agree_with_the_oracle() -> None:
    """All (profile, agent, report, briber), and the most profitable one."""
    for seed in range(2 * TRIALS):
        mechanism = draw(seed)
        notes = np.full((1, 6), -1, np.int64)
        count, lowest = count_bribes(mechanism.table, (0, mechanism.environment.profiles), notes)
        table = plain(mechanism)
        expected = oracle.bribe_proof(table)
        assert count == len(expected)
        assert lowest == min((mechanism.number(p) for p, *_ in expected), default=mechanism.environment.profiles)
        gains = {}
        for profile, i, k, j in expected:
            reported = plain_oracle.replace(profile, (i,), (k,))
            gains[profile, i, k, j] = sum(table.gain(x, profile, reported) for x in {i, j})
        if gains:
            best = min(gains, key=lambda b: (-gains[b], len({b[1], b[3]}), sorted({b[1], b[3]}), b[0], b[1], b[2]))
            total, _, profile, i, j, k = notes[0].tolist()
            assert (mechanism.types_at(profile), i, k, j) == best
            assert Fraction(total, mechanism.scale) == gains[best]


def test_unequal_transfers_agree_with_the_oracle() -> None:
    """Lemma 2.1 as a count of (coalition, c, h)."""
    for seed in range(2 * TRIALS):
        mechanism = draw(seed, "any", 1)
        env = mechanism.environment
        count = 0
        for mask in range(1, 1 << env.agents):
            contexts = env.profiles // prod(env.sizes[i] for i in agents_of(mask, env.agents, True))
            notes = np.full(3, -1, np.int64)
            count += count_unequal_transfers(mechanism.table, goods_of(mechanism, False), mask, (0, contexts), notes)
        assert count == len(oracle.equal_bundles_equal_transfers(plain(mechanism), goods(mechanism)))


def test_a_coalition_is_cut_into_head_and_tail() -> None:
    """The joint types of both halves cover those of the coalition."""
    env = procurement(4, range(1, 5), units=2)
    mechanism = fixed_price(env, price=3)
    deals = open_deals(np.array(env.sizes), goods_of(mechanism, True), 0b1101)
    assert deals.members.tolist() == [0, 2, 3]
    assert len(deals.head_at) * len(deals.tail_at) == 6**3
    assert sorted({int(a + b) for a in deals.head_at for b in deals.tail_at})[:7] == [0, 1, 2, 3, 4, 5, 6]
