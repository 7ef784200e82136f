"""Axioms about single profiles against the oracle, verdicts through the public driver, and broken witnesses."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import oracle
import pytest
from conversion import mechanism as random_mechanism
from conversion import plain, some_sizes
from oracle import axioms

import collude as co
from collude.axioms.core.base import Witness
from collude.axioms.core.registry import find_axiom, load_axioms
from collude.axioms.outcomes.trivial import Trivial
from collude.enumerate.checks.check import check, holds
from collude.enumerate.checks.scans.coalitions import CoalitionScan
from collude.enumerate.checks.verdicts import recheck
from collude.models.errors import NotApplicableError
from collude.models.mechanism import Mechanism


def same_types(rng: random.Random) -> Mechanism:
    """A random mechanism whose agents share one type set and one table of values."""
    n, kinds = rng.choice([(2, 2), (2, 3), (3, 2)])
    base = random_mechanism(rng, (kinds,) * n, rng.randint(1, 8))
    shared = replace(base.environment, values=(base.environment.values[0],) * n)
    return replace(base, environment=shared)


def expected_counts(mechanism: Mechanism) -> dict[str, int]:
    table = plain(mechanism)
    env = mechanism.environment

    def worth(i: int, k: int, outcome: tuple[tuple[tuple[int, ...], ...], tuple[Fraction, ...]], j: int) -> Fraction:
        bundles, transfers = outcome
        return Fraction(int(env.values[i][k, env.indices[i][bundles[j]]]), env.scale) + transfers[j]

    def welfare(profile: tuple[int, ...], outcome: object) -> Fraction:
        bundles = outcome[0]  # type: ignore[index]
        return sum(
            (Fraction(int(env.values[i][k, env.indices[i][bundles[i]]]), env.scale) for i, k in enumerate(profile)),
            Fraction(0),
        )

    alternatives = [(tuple(choice), ()) for choice in product(*env.bundles)]
    efficient = {
        profile
        for profile, outcome in table.table.items()
        if welfare(profile, outcome)
        < max(
            welfare(profile, other)
            for other in alternatives
            if sum(b[0] for b in other[0]) == sum(b[0] for b in outcome[0])
        )
    }
    return {
        "individually-rational": len(axioms.individually_rational(table)),
        "budget-balanced": len(axioms.budget_balanced(table)),
        "no-deficit": len(axioms.no_deficit(table)),
        "no-free-lunch": len(axioms.no_free_lunch(table, lambda i, o: o[0][i][0] > 0)),
        "non-bossy": len(axioms.non_bossy(table)),
        "no-trade-types": len(axioms.no_trade_types(table, lambda o: any(b[0] for b in o[0]))),
        "symmetric": len(axioms.symmetric(table)),
        "anonymous": len(axioms.anonymous_transpositions(table)),
        "envy-free": len(axioms.envy_free(table, worth)),
        "trivial": int(not axioms.trivial(table)),
        "non-trivial": int(axioms.trivial(table)),
        "efficient": len(efficient),
    }


@pytest.mark.parametrize("seed", range(60))
def test_profile_axioms_equal_the_oracle(seed: int) -> None:
    mechanism = same_types(random.Random(seed))
    for name, expected in expected_counts(mechanism).items():
        verdict = check(mechanism, [name], jobs=1)[name]
        assert (verdict.violations, verdict.holds) == (expected, expected == 0), name
        assert holds(mechanism, name, jobs=1) == verdict.holds


def test_anonymity_of_all_permutations_is_that_of_the_swaps() -> None:
    for seed in range(40):
        mechanism = same_types(random.Random(seed))
        assert axioms.anonymous(plain(mechanism)) == check(mechanism, ["anonymous"], jobs=1).holds


@pytest.mark.parametrize("path", ["bitsets", "options"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_coalitional_verdicts_equal_the_oracle(path: str, jobs: int) -> None:
    kinds = {
        "strategy-proof": ("strong", 1),
        "group-strategy-proof": ("strong", None),
        "weakly-group-strategy-proof": ("weak", None),
        "pairwise-strategy-proof": ("strong", 2),
        "self-enforcing-group-strategy-proof": ("self-enforcing", None),
    }
    for seed in range(12):
        rng = random.Random(seed)
        mechanism = random_mechanism(rng, some_sizes(rng, profiles=40), rng.randint(2, 9))
        table = plain(mechanism)
        report = check(mechanism, list(kinds), path=path, jobs=jobs)
        for name, (kind, largest) in kinds.items():
            verdict = report[name]
            assert verdict.violations == len(axioms.violations(table, kind, largest=largest))
            expected = axioms.best_witness(table, kind, largest=largest)
            if expected is None:
                assert verdict.holds
                assert verdict.witness is None
                continue
            assert verdict.witness is not None
            found = (verdict.witness.profile, verdict.witness.coalition, verdict.witness.misreport)
            assert found == tuple(expected[:3])
            assert [Fraction(gain) for gain in verdict.witness.gains] == list(expected[3])
            assert recheck(mechanism, find_axiom(name), verdict.witness)
        grand = check(mechanism, ["collusion-proof"], path=path, jobs=jobs)["collusion-proof"]
        assert grand.violations == len(axioms.violations(table, "strong", grand=True))


def test_units_of_counting() -> None:
    mechanism = co.second_price(co.auction(agents=3, values=range(5)))
    table = plain(mechanism)
    for unit, expected in (
        ("coalitions", len(axioms.violations(table, "strong"))),
        ("profile-pairs", len(axioms.profile_pairs(table, "strong"))),
        ("triples", len(axioms.triples(table, "strong"))),
    ):
        verdict = check(mechanism, ["group-strategy-proof"], count=unit)["group-strategy-proof"]
        assert verdict.violations == expected
    assert check(mechanism, ["group-strategy-proof"], count="none")["group-strategy-proof"].violations is None


@pytest.mark.parametrize("unit", ["profile-pairs", "triples"])
def test_a_unit_that_an_axiom_lacks_leaves_it_out_or_is_refused(unit: str) -> None:
    mechanism = co.second_price(co.auction(2, range(3), prior=co.uniform((3, 3))))
    name = "strong-collusion-proof-contract"
    report = check(mechanism, ["group-strategy-proof"], count=unit)
    assert report["group-strategy-proof"].violations
    with pytest.raises(NotApplicableError, match="--count coalitions"):
        check(mechanism, [name], count=unit)


def test_self_enforcing_deals_in_other_units() -> None:
    """Against the definition, on named and on drawn mechanisms, with a bound on the size of coalitions."""
    rng, name = random.Random(9), "self-enforcing-group-strategy-proof"
    env = co.auction(agents=3, values=range(3))
    cases = [co.second_price(env), co.first_price(env), co.posted_price(env, price=1)]
    winners = {profile: rng.randrange(-1, 3) for profile in product(range(3), repeat=3)}
    paid = {profile: [rng.randint(-2, 2) for _ in range(3)] for profile in winners}
    cases.append(co.from_function(env, lambda reports: (winners[tuple(reports)], paid[tuple(reports)])))
    violated = 0
    for mechanism in cases:
        table = plain(mechanism)
        for largest in (None, 2):
            expected = {
                "coalitions": len(axioms.violations(table, "self-enforcing", largest)),
                "profile-pairs": len(axioms.profile_pairs(table, "self-enforcing", largest)),
                "triples": len(axioms.triples(table, "self-enforcing", largest)),
            }
            violated += expected["triples"] > expected["coalitions"]
            best = axioms.best_witness(table, "self-enforcing", largest)
            for unit, count in expected.items():
                verdict = check(mechanism, [name], count=unit, max_coalition=largest)[name]
                assert verdict.violations == count, (mechanism, unit, largest)
                if best is None:
                    assert verdict.witness is None
                else:
                    assert verdict.witness is not None
                    assert (verdict.witness.profile, verdict.witness.coalition) == best[:2]
    assert violated >= 4


def test_an_axiom_that_takes_too_long_is_left_out_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    mechanism = co.second_price(co.auction(agents=2, values=range(3)))
    name = "self-enforcing-group-strategy-proof"
    monkeypatch.setattr(CoalitionScan, "cost", lambda scan: 1e20 if scan.axiom.name == name else 1.0)
    report = check(mechanism)
    assert "--axiom" in report.left_out[name]
    assert report["group-strategy-proof"].violations == 4
    with pytest.raises(co.SizeError, match="smaller grid"):
        check(mechanism, [name])


def test_examined_is_counted_exactly() -> None:
    mechanism = co.second_price(co.auction(agents=3, values=range(5)))
    verdict = check(mechanism, ["group-strategy-proof"])["group-strategy-proof"]
    assert (verdict.profiles, verdict.coalitions, verdict.joint_misreports) == (125, 7, 26_875)
    assert verdict.profile_pairs == 125**2
    assert check(mechanism, ["strategy-proof"])["strategy-proof"].joint_misreports == 125 * 15


def test_a_changed_witness_is_rejected() -> None:
    mechanism = co.second_price(co.auction(agents=3, values=range(5)))
    for verdict in check(mechanism):
        if verdict.witness is None or not verdict.witness.gains:
            continue
        axiom = find_axiom(verdict.axiom)
        assert recheck(mechanism, axiom, verdict.witness)
        more = replace(verdict.witness, gains=tuple(str(Fraction(g) + 1) for g in verdict.witness.gains))
        assert not recheck(mechanism, axiom, more), verdict.axiom


def test_axioms_without_meaning_are_left_out_or_refused() -> None:
    from collude.models.library.voting import dictatorship

    vote = dictatorship(co.voting(agents=2, alternatives=3))
    report = check(vote)
    assert "efficient" in report.left_out
    assert report["group-strategy-proof"].holds
    with pytest.raises(NotApplicableError, match="efficient"):
        check(vote, ["efficient"])


def test_every_axiom_is_documented() -> None:
    for name, axiom in load_axioms().items():
        assert axiom.name == name
        assert axiom.definition
        assert type(axiom).__doc__


def test_extremes_of_trivial() -> None:
    mechanism = same_types(random.Random(3))
    table = plain(mechanism)
    utilities = [table.truthful(i, p) for p in table.profiles() for i in range(table.n)]
    verdict = check(mechanism, ["trivial"])["trivial"]
    assert verdict.witness is not None
    assert Fraction(verdict.witness.gains[0]) == max(utilities) - min(utilities)
    assert isinstance(find_axiom("trivial"), Trivial)
    assert not find_axiom("trivial").confirms(
        mechanism, Witness((0, 0), (0,), None, (99,), {"other profile": (0, 0), "other agent": 0})
    )


def test_oracle_is_independent() -> None:
    from pathlib import Path

    for file in Path(oracle.__file__).parent.glob("*.py"):
        text = file.read_text()
        assert "collude" not in text.replace('"collude"', ""), file.name
        assert "numpy" not in text, file.name


def test_equal_outcomes_listed_twice_are_one_outcome() -> None:
    env = co.auction(2, [0, 1])
    outcome, bundle, transfer = np.array([0, 1, 0, 0], np.int32), np.zeros((2, 2), np.int32), np.zeros((2, 2), np.int64)
    report = co.check(Mechanism(env, "twice", outcome, bundle, transfer, 1))
    assert report["non-bossy"].holds


def test_sizes_of_violations_are_money() -> None:
    env = co.auction(2, [0, "1/2", 2])
    gift = co.check(co.top_value(env, price=-3), ["no-free-lunch"])["no-free-lunch"].witness
    assert gift is not None
    assert gift.gains == ("3",)
    bossy = co.check(co.second_price(env, reserve="1/2"), ["non-bossy"])["non-bossy"].witness
    assert bossy is not None
    assert bossy.gains == ()
