"""What the best mechanism is best at: revenue, welfare or utility, expected under the prior."""

from dataclasses import replace
from math import lcm
from typing import NamedTuple

import numpy as np

from collude.models.beliefs import chances_of, uniform
from collude.models.errors import InputError
from collude.models.numbers import guard
from collude.models.space import OutcomeSpace

OBJECTIVES = ("revenue", "welfare", "utility")


class Objective(NamedTuple):
    """What a mechanism is to be best at, as whole numbers."""

    weights: np.ndarray | None  # (P, R) int64: what an outcome adds at a profile; None without an objective
    unit: int  # the number by which the weights were multiplied


def objective_of(space: OutcomeSpace, name: str) -> Objective:
    """Write an objective as what each outcome adds to it at each profile.

    Parameters
    ----------
    space : OutcomeSpace
        What may be chosen at each profile. Without a prior, types are uniform and independent.
    name : str
        "revenue", "welfare" or "utility", expected under the prior; "" for no objective.

    Returns
    -------
    Objective

    Raises
    ------
    InputError
        For another name, or where utilities are ranks.

    Examples
    --------
    >>> from collude.models.library.environments import voting
    >>> from collude.models.space import outcome_space
    >>> objective_of(outcome_space(voting(2, 2)), "").weights is None
    True
    """
    if not name:
        return Objective(None, 1)
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
    return Objective(np.asarray(amount * each[:, None]), scale * space.scale)
