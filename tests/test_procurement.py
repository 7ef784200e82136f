"""Chapter 2 of Hagen (2020): audits, lemmas on grids, recognisers."""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from conversion import plain
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import procurement as oracle_procurement
from oracle import reallocation as oracle_reallocation

from collude.enumerate.analyses.worst import worst
from collude.enumerate.checks.check import check, holds
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.library.environments import auction, procurement, trade
from collude.models.library.multi_unit_auctions import multi_unit_second_price, second_price_reverse
from collude.models.library.procurement import fixed_price, n_price, uniform_price, vcg_procurement
from collude.models.library.recognise import fixed_price_form, n_price_form
from collude.models.mechanism import Mechanism, all_profiles

GSP = "group-strategy-proof"
TWO_UNITS = procurement(2, [1, 2, 3], units=2)
EVERYTHING = [
    "strategy-proof", "weakly-group-strategy-proof", GSP, "pairwise-strategy-proof",
    "self-enforcing-group-strategy-proof", "collusion-proof", "reallocation-proof", "side-payment-collusion-proof",
    "bribe-proof", "equal-quantities-equal-transfers", "utility-independent",
]  # fmt: skip


@pytest.mark.parametrize(
    ("mechanism", "weak", "strong", "bribes", "triples", "largest"),
    [
        (second_price_reverse(procurement(2, [1, 2, 3])), 0, 18, 8, 23, 2),
        (vcg_procurement(TWO_UNITS, target=2), 4, 23, 11, 24, 2),
        (multi_unit_second_price(TWO_UNITS), 0, 16, 8, 20, 2),
        (n_price(procurement(2, [1, 2, 3, 4]), prices=[1, 2], ties="smallest"), 0, 4, 4, 8, 1),
        (n_price(procurement(2, [1, 2, 3, 4]), prices=[1, 2]), 0, 0, 0, 0, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Mechanism) else None,
)
def test_the_audits_of_the_note(
    mechanism: Mechanism, weak: int, strong: int, bribes: int, triples: int, largest: int
) -> None:
    """Section 9: weak pairs, GSP pairs, bribes, reallocation triples, largest reallocation gain."""
    pairs = check(mechanism, ["weakly-group-strategy-proof", GSP], count="profile-pairs")
    assert [verdict.violations for verdict in pairs] == [weak, strong]
    deals = check(mechanism, ["bribe-proof", "reallocation-proof"], count="triples")
    assert [verdict.violations for verdict in deals] == [bribes, triples]
    found = worst(mechanism, top=1)
    assert [Fraction(deal.gain) for deal in found.deals] == ([largest] if largest else [])
    view = oracle_reallocation.Goods(
        lambda i, k, bundle: mechanism.environment.value(i, k, bundle[0]),  # type: ignore[index]
        mechanism.environment.bundles,
        [-1, -1],
    )
    assert len(oracle_reallocation.reallocation_triples(plain(mechanism), view)) == triples


def test_the_witness_of_vcg() -> None:
    """Both have (1,2) and report (1,3); each supplies 1 and is paid 3 instead of 2."""
    mechanism = vcg_procurement(TWO_UNITS, target=2)
    witness = check(mechanism, ["reallocation-proof"])["reallocation-proof"].witness
    assert witness is not None
    assert witness.types == ("(1,2)", "(1,2)")
    assert witness.reported == ("(1,3)", "(1,3)")
    assert witness.gains == ("1", "1")
    assert witness.details["reallocation"] == ["nothing is handed over"]
    assert witness.details["holdings"] == [[1], [1]]
    after = mechanism.show_outcome(mechanism.outcome_at((1, 1)))
    before = mechanism.show_outcome(mechanism.outcome_at((0, 0)))
    assert (before.transfers, after.transfers) == ((2, 2), (3, 3))
    (deal,) = worst(mechanism, top=1).deals
    assert (deal.extra_payment, deal.lost) == ("2", (0,))


def test_goods_are_handed_on() -> None:
    """In the multi-unit second-price auction the loser delivers the winner's second unit."""
    witness = check(multi_unit_second_price(TWO_UNITS), ["reallocation-proof"])["reallocation-proof"].witness
    assert witness is not None
    assert witness.details["reallocation"] == ["agent 1 hands 1 unit to agent 0"]
    assert witness.details["payments"] == ["agent 0 pays 2 to agent 1"]


prices = st.fractions(0, 8, max_denominator=7)


@given(prices, st.lists(st.fractions(-5, 5, max_denominator=6), min_size=3, max_size=3), st.integers(0, 10**6))
@settings(deadline=None, max_examples=10)
def test_a_fixed_price_violates_nothing(price: Fraction, lumps: list[Fraction], seed: int) -> None:
    """Any price, any lump sums, any selection among the optima at each profile: Theorem 2.1, "if"."""
    env = procurement(3, [1, 2, 4], units=2)
    chosen = random.Random(seed)
    mechanism = selected(env, lambda _: price, chosen.choice, lumps)
    report = check(mechanism, EVERYTHING, jobs=1)
    assert {verdict.axiom: verdict.violations for verdict in report} == dict.fromkeys(EVERYTHING, 0)
    form, reason = fixed_price_form(mechanism)
    assert form is not None, reason
    assert form.low <= price
    assert form.high is None or price <= form.high
    assert form.lumps(price) == tuple(lumps)


def optima(env: Environment, agent: int, kind: int, price: Fraction) -> list[int]:
    """All quantities that are optimal at a price."""
    profits = [price * q + env.value(agent, kind, q) for q in range(len(env.bundles[agent]))]
    return [q for q, gained in enumerate(profits) if gained == max(profits)]


def selected(env: Environment, price_of: object, choose: object, lumps: list[Fraction] | None = None) -> Mechanism:
    """Everybody supplies one of his optima at price_of(profile), `choose` picks which."""
    rows = []
    for profile in all_profiles(env):
        price = price_of(profile)  # type: ignore[operator]
        quantities = [choose(optima(env, i, k, price)) for i, k in enumerate(profile)]  # type: ignore[operator]
        extra = lumps or [Fraction(0)] * env.agents
        rows.append((quantities, [price * q + lump for q, lump in zip(quantities, extra, strict=True)]))
    return from_rows(env, rows)


def from_rows(env: Environment, rows: list[tuple[list[int], list[Fraction]]]) -> Mechanism:
    """One row (quantities, transfers) per profile."""
    scale = int(np.lcm.reduce([t.denominator for _, transfers in rows for t in map(Fraction, transfers)] + [env.scale]))
    bundle = np.array([quantities for quantities, _ in rows], np.int32)
    transfer = np.array([[int(t * scale) for t in transfers] for _, transfers in rows], np.int64)
    return Mechanism(env, "selected", np.arange(len(rows), dtype=np.int32), bundle, transfer, scale)


# The n-price mechanism and Lemmas 2.5 to 2.7.

GRIDS = [
    (procurement(2, [1, 2, 3, 4]), range(5)),
    (procurement(3, [2, 4, 6]), range(1, 8, 2)),
    (procurement(3, [1, 2, 3], units=2), (0, 1, Fraction(3, 2), 2, 3)),
    (procurement(4, [1, 3]), range(4)),
]


def sequences() -> Iterator[tuple[Environment, tuple[Fraction, ...]]]:
    """Every weakly increasing sequence of prices on each grid, p(0) = 0 first."""
    for env, grid in GRIDS:
        for chosen in combinations_with_replacement([Fraction(p) for p in grid], env.agents):
            yield env, (Fraction(0), *chosen)


def accepting(env: Environment, kinds: tuple[int, ...], price: Fraction) -> int:
    """a(m): how many of these types have a first unit that costs at most the price."""
    return sum(-env.value(0, k, 1) <= price for k in kinds)


def eta(env: Environment, kinds: tuple[int, ...], price: tuple[Fraction, ...], group: int = 0) -> int:
    """Lemma 2.6: max { m in g..n : g + #{j outside G : d_1 <= p(m)} = m }; group 0 is the definition itself."""
    n = len(kinds) + group
    return max(m for m in range(group, n + 1) if group + accepting(env, kinds, price[m]) == m)


def test_three_ways_to_compute_eta() -> None:
    """The largest fixed point, the largest m with a(m) >= m, and the descending clock."""
    for env, price in sequences():
        for profile in all_profiles(env):
            m = env.agents
            while accepting(env, profile, price[m]) != m:
                m = accepting(env, profile, price[m])
            many = max(x for x in range(env.agents + 1) if accepting(env, profile, price[x]) >= x)
            assert eta(env, profile, price) == many == m


def test_lemmas_2_5_to_2_7() -> None:
    """pi_g: a group of g that reports one type faces p(eta_g); taking one type k out of the group; argmax sets."""
    for env, price in sequences():
        n, size = env.agents, env.sizes[0]
        for g in range(1, n + 1):
            for others in product(range(size), repeat=n - g):
                line = price[eta(env, others, price, g)]
                for k in range(size):
                    actual = price[eta(env, (k,) * g + others, price)]
                    assert optima(env, 0, k, line) == optima(env, 0, k, actual)
                    if g == 1:
                        continue
                    smaller = price[eta(env, (k, *others), price, g - 1)]
                    assert smaller <= line
                    if -env.value(0, k, 1) <= line:
                        assert smaller == line


def test_lemma_2_7_compares_argmax_sets_not_prices() -> None:
    """When an agent declines both, the two prices may differ."""
    differ = 0
    for env, price in sequences():
        for profile in all_profiles(env):
            for i, k in enumerate(profile):
                others = profile[:i] + profile[i + 1 :]
                one, other = price[eta(env, others, price, 1)], price[eta(env, profile, price)]
                assert optima(env, i, k, one) == optima(env, i, k, other)
                differ += one != other
    assert differ > 0


@pytest.mark.parametrize("ties", ["largest", "smallest"])
def test_n_price_mechanisms_are_recognised(ties: str) -> None:
    """Every one on a grid, by prices that fit every outcome; largest optima are group strategy-proof."""
    for env, grid in GRIDS[:3]:
        for chosen in combinations_with_replacement(grid, env.agents):
            mechanism = n_price(env, prices=list(chosen), ties=ties)
            form, reason = n_price_form(mechanism)
            assert form is not None, (chosen, reason)
            price = (Fraction(0), *form.prices)
            for profile in all_profiles(env):
                paid = price[eta(env, profile, price)]
                shown = mechanism.show_outcome(mechanism.outcome_at(profile))
                for i, (k, (q,), t) in enumerate(zip(profile, shown.bundles, shown.transfers, strict=True)):
                    assert q in optima(env, i, k, paid)
                    assert t == paid * q
            assert ties == "smallest" or holds(mechanism, GSP, jobs=1)


def test_the_gap_in_theorem_2_3() -> None:
    """Smallest optimum, prices (1, 2): (1, 3) becomes (1, 2), and the first earns 1 instead of 0."""
    mechanism = n_price(procurement(2, [1, 2, 3]), prices=[1, 2], ties="smallest")
    witness = check(mechanism, [GSP])[GSP].witness
    assert witness is not None
    assert n_price_form(mechanism)[0] is not None
    before, after = mechanism.outcome_at((0, 2)), mechanism.outcome_at((0, 1))
    assert [mechanism.utility(i, k, after) - mechanism.utility(i, k, before) for i, k in enumerate((0, 2))] == [1, 0]


def test_every_selection_of_uniform_prices_on_the_smallest_grid() -> None:
    """160 uniform-price outcome functions, 32 of them GSP, 32 n-price, and the two sets are identical (section 9)."""
    env = procurement(2, [1, 2])
    functions = set()
    for chosen in product(range(3), repeat=3):
        of = dict(zip(combinations_with_replacement(range(2), 2), chosen, strict=True))
        menus = []
        for profile in all_profiles(env):
            price = Fraction(of[tuple(sorted(profile))])
            for i, k in enumerate(profile):
                menus.append([(q, price * q) for q in optima(env, i, k, price)])
        functions |= set(product(*menus))
    assert len(functions) == 160
    proof, form = set(), set()
    for cells in functions:
        rows = [([a[0], b[0]], [a[1], b[1]]) for a, b in zip(cells[::2], cells[1::2], strict=True)]
        mechanism = from_rows(env, rows)  # type: ignore[arg-type]
        if holds(mechanism, GSP, jobs=1):
            proof.add(cells)
        if n_price_form(mechanism)[0] is not None:
            form.add(cells)
    assert len(proof) == 32
    assert proof == form


@pytest.mark.parametrize(
    ("costs", "grid", "expected"),
    [([1, 2], range(3), (18, 6, 6)), ([2, 10], (0, 4, 8), (9, 7, 6)), ([2, 6, 10], (0, 4, 8), (108, 6, 6))],
)
def test_uniform_prices_that_are_group_strategy_proof(
    costs: list[int], grid: range, expected: tuple[int, int, int]
) -> None:
    """Outcome functions, GSP ones, n-price among those: one extra at costs {2,10}, killed by a cost between the prices."""
    env = procurement(2, costs)
    known = {}
    for chosen in product(grid, repeat=len(costs) * (len(costs) + 1) // 2):
        mechanism = uniform_price(env, prices=chosen)
        known[tuple(plain(mechanism).table.values())] = mechanism
    proof = [mechanism for mechanism in known.values() if holds(mechanism, GSP, jobs=1)]
    form = [mechanism for mechanism in proof if n_price_form(mechanism)[0] is not None]
    assert (len(known), len(proof), len(form)) == expected


def test_fixed_prices_are_recognised_by_intervals() -> None:
    """Prices that no profile tells apart; lump sums; and reasons."""
    env = procurement(2, [2, 6])
    form, _ = fixed_price_form(fixed_price(env, price=4, lumps=[1, "1/2"]))
    assert form is not None
    assert (form.low, form.high) == (4, 4)
    assert form.lumps(Fraction(4)) == (1, Fraction(1, 2))
    form, _ = fixed_price_form(fixed_price(env, price=1))
    assert form is not None
    assert (form.low, form.high) == (0, 2)
    sells = from_rows(env, [([1, 1], [Fraction(9), Fraction(9)])] * 4)
    form, _ = fixed_price_form(sells)
    assert form is not None
    assert (form.low, form.high) == (6, None)
    assert form.lumps(Fraction(9)) == (0, 0)
    assert fixed_price_form(n_price(env, prices=[3, 5]))[0] is None
    for rows, word in (
        ([([0, 0], [0, 0]), ([0, 0], [1, 0])] * 2, "also for"),
        ([([1, 0], [1, 0])] * 2 + [([0, 0], [0, 0])] * 2, "for a unit"),
        ([([0, 0], [0, 0])] * 2 + [([1, 0], [4, 0])] * 2, "optimal"),
    ):
        form, reason = fixed_price_form(from_rows(env, rows))  # type: ignore[arg-type]
        assert form is None
        assert word in reason
    nothing = np.zeros((1, 2), np.int32)
    wrong = Mechanism(auction(2, [0, 1]), "x", np.zeros(4, np.int32), nothing, nothing.astype(np.int64), 1)
    with pytest.raises(InputError, match="suppliers of one good"):
        fixed_price_form(wrong)


def test_recognisers_agree_with_the_axioms_on_random_tables() -> None:
    """On a grid with types close to the price, reallocation-proof tables of one price are fixed prices; fixed prices
    always are reallocation-proof."""
    rng = random.Random(3)
    env = procurement(2, [1, 2])
    allocations = [(0, Fraction(0)), (1, Fraction(1)), (1, Fraction(2))]
    fixed = 0
    for _ in range(300):
        cells = [rng.choice(allocations) for _ in range(8)]
        rows = [([a[0], b[0]], [a[1], b[1]]) for a, b in zip(cells[::2], cells[1::2], strict=True)]
        mechanism = from_rows(env, rows)
        if fixed_price_form(mechanism)[0] is not None:
            fixed += 1
            assert holds(mechanism, "reallocation-proof", jobs=1)
    assert fixed > 0


def test_all_mechanisms_of_the_smallest_grid() -> None:
    """Types {1},{2}, allocations (0,0),(1,1),(1,2): 85 of 6561 are reallocation-proof, 137 with money only, 149
    bribe-proof (section 9)."""
    env = procurement(2, [1, 2])
    allocations = [(0, Fraction(0)), (1, Fraction(1)), (1, Fraction(2))]
    counts = dict.fromkeys(["strategy-proof", "bribe-proof", "side-payment-collusion-proof", "reallocation-proof"], 0)
    table = [oracle_procurement.cost((c,), 1) for c in (1, 2)]
    for menu in _strategy_proof_menus(allocations, table):
        counts["strategy-proof"] += 1
        mechanism = from_rows(env, menu)
        for axiom in list(counts)[1:]:
            counts[axiom] += holds(mechanism, axiom, jobs=1)
    assert list(counts.values()) == [625, 149, 137, 85]


def _strategy_proof_menus(allocations: list[tuple[int, Fraction]], costs: list[int]) -> Iterator[list]:  # type: ignore[type-arg]
    """Rows of all strategy-proof mechanisms for two agents with two types: per opponent's type, a pair of allocations
    such that neither type prefers the other's."""

    def worth(cost: int, cell: tuple[int, Fraction]) -> Fraction:
        return cell[1] - cost * cell[0]

    pairs = [
        (low, high)
        for low, high in product(allocations, repeat=2)
        if worth(costs[0], low) >= worth(costs[0], high) and worth(costs[1], high) >= worth(costs[1], low)
    ]
    for against in product(pairs, repeat=2):
        for answer in product(pairs, repeat=2):
            yield [
                ([against[b][a][0], answer[a][b][0]], [against[b][a][1], answer[a][b][1]])
                for a, b in product(range(2), repeat=2)
            ]


def test_lemma_2_1_holds_for_group_strategy_proof_mechanisms_of_unit_supply() -> None:
    """For two agents and unit supply GSP implies equal quantities, equal transfers."""
    env = procurement(2, [1, 2])
    for menu in _strategy_proof_menus([(0, Fraction(0)), (1, Fraction(1)), (1, Fraction(2))], [1, 2]):
        mechanism = from_rows(env, menu)
        if holds(mechanism, GSP, jobs=1):
            assert holds(mechanism, "equal-quantities-equal-transfers", jobs=1)


def test_one_price_for_the_trader_and_its_violations() -> None:
    """Reallocation in bilateral trade: the pair can always undo the trade, whatever was reported."""
    env = trade([0, 2], [1, 3])
    mechanism = Mechanism(
        env, "always", np.zeros(4, np.int32), np.ones((1, 2), np.int32), np.array([[1, -1]], np.int64), 1
    )
    report = check(mechanism, ["reallocation-proof", "side-payment-collusion-proof"])
    assert report["reallocation-proof"].violations == 1
    assert report["side-payment-collusion-proof"].violations == 0
    witness = report["reallocation-proof"].witness
    assert witness is not None
    assert witness.types == ("2", "1")
    assert witness.details["reallocation"] == ["agent buyer hands 1 unit to agent seller"]
