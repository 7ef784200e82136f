"""Envy-freeness: nobody prefers what another agent gets to what he gets himself."""

from itertools import permutations

import numpy as np

from collude.axioms.core.profilewise import Amounts, ProfileAxiom
from collude.axioms.core.registry import axiom
from collude.models.mechanism import Mechanism, Profile


@axiom
class EnvyFree(ProfileAxiom):
    """Violated at (profile, ordered pair i, j) iff i prefers the bundle and transfer of j to his own."""

    name = "envy-free"
    definition = "no agent prefers another agent's bundle and transfer to his own"
    unit = "(profile, ordered pair of agents) pairs"

    def reason_not_applicable(self, mechanism: Mechanism) -> str:
        """Shares must be exchangeable."""
        env = mechanism.environment
        if env.agents < 2:
            return "there is nobody to envy"
        if env.public and env.ordinal:
            return "everybody gets the same alternative"
        same = all(b == env.bundles[0] and s == env.supplier[0] for b, s in zip(env.bundles, env.supplier, strict=True))
        return "" if same else "the agents cannot hold one another's bundles"

    def amounts(self, mechanism: Mechanism, first: int, type_indices: np.ndarray, outcomes: np.ndarray) -> Amounts:
        """What i would gain from the share of j."""
        del first
        env = mechanism.environment
        factor = mechanism.scale // env.scale
        utilities = mechanism.truthful(type_indices, outcomes)
        for i, j in permutations(range(env.agents), 2):
            other = (
                env.values[i][type_indices[i], mechanism.bundle[outcomes, j]] * factor + mechanism.transfer[outcomes, j]
            )
            yield (i, j), other - utilities[i]

    def amount(self, mechanism: Mechanism, profile: Profile, members: tuple[int, ...]) -> int:
        """What i would gain from the share of j."""
        i, j = members
        env, outcome = mechanism.environment, mechanism.outcome_at(profile)
        worth = int(env.values[i][profile[i], mechanism.bundle[outcome, j]]) * (mechanism.scale // env.scale)
        return worth + int(mechanism.transfer[outcome, j]) - mechanism.utility(i, profile[i], outcome)
