"""Maskin monotonicity: an outcome that falls in nobody's esteem stays chosen."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.conditions import PairRule, clash_rule
from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile, all_profiles
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class MaskinMonotonic(ProfileAxiom):
    """An outcome that falls in nobody's esteem stays chosen.

    Violated at a profile iff another outcome is chosen at some other profile at which every agent finds the outcome at least as
    good as everything that he found it at least as good as before. Compared are all outcomes on offer.

    References
    ----------
    Maskin (1999).

    Examples
    --------
    >>> import collude as co
    >>> voting = co.voting(2, 3)
    >>> co.check(co.mechanism("dictatorship", voting), ["maskin-monotonic"]).holds
    True
    >>> co.check(co.mechanism("borda", voting), ["maskin-monotonic"]).holds
    False
    """

    name = "maskin-monotonic"
    definition = "an outcome that falls below no other in any agent's esteem stays chosen"
    source = "Maskin (1999)"
    by_default = False

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """1 where the outcome stays best and is dropped at another profile."""
        env, menu = mechanism.environment, mechanism.menu
        keeps = [
            _keeps(menu.table[i, : env.sizes[i]], mechanism.table.utility[i, :, own])
            for i, own in enumerate(mechanism.table.allocation)
        ]
        every, ids = np.array(list(all_profiles(env))), mechanism.outcome_ids
        dropped = np.zeros(len(outcomes), np.int64)
        for x, outcome in enumerate(outcomes.tolist()):
            stays = np.ones(len(every), np.bool_)
            for i, keep in enumerate(keeps):
                stays &= keep[outcome, type_indices[i, x]][every[:, i]]
            dropped[x] = bool((stays & (ids[mechanism.outcome] != ids[outcome])).any())
        yield tuple(range(env.agents)), dropped * (1 + mechanism.tolerance)

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """1 if some profile drops the outcome."""
        return 0 if self.misreport(mechanism, profile, members) is None else 1 + mechanism.tolerance

    def sizes(self, mechanism: Mechanism, amount: int) -> tuple[int, ...]:
        """An outcome is dropped or not: there is no size."""
        return ()

    def misreport(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> tuple[int, ...] | None:
        """The first profile at which the outcome has fallen for nobody and yet is dropped."""
        menu, held = mechanism.menu, mechanism.outcome_at(profile)
        for other in all_profiles(mechanism.environment):
            after = mechanism.outcome_at(other)
            if mechanism.outcome_ids[after] != mechanism.outcome_ids[held] and all(
                _stays(menu, mechanism, i, (profile[i], other[i]), held) for i in members
            ):
                return other
        return None

    def pair_rules(self, space: OutcomeSpace) -> list[PairRule]:
        """All pairs of profiles."""
        env, types = space.environment, space.type_indices
        keeps = [_keeps(row[:size], row.T) for row, size in zip(space.utility, env.sizes, strict=True)]

        def stay(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            return np.asarray(
                np.logical_and.reduce([keep[:, types[one, i], types[other, i]].T for i, keep in enumerate(keeps)])
            )

        def clash(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            either = stay(one, other)[:, :, None] | stay(other, one)[:, None, :]
            return np.asarray(either & ~np.eye(space.outcomes, dtype=np.bool_))

        return [clash_rule(space, env.agents, clash)]

    def reach(self, menu: Menu) -> int:
        """All agents may change their minds."""
        return menu.environment.agents

    def fits(self, menu: Menu, one: Profile, other: Profile) -> np.ndarray:
        """Outcomes that differ go together only if each has fallen for somebody where the other one is chosen."""
        fits = np.ones((menu.outcomes, menu.outcomes), np.bool_)
        for a in range(menu.outcomes):
            here = all(_stays(menu, menu, i, (k, other[i]), a) for i, k in enumerate(one))
            there = all(_stays(menu, menu, i, (k, one[i]), a) for i, k in enumerate(other))
            for b in range(menu.outcomes):
                fits[a, b] &= a == b or not here
                fits[b, a] &= a == b or not there
        return fits


def _keeps(offered: np.ndarray, held: np.ndarray) -> np.ndarray:
    """[o, k, l]: all on offer that type k finds at most as good as outcome o, type l finds at most as good too.

    offered: (K, M) utilities of what is on offer; held: (R, K) utilities of the outcomes. Returns (R, K, K) bool.
    """
    types = len(offered)
    keeps = np.empty((len(held), types, types), np.bool_)
    for o, row in enumerate(held):
        below = offered <= row[:types, None]
        keeps[o] = (~below[:, None, :] | below[None, :, :]).all(axis=2)
    return keeps


def _stays(menu: Menu, table: Menu | Mechanism, agent: int, types: Sequence[int], outcome: int) -> bool:
    """Whether all that the first type finds at most as good as an outcome, the second finds at most as good too."""
    before, after = (table.utility(agent, k, outcome) for k in types)
    return all(
        menu.utility(agent, types[1], o) <= after
        for o in range(menu.outcomes)
        if menu.utility(agent, types[0], o) <= before
    )
