"""Plain mechanisms: a table from profiles of type indices to outcomes, and a utility function."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Any

Number = int | Fraction
Profile = tuple[int, ...]
Coalition = tuple[int, ...]
JointReport = tuple[int, ...]
# Any hashable object; usually a pair (bundles, transfers) of two tuples with one entry per agent.
Outcome = Any
Utility = Callable[[int, int, Outcome], Number]

# A quantity of one good, or quantities of several.
Bundle = int | tuple[int, ...]


def whole(number: Number) -> Number:
    """The same number, as an int if it is one: these are added many times faster."""
    return number.numerator if number.denominator == 1 else number


def bundles_of(outcome: Outcome) -> tuple[Bundle, ...]:
    """The bundles of an outcome that is a pair (bundles, transfers)."""
    bundles: tuple[Bundle, ...] = outcome[0]
    return bundles


def transfers_of(outcome: Outcome) -> tuple[Number, ...]:
    """The transfers of an outcome that is a pair (bundles, transfers)."""
    transfers: tuple[Number, ...] = outcome[1]
    return transfers


def profiles(sizes: Sequence[int]) -> Iterator[Profile]:
    """All profiles of type indices, lexicographically (the last agent varies fastest)."""
    return product(*(range(size) for size in sizes))


def coalitions(n: int, smallest: int = 1, largest: int | None = None) -> Iterator[Coalition]:
    """All coalitions with ``smallest`` to ``largest`` members, by size and then lexicographically."""
    last = n if largest is None else min(n, largest)
    for size in range(smallest, last + 1):
        yield from combinations(range(n), size)


def joint_reports(sizes: Sequence[int], coalition: Coalition) -> Iterator[JointReport]:
    """All joint reports of the members, in the order of the members, lexicographically."""
    return product(*(range(sizes[i]) for i in coalition))


def replace(profile: Profile, coalition: Coalition, report: JointReport) -> Profile:
    """The profile in which the members send ``report`` and everybody else stays."""
    reported = list(profile)
    for i, k in zip(coalition, report, strict=True):
        reported[i] = k
    return tuple(reported)


def restrict(profile: Profile, coalition: Coalition) -> JointReport:
    """The entries of the members."""
    return tuple(profile[i] for i in coalition)


@dataclass(frozen=True)
class Plain:
    """Numbers of types, the outcome at every profile, and ``utility(agent, true type, outcome)``."""

    sizes: tuple[int, ...]
    table: dict[Profile, Outcome]
    utility: Utility
    # What was worked out already: every definition asks for the same payoffs again and again.
    payoffs: dict[tuple[int, int, Profile], Number] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a table that is not one of this many types."""
        if set(self.table) != set(profiles(self.sizes)):
            raise ValueError("the table must have exactly one outcome for every profile")

    @property
    def n(self) -> int:
        """The number of agents."""
        return len(self.sizes)

    def profiles(self) -> Iterator[Profile]:
        """All profiles, lexicographically."""
        return profiles(self.sizes)

    def payoff(self, i: int, profile: Profile, reported: Profile) -> Number:
        """Utility of agent i, whose type is the one at ``profile``, when the agents report ``reported``."""
        key = i, profile[i], reported
        if key not in self.payoffs:
            self.payoffs[key] = self.utility(i, profile[i], self.table[reported])
        return self.payoffs[key]

    def truthful(self, i: int, profile: Profile) -> Number:
        """Utility of agent i when all report the truth."""
        return self.payoff(i, profile, profile)

    def gain(self, i: int, profile: Profile, reported: Profile) -> Number:
        """What agent i gains, at the true ``profile``, when the agents report ``reported`` instead."""
        return self.payoff(i, profile, reported) - self.truthful(i, profile)
