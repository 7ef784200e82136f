"""The goods of a mechanism as numbers that add up, for the kernels that divide them anew within a coalition."""

from itertools import pairwise
from math import prod

import numpy as np

from collude.kernels.deals.splits import Goods
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism
from collude.models.numbers import guard


def _moving_codes(environment: Environment) -> list[np.ndarray]:
    """Per agent the signed bundles as mixed radix numbers, wide enough for the totals of every coalition."""
    goods = environment.goods
    low = [sum(min(0, int(table[:, g].min())) for table in goods) for g in range(goods[0].shape[1])]
    high = [sum(max(0, int(table[:, g].max())) for table in goods) for g in range(goods[0].shape[1])]
    radix = [b - a + 1 for a, b in zip(low, high, strict=True)]
    guard(prod(radix), "the number of total bundles")
    weights = np.array([prod(radix[g + 1 :]) for g in range(len(radix))], np.int64)
    return [table @ weights for table in goods]


def _own_codes(environment: Environment) -> list[np.ndarray]:
    """Per agent codes of his bundles by whose total everybody can tell who holds what.

    With bundles of one's own they are the digits of a mixed radix number, one digit per agent. In a public choice all
    hold the same alternative s, and m codes are enough: (s, s^2) lies on a strictly convex curve, so that the total of
    some agents who share one alternative is no total of two groups that share different ones.
    """
    counts = [values.shape[1] for values in environment.values]
    if environment.public:
        agents, last = environment.agents, counts[0] - 1
        guard(agents * (last + agents * counts[0] * last**2), "the number of an alternative")
        return [_curve(agents, counts[0])] * agents
    guard(prod(counts), "the number of allocations of bundles")
    return [np.arange(count, dtype=np.int64) * prod(counts[i + 1 :]) for i, count in enumerate(counts)]


def _curve(agents: int, alternatives: int) -> np.ndarray:
    """(alternatives,) int64: s + w s^2, w so large that in the sum of `agents` codes the two parts stay apart."""
    number = np.arange(alternatives, dtype=np.int64)
    return number + agents * alternatives * number**2


def is_concave(environment: Environment) -> bool:
    """True if there is one good, every agent's quantities are consecutive, and no type's marginal value ever rises.

    Parameters
    ----------
    environment
        Without it being so, splits of a coalition's goods have to be looked for.
    """
    for goods, values in zip(environment.goods, environment.values, strict=True):
        if goods.shape[1] != 1:
            return False
        order = np.argsort(goods[:, 0])
        if any(b - a != 1 for a, b in pairwise(goods[order, 0].tolist())):
            return False
        if len(order) > 2 and (np.diff(values[:, order], n=2) > 0).any():
            return False
    return True


def goods_of(mechanism: Mechanism, moves: bool, concave: bool | None = None) -> Goods:
    """The goods of a mechanism as the numbers that kernels divide anew within coalitions.

    Parameters
    ----------
    mechanism
        Every sum of values and transfers that a kernel forms stays below its `bound`, which is checked to fit.
    moves
        True if goods can be handed on, else only money can.
    concave
        Take the path for concave values (default: where it is right).

    Raises
    ------
    SizeError
        If the codes of bundles leave int64.
    InputError
        If goods that move come from a lottery.
    """
    env = mechanism.environment
    guard(mechanism.bound, "the sum of all utilities")
    codes = _moving_codes(env) if moves else _own_codes(env)
    if moves and env.has_lotteries:
        raise InputError("goods that a lottery gives cannot be handed on beforehand")
    counts = [values.shape[1] for values in env.values]
    n, width = env.agents, max(counts)
    code = np.zeros((n, width), np.int64)
    value = np.zeros((n, max(env.sizes), width), np.int64)
    for i in range(n):
        code[i, : len(codes[i])] = codes[i]
        value[i, : env.sizes[i], : len(codes[i])] = env.values[i] * (mechanism.scale // env.scale)
    return Goods(
        np.ascontiguousarray(mechanism.bundle.T),
        code,
        value,
        np.ascontiguousarray(mechanism.transfer.T),
        np.array(counts, np.int64),
        moves,
        moves and (is_concave(env) if concave is None else concave),
    )


def truth_table(mechanism: Mechanism) -> np.ndarray:
    """An empty array for the truthful utilities of all profiles.

    Parameters
    ----------
    mechanism
        Whose utilities are meant, at its scale.

    Returns
    -------
    ndarray
        (n, P): int32 if every sum that could occur fits, else int64.
    """
    env = mechanism.environment
    return np.empty((env.agents, env.profiles), np.int32 if mechanism.bound < 2**31 else np.int64)
