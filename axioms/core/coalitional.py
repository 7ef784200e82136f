"""What all axioms about joint misreports share: who must gain, which coalitions count, the plain definition."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from collude.axioms.core.base import Axiom, Witness, agents_who_differ
from collude.axioms.core.conditions import PairRule, pairs_up_to
from collude.axioms.core.groups import largest_coalition
from collude.kernels.coalitions.best import ENFORCED, STRONG, WEAK
from collude.kernels.search.pairs import Edges, Frame
from collude.kernels.search.upsets import GRAND_PAIR, STRONG_PAIR, WEAK_PAIR, forbid_upsets
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


class SizeBounds(NamedTuple):
    """The smallest and the largest number of members that are looked at."""

    smallest: int
    largest: int


class CoalitionalAxiom(Axiom):
    """An axiom that fails where some coalition has a joint misreport that its members agree to.

    Attributes
    ----------
    rule : int
        Who agrees: STRONG (nobody loses, somebody gains), WEAK (everybody gains) or ENFORCED (as STRONG, and each agreed
        report is a best reply for the member's true type).
    smallest, largest : int or None
        The sizes of coalitions that count; None stands for the number of agents.
    """

    unit = "(profile, coalition) pairs"
    rule: int = STRONG
    smallest: int | None = 1
    largest: int | None = None

    def bounds(self, mechanism: Mechanism, asked: int | None) -> SizeBounds:
        """The sizes of coalitions that are looked at.

        Parameters
        ----------
        mechanism : Mechanism
        asked : int or None
            The largest size that the user asks for; None for any.

        Returns
        -------
        SizeBounds
            The smallest may exceed the largest: then there is nothing to look at.
        """
        largest = largest_coalition(mechanism.environment.agents, self.largest, asked)
        return SizeBounds(self.min_coalition_size(mechanism), largest)

    def min_coalition_size(self, mechanism: Mechanism) -> int:
        """The smallest coalition that is looked at."""
        return mechanism.environment.agents if self.smallest is None else self.smallest

    @property
    def searchable(self) -> bool:
        """Whether the condition compares two profiles only: best replies take a third one."""
        return self.rule != ENFORCED

    def reach(self, menu: Menu) -> int:
        """As many reports as a coalition has members."""
        return largest_coalition(menu.environment.agents, self.largest)

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in at most as many reports as a coalition has members."""
        largest = largest_coalition(space.environment.agents, self.largest)
        rule = WEAK_PAIR if self.rule == WEAK else GRAND_PAIR if self.smallest is None else STRONG_PAIR

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_upsets(frame, edges, rule, largest, span)

        return [PairRule(*pairs_up_to(space, largest), fill, 4.0 * space.environment.agents)]

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray:
        """Neither profile is the truth of a coalition that brings about the outcome at the other."""
        differ = agents_who_differ(one, other)
        if self.largest == 1:
            key: object = (self.name, differ[0], one[differ[0]], other[differ[0]])
        else:
            key = (self.label, one, other)
        return menu.once(
            key, lambda: ~(self._upset(menu, one, differ) | np.asarray(self._upset(menu, other, differ)).T)
        )

    def _upset(self, menu: Menu, truth: Profile, differ: Sequence[int]) -> np.ndarray:
        """[a, b]: with outcome a at the true types, some coalition brings about b. Every coalition is tried."""
        n = len(truth)
        largest = largest_coalition(n, self.largest)
        smallest = n if self.smallest is None else self.smallest
        upset = np.zeros((menu.outcomes, menu.outcomes), np.bool_)
        rest = [i for i in range(n) if i not in differ]
        for more in range(len(rest) + 1):
            if not smallest <= len(differ) + more <= largest:
                continue
            for joined in combinations(rest, more):
                rises = [menu.rises(i, truth[i]) for i in (*differ, *joined)]
                if self.rule == WEAK:
                    upset |= np.logical_and.reduce([rise > 0 for rise in rises])
                else:
                    nobody_loses = np.logical_and.reduce([rise >= 0 for rise in rises])
                    upset |= nobody_loses & np.logical_or.reduce([rise > 0 for rise in rises])
        return upset

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """From the definition: outcomes, gains and best replies recomputed in Python integers."""
        truth, report = witness.profile, witness.reported
        gains = mechanism.gains(truth, report, witness.coalition)
        if gains != witness.gains or not gains:
            return False
        tolerance = mechanism.tolerance
        if self.rule == WEAK:
            return min(gains) > tolerance
        if min(gains) < -tolerance or max(gains) <= tolerance:
            return False
        return self.rule != ENFORCED or all(
            self._replies_best(mechanism, truth[i], i, report) for i in witness.coalition
        )

    @staticmethod
    def _replies_best(mechanism: Mechanism, type_index: int, agent: int, report: tuple[int, ...]) -> bool:
        agreed = mechanism.utility(agent, type_index, mechanism.outcome_at(report))
        for k in range(mechanism.environment.sizes[agent]):
            switched = (*report[:agent], k, *report[agent + 1 :])
            if mechanism.utility(agent, type_index, mechanism.outcome_at(switched)) > agreed + mechanism.tolerance:
                return False
        return True
