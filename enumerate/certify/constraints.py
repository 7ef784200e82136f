"""Pairwise constraints of a search worked out a second time, from the definitions with plain array operations.

Used by the second opinion only; it shares no code with the masks of the engine.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from collude.axioms.core.restrict import Restriction
from collude.axioms.core.restrict_reallocation import Deals, best_division
from collude.axioms.fairness.symmetric import comparable_pairs
from collude.models.space import OutcomeSpace

Pair = tuple[int, int, np.ndarray]
Rule = Callable[[int, int], np.ndarray | None]


@dataclass(eq=False)
class Tables:
    """Compatibility of outcomes at two profiles, matrix (R, R): entry [a, b] for a at the first, b at the second."""

    space: OutcomeSpace

    def __post_init__(self) -> None:
        self.type_indices = [tuple(row) for row in self.space.type_indices.tolist()]
        self.known: dict[object, np.ndarray] = {}
        self.all = np.arange(self.space.outcomes)

    def rises(self, agent: int, type_index: int) -> np.ndarray:
        """[a, b]: what the agent of this type gains when b replaces a."""
        key = ("rise", agent, type_index)
        if key not in self.known:
            row = self.space.utility[agent, type_index]
            self.known[key] = row[None, :] - row[:, None]
        return self.known[key]

    def pairs(self, restriction: Restriction) -> Iterator[Pair]:
        """Every pair of profiles (p, q), p <= q, that the restriction constrains, and which outcomes fit together."""
        name = restriction.name
        if name == "anonymous":
            yield from self._swapped()
            return
        if name not in COALITIONAL and name != "non-bossy" and not isinstance(restriction, Deals):
            return
        n = self.space.environment.agents
        largest = self._largest(restriction)
        close = name == "non-bossy" or (isinstance(restriction, Deals) and restriction.liars == 1)
        reach = 1 if close else n if largest is None or name == "collusion-proof" else largest
        for p, q in self._near(reach):
            yield p, q, self._fits(restriction, p, q, largest)

    def _near(self, reach: int) -> Iterator[tuple[int, int]]:
        """Pairs of profiles that differ in the types of at most `reach` agents."""
        sizes = self.space.environment.sizes
        index = {type_indices: p for p, type_indices in enumerate(self.type_indices)}
        if reach == 1:
            for p, type_indices in enumerate(self.type_indices):
                for i, size in enumerate(sizes):
                    for k in range(type_indices[i] + 1, size):
                        yield p, index[(*type_indices[:i], k, *type_indices[i + 1 :])]
            return
        for p, q in combinations(range(len(self.type_indices)), 2):
            if sum(x != y for x, y in zip(self.type_indices[p], self.type_indices[q], strict=True)) <= reach:
                yield p, q

    def _largest(self, restriction: Restriction) -> int | None:
        if restriction.name == "coalition-strategy-proof":
            return int(restriction.argument)
        return {"strategy-proof": 1, "pairwise-strategy-proof": 2}.get(restriction.name)

    def _fits(self, restriction: Restriction, p: int, q: int, largest: int | None) -> np.ndarray:
        one, two = self.type_indices[p], self.type_indices[q]
        differ = [i for i in range(len(one)) if one[i] != two[i]]
        if largest == 1:
            key: object = (restriction.name, differ[0], one[differ[0]], two[differ[0]])
        else:
            key = (restriction.label, one, two)
        if key not in self.known:
            if restriction.name == "non-bossy":
                self.known[key] = self._not_bossy(differ[0])
            elif isinstance(restriction, Deals):
                self.known[key] = self._no_deal(restriction, p, q, differ)
            else:
                forth = self._upset(restriction.name, one, differ, largest)
                back = self._upset(restriction.name, two, differ, largest)
                self.known[key] = ~(forth | back.T)
        return self.known[key]

    def _upset(self, name: str, truth: tuple[int, ...], differ: Sequence[int], largest: int | None) -> np.ndarray:
        """[a, b]: with outcome a at the true types, some coalition brings about b."""
        rises = {i: self.rises(i, k) for i, k in enumerate(truth) if largest != 1 or i in differ}
        if name == "weakly-group-strategy-proof":
            return np.asarray(np.logical_and.reduce([rises[i] > 0 for i in differ]))
        if name == "collusion-proof":
            every = list(rises.values())
            nobody_loses = np.logical_and.reduce([rise >= 0 for rise in every])
            return np.asarray(nobody_loses & np.logical_or.reduce([rise > 0 for rise in every]))
        found = np.zeros((self.space.outcomes,) * 2, np.bool_)
        rest = [i for i in rises if i not in differ]
        for more in range(len(rest) + 1 if largest is None else max(0, min(len(rest), largest - len(differ))) + 1):
            for joined in combinations(rest, more):
                members = [*differ, *joined]
                agree = np.logical_and.reduce([rises[i] >= 0 for i in members])
                found |= agree & np.logical_or.reduce([rises[i] > 0 for i in members])
        return found

    def _not_bossy(self, agent: int) -> np.ndarray:
        share = np.column_stack([self.space.bundle[:, agent], self.space.transfer[:, agent]])
        same = (share[:, None, :] == share[None, :, :]).all(axis=2)
        return np.asarray(~same | np.eye(len(share), dtype=np.bool_))

    def _no_deal(self, restriction: Deals, p: int, q: int, differ: Sequence[int]) -> np.ndarray:
        n = len(self.type_indices[p])
        most = n if restriction.members is None else restriction.members
        fits = np.ones((self.space.outcomes,) * 2, np.bool_)
        for size in range(len(differ), most + 1):
            for members in combinations(range(n), size):
                if set(differ) <= set(members):
                    for truth, turned in ((p, False), (q, True)):
                        own = sum(self.space.utility[i, self.type_indices[truth][i]] for i in members)
                        deal = self._deal(restriction, truth, members)[None, :] > np.asarray(own)[:, None]
                        fits &= ~(deal.T if turned else deal)
        return fits

    def _deal(self, restriction: Deals, profile: int, members: tuple[int, ...]) -> np.ndarray:
        """What the members, true types as at the profile, make of each outcome."""
        space, type_indices = self.space, self.type_indices[profile]
        env = space.environment
        if not restriction.goods:
            return np.asarray(sum(space.utility[i, type_indices[i]] for i in members))
        key = ("deal", members, tuple(type_indices[i] for i in members))
        if key not in self.known:
            best = best_division(env, members, tuple(type_indices[i] for i in members))
            worth = []
            for o in range(space.outcomes):
                total = tuple(int(x) for x in sum(env.goods[i][space.bundle[o, i]] for i in members))
                money = sum(int(space.transfer[o, i]) for i in members)
                worth.append(best[total] * (space.scale // env.scale) + money)
            self.known[key] = np.array(worth, np.int64)
        return self.known[key]

    def _swapped(self) -> Iterator[Pair]:
        index = {type_indices: p for p, type_indices in enumerate(self.type_indices)}
        utility = self.space.utility
        for i, j in comparable_pairs(self.space.sample):
            for p, type_indices in enumerate(self.type_indices):
                swapped = list(type_indices)
                swapped[i], swapped[j] = type_indices[j], type_indices[i]
                q = index[tuple(swapped)]
                if q < p:
                    continue
                fits = np.ones((self.space.outcomes,) * 2, np.bool_)
                for x in range(len(type_indices)):
                    y = j if x == i else i if x == j else x
                    fits &= utility[x, type_indices[x]][:, None] == utility[y, swapped[y]][None, :]
                yield p, q, fits


COALITIONAL = {
    "strategy-proof",
    "group-strategy-proof",
    "pairwise-strategy-proof",
    "weakly-group-strategy-proof",
    "collusion-proof",
    "coalition-strategy-proof",
}
