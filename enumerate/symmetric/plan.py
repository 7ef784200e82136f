"""Plans over multisets: sizes, memory and expected time in Python integers, before anything is allocated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from collude.enumerate.checks.backends import available_jobs
from collude.enumerate.symmetric.blocks import MOST_PAIRS
from collude.enumerate.symmetric.manipulability import rule_for
from collude.enumerate.symmetric.situations import election_bytes
from collude.kernels.multisets.ranking import multiset_count
from collude.models.process.memory import available_memory
from collude.models.registry import arguments, find_mechanism
from collude.models.symmetric.registry import symmetric_names
from collude.models.symmetric.spec import build_population

FOLD_NANOSECONDS = 15.0
PAIR_NANOSECONDS = 7.0
PAIR_COST = 30.0


@dataclass(frozen=True)
class CountPlan:
    """What a count of manipulable elections covers and costs. situations, patterns : over all electorates, exact ints;
    needed_bytes : of the largest one."""

    voters: tuple[int, ...]
    situations: int
    patterns: int
    needed_bytes: int
    free_bytes: int
    seconds: float

    @property
    def fits(self) -> bool:
        """True if the largest electorate fits into the free memory."""
        return self.needed_bytes <= 0.85 * self.free_bytes

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**vars(self), "voters": list(self.voters), "fits": self.fits}


def plan_counts(
    rule: str,
    *,
    alternatives: int,
    voters: Sequence[Any],
    parameters: Mapping[str, Any] | None = None,
    sizes: bool = True,
    **_rest: Any,
) -> CountPlan:
    """What `manipulability` with the same arguments would cover and need."""
    ballots, _ = rule_for(rule, alternatives, parameters or {})
    kinds, numbers = len(ballots.rank), tuple(int(n) for n in voters)
    pairs = alternatives * (alternatives - 1) if sizes else 0
    patterns = sum(comb(n + kinds, kinds) for n in numbers)
    return CountPlan(
        numbers,
        sum(multiset_count(n, kinds) for n in numbers),
        patterns,
        max(election_bytes(n, kinds, pairs) for n in numbers),
        available_memory(),
        patterns * kinds / 6 * (FOLD_NANOSECONDS + PAIR_NANOSECONDS * pairs) / 1e9,
    )


@dataclass(frozen=True)
class SymmetricPlan:
    """What a check of all coalitions on multisets covers and costs. situations, pairs, profiles, coalitions : exact ints."""

    mechanism: str
    agents: int
    situations: int
    pairs: int
    profiles: int
    coalitions: int
    needed_bytes: int
    free_bytes: int
    seconds: float
    jobs: int

    @property
    def fits(self) -> bool:
        """True if it fits into the free memory and takes at most a month."""
        return self.needed_bytes <= 0.85 * self.free_bytes and self.seconds < 30 * 86400

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; numbers that pass 2^53 soon are text."""
        return {**vars(self), "profiles": str(self.profiles), "coalitions": str(self.coalitions), "fits": self.fits}


def plan_symmetric(
    target: str,
    environment: Mapping[str, Any],
    parameters: Mapping[str, Any],
    *,
    max_coalition: int | None = None,
    jobs: int | None = None,
) -> SymmetricPlan:
    """What `check_symmetric` would cover and need; the mechanism itself is not built.

    Raises InputError for an unknown name or environment.
    """
    given = dict(environment)
    family = given.pop("kind", None)
    if family is None:
        family = (symmetric_names().get(target) or find_mechanism(target)).environment
    arguments_ok = symmetric_names().get(target)
    if arguments_ok is not None:
        arguments(arguments_ok, parameters)
    population = build_population(family, given)
    n, kinds = population.agents, len(population.types)
    most = min(n, max_coalition or n)
    sizes = range(1, most + 1)
    pairs = sum(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in sizes)
    widest = max(multiset_count(s, kinds) * multiset_count(n - s, kinds) for s in sizes)
    workers = jobs or available_jobs()
    block = 4 * min(widest, MOST_PAIRS) + 16 * kinds * max(multiset_count(s, kinds) for s in sizes)
    return SymmetricPlan(
        target,
        n,
        population.situations,
        pairs,
        population.profiles,
        sum(comb(n, s) for s in sizes),
        24 * kinds * population.situations + workers * block,
        available_memory(),
        3 * PAIR_COST * pairs / 1e9 / workers,
        workers,
    )
