"""Expectations, coalition-proofness, equalities and equilibria against the oracle, and the published numbers."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from drawn_choices import drawn, plain, published
from oracle import bayes as oracle

import collude as co
from collude.axioms.contracts import Contract, contract_game
from collude.axioms.registry import find_axiom
from collude.enumerate.equilibria import read_partition
from collude.enumerate.transfers import RULES, examine
from collude.enumerate.verdicts import recheck
from collude.models.beliefs import beliefs_of, read_prior
from collude.models.environment import Environment, Prior
from collude.models.environments import auction, public_good
from collude.models.expected_externality import WAYS, agv, freedom, shapley
from collude.models.mechanism import Mechanism, all_profiles
from collude.models.public_choices import airline, single_object, single_order
from collude.programs.dominance import with_transfers

F = Fraction
UNIFORM = co.uniform
PROOF, TRUTH = "coalition-proof", "bayesian-incentive-compatible"


def with_prior(environment: Environment, text: str = "uniform") -> Environment:
    return replace(environment, prior=read_prior(text, environment.sizes))


def table_of(mechanism: Mechanism) -> oracle.TransferTable:
    """The transfers, profile by profile."""
    return {p: mechanism.show_outcome(mechanism.outcome_at(p)).transfers for p in all_profiles(mechanism.environment)}


def mechanisms(environment: Environment, rng: random.Random) -> list[Mechanism]:
    """The named rules (where they exist), and one with random transfers."""
    found = [rule(environment) for name, rule in RULES.items() if name != "agv" or environment.agents > 1]
    money = [F(rng.randint(-4, 4), 2) for _ in range(environment.profiles * environment.agents)]
    return [*found, with_transfers(RULES["none"](environment), money, "random")]


@pytest.mark.parametrize("seed", range(30))
def test_three_ways_to_the_transfers(seed: int) -> None:
    environment = drawn(random.Random(seed))
    expected = oracle.shapley(plain(environment))
    for way in WAYS:
        assert table_of(shapley(environment, way=way)) == expected, way
    if environment.agents > 1:
        assert table_of(agv(environment)) == oracle.agv(plain(environment))


@pytest.mark.parametrize("seed", range(40))
def test_coalition_proofness_is_that_of_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    environment = drawn(rng)
    for mechanism in mechanisms(environment, rng):
        x = table_of(mechanism)
        expected = oracle.coalition_proof(plain(environment), x)
        verdict = co.check(mechanism, [PROOF])[PROOF]
        assert verdict.violations == len(expected)
        best = oracle.first_best_deviation(plain(environment), x)
        if best is None:
            assert verdict.holds
            continue
        coalition, types, report, gain = best
        witness = verdict.witness
        assert witness is not None
        assert sum(F(g) for g in witness.gains) == gain
        assert (witness.coalition, witness.misreport) == (coalition, report)
        assert tuple(witness.profile[i] for i in coalition) == types
        assert all(witness.profile[j] == -1 for j in range(environment.agents) if j not in coalition)
        assert recheck(mechanism, find_axiom(PROOF), witness)
        for size in range(1, environment.agents + 1):
            bounded = co.check(mechanism, [PROOF], max_coalition=size)[PROOF]
            assert bounded.violations == sum(len(deviation[0]) <= size for deviation in expected)
        alone = co.check(mechanism, [TRUTH])[TRUTH]
        assert alone.violations == sum(len(deviation[0]) == 1 for deviation in expected)


@pytest.mark.parametrize("seed", range(25))
def test_independent_and_joint_priors_agree(seed: int) -> None:
    """A product prior written profile by profile takes another path to the same answers."""
    rng = random.Random(seed)
    environment = drawn(rng, zeros=False)
    assert environment.prior is not None
    rows = environment.prior.independent or ()
    joint = [F(1)]
    for row in rows:
        joint = [chance * weight for chance in joint for weight in row]
    bumped = list(joint)
    if len(bumped) > 1:
        bumped[0], bumped[-1] = bumped[0] * F(9, 10), bumped[-1] + bumped[0] * F(1, 10)
    names = [PROOF, TRUTH, "decentralised-coalition-proof", "interim-individually-rational"]
    names += ["ex-ante-individually-rational", "ex-ante-budget-balanced"]
    for mechanism in mechanisms(environment, rng):
        other = replace(mechanism, environment=replace(environment, prior=Prior(joint=tuple(joint))))
        one, two = co.check(mechanism, names), co.check(other, names)
        assert [v.violations for v in one] == [v.violations for v in two]
        assert [v.witness and v.witness.gains for v in one] == [v.witness and v.witness.gains for v in two]
        correlated = replace(mechanism, environment=replace(environment, prior=Prior(joint=tuple(bumped))))
        report = co.check(correlated, names)
        assert report[PROOF].violations == correlated_count(correlated)


def correlated_count(mechanism: Mechanism) -> int:
    """Profitable triples under a joint prior, from the definition."""
    env = mechanism.environment
    assert env.prior is not None
    chances = dict(zip(all_profiles(env), env.prior.joint or (), strict=True))
    count = 0
    for mask in range(1, 1 << env.agents):
        members = tuple(i for i in range(env.agents) if mask >> i & 1)
        points = list(product(*(range(env.sizes[i]) for i in members)))
        for types, report in product(points, points):
            gain = F(0)
            for profile, chance in chances.items():
                if tuple(profile[i] for i in members) == types:
                    told = list(profile)
                    for i, k in zip(members, report, strict=True):
                        told[i] = k
                    gain += chance * sum(mechanism.gains(profile, tuple(told), members))
            count += gain > 0
    return count


@pytest.mark.parametrize("seed", range(30))
def test_equalities_are_those_of_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    environment = drawn(rng)
    n = environment.agents
    for mechanism in mechanisms(environment, rng):
        x, env = table_of(mechanism), plain(environment)
        found = examine(mechanism)
        second, third = oracle.condition_2(env, x), oracle.condition_3(env, x)
        assert found.report["externality-equalities"].holds == all(len(values) == 1 for values in second.values())
        assert found.report["insurance-equalities"].holds == all(len(values) == 1 for values in third)
        for members, constant in found.others.items():
            assert (constant is None) == (len(second[members]) > 1)
            assert constant is None or second[members] == {constant}
        for i, constant in enumerate(found.own):
            assert (constant is None) == (len(third[i]) > 1)
            assert constant is None or third[i] == {constant}
        guaranteed = oracle.guarantees(env, x)
        sure = all(values == {sum(env.ex_ante(i) for i in c)} for c, values in guaranteed.items())
        assert found.report["guaranteed-payoffs"].holds == sure
        assert found.report["budget-balanced"].holds == (not oracle.condition_1(env, x))
        assert found.values == tuple(env.ex_ante(i) for i in range(n))
        for verdict in found.report:
            if verdict.witness is not None:
                assert recheck(mechanism, find_axiom(verdict.axiom), verdict.witness), verdict.axiom
    assert shapley_is_certified(environment)


def shapley_is_certified(environment: Environment) -> bool:
    """Theorem 1, Proposition 3 and Remark 2."""
    found = examine(shapley(environment))
    names = (
        "budget-balanced",
        "coalition-proof",
        "externality-equalities",
        "insurance-equalities",
        "guaranteed-payoffs",
    )
    return (
        all(found.report[name].holds for name in names) and set(found.transfers) == {F(0)} and found.own == found.values
    )


@pytest.mark.parametrize("seed", range(12))
def test_equilibria_are_those_of_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    environment = drawn(rng)
    if environment.profiles > 8:
        environment = published(seed + 1, 2, 2, 3)
    n = environment.agents
    partitions: list[Any] = [[(i,) for i in range(n)]]
    partitions += [[(0, 1), *((i,) for i in range(2, n))]] if n > 1 and max(environment.sizes[:2]) < 3 else []
    for mechanism in mechanisms(environment, rng)[1:]:
        for partition in partitions:
            expected = oracle.equilibria(plain(environment), table_of(mechanism), partition)
            found = co.equilibria(mechanism, partition)
            points = [list(product(*(range(environment.sizes[i]) for i in block))) for block in partition]
            told = {
                tuple(
                    tuple(own.index(strategy[types]) for types in own)
                    for own, strategy in zip(points, play, strict=True)
                ): (
                    oracle.is_efficient(plain(environment), partition, play),
                    oracle.expected_surplus(plain(environment), partition, play),
                    tuple(oracle.block_surplus(plain(environment), table_of(mechanism), partition, play)),
                )
                for play in expected
            }
            assert {one.strategies: (one.efficient, one.surplus, one.payoffs) for one in found.found} == told


@pytest.mark.parametrize("seed", range(20))
def test_decentralised_agreements(seed: int) -> None:
    rng = random.Random(seed)
    environment = drawn(rng)
    for mechanism in mechanisms(environment, rng):
        axiom = find_axiom("decentralised-coalition-proof")
        verdict = co.check(mechanism, [axiom.name])[axiom.name]
        best = {members: best_agreement(mechanism, members) for members in coalitions(environment.agents)}
        assert verdict.violations == sum(gain > 0 for gain in best.values())
        if verdict.witness is not None:
            assert sum(F(g) for g in verdict.witness.gains) == max(best.values())
            assert recheck(mechanism, axiom, verdict.witness)


def coalitions(n: int) -> list[tuple[int, ...]]:
    return [tuple(i for i in range(n) if mask >> i & 1) for mask in range(1, 1 << n)]


def best_agreement(mechanism: Mechanism, members: tuple[int, ...]) -> Fraction:
    """The largest expected gain over all maps, one per member, by trying all."""
    env = mechanism.environment
    assert env.prior is not None
    rows = env.prior.independent or ()
    best = F(0)
    for maps in product(*(product(range(env.sizes[i]), repeat=env.sizes[i]) for i in members)):
        total = F(0)
        for profile in all_profiles(env):
            chance = F(1)
            for i, k in enumerate(profile):
                chance *= rows[i][k]
            told = list(profile)
            for i, way in zip(members, maps, strict=True):
                told[i] = way[profile[i]]
            total += chance * sum(mechanism.gains(profile, tuple(told), members))
        best = max(best, total / mechanism.scale)
    return best


AIRLINE = with_prior(airline(3))
THIRD = with_prior(airline(3), "1/3,2/3")
GOOD = with_prior(public_good(3, [0, 2], cost=3))
OBJECT3 = with_prior(single_object(3, [0, 1]))
OBJECT2 = with_prior(single_object(2, range(4)))
RANDOM = published(1, 3, 2, 3)


@pytest.mark.parametrize(
    ("environment", "values", "first", "last", "agv_row", "vcg_row"),
    [
        (AIRLINE, ["1/4"] * 3, ["0"] * 3, ["0"] * 3, (12, "2"), (6, "3", "15/2")),
        (THIRD, ["2/9"] * 3, ["0"] * 3, ["0"] * 3, (12, "3"), (6, "3", "8")),
        (GOOD, ["1/4"] * 3, ["0"] * 3, ["0"] * 3, (0, "0"), (0, "0", "0")),
        (
            OBJECT3,
            ["1/2", "1/4", "1/8"],
            ["7/16", "-1/16", "-3/8"],
            ["-5/16", "3/16", "1/8"],
            (3, "3/8"),
            (20, "1", "1/2"),
        ),
        (OBJECT2, ["5/4", "7/8"], ["3/8", "-3/8"], ["-3/8", "3/8"], (0, "0"), (67, "3", "7/8")),
        (
            RANDOM,
            ["59/10", "129/20", "71/10"],
            ["-157/40", "-47/20", "251/40"],
            ["71/20", "7/10", "-17/4"],
            (11, "27/5"),
            (23, "11", "13/4"),
        ),
    ],
)
def test_published_table(
    environment: Environment, values: list[str], first: list[str], last: list[str], agv_row: Any, vcg_row: Any
) -> None:
    found = co.transfers(environment, "shapley")
    assert [str(x) for x in found.values] == values
    assert found.rows()[0]["transfers"] == first
    assert found.rows()[-1]["transfers"] == last
    assert shapley_is_certified(environment)
    for rule, (count, gain, *more) in (("agv", agv_row), ("vcg", vcg_row)):
        other = co.transfers(environment, rule)
        verdict = other.report[PROOF]
        gains = verdict.witness.gains if verdict.witness else ("0",)
        assert (verdict.violations, str(sum(F(g) for g in gains))) == (count, gain)
        assert [str(other.revenue)][: len(more)] == more


def test_extremes_of_two_published_tables() -> None:
    for environment, high, low in (
        (THIRD, F(11, 3), F(-11, 6)),
        (GOOD, F(1, 2), F(-1, 4)),
        (AIRLINE, F(7, 2), F(-7, 4)),
    ):
        paid = [x for row in table_of(shapley(environment)).values() for x in row]
        assert (max(paid), min(paid)) == (high, low)


@pytest.mark.parametrize(
    ("environment", "rule", "partition", "count", "inefficient"),
    [
        (AIRLINE, "shapley", None, 1, 0),
        *((AIRLINE, "shapley", pair, 1, 0) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (AIRLINE, "agv", None, 3, 2),
        *((AIRLINE, "agv", pair, 4, 4) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (GOOD, "shapley", None, 1, 0),
        *((GOOD, "shapley", pair, 4, 0) for pair in ("0+1,2", "0+2,1", "1+2,0")),
        (GOOD, "agv", None, 3, 2),
        (OBJECT3, "shapley", None, 3, 0),
        (OBJECT3, "shapley", "0+1,2", 18, 0),
        (OBJECT3, "shapley", "0+2,1", 24, 0),
        (OBJECT3, "shapley", "1+2,0", 22, 0),
        (OBJECT3, "agv", None, 3, 0),
        (with_prior(single_object(2, range(3))), "shapley", None, 4, 0),
        (with_prior(single_object(2, range(3))), "agv", None, 4, 0),
        (RANDOM, "shapley", None, 1, 0),
        (RANDOM, "shapley", "0+1,2", 27, 0),
        (RANDOM, "shapley", "0+2,1", 3, 0),
        (RANDOM, "shapley", "1+2,0", 4, 0),
        (RANDOM, "agv", None, 2, 1),
    ],
)
def test_published_equilibria(
    environment: Environment, rule: str, partition: str | None, count: int, inefficient: int
) -> None:
    blocks = None if partition is None else read_partition(partition, environment.agents)
    found = co.equilibria(RULES[rule](environment), blocks)
    assert (len(found.found), found.inefficient) == (count, inefficient)
    if rule == "shapley":  # Theorem 2: each block gets exactly its expected values
        values = co.transfers(environment, rule).values
        for one in found.found:
            assert one.payoffs == tuple(sum(values[i] for i in block) for block in found.partition)


def test_surpluses_of_bad_equilibria() -> None:
    assert co.equilibria(agv(AIRLINE)).worst == 0
    assert co.equilibria(agv(RANDOM)).worst == F(377, 20)


def test_the_airline_example_in_numbers() -> None:
    for rule, value in (("agv", (F(-1), F(1))), ("shapley", (F(3, 4), F(-3, 4)))):
        env, x = plain(AIRLINE), table_of(RULES[rule](AIRLINE))
        assert oracle.coalition_value(env, x, (1, 2), (0, 1), (0, 1)) == value[0]
        assert oracle.coalition_value(env, x, (1, 2), (0, 1), (0, 0)) == value[1]
    axiom = "decentralised-coalition-proof"
    verdict = co.check(agv(AIRLINE), [axiom])[axiom]
    assert verdict.witness is not None
    assert sum(F(g) for g in verdict.witness.gains) == F(1, 2)
    assert verdict.witness.details["maps"] == [[0, 0], [0, 0]]
    # Proposition 4 says "only if"; on discrete types truth is dominant for all coalitions although nothing is separable.
    assert co.check(shapley(AIRLINE), ["side-payment-collusion-proof"]).holds
    assert not co.separability(AIRLINE).separable


def scheme(t: Fraction) -> Mechanism:
    """The two others pay t each to the one whose report is unique."""
    money = []
    for profile in all_profiles(AIRLINE):
        unique = [i for i, k in enumerate(profile) if profile.count(k) == 1]
        money += [2 * t if [i] == unique else -t if unique else F(0) for i in range(3)]
    return with_transfers(RULES["none"](AIRLINE), money, "scheme")


@pytest.mark.parametrize(
    ("t", "proof", "insured"),
    [("99/100", False, False), ("1", True, False), ("7/4", True, True), ("105/4", True, False), ("27", False, False)],
)
def test_slack_of_a_finite_grid(t: str, proof: bool, insured: bool) -> None:
    report = co.check(scheme(F(t)), [PROOF, "insurance-equalities", "fully-implements"])
    assert (report[PROOF].holds, report["insurance-equalities"].holds) == (proof, insured)
    if t == "1":
        found = co.equilibria(scheme(F(1)))
        assert (len(found.found), found.inefficient) == (3, 2)


@pytest.mark.parametrize(
    ("pair", "reports"),
    [
        (pair, reports)
        for pair in ((0, 1), (0, 2), (1, 2))
        for reports in (
            [[(0, 0), (0, 1)], [(1, 0), (1, 1)]],
            [[(0, 0), (0, 0)], [(0, 0), (1, 1)]],
            [[(0, 0), (0, 0)], [(1, 1), (1, 1)]],
        )
    ],
)
def test_side_contracts_do_no_harm(pair: tuple[int, int], reports: Any) -> None:
    good = list(contract_game(shapley(AIRLINE), Contract(pair, reports)).equilibria())
    assert good
    assert all(one.efficient for one in good)
    bad = list(contract_game(agv(AIRLINE), Contract(pair, reports)).equilibria())
    assert not all(one.efficient for one in bad)


def test_a_contract_that_pays() -> None:
    """Money between the two changes neither the surplus nor what they get together."""
    reports = [[(0, 0), (0, 1)], [(1, 0), (1, 1)]]
    game = contract_game(shapley(AIRLINE), Contract((0, 1), reports, [["1/4", "-1/2"], ["1", "0"]]))
    for one in game.equilibria():
        assert one.efficient
        assert sum(one.payoffs) == F(3, 4)
    with pytest.raises(co.InputError, match="row per type"):
        contract_game(shapley(AIRLINE), Contract((0, 1), reports[:1]))
    with pytest.raises(co.InputError, match="two different agents"):
        contract_game(shapley(AIRLINE), Contract((1, 1), reports))


def test_freedom() -> None:
    assert freedom((2, 2, 2)) == (5, 7)
    assert freedom(published(4, 2, 4, 4).sizes) == (9, 10)


@pytest.mark.parametrize("seed", range(6))
def test_freedom_is_a_rank(seed: int) -> None:
    """The null space of (1) and (3) has the dimensions that the formula says."""
    environment = drawn(random.Random(seed), zeros=False)
    assert environment.prior is not None
    n, sizes, rows = environment.agents, environment.sizes, environment.prior.independent or ()
    profiles = list(all_profiles(environment))
    place = {(p, i): x for x, (p, i) in enumerate(product(profiles, range(n)))}
    matrix = []
    for p in profiles:
        matrix.append([1 if q == p else 0 for q in profiles for _ in range(n)])
    for i in range(n):
        for p in profiles:
            if p[i] == 0:
                row = [0.0] * len(place)
                for k in range(sizes[i]):
                    row[place[(*p[:i], k, *p[i + 1 :]), i]] = float(rows[i][k])
                matrix.append(row)
    assert freedom(sizes)[0] == len(place) - np.linalg.matrix_rank(np.array(matrix, float))


def test_correlated_priors_are_refused_where_independence_is_needed() -> None:
    correlated = with_prior(single_object(3, [0, 1]), "joint:1/4,1/12,1/12,1/12,1/12,1/12,1/12,1/4")
    for rule in (agv, shapley):
        with pytest.raises(co.NotApplicableError, match="correlated"):
            rule(correlated)
    mechanism = shapley(with_prior(single_object(3, [0, 1])))
    believed = replace(mechanism, environment=correlated)
    verdict = co.check(believed, [PROOF])[PROOF]
    assert verdict.violations == 3
    assert verdict.witness is not None
    assert sum(F(g) for g in verdict.witness.gains) == F(1, 16)
    with pytest.raises(co.NotApplicableError, match="correlated"):
        co.check(believed, ["guaranteed-payoffs"])
    with pytest.raises(co.NotApplicableError, match="no prior"):
        co.check(RULES["none"](single_object(2, [0, 1])), [PROOF])
    with pytest.raises(co.NotApplicableError, match="correlated"):
        co.equilibria(believed)


def test_no_prior_is_said_once_for_all() -> None:
    report = co.check(co.second_price(auction(2, [0, 1])))
    assert PROOF in report.left_out
    assert len({reason for name, reason in report.left_out.items() if "proof" in name and "prior" in reason}) == 1


@pytest.mark.parametrize(
    "mutation",
    ["scaled", "swapped", "surplus", "shifted at one profile"],
)
def test_mutations_are_caught(mutation: str) -> None:
    """Wrong transfers that look right: the equalities notice all of them, deviations alone would not."""
    base = shapley(AIRLINE)
    x = table_of(base)
    profiles = list(all_profiles(AIRLINE))
    if mutation == "scaled":
        wrong = {p: tuple(F(11, 10) * y for y in x[p]) for p in profiles}
    elif mutation == "swapped":
        wrong = {p: (x[p][1], x[p][0], x[p][2]) for p in profiles}
    elif mutation == "shifted at one profile":
        wrong = {
            p: tuple(y + (i == 0) - (i == 1) if p == (0, 0, 1) else y for i, y in enumerate(x[p])) for p in profiles
        }
    else:
        wrong = from_surplus()
    mechanism = with_transfers(RULES["none"](AIRLINE), [y for p in profiles for y in wrong[p]], mutation)
    found = examine(mechanism)
    names = ("budget-balanced", "insurance-equalities", "guaranteed-payoffs", "externality-equalities")
    assert not all(found.report[name].holds for name in names)
    if mutation == "scaled":
        assert found.report[PROOF].holds
        assert found.report["budget-balanced"].holds
        sure = oracle.guarantees(plain(AIRLINE), wrong)
        assert (min(sure[(0,)]), max(sure[(0,)])) == (F(3, 40), F(17, 40))
    if mutation == "surplus":
        assert sum(wrong[(0, 0, 1)]) == F(-3, 2)


def from_surplus() -> oracle.TransferTable:
    """Formula (6) with the game built from the surplus instead of `a`: budget balance fails."""
    env = plain(AIRLINE)
    everybody = range(3)

    def surplus(p: tuple[int, ...]) -> Fraction:
        return F(sum(env.value(i, p) for i in everybody))

    found = {}
    for p in all_profiles(AIRLINE):
        row = []
        for i in everybody:
            share = F(0)
            others = [j for j in everybody if j != i]
            for out in ((), (others[0],), (others[1],), tuple(others)):
                weight = F(1, 3) if len(out) in (0, 2) else F(1, 6)
                share += weight * (
                    oracle.expectation(surplus, out, p, env.prior)
                    - oracle.expectation(surplus, (*out, i), p, env.prior)
                )
            own = oracle.expectation(lambda q, i=i: env.value(i, q), [i], p, env.prior)
            row.append(env.ex_ante(i) - own + share)
        found[p] = tuple(row)
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/2,1/3", "sum to 1"),
        ("1/2,1/2;1", "2 distributions for 3 agents"),
        ("1/2", "weights"),
        ("x,y", "not a number"),
        ("joint:1/2,1/2", "weights"),
        ("-1/2,3/2", "at least 0"),
        ("", "not a number"),
    ],
)
def test_bad_priors_are_named(text: str, words: str) -> None:
    with pytest.raises(co.InputError, match=words):
        with_prior(airline(3), text)


def test_priors_as_text() -> None:
    sizes = (2, 3)
    assert read_prior("uniform", sizes) == UNIFORM(sizes)
    assert read_prior("1/4,3/4;1/2,0,1/2", sizes).independent == ((F(1, 4), F(3, 4)), (F(1, 2), F(0), F(1, 2)))
    assert beliefs_of(with_prior(airline(2), "1/4,3/4")).wholes == (4, 4)
    with pytest.raises(co.SizeError, match="int64"):
        shapley(with_prior(airline(6), f"1/{2**20},{2**20 - 1}/{2**20}"))


def test_single_order_is_the_object_with_costs() -> None:
    cheap, dear = with_prior(single_order(2, [1, 2])), with_prior(single_object(2, [-2, -1]))
    assert sorted(table_of(agv(cheap)).values()) == sorted(table_of(agv(dear)).values())
    assert shapley_is_certified(cheap)


@pytest.mark.parametrize("seed", range(10))
def test_expectations_have_a_meaning_for_any_mechanism(seed: int) -> None:
    """An auction with a prior: incentive compatibility in expectation follows from dominance, and the scan agrees with it."""
    environment = with_prior(auction(2, [0, 1, 3]), random.Random(seed).choice(["uniform", "1/2,1/3,1/6"]))
    report = co.check(co.second_price(environment), [TRUTH, PROOF, "interim-individually-rational"])
    assert [report[TRUTH].holds, report[PROOF].holds] == [True, False]
    assert report["interim-individually-rational"].holds
    assert not co.holds(co.first_price(environment), TRUTH)
