"""What a user's rule returns, read without bending anything: winners, alternatives, bundles and transfers."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.numbers import brief, exact, rounded, whole

SEVERAL = (tuple, list, np.ndarray)


@dataclass(frozen=True)
class Precision:
    """How numbers are read: exactly, or, with a tolerance, floats rounded to a 64th of it."""

    tolerance: Fraction | None = None

    def read(self, value: object, where: str) -> Fraction:
        """A number as a rational; InputError for a float without a tolerance."""
        return exact(value, where) if self.tolerance is None else rounded(value, self.tolerance, where)


def precision(tolerance: object) -> Precision:
    """The precision that a tolerance asks for.

    Parameters
    ----------
    tolerance
        Positive, or None for exact numbers.

    Raises
    ------
    InputError
        For anything else.
    """
    if tolerance is None:
        return Precision()
    allowed = exact(tolerance, "the tolerance")
    if allowed <= 0:
        raise InputError(f"the tolerance must be positive, not {brief(allowed)}")
    return Precision(allowed)


class OutcomeRow(NamedTuple):
    """One outcome. bundles: the number of each agent's bundle; transfers: the money each receives."""

    bundles: tuple[int, ...]
    transfers: tuple[Fraction, ...]


def outcome_row(environment: Environment, result: object, numbers: Precision) -> OutcomeRow:
    """Read what a plain rule returned for one profile; nothing is rounded or cut.

    Parameters
    ----------
    environment
        Says what can be given to whom.
    result
        Should be (who gets what, transfers).
    numbers
        How transfers are read.

    Raises
    ------
    InputError
        Without the place, if it is no such pair.
    """
    wanted = "(alternative, transfers)" if environment.public else "(who gets what, transfers)"
    if environment.public and _is_order(environment, result):
        raise InputError(_order_message(environment, result))
    if isinstance(result, dict):
        raise InputError(f"the rule returned {brief(result)}; {_SURE}")
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise InputError(f"the rule must return {wanted}, not {brief(result)}")
    money = result[1]
    if not isinstance(money, SEVERAL):
        if environment.public and isinstance(money, (int, np.integer)) and len(environment.bundles[0]) == 2:
            raise InputError(_order_message(environment, result))
        raise InputError(f"the transfers must be a list with one number per agent, not {brief(money)}")
    bundles = _bundle_numbers(environment, result[0])
    transfers = tuple(numbers.read(x, "a transfer") for x in money)
    if len(transfers) != environment.agents:
        raise InputError(f"{len(transfers)} transfers for {environment.agents} agents")
    return OutcomeRow(bundles, transfers)


_SURE = (
    "a rule returns who gets what and the transfers, one sure outcome for each profile; for a lottery a collude.Lottery"
)


def _is_order(environment: Environment, result: object) -> bool:
    """True if a list of all alternatives, best first, came in place of one alternative."""
    m = len(environment.bundles[0])
    if not isinstance(result, (tuple, list)):
        return False
    candidates = [result, *result[:1]] if len(result) == 2 else [result]
    return any(
        isinstance(x, (tuple, list))
        and len(x) == m > 1
        and all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) for s in x)
        and sorted(int(s) for s in x) == list(range(m))
        and (x is not result or m > 2)
        for x in candidates
    )


def _order_message(environment: Environment, result: object) -> str:
    last = len(environment.bundles[0]) - 1
    return (
        f"the rule returned {brief(result)}, which looks like an order of all alternatives; return the number of the one "
        f"alternative that is chosen, 0..{last}, and a transfer for each agent"
    )


def _bundle_numbers(environment: Environment, given: object) -> tuple[int, ...]:
    n = environment.agents
    if environment.family == "auction" and not isinstance(given, SEVERAL):
        return _winner(n, given)
    if environment.public:
        return _alternative(environment, given if isinstance(given, SEVERAL) else [given] * n)
    if not isinstance(given, SEVERAL) or len(given) != n:
        raise InputError(f"one bundle per agent is needed ({n}), not {brief(given)}")
    numbers = []
    for label, bundle, indices in zip(environment.labels, given, environment.indices, strict=True):
        vector = tuple(units(x, label) for x in (bundle if isinstance(bundle, SEVERAL) else (bundle,)))
        if vector not in indices:
            raise InputError(f"agent {label} cannot hold the bundle {vector}")
        numbers.append(indices[vector])
    return tuple(numbers)


def _winner(n: int, given: object) -> tuple[int, ...]:
    winner = -1 if given is None else _sure(given, "the winner")
    if not -1 <= winner < n:
        raise InputError(f"the winner {brief(winner)} is not an agent; use 0..{n - 1} or None")
    return tuple(int(i == winner) for i in range(n))


def _alternative(environment: Environment, given: Iterable[object]) -> tuple[int, ...]:
    last = len(environment.bundles[0]) - 1
    chosen = []
    for entry in given:
        vector = tuple(entry) if isinstance(entry, SEVERAL) else (entry,)
        chosen.append(_sure(vector[0], "the alternative") if len(vector) == 1 else -1)
    if len(chosen) != environment.agents or len(set(chosen)) != 1:
        raise InputError(f"one alternative for all is needed, a number from 0 to {last}, not {brief(given)}")
    if not 0 <= chosen[0] <= last:
        raise InputError(f"there is no alternative {brief(chosen[0])}; use 0..{last}")
    return tuple(chosen)


def units(value: object, label: str) -> int:
    """A number of units as an int.

    Parameters
    ----------
    value
        What a rule returned.
    label
        Of the agent who gets them, for the message.

    Raises
    ------
    InputError
        For what is no whole number; what looks like a probability is refused as a lottery.
    """
    return _sure(value, f"the bundle of agent {label}")


def _sure(value: object, where: str) -> int:
    if type(value) is int:
        return value
    if isinstance(value, dict) or (isinstance(value, (float, np.floating, Fraction)) and 0 < value < 1):
        raise InputError(f"{where} is {brief(value)}; {_SURE}")
    if isinstance(value, (float, np.floating)):
        raise InputError(f"{where} is the float {brief(value)}; return whole numbers")
    if isinstance(value, str):
        raise InputError(f"{where} is the text {brief(value)}; return a number")
    return whole(value, where)


class ArrayResult(NamedTuple):
    """What a rule over arrays returned for a block. bundles: (n, B) int64 bundle numbers; transfers: (n, B) numbers."""

    bundles: np.ndarray
    transfers: np.ndarray


def array_result(environment: Environment, result: object, width: int) -> ArrayResult:
    """Read what a vectorised rule returned; nothing is rounded or cut.

    Parameters
    ----------
    environment
        Says what can be given to whom.
    result
        Should be (winners, alternatives or bundle numbers; transfers).
    width
        Number B of profiles for which it was called.

    Raises
    ------
    InputError
        Without the place, for other shapes or types.
    """
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise InputError("a vectorised rule must return a pair of arrays, bundles and transfers")
    bundles, transfers = np.asarray(result[0]), np.asarray(result[1])
    n = environment.agents
    _require_whole(bundles)
    if bundles.shape == (width,) and environment.family == "auction":
        if not ((bundles >= -1) & (bundles < n)).all():
            raise InputError(f"winners must be agents 0..{n - 1}, or -1 where the good is kept")
        bundles = (np.arange(n)[:, None] == bundles).astype(np.int64)
    elif bundles.shape == (width,) and environment.public:
        bundles = np.broadcast_to(bundles, (n, width))
    if bundles.shape != (n, width) or transfers.shape != (n, width):
        raise InputError(f"the rule returned shapes {bundles.shape} and {transfers.shape}; both must be {(n, width)}")
    require_held(environment, bundles)
    return ArrayResult(bundles.astype(np.int64), transfers)


def _require_whole(bundles: np.ndarray) -> None:
    if bundles.dtype.kind in "iu":
        return
    if bundles.dtype.kind == "f" and bundles.size:
        likely = bundles[(bundles > 0) & (bundles < 1)]
        if likely.size:
            raise InputError(f"a winner or bundle number is {likely.flat[0]}; {_SURE}")
    raise InputError(f"winners and bundle numbers must be an array of integers, not of {bundles.dtype}")


def require_held(environment: Environment, bundles: np.ndarray) -> None:
    """Refuse bundle numbers that an agent cannot hold.

    Parameters
    ----------
    environment
        Its bundles.
    bundles
        (n, B) integers.

    Raises
    ------
    InputError
        With the first of them.
    """
    for label, row, own in zip(environment.labels, bundles, environment.bundles, strict=True):
        wrong = row[(row < 0) | (row >= len(own))]
        if wrong.size:
            raise InputError(
                f"agent {label} gets the bundle number {wrong.flat[0]}; his bundles have the numbers 0..{len(own) - 1}"
            )


def scaled_transfers(transfers: np.ndarray, scale: int, unit: Fraction | None) -> np.ndarray:
    """Transfers of a vectorised or jitted rule at a scale.

    Parameters
    ----------
    transfers
        Exact integers, or floats.
    scale
        What they are multiplied by.
    unit
        Floats are rounded to multiples of it; None refuses them.

    Returns
    -------
    ndarray
        int64.

    Raises
    ------
    InputError
        For anything else, or beyond int64.
    """
    if transfers.dtype.kind in "iu":
        limit = 2**62 // scale
        if transfers.size and max(abs(int(transfers.min())), abs(int(transfers.max()))) > limit:
            raise InputError(f"a transfer exceeds {limit}, beyond int64 at scale {scale}; use smaller numbers")
        return transfers.astype(np.int64) * scale
    if transfers.dtype.kind != "f":
        raise InputError(f"the transfers must be an array of numbers, not of {transfers.dtype}")
    if unit is None:
        raise InputError("the transfers are floats; return integers, or give a tolerance")
    if not np.isfinite(transfers).all():
        raise InputError("a transfer is not a finite number")
    steps = np.rint(transfers.astype(np.float64) / float(unit))
    if steps.size and np.abs(steps).max() * (unit * scale) >= 2**53:
        raise InputError("a transfer is too large for the tolerance; use a larger tolerance")
    return steps.astype(np.int64) * int(unit * scale)
