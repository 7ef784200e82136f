"""Planning: sizes, memory and expected time of a check from a sample of profiles, before anything is allocated."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from collude.axioms.core.groups import joint_misreports
from collude.enumerate.checks.backends import available_jobs
from collude.enumerate.checks.check import check
from collude.enumerate.checks.context import CheckContext, CheckOptions, OneWorker, bitset_cost, reach_bytes
from collude.enumerate.checks.selection import expected_cost, selected
from collude.kernels.compiling import Stopwatch
from collude.models.draft import Draft, finished
from collude.models.environment import Environment
from collude.models.library.auctions import second_price
from collude.models.library.environments import auction
from collude.models.mechanism import Mechanism
from collude.models.pictures.scaling import ScalingLine, draw_scaling
from collude.models.process.amounts import bytes_in_words
from collude.models.process.memory import available_memory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from collude.models.pictures.style import Place

MOST_POINTS = 24


@dataclass(frozen=True)
class Plan:
    """What a check covers and costs.

    profiles, coalitions, joint_misreports, profile_pairs
        What group strategy-proofness covers, exact ints.
    sampled_profiles
        How many profiles were evaluated for this plan. If they are not all, `outcomes` is a lower bound and everything
        that depends on it an estimate.
    table_bytes, lattice_bytes, free_bytes
        The outcome table, the lattice of reachable outcomes, and the memory that is free.
    building_seconds
        Expected time of calling the rule at every profile.
    axiom_seconds
        Expected time of each axiom that the check would examine, on `jobs` threads.
    left_out
        Axioms that the check would leave out, with the reason.
    advice
        Smaller problems of the same kind that fit, if this one does not.
    types
        The largest number of types of an agent.
    """

    mechanism: str
    agents: int
    profiles: int
    coalitions: int
    joint_misreports: int
    profile_pairs: int
    outcomes: int
    sampled_profiles: int
    table_bytes: int
    lattice_bytes: int
    free_bytes: int
    building_seconds: float
    axiom_seconds: dict[str, float]
    left_out: dict[str, str]
    jobs: int
    advice: tuple[str, ...]
    types: int = 1

    @property
    def sampled(self) -> bool:
        """True if not every profile was evaluated, so that outcomes and times are estimates."""
        return self.sampled_profiles < self.profiles

    @property
    def fits(self) -> bool:
        """True if table and lattice fit into the free memory."""
        return self.table_bytes + self.lattice_bytes <= self.free_bytes

    @property
    def seconds(self) -> float:
        """Expected time of building the mechanism and of examining all axioms."""
        return self.building_seconds + sum(self.axiom_seconds.values())

    def plot(self, ax: "Place" = None) -> "Axes":
        """Draw how the check grows with types and agents, and up to where it fits into memory.

        Parameters
        ----------
        ax : matplotlib axes or Sheet, optional
            Where to draw; a new figure without.

        Returns
        -------
        matplotlib axes
            Joint misreports of all coalitions against the types of each agent, for one agent less and more too. Memory is
            estimated with as many outcomes as the plan has seen.

        Raises
        ------
        InputError
            If matplotlib is missing.
        """
        grid = tuple(range(1, max(4, 2 * self.types) + 1))
        grid = grid[:: -(-len(grid) // MOST_POINTS)]
        near = [n for n in (self.agents - 1, self.agents, self.agents + 1) if n]
        lines = [self._line(n, grid) for n in near]
        return draw_scaling(lines, self._line(self.agents, (self.types,)), f"{self.mechanism}: size of a check", ax)

    def _line(self, agents: int, grid: tuple[int, ...]) -> ScalingLine:
        """Checks of so many agents at several numbers of types."""
        work = tuple(joint_misreports((k,) * agents, 1, agents)[1] for k in grid)
        needed = [sum(_bytes((k,) * agents, self.outcomes)) for k in grid]
        return ScalingLine(agents, grid, work, tuple(size <= self.free_bytes for size in needed))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        names = ("mechanism", "agents", "profiles", "coalitions", "joint_misreports", "profile_pairs", "outcomes")
        more = ("sampled", "sampled_profiles", "table_bytes", "lattice_bytes", "free_bytes", "jobs")
        return {
            **{name: getattr(self, name) for name in (*names, *more)},
            "fits": self.fits,
            "expected_seconds": round(self.seconds, 3),
            "building_seconds": round(self.building_seconds, 3),
            "axiom_seconds": {name: round(seconds, 3) for name, seconds in self.axiom_seconds.items()},
            "left_out": self.left_out,
            "advice": list(self.advice),
        }


def plan(
    described: Draft | Mechanism,
    name: str = "",
    *,
    axioms: list[str] | None = None,
    count: str = "coalitions",
    max_coalition: int | None = None,
    jobs: int | None = None,
) -> Plan:
    """What a check of a mechanism covers and costs, from a sample of its profiles.

    Parameters
    ----------
    described
        The mechanism, built or not. A draft is evaluated at some thousands of random profiles for at most about a
        second, never at all of them unless they are so few.
    name
        What the plan calls it.
    axioms, count, max_coalition, jobs
        As in `check`.

    Returns
    -------
    Plan
        Times are estimates: of the rule from the sample, of the axioms from their costs and one short check that tells
        how fast this machine is.

    Raises
    ------
    ColludeError
        If the rule fails, or an axiom that was asked for by name cannot be checked.
    """
    sample = (finished(described) if isinstance(described, Mechanism) else described).sample()
    mechanism = sample.mechanism
    env, outcomes, workers = mechanism.environment, mechanism.outcomes, jobs or available_jobs()
    largest = env.agents if max_coalition is None else min(max_coalition, env.agents)
    coalitions, reports = joint_misreports(env.sizes, 1, largest)
    table, lattice = _bytes(env.sizes, outcomes)
    free = available_memory()
    options = CheckOptions(count, largest=max_coalition, memory=int(0.85 * free))
    selection = selected(CheckContext(mechanism, options, OneWorker()), axioms)
    pace = _speed() / 1e9 / (0.9 * workers + 0.1)
    return Plan(
        mechanism=name or mechanism.name,
        agents=env.agents,
        profiles=env.profiles,
        coalitions=coalitions,
        joint_misreports=reports,
        profile_pairs=env.profiles**2,
        outcomes=outcomes,
        sampled_profiles=sample.profiles,
        table_bytes=table,
        lattice_bytes=lattice,
        free_bytes=free,
        building_seconds=sample.build_seconds,
        axiom_seconds={scan.axiom.label: pace * expected_cost(scan) for scan in selection.scans},
        left_out=selection.left_out,
        jobs=workers,
        advice=() if table + lattice <= free else _advice(env, outcomes, free),
        types=max(env.sizes),
    )


def _bytes(sizes: tuple[int, ...], outcomes: int) -> tuple[int, int]:
    """(bytes of the outcome table, bytes of the lattice)."""
    return 4 * prod(sizes), reach_bytes(sizes, outcomes)


def _speed() -> float:
    """How much slower this machine is than the rates that the costs assume: one short check, timed warm."""
    mechanism = second_price(auction(6, range(8)))
    check(mechanism, ["group-strategy-proof"], jobs=1, path="bitsets")
    clock = Stopwatch()
    check(mechanism, ["group-strategy-proof"], jobs=1, path="bitsets")
    expected = bitset_cost(mechanism.environment.sizes, mechanism.outcomes, 63) / 1e9
    return max(0.1, clock.working / expected)


def _advice(env: Environment, outcomes: int, free: int) -> tuple[str, ...]:
    """Smaller problems of the same kind that fit: fewer types per agent, or fewer agents."""
    smaller = []
    for drop in range(1, max(env.sizes)):
        sizes = tuple(max(1, size - drop) for size in env.sizes)
        if sum(_bytes(sizes, outcomes)) <= free:
            smaller.append(f"{max(sizes)} types per agent ({bytes_in_words(sum(_bytes(sizes, outcomes)))})")
            break
    for agents in range(env.agents - 1, 0, -1):
        if sum(_bytes(env.sizes[:agents], outcomes)) <= free:
            smaller.append(f"{agents} agents ({bytes_in_words(sum(_bytes(env.sizes[:agents], outcomes)))})")
            break
    return tuple(smaller)
