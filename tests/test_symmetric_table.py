"""Every named symmetric mechanism and every axiom that multisets decide: three independent counts of each pair."""

from typing import Any

import pytest
from oracle.symmetry import coalition_violations, goods_violations, profile_violations

from collude.axioms.core.registry import ON_REQUEST, find_axiom
from collude.enumerate.checks.check import check
from collude.enumerate.symmetric.check import CHECKED, check_symmetric
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.registry import symmetric_names
from collude.models.symmetric.spec import build_symmetric_target
from collude.models.symmetric.views import to_ordinary, view_of

COALITIONAL = {
    "strategy-proof": ("strong", 1, 1),
    "pairwise-strategy-proof": ("strong", 1, 2),
    "group-strategy-proof": ("strong", 1, 9),
    "weakly-group-strategy-proof": ("weak", 1, 9),
    "side-payment-collusion-proof": ("money", 1, 9),
    "collusion-proof": ("strong", 9, 9),
}
SINGLE = {
    "individually-rational": "rational",
    "budget-balanced": "balanced",
    "no-deficit": "deficit",
    "envy-free": "envy",
    "non-bossy": "bossy",
}
GOODS = {
    "no-positive-transfers": "positive",
    "no-free-lunch": "lunch",
    "symmetric": "symmetric",
    "anonymous": "anonymous",
    "efficient": "efficient",
}
ALL = (1, 2, 3, 4, 5)
AUCTION, SUPPLIERS = {"values": "0:2"}, {"costs": "1:3"}
GOOD = {"kind": "public-good", "values": "0:2", "cost": "3"}
VOTE: dict[str, Any] = {"alternatives": 3}
PEAKED = {"alternatives": 3, "preferences": "single-peaked"}
RULES = ("plurality", "antiplurality", "borda", "plurality-runoff", "instant-runoff", "coombs", "copeland", "maximin")
# (mechanism, environment, parameters, numbers of agents)
CASES: list[tuple[str, dict[str, Any], dict[str, str], tuple[int, ...]]] = [
    *((name, VOTE, {}, ALL) for name in (*RULES, "black", "kemeny", "majority")),
    ("majority", {"alternatives": 2}, {"status_quo": "1", "share": "2/3"}, ALL),
    ("plurality", {"alternatives": 2}, {}, ALL),
    ("k-approval", VOTE, {"k": "2"}, ALL),
    ("scoring", VOTE, {"weights": "3,1,0"}, ALL),
    ("approval", {"alternatives": 3, "preferences": "dichotomous"}, {}, ALL),
    ("generalised-median", PEAKED, {"phantoms": "1"}, (2, 4)),
    ("generalised-median", PEAKED, {}, (1, 3, 5)),
    ("second-price", AUCTION, {"ties": "even"}, ALL),
    ("second-price", AUCTION, {"ties": "nobody", "reserve": "1"}, ALL),
    ("first-price", AUCTION, {"ties": "even"}, ALL),
    ("first-price", AUCTION, {"ties": "nobody"}, ALL),
    ("k-plus-one-price", AUCTION, {"ties": "even", "units": "2"}, ALL),
    ("k-plus-one-price", AUCTION, {"ties": "nobody", "units": "3"}, ALL),
    ("posted-price", AUCTION, {"ties": "even", "price": "1", "accept_equal": "true"}, ALL),
    ("posted-price", AUCTION, {"ties": "nobody", "price": "1/2", "units": "2"}, ALL),
    ("second-price-reverse", SUPPLIERS, {"ties": "even"}, ALL[1:]),
    ("second-price-reverse", SUPPLIERS, {"ties": "nobody", "reserve": "2"}, ALL),
    ("fixed-price", {**SUPPLIERS, "units": "2"}, {"price": "2"}, (1, 2, 3, 4)),
    ("fixed-price", SUPPLIERS, {"price": "2", "ties": "smallest"}, ALL),
    ("n-price", SUPPLIERS, {"prices": "1,2,5/2"}, (3,)),
    ("n-price", SUPPLIERS, {"prices": "1,2,5/2,5/2,3"}, (5,)),
    ("uniform-price", SUPPLIERS, {"prices": "1,2,0,3,1,2"}, (2,)),
    ("efficient", GOOD, {}, ALL),
    ("vcg-choice", GOOD, {}, ALL),
    ("agv", {**GOOD, "prior": "1/2,1/3,1/6"}, {}, ALL[1:]),
]
FEW, MANY = 40, 3**5  # so many profiles are looked at by the definition


def expectations(mechanism: SymmetricMechanism) -> dict[str, int]:
    """The violations of every axiom, from the definitions: every profile, coalition and joint report of named agents."""
    population = mechanism.population
    n, member = population.agents, population.member
    values = [[member.value(0, k, b) for b in range(len(population.bundles))] for k in range(len(population.types))]

    def share(report: int, counts: tuple[int, ...]) -> Any:
        return mechanism.shares[mechanism.share_at(report, counts)]

    by_size = [coalition_violations(n, values, share, size, size) for size in range(1, n + 1)]
    found = {
        name: sum(counts[way] for counts in by_size[min(low, n) - 1 : high])
        for name, (way, low, high) in COALITIONAL.items()
    }
    single = profile_violations(n, values, share)
    found.update({name: single[way] for name, way in SINGLE.items()})
    rule = "public" if member.public else "total" if member.supply is None else "supply"
    sign = -1 if member.supplier[0] else 1
    goods = [[sign * x for x in bundle] for bundle in population.bundles]
    several = goods_violations(n, values, share, goods, rule, member.supply)
    found.update({name: several[way] for name, way in GOODS.items()})
    return found


def test_the_table_has_every_mechanism_and_every_axiom() -> None:
    assert {name for name, *_ in CASES} == set(symmetric_names())
    assert {*COALITIONAL, *SINGLE, *GOODS} == set(CHECKED)
    assert all(n <= 5 for *_, agents in CASES for n in agents)


def checked_for(mechanism: SymmetricMechanism) -> list[str]:
    """The axioms that can be checked; every other one has no meaning for the mechanism, or for its lotteries."""
    left_out = {k: why for k, why in check_symmetric(mechanism, jobs=1).left_out.items() if why != ON_REQUEST}
    some = view_of(mechanism, [(0,) * mechanism.population.agents])
    for axiom in CHECKED:
        reason = find_axiom(axiom).reason_not_applicable(some)
        small = axiom == "pairwise-strategy-proof" and mechanism.population.agents == 1
        if axiom in left_out and not small:
            assert reason or (mechanism.lotteries and axiom in GOODS), (mechanism.name, axiom)
        if reason and not mechanism.lotteries:
            left_out[axiom] = reason
    return [axiom for axiom in CHECKED if axiom not in left_out]


@pytest.mark.parametrize("most", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_every_named_mechanism_and_axiom_by_definition_and_by_the_ordinary_engine(most: int) -> None:
    """Counts from multisets, from the definition and from the ordinary check of all profiles, for each pair."""
    pairs: dict[tuple[str, str], int] = {}
    defined, ordinary, violated = 0, 0, 0
    for name, environment, parameters, agents in CASES:
        for n in agents:
            ours = build_symmetric_target(name, {**environment, "agents": n}, parameters)
            chosen = checked_for(ours)
            report = check_symmetric(ours, chosen, jobs=1)
            if ours.population.profiles <= most:
                expected = expectations(ours)
                for axiom in chosen:
                    assert report[axiom].violations == expected[axiom], (name, parameters, n, axiom)
                    pairs[name, axiom] = pairs.get((name, axiom), 0) + 1
                    defined += 1
                    violated += expected[axiom] > 0
            shared = [axiom for axiom in chosen if not ours.lotteries or axiom not in ("efficient", "no-free-lunch")]
            named = check(to_ordinary(ours), shared, jobs=1)
            for axiom in shared:
                one, other = report[axiom].to_dict(), named[axiom].to_dict()
                for key in ("classes", "seconds", "over_lotteries"):
                    one.pop(key, None), other.pop(key, None)
                assert one == other, (name, parameters, n, axiom)
                ordinary += 1
    assert len(pairs) >= 270  # of 26 mechanisms and 16 axioms; the others have no meaning for one another
    assert defined >= 880
    assert ordinary >= 1630
    assert violated >= 260
