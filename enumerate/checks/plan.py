"""Planning: sizes, memory and expected time in Python integers, before anything is allocated."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from time import perf_counter
from typing import Any

from collude.axioms.core.groups import joint_misreports
from collude.enumerate.checks.backends import available_jobs
from collude.enumerate.checks.check import check
from collude.enumerate.checks.context import bitset_cost, reach_bytes
from collude.models.environment import Environment
from collude.models.library.auctions import second_price
from collude.models.library.environments import auction
from collude.models.mechanism import Mechanism, Sampled, sampling
from collude.models.memory import available_memory

SAMPLE = 1 << 16


@dataclass(frozen=True)
class Plan:
    """What a check of all coalitions covers and costs. Bytes and counts are exact ints where they do not depend on the
    number of outcomes, which is counted on a sample of profiles when `sampled` is true (and then a lower bound)."""

    mechanism: str
    agents: int
    profiles: int
    coalitions: int
    joint_misreports: int
    profile_pairs: int
    outcomes: int
    sampled: bool
    table_bytes: int
    lattice_bytes: int
    free_bytes: int
    seconds: float
    jobs: int
    advice: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """True if table and lattice fit into the free memory."""
        return self.table_bytes + self.lattice_bytes <= self.free_bytes

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        names = ("mechanism", "agents", "profiles", "coalitions", "joint_misreports", "profile_pairs", "outcomes")
        more = ("sampled", "table_bytes", "lattice_bytes", "free_bytes", "jobs")
        return {
            **{name: getattr(self, name) for name in (*names, *more)},
            "fits": self.fits,
            "expected_seconds": round(self.seconds, 3),
            "advice": list(self.advice),
        }


def plan(
    build: Callable[[], Mechanism], name: str, *, max_coalition: int | None = None, jobs: int | None = None
) -> Plan:
    """Plan a check of group strategy-proofness. build: makes the mechanism; a rule over profiles is only sampled."""
    sampled, build_seconds = False, 0.0
    try:
        with sampling(SAMPLE):
            mechanism = build()
        env, outcomes = mechanism.environment, mechanism.outcomes
    except Sampled as found:
        env, outcomes = found.environment, found.outcomes
        sampled = found.sampled < env.profiles
        build_seconds = found.seconds / found.sampled * env.profiles
    workers = jobs or available_jobs()
    largest = env.agents if max_coalition is None else min(max_coalition, env.agents)
    coalitions, reports = joint_misreports(env.sizes, 1, largest)
    table, lattice = _bytes(env.sizes, outcomes)
    seconds = build_seconds + _speed() * bitset_cost(env.sizes, outcomes, coalitions) / 1e9 / (0.9 * workers + 0.1)
    free = available_memory()
    return Plan(
        name,
        env.agents,
        env.profiles,
        coalitions,
        reports,
        env.profiles**2,
        outcomes,
        sampled,
        table,
        lattice,
        free,
        seconds,
        workers,
        () if table + lattice <= free else _advice(env, outcomes, free),
    )


def _bytes(sizes: tuple[int, ...], outcomes: int) -> tuple[int, int]:
    """(bytes of the outcome table, bytes of the lattice)."""
    return 4 * prod(sizes), reach_bytes(sizes, outcomes)


def _speed() -> float:
    """How much slower this machine is than the rates that the costs assume: one short check, timed warm."""
    mechanism = second_price(auction(6, range(8)))
    check(mechanism, ["group-strategy-proof"], jobs=1, path="bitsets")
    started = perf_counter()
    check(mechanism, ["group-strategy-proof"], jobs=1, path="bitsets")
    expected = bitset_cost(mechanism.environment.sizes, mechanism.outcomes, 63) / 1e9
    return max(0.1, (perf_counter() - started) / expected)


def _advice(env: Environment, outcomes: int, free: int) -> tuple[str, ...]:
    """Smaller problems of the same kind that fit: fewer types per agent, or fewer agents."""
    found = []
    for drop in range(1, max(env.sizes)):
        sizes = tuple(max(1, size - drop) for size in env.sizes)
        if sum(_bytes(sizes, outcomes)) <= free:
            found.append(f"{max(sizes)} types per agent ({sum(_bytes(sizes, outcomes)) / 1e9:.1f} GB)")
            break
    for agents in range(env.agents - 1, 0, -1):
        if sum(_bytes(env.sizes[:agents], outcomes)) <= free:
            found.append(f"{agents} agents ({sum(_bytes(env.sizes[:agents], outcomes)) / 1e9:.1f} GB)")
            break
    return tuple(found)
