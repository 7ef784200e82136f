"""The problem of a seller who screens buyers: valuations, prior, utility on a grid of quantities, convex cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement, pairwise
from math import comb, factorial, prod
from typing import TypeAlias

from collude.models.environment import Environment, Prior
from collude.models.errors import InputError, SizeError
from collude.models.files.html import shown
from collude.models.numbers import Number, exact, increasing
from collude.models.screening.buyers import screening

Multiset = tuple[int, ...]
Cost: TypeAlias = Number | Sequence[Number]  # per unit of the good, or of 0, 1, 2, ... steps in total
MOST_MULTISETS = 100_000


@shown
@dataclass(frozen=True)
class ScreeningProblem:
    """A seller faces buyers with independent private valuations for quantities of one good.

    A buyer of type index k who gets quantity x (in steps of the grid) and pays m has utility
    ``valuations[k] * utility[x] - m``; his outside option is 0. Between two points of the grid the utility is read as linear,
    which makes every program on the grid exact for divisible quantities too.

    Parameters
    ----------
    buyers : int
        Number of buyers n, at least 2.
    valuations : tuple of Fraction
        Positive and increasing, one per type index.
    prior : tuple of Fraction
        Positive probability of each type index, the same for all buyers, independent across buyers.
    utility : tuple of Fraction
        Utility of 0, 1, 2, ... steps: starts at 0, increases, concave.
    cost : tuple of Fraction
        Seller's cost of 0, 1, ..., n * (number of steps) steps in total: starts at 0, convex.
    step : Fraction
        Quantity that one step stands for, in units of the good.

    Raises
    ------
    InputError
        If the data do not have these properties.

    References
    ----------
    Jeon and Menicucci (2005), section 2.
    """

    buyers: int
    valuations: tuple[Fraction, ...]
    prior: tuple[Fraction, ...]
    utility: tuple[Fraction, ...]
    cost: tuple[Fraction, ...]
    step: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.buyers < 2:
            raise InputError(f"a coalition of buyers needs at least 2 of them, not {self.buyers}")
        increasing([*self.valuations], "the valuations")
        if self.valuations[0] <= 0:
            raise InputError(f"valuations must be positive, but {self.valuations[0]} is given")
        if len(self.prior) != len(self.valuations):
            raise InputError(f"the prior has {len(self.prior)} weights for {len(self.valuations)} valuations")
        if any(weight <= 0 for weight in self.prior) or sum(self.prior) != 1:
            raise InputError("the prior must have positive weights that sum to 1")
        _require_utility(self.utility)
        if self.step <= 0:
            raise InputError(f"the step must be positive, not {self.step}")
        if len(self.cost) != self.buyers * self.most + 1:
            raise InputError(
                f"the cost has {len(self.cost)} entries, but totals run from 0 to {self.buyers * self.most} steps; "
                "give one entry per total, or one number per unit"
            )
        marginal = [b - a for a, b in pairwise(self.cost)]
        if self.cost[0] != 0 or any(b < a for a, b in pairwise(marginal)):
            raise InputError("the cost must be 0 at 0 and convex")
        if comb(self.types + self.buyers - 1, self.buyers) > MOST_MULTISETS:
            size = comb(self.types + self.buyers - 1, self.buyers)
            raise SizeError(f"{self.buyers} buyers of {self.types} types make {size} type counts; use fewer", size)

    @property
    def types(self) -> int:
        """Number of types K."""
        return len(self.valuations)

    @property
    def most(self) -> int:
        """Largest number of steps that one buyer can get."""
        return len(self.utility) - 1

    @cached_property
    def others(self) -> tuple[Multiset, ...]:
        """What a buyer can face: the multisets of the others' type indices, in lexicographic order."""
        return tuple(combinations_with_replacement(range(self.types), self.buyers - 1))

    @cached_property
    def profiles(self) -> tuple[Multiset, ...]:
        """All multisets of the buyers' type indices, in lexicographic order."""
        return tuple(combinations_with_replacement(range(self.types), self.buyers))

    @cached_property
    def place(self) -> dict[Multiset, int]:
        """Position of each multiset of the others' type indices."""
        return {multiset: x for x, multiset in enumerate(self.others)}

    def probability(self, multiset: Multiset) -> Fraction:
        """Probability that so many independent buyers have these types, in any order."""
        counts = [multiset.count(k) for k in range(self.types)]
        ways = factorial(len(multiset)) // prod(factorial(count) for count in counts)
        return ways * prod((p**count for p, count in zip(self.prior, counts, strict=True)), start=Fraction(1))

    @cached_property
    def virtual_valuations(self) -> tuple[Fraction, ...]:
        """Valuation of each type less the rent that its utility leaves to higher types.

        v_k = theta_k - (1 - F_k) / p_k (theta_{k+1} - theta_k), with F_k the probability of types up to k.
        """
        above, found = Fraction(1), []
        for k, (theta, p) in enumerate(zip(self.valuations, self.prior, strict=True)):
            above -= p
            gap = self.valuations[k + 1] - theta if k + 1 < self.types else Fraction(0)
            found.append(theta - above / p * gap)
        return tuple(found)

    @cached_property
    def pools(self) -> tuple[tuple[int, ...], ...]:
        """Runs of type indices that ironing treats alike: adjacent types are pooled while virtual valuations fall."""
        runs: list[tuple[int, ...]] = []
        for k in range(self.types):
            runs.append((k,))
            while len(runs) > 1 and self._mean(runs[-2]) > self._mean(runs[-1]):
                last = runs.pop()
                runs[-1] += last
        return tuple(runs)

    @cached_property
    def ironed_valuations(self) -> tuple[Fraction, ...]:
        """Virtual valuations averaged over pools of types, so that they never fall."""
        return tuple(self._mean(pool) for pool in self.pools for _ in pool)

    def _mean(self, pool: Sequence[int]) -> Fraction:
        weight = sum((self.prior[k] for k in pool), Fraction(0))
        return sum((self.prior[k] * self.virtual_valuations[k] for k in pool), Fraction(0)) / weight

    def environment(self) -> Environment:
        """The environment of the buyers, for mechanisms of the data model: bundle x is x steps of the good."""
        prior = Prior(independent=(self.prior,) * self.buyers)
        return screening(self.buyers, self.valuations, utility=self.utility, prior=prior)


def _require_utility(utility: Sequence[Fraction]) -> None:
    if len(utility) < 2 or utility[0] != 0:
        raise InputError("the utility needs an entry for 0, which must be 0, and one for every further step")
    marginal = [b - a for a, b in pairwise(utility)]
    if any(x < 0 for x in marginal) or any(b > a for a, b in pairwise(marginal)):
        raise InputError("the utility must increase at a rate that does not rise (concave)")


def screening_problem(
    buyers: int,
    valuations: Sequence[Number],
    prior: Sequence[Number],
    utility: Sequence[Number],
    cost: Cost,
    step: Number = 1,
) -> ScreeningProblem:
    """The screening problem with these data, given as ints, Fractions or text such as "7/4".

    Parameters
    ----------
    buyers : int
        Number of buyers.
    valuations, prior, utility : sequence of numbers
        As in `ScreeningProblem`.
    cost : number or sequence of numbers
        Cost per unit of the good, or the cost of every total number of steps.
    step : number
        Quantity of one step.

    Examples
    --------
    >>> from collude.models.screening.problem import screening_problem
    >>> tiny = screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> [str(v) for v in tiny.virtual_valuations]
    ['4', '6']
    """
    unit = exact(step, "the step")
    levels = tuple(exact(x, "a utility") for x in utility)
    if isinstance(cost, (list, tuple)):
        costs = tuple(exact(x, "a cost") for x in cost)
    else:
        each = exact(cost, "the cost") * unit
        if each < 0:
            raise InputError(f"the cost must be at least 0, not {cost}")
        costs = tuple(each * x for x in range(buyers * (len(levels) - 1) + 1))
    return ScreeningProblem(
        buyers,
        tuple(exact(x, "a valuation") for x in valuations),
        tuple(exact(x, "a weight of the prior") for x in prior),
        levels,
        costs,
        unit,
    )


def problem_of(environment: Environment, cost: Cost) -> ScreeningProblem:
    """The screening problem of an environment called "screening".

    Parameters
    ----------
    environment
        With an independent prior, the same for all buyers.
    cost
        Per step, or the cost of every total number of steps, in money.

    Raises
    ------
    InputError
        For another environment, or without such a prior.
    """
    if environment.family != "screening":
        raise InputError(f"this needs the environment screening, not {environment.family}")
    prior = environment.prior
    if prior is None or prior.independent is None or len(set(prior.independent)) != 1:
        raise InputError("screening needs an independent prior that is the same for all buyers; give --prior")
    top = environment.values[0][-1]
    valuations = environment.numeric_types(0)
    utility = [Fraction(int(x), environment.scale) / valuations[-1] for x in top]
    return screening_problem(environment.agents, valuations, prior.independent[0], utility, cost)


def without(multiset: Multiset, member: int) -> Multiset:
    """The multiset without one copy of a member.

    Parameters
    ----------
    multiset
        Type indices, sorted.
    member
        One of them.

    Examples
    --------
    >>> without((0, 1, 1), 1)
    (0, 1)
    """
    at = multiset.index(member)
    return multiset[:at] + multiset[at + 1 :]
