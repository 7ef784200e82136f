"""Virtual weights of types, and the coalition incentive constraints of a sale mechanism at such weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import lcm
from typing import NamedTuple

from collude.models.errors import InputError
from collude.models.screening.linear import even_split, uneven_split
from collude.models.screening.optimum import Quantities
from collude.models.screening.problem import Multiset, ScreeningProblem, without
from collude.models.screening.sale import Sale
from collude.programs.screening.contract import Multipliers

Epsilons = tuple[Fraction, ...]


def rent_rates(problem: ScreeningProblem) -> tuple[Fraction, ...]:
    """What a unit of epsilon takes from the virtual weight of each type but the highest: p_{k+1} / p_k (theta_{k+1} - theta_k).

    Parameters
    ----------
    problem : ScreeningProblem

    Returns
    -------
    tuple of K - 1 Fractions
    """
    p, theta = problem.prior, problem.valuations
    return tuple(p[k + 1] / p[k] * (theta[k + 1] - theta[k]) for k in range(problem.types - 1))


def virtual_weights(problem: ScreeningProblem, epsilons: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """What a unit of utility of each type counts for the coalition if type k + 1's incentive constraint costs epsilons[k].

    Parameters
    ----------
    problem : ScreeningProblem
    epsilons : sequence of K - 1 Fractions
        The k-th belongs to the constraint that type k + 1 does not report k. All 0: full information. `full_rents`: the
        virtual valuations.

    Returns
    -------
    tuple of K Fractions

    Raises
    ------
    InputError
        For another number of epsilons.

    Examples
    --------
    >>> import collude as co
    >>> tiny = co.screening_problem(2, [5, 6], ["1/2", "1/2"], [0, 20, 36, 48, 56, 62, 66, 69, 71, 72], 68)
    >>> [str(x) for x in virtual_weights(tiny, [Fraction(1, 2)])]
    ['9/2', '6']
    """
    if len(epsilons) != problem.types - 1:
        raise InputError(f"{len(epsilons)} epsilons are given, but {problem.types} types need {problem.types - 1}")
    taken = [rate * e for rate, e in zip(rent_rates(problem), epsilons, strict=True)]
    return tuple(theta - x for theta, x in zip(problem.valuations, (*taken, Fraction(0)), strict=True))


def full_rents(problem: ScreeningProblem) -> Epsilons:
    """The epsilons at which weights are the virtual valuations: (1 - F_k) / p_{k+1}, with F_k the probability up to k.

    Parameters
    ----------
    problem : ScreeningProblem

    Returns
    -------
    tuple of K - 1 Fractions
    """
    above = [sum(problem.prior[k + 1 :], Fraction(0)) for k in range(problem.types - 1)]
    return tuple(x / problem.prior[k + 1] for k, x in enumerate(above))


def money_scale_at(problem: ScreeningProblem, epsilons: Sequence[Fraction]) -> Fraction | None:
    """The least weight of money at which multipliers with given epsilons are at least 0.

    It is there iff 0 <= e_k < 1 + p_{k+2} / p_{k+1} e_{k+1} for all k (the last term missing for the highest type): type
    k + 1's participation constraint must not have a negative multiplier.

    Parameters
    ----------
    problem : ScreeningProblem
    epsilons : sequence of K - 1 Fractions

    Returns
    -------
    Fraction or None
        None if there is none.
    """
    scale = Fraction(1)
    for k, e in enumerate(epsilons):
        above = problem.prior[k + 2] / problem.prior[k + 1] * epsilons[k + 1] if k + 2 < problem.types else Fraction(0)
        room = 1 - e + above
        if e < 0 or room <= 0:
            return None
        scale = max(scale, 1 / room)
    return scale


def multipliers_at(problem: ScreeningProblem, epsilons: Sequence[Fraction]) -> Multipliers:
    """Multipliers of the third party's program with given epsilons; `gain_bound` says what they prove.

    Parameters
    ----------
    problem : ScreeningProblem
    epsilons : sequence of K - 1 Fractions

    Returns
    -------
    Multipliers
        Incentive constraints bind downwards, from each type to the next lower one, only.

    Raises
    ------
    InputError
        If there are none: see `money_scale_at`.
    """
    scale = money_scale_at(problem, epsilons)
    if scale is None:
        raise InputError(f"no multipliers have the epsilons {', '.join(map(str, epsilons))}")
    types, p = problem.types, problem.prior
    down = [scale * p[k + 1] * e for k, e in enumerate(epsilons)]
    incentive = tuple(tuple(down[k - 1] if r == k - 1 else Fraction(0) for r in range(types)) for k in range(types))
    participation = tuple(
        (scale - 1) * p[k] - (down[k - 1] if k else 0) + (down[k] if k < types - 1 else 0) for k in range(types)
    )
    return Multipliers((incentive,) * problem.buyers, (participation,) * problem.buyers)


@dataclass(frozen=True)
class Deviation:
    """A deviation of the coalition of buyers: it reports other types and shares the quantity anew.

    Attributes
    ----------
    truth, report : tuple of int
        Multisets of type indices.
    loss : tuple of int
        Per type k, what its buyers lose in utility of the quantity, as against the truth, times the scale of the table.
    """

    truth: Multiset
    report: Multiset
    loss: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class DeviationTable:
    """All deviations of the coalition of buyers from given quantities that can be best for some virtual weights.

    Attributes
    ----------
    problem : ScreeningProblem
    quantity : Quantities
    scale : int
        What the utilities are multiplied by to be ints.
    deviations : tuple of Deviation
    """

    problem: ScreeningProblem
    quantity: Quantities
    scale: int
    deviations: tuple[Deviation, ...]


@lru_cache(maxsize=256)
def deviation_table(problem: ScreeningProblem, quantity: Quantities) -> DeviationTable:
    """The deviations of every multiset of true types to every multiset of reports.

    Parameters
    ----------
    problem : ScreeningProblem
    quantity : Quantities
        quantity[k][x]: steps of a buyer of type k if the others are ``problem.others[x]``.

    Returns
    -------
    DeviationTable

    Notes
    -----
    Utility is concave, so buyers of the same type share what they hold as evenly as the grid allows if their weight is
    positive, and as unevenly if it is negative: per multiset of types, only the quantities of the types are run through.
    Cost: multisets squared times steps to the power of K - 1.
    """
    scale = lcm(*(u.denominator for u in problem.utility))
    utility = [int(u * scale) for u in problem.utility]
    negative = [v < 0 for v in problem.virtual_valuations]
    sold = {
        profile: [(k, quantity[k][problem.place[without(profile, k)]]) for k in profile] for profile in problem.profiles
    }
    found = []
    for truth in problem.profiles:
        own = [0] * problem.types
        for k, q in sold[truth]:
            own[k] += utility[q]
        splits: dict[int, list[tuple[int, ...]]] = {}
        for report in problem.profiles:
            total = sum(q for _, q in sold[report])
            if total not in splits:
                splits[total] = list(dict.fromkeys(_splits(problem, utility, truth, total, negative)))
            found += [
                Deviation(truth, report, tuple(a - b for a, b in zip(own, split, strict=True)))
                for split in splits[total]
            ]
    return DeviationTable(problem, quantity, scale, tuple(found))


def _splits(
    problem: ScreeningProblem, utility: Sequence[int], truth: Multiset, total: int, negative: Sequence[bool]
) -> Iterator[tuple[int, ...]]:
    """Sums of scaled utilities by type, for the splits of a total among buyers with these types that can be best."""
    counts = [truth.count(k) for k in range(problem.types)]
    present = [k for k, count in enumerate(counts) if count]
    last = present[-1]
    for held in product(*(range(min(total, counts[k] * problem.most) + 1) for k in present[:-1])):
        rest = total - sum(held)
        if not 0 <= rest <= counts[last] * problem.most:
            continue
        choices = []
        for k, x in zip(present, (*held, rest), strict=True):
            even = even_split(utility, counts[k], x)
            choices.append([even, uneven_split(utility, x)] if negative[k] and counts[k] > 1 else [even])
        for sums in product(*choices):
            row = [0] * problem.types
            for k, value in zip(present, sums, strict=True):
                row[k] = value
            yield tuple(row)


class JointReport(NamedTuple):
    """The true types of all buyers and the types that they report, as multisets."""

    truth: Multiset
    report: Multiset


def margins(sale: Sale, weights: Sequence[Fraction]) -> dict[JointReport, Fraction]:
    """By how much the truth is better than every deviation of the coalition of buyers, at virtual weights.

    Parameters
    ----------
    sale : Sale
    weights : sequence of K Fractions
        From `virtual_weights`; not below 0 unless the virtual valuation is.

    Returns
    -------
    dict from JointReport to Fraction
        In money. Equal types and reports: what reallocation alone would gain, as a negative number (0 if the truthful split is
        a best one, the condition of no arbitrage). Different ones: slack of the coalition incentive constraint, CIC, the
        reported total being shared in the best way.

    References
    ----------
    Jeon and Menicucci (2005), constraints (6)-(12).
    """
    table = deviation_table(sale.problem, sale.quantity)
    paid = {profile: sale.total_payment(profile) for profile in sale.problem.profiles}
    found: dict[JointReport, Fraction] = {}
    for deviation in table.deviations:
        lost = sum((w * x for w, x in zip(weights, deviation.loss, strict=True)), Fraction(0)) / table.scale
        slack = lost - paid[deviation.truth] + paid[deviation.report]
        key = JointReport(deviation.truth, deviation.report)
        if key not in found or slack < found[key]:
            found[key] = slack
    return found


def bound_at(sale: Sale, epsilons: Sequence[Fraction]) -> Fraction | None:
    """An upper bound on what side contracts gain, from the multipliers with given epsilons.

    It is the least over all epsilons that equals the gain, if incentive constraints bind downwards only. Constraints that
    are slack in the mechanism must have epsilon 0 for the bound to be tight; what their multipliers add is counted.

    Parameters
    ----------
    sale : Sale
    epsilons : sequence of K - 1 Fractions

    Returns
    -------
    Fraction or None
        In money; None where there are no multipliers.
    """
    problem = sale.problem
    scale = money_scale_at(problem, epsilons)
    if scale is None:
        return None
    worst: dict[Multiset, Fraction] = {}
    for (truth, _), slack in margins(sale, virtual_weights(problem, epsilons)).items():
        worst[truth] = min(worst.get(truth, Fraction(0)), slack)
    gain = -scale * sum((problem.probability(truth) * slack for truth, slack in worst.items()), Fraction(0))
    for k, e in enumerate(epsilons):
        gain += problem.buyers * scale * problem.prior[k + 1] * e * sale.incentive_slack(k + 1, k)
    return gain
