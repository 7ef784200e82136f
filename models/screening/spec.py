"""Screening problems from TOML files: buyers, valuations, prior, utility, cost, and further transfer schemes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import msgspec

from collude.models.errors import InputError, placed
from collude.models.files.document import read_described
from collude.models.files.html import shown
from collude.models.numbers import exact
from collude.models.screening.optimum import QuantityOptimum, optimal_quantities
from collude.models.screening.problem import ScreeningProblem, screening_problem
from collude.models.screening.sale import Sale

MOST_STEPS = 10_000
FORMS: dict[str, Callable[[Fraction], Fraction]] = {"q/(1+q)": lambda q: q / (1 + q), "q": lambda q: q}


class SchemeSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Payments of a further scheme: one row per own report, one entry per multiset of the others' reports."""

    name: str
    payments: list[list[object]]


class RobustSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Parameters of the robust scheme."""

    alpha: object
    beta: object = 0


class ScreeningFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields of a TOML file for `collude screen`."""

    valuations: list[object]
    prior: list[object]
    utility: list[object] | str
    cost: object
    buyers: int = 2
    steps: int | None = None
    step: object = 1
    quantities: list[int] | None = None
    robust: RobustSpec | None = None
    schemes: list[SchemeSpec] = []


@shown
@dataclass(frozen=True)
class ScreeningSpec:
    """What a file asks for: the problem, its optimum, further sales, and (alpha, beta) of the robust one if given."""

    problem: ScreeningProblem
    optimum: QuantityOptimum
    sales: tuple[Sale, ...]
    robust: tuple[Fraction, Fraction] | None


def read_screening(path: str | Path) -> ScreeningSpec:
    """The screening problem that a TOML file describes.

    Parameters
    ----------
    path : str or Path
        A .toml file; docs/screening.md describes its fields. Decimals are exact.

    Raises
    ------
    InputError
        In one line, with the name of the file, for anything that cannot be used.

    Examples
    --------
    >>> import tempfile, collude as co
    >>> with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
    ...     _ = file.write('valuations = [3, 4]\\nprior = [0.5, 0.5]\\nutility = [0, 2, 3]\\ncost = 2')
    ...     _ = file.flush()
    ...     str(co.read_screening(file.name).optimum.profit)
    '10'
    """
    file = Path(path)
    if file.suffix.lower() != ".toml":
        raise InputError(f"{file} is not a .toml file")
    described = read_described(file, ScreeningFile)
    with placed(file):
        return _build(described)


def _build(given: ScreeningFile) -> ScreeningSpec:
    problem = screening_problem(
        given.buyers,
        _numbers(given.valuations, "a valuation"),
        _numbers(given.prior, "a weight of the prior"),
        _utility(given),
        _numbers(given.cost, "a cost") if isinstance(given.cost, list) else exact(given.cost, "the cost"),
        exact(given.step, "the step"),
    )
    best = optimal_quantities(problem, given.quantities)
    sales = tuple(
        Sale(
            problem,
            best.quantity,
            tuple(tuple(exact(x, f"a payment of {scheme.name}") for x in row) for row in scheme.payments),
            scheme.name,
        )
        for scheme in given.schemes
    )
    robust = None
    if given.robust is not None:
        robust = exact(given.robust.alpha, "alpha"), exact(given.robust.beta, "beta")
    return ScreeningSpec(problem, best, sales, robust)


def _numbers(given: Sequence[object], where: str) -> list[Fraction]:
    return [exact(x, where) for x in given]


def _utility(given: ScreeningFile) -> list[Fraction]:
    if isinstance(given.utility, list):
        if given.steps is not None and given.steps != len(given.utility) - 1:
            raise InputError(
                f"steps = {given.steps}, but the utility has {len(given.utility)} entries, from 0 steps on"
            )
        return _numbers(given.utility, "a utility")
    if given.utility not in FORMS:
        raise InputError(f"the utility is a list of numbers or one of {', '.join(FORMS)}, not {given.utility!r}")
    if given.steps is None or not 1 <= given.steps <= MOST_STEPS:
        raise InputError(f'utility = "{given.utility}" needs steps = the number of steps, 1 to {MOST_STEPS}')
    step = exact(given.step, "the step")
    return [FORMS[given.utility](step * x) for x in range(given.steps + 1)]
