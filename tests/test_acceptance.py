"""Published numbers: auctions and bargaining; what needs neither search nor reallocation."""

from fractions import Fraction
from typing import Any

import pytest

import collude as co
from collude.axioms.core.registry import find_axiom
from collude.enumerate.checks.check import check
from collude.models.mechanism import Mechanism
from collude.models.registry import arguments, find_mechanism

GSP, WEAK = "group-strategy-proof", "weakly-group-strategy-proof"


def count(mechanism: Mechanism, axiom: str = GSP, unit: str = "coalitions") -> int | None:
    return check(mechanism, [axiom], count=unit)[axiom].violations


def named(name: str, environment: Any, **parameters: Any) -> Mechanism:
    entry = find_mechanism(name)
    mechanism: Mechanism = entry.function(environment, **arguments(entry, parameters))
    return mechanism


@pytest.mark.parametrize(
    ("n", "size", "expected"), [(2, 3, 4), (2, 4, 9), (2, 5, 16), (3, 3, 35), (3, 4, 96), (3, 5, 202)]
)
def test_second_price(n: int, size: int, expected: int) -> None:
    mechanism = co.second_price(co.auction(agents=n, values=range(size)))
    report = check(mechanism, [GSP, WEAK, "strategy-proof", "symmetric"])
    assert report[GSP].violations == expected
    assert report[WEAK].violations == 0
    assert report["strategy-proof"].holds
    assert report["symmetric"].holds


def test_second_price_witness() -> None:
    witness = check(co.second_price(co.auction(agents=2, values=range(3))), [GSP])[GSP].witness
    assert witness is not None
    assert (witness.types, witness.coalition, witness.reported) == (("2", "2"), (0, 1), ("0", "0"))
    assert witness.gains == ("2", "0")


@pytest.mark.parametrize(("price", "expected"), [(1, 7), (2, 3), (3, 0), (4, 0), (5, 0), (6, 9)])
def test_top_value_mechanism(price: int, expected: int) -> None:
    mechanism = named("top-value", co.auction(agents=2, values=[0, 2, 5]), price=price)
    report = check(mechanism, [GSP, "symmetric", "anonymous", "envy-free", "non-trivial"])
    assert report[GSP].violations == expected
    assert all(report[name].holds for name in ("symmetric", "anonymous", "envy-free"))
    assert report["non-trivial"].holds == (price != 5)


def test_weak_violations_of_the_top_value_mechanism() -> None:
    """At p = 1 and p = 6 a lone agent gains, so every violation is a weak one too; else there are none."""
    found = [count(named("top-value", co.auction(agents=2, values=[0, 2, 5]), price=p), WEAK) for p in range(1, 7)]
    assert found == [7, 0, 0, 0, 0, 9]


@pytest.mark.parametrize("n", [2, 3])
def test_posted_price_that_equal_types_refuse(n: int) -> None:
    assert count(named("posted-price", co.auction(agents=n, values=range(4)), price=1)) == 0


@pytest.mark.parametrize(("size", "expected"), [(3, 1), (4, 2)])
def test_posted_price_that_equal_types_accept(size: int, expected: int) -> None:
    assert (
        count(named("posted-price", co.auction(agents=2, values=range(size)), price=1, accept_equal=True)) == expected
    )


def test_vcg_trade() -> None:
    mechanism = named("vcg-trade", co.trade(costs=[1, 2, 3], values=[1, 2, 3]))
    axiom = "collusion-proof"
    assert check(mechanism, ["strategy-proof"]).holds
    assert count(mechanism, axiom, "triples") == 11
    verdict = check(mechanism, [axiom])[axiom]
    assert verdict.violations == 7
    assert verdict.witness is not None
    assert sum(map(Fraction, verdict.witness.gains)) == 2
    deficit = sum(sum(mechanism.transfer[o].tolist()) for o in mechanism.outcome.tolist())
    assert Fraction(deficit, mechanism.scale) == 4


def test_low_selection_admits_one_joint_deviation() -> None:
    """Seller indifferent between 0 and 1 unit at the schedule; taking the smaller one is open to collusion."""
    env = co.trade(costs=[["1", "5"], ["1/2", "5"]], values=[["7/2", "1/2"]], units=2)
    schedule = {"schedule": [0, 1, 2], "seller_prices": [0, 1, 2], "buyer_prices": [0, 3, 6]}
    low = named("trade-schedule", env, **schedule, seller_ties="smallest")
    high = named("trade-schedule", env, **schedule, seller_ties="largest")
    assert check(low, ["strategy-proof"]).holds
    assert count(low, "collusion-proof", "triples") == 1
    assert count(high, "collusion-proof", "triples") == 0


MARGINALS = [(1, 2), (1, 3), (2, 3)]
AUDITS = [
    ("second-price-reverse", {"costs": [1, 2, 3]}, {}, 0, 18),
    ("vcg-procurement", {"costs": MARGINALS}, {"target": 2}, 4, 23),
    ("multi-unit-second-price", {"costs": MARGINALS}, {}, 0, 16),
    ("n-price", {"costs": [1, 2, 3, 4]}, {"prices": [1, 2], "ties": "smallest"}, 0, 4),
    ("n-price", {"costs": [1, 2, 3, 4]}, {"prices": [1, 2], "ties": "largest"}, 0, 0),
]


@pytest.mark.parametrize(("name", "environment", "parameters", "weak", "strong"), AUDITS)
def test_procurement_audits(name: str, environment: Any, parameters: Any, weak: int, strong: int) -> None:
    mechanism = named(name, co.procurement(agents=2, **environment), **parameters)
    assert check(mechanism, ["strategy-proof", "individually-rational"]).holds
    assert count(mechanism, WEAK, "profile-pairs") == weak
    assert count(mechanism, GSP, "profile-pairs") == strong


def test_vcg_for_three_units_is_open_to_weak_coalitions() -> None:
    mechanism = named("vcg-procurement", co.procurement(agents=3, costs=MARGINALS), target=3)
    assert count(mechanism, WEAK, "profile-pairs") == 56


def test_moulin_medians_and_dictators_are_group_strategy_proof() -> None:
    peaked = co.voting(agents=3, alternatives=4, preferences="single-peaked")
    for phantoms in ([], [0, 3], [1, 1], [2, 3]):
        assert check(named("generalised-median", peaked, phantoms=phantoms), [GSP]).holds
    assert check(named("dictatorship", co.voting(agents=3, alternatives=3), dictator=1), [GSP]).holds
    assert not check(named("borda", co.voting(agents=3, alternatives=3)), ["strategy-proof"]).holds


def test_clarke_pivot_is_strategy_proof_and_efficient_but_not_group_strategy_proof() -> None:
    mechanism = named("vcg-choice", co.public_good(agents=3, values=[0, 1, 2, 3], cost=3))
    assert check(mechanism, ["strategy-proof", "efficient", "no-deficit"]).holds
    assert not check(mechanism, [GSP]).holds
    assert find_axiom(GSP).definition
