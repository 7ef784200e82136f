"""Restrictions by deals: bribes, side payments, and reallocation of goods and money within a coalition."""

from itertools import combinations, product
from typing import ClassVar

import numpy as np

from collude.axioms.core.registry import load as load_axioms
from collude.axioms.core.restrict import PairRule, Restriction, restriction
from collude.axioms.core.restrict_incentives import pairs_up_to
from collude.kernels.search.pairs import Edges, Frame, forbid_deals
from collude.models.environment import Environment
from collude.models.errors import SizeError
from collude.models.mechanism import Mechanism, Profile, all_profiles
from collude.models.memory import available_memory
from collude.models.space import OutcomeSpace


def coalition(mask: int, n: int) -> tuple[int, ...]:
    """The agents i with bit i set."""
    return tuple(i for i in range(n) if (mask >> i) & 1)


def best_division(
    env: Environment, members: tuple[int, ...], type_indices: tuple[int, ...]
) -> dict[tuple[int, ...], int]:
    """The largest sum of values (scaled) of the members for each total of goods that they can hold together.

    Goods count with their sign (given up: minus), as in the thesis on collusion-proof mechanisms, Definition 2.4.
    """
    best: dict[tuple[int, ...], int] = {(0,) * env.goods[0].shape[1]: 0}
    for i, k in zip(members, type_indices, strict=True):
        following: dict[tuple[int, ...], int] = {}
        for total, value in best.items():
            for goods, worth in zip(env.goods[i].tolist(), env.values[i][k].tolist(), strict=True):
                key = tuple(x + y for x, y in zip(total, goods, strict=True))
                if key not in following or following[key] < value + worth:
                    following[key] = value + worth
        best = following
    return best


class Deals(Restriction):
    """No coalition gains in all by a joint report and what it does afterwards. liars, members: largest numbers of each."""

    liars: ClassVar[int | None] = None
    members: ClassVar[int | None] = None
    goods: ClassVar[bool] = False

    def reason_not_applicable(self, space: OutcomeSpace) -> str:
        """Ranks cannot be added, an alternative cannot be handed on; else what the axiom of this name says."""
        env = space.environment
        if env.ordinal:
            return "utilities are ranks, which cannot be added"
        return (
            "a public alternative cannot be handed on"
            if self.goods and env.public
            else super().reason_not_applicable(space)
        )

    def _bounds(self, n: int) -> tuple[int, int]:
        return (n if self.liars is None else self.liars), (n if self.members is None else min(n, self.members))

    def _own(self, space: OutcomeSpace) -> np.ndarray:
        n, profiles = space.environment.agents, len(space.type_indices)
        needed, free = 16 * 2**n * profiles * space.outcomes, available_memory()
        if needed > free // 2:
            raise SizeError(f"{self.name} needs tables of {needed / 1e9:.1f} GB; use a smaller grid", needed)
        truthful = space.truthful()
        own = np.zeros((1 << n, profiles, space.outcomes), np.int64)
        for mask in range(1, 1 << n):
            own[mask] = truthful[list(coalition(mask, n))].sum(axis=0)
        return own

    def _worth(self, space: OutcomeSpace, own: np.ndarray) -> np.ndarray:
        env, n = space.environment, space.environment.agents
        if not self.goods:
            return own
        worth = np.empty_like(own)
        worth[0] = 0
        factor = space.scale // env.scale
        for mask in range(1, 1 << n):
            members = coalition(mask, n)
            money = space.transfer[:, members].sum(axis=1)
            held = sum(env.goods[i][space.bundle[:, i]] for i in members)
            rows, totals = np.unique(np.asarray(held), axis=0, return_inverse=True)
            for type_indices in product(*(range(env.sizes[i]) for i in members)):
                best = best_division(env, members, type_indices)
                value = np.array([best[tuple(row)] for row in rows.tolist()], np.int64)[totals.reshape(-1)]
                where = (space.type_indices[:, list(members)] == type_indices).all(axis=1)
                worth[mask, where] = value * factor + money
        return worth

    def unary(self, space: OutcomeSpace) -> np.ndarray | None:
        """Mere trading after truthful reports must not help either."""
        if not self.goods:
            return None
        own = self._own(space)
        return np.asarray((self._worth(space, own) <= own).all(axis=0))

    def pairs(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in the reports of at most so many agents."""
        n = space.environment.agents
        sizes = self._bounds(n)
        own = self._own(space)
        worth = self._worth(space, own)

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_deals(frame, edges, worth, own, sizes, span)

        return [PairRule(*pairs_up_to(space, sizes[0]), fill, 4.0 * 2**n)]

    def holds(self, mechanism: Mechanism, space: OutcomeSpace) -> bool:
        """By the axiom of this name if there is one, else from the definition in Python integers."""
        if self.name in load_axioms():
            return super().holds(mechanism, space)
        n = mechanism.environment.agents
        liars, largest = self._bounds(n)
        groups = [g for m in range(1, largest + 1) for g in combinations(range(n), m)]
        profiles = list(all_profiles(mechanism.environment))
        for truth, report in product(profiles, profiles):
            differ = {i for i in range(n) if truth[i] != report[i]}
            if len(differ) <= liars and any(
                differ <= set(g) and self._gain(mechanism, truth, report, g) > 0 for g in groups
            ):
                return False
        return True

    def _gain(self, mechanism: Mechanism, truth: Profile, report: Profile, members: tuple[int, ...]) -> int:
        """What the members gain in all from a report, with the best that they can do afterwards."""
        env = mechanism.environment
        before, after = mechanism.outcome_at(truth), mechanism.outcome_at(report)
        own = sum(mechanism.utility(i, truth[i], before) for i in members)
        if not self.goods:
            return sum(mechanism.utility(i, truth[i], after) for i in members) - own
        total = tuple(int(x) for x in sum(env.goods[i][mechanism.bundle[after, i]] for i in members))
        value = best_division(env, members, tuple(truth[i] for i in members))[total]
        money = sum(int(mechanism.transfer[after, i]) for i in members)
        return value * (mechanism.scale // env.scale) + money - own


@restriction
class BribeProof(Deals):
    """One liar, and one briber at most."""

    name = "bribe-proof"
    liars, members = 1, 2


@restriction
class SidePaymentProof(Deals):
    """Any coalition, money only."""

    name = "side-payment-collusion-proof"


@restriction
class ReallocationProof(Deals):
    """Any coalition, goods and money."""

    name = "reallocation-proof"
    goods = True
