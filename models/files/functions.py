"""Mechanisms from a Python function of the reports: plain, vectorised over NumPy arrays, or jitted by Numba."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from collude.kernels.apply import apply_rule
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import BLOCK, Mechanism, all_profiles, from_blocks, require_room, types_of
from collude.models.numbers import common_scale, exact, rounded, scaled

Reader = Callable[[Any, str], Fraction]


def reader(tolerance: Any) -> tuple[Reader, Fraction | None]:
    """How numbers are read: exactly, or, with a tolerance, floats rounded to a 64th of it."""
    if tolerance is None:
        return exact, None
    allowed = exact(tolerance, "the tolerance")
    if allowed <= 0:
        raise InputError(f"the tolerance must be positive, not {allowed}")
    return (lambda value, where: rounded(value, allowed, where)), allowed


def from_function(
    environment: Environment,
    rule: Callable[..., Any],
    *,
    name: str | None = None,
    vectorised: bool = False,
    reports: str = "values",
    tolerance: Any = None,
) -> Mechanism:
    """A mechanism from a rule.

    Plain: rule(reports) gets a tuple of types and returns (who gets what, transfers). In an auction "who gets what" is
    the winner's number or None; in a public choice the alternative's number; else one bundle per agent, an int or a tuple.
    transfers: one number per agent, money received.

    Vectorised (`vectorised=True`): rule(reports) gets an int64 array (agents, profiles) and returns two arrays, winners
    or alternatives (profiles,) or bundle numbers (agents, profiles), -1 for no winner, and transfers (agents, profiles).
    Jitted (a Numba function of 3 arguments): rule(reports, bundles, transfers) is called per profile with int64 arrays
    (agents,), and writes bundle numbers and integer transfers in place.

    reports: "values" hands over numeric types themselves, which must be whole numbers for arrays, "numbers" the type
    numbers from 0 (always used for vector types and orders in arrays). Floats need a `tolerance`.
    Raises InputError for anything of the wrong shape or kind.
    """
    if reports not in ("values", "numbers"):
        raise InputError(f"reports are handed over as values or numbers, not {reports!r}")
    title = name or str(getattr(rule, "__name__", "mechanism"))
    if vectorised or hasattr(rule, "py_func"):
        return _from_arrays(environment, rule, title, reports, tolerance)
    return _from_plain(environment, rule, title, reports, tolerance)


def _bundle_numbers(environment: Environment, given: Any, where: str) -> tuple[int, ...]:
    n = environment.agents
    if environment.family == "auction" and (given is None or isinstance(given, (int, np.integer))):
        winner = -1 if given is None else int(given)
        if not -1 <= winner < n:
            raise InputError(f"{where}: the winner {winner} is not an agent; use 0..{n - 1} or None")
        return tuple(int(i == winner) for i in range(n))
    if environment.public and isinstance(given, (int, np.integer)):
        given = [int(given)] * n
    if not isinstance(given, (tuple, list, np.ndarray)) or len(given) != n:
        raise InputError(f"{where}: one bundle per agent is needed ({n}), not {given!r}")
    numbers = []
    for i, bundle in enumerate(given):
        vector = tuple(int(x) for x in bundle) if isinstance(bundle, (tuple, list)) else (int(bundle),)
        if vector not in environment.indices[i]:
            raise InputError(f"{where}: agent {environment.labels[i]} cannot hold the bundle {vector}")
        numbers.append(environment.indices[i][vector])
    return tuple(numbers)


def _from_plain(
    environment: Environment, rule: Callable[..., Any], name: str, reports: str, tolerance: Any
) -> Mechanism:
    read, allowed = reader(tolerance)
    require_room(environment)
    known: dict[tuple[Any, ...], int] = {}
    outcome = np.empty(environment.profiles, np.int32)
    for number, profile in enumerate(all_profiles(environment)):
        types = tuple(environment.types[i][k] for i, k in enumerate(profile))
        where = f"{name} at {profile}"
        result = rule(profile if reports == "numbers" else types)
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise InputError(f"{where}: the rule must return (who gets what, transfers), not {result!r}")
        bundles = _bundle_numbers(environment, result[0], where)
        transfers = tuple(read(x, f"{where}: a transfer") for x in result[1])
        if len(transfers) != environment.agents:
            raise InputError(f"{where}: {len(transfers)} transfers for {environment.agents} agents")
        outcome[number] = known.setdefault((bundles, transfers), len(known))
    return assemble(environment, name, outcome, list(known), allowed)


def assemble(
    environment: Environment,
    name: str,
    outcome: np.ndarray,
    outcomes: Sequence[tuple[tuple[int, ...], tuple[Fraction, ...]]],
    tolerance: Fraction | None,
    notes: tuple[str, ...] = (),
) -> Mechanism:
    """A mechanism from outcome numbers and a list of (bundle numbers, transfers) as rationals."""
    numbers = [x for _, transfers in outcomes for x in transfers]
    scale = common_scale([Fraction(1, environment.scale), *numbers, *([tolerance] if tolerance else [])])
    return Mechanism(
        environment=environment,
        name=name,
        outcome=outcome,
        bundle=np.array([bundles for bundles, _ in outcomes], np.int32).reshape(len(outcomes), -1),
        transfer=_money(outcomes, scale),
        scale=scale,
        tolerance=scaled(tolerance, scale) if tolerance else 0,
        notes=notes,
    )


def _money(outcomes: Sequence[tuple[tuple[int, ...], tuple[Fraction, ...]]], scale: int) -> np.ndarray:
    return np.array([[scaled(x, scale) for x in row] for _, row in outcomes], np.int64).reshape(len(outcomes), -1)


def _report_table(environment: Environment, reports: str) -> list[np.ndarray]:
    tables = []
    for label, types in zip(environment.labels, environment.types, strict=True):
        if reports == "numbers" or isinstance(types[0], tuple):
            tables.append(np.arange(len(types), dtype=np.int64))
        elif all(Fraction(x).denominator == 1 for x in types):
            tables.append(np.array([int(x) for x in types], np.int64))
        else:
            raise InputError(
                f"agent {label} has fractional types, which do not fit an int array; multiply the grid by the common "
                'denominator, or take reports="numbers"'
            )
    return tables


def _from_arrays(
    environment: Environment, rule: Callable[..., Any], name: str, reports: str, tolerance: Any
) -> Mechanism:
    _, allowed = reader(tolerance)
    unit = None if allowed is None else allowed / 64
    scale = common_scale([Fraction(1, environment.scale), *([unit, allowed] if unit and allowed else [])])
    tables = _report_table(environment, reports)
    require_room(environment)
    jitted = hasattr(rule, "py_func") and rule.py_func.__code__.co_argcount == 3

    def rows() -> Iterator[np.ndarray]:
        for start in range(0, environment.profiles, BLOCK):
            type_indices = types_of(environment.sizes, start, min(environment.profiles, start + BLOCK))
            given = np.stack([table[row] for table, row in zip(tables, type_indices, strict=True)])
            bundle, transfer = _call_jitted(rule, given) if jitted else _call_vectorised(environment, rule, given, name)
            yield np.concatenate([bundle, _scaled_transfers(transfer, scale, unit, name)]).T

    return from_blocks(environment, name, rows(), scale, tolerance=0 if allowed is None else scaled(allowed, scale))


def _call_jitted(rule: Callable[..., Any], given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reports = np.ascontiguousarray(given.T)
    bundles, transfers = np.zeros_like(reports), np.zeros_like(reports)
    apply_rule(rule, reports, bundles, transfers)
    return bundles.T, transfers.T


def _call_vectorised(
    environment: Environment, rule: Callable[..., Any], given: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray]:
    result = rule(given)
    if not isinstance(result, tuple) or len(result) != 2:
        raise InputError(f"{name}: a vectorised rule must return a pair of arrays, bundles and transfers")
    bundles, transfers = np.asarray(result[0]), np.asarray(result[1])
    n, width = given.shape
    if bundles.shape == (width,) and environment.family == "auction":
        if not ((bundles >= -1) & (bundles < n)).all():
            raise InputError(f"{name}: winners must be agents 0..{n - 1}, or -1 where the good is kept")
        bundles = (np.arange(n)[:, None] == bundles).astype(np.int64)
    elif bundles.shape == (width,) and environment.public:
        bundles = np.broadcast_to(bundles, (n, width))
    if bundles.shape != (n, width) or transfers.shape != (n, width):
        raise InputError(
            f"{name}: the rule returned shapes {bundles.shape} and {transfers.shape}; both must be {(n, width)}"
        )
    if not np.issubdtype(bundles.dtype, np.integer):
        raise InputError(f"{name}: bundle numbers must be integers, not {bundles.dtype}")
    return bundles.astype(np.int64), transfers


def _scaled_transfers(transfers: np.ndarray, scale: int, unit: Fraction | None, name: str) -> np.ndarray:
    if np.issubdtype(transfers.dtype, np.integer):
        limit = 2**62 // scale
        if transfers.size and max(abs(int(transfers.min())), abs(int(transfers.max()))) > limit:
            raise InputError(f"{name}: a transfer exceeds {limit}, beyond int64 at scale {scale}; use smaller numbers")
        return transfers.astype(np.int64) * scale
    if unit is None:
        raise InputError(f"{name}: the transfers are floats; return integers, or give a tolerance")
    if not np.isfinite(transfers).all():
        raise InputError(f"{name}: a transfer is not a finite number")
    steps = np.rint(transfers.astype(np.float64) / float(unit))
    if steps.size and np.abs(steps).max() * (unit * scale) >= 2**53:
        raise InputError(f"{name}: a transfer is too large for the tolerance; use a larger tolerance")
    return steps.astype(np.int64) * int(unit * scale)
