"""What a coalition's members expect from joint actions, given all their types: the numbers of its linear programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod

from collude.models.contracts.extended import ExtendedGame, GameState
from collude.models.errors import SizeError
from collude.models.mechanism import Profile

MOST_VALUES = 4_000_000


@dataclass(frozen=True, eq=False)
class SideGame:
    """A revised game as its insiders see it, outsiders averaged out.

    Everything is weighted by the prior and not divided by the probability of what one knows: each inequality of a
    program concerns one type of one member, so the factor does not matter. Members are numbered 0, 1, ... in the order
    of `game.insiders`; joint types and joint actions are profiles in that order.
    """

    game: ExtendedGame

    def __post_init__(self) -> None:
        values = len(self.game.states) * prod(self.game.root.choices[agent] for agent in self.game.insiders)
        if values > MOST_VALUES:
            raise SizeError(
                f"the coalition {self.game.insiders} has {values} payoffs to consider; at most {MOST_VALUES} are taken",
                values,
            )

    @property
    def members(self) -> range:
        """Positions of the members: 0 up to their number."""
        return range(len(self.game.insiders))

    @cached_property
    def grouped(self) -> Mapping[Profile, tuple[GameState, ...]]:
        """The states by the members' joint types."""
        groups: dict[Profile, list[GameState]] = {}
        for state in self.game.states:
            groups.setdefault(self.game.reports_of(state), []).append(state)
        return {types: tuple(states) for types, states in sorted(groups.items())}

    @cached_property
    def heard(self) -> tuple[tuple[int, ...], ...]:
        """Per member the types to which his own prior gives positive probability."""
        return tuple(self.game.heard(agent) for agent in self.game.insiders)

    @cached_property
    def present(self) -> tuple[tuple[int, ...], ...]:
        """Per member the types that occur at all."""
        return tuple(self.game.present[agent] for agent in self.game.insiders)

    @cached_property
    def told(self) -> Mapping[Profile, Profile]:
        """The actions that the contract recommends to the members at each of their joint types."""
        agents = self.game.insiders
        return {
            types: tuple(self.game.recommendation(i, k) for i, k in zip(agents, types, strict=True))
            for types in self.grouped
        }

    def weight(self, member: int, types: Profile) -> Fraction:
        """The probability that a member's prior gives to the members' joint types."""
        agent = self.game.insiders[member]
        return sum((state.weights[agent] for state in self.grouped[types]), Fraction(0))

    @cached_property
    def values(self) -> Mapping[Profile, Mapping[Profile, tuple[Fraction, ...]]]:
        """values[types][actions][member]: prior-weighted payoff of a member from joint actions at joint types."""
        agents = self.game.insiders
        table: dict[Profile, dict[Profile, tuple[Fraction, ...]]] = {}
        for types, states in self.grouped.items():
            rows = {}
            for actions in self.game.actions:
                sums = [Fraction(0)] * len(agents)
                for state in states:
                    for member, value in enumerate(self.game.payoffs(state, actions)):
                        sums[member] += state.weights[agents[member]] * value
                rows[actions] = tuple(sums)
            table[types] = rows
        return table

    def joint_types(self, member: int, type_index: int) -> list[Profile]:
        """The joint types that occur and in which a member has a given type."""
        return [types for types in self.grouped if types[member] == type_index]

    @cached_property
    def status_quo(self) -> tuple[Mapping[int, Fraction], ...]:
        """Per member and type that he may have: his prior-weighted payoff if all do as they were told."""
        return tuple(
            {
                k: sum((self.values[t][self.told[t]][m] for t in self.joint_types(m, k)), Fraction(0))
                for k in self.heard[m]
            }
            for m in self.members
        )

    @cached_property
    def common(self) -> bool:
        """True if all members give the same probability to every state."""
        agents = self.game.insiders
        return all(len({state.weights[agent] for agent in agents}) == 1 for state in self.game.states)

    def surplus_bound(self) -> Fraction:
        """The most that the members could gain in all if they knew each other's types: an upper bound under a common prior."""
        total = Fraction(0)
        for types, rows in self.values.items():
            total += max(sum(row, Fraction(0)) for row in rows.values()) - sum(rows[self.told[types]], Fraction(0))
        return total

    def report_profiles(self, every_report: bool) -> list[Profile]:
        """The joint reports that the truth or one lie can bring about, in order.

        With `every_report`, members may also report types that have probability 0.
        """
        agents = self.game.insiders
        found = set(self.grouped)
        for types in self.grouped:
            for m in self.members:
                reports = range(self.game.sizes[agents[m]]) if every_report else self.present[m]
                found |= {(*types[:m], k, *types[m + 1 :]) for k in reports}
        return sorted(found)

    def best_for_all(self, members: tuple[int, ...]) -> Mapping[Profile, Profile] | None:
        """For each joint type of some members, actions that are best for each of them whatever anybody else does.

        None if there are no such actions at some joint type.
        """
        agents = self.game.insiders
        chosen: dict[Profile, Profile] = {}
        others = [m for m in self.members if m not in members]
        own = list(product(*(range(self.game.root.choices[agents[m]]) for m in members)))
        rest = list(product(*(range(self.game.root.choices[agents[m]]) for m in others)))
        groups: dict[Profile, list[GameState]] = {}
        for state in self.game.states:
            groups.setdefault(tuple(state.types[agents[m]] for m in members), []).append(state)
        for types, states in groups.items():
            left = set(own)
            for state in states:
                for outside in rest:
                    left &= self._best_at(state, members, own, dict(zip(others, outside, strict=True)))
            if not left:
                return None
            chosen[types] = min(left)
        return chosen

    def _best_at(
        self, state: GameState, members: tuple[int, ...], own: list[Profile], outside: Mapping[int, int]
    ) -> set[Profile]:
        payoffs = {}
        for actions in own:
            everybody = {**outside, **dict(zip(members, actions, strict=True))}
            payoffs[actions] = self.game.payoffs(state, tuple(everybody[m] for m in self.members))
        top = {m: max(row[m] for row in payoffs.values()) for m in members}
        return {actions for actions, row in payoffs.items() if all(row[m] == top[m] for m in members)}
