"""Interim efficiency: is there another allocation that no type likes less and some type likes more, once types are private?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from collude.models.contracts.economy import Goods
from collude.models.contracts.extended import CommunicationContract
from collude.models.contracts.game import Belief
from collude.models.errors import InputError, SizeError
from collude.models.mechanism import Profile
from collude.programs.contracts.agent_types import AgentTypeIndex
from collude.programs.contracts.incentives import truthful_payoffs_of
from collude.programs.decide import decide
from collude.programs.exact import Program

MOST_CELLS = 200_000


@dataclass(frozen=True, eq=False)
class InterimProblem:
    """What could be done at every type profile, what it is worth, and what every type expects now.

    Attributes
    ----------
    sizes : tuple of int
        Number of types of each agent.
    prior : mapping from type profiles to Fraction
        Common to all agents.
    alternatives : sequence
        What can be done, the same at every profile.
    values : mapping from type profiles to tables of Fraction
        values[types][c][i]: what agent i gets from alternative c at true types.
    money : Fraction or None
        What all agents own together, of which nobody can have less than 0; None if payments only have to sum to zero.
    now : mapping from AgentTypeIndex to Fraction
        What the type expects at present, money included.
    """

    sizes: tuple[int, ...]
    prior: Belief
    alternatives: Sequence[object]
    values: Mapping[Profile, Sequence[Sequence[Fraction]]]
    money: Fraction | None
    now: Mapping[AgentTypeIndex, Fraction]


@dataclass(frozen=True)
class InterimDominance:
    """Whether some allocation dominates the present one, once types are private.

    Attributes
    ----------
    gain : Fraction or None
        The largest prior-weighted sum of what types gain; 0 iff nothing dominates, certified; None if it has no limit.
    chosen : mapping from type profiles to mappings from alternative numbers to probabilities
        What the dominating allocation does.
    paid : mapping from type profiles to tuples of Fraction
        The money that each agent then has (or receives).
    incentive_rows : bool
        Whether the other allocation had to be incentive compatible.
    """

    gain: Fraction | None
    chosen: Mapping[Profile, Mapping[int, Fraction]]
    paid: Mapping[Profile, Goods]
    incentive_rows: bool

    @property
    def efficient(self) -> bool:
        """True if no allocation dominates."""
        return self.gain == 0


def interim_dominance(problem: InterimProblem, incentive_rows: bool = False) -> InterimDominance:
    """The allocation that gains types most over the present one while no type loses, by an exact linear program.

    Parameters
    ----------
    problem : InterimProblem
    incentive_rows : bool
        True if the other allocation must be incentive compatible too. That is a weaker demand on the present allocation,
        incentive-constrained efficiency; interim efficiency itself takes no such rows.

    Returns
    -------
    InterimDominance

    Raises
    ------
    SizeError
        If there are too many alternatives and profiles.
    InputError
        Without the extra `programs`.

    References
    ----------
    Giraud and Rochon (2001), Definition 1 and Lemma 2. Holmström and Myerson (1983).

    Examples
    --------
    >>> from collude.models.contracts.library import mutual_favours
    >>> interim_dominance(contract_problem(mutual_favours())).efficient
    False
    """
    n, profiles = len(problem.sizes), sorted(problem.prior)
    cells = len(profiles) * len(problem.alternatives)
    if cells > MOST_CELLS:
        raise SizeError(f"the program has {cells} alternatives at profiles; at most {MOST_CELLS} are taken", cells)
    layout = _InterimLayout(problem, profiles)
    program = Program(cells + n * len(profiles))
    fixed = set(range(cells)) if problem.money is None else set(range(program.variables))
    program.signed = frozenset(fixed)
    for types in profiles:
        program.exactly({layout.cell(types, c): 1 for c in range(len(problem.alternatives))}, 1)
        program.exactly({layout.purse(types, i): 1 for i in range(n)}, problem.money or 0)
    gain: dict[int, Fraction] = {}
    base = Fraction(0)
    for i, size in enumerate(problem.sizes):
        for k in range(size):
            weight = sum((w for types, w in problem.prior.items() if types[i] == k), Fraction(0))
            if not weight:
                continue
            truth = layout.expected(i, k, k)
            program.at_most({j: -x for j, x in truth.items()}, -weight * problem.now[AgentTypeIndex(i, k)])
            for j, x in truth.items():
                gain[j] = gain.get(j, Fraction(0)) + x
            base += weight * problem.now[AgentTypeIndex(i, k)]
            for report in range(size) if incentive_rows else ():
                if report != k:
                    lie = layout.expected(i, k, report)
                    program.at_most({j: lie.get(j, 0) - truth.get(j, 0) for j in {*lie, *truth}}, 0)
    program.cost = {j: -x for j, x in gain.items()}
    return _read(problem, profiles, layout, program, base, incentive_rows)


@dataclass(frozen=True, eq=False)
class _InterimLayout:
    """Where the variables are: the probability of each alternative at each profile, then everybody's money."""

    problem: InterimProblem
    profiles: list[Profile]

    @cached_property
    def _place(self) -> dict[Profile, int]:
        return {types: place for place, types in enumerate(self.profiles)}

    def cell(self, types: Profile, alternative: int) -> int:
        return self._place[types] * len(self.problem.alternatives) + alternative

    def purse(self, types: Profile, agent: int) -> int:
        cells = len(self.profiles) * len(self.problem.alternatives)
        return cells + self._place[types] * len(self.problem.sizes) + agent

    def expected(self, agent: int, type_index: int, report: int) -> dict[int, Fraction]:
        """What a type expects if he reports another one, weighted by the prior."""
        row: dict[int, Fraction] = {}
        for types in self.profiles:
            if types[agent] != type_index:
                continue
            weight = self.problem.prior[types]
            told = (*types[:agent], report, *types[agent + 1 :])
            if told not in self.problem.prior:
                raise InputError(
                    "incentive rows need a positive probability of every type profile that a lie can feign"
                )
            for c, values in enumerate(self.problem.values[types]):
                row[self.cell(told, c)] = weight * values[agent]
            row[self.purse(told, agent)] = weight
        return row


def _read(
    problem: InterimProblem,
    profiles: list[Profile],
    layout: _InterimLayout,
    program: Program,
    base: Fraction,
    incentive_rows: bool,
) -> InterimDominance:
    answer = decide(program)
    if answer.infeasible:  # with incentive rows the present allocation itself may be ruled out
        return InterimDominance(Fraction(0), {}, {}, incentive_rows)
    x = answer.point if answer.optimum is None else answer.optimum.x
    gain = None if answer.optimum is None else max(Fraction(0), -answer.optimum.value - base)
    chosen = {
        types: {c: x[layout.cell(types, c)] for c in range(len(problem.alternatives)) if x[layout.cell(types, c)]}
        for types in profiles
    }
    paid = {types: tuple(x[layout.purse(types, i)] for i in range(len(problem.sizes))) for types in profiles}
    return InterimDominance(gain, chosen, paid, incentive_rows)


def contract_problem(contract: CommunicationContract) -> InterimProblem:
    """The problem of a contract for all agents of a game: any lottery over action profiles, and payments that sum to zero.

    Parameters
    ----------
    contract : CommunicationContract

    Returns
    -------
    InterimProblem

    Raises
    ------
    InputError
        If agents have different priors, or the contract belongs to a coalition.
    """
    game = contract.game
    if game.parent is not None or not game.root.common_prior:
        raise InputError("interim efficiency is defined for a contract of all agents, under a common prior")
    values = {state.types: [game.payoffs(state, actions) for actions in game.actions] for state in game.states}
    return InterimProblem(
        game.root.sizes, game.root.prior_of(0), game.actions, values, None, truthful_payoffs_of(contract)
    )


class ExpectedSurplus(NamedTuple):
    """The expected sum of what all agents get: now, and at most if all types were known, in units of money."""

    now: Fraction
    most: Fraction


def expected_surplus(problem: InterimProblem) -> ExpectedSurplus:
    """What all agents together expect now, and the most that they could if all types were known.

    Parameters
    ----------
    problem : InterimProblem

    Returns
    -------
    ExpectedSurplus
        In units of money.
    """
    now = sum(
        (
            weight * sum((problem.now[AgentTypeIndex(i, k)] for i, k in enumerate(types)), Fraction(0))
            for types, weight in problem.prior.items()
        ),
        Fraction(0),
    )
    best = sum(
        (
            weight * max(sum(row, Fraction(0)) for row in problem.values[types])
            for types, weight in problem.prior.items()
        ),
        Fraction(0),
    )
    return ExpectedSurplus(now, best + (problem.money or 0))
