"""Linear programs whose answers are proved: HiGHS finds an optimal basis, rationals solve it exactly, a checker verifies.

A program is: minimise c x subject to A x <= b, E x = e, x_j >= 0 for some j and free for the others. All data are
rationals. An answer carries x and multipliers (y for A, z for E): c + A'y + E'z = 0 (>= 0 where x_j >= 0), y >= 0 and
c x = -(b y + e z) prove it. `verify_optimum` checks all of this in plain fractions, whatever found it.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from types import ModuleType
from typing import Protocol, SupportsInt

import numpy as np

from collude.models.errors import DisagreementError, InputError, SizeError

Row = Mapping[int, Fraction | int]
MOST_ENTRIES = 5_000_000
ATTEMPTS: tuple[dict[str, str | float], ...] = (
    {},
    {"presolve": "off", "simplex_strategy": 4},
    {"presolve": "off", "primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    {"presolve": "off", "simplex_scale_strategy": 0, "simplex_strategy": 1},
)


class _Quotient(Protocol):
    """A rational number of the exact solver: numerator and denominator."""

    @property
    def p(self) -> SupportsInt: ...

    @property
    def q(self) -> SupportsInt: ...


@dataclass
class Program:
    """A linear program: minimise cost x subject to rows[r] x <= bounds[r], equal[r] x = targets[r] and x_j >= 0 for some j.

    Attributes
    ----------
    variables : int
    cost : dict from variables to numbers
    rows, equal : list of mappings from variables to numbers
        Entries that are left out are 0.
    bounds, targets : list of numbers
        The right-hand sides of `rows` and of `equal`.
    signed : frozenset of int
        The variables that must not be negative; the others are free.
    """

    variables: int
    cost: dict[int, Fraction | int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    bounds: list[Fraction | int] = field(default_factory=list)
    equal: list[Row] = field(default_factory=list)
    targets: list[Fraction | int] = field(default_factory=list)
    signed: frozenset[int] = frozenset()

    def at_most(self, row: Row, bound: Fraction | int) -> None:
        """Add row x <= bound."""
        self.rows.append(row)
        self.bounds.append(bound)

    def exactly(self, row: Row, target: Fraction | int) -> None:
        """Add row x = target."""
        self.equal.append(row)
        self.targets.append(target)


@dataclass(frozen=True)
class Optimum:
    """A proved optimum of a linear program.

    Attributes
    ----------
    value : Fraction
        The least cost.
    x : tuple of Fraction
        A point that attains it.
    y, z : tuple of Fraction
        Multipliers of the inequalities and of the equations, which prove it; see `verify_optimum`.
    """

    value: Fraction
    x: tuple[Fraction, ...]
    y: tuple[Fraction, ...]
    z: tuple[Fraction, ...]


def verify_optimum(program: Program, optimum: Optimum) -> bool:
    """Whether multipliers prove that a point is optimal, in plain fractions.

    Parameters
    ----------
    program : Program
    optimum : Optimum

    Returns
    -------
    bool

    Examples
    --------
    >>> program = Program(1, {0: -1}, [{0: 2}], [3])
    >>> found = solve(program)
    >>> found.x, verify_optimum(program, found)
    ((Fraction(3, 2),), True)
    """
    x, y, z = optimum.x, optimum.y, optimum.z
    shapes = (len(x), len(y), len(z)) == (program.variables, len(program.rows), len(program.equal))
    if not shapes or any(weight < 0 for weight in y) or any(x[j] < 0 for j in program.signed):
        return False
    for row, bound in zip(program.rows, program.bounds, strict=True):
        if _dot(row, x) > bound:
            return False
    for row, target in zip(program.equal, program.targets, strict=True):
        if _dot(row, x) != target:
            return False
    reduced = [Fraction(program.cost.get(j, 0)) for j in range(program.variables)]
    for row, weight in [*zip(program.rows, y, strict=True), *zip(program.equal, z, strict=True)]:
        if weight:
            for j, entry in row.items():
                reduced[j] += entry * weight
    for j, rest in enumerate(reduced):
        if rest < 0 or (rest > 0 and j not in program.signed):
            return False
    dual = -_total(program.bounds, y) - _total(program.targets, z)
    return _dot(program.cost, x) == dual == optimum.value


def _dot(row: Row, x: Sequence[Fraction]) -> Fraction:
    return sum((x[j] * entry for j, entry in row.items() if x[j]), Fraction(0))


def _total(left: Sequence[Fraction | int], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if b), Fraction(0))


def solve(program: Program) -> Optimum:
    """A proved optimum of a linear program that has one.

    Parameters
    ----------
    program : Program

    Returns
    -------
    Optimum

    Raises
    ------
    InputError
        Without the extra `programs`, or if there is no optimum.
    SizeError
        If the program has more than five million entries.
    DisagreementError
        If no basis that the solver offers is optimal in exact arithmetic.

    Examples
    --------
    >>> cheapest = Program(2, {0: 3, 1: 2}, signed=frozenset({0, 1}))
    >>> cheapest.at_most({0: -1, 1: -1}, -4)
    >>> str(solve(cheapest).value)
    '8'
    """
    entries = sum(map(len, program.rows)) + sum(map(len, program.equal))
    if entries > MOST_ENTRIES:
        raise SizeError(f"the linear program has {entries} entries; at most {MOST_ENTRIES} are taken", entries)
    for options in ATTEMPTS:
        basis = _basis(program, options)
        optimum = None if basis is None else _exact(program, *basis)
        if optimum is not None and verify_optimum(program, optimum):
            return optimum
    raise DisagreementError("no basis that the solver offers is optimal in exact arithmetic")


def _need(module: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise InputError("this needs the extra programs: pip install '.[programs]' in the project's folder") from None


def _basis(program: Program, options: Mapping[str, str | float]) -> tuple[list[int], list[int]] | None:
    """(columns in the basis, inequalities that bind) of an optimal basis in floating point; equations always bind."""
    highspy = _need("highspy")
    with _stdout_closed():  # the first solver of a process prints who made it, whatever its options say
        model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("solver", "simplex")
    for name, value in options.items():
        model.setOptionValue(name, value)
    model.passModel(_model(highspy, program))
    model.run()
    status = model.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnbounded):
        raise InputError(f"the linear program has no optimum: it is {model.modelStatusToString(status).lower()}")
    if status != highspy.HighsModelStatus.kOptimal:
        return None
    found = model.getBasis()
    basic = highspy.HighsBasisStatus.kBasic
    columns = [j for j, state in enumerate(found.col_status) if state == basic]
    binding = [r for r, state in enumerate(found.row_status) if state != basic]
    return columns, binding


@contextmanager
def _stdout_closed() -> Iterator[None]:
    """Nothing that is printed below Python reaches stdout meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _model(highspy: ModuleType, program: Program) -> object:
    rows = [*program.rows, *program.equal]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.variables, len(rows)
    infinity = highspy.kHighsInf
    lp.col_cost_ = np.array([float(program.cost.get(j, 0)) for j in range(program.variables)])
    lp.col_lower_ = np.array([0.0 if j in program.signed else -infinity for j in range(program.variables)])
    lp.col_upper_ = np.full(program.variables, infinity)
    upper = [float(x) for x in (*program.bounds, *program.targets)]
    lp.row_upper_ = np.array(upper)
    lp.row_lower_ = np.array([-infinity] * len(program.bounds) + [float(x) for x in program.targets])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in rows)])
    lp.a_matrix_.index_ = np.array([j for row in rows for j in row], np.int32)
    lp.a_matrix_.value_ = np.array([float(entry) for row in rows for entry in row.values()])
    return lp


def _exact(program: Program, columns: list[int], binding: list[int]) -> Optimum | None:
    """The point and the multipliers of a basis, solved in rationals; None if the basis is singular."""
    flint = _need("flint")
    rows = [*program.rows, *program.equal]
    bounds = [*program.bounds, *program.targets]
    if len(columns) != len(binding):
        return None
    place = {j: position for position, j in enumerate(columns)}
    size = len(columns)
    matrix = flint.fmpq_mat(size, size)
    right = flint.fmpq_mat(size, 1)
    for r, row in enumerate(binding):
        for j, entry in rows[row].items():
            if j in place:
                matrix[r, place[j]] = _flint(flint, entry)
        right[r, 0] = _flint(flint, bounds[row])
    left = flint.fmpq_mat(size, 1)
    for j, entry in program.cost.items():
        if j in place:
            left[place[j], 0] = _flint(flint, -entry)
    try:
        point = matrix.solve(right) if size else right
        multipliers = matrix.transpose().solve(left) if size else left
    except ZeroDivisionError:
        return None
    x = [Fraction(0)] * program.variables
    for j, position in place.items():
        x[j] = _fraction(point[position, 0])
    weights = [Fraction(0)] * len(rows)
    for r, row in enumerate(binding):
        weights[row] = _fraction(multipliers[r, 0])
    cut = len(program.rows)
    return Optimum(_dot(program.cost, x), tuple(x), tuple(weights[:cut]), tuple(weights[cut:]))


@dataclass(frozen=True)
class Solution:
    """A solution of linear equations.

    Attributes
    ----------
    x : tuple of Fraction
        One solution.
    rank : int
        How many of the equations are independent.
    """

    x: tuple[Fraction, ...]
    rank: int


def solve_equations(rows: Sequence[Row], targets: Sequence[Fraction | int], variables: int) -> Solution | None:
    """Solve linear equations in rationals, whatever their rank.

    Parameters
    ----------
    rows : sequence of mappings from variables to numbers
        Entries that are left out are 0.
    targets : sequence of numbers
        The right-hand sides.
    variables : int
        How many there are.

    Returns
    -------
    Solution or None
        None if there is no solution. Variables that the others do not determine are 0.

    Raises
    ------
    InputError
        Without the extra `programs`.

    Examples
    --------
    >>> solve_equations([{0: 2, 1: 1}, {0: 4, 1: 2}], [3, 6], 2)
    Solution(x=(Fraction(3, 2), Fraction(0, 1)), rank=1)
    >>> solve_equations([{0: 2}, {0: 4}], [3, 5], 1) is None
    True
    """
    flint = _need("flint")
    matrix = flint.fmpq_mat(len(rows), variables + 1)
    for r, (row, target) in enumerate(zip(rows, targets, strict=True)):
        for j, entry in row.items():
            matrix[r, j] = _flint(flint, entry)
        matrix[r, variables] = _flint(flint, target)
    reduced, rank = matrix.rref()
    x = [Fraction(0)] * variables
    for r in range(rank):
        lead = next(j for j in range(variables + 1) if reduced[r, j] != 0)
        if lead == variables:
            return None
        x[lead] = _fraction(reduced[r, variables])
    return Solution(tuple(x), int(rank))


def _flint(flint: ModuleType, number: Fraction | int) -> object:
    value = Fraction(number)
    return flint.fmpq(value.numerator, value.denominator)


def _fraction(number: _Quotient) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def whole_numbers(weights: Sequence[Fraction]) -> list[int]:
    """The smallest whole numbers in the same proportions as some weights.

    Parameters
    ----------
    weights : sequence of Fraction

    Returns
    -------
    list of int

    Examples
    --------
    >>> whole_numbers([Fraction(1, 2), Fraction(0), Fraction(3, 4)])
    [2, 0, 3]
    """
    multiple = lcm(*(weight.denominator for weight in weights)) if weights else 1
    found = [int(weight * multiple) for weight in weights]
    shared = int(np.gcd.reduce(np.array(found, object))) if any(found) else 1
    return [number // shared for number in found]
