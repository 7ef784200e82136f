"""Ordinary witnesses of violations on multisets: profiles of named agents that the ordinary re-check takes."""

from dataclasses import dataclass

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.settlement import hand_overs
from collude.axioms.core.settlement import settle as settle_deal
from collude.enumerate.symmetric.blocks import level_of
from collude.enumerate.symmetric.coalitional import BestOutsiders, first_outsiders_of
from collude.kernels.multisets.assignment import FORBIDDEN, new_desk
from collude.kernels.multisets.gains import gains_of_reports
from collude.kernels.multisets.ranking import multisets
from collude.kernels.multisets.tastes import SHARE_OUT, Tastes
from collude.models.errors import DisagreementError
from collude.models.mechanism import Profile
from collude.models.symmetric.mechanism import SymmetricMechanism
from collude.models.symmetric.views import ListedProfiles, view_of


@dataclass(frozen=True, eq=False)
class SymmetricWitness:
    """A violation among named agents. view : the mechanism at the profiles concerned. witness : who, where and how."""

    view: ListedProfiles
    witness: Witness


def in_order(counts: tuple[int, ...]) -> Profile:
    """The type indices of a multiset in increasing order.

    Parameters
    ----------
    counts : tuple of int
        How many agents have each type, (K,).

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> in_order((2, 0, 1))
    (0, 0, 2)
    """
    return tuple(t for t, number in enumerate(counts) for _ in range(number))


def coalition_witness(mechanism: SymmetricMechanism, rule: int, size: int, group: tuple[int, ...]) -> SymmetricWitness:
    """The worst violation of a coalition: the first profile, and at it the first joint report, with its largest gain.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    rule : int
        AGREE, ALL_GAIN or SHARE_OUT of `collude.kernels.multisets.tastes`.
    size : int
        Number of members.
    group : tuple of int
        How many members have each type, (K,).

    Returns
    -------
    SymmetricWitness
        The members come first, in the order of their types.

    Raises
    ------
    DisagreementError
        If the coalition gains nowhere: a bug in collude.
    """
    found = first_outsiders_of(mechanism, level_of(mechanism, size), group, rule)
    if found is None:
        raise DisagreementError(
            f"{mechanism.name}: the worst violation cannot be found again; please report this as a bug"
        )
    truth = (*in_order(group), *in_order(found.counts))
    misreport = first_report(mechanism, rule, group, found)
    view = view_of(mechanism, [truth, (*misreport, *truth[size:])])
    members = tuple(range(size))
    report = (*misreport, *truth[size:])
    if rule != SHARE_OUT:
        return SymmetricWitness(view, Witness(truth, members, misreport, view.gains(truth, report, members)))
    outcome = view.outcome_at(report)
    split = tuple(int(view.bundle[outcome, i]) for i in members)
    gains, payments = settle_deal(view, members, truth, outcome, split)
    details: dict[str, object] = {
        "holdings": [list(view.bundle_of(outcome, i)) for i in members],
        "side payments": [str(payment / view.scale) for payment in payments],
        **hand_overs(view, members, outcome, split, payments),
    }
    return SymmetricWitness(view, Witness(truth, members, misreport, gains, details))


def first_report(
    mechanism: SymmetricMechanism, rule: int, group: tuple[int, ...], beside: BestOutsiders
) -> tuple[int, ...]:
    """The first joint report, in the order of reports, that gives a coalition its largest total gain.

    Parameters
    ----------
    mechanism : SymmetricMechanism
    rule : int
        AGREE, ALL_GAIN or SHARE_OUT.
    group : tuple of int
        How many members have each type, (K,).
    beside : BestOutsiders
        The outsiders, and the gain.

    Returns
    -------
    tuple of int
        One type index per member, the members being in the order of their types.
    """
    outside = beside.counts
    kinds, size = len(group), sum(group)
    reports = multisets(size, kinds)
    ranks = multiset_ranks(reports + np.array(outside, np.int64), mechanism.ranks)
    everybody = [a + b for a, b in zip(group, outside, strict=True)]
    truth = np.array([mechanism.share_at(t, everybody) if group[t] else -1 for t in range(kinds)], np.int64)
    words = np.empty((0, 0, 1), np.uint64), np.empty((0, 1), np.uint64)
    tastes = Tastes(mechanism.utility, rule, np.full(mechanism.utility.shape, -1, np.int32), *words)
    desk = new_desk(kinds, size)

    def totals_of(left: np.ndarray, rows: np.ndarray, places: np.ndarray) -> np.ndarray:
        totals = np.empty(len(rows), np.int64)
        gains_of_reports(left, truth, rows, places, mechanism.share, tastes, desk, totals)
        return totals

    left = np.array(group, np.int64)
    target = np.full(len(reports), beside.gain, np.int64)
    keep = totals_of(left, reports, ranks) == target
    reports, ranks, target = reports[keep], ranks[keep], target[keep]
    chosen: list[int] = []
    for t in in_order(group):
        left[t] -= 1
        for a in range(kinds):
            rows = reports[:, a] > 0
            own = mechanism.utility[t, mechanism.share[ranks[rows], a]] - mechanism.utility[t, truth[t]]
            rest = reports[rows] - (np.arange(kinds) == a)
            more = totals_of(left, rest, ranks[rows]) if len(chosen) + 1 < size else np.zeros(len(rest), np.int64)
            fits = (more != FORBIDDEN) & (own + more == target[rows]) & _agrees(own, rule)
            if fits.any():
                reports, ranks, target = rest[fits], ranks[rows][fits], (target[rows] - own)[fits]
                chosen.append(a)
                break
    return tuple(chosen)


def _agrees(gain: np.ndarray, rule: int) -> np.ndarray:
    """Whether a member agrees to a gain."""
    if rule == SHARE_OUT:
        return np.ones(len(gain), np.bool_)
    return np.asarray(gain >= 0 if rule == 0 else gain > 0)


def multiset_ranks(counts: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The ranks of several multisets.

    Parameters
    ----------
    counts : ndarray
        (N, K) int64, each row a multiset.
    table : ndarray
        `rank_table`.

    Returns
    -------
    ndarray
        (N,) int64.
    """
    sums = counts.cumsum(axis=1)
    ranks = np.zeros(len(counts), np.int64)
    for i in range(1, counts.shape[1]):
        ranks += table[i, sums[:, i - 1]]
    return ranks
