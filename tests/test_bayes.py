"""Expectations, coalition-proofness, equalities and equilibria against the oracle; mutations; priors."""

import gc
import random
import weakref
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from drawn_choices import AIRLINE, drawn, plain, published, shapley_is_certified, table_of, with_prior
from oracle import bayes as oracle

import collude as co
from collude.axioms.core.registry import find_axiom
from collude.enumerate.analyses.transfers import RULES, examine
from collude.enumerate.checks.verdicts import recheck
from collude.models.beliefs import beliefs_of, read_prior
from collude.models.environment import Environment, Prior
from collude.models.library.environments import auction
from collude.models.library.expected_externality import WAYS, agv, shapley
from collude.models.library.public_choices import airline, single_object, single_order
from collude.models.mechanism import Mechanism, all_profiles
from collude.programs.dominance import with_transfers

F = Fraction
UNIFORM = co.uniform
PROOF, TRUTH = "coalition-proof", "bayesian-incentive-compatible"


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
        assert report[PROOF].violations == correlated_count(correlated, bumped, environment.agents)
        assert report[TRUTH].violations == correlated_count(correlated, bumped, 1)


def correlated_count(mechanism: Mechanism, joint: list[Fraction], largest: int) -> int:
    """Profitable triples of coalitions of at most `largest` agents under a joint prior, from the definition."""
    env = mechanism.environment
    probabilities = dict(zip(all_profiles(env), joint, strict=True))
    count = 0
    for mask in range(1, 1 << env.agents):
        members = tuple(i for i in range(env.agents) if mask >> i & 1)
        if len(members) > largest:
            continue
        points = list(product(*(range(env.sizes[i]) for i in members)))
        for types, report in product(points, points):
            gain = F(0)
            for profile, chance in probabilities.items():
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


@pytest.mark.parametrize("joint", ["1,0,0,0", "0,0,0,1", "0,1/3,0,2/3"])
def test_a_product_is_independent_however_it_is_written(joint: str) -> None:
    """Also where a type has probability 0 and conditioning on it makes sense for independent types only."""
    weights = [F(x) for x in joint.split(",")]
    first, second = (
        [weights[0] + weights[1], weights[2] + weights[3]],
        [weights[0] + weights[2], weights[1] + weights[3]],
    )
    outcome_ids = Prior(independent=(tuple(first), tuple(second)))
    environment = single_object(2, [0, 1])
    for rule in ("none", "vcg", "agv", "shapley"):
        one = co.transfers(replace(environment, prior=outcome_ids), rule)
        two = co.transfers(with_prior(environment, f"joint:{joint}"), rule)
        assert (one.rows(), one.own, one.others) == (two.rows(), two.own, two.others)
        assert [(v.violations, v.witness) for v in one.report] == [(v.violations, v.witness) for v in two.report]


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


def test_floats_are_no_prior() -> None:
    rows: Any = ((0.1, 0.9), (0.3, 0.7))
    with pytest.raises(co.InputError, match="float"):
        replace(single_object(2, [0, 1]), prior=Prior(independent=rows))


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


def test_mechanisms_are_freed() -> None:
    """What is built for a mechanism, expectations among it, goes with it."""
    gc.collect()
    references = []
    half = (F(1, 2), F(1, 2))
    for most in (1, 2, 3):
        environment = co.choice([[[0, most], [1, 0]]] * 2, prior=co.Prior(independent=(half, half)))
        mechanism = co.agv(environment)
        co.check(mechanism, ["coalition-proof"], jobs=1)
        references.append(weakref.ref(mechanism))
        del mechanism, environment
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]
