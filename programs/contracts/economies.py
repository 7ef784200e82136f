"""Efficiency in an exchange economy: before and after types are known, and what lies cost under an allocation."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod

from collude.models.contracts.economy import ExchangeEconomy, Goods
from collude.models.errors import InputError, SizeError
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentLie, AgentTypeIndex
from collude.programs.contracts.interim import MOST_CELLS, InterimProblem, interim_dominance


def ex_post_dominance(
    economy: ExchangeEconomy,
    allocation: Mapping[Profile, Sequence[Goods]],
    payments: Mapping[Profile, Goods] | None = None,
) -> dict[Profile, Fraction | None]:
    """At every type profile the most that agents gain in all by another division of goods and money that hurts nobody.

    An allocation is ex post efficient iff all these gains are 0. Money may bind: nobody can have less than none of it.

    Parameters
    ----------
    economy, allocation, payments
        As for `economy_problem`.

    Returns
    -------
    dict from type profiles to Fraction or None
        In units of money; None where gains have no limit.

    Raises
    ------
    SizeError
        If there are too many divisions.
    InputError
        If the supply of a good is not a whole number, or without the extra `programs`.

    References
    ----------
    Giraud and Rochon (2001), Definition 1.
    """
    problem = economy_problem(economy, allocation, payments)
    found = {}
    for types in sorted(problem.prior):
        single = (0,) * economy.agents
        extra = payments[types] if payments is not None else (Fraction(0),) * economy.agents
        now = {
            AgentTypeIndex(i, 0): economy.value(i, k, allocation[types][i]) + economy.money[i] + extra[i]
            for i, k in enumerate(types)
        }
        known = InterimProblem(
            (1,) * economy.agents,
            {single: Fraction(1)},
            problem.alternatives,
            {single: problem.values[types]},
            problem.money,
            now,
        )
        found[types] = interim_dominance(known).gain
    return found


def allocation_slacks(
    economy: ExchangeEconomy,
    allocation: Mapping[Profile, Sequence[Goods]],
    payments: Mapping[Profile, Goods] | None = None,
) -> dict[AgentLie, Fraction]:
    """What every type expects to lose by every lie, the others telling the truth.

    The allocation is incentive compatible iff none is negative, and non-degenerate iff some type has only positive ones.

    Parameters
    ----------
    economy, allocation, payments
        As for `economy_problem`.

    Returns
    -------
    dict from AgentLie to Fraction
        In units of money, given the type.

    References
    ----------
    Giraud and Rochon (2001), Definition 1 and the non-degeneracy assumption.
    """
    sums: dict[AgentLie, Fraction] = {}
    weights: dict[AgentTypeIndex, Fraction] = {}
    for types, weight in economy.prior.items():
        for i, k in enumerate(types):
            own = AgentTypeIndex(i, k)
            weights[own] = weights.get(own, Fraction(0)) + weight
            for report in range(economy.sizes[i]):
                told = (*types[:i], report, *types[i + 1 :])
                got = economy.value(i, k, allocation[told][i])
                got += payments[told][i] if payments is not None else 0
                lie = AgentLie(i, k, report)
                sums[lie] = sums.get(lie, Fraction(0)) + weight * got
    return {
        lie: (sums[AgentLie(lie.agent, lie.type_index, lie.type_index)] - total) / weights[AgentTypeIndex(*lie[:2])]
        for lie, total in sorted(sums.items())
        if lie.report != lie.type_index
    }


def economy_problem(
    economy: ExchangeEconomy,
    allocation: Mapping[Profile, Sequence[Goods]],
    payments: Mapping[Profile, Goods] | None = None,
) -> InterimProblem:
    """The problem of an exchange economy: divisions of the goods into whole units, and all money.

    Parameters
    ----------
    economy : ExchangeEconomy
    allocation : mapping from type profiles to goods
        The goods of each agent at present.
    payments : mapping from type profiles to money, optional
        What each agent receives at present on top of the money that he owns; nothing by default.

    Returns
    -------
    InterimProblem

    Raises
    ------
    InputError
        If the supply of a good is not a whole number.
    """
    alternatives = divisions(economy)
    values: dict[Profile, list[tuple[Fraction, ...]]] = {}
    now: dict[AgentTypeIndex, Fraction] = {}
    weights: dict[AgentTypeIndex, Fraction] = {}
    for types, weight in economy.prior.items():
        values[types] = [tuple(economy.value(i, k, goods[i]) for i, k in enumerate(types)) for goods in alternatives]
        for i, k in enumerate(types):
            extra = payments[types][i] if payments is not None else Fraction(0)
            got = economy.value(i, k, allocation[types][i]) + economy.money[i] + extra
            own = AgentTypeIndex(i, k)
            now[own] = now.get(own, Fraction(0)) + weight * got
            weights[own] = weights.get(own, Fraction(0)) + weight
    expected = {key: total / weights[key] for key, total in now.items()}
    total = sum(economy.money, Fraction(0))
    return InterimProblem(economy.sizes, economy.prior, alternatives, values, total, expected)


def divisions(economy: ExchangeEconomy, most: int = MOST_CELLS) -> tuple[tuple[Goods, ...], ...]:
    """All ways to divide the goods of an economy among the agents in whole units.

    Parameters
    ----------
    economy : ExchangeEconomy
    most : int
        How many are listed at most.

    Returns
    -------
    tuple
        Each a tuple with the goods of every agent.

    Raises
    ------
    InputError
        If the supply of a good is not a whole number.
    SizeError
        If there are more than `most`.
    """
    if any(supply.denominator != 1 for supply in economy.supply):
        raise InputError("divisions into whole units need a whole supply of every good")
    count = prod(comb(int(supply) + economy.agents - 1, economy.agents - 1) for supply in economy.supply)
    if count > most:
        raise SizeError(f"the goods can be divided in {count} ways; at most {most} are taken", count)
    columns = [_compositions(int(supply), economy.agents) for supply in economy.supply]
    return tuple(tuple(zip(*chosen, strict=True)) for chosen in product(*columns))


def _compositions(total: int, parts: int) -> list[tuple[Fraction, ...]]:
    if parts == 1:
        return [(Fraction(total),)]
    return [(Fraction(x), *rest) for x in range(total + 1) for rest in _compositions(total - x, parts - 1)]
