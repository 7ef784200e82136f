"""Linear programs: exact answers with certificates, the published verdicts, and certificates that are damaged."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from drawn_choices import drawn, plain, published
from oracle import bayes as oracle

import collude as co
from collude.models.beliefs import read_prior
from collude.models.environment import Environment
from collude.models.library.public_choices import airline, choice, public_good, single_object
from collude.models.mechanism import Mechanism, all_profiles
from collude.programs.dominance import (
    Dominance,
    Move,
    all_coalitions,
    verify_circulation,
    verify_transfers,
    with_transfers,
)
from collude.programs.exact import Optimum, Program, solve, verify_optimum, whole_numbers
from collude.programs.inequalities import descent

F = Fraction


def diet() -> Program:
    """minimise 2x + 3y subject to x + y >= 3, x <= 2, x + 2z = 1, x, y >= 0, z free: x = 2, y = 1, z = -1/2."""
    program = Program(3, {0: 2, 1: 3}, signed=frozenset({0, 1}))
    program.at_most({0: -1, 1: -1}, -3)
    program.at_most({0: 1}, 2)
    program.exactly({0: 1, 2: 2}, 1)
    return program


def test_a_program_by_hand() -> None:
    found = solve(diet())
    assert (found.value, found.x) == (7, (2, 1, F(-1, 2)))
    assert (found.y, found.z) == ((3, 1), (0,))
    assert verify_optimum(diet(), found)


@pytest.mark.parametrize(
    "damage",
    [
        lambda o: replace(o, x=(o.x[0] - F(1, 10**9), *o.x[1:])),
        lambda o: replace(o, x=(*o.x[:2], o.x[2] + F(1, 10**9))),
        lambda o: replace(o, x=o.x[:2]),
        lambda o: replace(o, y=(o.y[0], o.y[1] + F(1, 7))),
        lambda o: replace(o, y=(-o.y[0], o.y[1])),
        lambda o: replace(o, y=()),
        lambda o: replace(o, z=(F(1),)),
        lambda o: replace(o, value=o.value - F(1, 10**9)),
        lambda o: replace(o, value=F(6), x=(F(0), F(2), F(1, 2)), y=(F(3), F(0))),
        lambda o: replace(o, value=F(9), x=(F(0), F(3), F(1, 2))),
    ],
)
def test_damaged_optima_are_refused(damage: Callable[[Optimum], Optimum]) -> None:
    assert not verify_optimum(diet(), damage(solve(diet())))


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_meet_their_brute_force_optimum(seed: int) -> None:
    """Over a box in two variables: the best of all vertices."""
    rng = random.Random(seed)
    program = Program(2, {0: rng.randint(-5, 5), 1: F(rng.randint(-5, 5), 3)})
    lines = [((1, 0), 4), ((-1, 0), 4), ((0, 1), 4), ((0, -1), 4)]
    lines += [((rng.randint(-3, 3), rng.randint(-3, 3)), F(rng.randint(0, 9), 2)) for _ in range(3)]
    for (a, b), bound in lines:
        program.at_most({j: entry for j, entry in ((0, a), (1, b)) if entry}, bound)
    vertices = []
    for ((a, b), e), ((c, d), f) in combinations(lines, 2):
        if a * d - b * c:
            vertices.append((F(e * d - b * f) / (a * d - b * c), F(a * f - e * c) / (a * d - b * c)))
    inside = [(x, y) for x, y in vertices if all(a * x + b * y <= bound for (a, b), bound in lines)]
    best = min(program.cost[0] * x + program.cost[1] * y for x, y in inside)
    assert solve(program).value == best


def test_programs_without_an_optimum_are_named() -> None:
    program = Program(1, {0: 1})
    with pytest.raises(co.InputError, match="unbounded"):
        solve(program)
    program.at_most({0: 1}, 0)
    program.at_most({0: -1}, -1)
    with pytest.raises(co.InputError, match="infeasible"):
        solve(program)


def test_whole_numbers() -> None:
    assert whole_numbers([F(1, 2), F(1, 3), F(0)]) == [3, 2, 0]
    assert whole_numbers([F(4), F(6)]) == [2, 3]
    assert whole_numbers([F(0)]) == [0]
    assert whole_numbers([]) == []


def table_of(mechanism: Mechanism) -> oracle.TransferTable:
    return {p: mechanism.show_outcome(mechanism.outcome_at(p)).transfers for p in all_profiles(mechanism.environment)}


def refutes(environment: Environment, found: Dominance) -> bool:
    """The circulation checked from the definition: flows cancel, gains of truthful-value sums add up to more than 0."""
    env = plain(environment)
    flow: Counter[tuple[tuple[int, ...], int]] = Counter()
    total = F(0)
    for move in found.moves:
        assert all(
            a == b for i, (a, b) in enumerate(zip(move.truth, move.report, strict=True)) if i not in move.coalition
        )
        there, said = (oracle.efficient_alternative(env.u, p) for p in (move.truth, move.report))
        gain = sum((env.u[i][move.truth[i]][said] - env.u[i][move.truth[i]][there] for i in move.coalition), F(0))
        assert gain == move.gain
        total += move.weight * gain
        for i in move.coalition:
            flow[move.report, i] += move.weight
            flow[move.truth, i] -= move.weight
    for p in all_profiles(environment):
        rests = {flow[p, i] for i in range(environment.agents)}
        assert len(rests) == 1 if found.balanced else rests == {0}
    assert all(move.weight > 0 for move in found.moves)
    assert found.slack == total / sum(move.weight for move in found.moves)
    return total > 0


def answers(environment: Environment, found: Dominance) -> bool:
    """Whether it is feasible, after its certificate was checked against the oracle."""
    if found.mechanism is None:
        assert not found.feasible
        assert refutes(environment, found)
        assert verify_circulation(found)
        return False
    x = table_of(found.mechanism)
    broken = oracle.dominance_violations(plain(environment), x)
    assert not [triple for triple in broken if triple[1] in found.family]
    assert not found.balanced or not oracle.condition_1(plain(environment), x)
    assert verify_transfers(found)
    assert (found.feasible, found.slack) == (True, 0)
    return True


@pytest.mark.parametrize(
    ("environment", "balanced", "slack"),
    [
        (single_object(2, range(2)), False, "0"),
        (single_object(2, range(3)), False, "0"),
        (single_object(2, range(4)), False, "1/8"),
        (public_good(2, [0, 1, 2], cost=1), False, "0"),
        (public_good(2, [0, 1, 2], cost=1), True, "1/6"),
        (airline(3), False, "0"),
        (airline(3), True, "0"),
    ],
)
def test_published_dominance(environment: Environment, balanced: bool, slack: str) -> None:
    found = co.dominance(environment, balanced=balanced)
    assert answers(with_prior(environment), found) == (slack == "0")
    assert str(found.slack) == slack


def with_prior(environment: Environment) -> Environment:
    return replace(environment, prior=read_prior("uniform", environment.sizes))


PUBLISHED_CIRCULATION = (
    ((0,), (0, 3), (2, 3), 0),
    ((0,), (1, 1), (0, 1), -1),
    ((0,), (2, 3), (3, 3), 2),
    ((0,), (3, 1), (1, 1), 0),
    ((1,), (0, 3), (0, 1), 0),
    ((1,), (3, 1), (3, 3), 0),
    ((0, 1), (0, 1), (0, 3), 0),
    ((0, 1), (3, 3), (3, 1), 0),
)


def test_the_published_circulation_is_accepted() -> None:
    found = co.dominance(single_object(2, range(4)))
    moves = tuple(Move(c, t, r, 1, F(gain)) for c, t, r, gain in PUBLISHED_CIRCULATION)
    other = replace(found, moves=moves)
    assert verify_circulation(other)
    assert refutes(with_prior(single_object(2, range(4))), other)


@pytest.mark.parametrize("damage", range(7))
def test_damaged_circulations_are_refused(damage: int) -> None:
    found = co.dominance(single_object(2, range(4)))
    first, *rest = found.moves
    lone = next(move for move in found.moves if len(move.coalition) == 1)
    wrong = {
        0: tuple(rest),
        1: (replace(first, weight=first.weight + 1), *rest),
        2: (replace(first, gain=first.gain + 1), *rest),
        3: (replace(first, report=first.truth), *rest),
        4: (),
        5: tuple(replace(move, weight=-move.weight) for move in found.moves),
        6: tuple(replace(m, coalition=(1 - lone.coalition[0],)) if m is lone else m for m in found.moves),
    }[damage]
    assert not verify_circulation(replace(found, moves=wrong))


def test_a_circulation_for_other_coalitions_is_refused() -> None:
    found = co.dominance(single_object(2, range(4)))
    assert not verify_circulation(replace(found, family=((0,), (1,))))


def test_balance_makes_the_circulation_easier() -> None:
    """What refutes balanced transfers need not refute all."""
    found = co.dominance(public_good(2, [0, 1, 2], cost=1), balanced=True)
    assert not verify_circulation(replace(found, balanced=False))


def test_damaged_transfers_are_refused() -> None:
    found = co.dominance(airline(3), balanced=True)
    assert found.mechanism is not None
    x = table_of(found.mechanism)
    profiles = list(all_profiles(airline(3)))
    for shift in ((0, 0, 0), (1, 0, 0), (1, -1, 0), (300, -300, 0)):
        money = [y + (shift[i] if p == (0, 0, 1) else 0) for p in profiles for i, y in enumerate(x[p])]
        wrong = with_transfers(found.mechanism, money, "wrong")
        broken = oracle.dominance_violations(plain(with_prior(airline(3))), table_of(wrong))
        expected = not broken and sum(shift) == 0
        assert verify_transfers(replace(found, mechanism=wrong)) == expected
    assert not verify_transfers(replace(found, mechanism=None))
    idle = np.zeros_like(found.mechanism.outcome)
    assert not verify_transfers(replace(found, mechanism=replace(found.mechanism, outcome=idle)))


def test_two_agents_with_two_types_are_always_feasible() -> None:
    """The note's claim, balance included: so nothing impossible is found on 2 x 2 grids, separable or not."""
    bumpy = 0
    for seed in range(1, 61):
        environment = published(seed, 2, 2, 3)
        assert answers(environment, co.dominance(environment, balanced=True))
        env = plain(environment)
        best = {p: sum(env.value(i, p) for i in range(2)) for p in all_profiles(environment)}
        mixed = best[0, 0] + best[1, 1] - best[0, 1] - best[1, 0]
        assert co.separability(environment).separable == (mixed == 0)
        bumpy += mixed != 0
    assert bumpy > 30


def test_small_coalitions_can_be_pleased_while_everybody_cannot() -> None:
    environment = published(241, 3, 2, 3)
    small = [c for c in all_coalitions(3) if len(c) < 3]
    assert answers(environment, co.dominance(environment, small))
    assert not answers(environment, co.dominance(environment))


@pytest.mark.parametrize("seed", range(25))
def test_every_answer_carries_a_certificate(seed: int) -> None:
    rng = random.Random(seed)
    environment = drawn(rng)
    family = [c for c in all_coalitions(environment.agents) if rng.random() < 0.8] or [(0,)]
    for balanced in (False, True):
        found = co.dominance(environment, family, balanced=balanced)
        answers(environment, found)
        if balanced and found.feasible:
            assert co.dominance(environment, family).feasible


@pytest.mark.parametrize("agents", [2, 3])
def test_separable_surplus_makes_truth_dominant(agents: int) -> None:
    """Everybody decides for himself: W* is a sum, and the transfers of (12) do it."""
    rng = random.Random(agents)
    own = [[[rng.randint(-4, 4) for _ in range(2)] for _ in range(3)] for _ in range(agents)]
    acts = list(product(range(2), repeat=agents))
    payoffs = [[[own[i][k][act[i]] for act in acts] for k in range(3)] for i in range(agents)]
    environment = with_prior(choice(payoffs))
    found = co.separability(environment)
    assert found.separable
    assert found.mechanism is not None
    x = table_of(found.mechanism)
    env = plain(environment)
    for p in all_profiles(environment):
        assert sum(found.parts[i][k] for i, k in enumerate(p)) == sum(env.value(i, p) for i in range(agents))
    assert not oracle.condition_1(env, x)
    assert not oracle.dominance_violations(env, x)


def test_what_is_left_of_a_surplus_that_is_not_a_sum() -> None:
    found = co.separability(airline(3))
    assert (found.separable, found.parts, found.mechanism) == (False, (), None)
    assert found.witness is not None
    assert found.difference != 0


def test_remark_1_is_no_theorem() -> None:
    """No two or three airlines gain, transfers are balanced, and one airline gains 101/4; no more is possible."""
    environment = with_prior(airline(3))
    found = descent(environment)
    assert found.gain == F(101, 4)
    env, x = plain(environment), table_of(found.mechanism)
    assert not oracle.condition_1(env, x)
    profitable = oracle.coalition_proof(env, x)
    assert {len(deviation[0]) for deviation in profitable} == {1}
    assert max(deviation[3] for deviation in profitable) == found.gain
    assert (found.coalition, found.types, found.report, found.gain) in profitable
    with pytest.raises(co.InputError, match="from 1 to 3"):
        descent(environment, free=[4])


def test_programs_that_are_too_large_are_refused() -> None:
    with pytest.raises(co.SizeError, match="fewer types or coalitions"):
        co.dominance(single_object(4, range(6)))


@pytest.mark.parametrize("family", [[], [()], [(5,)], [(0, 0)], [(-1,)]])
def test_what_is_no_family_of_coalitions_is_named(family: list[tuple[int, ...]]) -> None:
    with pytest.raises(co.InputError, match="coalition"):
        co.dominance(single_object(2, range(2)), family)


def test_another_user_of_the_solver_in_the_process_does_no_harm() -> None:
    lines = (
        "import highspy, collude as co",
        "other = highspy.Highs()",
        "other.setOptionValue('output_flag', False)",
        "other.addVar(0, 1)",
        "other.run()",
        "assert str(co.dominance(co.single_object(2, range(4))).slack) == '1/8'",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
