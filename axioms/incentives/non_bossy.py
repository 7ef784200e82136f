"""Non-bossy: who cannot change what he gets himself cannot change what others get."""

import numpy as np

from collude.axioms.core.base import agents_who_differ
from collude.axioms.core.conditions import PairRule, neighbours
from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.kernels.search.pairs import Edges, Frame, forbid_bossiness
from collude.kernels.tables import profile_strides
from collude.models.mechanism import Mechanism, Profile
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class NonBossy(ProfileAxiom):
    """Who does not change what he gets himself by a misreport does not change what anybody else gets.

    Violated at (profile, agent) iff some misreport of the agent leaves his bundle and transfer as they are and changes another
    agent's bundle or transfer.

    Examples
    --------
    >>> import collude as co
    >>> auction = co.auction(2, [0, 1, 2])
    >>> co.check(co.second_price(auction), ["non-bossy"])["non-bossy"].violations  # the loser sets the price
    7
    >>> co.check(co.posted_price(auction, price=1), ["non-bossy"]).holds
    True
    """

    name = "non-bossy"
    definition = "no misreport leaves the liar's bundle and transfer unchanged and changes another agent's"
    unit = "(profile, agent) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Where all share one alternative, it is that alternative plus own money: only with money is it a question."""
        env = mechanism.environment
        return "everybody gets the same alternative" if env.public and env.ordinal else ""

    def steps_per_profile(self, mechanism: Mechanism) -> int:
        """Every report of every agent."""
        return sum(mechanism.environment.sizes)

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """1 where some misreport is bossy, else 0: another outcome changes somebody's share."""
        sizes = mechanism.environment.sizes
        strides, outcome_ids = profile_strides(np.array(sizes, np.int64)), mechanism.outcome_ids
        numbers = np.arange(first, first + len(outcomes))
        for i, own in enumerate(mechanism.table.allocation):
            bossy = np.zeros(len(outcomes), np.bool_)
            for k in range(sizes[i]):
                other = mechanism.outcome[numbers + (k - type_indices[i]) * strides[i]]
                bossy |= (outcome_ids[other] != outcome_ids[outcomes]) & (own[other] == own[outcomes])
            yield (i,), np.where(bossy, 1 + mechanism.tolerance, 0)

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """1 if some misreport is bossy."""
        return 0 if self.misreport(mechanism, profile, members) is None else 1 + mechanism.tolerance

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """Being bossy has no size."""
        return ()

    def misreport(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> tuple[int, ...] | None:
        """The first misreport that keeps the agent's share and changes another's."""
        (i,) = members
        before = _shares(mechanism, profile)
        for k in range(mechanism.environment.sizes[i]):
            report = (*profile[:i], k, *profile[i + 1 :])
            after = _shares(mechanism, report)
            if after[i] == before[i] and after != before:
                return (k,)
        return None

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """Pairs that differ in one report."""

        def fill(frame: Frame, edges: Edges, span: tuple[int, int]) -> None:
            forbid_bossiness(frame, edges, span)

        return [PairRule(*neighbours(space.environment.sizes), fill)]

    def reach(self, menu: Menu) -> int:
        """One agent misreports."""
        return 1

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray:
        """Outcomes in which the agent who differs has the same share are the same outcome."""
        (agent,) = agents_who_differ(one, other)

        def make() -> np.ndarray:
            share = [(menu.bundle_of(o, agent), int(menu.transfer[o, agent])) for o in range(menu.outcomes)]
            return np.array([[x != y or a == b for b, y in enumerate(share)] for a, x in enumerate(share)], np.bool_)

        return menu.once(("not bossy", agent), make)


def _shares(mechanism: Mechanism, profile: Profile) -> list[tuple[int, int]]:
    """Everybody's bundle number and transfer."""
    outcome = mechanism.outcome_at(profile)
    return list(zip(mechanism.bundle[outcome].tolist(), mechanism.transfer[outcome].tolist(), strict=True))
