"""Room for collusion if the agents knew each other's types: what they gain by reports, by reallocation, and by both."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collude.kernels.deals.splits import coalition_codes, split_values
from collude.models.errors import NotApplicableError
from collude.models.goods import goods_of
from collude.models.mechanism import Mechanism, Profile, types_of


@dataclass(frozen=True)
class Room:
    """What all agents together gain at one profile of true types under full information and free side payments.

    Attributes
    ----------
    profile : tuple of int
        Type indices.
    manipulation : Fraction
        By a joint report alone, everybody keeping what he is given, in money.
    reallocation : Fraction
        By handing on goods after truthful reports.
    both : Fraction
        By the two together.
    report : tuple of int
        The first joint report that brings that about.
    """

    profile: Profile
    manipulation: Fraction
    reallocation: Fraction
    both: Fraction
    report: Profile

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "types": list(self.profile),
            "manipulation": str(self.manipulation),
            "reallocation": str(self.reallocation),
            "both": str(self.both),
            "report": list(self.report),
        }


def room_for_collusion(mechanism: Mechanism) -> tuple[Room, ...]:
    """What the coalition of all agents gains at every profile by each instrument, under full information.

    Parameters
    ----------
    mechanism : Mechanism
        With goods that can be handed on, and money.

    Returns
    -------
    tuple of Room
        One per profile, in C order.

    Raises
    ------
    NotApplicableError
        For a public choice, or without money.

    Notes
    -----
    Best values of totals come from the kernels that reallocation-proofness uses. Cost: profiles times outcomes.

    References
    ----------
    Jeon and Menicucci (2005), Propositions 2 and 3.
    """
    env = mechanism.environment
    if env.ordinal or env.public:
        raise NotApplicableError("room for collusion needs money and goods that can be handed on")
    everybody = np.arange(env.agents, dtype=np.int64)
    goods = goods_of(mechanism, True)
    sizes = np.array(env.sizes, np.int64)
    totals, best = split_values(sizes, goods, everybody, goods.concave)
    place = np.searchsorted(totals, coalition_codes(goods, everybody))
    money = mechanism.transfer.sum(axis=1)
    type_indices = types_of(env.sizes, 0, env.profiles)
    truth = mechanism.truthful(type_indices, mechanism.outcome).sum(axis=0)
    shared = best[:, place] + money[None, :] - truth[:, None]
    kept = _kept_values(mechanism, type_indices) + money[None, :] - truth[:, None]
    first_report = _first_profiles(mechanism.outcome, mechanism.outcomes)
    used = np.flatnonzero(first_report >= 0)
    found = []
    for p in range(env.profiles):
        order = used[np.argsort(first_report[used], kind="stable")]
        at = int(order[int(shared[p, order].argmax())])
        found.append(
            Room(
                mechanism.types_at(p),
                Fraction(int(kept[p, used].max()), mechanism.scale),
                Fraction(int(shared[p, mechanism.outcome[p]]), mechanism.scale),
                Fraction(int(shared[p, at]), mechanism.scale),
                mechanism.types_at(int(first_report[at])),
            )
        )
    return tuple(found)


def _kept_values(mechanism: Mechanism, type_indices: np.ndarray) -> np.ndarray:
    """Sum of the values of what every outcome gives, at every profile of true types: (P, R) int64."""
    env = mechanism.environment
    factor = mechanism.scale // env.scale
    rows = [env.values[i][type_indices[i]][:, mechanism.bundle[:, i]] for i in range(env.agents)]
    return np.asarray(sum(rows) * factor)


def _first_profiles(outcome: np.ndarray, outcomes: int) -> np.ndarray:
    """The first profile with each outcome, -1 if there is none: (R,) int64."""
    found = np.full(outcomes, -1, np.int64)
    numbers, first = np.unique(outcome, return_index=True)
    found[numbers] = first
    return found
