"""Trade of N objects as an environment and a mechanism by name: every type, every trade, lotteries over trades."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from collude.models.environment import AgentType, Environment, Prior, from_values
from collude.models.errors import InputError
from collude.models.files.lotteries import lottery_mechanism
from collude.models.lottery import Branch, Draw, draw_of
from collude.models.mechanism import Mechanism
from collude.models.numbers import Number, exact
from collude.models.registry import environment, mechanism
from collude.models.trade.direct import DirectTrade, direct_trade, type_vectors
from collude.models.trade.objects import BUYER, SELLER, ObjectTrade, ThresholdRule, pair_of


def object_environment(problem: ObjectTrade) -> Environment:
    """The environment of a problem with N objects: 2^N types a side, 2^N trades, additive values, the independent prior.

    Parameters
    ----------
    problem
        Of at most 4 objects.

    Returns
    -------
    Environment
        A type is the vector of the values of the objects (a number for one object), in the order of `type_vectors`.

    Raises
    ------
    SizeError
        For more objects.
    """
    vectors = type_vectors(problem.objects)
    types: list[list[AgentType]] = []
    values: list[list[list[Fraction]]] = []
    chances = []
    for side in (SELLER, BUYER):
        rows = [tuple(problem.value(side, good) for good in vector) for vector in vectors]
        types.append([row if problem.objects > 1 else row[0] for row in rows])
        sign = -1 if side == SELLER else 1
        values.append(
            [
                [sign * sum((w for w, x in zip(row, trade, strict=True) if x), Fraction(0)) for trade in vectors]
                for row in rows
            ]
        )
        q = problem.good[side]
        chances.append(tuple(q ** sum(v) * (1 - q) ** (len(v) - sum(v)) for v in vectors))
    return from_values(
        "trade",
        types,
        [vectors, vectors],
        values,
        labels=("seller", "buyer"),
        supplier=(True, False),
        supply=(0,) * problem.objects,
        exactly=True,
        prior=Prior(independent=(chances[0], chances[1])),
    )


@environment("object-trade", "N objects; seller and buyer have one of two values for each, independently")
def object_trade(
    objects: int,
    seller: Sequence[Number],
    buyer: Sequence[Number],
    good: Sequence[Number],
    *,
    prior: Prior | None = None,
) -> Environment:
    """Trade of N objects with two values a side: all 2^N types of each side and all 2^N trades.

    Parameters
    ----------
    objects
        The number N, at most 4.
    seller, buyer
        Each side's (low, high) value of an object, in money.
    good
        Probabilities of the seller's low and the buyer's high value.
    prior
        Takes the place of the one that `good` makes.

    Returns
    -------
    Environment

    Raises
    ------
    InputError
        Unless buyer's high > seller's high > buyer's low > seller's low, and 0 < probabilities < 1.
    SizeError
        For more objects.

    References
    ----------
    Eilat and Pauzner (2008), "Optimal bilateral trade of multiple objects".

    Examples
    --------
    >>> import collude as co
    >>> co.object_trade(2, (0, 11), (1, 12), ("1/2", "1/2")).sizes
    (4, 4)
    """
    values = pair_of(seller, "seller's values"), pair_of(buyer, "buyer's values")
    env = object_environment(ObjectTrade(objects, *values, pair_of(good, "good")))
    return env if prior is None else replace(env, prior=prior)


def trade_mechanism(direct: DirectTrade, name: str = "trade", notes: tuple[str, ...] = ()) -> Mechanism:
    """A direct mechanism of trade as a mechanism that `check` audits: its outcomes are lotteries over trades.

    One number is drawn for all objects, and object i is traded iff it is below p_i; how objects are drawn together changes
    nobody's expectation, since values are additive. The transfers are the same in all branches.

    Parameters
    ----------
    direct
        A lottery over trades and two transfers for each profile.
    name
        What verdicts call it.
    notes
        What a reader of a verdict has to know.

    Returns
    -------
    Mechanism

    Examples
    --------
    >>> import collude as co
    >>> rule = co.ThresholdRule(co.ObjectTrade(1, (0, 11), (1, 12), ("1/2", "1/2")), (0, 0), ("3/5", "3/5"), (0, 0))
    >>> co.holds(co.trade_mechanism(co.direct_trade(rule)), "bayesian-incentive-compatible")
    True
    """
    draws: dict[Draw, int] = {}
    outcome = np.empty(len(direct.transfers), np.int32)
    places = {vector: b for b, vector in enumerate(direct.types)}
    for place, (chances, money) in enumerate(zip(direct.probabilities, direct.transfers, strict=True)):
        steps = sorted({Fraction(0), Fraction(1), *chances})
        branches = []
        for low, high in pairwise(steps):
            held = places[tuple(int(p > low) for p in chances)]
            branches.append(Branch(high - low, (held, held), money))
        draw = draw_of(branches)
        outcome[place] = draws.setdefault(draw, len(draws))
    return lottery_mechanism(object_environment(direct.problem), name, outcome, list(draws), notes=notes)


@mechanism("threshold-trade", "object-trade", "an object bad for one side is traded if that side has many good ones")
def threshold_trade(
    environment: Environment,
    *,
    thresholds: Sequence[int],
    sigma: Sequence[Number] = (0, 0),
    lump: Sequence[Number] = (0, 0),
    transfers: str = "balanced",
) -> Mechanism:
    """The threshold mechanism of Eilat and Pauzner: an object bad for one side is traded if that side has many good ones.

    An object good for both is always traded, one bad for both never, one bad for a side alone with probability 0, sigma or 1
    as that side has fewer than M, M or more good objects. `collude trade` finds the best thresholds.

    Parameters
    ----------
    environment
        `object-trade` with its own prior.
    thresholds
        (seller's, buyer's) M, -1 for none.
    sigma
        Probabilities at the threshold.
    lump
        Money c that a side gets whatever its type.
    transfers
        "balanced" (at every profile) or "own-report" (in expectation).

    Returns
    -------
    Mechanism
        Its outcomes are lotteries over trades.

    Raises
    ------
    InputError
        For another environment, thresholds that are no whole numbers below N, or other transfers.

    References
    ----------
    Eilat and Pauzner (2008), Theorem 1.

    Examples
    --------
    >>> env = object_trade(1, (0, 11), (1, 12), ("1/2", "1/2"))
    >>> threshold_trade(env, thresholds=(0, 0), sigma=("3/5", "3/5")).outcomes
    4
    """
    problem = _problem_of(environment)
    marks = [Fraction(x) for x in thresholds]
    if len(marks) != 2 or any(x.denominator != 1 for x in marks):
        raise InputError("threshold-trade needs two whole thresholds, the seller's and the buyer's")
    rule = ThresholdRule(
        problem, (int(marks[0]), int(marks[1])), pair_of(sigma, "sigma"), pair_of(lump, "the lump sums")
    )
    return trade_mechanism(direct_trade(rule, transfers), "threshold-trade")


def _problem_of(env: Environment) -> ObjectTrade:
    """The problem whose environment this is; InputError if it is none."""
    refusal = InputError("threshold-trade needs an object-trade environment with its own prior")
    prior = None if env.prior is None else env.prior.independent
    if env.family != "trade" or prior is None or env.agents != 2:
        raise refusal
    objects = len(env.bundles[0][0])
    corners = [kinds[place] for place in (0, -1) for kinds in env.types]
    if objects > 1 and not all(isinstance(kind, tuple) for kind in corners):
        raise refusal
    good = [sum((p for p, v in zip(row, env.bundles[0], strict=False) if v[0]), Fraction(0)) for row in prior]
    try:
        high_s, low_b, low_s, high_b = (exact(kind[0] if isinstance(kind, tuple) else kind) for kind in corners)
        problem = ObjectTrade(objects, (low_s, high_s), (low_b, high_b), (good[0], good[1]))
    except InputError:
        raise refusal from None
    same = object_environment(problem)
    alike = same.types == env.types and same.bundles == env.bundles and same.prior == env.prior
    if not alike or any((a != b).any() for a, b in zip(same.values, env.values, strict=True)):
        raise refusal
    return problem
