"""What the best mechanism is best at: revenue, welfare or utility, expected under the prior."""

from dataclasses import replace
from math import lcm

import numpy as np

from collude.models.beliefs import chances_of, uniform
from collude.models.errors import InputError
from collude.models.numbers import guard
from collude.models.space import OutcomeSpace

OBJECTIVES = ("revenue", "welfare", "utility")


def objective_of(space: OutcomeSpace, name: str) -> tuple[np.ndarray | None, int]:
    """(weights (P, R) int64, the number they are multiples of one over); (None, 1) without an objective."""
    if not name:
        return None, 1
    if name not in OBJECTIVES:
        raise InputError(f"the objective is {', '.join(OBJECTIVES)}, not {name!r}")
    if space.environment.ordinal:
        raise InputError("utilities are ranks, which cannot be added")
    utility = space.truthful().sum(axis=0)
    money = space.transfer.sum(axis=1)[None, :]
    amount = {"revenue": -money + 0 * utility, "welfare": utility - money, "utility": utility}[name]
    env = space.environment
    probabilities = chances_of(env if env.prior is not None else replace(env, prior=uniform(env.sizes)))
    scale = lcm(*(chance.denominator for chance in probabilities))
    largest = max(int(np.abs(amount).max()), 1)
    guard(largest * scale * 4, "the expected objective")
    each = np.array([int(chance * scale) for chance in probabilities], np.int64)
    return np.asarray(amount * each[:, None]), scale * space.scale
