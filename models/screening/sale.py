"""Symmetric sale mechanisms: quantity and payment of a buyer by his own report and the multiset of the others' reports."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from typing import NamedTuple

from collude.models.errors import InputError
from collude.models.files.functions import from_function
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism
from collude.models.screening.problem import Multiset, ScreeningProblem, without

Rule = Callable[[int, Multiset], int]
Scheme = Callable[[int, Multiset], Fraction]


class SaleTerms(NamedTuple):
    """What one buyer gets, in steps of the good, and what he pays for it, in money."""

    quantity: int
    payment: Fraction


@shown
@dataclass(frozen=True)
class Sale:
    """A symmetric direct mechanism that sells to every buyer.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : tuple of tuples of int
        ``quantity[k][x]`` steps of the good for a buyer who reports k when the others report ``problem.others[x]``.
    payment : tuple of tuples of Fraction
        ``payment[k][x]``: what he pays then.
    name : str

    Raises
    ------
    InputError
        If a table has the wrong shape or a quantity is off the grid.
    """

    problem: ScreeningProblem
    quantity: tuple[tuple[int, ...], ...]
    payment: tuple[tuple[Fraction, ...], ...]
    name: str = "sale"

    def __post_init__(self) -> None:
        shape = (self.problem.types, len(self.problem.others))
        for table, what in ((self.quantity, "quantities"), (self.payment, "payments")):
            if len(table) != shape[0] or any(len(row) != shape[1] for row in table):
                raise InputError(f"the {what} need {shape[0]} rows, one per report, of {shape[1]} entries each")
        if any(not 0 <= q <= self.problem.most for row in self.quantity for q in row):
            raise InputError(f"quantities are whole numbers of steps from 0 to {self.problem.most}")

    def at(self, own: int, others: Multiset) -> SaleTerms:
        """What a buyer gets and pays who reports `own` when the others report the multiset `others`."""
        x = self.problem.place[others]
        return SaleTerms(self.quantity[own][x], self.payment[own][x])

    def total_quantity(self, profile: Multiset) -> int:
        """Steps sold in all at a multiset of reports."""
        return sum(self.at(k, without(profile, k)).quantity for k in profile)

    def total_payment(self, profile: Multiset) -> Fraction:
        """What all buyers pay together at a multiset of reports."""
        return sum((self.at(k, without(profile, k)).payment for k in profile), Fraction(0))

    @cached_property
    def expected_utility(self) -> tuple[Fraction, ...]:
        """Per report the expected utility of the quantity, E u(q), the others telling the truth."""
        utility = self.problem.utility
        return self._expected(tuple(tuple(utility[q] for q in row) for row in self.quantity))

    @cached_property
    def expected_payment(self) -> tuple[Fraction, ...]:
        """Per report the expected payment, the others telling the truth."""
        return self._expected(self.payment)

    def _expected(self, table: tuple[tuple[Fraction, ...], ...]) -> tuple[Fraction, ...]:
        weights = [self.problem.probability(others) for others in self.problem.others]
        return tuple(sum((w * x for w, x in zip(weights, row, strict=True)), Fraction(0)) for row in table)

    def payoff(self, truth: int, report: int | None = None) -> Fraction:
        """Expected payoff of a type who reports `report` (default: the truth), the others telling the truth."""
        said = truth if report is None else report
        return self.problem.valuations[truth] * self.expected_utility[said] - self.expected_payment[said]

    def incentive_slack(self, truth: int, report: int) -> Fraction:
        """By how much a type prefers the truth to a misreport (constraint BIC); negative if he lies."""
        return self.payoff(truth) - self.payoff(truth, report)

    @property
    def incentive_compatible(self) -> bool:
        """True if no type gains by a misreport (Bayesian)."""
        types = range(self.problem.types)
        return all(self.incentive_slack(k, r) >= 0 for k in types for r in types)

    @property
    def individually_rational(self) -> bool:
        """True if every type expects at least 0."""
        return all(self.payoff(k) >= 0 for k in range(self.problem.types))

    @cached_property
    def profit(self) -> Fraction:
        """Seller's expected profit if everybody tells the truth."""
        problem, found = self.problem, Fraction(0)
        for profile in problem.profiles:
            earned = self.total_payment(profile) - problem.cost[self.total_quantity(profile)]
            found += problem.probability(profile) * earned
        return found

    @property
    def buyers_payoff(self) -> Fraction:
        """Expected payoff of all buyers together if everybody tells the truth."""
        each = sum((p * self.payoff(k) for k, p in enumerate(self.problem.prior)), Fraction(0))
        return self.problem.buyers * each

    @cached_property
    def mechanism(self) -> Mechanism:
        """The same as a mechanism of the data model (transfers are money received)."""

        def rule(reports: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
            rows = [self.at(k, tuple(sorted(reports[:i] + reports[i + 1 :]))) for i, k in enumerate(reports)]
            return tuple(q for q, _ in rows), tuple(-paid for _, paid in rows)

        return from_function(self.problem.environment(), rule, name=self.name, reports="numbers")


def sale_of(problem: ScreeningProblem, quantity: Rule, payment: Scheme, name: str = "sale") -> Sale:
    """The symmetric sale of two functions, one for quantities and one for payments.

    Parameters
    ----------
    problem
        Buyers, types and the grid of quantities.
    quantity, payment
        Of a buyer's report and the sorted tuple of the others' reports: steps, and money that he pays.
    name
        What verdicts call the sale.

    Raises
    ------
    InputError
        If a quantity is off the grid.
    """
    table = tuple(tuple(quantity(k, others) for others in problem.others) for k in range(problem.types))
    money = tuple(tuple(Fraction(payment(k, others)) for others in problem.others) for k in range(problem.types))
    return Sale(problem, table, money, name)


def orders(profile: Multiset) -> list[tuple[int, ...]]:
    """The different orders of a multiset, sorted.

    Parameters
    ----------
    profile
        Type indices.

    Examples
    --------
    >>> orders((0, 0, 1))
    [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    """
    return sorted(set(permutations(profile)))
