"""Linear programs that may have no optimum: each of the three answers (optimum, infeasible, unbounded) with its proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from collude.models.errors import DisagreementError, InputError
from collude.programs.exact import Optimum, Program, Row, solve


@dataclass(frozen=True)
class ProgramAnswer:
    """What is true of a linear program, proved in rationals.

    Attributes
    ----------
    optimum : Optimum or None
        A proved optimum, if there is one.
    point, ray : tuple of Fraction
        If the cost falls without end: a point that satisfies all constraints, and a direction along which all remain satisfied
        and the cost falls. Otherwise ().
    relaxation : Fraction
        If nothing satisfies all constraints: the least by which every constraint must be relaxed. Otherwise 0.
    """

    optimum: Optimum | None = None
    point: tuple[Fraction, ...] = ()
    ray: tuple[Fraction, ...] = ()
    relaxation: Fraction = Fraction(0)

    @property
    def unbounded(self) -> bool:
        """True if the cost falls without end."""
        return bool(self.ray)

    @property
    def infeasible(self) -> bool:
        """True if nothing satisfies all constraints."""
        return self.relaxation > 0


def decide(program: Program) -> ProgramAnswer:
    """What is true of a linear program, whether or not it has an optimum.

    Parameters
    ----------
    program : Program

    Returns
    -------
    ProgramAnswer
        A proved optimum; or the least by which all constraints must be relaxed for some point to satisfy them; or a point and a
        direction along which the cost falls without end.

    Raises
    ------
    InputError
        Without the extra `programs`.
    DisagreementError
        If the solver and exact arithmetic do not come to an agreement.

    Examples
    --------
    >>> falls = Program(1, {0: -1}, signed=frozenset({0}))
    >>> decide(falls).unbounded
    True
    """
    try:
        return ProgramAnswer(optimum=solve(program))
    except InputError as error:
        if "no optimum" not in str(error):
            raise
    except DisagreementError:  # the solver may be unable to tell a program without any point from others
        pass
    unit = _largest_entry(program)
    nearest = solve(_with_slack(program, unit))
    if nearest.value > 0:
        return ProgramAnswer(relaxation=nearest.value / unit)
    direction = solve(_direction(program))
    if direction.value < 0:
        return ProgramAnswer(point=nearest.x[: program.variables], ray=direction.x)
    raise DisagreementError("the solver finds no optimum, but exact arithmetic finds no reason why there is none")


def _largest_entry(program: Program) -> int:
    """A whole number that no entry of a constraint exceeds."""
    entries = [abs(Fraction(x)) for row in (*program.rows, *program.equal) for x in row.values()]
    return max(1, ceil(max(entries, default=Fraction(1))))


def _with_slack(program: Program, unit: int) -> Program:
    """The least s >= 0 by which all constraints must be relaxed for some point to satisfy them.

    It costs `unit` each, so that multipliers are not lost among the solver's tolerances where entries are large.
    """
    slack = program.variables
    relaxed = Program(slack + 1, {slack: unit}, signed=program.signed | {slack})
    for row, bound in zip(program.rows, program.bounds, strict=True):
        relaxed.at_most({**row, slack: -1}, bound)
    for row, target in zip(program.equal, program.targets, strict=True):
        relaxed.at_most({**row, slack: -1}, target)
        relaxed.at_most({**_negative(row), slack: -1}, -target)
    return relaxed


def _direction(program: Program) -> Program:
    """The direction, at most 1 in every coordinate, along which the cost falls most and no constraint is lost."""
    found = Program(program.variables, dict(program.cost), signed=program.signed)
    for row in program.rows:
        found.at_most(row, 0)
    for row in program.equal:
        found.exactly(row, 0)
    for j in range(program.variables):
        found.at_most({j: 1}, 1)
        if j not in program.signed:
            found.at_most({j: -1}, 1)
    return found


def _negative(row: Row) -> Mapping[int, Fraction | int]:
    return {j: -entry for j, entry in row.items()}
