"""What a coalition expects at given types of its members if they report the truth, or something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from collude.models.beliefs import chances_of
from collude.models.environment import Environment
from collude.models.errors import InputError, NotApplicableError, SizeError
from collude.models.mechanism import Mechanism

MOST_PROFILES = 1_000_000


@dataclass(frozen=True)
class ExpectedValue:
    """The expected sum of utilities of a coalition at its members' types, in units of money, others telling the truth.

    members: the agents. truth: if they report their types. report: if they report what was asked about.
    """

    members: tuple[int, ...]
    truth: Fraction
    report: Fraction

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"members": list(self.members), "truth": str(self.truth), "report": str(self.report)}


def expected_value(
    mechanism: Mechanism, members: Sequence[int], types: Sequence[int], reports: Sequence[int]
) -> ExpectedValue:
    """Work out what a coalition expects by a joint report, and by the truth.

    Parameters
    ----------
    mechanism : Mechanism
        With a prior, independent or joint: what the members' types say about the others' is taken into account.
    members : sequence of int
        The coalition, at least one agent.
    types : sequence of int
        The type index of each member.
    reports : sequence of int
        The type index that each member reports.

    Returns
    -------
    ExpectedValue
        Exact.

    Raises
    ------
    NotApplicableError
        Without a prior, or if these types never occur together.
    InputError
        For agents or types that there are not.
    SizeError
        If the mechanism has more than a million profiles.

    Notes
    -----
    Cost: one step per profile of the mechanism.

    Examples
    --------
    >>> import collude as co
    >>> good = co.auction(2, [0, 1, 2], prior=co.uniform((3, 3)))
    >>> found = expected_value(co.second_price(good), members=[0, 1], types=[2, 2], reports=[2, 0])
    >>> str(found.truth), str(found.report)
    ('0', '2')
    """
    env = mechanism.environment
    given = _members(env, members, types, reports)
    chances, whole, sums = chances_of(env), Fraction(0), [Fraction(0), Fraction(0)]
    for profile in product(*([given[i][0]] if i in given else range(k) for i, k in enumerate(env.sizes))):
        chance = chances[mechanism.number(profile)]
        if not chance:
            continue
        whole += chance
        said = tuple(given[i][1] if i in given else k for i, k in enumerate(profile))
        for place, report in enumerate((profile, said)):
            outcome = mechanism.outcome_at(report)
            sums[place] += chance * sum(mechanism.utility(i, profile[i], outcome) for i in given)
    if not whole:
        raise NotApplicableError("these types never occur together under the prior")
    truth, report_value = (total / whole / mechanism.scale for total in sums)
    return ExpectedValue(tuple(given), truth, report_value)


def _members(
    env: Environment, members: Sequence[int], types: Sequence[int], reports: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Type and report of each member, if it all makes sense."""
    if env.prior is None:
        raise NotApplicableError("nothing can be expected without a prior; add one, for instance --prior uniform")
    given = dict(zip(members, zip(types, reports, strict=True), strict=True))
    if not given or any(
        not 0 <= i < env.agents or not all(0 <= k < env.sizes[i] for k in pair) for i, pair in given.items()
    ):
        raise InputError(f"the coalition {list(members)} has agents or types that there are not")
    if prod(env.sizes) > MOST_PROFILES:
        raise SizeError(f"expectations at one report are worked out up to {MOST_PROFILES:,} profiles", prod(env.sizes))
    return given
