"""What a coalition that tells the truth is sure of, whatever the others report: the range of Proposition 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from collude.axioms.core.expectations import expectations_of
from collude.axioms.core.groups import Members, coalitions_by_size
from collude.axioms.core.registry import find_axiom
from collude.enumerate.analyses.equilibria import as_partition
from collude.kernels.expectations.expect import conditional_expectations
from collude.kernels.tables import pattern_strides
from collude.models.errors import NotApplicableError
from collude.models.files.html import shown
from collude.models.mechanism import Mechanism, Profile, require_mechanism


@dataclass(frozen=True)
class Guarantee:
    """What one coalition expects in all if it tells the truth, before types are known, by what the others report.

    Attributes
    ----------
    coalition : tuple of int
        The members.
    values : Fraction
        The sum of their expected values of the alternative, without transfers, if everybody tells the truth.
    least, most : Fraction
        The smallest and the largest expected sum of their utilities over all fixed reports of the others, in money.
    least_at, most_at : tuple of int
        The first reports of the others, in their order, that bring about each; () for the coalition of all.
    """

    coalition: Members
    values: Fraction
    least: Fraction
    most: Fraction
    least_at: Profile
    most_at: Profile

    @property
    def sure(self) -> bool:
        """Whether the coalition gets the sum of its expected values whatever the others report."""
        return self.least == self.most == self.values

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "coalition": list(self.coalition),
            "values": str(self.values),
            "least": str(self.least),
            "least_at": list(self.least_at),
            "most": str(self.most),
            "most_at": list(self.most_at),
            "sure": self.sure,
        }


@shown
@dataclass(frozen=True)
class Guarantees:
    """What every coalition is sure of by the truth, and what follows for all equilibria. Numbers are exact, in money.

    Attributes
    ----------
    mechanism : Mechanism
        What is examined.
    rows : tuple of Guarantee
        One per coalition, smaller ones first.
    surplus : Fraction
        The expected sum of values if everybody tells the truth.
    subsidy : Fraction
        The largest sum of transfers at any report; negative if the designer always receives money.
    """

    mechanism: Mechanism
    rows: tuple[Guarantee, ...]
    surplus: Fraction
    subsidy: Fraction

    @property
    def sure(self) -> bool:
        """Whether every proper coalition is sure of its expected values, as Proposition 3 says."""
        return all(row.sure for row in self.rows[:-1])

    def of(self, coalition: Sequence[int]) -> Guarantee:
        """The guarantee of one coalition."""
        wanted = tuple(sorted(coalition))
        return next(row for row in self.rows if row.coalition == wanted)

    def surplus_at_least(self, partition: Sequence[Sequence[int]] | None = None) -> Fraction:
        """The expected surplus that no equilibrium falls below, if the agents of each block of a partition play as one.

        In an equilibrium each block expects at least what the truth guarantees it, and all blocks together get the surplus and
        the transfers, so the surplus is at least the sum of the guarantees less the largest sum of transfers. It holds for
        mixed equilibria, and for plans that depend on anything but the types of others.

        Parameters
        ----------
        partition : sequence of sequence of int, optional
            The blocks; by default everybody is by himself.

        Returns
        -------
        Fraction
            In money.

        Raises
        ------
        InputError
            For blocks that are no partition.
        """
        blocks = as_partition(partition, self.mechanism.environment.agents)
        return sum((self.of(block).least for block in blocks), Fraction(0)) - self.subsidy

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "mechanism": self.mechanism.name,
            "sure": self.sure,
            "truthful_surplus": str(self.surplus),
            "largest_sum_of_transfers": str(self.subsidy),
            "coalitions": [row.to_dict() for row in self.rows],
        }


def guarantees(mechanism: Mechanism) -> Guarantees:
    """Find what each coalition expects in all by the truth, at the worst and at the best reports of the others.

    Parameters
    ----------
    mechanism : Mechanism
        With money and an independent prior.

    Returns
    -------
    Guarantees

    Raises
    ------
    NotApplicableError
        Without money, exact numbers, or an independent prior.
    SizeError
        If expected utilities could leave int64.

    Notes
    -----
    Cost: n passes over the lattice of prod(K_i + 1) patterns.

    References
    ----------
    Safronov (2016), Proposition 3 and Theorem 2.

    Examples
    --------
    >>> import collude as co
    >>> env = co.airline(3, prior=co.uniform((2, 2, 2)))
    >>> found = co.guarantees(co.agv(env))
    >>> str(found.of([0]).least), str(found.of([0]).most), str(found.surplus_at_least())
    ('-3/2', '2', '-9/2')
    >>> co.guarantees(co.shapley(env)).sure, str(co.guarantees(co.shapley(env)).surplus_at_least())
    (True, '3/4')
    """
    require_mechanism(mechanism)
    reason = find_axiom("guaranteed-payoffs").reason_not_applicable(mechanism)
    if reason:
        raise NotApplicableError(f"guarantees have no meaning for {mechanism.name}: {reason}")
    known, env = expectations_of(mechanism), mechanism.environment
    sizes, beliefs = np.array(env.sizes, np.int64), known.beliefs
    table = np.asarray(conditional_expectations(known.truthful, sizes, beliefs.weights))
    values = [value / mechanism.scale for value in known.ex_ante.values]
    rows = []
    for members in coalitions_by_size(env.agents, 1, env.agents):
        outside = [j for j in range(env.agents) if j not in members]
        reports = list(product(*(range(env.sizes[j]) for j in outside)))
        totals = table[_patterns(sizes, outside, reports)][:, list(members)].sum(axis=1)
        whole = beliefs.scale // beliefs.outside(members) * mechanism.scale
        low, high = int(totals.argmin()), int(totals.argmax())
        least, most = (Fraction(int(totals[place]), whole) for place in (low, high))
        expected = sum((values[i] for i in members), Fraction(0))
        rows.append(Guarantee(members, expected, least, most, reports[low], reports[high]))
    subsidy = max(int(x) for x in known.parts.transfers.sum(axis=0))
    return Guarantees(mechanism, tuple(rows), sum(values, Fraction(0)), Fraction(subsidy, mechanism.scale))


def _patterns(sizes: np.ndarray, outside: Sequence[int], reports: Sequence[Profile]) -> np.ndarray:
    """The numbers of the patterns in which the outsiders' reports are fixed and everybody else is free."""
    strides = np.asarray(pattern_strides(sizes))
    place = np.full(len(reports), int((strides * sizes).sum()), np.int64)
    for column, j in enumerate(outside):
        place += (np.array([report[column] for report in reports], np.int64) - sizes[j]) * strides[j]
    return place
