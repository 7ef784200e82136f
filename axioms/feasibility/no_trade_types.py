"""No-trade types: every agent has a type at which nobody trades, whatever the others report."""

from collections.abc import Sequence

import numpy as np

from collude.axioms.core.base import Axiom, Block, BlockResult, Key, Witness
from collude.axioms.core.check_context import CheckContext
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, all_profiles


@axiom
class NoTradeTypes(Axiom):
    """Violated by an agent iff at each of his types somebody trades for some reports of the others."""

    name = "no-trade-types"
    definition = "every agent has a type at which nobody trades, whatever the others report"
    unit = "agents"
    source = "thesis on collusion-proof mechanisms, chapter 1"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """There must be something to trade."""
        return "there are no goods to trade" if mechanism.environment.public else ""

    def blocks(self, work: CheckContext) -> Sequence[Block]:
        """One block per agent."""
        return [(i, i + 1) for i in range(work.mechanism.environment.agents)]

    def extents(self, work: CheckContext) -> dict[Block, int]:
        """All agents."""
        return {(): work.mechanism.environment.agents}

    @staticmethod
    def _trades(mechanism: Mechanism) -> np.ndarray:
        held = [
            np.asarray(goods.any(axis=1))[mechanism.bundle[:, i]] for i, goods in enumerate(mechanism.environment.goods)
        ]
        return np.asarray(np.logical_or.reduce(held))

    def run(self, work: CheckContext, block: Block) -> BlockResult:
        """Does every type of the agent trade somewhere?"""
        agent, _ = block
        mechanism = work.mechanism
        trading = self._trades(mechanism)
        seen = np.zeros(mechanism.environment.sizes[agent], np.bool_)
        for _, type_indices, outcomes in mechanism.blocks(0, mechanism.environment.profiles):
            seen[type_indices[agent][trading[outcomes]]] = True
        return BlockResult(1, (agent,)) if seen.all() else BlockResult()

    def witness(self, work: CheckContext, key: Key) -> Witness:
        """For each type of the agent, the first profile at which somebody trades."""
        (agent,) = key
        mechanism = work.mechanism
        trading = self._trades(mechanism)
        found: dict[int, tuple[int, ...]] = {}
        for profile in all_profiles(mechanism.environment):
            if profile[agent] not in found and trading[mechanism.outcome_at(profile)]:
                found[profile[agent]] = profile
                if len(found) == mechanism.environment.sizes[agent]:
                    break
        examples = tuple(found[k] for k in sorted(found))
        return Witness(examples[0], (agent,), None, (), {"trades at": examples})

    def confirms(self, mechanism: Mechanism, witness: Witness) -> bool:
        """Every type of the agent occurs, and at each profile shown somebody holds a bundle that is not empty."""
        (agent,) = witness.coalition
        examples = witness.details["trades at"]
        everywhere = all(
            any(any(bundle) for bundle in mechanism.show_outcome(mechanism.outcome_at(profile)).bundles)
            for profile in examples
        )
        return everywhere and {p[agent] for p in examples} == set(range(mechanism.environment.sizes[agent]))
