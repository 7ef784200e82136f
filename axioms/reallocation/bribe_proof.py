"""Bribe-proofness: nobody gains by a misreport, not even if another agent pays him for it."""

from fractions import Fraction

import numpy as np

from collude.axioms.core.base import Axiom, Witness
from collude.axioms.core.conditions import PairRule
from collude.axioms.core.deal_rules import Reach, deal_rules, no_deal
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace

BRIBES = Reach(liars=1, members=2, goods=False)


@axiom
class BribeProof(Axiom):
    """No misreport of one agent gains him something, nor another agent more than he loses by it.

    Violated at (profile, agent i, misreport of i, agent j) iff i and j gain in all, or, for j = i, i gains alone: then j can pay
    i for it. The definition as printed would have the briber gain over the truth of another profile, and fails for j = i.

    References
    ----------
    Hagen (2020), definition 2.9.

    Examples
    --------
    >>> import collude as co
    >>> found = co.check(co.second_price(co.auction(2, [0, 1, 2])), ["bribe-proof"])["bribe-proof"]
    >>> found.violations, found.witness.types, found.witness.reported
    (8, ('2', '2'), ('0', '2'))
    """

    name = "bribe-proof"
    definition = "no misreport of one agent gains him something, or gains another agent more than he loses"
    source = "Hagen (2020), definition 2.9"
    unit = "(profile, agent, report, briber) bribes"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """It takes money."""
        return "there is no money" if mechanism.environment.ordinal else ""

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The agent and the briber."""
        return min(2, mechanism.environment.agents)

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in one report."""
        return deal_rules(space, BRIBES, self.name)

    def reach(self, menu: Menu) -> int:
        """One agent misreports."""
        return 1

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray:
        """Neither the liar alone nor he and a briber gain in all."""
        return no_deal(menu, one, other, BRIBES)

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Outcomes and gains are recomputed in Python integers."""
        misreporter = witness.details["misreporter"]
        liars = [i for i, (k, told) in enumerate(zip(witness.profile, witness.reported, strict=True)) if k != told]
        gains = mechanism.gains(witness.profile, witness.reported, witness.coalition)
        return (
            liars == [misreporter]
            and misreporter in witness.coalition
            and 1 <= len(witness.coalition) <= 2
            and gains == witness.gains
            and sum(gains) > mechanism.tolerance
        )


def bribe_of(mechanism: Mechanism, misreporter: int, witness: Witness) -> str:
    """The bribe after which the agent who misreports and the one who pays him gain the same, as a sentence.

    Parameters
    ----------
    mechanism : Mechanism
    misreporter : int
        The agent who misreports.
    witness : Witness
        A violation of bribe-proofness by him alone or with one other agent.

    Returns
    -------
    str
    """
    gains = dict(
        zip(witness.coalition, mechanism.gains(witness.profile, witness.reported, witness.coalition), strict=True)
    )
    if len(gains) == 1:
        return "no bribe is needed"
    (briber,) = set(gains) - {misreporter}
    amount = Fraction(gains[briber] - gains[misreporter], 2) / mechanism.scale
    labels = mechanism.environment.labels
    if amount < 0:
        return f"agent {labels[misreporter]} pays {-amount} to agent {labels[briber]}"
    return f"agent {labels[briber]} pays {amount} to agent {labels[misreporter]}"
