"""Dominance for two agents and the pair of them: it decouples over the types of all others (Remark 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from collude.models.environment import Environment
from collude.models.errors import InputError
from collude.models.files.html import shown
from collude.models.library.expected_externality import truthful_payoffs
from collude.models.library.public_choices import choice
from collude.models.mechanism import Profile
from collude.programs.dominance import Dominance, dominance

FAMILY = ((0,), (1,), (0, 1))


@dataclass(frozen=True)
class PairCase:
    """Two agents while the types of all others are fixed.

    Attributes
    ----------
    others : tuple of int
        The type indices of the others, in their order.
    separable : bool
        Whether the largest surplus is then a sum of a function of the one's type and a function of the other's.
    dominance : Dominance
        Transfers that make the truth dominant for each of the two and for the pair, or moves that refute them. Agents 0 and 1 of
        its environment are the pair; agent 2 stands for all others.
    """

    others: Profile
    separable: bool
    dominance: Dominance


@shown
@dataclass(frozen=True)
class PairDominance:
    """Whether transfers make the truth dominant for two agents and for the pair of them.

    Attributes
    ----------
    pair : tuple of int
        The two agents.
    cases : tuple of PairCase
        One for each joint type of the others.
    """

    pair: tuple[int, int]
    cases: tuple[PairCase, ...]

    @property
    def feasible(self) -> bool:
        """Whether there are such transfers: whether there are in every case."""
        return all(case.dominance.feasible for case in self.cases)

    @property
    def slack(self) -> Fraction:
        """The smallest amount by which every inequality must be relaxed, in money; 0 if feasible."""
        return max(case.dominance.slack for case in self.cases)

    @property
    def separable(self) -> bool:
        """Whether the largest surplus is separable across the two agents' types."""
        return all(case.separable for case in self.cases)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "pair": list(self.pair),
            "feasible": self.feasible,
            "separable": self.separable,
            "slack": str(self.slack),
            "cases": [
                {
                    "others": list(case.others),
                    "feasible": case.dominance.feasible,
                    "separable": case.separable,
                    "slack": str(case.dominance.slack),
                }
                for case in self.cases
            ],
        }


def pair_dominance(environment: Environment, pair: tuple[int, int]) -> PairDominance:
    """Find transfers that make the truth dominant for two agents and for the pair of them, or refute them.

    No inequality links profiles at which others have different types, so each joint type of the others is a problem of its own.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs; the alternative is the efficient one.
    pair : tuple of int
        Two different agents.

    Returns
    -------
    PairDominance
        Every case has its certificate.

    Raises
    ------
    InputError
        For another environment or pair, or without the extra `programs`.
    SizeError
        If there are too many inequalities in a case.

    References
    ----------
    Safronov (2016), Remark 3: that such transfers need a surplus that is separable across the two. On finite grids they do not.

    Examples
    --------
    >>> import collude as co
    >>> found = co.pair_dominance(co.single_object(3, range(2)), (0, 1))
    >>> found.feasible, found.separable, len(found.cases)
    (True, False, 2)
    """
    n = environment.agents
    if len(pair) != 2 or pair[0] == pair[1] or not all(0 <= i < n for i in pair):
        raise InputError(f"the pair {pair} must be two different agents out of 0..{n - 1}")
    rest = [j for j in range(n) if j not in pair]
    others = product(*(range(environment.sizes[j]) for j in rest))
    return PairDominance(pair, tuple(_case(environment, pair, rest, types) for types in others))


def _case(environment: Environment, pair: tuple[int, int], rest: Sequence[int], others: Profile) -> PairCase:
    """One joint type of the others, who become one agent of one type with the sum of their payoffs."""
    base, payoffs = truthful_payoffs(environment)

    def row(i: int, k: int) -> list[Fraction]:
        return [environment.value(i, k, s) for s in range(len(environment.bundles[0]))]

    fixed = [
        sum(each, Fraction(0)) for each in zip(*(row(j, k) for j, k in zip(rest, others, strict=True)), strict=True)
    ]
    tables = [[row(i, k) for k in range(environment.sizes[i])] for i in pair]
    reduced = choice([*tables, [fixed or [0] * len(tables[0][0])]])
    profile, surplus = [0] * environment.agents, {}
    for j, k in zip(rest, others, strict=True):
        profile[j] = k
    for types in product(*(range(environment.sizes[i]) for i in pair)):
        profile[pair[0]], profile[pair[1]] = types
        surplus[types] = int(payoffs[:, base.number(tuple(profile))].sum())
    separable = all(total + surplus[0, 0] == surplus[one, 0] + surplus[0, two] for (one, two), total in surplus.items())
    return PairCase(others, separable, dominance(reduced, FAMILY))


def all_pairs(environment: Environment) -> tuple[PairDominance, ...]:
    """Answer for every pair of agents whether transfers make the truth dominant for the two and for the pair of them.

    Parameters
    ----------
    environment : Environment
        A public choice with payoffs and at least two agents.

    Returns
    -------
    tuple of PairDominance

    Raises
    ------
    InputError, SizeError
        As `pair_dominance`.
    """
    if environment.agents < 2:
        raise InputError("there is no pair of agents; there must be at least 2")
    return tuple(pair_dominance(environment, pair) for pair in combinations(range(environment.agents), 2))
