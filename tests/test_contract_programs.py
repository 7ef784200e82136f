"""Programs without an optimum: each answer with its proof, checked in fractions."""

from fractions import Fraction
from itertools import product
from random import Random

from collude.models.contracts.extended import communication_contract
from collude.models.contracts.game import bayesian_game
from collude.programs.contracts.improvement import improvement
from collude.programs.contracts.incentives import is_incentive_compatible
from collude.programs.contracts.terms import SideContractTerms
from collude.programs.decide import ProgramAnswer, decide
from collude.programs.exact import Program, verify_optimum


def drawn_program(rng: Random) -> Program:
    size = rng.randint(1, 4)
    program = Program(size, {j: rng.randint(-3, 3) for j in range(size)})
    program.signed = frozenset(j for j in range(size) if rng.random() < 0.6)
    for _ in range(rng.randint(0, 4)):
        program.at_most({j: rng.randint(-3, 3) for j in range(size)}, rng.randint(-4, 6))
    if rng.random() < 0.4:
        program.exactly({j: rng.randint(-2, 2) for j in range(size)}, rng.randint(-2, 2))
    return program


def satisfies(program: Program, x: tuple[Fraction, ...]) -> bool:
    def dot(row: object) -> Fraction:
        assert isinstance(row, dict)
        return sum((Fraction(entry) * x[j] for j, entry in row.items()), Fraction(0))

    below = all(dot(row) <= bound for row, bound in zip(program.rows, program.bounds, strict=True))
    equal = all(dot(row) == target for row, target in zip(program.equal, program.targets, strict=True))
    return below and equal and all(x[j] >= 0 for j in program.signed)


def kind_of(found: ProgramAnswer) -> str:
    return "infeasible" if found.infeasible else "unbounded" if found.unbounded else "optimum"


def test_every_program_is_decided_with_a_proof() -> None:
    rng = Random(1)
    seen = {"optimum": 0, "unbounded": 0, "infeasible": 0}
    for _ in range(150):
        program = drawn_program(rng)
        found = decide(program)
        seen[kind_of(found)] += 1
        if found.optimum is not None:
            assert verify_optimum(program, found.optimum)
        elif found.unbounded:
            for steps in (0, 1, 1000):
                x = tuple(a + steps * d for a, d in zip(found.point, found.ray, strict=True))
                assert satisfies(program, x)
            assert sum(program.cost[j] * d for j, d in enumerate(found.ray)) < 0
        else:
            grid = product((-6, -2, -1, 0, 1, 2, 6), repeat=program.variables)
            assert not any(satisfies(program, tuple(map(Fraction, x))) for x in grid)
    assert min(seen.values()) >= 15, seen


def test_numbers_of_very_different_size() -> None:
    """Payoffs up to a million and payments up to 5/3: almost every program has no solution, which must be proved."""
    rng = Random(2)
    seen = {"infeasible": 0, "other": 0}
    for _ in range(12):
        sizes, choices = [2, 2], [2, 1]
        table = {
            (a, t): [rng.randint(-(10**6), 10**6) for _ in range(2)]
            for a in product(*map(range, choices))
            for t in product(*map(range, sizes))
        }
        game = bayesian_game([["0", "1"]] * 2, [["0", "1"], ["0"]], lambda a, t, table=table: table[a, t])
        told = {t: (rng.randrange(2), 0) for t in product((0, 1), repeat=2)}
        contract = communication_contract(game, lambda t, told=told: told[t])
        found = improvement(contract, (0, 1), SideContractTerms(bound=Fraction(5, 3)))
        seen["infeasible" if found.method == "infeasible" else "other"] += 1
        assert found.contract is None or is_incentive_compatible(found.contract)
    assert seen["infeasible"] >= 2, seen
    assert seen["other"] >= 2, seen
