"""Posted prices: recognisers against every table of the definition, searches against the published counts, plateaus."""

import random
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from oracle import posted_prices as oracle

import collude as co
from collude.enumerate.checks.check import check
from collude.enumerate.families.trade import balanced_prices, separate_prices, trade_census, vcg_subsidy
from collude.models.errors import InputError, NotApplicableError, SizeError
from collude.models.files.functions import assemble
from collude.models.files.returned import OutcomeRow
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.trade import selections
from collude.models.trade.plateaus import clock, exposing_types, optima, schedule_of
from collude.models.trade.posted_forms import linear_price_form, posted_price_form
from collude.models.trade.selections import all_schedules, posted_price_tables, schedule_mechanism
from collude.models.trade.type_grids import box, separable_trade, separable_types
from collude.programs.trade.convexity import convexity, faulty_types

F = Fraction
HALVES = ["1/2", "3/2"]
QUARTERS = ["1/4", "3/4", "5/4", "7/4"]
PROOF = ["strategy-proof", "individually-rational"]
COLLUSION = [*PROOF, "no-free-lunch", "collusion-proof"]
CROSSING = [*PROOF, "no-free-lunch", "double-crossing-proof"]


def units(marginals: list[Any]) -> co.Environment:
    """Two units, all weakly monotone pairs of marginals."""
    return separable_trade((2,), marginals, marginals)


def two_goods(marginals: list[Any]) -> co.Environment:
    return separable_trade((1, 1), marginals, marginals)


def one_unit(count: int) -> co.Environment:
    return co.trade(range(1, count + 1), range(1, count + 1))


CENSUSES = [
    ("Thm 1.1, K=2", balanced_prices, one_unit(2), range(4), PROOF, "linear", 5, {}),
    ("Thm 1.1, K=3", balanced_prices, one_unit(3), range(5), PROOF, "linear", 10, {}),
    ("halves, K=2", balanced_prices, one_unit(2), [F(k, 2) for k in range(7)], PROOF, "linear", 6, {}),
    ("halves, K=3", balanced_prices, one_unit(3), [F(k, 2) for k in range(9)], PROOF, "linear", 12, {}),
    (
        "two units 1,2", balanced_prices, units([1, 2]), range(5), PROOF, "linear", 102,
        {"buyer curvature": 20, "endogenous price": 4, "seller curvature": 20},
    ),
    ("odd halves", balanced_prices, units(HALVES), range(4), PROOF, "linear", 15, {"selection": 3}),
    ("odd quarters", balanced_prices, units(QUARTERS), range(5), PROOF, "linear", 60, {}),
    ("two goods", balanced_prices, two_goods(["1/2", 3, 4]), [2], PROOF, "linear", 8, {"not a chain": 4}),
    ("two goods, richer", balanced_prices, two_goods(["1/2", 1, 3, 4]), [2], PROOF, "linear", 8, {}),
    ("Thm 1.2, off the grid", separate_prices, one_unit(3), ["3/2", "5/2"], COLLUSION, "largest", 5, {}),
    ("footnote 5, off the grid", separate_prices, one_unit(3), ["3/2", "5/2"], CROSSING, "largest", 5, {}),
    ("Thm 1.2, on the grid", separate_prices, one_unit(3), [1, 2, 3], COLLUSION, "largest", 18, {}),
    ("footnote 5, on the grid", separate_prices, one_unit(3), [1, 2, 3], CROSSING, "largest", 18, {}),
    (
        "Thm 1.2, two units", separate_prices, units(QUARTERS[:3]), {1: [1], 2: [1, 2]}, COLLUSION, "largest", 12,
        {"selection": 1},
    ),
    (
        "Prop 1.1", separate_prices, one_unit(3), ["3/2", "5/2"],
        ["strategy-proof", "non-bossy", "no-trade-types"], "generalised", 5, {},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CENSUSES, ids=[case[0] for case in CENSUSES])
def test_published_counts(case: Any) -> None:
    _, space, env, prices, require, form, count, extras = case
    found = trade_census(space(env, prices), require, form)
    assert (found.count, found.extras) == (count, extras)
    assert found.posted == count - sum(extras.values())
    assert found.rich == (not extras)
    assert set(found.examples) == set(extras)


def test_published_counts_without_the_axiom_that_decides() -> None:
    env = one_unit(3)
    first = COLLUSION[:3]
    assert co.search(separate_prices(env, ["3/2", "5/2"]), require=first).count == 6
    assert co.search(separate_prices(env, [1, 2, 3]), require=first).count == 202
    assert co.search(separate_prices(units(QUARTERS[:3]), {1: [1], 2: [1, 2]}), require=first).count == 73
    assert co.search(separate_prices(env, ["3/2", "5/2"]), require=["strategy-proof", "non-bossy"]).count == 21


def totals_of(env: co.Environment) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    bundles = range(len(env.bundles[0]))
    costs = [[-env.value(0, k, b) for b in bundles] for k in range(env.sizes[0])]
    return costs, [[env.value(1, k, b) for b in bundles] for k in range(env.sizes[1])]


def table_of(mechanism: Mechanism) -> oracle.Table:
    env = mechanism.environment
    cells = []
    for p in all_profiles(env):
        o = mechanism.outcome_at(p)
        money = [F(int(x), mechanism.scale) for x in mechanism.transfer[o]]
        cells.append((int(mechanism.bundle[o, 0]), money[0], -money[1]))
    width = env.sizes[1]
    return tuple(tuple(cells[c * width : (c + 1) * width]) for c in range(env.sizes[0]))


def mechanism_of(env: co.Environment, table: oracle.Table) -> Mechanism:
    import numpy as np

    cells = [cell for row in table for cell in row]
    known = sorted(set(cells))
    outcomes = [OutcomeRow((b, b), (received, -paid)) for b, received, paid in known]
    return assemble(env, "table", np.array([known.index(cell) for cell in cells], np.int32), outcomes, None)


def grid_of(env: co.Environment, prices: list[Fraction]) -> list[list[tuple[Fraction, Fraction]]]:
    pairs = [(p, q) for p in prices for q in prices]
    return [[(F(0), F(0))], *([pairs] * (len(env.bundles[0]) - 1))]


@pytest.mark.parametrize("largest", [False, True])
def test_the_recogniser_accepts_exactly_the_tables_of_the_definition(largest: bool) -> None:
    """Among all strategy-proof tables with separate prices, those of some schedule, selection and choice, and no others."""
    seen = {True: 0, False: 0}
    cases = [
        (co.trade([1, 2], [1, 2]), [F(1), F(2)]),
        (co.trade([1, 3], [2, 3]), [F(1), F(2), F(3)]),
        (co.trade(["1/2", 2, 3], [1, "5/2"]), [F(1), F(2)]),
        (one_unit(3), [F(1), F(2), F(3)]),
        (units(HALVES), [F(1), F(2)]),
        (two_goods([1, 3]), [F(2)]),
    ]
    for env, prices in cases:
        costs, values = totals_of(env)
        known = oracle.all_posted(costs, values, env.bundles[0], grid_of(env, prices), largest)
        space = separate_prices(env, prices)
        for mechanism in co.search(space, require=PROOF, mode="all"):
            table = table_of(mechanism)
            form = posted_price_form(mechanism, largest=largest)
            assert form.fits == (table in known)
            seen[form.fits] += 1
    assert seen[True] >= 60
    assert seen[False] >= 30


def test_tables_that_are_not_truthful_are_recognised_too() -> None:
    """Random tables: the recogniser says yes exactly for those of the definition, whatever axioms they satisfy."""
    rng = random.Random(5)
    env = co.trade([1, 2], [1, 2])
    costs, values = totals_of(env)
    known = oracle.all_posted(costs, values, env.bundles[0], grid_of(env, [F(1), F(2)]))
    cells = [(0, F(0), F(0)), *((1, p, q) for p in (F(1), F(2)) for q in (F(1), F(2)))]
    accepted = 0
    for chosen in product(cells, repeat=4):
        table = (chosen[:2], chosen[2:])
        fits = posted_price_form(mechanism_of(env, table)).fits
        assert fits == (table in known)
        accepted += fits
    assert accepted == len(known) >= 8
    assert rng.random() < 1


def test_all_tables_of_a_schedule() -> None:
    rng = random.Random(3)
    many = several = 0
    for _ in range(40):
        env = co.trade(sorted(rng.sample(range(1, 7), 2)), sorted(rng.sample(range(1, 7), 2)))
        if rng.random() < 0.7:
            marginals = sorted(rng.sample([1, 2, 3, 4], 2))
            env = units(marginals)
        costs, values = totals_of(env)
        prices = [F(rng.randint(1, 3)), F(rng.randint(1, 3))]
        length = len(env.bundles[0])
        chain = [0, 1, 2][:length]
        rows = [[F(0)], [F(0)]]
        for side in (0, 1):
            rise = prices[side]
            for _ in chain[1:]:
                rows[side].append(rows[side][-1] + rise)
                rise += rng.choice((0, 1)) if side else F(0)
        schedule = schedule_of(env, chain, *rows)
        for largest in (False, True):
            known = oracle.posted_tables(costs, values, chain, *rows, largest=largest)
            found = [
                table_of(schedule_mechanism(env, schedule, t))
                for t in posted_price_tables(env, schedule, largest=largest)
            ]
            assert len(found) == len(set(found))
            assert set(found) == known
            many += len(known) > 1
            several += len(known) > 8
    assert many >= 15
    assert several >= 5


def test_every_table_of_a_schedule_satisfies_the_theorem() -> None:
    env = units([1, 2])
    schedule = schedule_of(env, [0, 1, 2], [0, 2, 3], [0, 1, 2])
    count = 0
    for traded in posted_price_tables(env, schedule):
        mechanism = schedule_mechanism(env, schedule, traded)
        report = check(mechanism, ["strategy-proof", "non-bossy"], count="none")
        assert report.holds
        assert posted_price_form(mechanism).fits
        count += 1
    assert count >= 20
    for traded in posted_price_tables(env, schedule, largest=True):
        assert check(schedule_mechanism(env, schedule, traded), ["collusion-proof", "individually-rational"]).holds


def test_number_of_schedules_by_enumeration() -> None:
    env = co.trade([(1, 2)], [(2, 1)], bundles=[(0, 0), (1, 1), (2, 2)])
    grid = [[(F(0), F(0))], [(F(p), F(p)) for p in range(1, 9)], [(F(p), F(p)) for p in range(1, 9)]]
    both = [s for s in all_schedules(env, grid) if len(s.chain) == 3]
    assert len(both) == 4
    assert sum(len(s.chain) == 1 for s in all_schedules(env, grid)) == 1


def test_double_crossing_proof_agrees_with_the_definition() -> None:
    rng = random.Random(19)
    counts = {"violated": 0, "holds": 0, "weaker": 0}
    space = separate_prices(one_unit(3), [1, 2, 3])
    pools = [list(co.search(space, require=require, mode="all")) for require in (PROOF, COLLUSION)]
    for trial in range(160):
        env = co.trade([1, 2, 3][: 2 + trial % 2], [1, 2, 4]) if trial < 80 else one_unit(3)
        costs, values = totals_of(env)
        cells = [(0, F(0), F(0)), *((1, F(p), F(q)) for p in (1, 2, 3) for q in (1, 2, 3))]
        few = cells if trial % 3 == 0 else [cells[0], cells[1 + 3 * (trial % 3)]]
        table = tuple(tuple(rng.choice(few) for _ in values) for _ in costs)
        table = table if trial < 80 else table_of(rng.choice(pools[trial % 2]))
        mechanism = mechanism_of(env, table)
        known = oracle.collusions(costs, values, table, crossing=True)
        verdict = check(mechanism, ["double-crossing-proof"])["double-crossing-proof"]
        assert verdict.violations == len({truth for truth, _ in known})
        assert verdict.holds == (not known)
        if known:
            assert verdict.witness is not None
            truth, report = verdict.witness.profile, verdict.witness.misreport
            assert (truth, report) in known
            best = max(sum(oracle.gains(costs, values, table, *pair)) for pair in known)
            assert sum(map(F, verdict.witness.gains)) == best
        counts["violated" if known else "holds"] += 1
        counts["weaker"] += len(known) < len(oracle.collusions(costs, values, table, crossing=False))
    assert min(counts["violated"], counts["holds"]) >= 20
    assert counts["weaker"] >= 40


def test_double_crossing_proof_is_about_pairs() -> None:
    auction = co.second_price(co.auction(3, [0, 1]))
    with pytest.raises(NotApplicableError):
        check(auction, ["double-crossing-proof"])


def test_single_plateaus_and_the_types_that_expose_a_schedule() -> None:
    """16 valid schedules without a double peak, 12 invalid ones, each with one, for 136 types a side."""
    marginals = [F(k, 2) for k in range(1, 17)]
    env = separable_trade((2,), marginals, marginals)
    assert env.sizes == (136, 136)
    tally = {"seller": [0, 0], "buyer": [0, 0]}
    for one, two in combinations(range(1, 9), 2):
        schedule = schedule_of(env, [0, 1, 2], [0, one, two], [0, one, two])
        exposed = exposing_types(env, schedule)
        for side, valid in (("seller", two - one <= one), ("buyer", two - one >= one)):
            assert bool(exposed[side]) == (not valid)
            tally[side][valid] += 1
    assert tally == {"seller": [12, 16], "buyer": [12, 16]}


def test_the_clock_ends_at_the_posted_price() -> None:
    env = units([1, 2, 3])
    seen = ties = 0
    for prices in ([0, 2, 4], [0, 3, 5], [0, "5/2", 4]):
        for paid in ([0, 1, 3], [0, 2, 4], [0, "3/2", 4]):
            schedule = schedule_of(env, [0, 1, 2], prices, paid)
            tables = list(posted_price_tables(env, schedule, largest=True))
            for p, position in zip(all_profiles(env), map(max, zip(*tables, strict=True)), strict=True):
                assert clock(env, schedule, p) == position  # type: ignore[arg-type]
                seen += position > 0
                ties += any(len(optima(env, schedule, side, p[side])) > 1 for side in (0, 1))
    assert seen >= 100
    assert ties >= 50


def test_convexity_certificates() -> None:
    rng = random.Random(7)
    tally = {True: 0, False: 0}
    for _ in range(60):
        points = [(q,) for q in range(rng.randint(2, 5))]
        totals = [F(0), *(F(rng.randint(0, 6), rng.randint(1, 2)) for _ in points[1:])]
        proof = convexity(points, totals)
        assert proof.proves(points, totals)
        assert proof.convex == oracle.is_convex(points, totals)
        tally[proof.convex] += 1
        assert not type(proof)(proof.slopes, proof.bundle, ((0, F(1, 2)),)).proves(points, totals) or proof.convex
    assert min(tally.values()) >= 8
    cube = list(product((0, 1), repeat=3))
    for _ in range(5):
        totals = [F(rng.randint(-5, 5)) for _ in cube]
        proof = convexity(cube, totals)
        assert proof.convex
        assert proof.proves(cube, totals)
        first = (F(100), *proof.slopes[0][1:])
        assert not type(proof)((first, *proof.slopes[1:]), -1, ()).proves(cube, totals)
    odd = [(0, 0), (2, 2), (5, 3), (3, 1), (1, 4)]
    assert convexity(odd, [F(0), F(10), F("14.91"), F("3.5"), F("22.6")]).convex


def test_generated_types_have_no_fault_and_bad_ones_are_named() -> None:
    for env in (units([1, 2]), two_goods([1, 3]), separable_trade((2, 1), [1, 2], [1, 2]), one_unit(3)):
        assert faulty_types(env) == ()
    env = co.trade([(2, 3)], [(1, 3)], bundles=[(0,), (1,), (2,)])
    assert [(f.side, f.reason.split(":")[0]) for f in faulty_types(env)] == [(0, "curvature"), (1, "curvature")]
    flat = co.trade([(2, 2)], [(3, 1)], bundles=[(0,), (1,), (2,)])
    assert [f.reason.split(":")[0] for f in faulty_types(flat)] == ["not increasing", "not increasing"]
    assert len(separable_types((2, 1), [1, 2], rising=True)) == 3 * 2
    assert box((2,)) == ((0,), (1,), (2,))


def test_vcg_subsidy() -> None:
    found = vcg_subsidy(one_unit(3))
    assert (found.pairs, found.profiles, found.largest_gain, found.subsidy) == (11, 7, 2, 4)
    assert found.expected is None
    assert found.extra == 2
    few = vcg_subsidy(units([1, 2]), ties="smallest")
    many = vcg_subsidy(units([1, 2]), ties="largest")
    assert few.subsidy == many.subsidy
    assert few.pairs != many.pairs
    env = co.trade([1, 2, 3], [1, 2, 3], prior=co.uniform((3, 3)))
    assert vcg_subsidy(env).expected == F(4, 9)


def test_reasons_of_refusal() -> None:
    env = co.trade([1], [2, 3, 4], units=1)

    def reason(*cells: tuple[int, int, int]) -> str:
        return posted_price_form(mechanism_of(env, (tuple((b, F(p), F(q)) for b, p, q in cells),))).reason

    assert reason((1, 1, 1), (1, 2, 2), (1, 1, 1)) == "endogenous price"
    assert reason((0, 0, 0), (1, 0, 2), (1, 0, 2)) == "price not increasing"
    assert reason((1, 2, 2), (0, 0, 0), (1, 2, 2)) == "selection"
    assert reason((1, 2, 2), (1, 2, 2), (1, 2, 2)) == ""
    uneven = mechanism_of(env, (((1, F(3), F(2)),) * 3,))
    assert posted_price_form(uneven).fits
    assert linear_price_form(uneven).reason == "unequal prices"
    lump = mechanism_of(co.trade([1], [1, 3]), (((0, F(-1), F(-1)), (1, F(2), F(2))),))
    assert linear_price_form(lump).reason == "price of nothing"


def test_bad_calls_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    auction = co.second_price(co.auction(2, [0, 1]))
    with pytest.raises(InputError, match="trade environment"):
        posted_price_form(auction)
    env = one_unit(2)
    with pytest.raises(InputError, match="the form is"):
        trade_census(balanced_prices(env, [1]), PROOF, "cubic")
    with pytest.raises(InputError, match="more than 3"):
        trade_census(balanced_prices(env, range(4)), PROOF, "linear", limit=3)
    with pytest.raises(InputError, match="curvature"):
        list(posted_price_tables(units([1, 2]), schedule_of(units([1, 2]), [0, 1, 2], [0, 1, 3], [0, 1, 3])))
    monkeypatch.setattr(selections, "MOST_TABLES", 10)
    wide = units([1, 2, 3])
    with pytest.raises(SizeError):
        list(posted_price_tables(wide, schedule_of(wide, [0, 1, 2], [0, 2, 4], [0, 2, 4])))
    with pytest.raises(InputError, match="positive"):
        separable_types((1,), [0, 1], rising=True)
    with pytest.raises(InputError, match="box"):
        box(())
