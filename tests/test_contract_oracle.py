"""The programs of coalitions against brute force: deterministic devices with a grid of payments, every map, every lie."""

import random
from fractions import Fraction
from itertools import combinations

import pytest
from drawn_contracts import drawn_contract, plain_side
from oracle.contracts import best_pair_contract, double_gains, improvement_gain, knows, lie_gains

from collude.models.contracts.extended import revised
from collude.programs.contracts.consistency import consistent_improvement
from collude.programs.contracts.improvement import improvement, surplus_bound
from collude.programs.contracts.incentives import (
    disobediences,
    double_deviations,
    is_incentive_compatible,
    is_obedient,
    lies,
)
from collude.programs.contracts.side_game import SideGame
from collude.programs.contracts.side_program import SideProgram
from collude.programs.contracts.terms import SideContractTerms

GRID = (-1, 0, 1)


@pytest.mark.slow
def test_pairs_against_every_deterministic_device_with_payments_on_a_grid() -> None:
    """A grid finds no more than the program; where the program's answer is on the grid, exactly as much."""
    rng = random.Random(1)
    seen = {"none": 0, "improves": 0, "equal": 0, "stable": 0, "only unstable": 0, "devices": 0}
    for case in range(16):
        contract, plain = drawn_contract(rng, rng.choice((2, 3)), bonus=(0, 2, 3, 4)[case % 4])
        pair = (0, 1)
        found = improvement(contract, pair)
        best, tried = best_pair_contract(plain, pair, GRID)
        seen["devices"] += tried
        assert found.gain is not None
        assert best <= found.gain
        if not found.exists:
            assert best == 0
            seen["none"] += 1
            continue
        seen["improves"] += 1
        seen["equal"] += best == found.gain
        assert found.contract is not None
        assert improvement_gain(plain, pair, plain_side(found.contract)) == found.gain
        stable = consistent_improvement(contract, pair)
        best, _ = best_pair_contract(plain, pair, GRID, obey=True)
        if stable.verdict == "exists":
            assert stable.contract is not None
            assert improvement_gain(plain, pair, plain_side(stable.contract), obey=True) is not None
            assert stable.relaxation.gain is not None
            assert best <= stable.relaxation.gain
            seen["stable"] += 1
        else:
            assert best == 0
            seen["only unstable"] += 1
    assert seen["none"] >= 1, seen
    assert seen["improves"] >= 8, seen
    assert seen["equal"] >= 4, seen
    assert seen["stable"] >= 3, seen
    assert seen["only unstable"] >= 1, seen
    assert seen["devices"] >= 200_000, seen


@pytest.mark.parametrize("incentives", ["bayesian", "communication"])
def test_every_side_contract_is_an_improvement_by_the_definition(incentives: str) -> None:
    rng = random.Random(2)
    seen = {"none": 0, "improves": 0, "mixed": 0, "paid": 0}
    terms = SideContractTerms(incentives=incentives)
    for _ in range(10):
        contract, plain = drawn_contract(rng, 3, own=False)
        for size in (1, 2, 3):
            for coalition in combinations(range(3), size):
                found = improvement(contract, coalition, terms)
                assert found.gain is not None
                assert found.gain <= surplus_bound(contract, coalition)
                if found.contract is None:
                    seen["none"] += 1
                    continue
                seen["improves"] += 1
                side = plain_side(found.contract)
                double = incentives == "communication"
                assert improvement_gain(plain, coalition, side, double=double) == found.gain
                seen["mixed"] += any(len(lottery) > 1 for lottery, _ in side.values())
                seen["paid"] += any(any(paid) for _, paid in side.values())
    assert seen["none"] >= 3, seen
    assert seen["improves"] >= 20, seen
    assert seen["mixed"] >= 3, seen
    assert seen["paid"] >= 5, seen


def test_single_agents_against_all_lies_and_all_maps() -> None:
    rng = random.Random(3)
    seen = {"lies": 0, "compatible": 0, "double": 0}
    for _ in range(30):
        contract, plain = drawn_contract(rng, rng.choice((1, 2, 3)), own=rng.random() < 0.5, money=True)
        found = {(x.agent, x.type_index, x.report): x.gain for x in lies(contract)}
        assert found == lie_gains(plain)
        double = {(x.agent, x.type_index, x.report): x.gain for x in double_deviations(contract)}
        assert double == double_gains(plain)
        seen["lies"] += len(found)
        seen["compatible"] += is_incentive_compatible(contract)
        seen["double"] += max(double.values()) > max(0, *found.values())
    assert seen["lies"] >= 100, seen
    assert seen["compatible"] >= 1, seen
    assert seen["double"] >= 10, seen


def test_no_single_agent_improves_iff_the_contract_is_obedient() -> None:
    rng = random.Random(4)
    seen = {True: 0, False: 0}
    for _ in range(30):
        contract, _ = drawn_contract(rng, 2, own=rng.random() < 0.5)
        obedient = is_obedient(contract)
        seen[obedient] += 1
        assert obedient == (not any(improvement(contract, (i,)).exists for i in range(2)))
        for i in range(2):
            total = improvement(contract, (i,)).gain
            best: dict[tuple[int, int], Fraction] = {}
            side = SideGame(revised(contract, (i,)))
            for found in disobediences(contract):
                if found.agent == i:
                    key = (found.type_index, found.told)
                    best[key] = max(best.get(key, Fraction(0)), found.gain)
            weight = {divmod(k, 2): side.weight(0, (k,)) for k in side.present[0]}
            assert total == sum(weight[key] * gain for key, gain in best.items())
    assert seen[True] >= 1, seen
    assert seen[False] >= 5, seen


def test_reports_that_never_occur_change_nothing() -> None:
    """The device may treat such a report as one that occurs, so the large program has the same value."""
    rng = random.Random(5)
    seen = {"improves": 0, "larger": 0}
    for _ in range(8):
        contract, plain = drawn_contract(rng, 3)
        for coalition in ((0, 1), (0, 1, 2)):
            small = improvement(contract, coalition)
            large = improvement(contract, coalition, SideContractTerms(reports="all"))
            assert small.gain == large.gain
            seen["improves"] += small.exists
            if small.size is not None and large.size is not None:
                seen["larger"] += large.size.rows > small.size.rows
            assert len(knows(plain, coalition)[0]) == len(coalition)
    assert seen["improves"] >= 5, seen
    assert seen["larger"] >= 5, seen


def test_sizes_of_the_programs_are_those_of_the_definition() -> None:
    """Two types, two actions, a contract without lotteries: m = 4 reports each, one lie away from the support."""
    rng = random.Random(6)
    for _ in range(3):
        contract, _ = drawn_contract(rng, 3)
        for coalition, expected in (((0, 1), (48, 24, 40)), ((0, 1, 2), (256, 96, 88))):
            side = SideGame(revised(contract, coalition))
            program = SideProgram(side, SideContractTerms(reports="all"))
            rows = len(program.program.rows) + len(program.program.equal)
            assert (len(program.device), len(program.payments), rows) == expected
