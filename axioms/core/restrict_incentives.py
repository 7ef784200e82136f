"""Restrictions by incentives: strategy-proof and group strategy-proof in all forms that compare two profiles, non-bossy."""

from typing import ClassVar

import numpy as np

from collude.axioms.core.restrict import PairRule, Restriction, restriction, whole
from collude.kernels.search.pairs import (
    GRAND_PAIR,
    STRONG_PAIR,
    WEAK_PAIR,
    Edges,
    Frame,
    forbid_bossiness,
    forbid_upsets,
)
from collude.models.errors import InputError, SizeError
from collude.models.space import OutcomeSpace

MOST_PAIRS = 1 << 28


def neighbours(sizes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of profiles that differ in the report of one agent, each once."""
    profiles = int(np.prod(sizes, dtype=np.int64))
    count = profiles * sum(size - 1 for size in sizes) // 2
    if count > MOST_PAIRS:
        raise SizeError(f"{count} pairs of profiles differ in one report; at most {MOST_PAIRS} are held", count)
    numbers = np.arange(profiles, dtype=np.int64)
    one, other = [], []
    stride = profiles
    for size in sizes:
        stride //= size
        type_index = numbers // stride % size
        for k in range(size):
            base = numbers[type_index == k]
            for step in range(1, size - k):
                one.append(base)
                other.append(base + step * stride)
    empty = np.empty(0, np.int64)
    return np.concatenate([empty, *one]), np.concatenate([empty, *other])


def pairs_up_to(space: OutcomeSpace, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of profiles that differ in the reports of at most `largest` agents, each once."""
    env = space.environment
    if largest <= 1:
        return neighbours(env.sizes)
    profiles = env.profiles
    count = profiles * (profiles - 1) // 2
    if count > MOST_PAIRS:
        raise SizeError(
            f"{profiles} profiles make {count} pairs; at most {MOST_PAIRS} are held. Use fewer agents or types", count
        )
    one, other = np.triu_indices(profiles, 1)
    if largest < env.agents:
        differ = np.zeros(len(one), np.int64)
        for i in range(env.agents):
            differ += space.type_indices[one, i] != space.type_indices[other, i]
        one, other = one[differ <= largest], other[differ <= largest]
    return one.astype(np.int64), other.astype(np.int64)


class Coalitional(Restriction):
    """No coalition of at most `largest` members (None: any size) agrees to a joint misreport."""

    rule: ClassVar[int] = STRONG_PAIR
    largest: ClassVar[int | None] = None

    def bound(self, space: OutcomeSpace) -> int:
        """The largest coalition that counts."""
        n = space.environment.agents
        return n if self.largest is None else min(n, self.largest)

    def pairs(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in at most that many reports."""
        rule, largest = self.rule, self.bound(space)

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_upsets(frame, edges, rule, largest, span)

        return [PairRule(*pairs_up_to(space, largest), fill, 4.0 * space.environment.agents)]


@restriction
class StrategyProof(Coalitional):
    """One agent at a time."""

    name = "strategy-proof"
    largest = 1


@restriction
class GroupStrategyProof(Coalitional):
    """All coalitions, strong sense."""

    name = "group-strategy-proof"


@restriction
class PairwiseStrategyProof(Coalitional):
    """Coalitions of one or two."""

    name = "pairwise-strategy-proof"
    largest = 2


@restriction
class WeaklyGroupStrategyProof(Coalitional):
    """All coalitions, every member gains strictly."""

    name = "weakly-group-strategy-proof"
    rule = WEAK_PAIR


@restriction
class CollusionProof(Coalitional):
    """All agents together."""

    name = "collusion-proof"
    rule = GRAND_PAIR


@restriction
class BoundedStrategyProof(Coalitional):
    """Coalitions of at most m members: `coalition-strategy-proof=m`."""

    name = "coalition-strategy-proof"
    takes = "the largest size of a coalition"

    def bound(self, space: OutcomeSpace) -> int:
        """The argument."""
        size = whole(self.argument, self.name)
        if size < 1:
            raise InputError(f"{self.name} needs a size of at least 1, not {size}")
        return min(size, space.environment.agents)

    def holds(self, mechanism, space):  # type: ignore[no-untyped-def]
        """By group strategy-proofness with a bound on the coalitions."""
        from collude.axioms.core.base import CheckOptions
        from collude.axioms.core.check_context import CheckContext
        from collude.axioms.core.registry import find_axiom
        from collude.axioms.core.restrict import OneWorker

        axiom = find_axiom("group-strategy-proof")
        work = CheckContext(mechanism, CheckOptions("none", first=True, largest=self.bound(space)), OneWorker())  # type: ignore[arg-type]
        return all(axiom.run(work, block).key is None for block in axiom.blocks(work))


@restriction
class NonBossy(Restriction):
    """Who keeps his share changes nobody's."""

    name = "non-bossy"

    def pairs(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in one report."""

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_bossiness(frame, edges, span)

        return [PairRule(*neighbours(space.environment.sizes), fill)]
