"""Named contracts with known answers, also at other parameters than the published ones; every number exact."""

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
from drawn_contracts import drawn_contract, plain_side
from oracle.contracts import improvement_gain

from collude.models.contracts.extended import revised
from collude.models.contracts.library import NAMED_CONTRACTS, named_contract
from collude.programs.contracts.consistency import consistent_improvement
from collude.programs.contracts.improvement import improvement, surplus_bound
from collude.programs.contracts.incentives import double_deviations, is_communication_equilibrium, is_obedient
from collude.programs.contracts.interim import contract_problem, expected_surplus, interim_dominance
from collude.programs.contracts.sweep import ContractVerdict, contract_verdict
from collude.programs.contracts.terms import SideContractTerms

OBEDIENT = SideContractTerms(obedience=True)


def gains(found: ContractVerdict) -> dict[tuple[int, ...], str]:
    return {one.coalition: str(one.improvement.gain) for one in found.coalitions if one.improvement.exists}


@pytest.mark.parametrize(
    ("name", "positive", "strong", "ordinary"),
    [
        ("own-types", {}, "holds", "holds"),
        ("mutual-favours", {(0, 1): "3", (0, 1, 2): "7/4"}, "violated", "holds"),
        ("joint-project", {(0, 1): "3", (0, 1, 2): "2"}, "violated", "violated"),
        ("risky-project", {(0, 1): "3/2", (0, 1, 2): "3/2"}, "violated", "violated"),
        ("robbed-partner", {(0, 1, 2): "3"}, "violated", "holds"),
        ("hidden-value", {}, "holds", "holds"),
        ("lie-and-disobey", {}, "holds", "holds"),
    ],
)
def test_gains_and_verdicts(name: str, positive: dict[tuple[int, ...], str], strong: str, ordinary: str) -> None:
    found = contract_verdict(named_contract(name))
    assert len(found.coalitions) == 7
    assert gains(found) == positive
    assert (found.strong, found.ordinary) == (strong, ordinary)
    assert found.incentive_compatible
    assert found.communication_equilibrium == (name != "lie-and-disobey")


def test_the_gain_with_obedience() -> None:
    assert improvement(named_contract("joint-project"), (0, 1), OBEDIENT).gain == 3
    assert improvement(named_contract("robbed-partner"), (0, 1, 2), OBEDIENT).gain == 3
    assert improvement(named_contract("mutual-favours"), (0, 1), OBEDIENT).gain == 0
    found = consistent_improvement(named_contract("robbed-partner"), (0, 1, 2))
    assert (found.verdict, found.blocker) == ("none", (0, 1))


@pytest.mark.parametrize("low", ["-7", "-2", "-1", "0", "1", "5/2", "4"])
def test_a_project_of_unknown_worth(low: str) -> None:
    """If even a good and a bad type lose together, only two good types start; if starting is best for all, all do."""
    worth = Fraction(low)
    found = improvement(named_contract("risky-project", {"low": low}), (0, 1))
    bound = surplus_bound(named_contract("risky-project", {"low": low}), (0, 1))
    pairs = [8, 4 + worth, 4 + worth, 2 * worth]
    assert bound == sum(max(Fraction(0), total - 2) for total in pairs) / 4
    assert found.gain is not None
    assert 0 < found.gain <= bound
    if worth <= -2 or worth >= 1:
        assert found.gain == bound
    assert found.contract is not None


@pytest.mark.parametrize("high", ["7/10", "3/4", "9/10"])
def test_incentives_alone_keep_a_sale_from_happening(high: str) -> None:
    """Strong collusion-proof, incentive compatible, and yet not interim efficient: only with incentive rows it is."""
    h = Fraction(high)
    contract = named_contract("hidden-value", {"high": high})
    found = contract_verdict(contract)
    assert (found.strong, gains(found)) == ("holds", {})
    problem = contract_problem(contract)
    assert expected_surplus(problem) == (3 * h, 2 * (1 - h) + 3 * h)
    assert interim_dominance(problem).gain == 2 * (1 - h)
    assert interim_dominance(problem, incentive_rows=True).gain == 0


@pytest.mark.parametrize("high", ["1/3", "1/2", "2/3"])
def test_if_few_buyers_value_the_good_highly_the_pair_sells_to_all(high: str) -> None:
    """From 2/3 downwards a price of 2 costs the seller nothing, and the pair gains all that is lost."""
    contract = named_contract("hidden-value", {"high": high})
    assert is_obedient(contract)
    found = contract_verdict(contract)
    assert found.strong == "violated"
    assert gains(found)[0, 1] == str(2 * (1 - Fraction(high)))


def test_lying_and_disobeying_is_not_examined() -> None:
    contract = named_contract("lie-and-disobey")
    best = max(double_deviations(contract), key=lambda found: found.gain)
    assert (best.agent, best.type_index, best.report, best.gain) == (0, 0, 1, 1)
    assert best.actions == ((1, 0),)
    by_communication = contract_verdict(contract, SideContractTerms(incentives="communication"))
    assert by_communication.strong == "violated"


def test_strong_implies_ordinary_implies_compatible_and_obedient() -> None:
    rng = Random(7)
    seen = {"strong": 0, "ordinary only": 0, "violated": 0, "undecided": 0}
    for case in range(24):
        contract, _ = drawn_contract(rng, 2 if case % 3 else 3, bonus=(1, 3, 5)[case % 3])
        found = contract_verdict(contract, candidates=3)
        if found.strong == "holds":
            assert found.ordinary == "holds"
            seen["strong"] += 1
        elif found.ordinary == "holds":
            seen["ordinary only"] += 1
        else:
            seen[found.ordinary] += 1
        if found.ordinary == "holds":
            assert found.incentive_compatible
            assert is_obedient(contract)
        if is_communication_equilibrium(contract):
            assert found.incentive_compatible
            assert is_obedient(contract)
    assert seen["strong"] >= 2, seen
    assert seen["ordinary only"] >= 1, seen
    assert seen["violated"] >= 3, seen


def test_what_is_called_consistent_is_consistent() -> None:
    """The definition, one level down: no proper subcoalition of the pair or triple has a consistent improvement."""
    rng = Random(8)
    seen = {2: 0, 3: 0}
    for case in range(10):
        contract, plain = drawn_contract(rng, 3, bonus=(1, 3)[case % 2])
        for coalition in ((0, 1), (0, 1, 2)):
            found = consistent_improvement(contract, coalition, candidates=3)
            if found.contract is None:
                continue
            seen[len(coalition)] += 1
            assert improvement_gain(plain, coalition, plain_side(found.contract), obey=True) is not None
            for size in range(1, len(coalition)):
                for group in combinations(coalition, size):
                    again = consistent_improvement(found.contract, group, candidates=3)
                    assert again.verdict == "none"
                    assert revised(found.contract, group).insiders == group
    assert seen[2] >= 4, seen
    assert seen[3] >= 2, seen


def test_every_named_contract_is_documented() -> None:
    for entry in NAMED_CONTRACTS.values():
        assert entry.build.__doc__
        assert entry.build().game.root.agents == 3
