"""Efficiency: the outcome maximises the sum of values."""

from itertools import product

import numpy as np

from collude.axioms.core.groups import Members
from collude.axioms.core.profilewise import Amounts, OneProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import OutcomeTable

LEAST = -(2**61)


def _totals(environment: Environment) -> tuple[np.ndarray, list[np.ndarray], list[tuple[int, ...]]]:
    """(offset, per agent the number of each bundle's total in mixed radix, the totals in order of their numbers)."""
    reached = {(0,) * environment.goods[0].shape[1]}
    low = np.zeros(environment.goods[0].shape[1], np.int64)
    high = low.copy()
    for goods in environment.goods:
        low, high = low + np.minimum(goods.min(axis=0), 0), high + np.maximum(goods.max(axis=0), 0)
        reached = {tuple(np.add(t, g).tolist()) for t in reached for g in goods}
    radix = (high - low + 1).tolist()
    weights = np.array([int(np.prod(radix[g + 1 :], dtype=np.int64)) for g in range(len(radix))], np.int64)
    numbers = [goods @ weights for goods in environment.goods]
    return weights, numbers, sorted(reached)


def no_totals(environment: Environment) -> str:
    """Why outcomes hand out no total that could be divided otherwise; "" if they do."""
    unlimited = environment.supply is None and not environment.public
    return "outcomes are lotteries and the supply is unlimited" if environment.has_lotteries and unlimited else ""


@axiom
class Efficient(OneProfileAxiom):
    """Violated at a profile iff another allocation has a larger sum of values.

    Compared are the allocations of what the environment has: any alternative of a public choice; the supply of an
    auction or a trade; where supply is unlimited (procurement), the ways of dividing the same total.
    """

    name = "efficient"
    definition = "at every profile the outcome maximises the sum of values"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Ranks cannot be added; with unlimited supply, what a lottery hands out is no total to divide."""
        env = mechanism.environment
        return no_totals(env) or ("utilities are ranks, which cannot be added" if env.ordinal else "")

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """The welfare that is lost."""
        del first
        env = mechanism.environment
        if reason := no_totals(env):
            raise InputError(f"what {mechanism.name} could have done better is not defined: {reason}")
        factor = mechanism.scale // env.scale
        held = sum(env.values[i][type_indices[i], mechanism.bundle[outcomes, i]] for i in range(env.agents))
        if env.public:
            best = np.sum([env.values[i][type_indices[i]] for i in range(env.agents)], axis=0).max(axis=1)
        else:
            best = self._best_allocation(mechanism, type_indices, outcomes)
        yield (), (best - held) * factor

    def _best_allocation(self, mechanism: Mechanism, type_indices: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
        """Best sum of values by (max,+) convolution over the agents, one row per total bundle."""
        env = mechanism.environment
        weights, numbers, totals = _totals(env)
        width = type_indices.shape[1]
        best: dict[int, np.ndarray] = {0: np.zeros(width, np.int64)}
        for i, codes in enumerate(numbers):
            values = env.values[i][type_indices[i]]
            following: dict[int, np.ndarray] = {}
            for code, sums in best.items():
                for b, more in enumerate(codes.tolist()):
                    total = sums + values[:, b]
                    known = following.get(code + more)
                    following[code + more] = total if known is None else np.maximum(known, total)
            best = following
        supply = env.supply
        if supply is None:
            chosen = sum(numbers[i][mechanism.bundle[outcomes, i]] for i in range(env.agents))
            result = np.full(width, LEAST, np.int64)
            for code, sums in best.items():
                result = np.where(chosen == code, sums, result)
            return result
        ok = [
            t for t in totals if (t == supply if env.exactly else all(x <= y for x, y in zip(t, supply, strict=True)))
        ]
        return np.asarray(np.max([best[int(np.dot(t, weights))] for t in ok], axis=0))

    def groups(self, table: OutcomeTable) -> list[Members]:
        """All together."""
        return [()]

    def amount_at(self, table: OutcomeTable, profile: Profile, outcome: int, members: Members) -> int:
        """The welfare that is lost, by trying every allocation."""
        env = table.environment
        rows = [values[k].tolist() for values, k in zip(env.values, profile, strict=True)]
        held = tuple(int(b) for b in table.bundle[outcome])
        if env.public:
            choices = [(s,) * env.agents for s in range(len(env.bundles[0]))]
        else:
            choices = [c for c in product(*(range(len(b)) for b in env.bundles)) if self._feasible(env, c, held)]
        welfare = max(sum(row[b] for row, b in zip(rows, c, strict=True)) for c in choices)
        return int(welfare - sum(row[b] for row, b in zip(rows, held, strict=True))) * (table.scale // env.scale)

    @staticmethod
    def _feasible(env: Environment, choice: tuple[int, ...], held: tuple[int, ...]) -> bool:
        total = [sum(x) for x in zip(*(env.goods[i][b].tolist() for i, b in enumerate(choice)), strict=True)]
        if env.supply is None:
            return total == [sum(x) for x in zip(*(env.goods[i][b].tolist() for i, b in enumerate(held)), strict=True)]
        if env.exactly:
            return tuple(total) == env.supply
        return all(x <= y for x, y in zip(total, env.supply, strict=True))
