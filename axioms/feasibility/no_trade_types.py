"""No-trade types: every agent has a type at which nobody trades, whatever the others report."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Witness
from collude.axioms.core.conditions import Alternative, Clause
from collude.axioms.core.registry import axiom
from collude.axioms.core.whole import Violations, WholeAxiom
from collude.models.mechanism import Mechanism, Profile, all_profiles
from collude.models.menu import Menu
from collude.models.space import OutcomeSpace


@axiom
class NoTradeTypes(WholeAxiom):
    """Every agent has a type at which nobody trades, whatever the others report.

    Violated by each agent at each of whose types somebody receives or gives up goods for some reports of the others.

    References
    ----------
    Hagen (2020), chapter 1.

    Examples
    --------
    >>> import collude as co
    >>> co.check(co.mechanism("posted-price-trade", co.trade([1, 3], [1, 3]), price=2), ["no-trade-types"]).holds
    True
    >>> keen = co.mechanism("posted-price-trade", co.trade([1, 3], [2, 3]), price=2)
    >>> co.check(keen, ["no-trade-types"])["no-trade-types"].witness.coalition  # every buyer accepts
    (1,)
    """

    name = "no-trade-types"
    definition = "every agent has a type at which nobody trades, whatever the others report"
    unit = "agents"
    by_default = False
    source = "Hagen (2020), chapter 1"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """There must be something to trade."""
        return "there are no goods to trade" if mechanism.environment.public else ""

    def violations(self, mechanism: Mechanism) -> Violations:
        """All agents without such a type; of the first one, for each type the first profile at which somebody trades."""
        env = mechanism.environment
        trading = ~idle_outcomes(mechanism)
        seen = [np.zeros(size, np.bool_) for size in env.sizes]
        for _, type_indices, outcomes in mechanism.blocks(0, env.profiles):
            for i, own in enumerate(type_indices):
                seen[i][own[trading[outcomes]]] = True
        always = [i for i, types in enumerate(seen) if types.all()]
        if not always:
            return Violations()
        agent = always[0]
        examples: dict[int, Profile] = {}
        for profile in all_profiles(env):
            if profile[agent] not in examples and trading[mechanism.outcome_at(profile)]:
                examples[profile[agent]] = profile
                if len(examples) == env.sizes[agent]:
                    break
        shown = tuple(examples[k] for k in sorted(examples))
        return Violations(len(always), Witness(shown[0], (agent,), None, (), {"trades at": shown}))

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every type of the agent occurs, and at each profile shown somebody holds a bundle that is not empty."""
        (agent,) = witness.coalition
        examples = witness.details["trades at"]
        env = mechanism.environment
        everywhere = all(
            any(
                any(bundle)
                for i in range(env.agents)
                for bundle, _ in mechanism.spread_of(mechanism.outcome_at(profile), i)
            )
            for profile in examples
        )
        return everywhere and {p[agent] for p in examples} == set(range(mechanism.environment.sizes[agent]))

    def clauses(self, space: OutcomeSpace) -> list[Clause]:
        """Per agent, one group for each of his types: no trade at any profile with it."""
        env = space.environment
        idle = idle_outcomes(space.sample)[None, :]
        made = []
        for i in range(env.agents):
            order: Sequence[np.ndarray] = [np.flatnonzero(space.type_indices[:, i] == k) for k in range(env.sizes[i])]
            group = np.concatenate([[0], np.cumsum([len(block) for block in order])])
            profile = np.concatenate(order)
            made.append(Clause(group, profile, np.zeros(len(profile), np.int64), idle))
        return made

    def somewhere(self, menu: Menu) -> list[list[Alternative]]:
        """For each agent, one of his types has outcomes without trade at all its profiles."""
        env = menu.environment
        agents = range(env.agents)
        idle = frozenset(o for o in range(menu.outcomes) if not any(x for i in agents for x in menu.bundle_of(o, i)))
        return [
            [[(p, idle) for p, profile in enumerate(menu.profiles) if profile[i] == k] for k in range(env.sizes[i])]
            for i in agents
        ]


def idle_outcomes(mechanism: Mechanism) -> np.ndarray:
    """The outcomes in which nobody trades: no agent receives or gives up goods with a positive probability.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    (R,) bool
    """
    env = mechanism.environment
    held = [env.gets(i)[mechanism.bundle[:, i]] for i in range(env.agents)]
    return ~np.asarray(np.logical_or.reduce(held))
